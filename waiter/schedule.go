// SPDX-License-Identifier: Apache-2.0

package waiter

import "time"

// The cold schedule, for operations of unknown length. A read is late by the gap
// before it, on average by half of it, so gaps of a fifth of the time passed (one
// second at least) are a tenth late on average, a fifth at worst. The first gaps are
// shorter: many changes take a fraction of a second, and what all end just after a read
// have the whole gap to wait. Two minutes are reached in 25 reads, which leaves none over.
// Beyond, gaps are capped: a quarter of an hour is no reason to be minutes late.
const (
	firstGap   = 200 * time.Millisecond
	earlyGap   = 500 * time.Millisecond
	earlyRatio = 0.3
	fullGap    = time.Second
	lateRatio  = 0.2
	maxGap     = time.Minute
)

func coldGap(elapsed time.Duration) time.Duration {
	if elapsed < firstGap {
		return firstGap
	}
	return min(earlyGap+scale(elapsed, earlyRatio), max(fullGap, min(scale(elapsed, lateRatio), maxGap)))
}

// The warm schedule, for operations whose duration is known as a median and a
// spread: one early read in case it is quicker than ever (or fails at once), then,
// from a bit before the expected end, reads that are closest around the median, where
// most operations end, and get wider with the distance from it. The numbers are the
// best of a search for durations that vary by a tenth: under 3% late on average, and
// 12 reads even at three and a half spreads above the median.
const (
	reach      = 1.6  // spreads before the median at which the close watch begins
	dense      = 0.03 // gap at the median, as a share of it
	leastGap   = 300 * time.Millisecond
	densest    = 0.37 // gap at the median, in spreads: at least this and at most one
	widenEarly = 0.3  // how gaps grow with the square of the distance in spreads, before the median
	widenLate  = 0.45 // ... and after it
	tooVaried  = 0.35 // spreads above this share of the median make it no better than unknown
	minSpread  = 0.04 // share of the median; nothing is steadier than that
	sanityAt   = 0.33 // share of the way at which the early read comes
	sanityGap  = time.Second
	minWarmGap = 20 * time.Millisecond
	mostAlone  = 3 * time.Minute // what takes long may end early: it is looked at then, or after half of the time passed
)

// next is how long after elapsed to look again, for an operation expected to take e
// (zero: unknown). It is pure.
func next(elapsed time.Duration, e estimate) time.Duration {
	if !e.useful() {
		return coldGap(elapsed)
	}
	spread := max(e.spread, scale(e.median, minSpread))
	if from := e.median - scale(spread, reach); elapsed < from {
		to := from
		if at := scale(from, sanityAt); at-elapsed >= sanityGap {
			to = at
		}
		return max(min(to-elapsed, max(mostAlone, elapsed/2)), minWarmGap)
	}
	z := float64(elapsed-e.median) / float64(spread)
	widen := widenLate
	if z < 0 {
		widen = widenEarly
	}
	gap := min(max(scale(e.median, dense), leastGap, scale(spread, densest)), spread)
	wide := max(gap, coldGap(elapsed)) // never wider than knowing nothing, once late
	return max(min(scale(gap, min(1+widen*z*z, 1e3)), wide), minWarmGap)
}

func scale(d time.Duration, f float64) time.Duration { return time.Duration(float64(d) * f) }

// estimate is how long an operation is expected to take; the zero value is "unknown".
type estimate struct{ median, spread time.Duration }

func (e estimate) useful() bool {
	return e.median > 0 && float64(e.spread) <= tooVaried*float64(e.median)
}
