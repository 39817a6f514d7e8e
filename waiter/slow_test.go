// SPDX-License-Identifier: Apache-2.0

package waiter_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"testing"
	"time"

	"github.com/octaviakit/octaviakit/waiter"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// Drivers that are busy with other load balancers.

// pauses is a batch of which a member settles after each of the gaps, under a load balancer
// that is ACTIVE.
func pauses(gaps ...time.Duration) func(at time.Duration) string {
	return func(at time.Duration) string {
		var members []node
		due := time.Duration(0)
		for i, gap := range gaps {
			due += gap
			status := "PENDING_CREATE"
			if at >= due {
				status = "ACTIVE"
			}
			members = append(members, obj(fmt.Sprintf("m%02d", i), status))
		}
		return tree("ACTIVE", obj("l1", "ACTIVE", "pools", []node{obj("p1", "ACTIVE", "members", members)}))
	}
}

// A driver that has paused and gone on may pause again, and a bit longer.
func TestASlowDriverIsNotStuck(t *testing.T) {
	bubble(t, func(t *testing.T) {
		c := trees(pauses(100*time.Second, 130*time.Second, 200*time.Second))
		_, err := c.waiter().Active(t.Context(), lbID)
		require.NoError(t, err)

		c = trees(pauses(ms(5000), 10*time.Minute))
		_, err = c.waiter().Active(t.Context(), lbID)
		require.ErrorIs(t, err, waiter.ErrStuck)
		assert.InDelta(t, 125, time.Since(c.start).Seconds(), 2)
	})
}

// What one wait has seen of a driver the next ones know, for half an hour.
func TestASlowDriverIsKnown(t *testing.T) {
	bubble(t, func(t *testing.T) {
		c := newCloud(nil)
		w := c.waiter()
		on := func(driver string, pause time.Duration) error {
			began, of := time.Now(), pauses(ms(5000), pause)
			c.serve = func(*http.Request, time.Duration) (int, string, http.Header) { return 200, of(time.Since(began)), nil }
			_, err := w.Active(t.Context(), lbID, waiter.Provider(driver))
			return err
		}
		slow := pauses(100*time.Second, 110*time.Second, ms(1000))
		c.serve = func(_ *http.Request, at time.Duration) (int, string, http.Header) { return 200, slow(at), nil }
		_, err := w.Active(t.Context(), lbID, waiter.Provider("ovn"))
		require.NoError(t, err)
		require.NoError(t, on("ovn", 170*time.Second))
		require.ErrorIs(t, on("another", 170*time.Second), waiter.ErrStuck)
		time.Sleep(31 * time.Minute)
		require.ErrorIs(t, on("ovn", 170*time.Second), waiter.ErrStuck, "it is quick again, as far as anybody knows")
	})
}

// Ovn turns a load balancer ACTIVE with the first of what it has to do: that took as long as
// the next may take. Where everything turns ACTIVE at its end, that says nothing.
func TestTheFirstOfAQueueSaysHowSlowItIs(t *testing.T) {
	bubble(t, func(t *testing.T) {
		for driver, stuck := range map[string]bool{"ovn": false, "amphora": true} {
			c := trees(func(at time.Duration) string {
				switch {
				case at < 130*time.Second:
					return tree("PENDING_UPDATE", web("PENDING_UPDATE", "PENDING_UPDATE", "PENDING_CREATE"))
				case at < 300*time.Second:
					return tree("ACTIVE", web("ACTIVE", "ACTIVE", "PENDING_CREATE"))
				}
				return tree("ACTIVE", web("ACTIVE", "ACTIVE", "ACTIVE"))
			})
			_, err := c.waiter().Active(t.Context(), lbID, waiter.Provider(driver))
			assert.Equal(t, stuck, errors.Is(err, waiter.ErrStuck), "%s: %v", driver, err)
		}
	})
}

