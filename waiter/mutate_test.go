// SPDX-License-Identifier: Apache-2.0

package waiter_test

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/octaviakit/octaviakit/internal/octavia"
	"github.com/octaviakit/octaviakit/waiter"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// locked is a load balancer with Octavia's lock: a PUT makes it PENDING for a while
// and is refused meanwhile.
type locked struct {
	*cloud
	until   time.Duration // PENDING until
	cycle   time.Duration
	puts    int
	refused int
	answer  func(n int) (int, string, http.Header) // overrules the nth PUT's answer, if not nil and not 200
	drop    bool                                   // ... and the overruled PUT has no effect
}

func newLocked(cycle time.Duration) *locked {
	l := &locked{cycle: cycle}
	l.cloud = newCloud(func(r *http.Request, at time.Duration) (int, string, http.Header) {
		if r.Method == "GET" {
			return 200, activeAfter(l.until)(at), nil
		}
		if at < l.until {
			l.refused++
			return fault(409, "Load Balancer "+lbID+" is immutable and cannot be updated.")
		}
		l.puts++
		if l.answer != nil {
			if status, body, h := l.answer(l.puts); status != 200 {
				if !l.drop {
					l.until = at + l.cycle
				}
				return status, body, h
			}
		}
		l.until = at + l.cycle
		return 200, `{"listener": {}}`, nil
	})
	return l
}

func (l *locked) put(ctx context.Context) error {
	_, err := octavia.Update(ctx, l.client, "lbaas/listeners/l1", "listener", octavia.Object{})
	return err
}

func TestMutateIsOneCycle(t *testing.T) {
	bubble(t, func(t *testing.T) {
		l := newLocked(ms(300))
		l.until = ms(1000)
		s, err := l.waiter().Mutate(t.Context(), lbID, l.put)
		require.NoError(t, err)
		assert.Equal(t, "ACTIVE", s.LoadBalancer().Provisioning)
		assert.Equal(t, "0.00 0.20 0.76 1.49 1.49 1.49 1.69 2.25", secs(l.times))
		assert.Zero(t, l.refused)

		from := l.count()
		_, err = l.waiter().Mutate(t.Context(), lbID, l.put, waiter.AssumeSettled())
		require.NoError(t, err)
		assert.Equal(t, "PUT listeners/l1", l.calls[from], "no read before")
	})
}

func TestMutateWaitsOutForeignLocks(t *testing.T) {
	bubble(t, func(t *testing.T) {
		l := newLocked(ms(300))
		l.until = ms(5000)
		_, err := l.waiter().Mutate(t.Context(), lbID, l.put, waiter.AssumeSettled())
		require.NoError(t, err)
		assert.Equal(t, 1, l.refused)
		assert.Equal(t, 1, l.puts)
	})
}

// A pool without a listener is not in the tree; only the refusal says that it is PENDING.
func TestMutateWaitsForTheObjectThatTheRefusalNames(t *testing.T) {
	bubble(t, func(t *testing.T) {
		refused := 0
		c := newCloud(func(r *http.Request, at time.Duration) (int, string, http.Header) {
			busy := at < 20*time.Second
			switch {
			case r.Method == "PUT" && busy:
				refused++
				return fault(409, "Pool p9 is immutable and cannot be updated.")
			case r.Method == "PUT":
				return 202, "", nil
			case strings.HasSuffix(r.URL.Path, "/pools/p9") && busy:
				return 200, `{"pool": {"id": "p9", "provisioning_status": "PENDING_UPDATE"}}`, nil
			case strings.HasSuffix(r.URL.Path, "/pools/p9"):
				return 200, `{"pool": {"id": "p9", "provisioning_status": "ACTIVE"}}`, nil
			}
			return 200, tree("ACTIVE"), nil
		})
		_, err := c.waiter().Mutate(t.Context(), lbID, func(ctx context.Context) error {
			return octavia.PutMembers(ctx, c.client, "p9", nil, true)
		})
		require.NoError(t, err)
		assert.Equal(t, 1, refused)
	})
}

func TestMutateDoesNotSpinOnALockThatReadsAsFree(t *testing.T) {
	bubble(t, func(t *testing.T) {
		n := 0
		c := trees(activeAfter(0))
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		_, err := c.waiter().Mutate(ctx, lbID, func(ctx context.Context) error {
			n++
			_, err := octavia.Update(ctx, newCloud(func(*http.Request, time.Duration) (int, string, http.Header) {
				return fault(409, "Load Balancer "+lbID+" is immutable and cannot be updated.")
			}).client, "lbaas/listeners/l1", "listener", nil)
			return err
		})
		require.ErrorIs(t, err, context.DeadlineExceeded)
		assert.Less(t, n, 25)
		assert.Greater(t, n, 10)
	})
}

func TestMutateLeavesOtherErrorsToTheCaller(t *testing.T) {
	bubble(t, func(t *testing.T) {
		for _, status := range []int{400, 403, 404, 409, 500, 501, 503, 504, 0} {
			l := newLocked(ms(300))
			l.answer = func(int) (int, string, http.Header) { return fault(status, "no") }
			_, err := l.waiter().Mutate(t.Context(), lbID, l.put)
			require.Error(t, err, "%d", status)
			assert.Equal(t, 1, l.puts, "%d: never blindly repeated", status)
			var e *waiter.Error
			assert.NotErrorAs(t, err, &e, "fn's error comes back as it is")
		}
	})
}

