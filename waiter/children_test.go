// SPDX-License-Identifier: Apache-2.0

package waiter_test

import (
	"context"
	"math/rand/v2"
	"net/http"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/octaviakit/octaviakit/fake"
	"github.com/octaviakit/octaviakit/internal/octavia"
	"github.com/octaviakit/octaviakit/waiter"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// street is many settled load balancers with a monitored pool each, all of which are
// then changed, which takes five seconds.
func street(t *testing.T, n int) (cloud *fake.Cloud, w *waiter.Waiter, ids []string) {
	t.Helper()
	cloud = fake.New(fake.WithLatency(func(string, string) time.Duration { return 5 * time.Second }))
	c := cloud.LoadBalancer()
	w = waiter.New(c)
	for i := range n {
		ids = append(ids, create(t, c, crowded(cloud, i, "a monitored pool")))
	}
	time.Sleep(time.Minute)
	for _, lb := range ids {
		_, err := octavia.Update(t.Context(), c, "lbaas/loadbalancers/"+lb, "loadbalancer", object{"name": "new"})
		require.NoError(t, err)
	}
	return cloud, w, ids
}

// actives waits for all at a time.
func actives(t *testing.T, w *waiter.Waiter, ids []string) (statuses []*waiter.Status, errs []error) {
	t.Helper()
	statuses, errs = make([]*waiter.Status, len(ids)), make([]error, len(ids))
	var wg sync.WaitGroup
	for i, lb := range ids {
		wg.Go(func() { statuses[i], errs[i] = w.Active(t.Context(), lb) })
	}
	wg.Wait()
	return statuses, errs
}

// What lists make of a load balancer is what its status tree says.
func TestListedChildrenAreTheTree(t *testing.T) {
	bubble(t, func(t *testing.T) {
		cloud, w, ids := street(t, 40)
		cloud.ForgetCalls()
		statuses, errs := actives(t, w, ids)
		assert.LessOrEqual(t, len(cloud.Polls()), 20)
		for i, lb := range ids {
			require.NoError(t, errs[i])
			alone, err := waiter.New(w.Client()).Active(t.Context(), lb)
			require.NoError(t, err)
			assert.Equal(t, alone, statuses[i])
		}
	})
}

func TestAListedChildInErrorEndsTheWait(t *testing.T) {
	bubble(t, func(t *testing.T) {
		cloud, w, ids := street(t, 40)
		alone, err := waiter.New(w.Client()).Active(t.Context(), ids[7])
		require.NoError(t, err)
		_, err = octavia.Update(t.Context(), w.Client(), "lbaas/loadbalancers/"+ids[7], "loadbalancer", object{"name": "newer"})
		require.NoError(t, err)
		cloud.Break(id(t, alone, "healthmonitor"))
		cloud.ForgetCalls()
		_, errs := actives(t, w, ids)
		for i, err := range errs {
			if i != 7 {
				assert.NoError(t, err)
				continue
			}
			var e *waiter.Error
			require.ErrorAs(t, err, &e)
			require.Len(t, e.Failed, 1)
			assert.Equal(t, "healthmonitor", e.Failed[0].Kind)
		}
	})
}

// Whoever may not list children reads trees.
func TestListsOfChildrenRefused(t *testing.T) {
	for _, kind := range []string{"pools", "listeners", "healthmonitors"} {
		synctest.Test(t, func(t *testing.T) {
			cloud, w, ids := street(t, 40)
			cloud.Inject(fake.Fault{Method: http.MethodGet, Path: "/lbaas/" + kind, Status: 403, Times: -1})
			cloud.ForgetCalls()
			_, errs := actives(t, w, ids)
			for _, err := range errs {
				assert.NoError(t, err)
			}
			asked := 0
			for _, c := range cloud.Polls() {
				if c.Status == http.StatusForbidden {
					asked++
				}
			}
			assert.Equal(t, 1, asked, "and does not ask again")
		})
	}
}

// Many load balancers are changed at a time while reads fail, crawl and are refused for a
// while: no change is told settled before it is, none is made twice, and none fails.
func TestNobodyIsToldTooEarly(t *testing.T) {
	for seed := range uint64(6) {
		synctest.Test(t, func(t *testing.T) {
			r := rand.New(rand.NewPCG(seed, 5)) //nolint:gosec // a test wants the same sequence again
			cloud := fake.New(fake.WithLatency(fake.AmphoraLike), fake.WithJitter(0.5), fake.WithSeed(seed))
			c := cloud.LoadBalancer()
			ws := []*waiter.Waiter{waiter.New(c), waiter.New(c)}
			var ids []string
			for i := range 24 {
				ids = append(ids, create(t, c, crowded(cloud, i, []string{"nothing", "a monitored pool", "members"}[i%3])))
			}
			for range 12 {
				f := fake.Fault{Method: http.MethodGet, After: r.IntN(120), Times: 1 + r.IntN(3)}
				switch r.IntN(5) {
				case 0:
					f.Effect = fake.LoseReply
				case 1:
					f.Status = 503
				case 2:
					f.Effect, f.RetryAfter = fake.Throttle, 2*time.Second
				case 3:
					f.Effect, f.Delay = fake.Slow, time.Duration(r.IntN(9))*time.Second
				default:
					f.Effect = fake.ExpireToken
				}
				cloud.Inject(f)
			}
			var wg sync.WaitGroup
			for i, lb := range ids {
				wg.Go(func() {
					for n := range 3 {
						_, err := ws[(i+n)%2].Mutate(t.Context(), lb, func(ctx context.Context) error {
							_, err := octavia.Update(ctx, c, "lbaas/loadbalancers/"+lb, "loadbalancer", object{"name": "new"})
							return err
						}, waiter.Op("loadbalancer update"))
						assert.NoError(t, err)
						spans := cloud.Spans(lb)
						assert.Len(t, spans, 2+n)
						assert.False(t, spans[len(spans)-1].End.IsZero(), "seed %d: told while PENDING", seed)
					}
				})
			}
			wg.Wait()
		})
	}
}
