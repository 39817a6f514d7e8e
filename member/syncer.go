// SPDX-License-Identifier: Apache-2.0

package member

import (
	"context"
	"slices"
	"time"

	"github.com/octaviakit/octaviakit/internal/coalesce"
	"github.com/octaviakit/octaviakit/waiter"
)

// Result is what became of the wishes for one pool that were met together.
type Result struct {
	Pool      Pool
	Members   []Spec        // the wish, the last of those made
	Coalesced int           // how many wishes it stands for
	Calls     int           // calls that changed something, each a PENDING cycle
	Took      time.Duration // from the first wish until settled
	Err       error         // as of Sync; nil: in force
}

// Syncer is [Sync] for controllers, which must not wait: Set returns at once, the
// latest wish for a pool wins, and what became of it is reported once. An idle
// Syncer owns no goroutine and makes no calls. A wish that failed is not repeated:
// the controller knows best whether it still holds.
type Syncer struct {
	w      *waiter.Waiter
	how    How
	report func(Result)
	queue  *coalesce.Queue[string, Pool, intent]
}

type intent struct {
	members []Spec
	at      time.Time
}

// NewSyncer returns a Syncer. report, which may be nil, is called once per pool and
// settled wish, from the Syncer's goroutines: several at a time for different load
// balancers, never for one.
func NewSyncer(w *waiter.Waiter, how How, report func(Result), opts ...Option) *Syncer {
	s := &Syncer{w: w, how: how, report: report}
	set := settingsOf(opts)
	s.queue = coalesce.New(set.concurrency, set.linger, s.run)
	return s
}

// Set wishes for exactly these members (with How.Share, for at least these). It
// fails at once for bad members, which are not wished for then, and after Close.
// The slice must not be changed afterwards.
func (s *Syncer) Set(p Pool, members []Spec) error {
	if err := s.how.accepts(p, members); err != nil {
		return err
	}
	if err := s.queue.Add(p.LoadBalancerID, p, intent{members, time.Now()}); err != nil {
		return ErrClosed
	}
	return nil
}

// Close accepts no more wishes and waits until those made are met and reported. When
// ctx ends first, what is left is cancelled and reported as such.
func (s *Syncer) Close(ctx context.Context) error { return s.queue.Close(ctx) }

// run goes for the latest wish until it is in force: one that comes while the call of an
// earlier one settles gets a run of its own, unless that one needs more calls, which it
// is no use to make any more.
func (s *Syncer) run(ctx context.Context, _ string, p Pool, take func() []intent) {
	taken := take()
	latest := func() []Spec { return taken[len(taken)-1].members }
	var r *run
	r = newRun(s.w, p, s.how, func(have []Member) (Delta, []Spec) {
		plan := func() (Delta, []Spec) {
			w := newWish()
			w.replace(latest(), s.how.Share)
			return w.delta(have)
		}
		d, want := plan()
		if r.sent && d.Empty() {
			return d, want
		}
		if more := take(); len(more) > 0 {
			taken = append(taken, more...)
			r.renew(nil)
			return plan()
		}
		return d, want
	})
	r.expect = len(latest()) // no more than that, as a rule
	err := r.drive(ctx)
	if err == nil {
		err = r.blame(nil)
	}
	if s.report == nil {
		return
	}
	first := slices.MinFunc(taken, func(a, b intent) int { return a.at.Compare(b.at) })
	s.report(Result{
		Pool: p, Members: latest(), Coalesced: len(taken), Calls: r.calls, Took: time.Since(first.at), Err: err,
	})
}
