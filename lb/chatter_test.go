// SPDX-License-Identifier: Apache-2.0

package lb_test

import (
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
		spec := service(cloud, c, pools, 3)
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

// An Engine that has never looked reads the listeners, pools and monitors by a list
// each, and the members of each pool.
func TestAFirstLookTakesFiveCallsAndOneForEachPool(t *testing.T) {
	in(t, func(t *testing.T, c cell, cloud *fake.Cloud) {
		const pools = 4
		spec := service(cloud, c, pools, 3)
		_, err := engine(cloud).Ensure(t.Context(), spec)
		require.NoError(t, err)
		cloud.ForgetCalls()
		plan, err := engine(cloud, lb.WithCapabilities(lookup(t, c.provider, c.release))).Plan(t.Context(), spec)
		require.NoError(t, err)
		assert.True(t, plan.Empty())
		assert.LessOrEqual(t, len(cloud.Polls()), 5+pools)
	})
}
