// SPDX-License-Identifier: Apache-2.0

package waiter_test

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/octaviakit/octaviakit/fake"
	"github.com/octaviakit/octaviakit/provider"
	"github.com/octaviakit/octaviakit/waiter"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// The Waiter's own bound, which counts from the last progress.

// oneByOne is a batch of n members under an ACTIVE load balancer, of which one settles each.
func oneByOne(n int, each time.Duration) func(at time.Duration) string {
	return func(at time.Duration) string {
		var members []node
		for i := range n {
			status := "PENDING_CREATE"
			if at >= time.Duration(i+1)*each {
				status = "ACTIVE"
			}
			members = append(members, obj(fmt.Sprintf("m%03d", i), status))
		}
		return tree("ACTIVE", obj("l1", "ACTIVE", "pools", []node{obj("p1", "ACTIVE", "members", members)}))
	}
}

// A real 2025.1 that was busy took six seconds for a member: three hundred take half an hour.
func TestASlowBatchIsWaitedOut(t *testing.T) {
	bubble(t, func(t *testing.T) {
		c := trees(oneByOne(302, 8*time.Second))
		_, err := c.waiter().Active(t.Context(), lbID)
		require.NoError(t, err)
		assert.Greater(t, time.Since(c.start), 40*time.Minute)
	})
}

func TestACallersDeadlineIsAbsolute(t *testing.T) {
	bubble(t, func(t *testing.T) {
		c := trees(oneByOne(302, 8*time.Second))
		ctx, cancel := context.WithTimeout(t.Context(), 10*time.Minute)
		defer cancel()
		_, err := c.waiter().Active(ctx, lbID)
		require.ErrorIs(t, err, context.DeadlineExceeded)
		assert.NotContains(t, err.Error(), "own bound")
		assert.Equal(t, 10*time.Minute, time.Since(c.start))
	})
}

func TestTheOwnBoundSaysWhatWasSeen(t *testing.T) {
	bubble(t, func(t *testing.T) {
		c := trees(func(at time.Duration) string {
			if at < 20*time.Minute {
				return tree("PENDING_UPDATE", web("PENDING_UPDATE", "ACTIVE", "ACTIVE"))
			}
			return tree("ACTIVE", web("PENDING_UPDATE", "ACTIVE", "ACTIVE"))
		})
		_, err := c.waiter(waiter.WithStall(0)).Active(t.Context(), lbID)
		require.ErrorIs(t, err, context.DeadlineExceeded)
		var e *waiter.Error
		require.ErrorAs(t, err, &e)
		assert.Contains(t, err.Error(), "own bound of 30m0s")
		assert.Contains(t, err.Error(), "last seen: ACTIVE, 1 of 3 objects below PENDING, first listener https (l1) PENDING_UPDATE")
		assert.Equal(t, c.count(), e.Attempts)
		assert.InDelta(t, 50, e.Elapsed.Minutes(), 1, "half an hour after it was seen to turn ACTIVE")
	})
}

// What others change again and again brings a wait no nearer to its end.
func TestChurnIsNoProgress(t *testing.T) {
	bubble(t, func(t *testing.T) {
		c := trees(func(at time.Duration) string {
			lb, member := "ACTIVE", "ACTIVE"
			if at/(3*time.Minute)%2 == 0 {
				lb, member = "PENDING_UPDATE", "PENDING_UPDATE"
			}
			return tree(lb, web("PENDING_UPDATE", "ACTIVE", member))
		})
		_, err := c.waiter(waiter.WithStall(0)).Active(t.Context(), lbID)
		require.ErrorIs(t, err, context.DeadlineExceeded)
		assert.InDelta(t, 33, time.Since(c.start).Minutes(), 1, "once it counts")
	})
}

func TestChildrenThatGoAreProgress(t *testing.T) {
	bubble(t, func(t *testing.T) {
		const n, each = 100, 30 * time.Second
		c := newCloud(func(_ *http.Request, at time.Duration) (int, string, http.Header) {
			var listeners []node
			for i := range n - int(at/each) {
				listeners = append(listeners, obj(fmt.Sprintf("l%03d", i), "ACTIVE"))
			}
			if len(listeners) == 0 {
				return fault(404, "Load Balancer "+lbID+" not found.")
			}
			return 200, tree("PENDING_DELETE", listeners...), nil
		})
		require.NoError(t, c.waiter().Deleted(t.Context(), lbID))
		assert.GreaterOrEqual(t, time.Since(c.start), n*each)
	})
}

