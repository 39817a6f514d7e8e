// SPDX-License-Identifier: Apache-2.0

package lb_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/octaviakit/octaviakit/fake"
	"github.com/octaviakit/octaviakit/lb"
	"github.com/octaviakit/octaviakit/member"
	"github.com/octaviakit/octaviakit/waiter"
)

func TestAReconcileWithNothingToDoIsQuiet(t *testing.T) {
	in(t, func(t *testing.T, c cell, cloud *fake.Cloud) {
		const pools = 5
		for _, public := range []bool{true, false} {
			spec := service(cloud, c, pools, 3)
			if !public {
				spec.Name, spec.FloatingIP = "internal", nil
			}
			e := engine(cloud)
			for range 3 {
				_, err := e.Ensure(t.Context(), spec)
				require.NoError(t, err)
				<-time.After(time.Minute)
			}
			cloud.ForgetCalls()
			_, err := e.Ensure(t.Context(), spec)
			require.NoError(t, err)
			assert.Empty(t, cloud.Mutations())
			assert.LessOrEqual(t, len(cloud.Polls()), 2, "its load balancer and its floating IP")
		}
	})
}

// What somebody else changes is seen, however quiet the Engine is.
func TestQuietIsNotBlind(t *testing.T) {
	in(t, func(t *testing.T, c cell, cloud *fake.Cloud) {
		spec := service(cloud, c, 2, 3)
		e := engine(cloud)
		for range 3 {
			_, err := e.Ensure(t.Context(), spec)
			require.NoError(t, err)
			<-time.After(10 * time.Second)
		}
		g, err := e.Observe(t.Context(), spec.Name)
		require.NoError(t, err)
		w := waiter.New(cloud.LoadBalancer())
		for n := range g.Nodes() {
			if n.Path == "pool/p0" {
				pool := member.Pool{ID: n.ID, LoadBalancerID: g.ID()}
				require.NoError(t, member.Sync(t.Context(), w, pool, nil, member.How{Caps: lookup(t, c.provider, c.release)}))
			}
		}
		_, err = engine(cloud, lb.WithApproval(func(*lb.Plan) error { return nil })).Plan(t.Context(), spec)
		require.NoError(t, err)

		plan, err := e.Plan(t.Context(), spec)
		require.NoError(t, err)
		assert.False(t, plan.Empty(), "the members are gone, and the Engine has seen it")
	})
}

// An Engine that has never looked, of a client that never asked anything, reads the
// listeners and the pools by a list each and the members of each pool, all monitors by one
// list more, and the floating IP. What the cloud is and can do it does not ask, as long as
// there is nothing to do.
func TestAFirstLookTakesThreeCallsAndOneForEachPool(t *testing.T) {
	in(t, func(t *testing.T, c cell, cloud *fake.Cloud) {
		for _, pools := range []int{1, 4} {
			spec := service(cloud, c, pools, 3)
			spec.Name = fmt.Sprintf("service-%d", pools)
			spec.FloatingIP = nil
			for i := range spec.Pools {
				spec.Pools[i].Monitor = nil
			}
			assert.Equal(t, 3+pools, firstLook(t, cloud, spec, lb.WithNetwork(nil)), "load balancer, listeners, pools, and members of each")

			spec.Name += "-too"
			assert.Equal(t, 3+pools+1, firstLook(t, cloud, spec), "and whether there is a floating IP")

			spec = service(cloud, c, pools, 3)
			spec.Name = fmt.Sprintf("public-%d", pools)
			more := 1
			if spec.Pools[0].Monitor != nil {
				more++
			}
			assert.Equal(t, 3+pools+more, firstLook(t, cloud, spec), "and the monitors and the floating IP")
		}
	})
}

// firstLook counts the calls of an Ensure, by an Engine that is new, for what is there.
func firstLook(t *testing.T, cloud *fake.Cloud, spec lb.Spec, opts ...lb.Option) int {
	t.Helper()
	_, err := engine(cloud, opts...).Ensure(t.Context(), spec)
	require.NoError(t, err)
	cloud.ForgetCalls()
	_, err = engine(cloud, opts...).Ensure(t.Context(), spec)
	require.NoError(t, err)
	require.Empty(t, cloud.Mutations())
	for _, c := range cloud.Polls() {
		t.Logf("%s %s", c.Method, c.Path)
	}
	return len(cloud.Polls())
}
