// SPDX-License-Identifier: Apache-2.0

package waiter_test

import (
	"net/http"
	"testing"
	"time"

	"github.com/octaviakit/octaviakit/waiter"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// poll drives Check as a controller does.
func poll(t *testing.T, w *waiter.Waiter, opts ...waiter.WaitOption) (waiter.Progress, error) {
	t.Helper()
	for {
		p, err := w.Check(t.Context(), lbID, opts...)
		if p.Settled || err != nil {
			return p, err
		}
		assert.Positive(t, p.After)
		time.Sleep(p.After)
	}
}

func TestCheckFollowsTheSameSchedule(t *testing.T) {
	bubble(t, func(t *testing.T) {
		a, b := trees(activeAfter(ms(9000))), trees(activeAfter(ms(9000)))
		p, err := poll(t, a.waiter())
		require.NoError(t, err)
		assert.Equal(t, "ACTIVE", p.Status.LoadBalancer().Provisioning)
		assert.Zero(t, p.After)
		b.start = time.Now()
		_, err = b.waiter().Active(t.Context(), lbID)
		require.NoError(t, err)
		assert.Equal(t, secs(b.times), secs(a.times))
	})
}

func TestCheckSince(t *testing.T) {
	bubble(t, func(t *testing.T) {
		c := trees(activeAfter(time.Hour))
		began := time.Now()
		time.Sleep(time.Minute)
		p, err := c.waiter().Check(t.Context(), lbID, waiter.Since(began))
		require.NoError(t, err)
		assert.Equal(t, 12*time.Second, p.After, "a fifth of the time passed")
	})
}

func TestCheckFailures(t *testing.T) {
	bubble(t, func(t *testing.T) {
		c := trees(func(time.Duration) string { return tree("ACTIVE", web("ERROR", "ACTIVE", "ACTIVE")) })
		_, err := c.waiter().Check(t.Context(), lbID)
		require.ErrorIs(t, err, waiter.ErrFailed)

		c = trees(func(time.Duration) string { return tree("ACTIVE", web("PENDING_UPDATE", "ACTIVE", "ACTIVE")) })
		_, err = poll(t, c.waiter())
		require.ErrorIs(t, err, waiter.ErrStuck, "stalls are seen across looks")
		assert.Equal(t, 2*time.Minute, time.Since(c.start))

		c = newCloud(func(*http.Request, time.Duration) (int, string, http.Header) { return fault(503, "busy") })
		w := c.waiter(waiter.WithTolerance(1))
		p, err := w.Check(t.Context(), lbID)
		require.ErrorContains(t, err, "busy")
		assert.Positive(t, p.After, "worth another try")
		p, err = w.Check(t.Context(), lbID)
		require.ErrorContains(t, err, "busy")
		assert.Zero(t, p.After, "not any more")
	})
}
