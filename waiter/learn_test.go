// SPDX-License-Identifier: Apache-2.0

package waiter_test

import (
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/octaviakit/octaviakit/waiter"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// once waits for one operation that takes d and returns how late that was seen, and by how many reads.
func once(t *testing.T, w *waiter.Waiter, c *cloud, d time.Duration, opts ...waiter.WaitOption) (late time.Duration, reads int) {
	t.Helper()
	before, began := c.count(), time.Now()
	until := time.Since(c.start) + d
	c.serve = trees(activeAfter(until)).serve
	_, err := w.Active(t.Context(), lbID, opts...)
	require.NoError(t, err)
	return time.Since(began) - d, c.count() - before
}

func TestLearnsHowLongThingsTake(t *testing.T) {
	bubble(t, func(t *testing.T) {
		r := rand.New(rand.NewPCG(3, 4))
		c := trees(activeAfter(0))
		w := c.waiter()
		op := []waiter.WaitOption{waiter.Op("loadbalancer create"), waiter.Provider("amphora")}
		const median = 60.0
		var late time.Duration
		var reads int
		const warmUp, n = 25, 600
		for i := range warmUp + n {
			l, k := once(t, w, c, time.Duration(median*(1+0.1*r.NormFloat64())*second), op...)
			if i >= warmUp {
				late, reads = late+l, reads+k
			}
		}
		t.Logf("late %v on average, %.1f reads", late/n, float64(reads)/n)
		assert.LessOrEqual(t, (late / n).Seconds(), 0.03*median)
		assert.LessOrEqual(t, float64(reads)/n, 12.0)

		e := w.Expectations()
		require.Len(t, e, 1)
		assert.Equal(t, "loadbalancer create/amphora", e[0].Op+"/"+e[0].Provider)
		assert.InDelta(t, median, e[0].Median.Seconds(), 6)
		assert.Equal(t, 25, e[0].Samples, "memory is bounded")

		_, cold := once(t, w, c, 58*time.Second)
		_, seeded := once(t, c.waiter(waiter.WithExpectations(e...)), c, 58*time.Second, op...)
		assert.Less(t, seeded, cold)
	})
}

func TestLearnedDurationsAreKeptApart(t *testing.T) {
	bubble(t, func(t *testing.T) {
		c := trees(activeAfter(0))
		w := c.waiter()
		for range 5 {
			once(t, w, c, 40*time.Second, waiter.Op("create"), waiter.Provider("amphora"))
			once(t, w, c, 2*time.Second, waiter.Op("create"), waiter.Provider("ovn"))
			once(t, w, c, 5*time.Second)
		}
		e := w.Expectations()
		require.Len(t, e, 2)
		assert.InDelta(t, 40, e[0].Median.Seconds(), 3)
		assert.InDelta(t, 2, e[1].Median.Seconds(), 0.5)
	})
}

func TestAlreadySettledTeachesNothing(t *testing.T) {
	bubble(t, func(t *testing.T) {
		c := trees(activeAfter(0))
		w := c.waiter()
		once(t, w, c, 0, waiter.Op("create"))
		assert.Empty(t, w.Expectations())
	})
}

func TestMemoryIsBounded(t *testing.T) {
	bubble(t, func(t *testing.T) {
		c := trees(activeAfter(0))
		w := c.waiter()
		for i := range 300 {
			once(t, w, c, time.Second, waiter.Op(fmt.Sprintf("op %03d", i)))
		}
		e := w.Expectations()
		require.Len(t, e, 256)
		assert.Equal(t, "op 044", e[0].Op, "the longest unused made room")
	})
}

// Knowing little must be better than knowing nothing, from the first wait on.
func TestLearnsFast(t *testing.T) {
	bubble(t, func(t *testing.T) {
		const median = 60.0
		for _, warmUp := range []int{1, 2, 4, 6, 10} {
			r := rand.New(rand.NewPCG(5, 6))
			var late time.Duration
			var reads int
			const rounds, n = 40, 4
			for range rounds {
				c := trees(activeAfter(0))
				w := c.waiter()
				for i := range warmUp + n {
					l, k := once(t, w, c, time.Duration(median*(1+0.1*r.NormFloat64())*second), waiter.Op("create"))
					if i >= warmUp {
						late, reads = late+l, reads+k
					}
				}
			}
			t.Logf("after %2d waits: late %.2fs on average, %.1f reads", warmUp, late.Seconds()/rounds/n, float64(reads)/rounds/n)
			assert.LessOrEqual(t, late.Seconds()/rounds/n, 0.035*median)
			assert.LessOrEqual(t, float64(reads)/rounds/n, 12.0)
		}
	})
}
