// SPDX-License-Identifier: Apache-2.0

package lb_test

import (
	"context"
	"net/http"
	"testing"
	"testing/synctest"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/octaviakit/octaviakit/fake"
	"github.com/octaviakit/octaviakit/lb"
	"github.com/octaviakit/octaviakit/provider"
)

// What is refused says the same of Step as of Ensure, of StepDelete as of Delete: which load
// balancer, which call, and why.
func TestStepsAreRefusedAsWholes(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		fault fake.Fault
		call  string
		whole func(*lb.Engine, context.Context, lb.Spec) error
		step  func(*lb.Engine, context.Context, lb.Spec) error
	}{
		"a change": {
			fake.Fault{Method: http.MethodPut, Path: "/lbaas/pools/*/members", Status: http.StatusForbidden},
			"PUT /lbaas/pools/{p0}/members?additive_only=true",
			func(e *lb.Engine, ctx context.Context, s lb.Spec) error { _, err := e.Ensure(ctx, s); return err },
			func(e *lb.Engine, ctx context.Context, s lb.Spec) error { _, err := e.Step(ctx, s); return err },
		},
		"a deletion": {
			fake.Fault{Method: http.MethodDelete, Path: "/lbaas/loadbalancers/*", Status: http.StatusForbidden},
			"DELETE /lbaas/loadbalancers/{loadbalancer}?cascade=true",
			func(e *lb.Engine, ctx context.Context, s lb.Spec) error { return e.Delete(ctx, s.Name) },
			func(e *lb.Engine, ctx context.Context, s lb.Spec) error {
				_, err := e.StepDelete(ctx, s.Name)
				return err
			},
		},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				c := cell{provider.Amphora, provider.Epoxy}
				cloud := c.cloud()
				g, err := engine(cloud).Ensure(t.Context(), service(cloud, c, 1, 2))
				require.NoError(t, err)
				tc.fault.Times = -1
				cloud.Inject(tc.fault)
				whole := tc.whole(engine(cloud), t.Context(), service(cloud, c, 1, 4))
				step := tc.step(engine(cloud), t.Context(), service(cloud, c, 1, 4))
				for _, err := range []error{whole, step} {
					var failed *lb.ApplyError
					require.ErrorAs(t, err, &failed)
					assert.Equal(t, "service", failed.LoadBalancer)
					assert.Equal(t, g.ID(), failed.ID)
					assert.Equal(t, tc.call, failed.Step.Call)
					var refused *lb.RefusedError
					require.ErrorAs(t, err, &refused)
					assert.Equal(t, http.StatusForbidden, refused.Status)
				}
				assert.Equal(t, whole.Error(), step.Error())
			})
		})
	}
}

// A failover that is refused is one remedy that was tried: Step goes on to the next, as
// Ensure does.
func TestStepGoesOnWhereAFailoverIsRefused(t *testing.T) {
	for _, stepped := range []bool{false, true} {
		synctest.Test(t, func(t *testing.T) {
			c := cell{provider.Amphora, provider.Epoxy}
			cloud := c.cloud()
			spec := service(cloud, c, 1, 2)
			g, err := engine(cloud).Ensure(t.Context(), spec)
			require.NoError(t, err)
			cloud.Break(g.ID())
			r := lb.DefaultRecovery()
			r.Admin = cloud.LoadBalancer() // who is none
			e := engine(cloud, agree(), lb.WithRecovery(r))
			if stepped {
				steps(t, e, cloud, spec)
			}
			now, err := e.Ensure(t.Context(), spec)
			require.NoError(t, err)
			assert.NotEqual(t, g.ID(), now.ID(), "made anew")
			settled(t, now)
			cloud.Expect(t).Calls("PUT /loadbalancers/*/failover").Once()
		})
	}
}

func TestNoPlanIsNotApplied(t *testing.T) {
	t.Parallel()
	cloud := fake.New()
	_, err := engine(cloud).Apply(t.Context(), nil)
	var field *lb.FieldError
	require.ErrorAs(t, err, &field)
	assert.Equal(t, "plan", field.Path)
}
