// SPDX-License-Identifier: Apache-2.0

package waiter_test

import (
	"context"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/octaviakit/octaviakit/fake"
	"github.com/octaviakit/octaviakit/internal/cut"
	"github.com/octaviakit/octaviakit/internal/octavia"
	"github.com/octaviakit/octaviakit/provider"
	"github.com/octaviakit/octaviakit/waiter"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// controller asks after many load balancers with some workers, each when it is due,
// until all are settled; it returns when each was.
func controller(t *testing.T, w *waiter.Waiter, ids []string, workers int) map[string]time.Time {
	t.Helper()
	var mu sync.Mutex
	settled := map[string]time.Time{}
	var wg sync.WaitGroup
	for k := range workers {
		wg.Go(func() {
			due := map[string]time.Time{}
			for i, id := range ids {
				if i%workers == k {
					due[id] = time.Now()
				}
			}
			for len(due) > 0 {
				for id, at := range due {
					if time.Now().Before(at) {
						continue
					}
					p, err := w.Check(t.Context(), id)
					if !assert.NoError(t, err) {
						return
					}
					due[id] = time.Now().Add(p.After)
					if p.Settled {
						delete(due, id)
						mu.Lock()
						settled[id] = time.Now()
						mu.Unlock()
					}
				}
				time.Sleep(50 * time.Millisecond)
			}
		})
	}
	wg.Wait()
	return settled
}

// A controller with hundreds of unsettled load balancers reads a list now and then, and
// those of what is below when some are no longer PENDING.
func TestChecksShareLists(t *testing.T) {
	for name, workers := range map[string]int{"one worker": 1, "four workers": 4} {
		t.Run(name, func(t *testing.T) {
			bubble(t, func(t *testing.T) {
				cloud := fake.New(fake.WithProvider(provider.Amphora, provider.Epoxy), fake.WithLatency(fake.AmphoraLike))
				var ids []string
				for range 200 {
					ids = append(ids, create(t, cloud.LoadBalancer(), populated(cloud, 2)))
				}
				cloud.ForgetCalls()
				began := time.Now()
				settled := controller(t, waiter.New(cloud.LoadBalancer()), ids, workers)
				require.Len(t, settled, len(ids))
				trees, lists := 0, 0
				for call := range cloud.Calls() {
					if strings.HasSuffix(call.Path, "/status") {
						trees++
					} else {
						lists++
					}
				}
				t.Logf("%v: %d trees, %d lists", time.Since(began), trees, lists)
				assert.LessOrEqual(t, trees, 20*workers, "what was asked before there was a crowd")
				assert.LessOrEqual(t, lists, 60, "one for each tick in which anybody is due")
			})
		})
	}
}

// Checks that come together share the lists of what is below, too.
func TestChecksShareListsOfChildren(t *testing.T) {
	bubble(t, func(t *testing.T) {
		cloud := fake.New(fake.WithProvider(provider.Amphora, provider.Epoxy), fake.WithLatency(fake.AmphoraLike))
		var ids []string
		for i := range 200 {
			ids = append(ids, create(t, cloud.LoadBalancer(), crowded(cloud, i, "a monitored pool")))
		}
		cloud.Inject(fake.Fault{Method: http.MethodGet, Effect: fake.Slow, Delay: 20 * time.Millisecond, Times: -1})
		w := waiter.New(cloud.LoadBalancer())
		settled := func() (n int) {
			answers := make([]bool, len(ids))
			var wg sync.WaitGroup
			for i, id := range ids {
				wg.Go(func() {
					p, err := w.Check(t.Context(), id)
					assert.NoError(t, err)
					answers[i] = p.Settled
				})
			}
			wg.Wait()
			for _, yes := range answers {
				if yes {
					n++
				}
			}
			return n
		}
		assert.Zero(t, settled())
		time.Sleep(55 * time.Second) // less than what Check takes for a crowd that is gone
		cloud.ForgetCalls()
		assert.Equal(t, len(ids), settled())
		assert.LessOrEqual(t, len(cloud.Polls()), 10, "two lists of load balancers, three of what is below, and the first asks alone")
	})
}

// Whoever of them reads for all may be cancelled at any call: the others do not notice.
func TestChecksThatShareCancelledAtEachCall(t *testing.T) {
	t.Parallel()
	cut.Every(t, func(t *testing.T, nth int, how cut.How) *cut.Cut {
		cloud := fake.New(fake.WithProvider(provider.Amphora, provider.Epoxy), fake.WithLatency(fake.AmphoraLike))
		ids := createMany(t, cloud, 16, provider.Amphora, "members")
		cloud.Inject(fake.Fault{Method: http.MethodGet, Effect: fake.Slow, Delay: 20 * time.Millisecond, Times: -1})
		c := cloud.LoadBalancer()
		x, w := cut.Client(c, nth, how), waiter.New(c)
		for _, settled := range []bool{false, true} {
			var wg sync.WaitGroup
			for i, id := range ids {
				wg.Go(func() {
					p, err := w.Check(cut.Mortal(t.Context(), i), id)
					who, when, _ := x.Ended()
					if err != nil && who == i {
						assert.ErrorIs(t, err, context.Canceled)
						assert.Zero(t, time.Since(when).Truncate(ms(1)))
						return
					}
					assert.NoError(t, err, "%d is harmed", i)
					assert.Equal(t, settled, p.Settled)
				})
			}
			wg.Wait()
			time.Sleep(59 * time.Second)
		}
		assert.LessOrEqual(t, len(cloud.Polls()), 2*len(ids), "and nobody has to read alone")
		return x
	}, cut.Hanging, cut.Done)
}

// Nothing is settled because an old list said so.
func TestAnOldListSettlesNothing(t *testing.T) {
	bubble(t, func(t *testing.T) {
		cloud := fake.New(fake.WithProvider(provider.Amphora, provider.Epoxy), fake.WithLatency(fake.AmphoraLike))
		w := waiter.New(cloud.LoadBalancer())
		first := create(t, cloud.LoadBalancer(), object{"name": "first", "vip_subnet_id": cloud.SubnetID()})
		_, err := w.Active(t.Context(), first)
		require.NoError(t, err)
		for range 20 { // a crowd
			_, err := w.Check(t.Context(), create(t, cloud.LoadBalancer(), object{"name": "other", "vip_subnet_id": cloud.SubnetID()}))
			require.NoError(t, err)
		}
		_, err = w.Mutate(t.Context(), first, touch(cloud, first), waiter.AssumeSettled())
		require.NoError(t, err)
		require.NoError(t, touch(cloud, first)(t.Context()))
		p, err := w.Check(t.Context(), first)
		require.NoError(t, err)
		assert.False(t, p.Settled, "it was when the list was read")
	})
}

// Whoever goes on to change what he was told to wait for says when, or uses Mutate: then
// nothing older than that counts.
func TestSettledIsNotOlderThanTheChange(t *testing.T) {
	bubble(t, func(t *testing.T) {
		cloud := fake.New(fake.WithProvider(provider.Amphora, provider.Epoxy), fake.WithLatency(fake.AmphoraLike))
		c := cloud.LoadBalancer()
		var ids []string
		for range 20 {
			ids = append(ids, create(t, c, object{"name": "one of many", "vip_subnet_id": cloud.SubnetID()}))
		}
		w := waiter.New(c)
		next := time.Duration(0)
		look := func(id string, opts ...waiter.WaitOption) bool {
			p, err := w.Check(t.Context(), id, opts...)
			require.NoError(t, err)
			next = max(next, p.After)
			return p.Settled
		}
		for pending := true; pending; {
			time.Sleep(next)
			next = 0
			for _, id := range ids[2:] {
				pending = !look(id)
			}
			if pending {
				assert.False(t, look(ids[0]) || look(ids[1]))
			}
		}
		// A list has just shown all of them settled, and the first two have not been told.
		cloud.ForgetCalls()
		require.NoError(t, touch(cloud, ids[0])(t.Context()))
		assert.False(t, look(ids[0], waiter.Since(time.Now().Add(time.Nanosecond))))
		ctx, cancel := context.WithCancel(t.Context())
		_, err := w.Mutate(ctx, ids[1], func(ctx context.Context) error {
			defer cancel()
			return touch(cloud, ids[1])(ctx)
		})
		require.ErrorIs(t, err, context.Canceled)
		assert.False(t, look(ids[1]))
		assert.Len(t, cloud.Mutations(), 2)
	})
}

func touch(cloud *fake.Cloud, id string) func(context.Context) error {
	return func(ctx context.Context) error {
		_, err := octavia.Update(ctx, cloud.LoadBalancer(), "lbaas/loadbalancers/"+id, "loadbalancer", object{"description": time.Now().String()})
		return err
	}
}
