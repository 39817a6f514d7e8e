// SPDX-License-Identifier: Apache-2.0

package waiter

import (
	"context"
	"errors"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/octaviakit/octaviakit/internal/fault"
	"github.com/octaviakit/octaviakit/internal/octavia"
	"github.com/octaviakit/octaviakit/observe"
)

// want is what a wait waits for.
type want string

const (
	wantActive   want = "ACTIVE"
	wantDeleted  want = "DELETED"
	wantUnlocked want = "not PENDING" // enough to delete a load balancer
)

// readLimit bounds one read: a connection that hangs counts as a failed read, as
// gophercloud's client has no time-out of its own.
const readLimit = time.Minute

// run is one wait. It belongs to one goroutine.
type run struct {
	w    *Waiter
	id   string
	want want
	o    wait
	also []place
	slow time.Duration // for so long nothing is stuck
	memory
	headway *headway // nil: nobody waits

	refusal error // the last of the failures
	last    *Status
	listed  bool // a shared list had it
}

// memory is what a Check keeps for the next one.
type memory struct {
	began     time.Time
	attempts  int           // reads made, by others as well
	grid      time.Duration // elapsed at which the schedule has its next read
	unsettled time.Duration // elapsed at the last read that showed it unsettled; -1: none did
	failures  int           // consecutive
	lock      string        // the load balancer's provisioning status at the last read
	quiet     quiet
	beyond    bool      // what is awaited is in no list of the project's
	trust     time.Time // since when lists, and no tree, say that something below is PENDING
}

func remembering() memory {
	return memory{began: time.Now(), unsettled: -1, quiet: quiet{asked: map[string]bool{}, touched: map[string]bool{}}}
}

// quiet watches the objects PENDING under an ACTIVE load balancer for progress.
type quiet struct {
	pending string // which they are, "" while the load balancer itself is PENDING
	since   time.Time
	longest time.Duration   // after which there was progress, in this wait
	asked   map[string]bool // Touch, of IDs and how they were
	touched map[string]bool // IDs
}

func (w *Waiter) newRun(id string, want want, o wait) *run {
	return &run{w: w, id: id, want: want, o: o, memory: remembering()}
}

// check refuses bad input before any call.
func (r *run) check() error {
	if r.id == "" || strings.ContainsAny(r.id, "/?# ") {
		return r.fail(&fault.FieldError{Path: "id", Problem: "must be the ID of a load balancer"})
	}
	also := slices.Clone(r.o.also)
	if r.o.later != nil {
		also = append(also, r.o.later()...)
	}
	var leaving []string
	if r.o.leaving != nil {
		leaving = r.o.leaving()
	}
	for i, path := range slices.Concat(leaving, also) {
		p, ok := parsePath(path)
		if !ok {
			return r.fail(&fault.FieldError{Path: "Also", Problem: "must be the path of one object, as in \"lbaas/pools/ID\", not \"" + path + "\""})
		}
		p.leaving = i < len(leaving)
		if !slices.ContainsFunc(r.also, func(q place) bool { return q.path == p.path }) {
			r.also = append(r.also, p)
		}
	}
	return nil
}

// loop reads, or has others read, until the wait is over: nil when what was wanted has come.
func (r *run) loop(ctx context.Context) error {
	r.w.board.count(1)
	defer r.w.board.count(-1)
	r.slow = r.o.slowFor()
	for d := time.Duration(0); ; d = r.delay() {
		if done, err := r.look(ctx, d); done || err != nil {
			return r.over(ctx, err)
		}
	}
}

// look waits for news, until d at the latest, and judges them.
func (r *run) look(ctx context.Context, d time.Duration) (done bool, err error) {
	ctx, cancel := r.headway.bound(ctx, r.limit())
	defer cancel()
	n := r.w.board.next(ctx, r, r.beforeDeadline(ctx, d))
	if ctx.Err() != nil {
		return false, r.ended(ctx)
	}
	return r.take(ctx, n)
}

// limit is the Waiter's own bound.
func (r *run) limit() time.Duration {
	if r.w.timeout <= 0 {
		return r.w.timeout
	}
	return max(r.w.timeout, r.slow+r.w.stall) // being stuck says more
}

// step reads once and judges.
func (r *run) step(ctx context.Context) (done bool, err error) {
	s, err := r.read(ctx)
	if err != nil {
		r.poll(ctx, err)
		return r.refused(ctx, err)
	}
	return r.weigh(ctx, s)
}

// weigh judges a status, and reads what it omits before it counts as settled.
func (r *run) weigh(ctx context.Context, s *Status) (done bool, err error) {
	done, err = r.judge(s)
	if done && err == nil && r.want == wantActive && (r.o.whole || len(r.also) > 0) {
		if s, err = r.readAlso(ctx, s); err != nil {
			r.poll(ctx, err)
			return r.refused(ctx, err)
		}
		done, err = r.judge(s)
	}
	r.failures = 0
	was := r.lock
	r.last, r.lock = s, s.LoadBalancer().Provisioning
	r.beyond = !slices.ContainsFunc(r.awaited(s), Object.listed)
	r.headway.all(r.inTheWay(s))
	if !done && err == nil {
		r.unsettled = time.Since(r.began)
		err = r.stalled(ctx, was)
	}
	r.poll(ctx, nil)
	return done, err
}