func TestMutateWaitsOutThrottling(t *testing.T) {
	bubble(t, func(t *testing.T) {
		l := newLocked(ms(300))
		l.drop = true
		l.answer = func(n int) (int, string, http.Header) {
			if n == 1 {
				return 429, "", http.Header{"Retry-After": {"30"}}
			}
			return 200, "", nil
		}
		_, err := l.waiter().Mutate(t.Context(), lbID, l.put)
		require.NoError(t, err)
		assert.Equal(t, 2, l.puts)
		assert.GreaterOrEqual(t, time.Since(l.start), 30*time.Second)
	})
}

func TestMutateConfirmsUnknownOutcomes(t *testing.T) {
	for _, c := range []struct {
		name string
		drop bool
		puts int
	}{{"the reply was lost", false, 1}, {"the request was lost", true, 2}} {
		synctest.Test(t, func(t *testing.T) {
			l := newLocked(ms(3000))
			l.drop = c.drop
			l.answer = func(n int) (int, string, http.Header) {
				if n == 1 {
					return 504, "", nil
				}
				return 200, "", nil
			}
			asked := 0
			_, err := l.waiter().Mutate(t.Context(), lbID, l.put, waiter.Confirm(func(context.Context) (bool, error) {
				asked++
				assert.GreaterOrEqual(t, time.Since(l.start), l.until, "asked only once settled")
				return !c.drop, nil
			}))
			require.NoError(t, err, c.name)
			assert.Equal(t, c.puts, l.puts, c.name)
			assert.Equal(t, 1, asked, c.name)
		})
	}
}

func TestMutateConfirmIsBounded(t *testing.T) {
	bubble(t, func(t *testing.T) {
		l := newLocked(ms(300))
		l.drop = true
		l.answer = func(int) (int, string, http.Header) { return 504, "", nil }
		no := waiter.Confirm(func(context.Context) (bool, error) { return false, nil })
		_, err := l.waiter(waiter.WithTolerance(3)).Mutate(t.Context(), lbID, l.put, no)
		require.Error(t, err)
		assert.Equal(t, 4, l.puts)

		l = newLocked(ms(300))
		l.answer = func(int) (int, string, http.Header) { return 504, "", nil }
		cannot := errors.New("cannot say")
		_, err = l.waiter().Mutate(t.Context(), lbID, l.put, waiter.Confirm(func(context.Context) (bool, error) { return false, cannot }))
		require.ErrorIs(t, err, cannot)
		assert.Equal(t, 1, l.puts)
	})
}

func TestMutateFailsBeforeAndAfter(t *testing.T) {
	bubble(t, func(t *testing.T) {
		c := trees(func(time.Duration) string { return tree("ERROR") })
		called := false
		_, err := c.waiter().Mutate(t.Context(), lbID, func(context.Context) error { called = true; return nil })
		require.ErrorIs(t, err, waiter.ErrFailed)
		assert.False(t, called)

		c = trees(func(at time.Duration) string {
			if at > 0 {
				return tree("ACTIVE", web("ACTIVE", "ERROR", "ACTIVE"))
			}
			return tree("ACTIVE")
		})
		s, err := c.waiter().Mutate(t.Context(), lbID, func(context.Context) error { time.Sleep(ms(10)); return nil })
		require.ErrorIs(t, err, waiter.ErrFailed)
		assert.Len(t, s.Failed(), 1)
	})
}

func TestMutateUntilGone(t *testing.T) {
	bubble(t, func(t *testing.T) {
		var gone time.Duration
		c := newCloud(func(r *http.Request, at time.Duration) (int, string, http.Header) {
			switch {
			case gone > 0 && at >= gone:
				return fault(404, "Load Balancer "+lbID+" not found.")
			case r.Method == "DELETE":
				gone = at + ms(2000)
				return 204, "", nil
			case gone > 0:
				return 200, tree("PENDING_DELETE"), nil
			case at < ms(1000):
				return 200, tree("PENDING_UPDATE"), nil
			}
			return 200, tree("ERROR", web("PENDING_CREATE", "ERROR", "ERROR")), nil
		})
		remove := func(ctx context.Context) error {
			return octavia.Delete(ctx, c.client, "lbaas/loadbalancers/"+lbID+"?cascade=true")
		}
		_, err := c.waiter().Mutate(t.Context(), lbID, remove, waiter.UntilGone())
		require.NoError(t, err, "ERROR does not keep a load balancer from being deleted")
		_, err = c.waiter().Mutate(t.Context(), lbID, remove, waiter.UntilGone())
		require.NoError(t, err, "nor does its absence")
		_, err = c.waiter().Mutate(t.Context(), lbID, remove, waiter.UntilGone(), waiter.AssumeSettled())
		require.NoError(t, err)
		assert.Equal(t, "DELETE loadbalancers/"+lbID+"?cascade=true", c.calls[len(c.calls)-2])
	})
}
