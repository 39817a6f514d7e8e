// SPDX-License-Identifier: Apache-2.0

package lb

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"time"

	"github.com/octaviakit/octaviakit/internal/coalesce"
)

// ErrClosed means that a Syncer accepts no wishes any more.
var ErrClosed = errors.New("lb: syncer closed")

// Result is what became of the wishes for one load balancer that were met together.
type Result struct {
	Name      string
	Graph     *Graph        // as it is now; nil after a Remove or an error
	Coalesced int           // how many wishes it stands for
	Took      time.Duration // since the first of them
	Err       error         // as of Ensure or Delete; nil: as wished
}

// Syncer is Ensure and Delete for controllers with many load balancers: Set and
// Remove return at once, the latest wish for a load balancer wins, and what became
// of it is reported once. Different load balancers converge side by side under one
// limit; an idle Syncer owns no goroutine and makes no calls. At what it has changed it
// looks once more two seconds later: what is seen then holds, and wishing anew for
// everything costs a few lists. Where many wait it looks only then, and reports.
// It is safe for concurrent use. A wish that failed is not repeated: the controller knows
// best whether it still holds.
type Syncer struct {
	engine *Engine
	report func(Result)
	queue  *coalesce.Queue[string, string, wish]

	waiting atomic.Int64  // wishes that nobody works on yet
	turn    chan struct{} // holds one token: whoever has it may look at latest
	latest  *survey

	mu      sync.Mutex
	resting map[string]chan struct{} // by name; closed when there is a newer wish
}

type wish struct {
	spec   *Spec // nil: remove
	at     time.Time
	number uint64 // of the wish: a survey that began later answers it
}

// burst is how long a Syncer waits for more wishes before it begins: who wishes for
// everything at once is answered from one survey.
const burst = 5 * time.Millisecond

// crowd is how many waiting wishes make a survey of all of them cheaper than
// a look at each.
const crowd = 3

// NewSyncer returns a Syncer that works on at most workers load balancers at a time
// (0: any number). report, which may be nil, is called from the Syncer's goroutines:
// several at a time for different load balancers, never for one.
func NewSyncer(e *Engine, workers int, report func(Result)) *Syncer {
	s := &Syncer{engine: e, report: report, turn: make(chan struct{}, 1)}
	s.turn <- struct{}{}
	s.queue = coalesce.New(workers, burst, s.run)
	return s
}

// Set wishes for a load balancer. A faulty Spec is refused at once, and then not
// wished for. The Spec must not be changed afterwards.
func (s *Syncer) Set(spec Spec) error {
	if err := s.engine.check(spec); err != nil {
		return err
	}
	return s.add(spec.Name, wish{spec: &spec, at: time.Now()})
}

// Remove wishes for the end of a load balancer.
func (s *Syncer) Remove(name string) error {
	if err := s.engine.usable(name); err != nil {
		return err
	}
	return s.add(name, wish{at: time.Now()})
}

func (s *Syncer) add(name string, w wish) error {
	w.number = s.engine.wishes.Add(1)
	s.waiting.Add(1)
	s.stir(name)
	if err := s.queue.Add(name, name, w); err != nil {
		s.waiting.Add(-1)
		return ErrClosed
	}
	return nil
}

// survey is one that began after a wish was made, a new one only if many wait for it: nil
// if there is none. What goes wrong Ensure will meet, too, and knows what to make of it.
func (s *Syncer) survey(ctx context.Context, w wish, crowded bool) *survey {
	select {
	case <-s.turn:
		defer func() { s.turn <- struct{}{} }()
	case <-ctx.Done():
		return nil
	}
	if s.latest != nil && s.latest.asked >= w.number {
		return s.latest
	}
	if !crowded {
		return nil
	}
	latest, err := s.engine.surveyAll(ctx)
	if err != nil {
		return nil
	}
	s.latest = latest
	return latest
}

// rest lets the second of a change go by before another look at it, so that what is seen
// then holds until the next change, and a resync need not read it again. Others have its
// place meanwhile. A newer wish ends it, which it says.
func (s *Syncer) rest(ctx context.Context, name string) (stirred bool) {
	stir := make(chan struct{})
	s.mu.Lock()
	if s.resting == nil {
		s.resting = map[string]chan struct{}{}
	}
	s.resting[name] = stir
	s.mu.Unlock()
	s.queue.Rest(ctx, name, grace, stir)
	s.mu.Lock()
	defer s.mu.Unlock()
	_, undisturbed := s.resting[name]
	delete(s.resting, name)
	return !undisturbed
}

// stir ends a rest.
func (s *Syncer) stir(name string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if stirred, ok := s.resting[name]; ok {
		close(stirred)
		delete(s.resting, name)
	}
}

// Close accepts no more wishes and waits until those made are met and reported.
// When ctx ends first, what is left is cancelled and reported as such.
func (s *Syncer) Close(ctx context.Context) error { return s.queue.Close(ctx) }

func (s *Syncer) run(ctx context.Context, name, _ string, take func() []wish) {
	taken := take()
	if len(taken) == 0 {
		return
	}
	crowded := s.waiting.Add(-int64(len(taken))) >= crowd
	r := Result{Name: name, Coalesced: len(taken)}
	last, changed := taken[len(taken)-1], false
	switch {
	case last.spec == nil:
		r.Err = s.engine.Delete(ctx, name)
	default:
		r.Graph = s.glance(ctx, last, crowded)
		if r.Graph == nil {
			r.Graph, r.Err = s.engine.ensure(ctx, *last.spec, func() {
				changed = true
				if crowded {
					s.rest(ctx, name)
				}
			}, func() { s.queue.Resume(ctx, name) })
		}
	}
	r.Took = time.Since(taken[0].at)
	if s.report != nil {
		s.report(r)
	}
	if changed && !crowded && !s.rest(ctx, name) {
		_, _ = s.engine.observe(s.engine.paced(ctx), name) // for the Engine's memory
	}
}

// glance answers a wish that is fulfilled already, as nearly all are when a controller
// wishes anew for everything it has: one survey, begun after the wish was made, does
// for all that wait. nil: not fulfilled, or not known to be.
func (s *Syncer) glance(ctx context.Context, w wish, crowded bool) *Graph {
	ctx = s.engine.paced(ctx)
	latest := s.survey(ctx, w, crowded)
	if latest == nil {
		return nil
	}
	return s.engine.fulfilled(ctx, latest, *w.spec)
}
