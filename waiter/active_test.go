// SPDX-License-Identifier: Apache-2.0

package waiter_test

import (
	"context"
	"errors"
	"net/http"
	"testing"
	"time"

	"github.com/octaviakit/octaviakit/observe"
	"github.com/octaviakit/octaviakit/waiter"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestActiveReadsAtOnceAndSettles(t *testing.T) {
	bubble(t, func(t *testing.T) {
		c := trees(activeAfter(ms(2000)))
		s, err := c.waiter().Active(t.Context(), lbID)
		require.NoError(t, err)
		assert.Equal(t, "0.00 0.20 0.76 1.49 2.43", secs(c.times))
		assert.Equal(t, "GET loadbalancers/"+lbID+"/status", c.calls[0])
		assert.Equal(t, waiter.Object{
			Kind: "loadbalancer", ID: lbID, Name: "web", Provisioning: "ACTIVE", Operating: "ONLINE",
		}, s.LoadBalancer())
		m, ok := s.Find("m1")
		require.True(t, ok)
		assert.Equal(t, waiter.Object{
			Kind: "member", ID: "m1", Parent: "p1", Address: "10.0.0.5:8080", Provisioning: "ACTIVE", Operating: "ONLINE",
		}, m)
		assert.Equal(t, "lbaas/pools/p1/members/m1", m.Path())
	})
}

func TestActiveAlreadySettledIsOneRead(t *testing.T) {
	bubble(t, func(t *testing.T) {
		c := trees(activeAfter(0))
		_, err := c.waiter().Active(t.Context(), lbID)
		require.NoError(t, err)
		assert.Equal(t, []time.Duration{0}, c.times)
	})
}

// ACTIVE comes before the children are done: seen on Zed (amphora) and 2025.1 (ovn).
func TestActiveIsNotSettled(t *testing.T) {
	bubble(t, func(t *testing.T) {
		c := trees(func(at time.Duration) string {
			if at < ms(7000) {
				return tree("ACTIVE", web("ACTIVE", "ACTIVE", "PENDING_CREATE"))
			}
			return tree("ACTIVE", web("ACTIVE", "ACTIVE", "ACTIVE"))
		})
		s, err := c.waiter().Active(t.Context(), lbID)
		require.NoError(t, err)
		assert.Empty(t, s.Pending())
		assert.GreaterOrEqual(t, time.Since(c.start), ms(7000))
	})
}

func TestTreeIsFlatSortedAndWithoutRepeats(t *testing.T) {
	bubble(t, func(t *testing.T) {
		shared := obj("p1", "ACTIVE", "name", "pool", "health_monitor", obj("h1", "ACTIVE"), "members", []node{
			obj("m2", "ACTIVE", "address", "fd00::2", "protocol_port", 80), obj("m1", "ACTIVE"),
		})
		c := trees(func(time.Duration) string {
			return tree("ACTIVE",
				obj("l2", "ACTIVE", "name", "a", "pools", []node{shared, obj("p2", "ACTIVE", "health_monitor", nil)}),
				obj("l1", "ACTIVE", "name", "b", "pools", []node{shared}))
		})
		s, err := c.waiter().Active(t.Context(), lbID)
		require.NoError(t, err)
		var got []string
		for _, o := range s.Objects {
			got = append(got, o.Kind+" "+o.ID+" "+o.Parent)
		}
		assert.Equal(t, []string{
			"loadbalancer " + lbID + " ", "listener l2 " + lbID, "listener l1 " + lbID,
			"pool p2 l2", "pool p1 l2", "member m1 p1", "member m2 p1", "healthmonitor h1 p1",
		}, got)
		m, _ := s.Find("m2")
		assert.Equal(t, "member [fd00::2]:80 (m2) ACTIVE", m.String())
	})
}

func TestErrorEndsTheWaitAtOnce(t *testing.T) {
	bubble(t, func(t *testing.T) {
		c := trees(func(at time.Duration) string {
			if at < ms(300) {
				return tree("PENDING_CREATE")
			}
			return tree("PENDING_UPDATE", web("ERROR", "PENDING_UPDATE", "ERROR"))
		})
		s, err := c.waiter().Active(t.Context(), lbID)
		require.ErrorIs(t, err, waiter.ErrFailed)
		var e *waiter.Error
		require.ErrorAs(t, err, &e)
		assert.Equal(t, ms(760), e.Elapsed, "seen by the first read after it happened")
		assert.Equal(t, 3, e.Attempts)
		assert.Same(t, e.Last, s)
		require.Len(t, e.Failed, 2)
		assert.Equal(t, []string{"l1", "m1"}, []string{e.Failed[0].ID, e.Failed[1].ID})
		assert.EqualError(t, err, "load balancer "+lbID+": waited 760ms for ACTIVE, read 3 times: settled in ERROR: "+
			"listener https (l1) ERROR, member 10.0.0.5:8080 (m1) ERROR")
	})
}

func TestToleratedErrors(t *testing.T) {
	bubble(t, func(t *testing.T) {
		c := trees(func(time.Duration) string { return tree("ACTIVE", web("ACTIVE", "ERROR", "ERROR")) })
		_, err := c.waiter().Active(t.Context(), lbID, waiter.Tolerate("p1"))
		var e *waiter.Error
		require.ErrorAs(t, err, &e)
		assert.Equal(t, "m1", e.Failed[0].ID)
		_, err = c.waiter().Active(t.Context(), lbID, waiter.Tolerate("p1"), waiter.Tolerate("m1"))
		require.NoError(t, err)

		c = trees(func(time.Duration) string { return tree("ERROR", web("PENDING_CREATE", "ACTIVE", "ACTIVE")) })
		_, err = c.waiter().Active(t.Context(), lbID, waiter.Tolerate(lbID))
		require.NoError(t, err, "a load balancer left in ERROR does not change any more")
	})
}

func TestGone(t *testing.T) {
	bubble(t, func(t *testing.T) {
		c := newCloud(func(_ *http.Request, at time.Duration) (int, string, http.Header) {
			if at < ms(400) {
				return 200, tree("PENDING_DELETE"), nil
			}
			return fault(404, "Load Balancer "+lbID+" not found.")
		})
		_, err := c.waiter().Active(t.Context(), lbID)
		require.ErrorIs(t, err, waiter.ErrGone)
		var e *waiter.Error
		require.ErrorAs(t, err, &e)
		assert.Equal(t, "Load Balancer "+lbID+" not found.", e.Fault)
		assert.Equal(t, "PENDING_DELETE", e.Last.LoadBalancer().Provisioning, "what was last seen is kept")
	})
}

func TestAReadThatHangsIsGivenUp(t *testing.T) {
	bubble(t, func(t *testing.T) {
		hung := 0
		c := trees(activeAfter(0))
		c.client.HTTPClient.Transport = roundTrip(func(r *http.Request) (*http.Response, error) {
			if hung++; hung == 1 {
				<-r.Context().Done()
				return nil, r.Context().Err()
			}
			return c.RoundTrip(r)
		})
		_, err := c.waiter().Active(t.Context(), lbID)
		require.NoError(t, err)
		assert.Equal(t, 2, hung)
		assert.Less(t, time.Since(c.start), 62*time.Second)
	})
}

type roundTrip func(*http.Request) (*http.Response, error)

func (f roundTrip) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

func TestCancel(t *testing.T) {
	bubble(t, func(t *testing.T) {
		c := trees(func(time.Duration) string { return tree("PENDING_UPDATE", web("PENDING_UPDATE", "ACTIVE", "ACTIVE")) })
		why := errors.New("shutting down")
		ctx, cancel := context.WithCancelCause(t.Context())
		time.AfterFunc(ms(700), func() { cancel(why) })
		s, err := c.waiter().Active(ctx, lbID)
		assert.Equal(t, ms(700), time.Since(c.start), "between reads, at once")
		require.ErrorIs(t, err, context.Canceled)
		require.ErrorIs(t, err, why)
		assert.Equal(t, "PENDING_UPDATE", s.LoadBalancer().Provisioning)
		assert.EqualError(t, err, "load balancer "+lbID+": waited 700ms for ACTIVE, read 2 times: context canceled: shutting down; "+
			"last seen: PENDING_UPDATE, 1 of 3 objects below PENDING, first listener https (l1) PENDING_UPDATE")

		before := c.count()
		_, err = c.waiter().Active(ctx, lbID)
		require.ErrorIs(t, err, context.Canceled)
		assert.Equal(t, before, c.count(), "before the first read, too")
	})
}

func TestDeadlineLooksOnceMore(t *testing.T) {
	bubble(t, func(t *testing.T) {
		c := trees(activeAfter(58 * time.Second))
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		_, err := c.waiter().Active(ctx, lbID)
		require.NoError(t, err, "the schedule alone would have come too late")

		c = trees(activeAfter(time.Hour))
		ctx, cancel = context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		_, err = c.waiter().Active(ctx, lbID)
		require.ErrorIs(t, err, context.DeadlineExceeded)
		assert.Equal(t, time.Minute, time.Since(c.start))
	})
}

func TestOwnTimeout(t *testing.T) {
	bubble(t, func(t *testing.T) {
		c := trees(activeAfter(24 * time.Hour))
		_, err := c.waiter(waiter.WithTimeout(time.Hour)).Active(t.Context(), lbID)
		require.ErrorIs(t, err, context.DeadlineExceeded)
		assert.Contains(t, err.Error(), "own bound of 1h0m0s")
		assert.Equal(t, time.Hour, time.Since(c.start))
	})
}

func TestBadInputMakesNoCall(t *testing.T) {
	c := trees(activeAfter(0))
	w := c.waiter()
	_, err := w.Active(t.Context(), "")
	require.ErrorContains(t, err, "id: must be")
	_, err = w.Active(t.Context(), "../pools")
	require.ErrorContains(t, err, "id: must be")
	for _, path := range []string{"", "pools/x", "lbaas/pools", "lbaas/pools/x/members", "lbaas/pools/x/rules/y", "lbaas/members/x", "lbaas/pools//x"} {
		_, err = w.Active(t.Context(), lbID, waiter.Also(path))
		require.ErrorContains(t, err, "Also: must be", path)
	}
	_, err = w.Mutate(t.Context(), "", func(context.Context) error { return nil })
	require.Error(t, err)
	_, err = w.Check(t.Context(), "")
	require.Error(t, err)
	assert.Empty(t, c.calls)
	assert.Panics(t, func() { waiter.New(nil) })
}

func TestDeleted(t *testing.T) {
	bubble(t, func(t *testing.T) {
		c := newCloud(func(_ *http.Request, at time.Duration) (int, string, http.Header) {
			if at < ms(1000) {
				return 200, tree("PENDING_DELETE", web("ERROR", "ACTIVE", "ACTIVE")), nil // children keep their status
			}
			return fault(404, "Load Balancer "+lbID+" not found.")
		})
		require.NoError(t, c.waiter().Deleted(t.Context(), lbID))
		assert.Equal(t, "0.00 0.20 0.76 1.49", secs(c.times))

		require.NoError(t, trees(func(time.Duration) string { return tree("DELETED") }).waiter().Deleted(t.Context(), lbID))

		err := trees(func(time.Duration) string { return tree("ERROR") }).waiter().Deleted(t.Context(), lbID)
		require.ErrorIs(t, err, waiter.ErrFailed)
	})
}

func TestEvents(t *testing.T) {
	bubble(t, func(t *testing.T) {
		var got []observe.Event
		c := trees(activeAfter(ms(400)))
		w := c.waiter(waiter.WithObserver(observe.Func(func(_ context.Context, e observe.Event) { got = append(got, e) })))
		_, err := w.Active(t.Context(), lbID, waiter.Op("pool create"))
		require.NoError(t, err)
		require.Len(t, got, 4)
		assert.Equal(t, observe.Event{
			Kind: observe.Poll, LoadBalancer: lbID, Action: "pool create", Status: "PENDING_UPDATE", Pending: 4, Attempt: 1,
		}, got[0])
		assert.Equal(t, observe.Event{
			Kind: observe.Settled, LoadBalancer: lbID, Action: "pool create", Status: "ACTIVE", Attempt: 3, Elapsed: ms(760),
		}, got[3])
	})
}
