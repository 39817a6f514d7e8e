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
// limit; an idle Syncer owns no goroutine and makes no calls. It is safe for
// concurrent use. A wish that failed is not repeated: the controller knows best
// whether it still holds.
type Syncer struct {
	engine *Engine
	report func(Result)
	queue  *coalesce.Queue[string, string, wish]

	waiting atomic.Int64 // wishes that nobody works on yet
	mu      sync.Mutex
	latest  *survey
}

type wish struct {
	spec   *Spec // nil: remove
	at     time.Time
	number uint64 // of the wish: a survey that began later answers it
}

// crowd is how many waiting wishes make a survey of all of them cheaper than
// a look at each.
const crowd = 3

// NewSyncer returns a Syncer that works on at most workers load balancers at a time
// (0: any number). report, which may be nil, is called from the Syncer's goroutines:
// several at a time for different load balancers, never for one.
func NewSyncer(e *Engine, workers int, report func(Result)) *Syncer {
	s := &Syncer{engine: e, report: report}
	s.queue = coalesce.New(workers, 0, s.run)
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
	if err := s.queue.Add(name, name, w); err != nil {
		s.waiting.Add(-1)
		return ErrClosed
	}
	return nil
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
	last := taken[len(taken)-1]
	switch {
	case last.spec == nil:
		r.Err = s.engine.Delete(ctx, name)
	default:
		r.Graph = s.glance(ctx, last, crowded)
		if r.Graph == nil {
			r.Graph, r.Err = s.engine.Ensure(ctx, *last.spec)
		}
	}
	r.Took = time.Since(taken[0].at)
	if s.report != nil {
		s.report(r)
	}
}

// glance answers a wish that is fulfilled already, as nearly all are when a controller
// wishes anew for everything it has: one survey, begun after the wish was made, does
// for all that wait. nil: not fulfilled, or not known to be.
func (s *Syncer) glance(ctx context.Context, w wish, crowded bool) *Graph {
	s.mu.Lock()
	latest := s.latest
	s.mu.Unlock()
	if latest == nil || latest.asked < w.number {
		if !crowded {
			return nil
		}
		var err error
		if latest, err = s.engine.survey(s.engine.paced(ctx), everything); err != nil {
			return nil // Ensure will meet it, too, and knows what to make of it
		}
		s.mu.Lock()
		s.latest = latest
		s.mu.Unlock()
	}
	return s.engine.fulfilled(ctx, latest, *w.spec)
}