// Lists that a crowd shares show the load balancers, and of what is below not everything.
func TestProgressIsSeenInACrowd(t *testing.T) {
	bubble(t, func(t *testing.T) {
		cloud := fake.New(fake.WithProvider(provider.OVN, provider.Epoxy), fake.WithLatency(func(kind, _ string) time.Duration {
			if kind == "member" {
				return 30 * time.Second
			}
			return 4 * time.Minute
		}))
		w := waiter.New(cloud.LoadBalancer(), waiter.WithTimeout(5*time.Minute), waiter.WithStall(0))
		var wg sync.WaitGroup
		for i := range 12 {
			body := populated(cloud, 40)
			body["name"] = fmt.Sprint("shop-", i)
			lb := create(t, cloud.LoadBalancer(), body)
			wg.Go(func() {
				_, err := w.Active(t.Context(), lb)
				assert.NoError(t, err)
			})
		}
		wg.Wait()
	})
}

// ... and nothing of it while the load balancer itself is PENDING.
func TestProgressBelowWhatIsPendingIsSeenInACrowd(t *testing.T) {
	bubble(t, func(t *testing.T) {
		const crowd, n, each = 12, 100, 30 * time.Second
		c := newCloud(func(r *http.Request, at time.Duration) (int, string, http.Header) {
			left := n - int(at/each)
			switch {
			case strings.HasSuffix(r.URL.Path, "/status") && left <= 0:
				return fault(404, "Load Balancer "+lbID+" not found.")
			case strings.HasSuffix(r.URL.Path, "/status"):
				var listeners []node
				for i := range left {
					listeners = append(listeners, obj(fmt.Sprintf("l%03d", i), "ACTIVE"))
				}
				return 200, tree("PENDING_DELETE", listeners...), nil
			case left <= 0:
				return 200, `{"loadbalancers": []}`, nil
			}
			var lbs []string
			for i := range crowd {
				lbs = append(lbs, fmt.Sprintf(`{"id": "%s", "provisioning_status": "PENDING_DELETE", "listeners": [{"id": "l099"}], "pools": []}`, nth(i)))
			}
			return 200, `{"loadbalancers": [` + strings.Join(lbs, ",") + `]}`, nil
		})
		w := c.waiter()
		var wg sync.WaitGroup
		for i := range crowd {
			wg.Go(func() { assert.NoError(t, w.Deleted(t.Context(), nth(i))) })
		}
		wg.Wait()
		assert.GreaterOrEqual(t, time.Since(c.start), n*each)
		trees := 0
		for _, call := range c.calls {
			if strings.HasSuffix(call, "/status") {
				trees++
			}
		}
		assert.LessOrEqual(t, trees, crowd*9, "%d reads", c.count())
	})
}

// nth is the ID of the nth of a crowd.
func nth(i int) string { return fmt.Sprintf("%s%02d", lbID[:len(lbID)-2], i) }

// What was accepted counts anew, whatever it had to wait for.
func TestMutateCountsFromTheChange(t *testing.T) {
	bubble(t, func(t *testing.T) {
		l := newLocked(25 * time.Minute)
		l.until = 25 * time.Minute
		_, err := l.waiter().Mutate(t.Context(), lbID, l.put)
		require.NoError(t, err)
		assert.GreaterOrEqual(t, time.Since(l.start), 50*time.Minute)
	})
}

func TestAQueueThatMovesIsWaitedFor(t *testing.T) {
	bubble(t, func(t *testing.T) {
		l := newLocked(20 * time.Minute)
		w := l.waiter()
		var wg sync.WaitGroup
		for range 4 {
			wg.Go(func() {
				_, err := w.Mutate(t.Context(), lbID, l.put)
				assert.NoError(t, err)
			})
		}
		wg.Wait()
		assert.Equal(t, 4, l.puts)
	})
}

func TestAQueueThatDoesNotMoveEndsAtTheBound(t *testing.T) {
	bubble(t, func(t *testing.T) {
		l := newLocked(0)
		l.until = 24 * time.Hour
		w := l.waiter()
		var wg sync.WaitGroup
		for range 4 {
			wg.Go(func() {
				_, err := w.Mutate(t.Context(), lbID, l.put)
				assert.ErrorIs(t, err, context.DeadlineExceeded)
				assert.ErrorContains(t, err, "own bound of 30m0s")
				assert.Equal(t, 30*time.Minute, time.Since(l.start))
			})
		}
		wg.Wait()
		assert.Zero(t, l.puts)
	})
}

// fn is held to the bound as well, and what it asks for.
func TestMutateBoundsWhatItCalls(t *testing.T) {
	bubble(t, func(t *testing.T) {
		c := trees(activeAfter(0))
		_, err := c.waiter().Mutate(t.Context(), lbID, func(ctx context.Context) error {
			<-ctx.Done()
			return ctx.Err()
		})
		require.ErrorIs(t, err, context.DeadlineExceeded)
		assert.ErrorContains(t, err, "own bound of 30m0s")
		assert.ErrorContains(t, err, "whether the change was made is not known")
		assert.Equal(t, 30*time.Minute, time.Since(c.start))
	})
}
