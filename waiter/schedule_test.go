// SPDX-License-Identifier: Apache-2.0

package waiter_test

import (
	"math"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/octaviakit/octaviakit/waiter"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

const second = float64(time.Second)

// look runs a schedule against an operation that takes d: when it is seen, and by which read.
func look(d time.Duration, next func(elapsed time.Duration) time.Duration) (seen time.Duration, polls int) {
	for at := time.Duration(0); ; at += next(at) {
		polls++
		if at >= d {
			return at, polls
		}
	}
}

func cold(elapsed time.Duration) time.Duration { return waiter.Next(elapsed, 0, 0) }

// allowed is how late a read may be on average.
func allowed(d time.Duration, share, least float64) float64 {
	return max(share*d.Seconds(), least)
}

// spaced yields n durations between from and to, evenly on a logarithmic scale.
func spaced(from, to time.Duration, n int) []time.Duration {
	var out []time.Duration
	for i := range n {
		x := float64(i) / float64(n-1)
		out = append(out, time.Duration(math.Exp(math.Log(float64(from))*(1-x)+math.Log(float64(to))*x)))
	}
	return out
}

// At every length, to the millisecond.
func TestColdSchedule(t *testing.T) {
	for d := ms(50); d <= 120*time.Second; d += ms(1) {
		seen, polls := look(d, cold)
		late := (seen - d).Seconds() / allowed(d, 0.10, 0.5)
		if late > 2 || polls > 25 {
			require.Fail(t, "too late, or too often", "%v: %.3f of what is allowed on average, %d reads", d, late, polls)
		}
	}
}

// On average, however the durations are distributed: in lateness as in shares of what is allowed.
func TestColdScheduleOnAverage(t *testing.T) {
	list := func(secs ...float64) (out []time.Duration) {
		for _, s := range secs {
			out = append(out, scaled(time.Second, s))
		}
		return out
	}
	uniform := func(from, to time.Duration) (out []time.Duration) {
		for i := range 5001 {
			out = append(out, from+scaled(to-from, float64(i)/5000))
		}
		return out
	}
	for name, c := range map[string]struct {
		durations []time.Duration
		most      float64
	}{
		"log-uniform":         {spaced(ms(50), 120*time.Second, 20001), 0.90},
		"uniform":             {uniform(ms(50), 120*time.Second), 0.95},
		"under a second":      {uniform(ms(50), time.Second), 0.70},
		"seconds":             {uniform(time.Second, 10*time.Second), 1},
		"tens of seconds":     {uniform(10*time.Second, 120*time.Second), 0.95},
		"a list":              {list(0.05, 0.1, 0.3, 0.5, 1, 2, 3, 5, 8, 13, 20, 30, 45, 60, 90, 120), 0.90},
		"a list by 1, 2, 5":   {list(0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 30, 60, 90, 120), 0.90},
		"a list of few":       {list(0.05, 0.5, 1, 5, 10, 30, 60, 120), 0.90},
		"those of amphora":    {uniform(30*time.Second, 90*time.Second), 1},
		"those of an update":  {uniform(ms(500), 5*time.Second), 0.97},
		"those of ovn, in ms": {uniform(ms(50), ms(500)), 0.65},
	} {
		late, shares, may := 0.0, 0.0, 0.0
		for _, d := range c.durations {
			seen, _ := look(d, cold)
			a := allowed(d, 0.10, 0.5)
			late, shares, may = late+(seen-d).Seconds(), shares+(seen-d).Seconds()/a, may+a
		}
		n := float64(len(c.durations))
		t.Logf("%-20s late by %.2f of what is allowed; mean share %.2f", name, late/may, shares/n)
		assert.LessOrEqual(t, late/may, c.most, name)
		assert.LessOrEqual(t, shares/n, c.most, name)
	}
}

// Whoever has operations of about one length is as well off: the average is taken over
// durations a quarter above and below, which a gap may fit well or badly.
func TestColdScheduleAveragesHoldEverywhere(t *testing.T) {
	share := func(middle time.Duration) float64 {
		const n = 400
		sum := 0.0
		for i := range n {
			d := scaled(middle, 0.75+0.5*float64(i)/n)
			seen, _ := look(d, cold)
			sum += (seen - d).Seconds() / allowed(d, 0.10, 0.5)
		}
		return sum / n
	}
	for _, d := range spaced(50*time.Millisecond, 120*time.Second, 400) {
		assert.LessOrEqual(t, share(d), 1.15, "about %v", d)
	}
	for _, s := range []float64{0.05, 0.1, 0.2, 0.3, 0.5, 0.75, 1, 1.5, 2, 3, 4, 5, 10, 20, 30, 60, 90, 120} {
		d := scaled(time.Second, s)
		assert.LessOrEqual(t, share(d), 1.05, "about %v", d)
	}
}

func scaled(d time.Duration, by float64) time.Duration { return time.Duration(float64(d) * by) }

func TestWarmSchedule(t *testing.T) {
	for _, median := range []float64{0.05, 0.3, 0.6, 1, 2, 5, 12, 45, 90, 300} {
		for name, draw := range map[string]func(*rand.Rand) float64{
			"normal":  func(r *rand.Rand) float64 { return 1 + 0.1*r.NormFloat64() },
			"uniform": func(r *rand.Rand) float64 { return 0.9 + 0.2*r.Float64() },
		} {
			r := rand.New(rand.NewPCG(1, 2))
			late, polls, most := 0.0, 0, 0
			const n = 4000
			m := time.Duration(median * second)
			for range n {
				d := max(time.Duration(median*draw(r)*second), time.Millisecond)
				seen, p := look(d, func(e time.Duration) time.Duration { return waiter.Next(e, m, m/10) })
				late += (seen - d).Seconds() / allowed(m, 0.03, 0.25)
				polls, most = polls+p, max(most, p)
			}
			t.Logf("%-7s median %6.2fs: late %.2f of allowed, polls %.1f on average, %d at most", name, median, late/n, float64(polls)/n, most)
			assert.LessOrEqual(t, late/n, 1.0, "%s %v", name, median)
			assert.LessOrEqual(t, most, 12, "%s %v", name, median)
		}
	}
}

// What was learned may be wrong: an operation that is suddenly much quicker or slower must not be missed for long.
func TestWarmScheduleSurvivesSurprise(t *testing.T) {
	const median, spread = 60 * time.Second, 3 * time.Second
	warm := func(e time.Duration) time.Duration { return waiter.Next(e, median, spread) }
	for _, d := range spaced(time.Second, 10*time.Minute, 500) {
		seen, polls := look(d, warm)
		assert.LessOrEqual(t, seen-d, max(38*time.Second, d/4), "%v seen at %v", d, seen)
		assert.LessOrEqual(t, polls, 40)
	}
}

// 200 members on a slow ovn took half an hour several times, and then were deleted in twenty minutes.
func TestWhatTakesLongIsNotLeftAlone(t *testing.T) {
	const median, spread = 33 * time.Minute, 100 * time.Second
	warm := func(e time.Duration) time.Duration { return waiter.Next(e, median, spread) }
	for _, d := range spaced(time.Second, time.Hour, 500) {
		seen, polls := look(d, warm)
		assert.LessOrEqual(t, seen-d, max(3*time.Minute, d/2), "%v seen at %v", d, seen)
		assert.LessOrEqual(t, polls, 40)
	}
	_, polls := look(median, warm)
	assert.LessOrEqual(t, polls, 12, "as usual")
}

func FuzzNext(f *testing.F) {
	f.Add(int64(0), int64(0), int64(0))
	f.Add(int64(time.Hour), int64(time.Minute), int64(time.Second))
	f.Add(int64(59*time.Second), int64(time.Minute), int64(0))
	f.Add(int64(-1), int64(1), int64(1))
	f.Fuzz(func(t *testing.T, elapsed, median, spread int64) {
		const year = int64(365 * 24 * time.Hour)
		clip := func(x int64) time.Duration { return time.Duration(max(0, min(x, year))) }
		d := waiter.Next(clip(elapsed), clip(median), clip(spread))
		assert.Greater(t, d, time.Duration(0), "no schedule may spin")
		again := waiter.Next(clip(elapsed), clip(median), clip(spread))
		assert.Equal(t, d, again)
	})
}

func TestRetryDelay(t *testing.T) {
	var sum time.Duration
	last := time.Duration(0)
	for n := 1; n <= 5; n++ {
		d := waiter.RetryDelay("lb", n)
		assert.Greater(t, d, last)
		sum += d
		last = d
	}
	assert.GreaterOrEqual(t, sum, 30*time.Second, "the tolerated failures must span a restart of the API")
	assert.LessOrEqual(t, waiter.RetryDelay("lb", 1000), 36*time.Second)
	assert.NotEqual(t, waiter.RetryDelay("a", 1), waiter.RetryDelay("b", 1), "waits must spread")
}
