// SPDX-License-Identifier: Apache-2.0

package waiter

import (
	"context"
	"errors"
	"sync"
	"time"
)

// Progress is the answer of Check.
type Progress struct {
	Status  *Status       // as read; nil if nothing could be
	Settled bool          // ACTIVE, and nothing below PENDING
	After   time.Duration // look again after; zero when settled or when looking again is no use
}

// Check reads once and never waits: is the load balancer settled, and if not, when is
// it worth looking again? It is Active for controllers, which keep no goroutine waiting.
// Where many load balancers are unsettled, Checks share lists of the project, as waits
// do, whether they come together or one after the other, each at its time: an answer may
// then be up to a second old and take no call. "Settled" is never older than the moment at
// which Check said to look again; so whoever changes a load balancer without having been
// told that it is settled says so with Since, or uses Mutate.
//
// The error is what Active would have ended with. A failure that passes (5xx, 429, no
// answer) is an error as well, with After saying when to ask again. While the service
// has asked for quiet (Retry-After), Check makes no call and says how long that lasts.
func (w *Waiter) Check(ctx context.Context, id string, opts ...WaitOption) (Progress, error) {
	r := w.newRun(id, wantActive, settings(opts))
	if err := r.check(); err != nil {
		return Progress{}, err
	}
	if d := w.gate.wait(); d > 0 {
		return Progress{After: d}, nil
	}
	r.slow = r.o.slowFor()
	m, others := w.marks.get(id)
	anew := m.due.IsZero()
	if since := r.o.since; !since.IsZero() {
		anew = anew || !since.Equal(m.began)
		m.began = since
	}
	r.memory = m.memory
	if anew { // else the schedule goes on, however late the last look came
		r.grid = time.Since(r.began)
	}
	done, err := r.take(ctx, w.glimpses.look(ctx, r, m.due, others))
	p := Progress{Status: r.last, Settled: done && err == nil}
	switch {
	case err != nil && ctx.Err() != nil: // whoever asks next goes on from here
		p.After = r.delay()
	case done, err != nil:
		w.marks.forget(id)
		r.learnPause()
		if err == nil && m.unsettled >= 0 && r.usual() {
			w.history.learn(r.o.op, (m.unsettled+time.Since(m.began))/2)
		}
		return p, r.recall(err)
	case r.failures > 0:
		p.After = max(r.delay(), w.gate.wait())
		err = r.fail(r.refusal)
	default:
		p.After = r.delay()
		if others >= fewWaits {
			p.After = together(time.Now(), p.After, r.tick())
		}
	}
	w.marks.put(id, checkMark{memory: r.memory, due: time.Now().Add(p.After)})
	return p, r.recall(err)
}

// together puts the next look off to the next full tick, at which those of others are due
// as well, so that one list serves them all.
func together(now time.Time, d, tick time.Duration) time.Duration {
	for grid := longTick; grid >= shortTick; grid /= 2 {
		if grid <= tick {
			return now.Add(d + grid - 1).Truncate(grid).Sub(now)
		}
	}
	return d
}

// tick is how old shared news may be: who has waited long can wait a moment more.
func (r *run) tick() time.Duration {
	return min(max(scale(time.Since(r.began), tickShare), shortTick), longTick)
}

// recall puts what an earlier Check has seen into an error, which would otherwise say that nothing was.
func (r *run) recall(err error) error {
	var e *Error
	if errors.As(err, &e) && e.Last == nil && r.lock != "" {
		e.Last = &Status{Objects: []Object{{Kind: "loadbalancer", ID: r.id, Provisioning: r.lock}}}
	}
	return err
}

const (
	keepMarks = 4096        // load balancers that Check remembers; the one seen longest ago makes room
	recently  = time.Minute // who was not asked about for so long is not waited for
)

// marks are what Check remembers of load balancers between two looks.
type marks struct {
	mu   sync.Mutex
	kept map[string]checkMark
}

type checkMark struct {
	memory
	seen time.Time
	due  time.Time // when Check said to look again; zero: never
}

func newMarks() *marks { return &marks{kept: map[string]checkMark{}} }

// get returns what is remembered of a load balancer, and how many others are looked at
// and unsettled.
func (m *marks) get(id string) (k checkMark, others int) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for other, k := range m.kept {
		if other != id && time.Since(k.seen) < recently {
			others++
		}
	}
	k, ok := m.kept[id]
	if !ok {
		k = checkMark{memory: remembering()}
	}
	return k, others
}

// dueSince counts the load balancers to be looked at by now that were not when began was.
func (m *marks) dueSince(began time.Time) (n int) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, k := range m.kept {
		if k.due.After(began) && !k.due.After(time.Now()) {
			n++
		}
	}
	return n
}

// askers are those that are due to be looked at.
func (m *marks) askers() (out []asker) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for id, k := range m.kept {
		if time.Since(k.seen) < recently && !k.due.After(time.Now()) {
			out = append(out, asker{id, k.lock == pendingCreate})
		}
	}
	return out
}

func (m *marks) put(id string, k checkMark) {
	m.mu.Lock()
	defer m.mu.Unlock()
	k.seen = time.Now()
	if _, ok := m.kept[id]; !ok && len(m.kept) == keepMarks {
		m.evict()
	}
	m.kept[id] = k
}

func (m *marks) forget(id string) {
	m.mu.Lock()
	defer m.mu.Unlock()
	delete(m.kept, id)
}

func (m *marks) evict() {
	var oldest string
	for id, k := range m.kept {
		if o, ok := m.kept[oldest]; !ok || k.seen.Before(o.seen) {
			oldest = id
		}
	}
	delete(m.kept, oldest)
}
