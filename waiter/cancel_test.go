// SPDX-License-Identifier: Apache-2.0

package waiter_test

import (
	"context"
	"errors"
	"net/http"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/octaviakit/octaviakit/fake"
	"github.com/octaviakit/octaviakit/internal/cut"
	"github.com/octaviakit/octaviakit/internal/octavia"
	"github.com/octaviakit/octaviakit/provider"
	"github.com/octaviakit/octaviakit/waiter"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// assertCut checks what somebody is told whose context ended: at once, why, and what he
// had got to know until then.
func assertCut(t *testing.T, x *cut.Cut, err error, began time.Time) {
	t.Helper()
	_, when, ok := x.Ended()
	if !ok {
		assert.NoError(t, err)
		return
	}
	assert.Zero(t, time.Since(when), "returns at once")
	if x.How == cut.Answered && err == nil {
		return // by what it wanted to know
	}
	assert.ErrorIs(t, err, context.Canceled)
	var e *waiter.Error
	if !assert.ErrorAs(t, err, &e) {
		return
	}
	assert.Equal(t, time.Since(began), e.Elapsed, "for how long")
	if e.Attempts > 1 {
		assert.NotContains(t, err.Error(), "last seen: nothing")
	}
	assert.Contains(t, err.Error(), "last seen: ")
}

func shop(t *testing.T, on provider.Name, members int) (*fake.Cloud, string) {
	t.Helper()
	latency := fake.AmphoraLike
	if on == provider.OVN {
		latency = fake.OVNLike
	}
	cloud := fake.New(fake.WithProvider(on, provider.Epoxy), fake.WithLatency(latency))
	body := populated(cloud, members)
	if on == provider.Amphora {
		body["listeners"].([]object)[0]["default_pool"].(object)["lb_algorithm"] = "ROUND_ROBIN"
	}
	return cloud, create(t, cloud.LoadBalancer(), body)
}

func TestActiveCancelledAtEachCall(t *testing.T) {
	t.Parallel()
	for _, on := range []provider.Name{provider.Amphora, provider.OVN} {
		cut.Every(t, func(t *testing.T, nth int, how cut.How) *cut.Cut {
			cloud, lb := shop(t, on, 3)
			c := cloud.LoadBalancer()
			x := cut.Client(c, nth, how)
			w, began := waiter.New(c), time.Now()
			_, err := w.Active(cut.Mortal(t.Context(), 0), lb, waiter.Whole())
			assertCut(t, x, err, began)
			_, err = w.Active(t.Context(), lb, waiter.Whole())
			require.NoError(t, err, "the next one is none the worse")
			return x
		})
	}
}

func TestDeletedCancelledAtEachCall(t *testing.T) {
	t.Parallel()
	cut.Every(t, func(t *testing.T, nth int, how cut.How) *cut.Cut {
		cloud, lb := shop(t, provider.Amphora, 1)
		c := cloud.LoadBalancer()
		w := waiter.New(c)
		_, err := w.Active(t.Context(), lb)
		require.NoError(t, err)
		require.NoError(t, octavia.Delete(t.Context(), c, "lbaas/loadbalancers/"+lb+"?cascade=true"))
		x, began := cut.Client(c, nth, how), time.Now()
		assertCut(t, x, w.Deleted(cut.Mortal(t.Context(), 0), lb), began)
		require.NoError(t, w.Deleted(t.Context(), lb))
		return x
	})
}

// addListener is a change with a name, which may be made once.
func addListener(w *waiter.Waiter, lb string, port int) func(context.Context) error {
	return func(ctx context.Context) error {
		has := waiter.Confirm(func(ctx context.Context) (bool, error) {
			for o, err := range octavia.List(ctx, w.Client(), "lbaas/listeners", "listeners", nil) {
				if err != nil || o["protocol_port"] == float64(port) {
					return err == nil, err
				}
			}
			return false, nil
		})
		_, err := w.Mutate(ctx, lb, func(ctx context.Context) error {
			_, err := octavia.Create(ctx, w.Client(), "lbaas/listeners", "listener", object{
				"loadbalancer_id": lb, "protocol": "TCP", "protocol_port": port,
			})
			return err
		}, has)
		return err
	}
}

func mutateFaults() map[string]fake.Fault {
	with := func(f fake.Fault) fake.Fault { f.Method, f.Path = http.MethodPost, "/lbaas/listeners"; return f }
	return map[string]fake.Fault{
		"in peace":        {Path: "/nowhere"},
		"a lost reply":    with(fake.Fault{Effect: fake.LoseReply}),
		"a lost request":  with(fake.Fault{Effect: fake.LoseSend}),
		"a lost race":     with(fake.Fault{Status: 409, Message: "Load Balancer x is immutable and cannot be updated."}),
		"asked for quiet": with(fake.Fault{Effect: fake.Throttle, RetryAfter: 5 * time.Second}),
	}
}

// One Mutate of three is cancelled: the others, which wait for their turn, are made, and
// nothing is made twice.
func TestMutateCancelledAtEachCall(t *testing.T) {
	t.Parallel()
	for name, fault := range mutateFaults() {
		hows := []cut.How{cut.Hanging, cut.Done}
		if name == "in peace" {
			hows = cut.All()
		}
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			cut.Every(t, func(t *testing.T, nth int, how cut.How) *cut.Cut { return cutMutate(t, fault, nth, how) }, hows...)
		})
	}
}

