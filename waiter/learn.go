// SPDX-License-Identifier: Apache-2.0

package waiter

import (
	"cmp"
	"slices"
	"sync"
	"time"
)

const (
	keepSamples = 25   // per kind of operation: enough for a median, few enough to follow a cloud that changes
	keepOps     = 256  // kinds of operation; the one longest unused makes room
	priorSpread = 0.12 // share of the median that durations are taken to vary by
	priorWeight = 4    // ... which counts as much as so many samples, as the spread of a few says little
	toSigma     = 1.4826
)

// Expectation is what a Waiter knows about how long a kind of operation takes.
type Expectation struct {
	Op       string        // as given to Op
	Provider string        // as given to Provider
	Median   time.Duration // from the beginning of the wait until settled
	Spread   time.Duration // robust standard deviation [an eighth of the median, about]
	Samples  int           // waits it rests on, 0 if seeded
}

// Expectations returns what the Waiter has learned so far, sorted by Op and
// Provider, to be kept and given to WithExpectations later. Nothing needs to be kept:
// a Waiter that knows nothing is a little later and asks a little more often.
func (w *Waiter) Expectations() []Expectation { return w.history.all() }

type opKey struct{ op, provider string }

// history holds the last durations of each kind of operation, and the last pauses of each
// provider's driver. Bounded; safe for concurrent use.
type history struct {
	mu     sync.Mutex
	use    uint64
	kept   map[opKey]*samples
	pauses map[string][]pause // the longest of each wait that had some
}

type samples struct {
	last   []time.Duration
	seeded estimate
	used   uint64
}

func newHistory() *history {
	return &history{kept: map[opKey]*samples{}, pauses: map[string][]pause{}}
}

const (
	keepPauses = 9                // of a provider's
	keepPacers = 16               // providers
	pausesLast = 30 * time.Minute // so long, as a cloud is not busy for ever
)

// pause is after how long at most a driver went on, in one wait.
type pause struct {
	took time.Duration
	at   time.Time
}

// paused notes a pause of a provider's driver.
func (h *history) paused(provider string, d time.Duration) {
	h.mu.Lock()
	defer h.mu.Unlock()
	last, known := h.pauses[provider]
	if d <= 0 || !known && len(h.pauses) == keepPacers {
		return
	}
	if len(last) == keepPauses {
		last = slices.Delete(last, 0, 1)
	}
	h.pauses[provider] = append(last, pause{d, time.Now()})
}

// pause is the longest that a provider's driver has made lately, zero if it made none.
func (h *history) pause(provider string) (d time.Duration) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for _, p := range h.pauses[provider] {
		if time.Since(p.at) < pausesLast {
			d = max(d, p.took)
		}
	}
	return d
}

// expect returns the estimate for a kind of operation, zero if it is unknown.
func (h *history) expect(k opKey) estimate {
	h.mu.Lock()
	defer h.mu.Unlock()
	s := h.kept[k]
	if k.op == "" || s == nil {
		return estimate{}
	}
	h.use++
	s.used = h.use
	return s.estimate()
}

// learn adds one duration.
func (h *history) learn(k opKey, d time.Duration) {
	if k.op == "" || d <= 0 {
		return
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	s := h.get(k)
	if len(s.last) == keepSamples {
		s.last = slices.Delete(s.last, 0, 1)
	}
	s.last = append(s.last, d)
}

func (h *history) seed(e Expectation) {
	if e.Op == "" || e.Median <= 0 {
		return
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	if e.Spread <= 0 {
		e.Spread = scale(e.Median, priorSpread)
	}
	h.get(opKey{e.Op, e.Provider}).seeded = estimate{e.Median, e.Spread}
}

func (h *history) get(k opKey) *samples {
	h.use++
	s := h.kept[k]
	if s == nil {
		if len(h.kept) == keepOps {
			h.evict()
		}
		s = &samples{}
		h.kept[k] = s
	}
	s.used = h.use
	return s
}

func (h *history) evict() {
	var oldest opKey
	least := h.use + 1
	for k, s := range h.kept {
		if s.used < least {
			oldest, least = k, s.used
		}
	}
	delete(h.kept, oldest)
}

func (h *history) all() []Expectation {
	h.mu.Lock()
	defer h.mu.Unlock()
	var out []Expectation
	for k, s := range h.kept {
		e := s.estimate()
		out = append(out, Expectation{k.op, k.provider, e.median, e.spread, len(s.last)})
	}
	slices.SortFunc(out, func(a, b Expectation) int {
		return cmp.Or(cmp.Compare(a.Op, b.Op), cmp.Compare(a.Provider, b.Provider))
	})
	return out
}

// estimate is the median and the median absolute deviation, which one odd wait does not move.
func (s *samples) estimate() estimate {
	if len(s.last) == 0 {
		return s.seeded
	}
	m := median(s.last)
	dev := make([]time.Duration, len(s.last))
	for i, d := range s.last {
		dev[i] = (d - m).Abs()
	}
	n := float64(len(s.last))
	prior := max(s.seeded.spread, scale(m, priorSpread))
	spread := (scale(median(dev), toSigma*n) + scale(prior, priorWeight)) / time.Duration(n+priorWeight)
	return estimate{m, spread}
}

func median(ds []time.Duration) time.Duration {
	s := slices.Sorted(slices.Values(ds))
	n := len(s)
	if n%2 == 1 {
		return s[n/2]
	}
	return (s[n/2-1] + s[n/2]) / 2
}