// read reads the status tree.
func (r *run) read(ctx context.Context) (*Status, error) {
	defer r.w.gate.pass(ctx)()
	ctx, cancel := context.WithTimeout(ctx, readLimit)
	defer cancel()
	r.attempts++
	r.trust = time.Time{}
	o, err := octavia.Get(ctx, r.w.client, "lbaas/loadbalancers/"+url.PathEscape(r.id)+"/status", "statuses")
	if err != nil {
		return nil, err
	}
	s, err := parseTree(o)
	if err != nil {
		return nil, &fault.Error{Kind: fault.Lost, Text: "unreadable answer: " + err.Error(), Err: err}
	}
	return s, nil
}

// judge says whether a status is what was wanted, or can no longer become it.
func (r *run) judge(s *Status) (done bool, err error) {
	lb := s.LoadBalancer()
	if lb.Provisioning == statusDeleted {
		return r.gone(s)
	}
	failed := slices.DeleteFunc(s.Failed(), func(o Object) bool {
		return r.o.tolerate[o.ID] || r.want != wantActive && o.ID != lb.ID
	})
	given := lb.Provisioning == statusError && (r.o.tolerate[lb.ID] || r.want == wantUnlocked)
	switch {
	case r.want == wantUnlocked:
		return !lb.Pending(), nil
	case len(failed) > 0:
		r.last = s
		e := r.fail(ErrFailed)
		e.Failed = failed
		return true, e
	case r.want == wantDeleted:
		return false, nil
	default:
		return given || lb.Provisioning == statusActive && len(r.awaited(s)) == 0, nil
	}
}

// beyondLists reports whether lists cannot tell the wait what it is waiting for.
func (r *run) beyondLists() bool { return r.quiet.pending != "" && r.beyond }

func (r *run) asker() asker { return asker{r.id, r.lock == pendingCreate} }

// inTheWay is what has to settle, or to go, before the wait is over.
func (r *run) inTheWay(s *Status) []Object {
	if r.want == wantDeleted {
		return s.Objects
	}
	return r.awaited(s)
}

// awaited is what is changing, but for what is known to stay so.
func (r *run) awaited(s *Status) []Object {
	return slices.DeleteFunc(s.Pending(), func(o Object) bool { return r.o.disregard[o.ID] })
}

// gone is the end of every wait, and the good end of some.
func (r *run) gone(s *Status) (done bool, err error) {
	if s != nil {
		r.last = s
	}
	if r.want == wantDeleted {
		return true, nil
	}
	return true, r.fail(ErrGone)
}

// refused decides about a read that failed: over, or worth another try.
func (r *run) refused(ctx context.Context, err error) (done bool, _ error) {
	f := fault.Of(err)
	switch {
	case ctx.Err() != nil:
		return true, r.ended(ctx)
	case f.Kind == fault.NotFound && !f.NoSuchPath():
		done, gone := r.gone(nil)
		var e *Error
		if errors.As(gone, &e) {
			e.Fault = f.Text
		}
		return done, gone
	case f.Kind == fault.Throttled:
		r.w.gate.close(f.After)
	case f.Kind == fault.Transient, f.Kind == fault.Lost, f.Kind == fault.Broken, f.Kind == fault.Canceled:
	default:
		return true, r.fail(err)
	}
	r.refusal = err
	if r.failures++; r.failures > r.w.tolerance {
		return true, r.fail(err)
	}
	return false, nil
}

// delay is how long to wait before the next read. Reads keep to the schedule of a wait
// that is alone, whatever shared news and slow answers come in between: so nobody
// sees anything later than alone, but for the tick of a shared list.
func (r *run) delay() time.Duration {
	if r.failures > 0 {
		return retryDelay(r.id, r.failures)
	}
	elapsed, e := time.Since(r.began), r.w.history.expect(r.o.op)
	for r.grid <= elapsed {
		r.grid += next(r.grid, e)
	}
	return r.whenQuiet(r.grid - elapsed)
}

// over reports the end and learns from it.
func (r *run) over(ctx context.Context, err error) error {
	took := time.Since(r.began)
	if err == nil && r.unsettled >= 0 && r.usual() {
		// It settled somewhere between the last two reads.
		r.w.history.learn(r.o.op, (r.unsettled+took)/2)
	}
	r.learnPause()
	r.emit(ctx, observe.Settled, err)
	return err
}

func (r *run) poll(ctx context.Context, err error) { r.emit(ctx, observe.Poll, err) }

func (r *run) emit(ctx context.Context, k observe.Kind, err error) {
	r.w.observer.Observe(ctx, observe.Event{
		Kind: k, LoadBalancer: r.id, Action: r.o.op.op, Status: r.last.LoadBalancer().Provisioning,
		Pending: len(r.last.Pending()), Attempt: r.attempts, Elapsed: time.Since(r.began), Err: err,
	})
}