func cutMutate(t *testing.T, fault fake.Fault, nth int, how cut.How) *cut.Cut {
	t.Helper()
	cloud, lb := shop(t, provider.Amphora, 1)
	cloud.Inject(fault)
	c := cloud.LoadBalancer()
	x := cut.Client(c, nth, how)
	w, began := waiter.New(c), time.Now()
	var wg sync.WaitGroup
	wg.Go(func() { assertCut(t, x, addListener(w, lb, 81)(cut.Mortal(t.Context(), 0)), began) })
	for port := 82; port < 84; port++ {
		synctest.Wait()
		wg.Go(func() { assert.NoError(t, addListener(w, lb, port)(t.Context())) })
	}
	wg.Wait()
	cycles := cloud.Cycles(lb)
	assert.LessOrEqual(t, cycles, 4, "the creation and one each")
	if _, _, ok := x.Ended(); ok { // again, as a caller does who was told so
		err := addListener(w, lb, 81)(t.Context())
		if cycles == 4 {
			require.Error(t, err, "it is there")
		} else {
			require.NoError(t, err)
		}
	}
	s, err := w.Active(t.Context(), lb)
	require.NoError(t, err)
	ports := 0
	for _, o := range s.Objects {
		if o.Kind == "listener" {
			ports++
		}
	}
	assert.Equal(t, 4, ports)
	assert.Equal(t, 4, cloud.Cycles(lb), "nothing was lost or made twice")
	return x
}

// Between calls as well: in the queue for the lock, behind a closed gate, between two reads.
func TestMutateEndsWithItsContextAtAnyMoment(t *testing.T) {
	t.Parallel()
	for _, f := range mutateFaults() {
		for _, d := range spaced(ms(1), 100*time.Second, 25) {
			synctest.Test(t, func(t *testing.T) {
				cloud, lb := shop(t, provider.Amphora, 1)
				cloud.Inject(f)
				w := waiter.New(cloud.LoadBalancer(), waiter.WithRate(1))
				var wg sync.WaitGroup
				for port := 81; port < 84; port++ {
					wg.Go(func() {
						ctx, cancel := context.WithTimeout(t.Context(), d)
						defer cancel()
						began := time.Now()
						if err := addListener(w, lb, port)(ctx); err != nil {
							assert.Equal(t, d, time.Since(began))
							assert.ErrorIs(t, err, context.DeadlineExceeded)
							var e *waiter.Error
							assert.True(t, errors.As(err, &e) && e.Elapsed == d, "%v", err)
						}
					})
				}
				wg.Wait()
			})
		}
	}
}

// A Check that is cancelled forgets nothing: the next one goes on where the last one was.
func TestCheckCancelledAtEachCall(t *testing.T) {
	t.Parallel()
	cut.Every(t, func(t *testing.T, nth int, how cut.How) *cut.Cut {
		cloud, lb := shop(t, provider.Amphora, 1)
		c := cloud.LoadBalancer()
		x := cut.Client(c, nth, how)
		w, began, looks := waiter.New(c), time.Now(), 0
		for {
			p, err := w.Check(cut.Mortal(t.Context(), 0), lb)
			looks++
			if err != nil {
				assertCut(t, x, err, began)
				assert.Equal(t, looks, errorOf(t, err).Attempts)
				p, err = w.Check(t.Context(), lb)
				require.NoError(t, err)
				if !p.Settled {
					assert.GreaterOrEqual(t, p.After, time.Since(began)/10, "not as if it had only begun")
				}
			}
			if p.Settled {
				return x
			}
			time.Sleep(p.After)
		}
	})
}

func errorOf(t *testing.T, err error) *waiter.Error {
	t.Helper()
	var e *waiter.Error
	require.ErrorAs(t, err, &e)
	return e
}

// Whoever reads for all may be cancelled at any call: the others get their news as if
// nothing had been, and it costs one call more.
func TestSharedWaitsCancelledAtEachCall(t *testing.T) {
	t.Parallel()
	for _, below := range []string{"a monitored pool", "members"} {
		t.Run(below, func(t *testing.T) {
			t.Parallel()
			alone, calls := time.Duration(0), 0
			cut.Every(t, func(t *testing.T, nth int, how cut.How) *cut.Cut {
				x, took, n := cutCrowd(t, below, nth, how)
				if nth == 1 && how == cut.Hanging {
					_, alone, calls = cutCrowd(t, below, 1e6, how)
				}
				assert.LessOrEqual(t, took, alone+time.Second, "one tick")
				assert.LessOrEqual(t, n, calls+6)
				return x
			}, cut.Hanging, cut.Done)
		})
	}
}

// cutCrowd lets a crowd wait, each in a context of its own that ends with the nth call if
// it is the one that makes it.
func cutCrowd(t *testing.T, below string, nth int, how cut.How) (x *cut.Cut, took time.Duration, calls int) {
	t.Helper()
	cloud := fake.New(fake.WithProvider(provider.Amphora, provider.Epoxy), fake.WithLatency(fake.AmphoraLike))
	c := cloud.LoadBalancer()
	ids := make([]string, 12)
	for i := range ids {
		ids[i] = create(t, c, crowded(cloud, i, below))
	}
	cloud.ForgetCalls()
	x = cut.Client(c, nth, how)
	w, began := waiter.New(c), time.Now()
	var wg sync.WaitGroup
	for i, lb := range ids {
		wg.Go(func() {
			_, err := w.Active(cut.Mortal(t.Context(), i), lb)
			if who, _, _ := x.Ended(); who == i {
				assertCut(t, x, err, began)
				return
			}
			assert.NoError(t, err, "%d is harmed", i)
		})
	}
	wg.Wait()
	return x, time.Since(began), len(cloud.Polls())
}