func TestASlowDriverIsNotTouched(t *testing.T) {
	bubble(t, func(t *testing.T) {
		n := 0
		touch := waiter.Touch(func(context.Context, waiter.Object) error { n++; return nil })
		c := trees(pauses(12*time.Second, 20*time.Second, 35*time.Second))
		_, err := c.waiter().Active(t.Context(), lbID, touch)
		require.NoError(t, err)
		assert.Zero(t, n)

		c = trees(pauses(ms(3000), 20*time.Second))
		_, err = c.waiter().Active(t.Context(), lbID, touch)
		require.NoError(t, err)
		assert.Equal(t, 1, n, "of one that was quick")
	})
}

// What usually takes long is not suspected before it usually has ended.
func TestWhatTakesLongIsNotTouched(t *testing.T) {
	bubble(t, func(t *testing.T) {
		var touched []time.Duration
		var began time.Time
		touch := waiter.Touch(func(context.Context, waiter.Object) error {
			touched = append(touched, time.Since(began))
			return nil
		})
		c := trees(func(time.Duration) string {
			if time.Since(began) < 50*time.Second {
				return tree("ACTIVE", web("ACTIVE", "ACTIVE", "PENDING_CREATE"))
			}
			return tree("ACTIVE", web("ACTIVE", "ACTIVE", "ACTIVE"))
		})
		w := c.waiter(waiter.WithExpectations(waiter.Expectation{Op: "member batch", Median: 50 * time.Second}))
		for range 10 {
			began = time.Now()
			_, err := w.Active(t.Context(), lbID, waiter.Op("member batch"), touch)
			require.NoError(t, err)
		}
		assert.Empty(t, touched)

		began = time.Now()
		_, err := w.Active(t.Context(), lbID, waiter.Op("something else"), touch)
		require.NoError(t, err)
		assert.Equal(t, []time.Duration{15 * time.Second}, touched)
	})
}

// What always takes a touch is not touched later and later.
func TestTouchesAreNotLearned(t *testing.T) {
	bubble(t, func(t *testing.T) {
		var began, freed time.Time
		c := trees(func(time.Duration) string {
			if freed.After(began) && time.Since(freed) > time.Second {
				return tree("ACTIVE", web("ACTIVE", "ACTIVE", "ACTIVE"))
			}
			return tree("ACTIVE", web("PENDING_UPDATE", "ACTIVE", "ACTIVE"))
		})
		w := c.waiter()
		for range 10 {
			began = time.Now()
			_, err := w.Active(t.Context(), lbID, waiter.Op("healthmonitor"), waiter.Touch(func(context.Context, waiter.Object) error {
				freed = time.Now()
				return nil
			}))
			require.NoError(t, err)
			assert.Equal(t, 15*time.Second, freed.Sub(began))
		}
	})
}

// What is known to show nothing for a long time is waited for, and ends as stuck when that is over.
func TestSlowFor(t *testing.T) {
	bubble(t, func(t *testing.T) {
		slow := waiter.SlowFor(func() time.Duration { return 40 * time.Minute })
		c := trees(pauses(35 * time.Minute))
		_, err := c.waiter().Active(t.Context(), lbID, slow)
		require.NoError(t, err)

		c = trees(pauses(35 * time.Minute))
		_, err = poll(t, c.waiter(), slow)
		require.NoError(t, err)

		c = trees(pauses(24 * time.Hour))
		_, err = c.waiter().Active(t.Context(), lbID, slow)
		require.ErrorIs(t, err, waiter.ErrStuck)
		assert.Equal(t, 40*time.Minute, time.Since(c.start))
	})
}

// It is about what Mutate begins, not about what it finds.
func TestSlowForIsOfTheChange(t *testing.T) {
	bubble(t, func(t *testing.T) {
		c := trees(pauses(24 * time.Hour))
		_, err := c.waiter().Mutate(t.Context(), lbID, func(context.Context) error { return nil }, waiter.SlowFor(func() time.Duration { return time.Hour }))
		require.ErrorIs(t, err, waiter.ErrStuck)
		assert.Equal(t, 2*time.Minute, time.Since(c.start))
	})
}
