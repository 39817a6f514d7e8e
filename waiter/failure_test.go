// SPDX-License-Identifier: Apache-2.0

package waiter_test

import (
	"net/http"
	"testing"
	"testing/synctest"
	"time"

	"github.com/gophercloud/gophercloud/v2"
	"github.com/octaviakit/octaviakit/waiter"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestFatalAnswersEndTheWait(t *testing.T) {
	for _, status := range []int{400, 401, 403} {
		synctest.Test(t, func(t *testing.T) {
			c := newCloud(func(*http.Request, time.Duration) (int, string, http.Header) { return fault(status, "no, never") })
			_, err := c.waiter().Active(t.Context(), lbID)
			require.Error(t, err)
			assert.True(t, gophercloud.ResponseCodeIs(err, status))
			var e *waiter.Error
			require.ErrorAs(t, err, &e)
			assert.Equal(t, "no, never", e.Fault)
			assert.Nil(t, e.Last)
			assert.Contains(t, err.Error(), "last seen: nothing")
			assert.Len(t, c.calls, 1)
		})
	}
}

// A wrong endpoint answers 404 as well. Nothing may be taken for deleted on its word.
func TestNoSuchPathIsNotGone(t *testing.T) {
	bubble(t, func(t *testing.T) {
		c := newCloud(func(*http.Request, time.Duration) (int, string, http.Header) {
			return 404, `{"code": 404, "title": "Not Found", "description": ""}`, nil
		})
		err := c.waiter().Deleted(t.Context(), lbID)
		require.Error(t, err)
		assert.NotErrorIs(t, err, waiter.ErrGone)
	})
}

func TestPassingFailuresAreSurvived(t *testing.T) {
	bubble(t, func(t *testing.T) {
		n := 0
		c := newCloud(func(_ *http.Request, at time.Duration) (int, string, http.Header) {
			n++
			switch {
			case n%6 == 1:
				return 503, "", nil
			case n%6 == 2:
				return 0, "", nil // reply lost
			case n%6 == 3:
				return 502, "<html><title>502 Bad Gateway</title></html>", nil
			case n%6 == 4:
				return 200, "{ cut off", nil
			case n%6 == 5:
				return 500, `{"faultstring": "'NoneType' object"}`, nil
			case at < time.Minute:
				return 200, tree("PENDING_UPDATE"), nil
			}
			return 200, tree("ACTIVE"), nil
		})
		_, err := c.waiter().Active(t.Context(), lbID)
		require.NoError(t, err)
		assert.GreaterOrEqual(t, n, 12, "five in a row, and again")
	})
}

func TestToleranceEnds(t *testing.T) {
	bubble(t, func(t *testing.T) {
		c := newCloud(func(*http.Request, time.Duration) (int, string, http.Header) { return fault(500, "database is down") })
		_, err := c.waiter(waiter.WithTolerance(2)).Active(t.Context(), lbID)
		require.Error(t, err)
		assert.Len(t, c.calls, 3)
		assert.True(t, gophercloud.ResponseCodeIs(err, 500))
		assert.Contains(t, err.Error(), "database is down")
	})
}

func TestRetryAfterIsHonouredByAll(t *testing.T) {
	bubble(t, func(t *testing.T) {
		c := newCloud(func(_ *http.Request, at time.Duration) (int, string, http.Header) {
			if at < ms(1000) {
				return 429, "", http.Header{"Retry-After": {"20"}}
			}
			return 200, tree("ACTIVE"), nil
		})
		w := c.waiter()
		done := make(chan error)
		for range 3 {
			go func() {
				_, err := w.Active(t.Context(), lbID)
				done <- err
			}()
			time.Sleep(ms(10))
		}
		p, err := w.Check(t.Context(), lbID)
		require.NoError(t, err)
		assert.Equal(t, 20*time.Second-ms(30), p.After)
		for range 3 {
			require.NoError(t, <-done)
		}
		assert.Len(t, c.calls, 4, "one was refused, the others did not ask in vain")
		assert.Equal(t, 20*time.Second, c.times[1].Truncate(ms(100)))
	})
}
