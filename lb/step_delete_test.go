// SPDX-License-Identifier: Apache-2.0

package lb_test

import (
	"context"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/octaviakit/octaviakit/fake"
	"github.com/octaviakit/octaviakit/internal/octavia"
	"github.com/octaviakit/octaviakit/lb"
	"github.com/octaviakit/octaviakit/waiter"
)

// stepsAway drives StepDelete as a controller does, and returns how often it was called.
func stepsAway(t *testing.T, e *lb.Engine, cloud *fake.Cloud, name string) (calls int) {
	t.Helper()
	for calls = 1; calls < 500; calls++ {
		before, begin := len(cloud.Mutations()), time.Now()
		p, err := e.StepDelete(t.Context(), name)
		require.NoError(t, err)
		assert.LessOrEqual(t, len(cloud.Mutations())-before, 1)
		assert.Zero(t, time.Since(begin))
		if p.Done {
			return calls
		}
		require.Positive(t, p.After)
		<-time.After(p.After)
	}
	t.Fatal("StepDelete does not come to an end")
	return 0
}

func TestStepDeleteEndsWhereDeleteEnds(t *testing.T) {
	in(t, func(t *testing.T, c cell, cloud *fake.Cloud) {
		spec := service(cloud, c, 2, 3)
		_, err := engine(cloud).Step(t.Context(), spec) // half made
		require.NoError(t, err)
		stepsAway(t, engine(cloud), cloud, spec.Name)
		assert.Equal(t, fresh(c), cloud.Dump())

		g, err := engine(cloud).Ensure(t.Context(), spec)
		require.NoError(t, err)
		cloud.ForgetCalls()
		begin := time.Now()
		assert.Less(t, stepsAway(t, engine(cloud), cloud, spec.Name), 20)
		assert.Less(t, time.Since(begin), 20*time.Second, "and comes back in time")
		assert.Equal(t, fresh(c), cloud.Dump())
		assert.Len(t, cloud.Mutations(), 2, "the load balancer and its floating IP")
		assert.Equal(t, 1, stepsAway(t, engine(cloud), cloud, spec.Name), "absence is success")
		assert.NotNil(t, g)
	})
}

// Whatever goes wrong, and whoever takes over.
func TestStepDeleteAmongFaults(t *testing.T) {
	in(t, func(t *testing.T, c cell, cloud *fake.Cloud) {
		r := rand.New(rand.NewPCG(seed(t), 7))
		for range 6 {
			spec := service(cloud, c, 1, 2)
			g, err := engine(cloud).Ensure(t.Context(), spec)
			require.NoError(t, err)
			if r.IntN(3) == 0 {
				cloud.Break(g.ID())
			} else if r.IntN(2) == 0 { // somebody else has the lock
				_, err = octavia.Update(t.Context(), cloud.LoadBalancer(), "lbaas/loadbalancers/"+g.ID(), "loadbalancer", body{"description": "x"})
				require.NoError(t, err)
			}
			for range 4 {
				cloud.Inject(fake.Fault{After: r.IntN(20), Effect: pick(r, fake.LoseReply, fake.LoseSend, fake.EndInError)})
			}
			stepsAway(t, engine(cloud), cloud, spec.Name)
			cloud.ClearFaults()
			require.Equal(t, fresh(c), cloud.Dump())
		}
	})
}

// One owner after the other leaves what they share; the last one out deletes. Who has no
// share in it has nothing to do, not even if it is in ERROR.
func TestStepDeleteLeavesAShare(t *testing.T) {
	in(t, func(t *testing.T, c cell, cloud *fake.Cloud) {
		a, b := owner(cloud, "a"), owner(cloud, "b")
		_, err := a.Ensure(t.Context(), share(cloud, c, 80))
		require.NoError(t, err)
		_, err = b.Ensure(t.Context(), share(cloud, c, 81))
		require.NoError(t, err)
		stepsAway(t, a, cloud, "service")
		g, err := b.Ensure(t.Context(), share(cloud, c, 81))
		require.NoError(t, err)
		settled(t, g)
		assert.Equal(t, []string{"b"}, g.Owners())
		cloud.Break(g.ID())
		assert.Equal(t, 1, stepsAway(t, a, cloud, "service"))
		require.NoError(t, a.Delete(context.WithoutCancel(t.Context()), "service"))
		stepsAway(t, b, cloud, "service")
		assert.Equal(t, fresh(c), cloud.Dump())
	})
}

func TestStepDeleteRefuses(t *testing.T) {
	t.Parallel()
	cloud := fake.New()
	_, err := owner(cloud, "them").Ensure(t.Context(), service(cloud, cells()[0], 1, 1))
	require.NoError(t, err)
	_, err = engine(cloud).StepDelete(t.Context(), "service")
	require.ErrorIs(t, err, lb.ErrNotOwned)
	_, err = engine(cloud).StepDelete(t.Context(), "")
	var f *lb.FieldError
	require.ErrorAs(t, err, &f)
	require.NotErrorIs(t, err, waiter.ErrFailed)
}
