// SPDX-License-Identifier: Apache-2.0

package waiter

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"time"

	"github.com/octaviakit/octaviakit/internal/fault"
	"github.com/octaviakit/octaviakit/observe"
)

// Mutate runs one PENDING cycle: it waits until settled, calls fn, and waits until settled again.
//
// If fn loses the race for the lock (409 immutable), the cycle starts over, within
// the context or the Waiter's time-out, which counts anew once fn has been accepted; so fn
// must be safe to repeat when it was refused.
// A 429 and a token that expires once more right after it was renewed are waited out
// likewise. Any other error of fn is returned as it is, so that the caller decides: see
// Confirm for outcomes that are unknown. If ctx ends during fn, the *Error unwraps to both.
//
// Mutates of one load balancer through one Waiter take turns, in the order in which
// they came, instead of racing for the lock; progress of one counts for those behind it.
// A turn is waited for as long as those ahead take. So fn must not call Mutate for the same
// load balancer.
func (w *Waiter) Mutate(ctx context.Context, id string, fn func(context.Context) error, opts ...WaitOption) (*Status, error) {
	o := settings(opts)
	m := &mutation{w: w, id: id, fn: fn, o: o, r: w.newRun(id, wantActive, o), headway: newHeadway()}
	if err := m.r.check(); err != nil {
		return nil, err
	}
	t, err := w.turns.take(ctx, id)
	if err != nil {
		return nil, m.r.ended(ctx)
	}
	defer w.turns.release(id, t)
	if t.moved.After(m.headway.at) {
		m.headway.at = t.moved
	}
	m.settled = t.settled || o.assume
	t.settled = false
	s, err := m.cycle(ctx)
	t.settled = err == nil && !o.untilGone
	t.moved = m.headway.at
	return s, err
}

// mutation is one Mutate under way.
type mutation struct {
	w  *Waiter
	id string
	fn func(context.Context) error
	o  wait
	r  *run // for errors that come between waits

	headway *headway // of the waits together, and anew once the change is made

	settled  bool // no need to wait before fn
	refused  int  // consecutive refusals
	failures int  // consecutive failures that are worth a repeat
}

func (m *mutation) cycle(ctx context.Context) (*Status, error) {
	for {
		if s, err := m.before(ctx); err != nil {
			return s, err
		}
		done, unknown, err := m.try(ctx)
		if unknown {
			done, err = m.confirmed(ctx)
		}
		switch {
		case done:
			m.headway = newHeadway()
			return m.after(ctx)
		case err != nil:
			return m.r.last, err
		}
	}
}

// try calls fn, once, and waits if it is to be called again, or the outcome is not known.
func (m *mutation) try(ctx context.Context) (done, unknown bool, _ error) {
	ctx, cancel := m.headway.bound(ctx, m.w.timeout)
	defer cancel()
	m.w.gate.slot(ctx)
	if ctx.Err() != nil {
		return false, false, m.r.ended(ctx)
	}
	m.w.marks.forget(m.id) // what a Check was told is about another change
	err := m.fn(ctx)
	if err == nil || m.o.untilGone && missing(err) {
		return true, false, nil
	}
	unknown, err = m.again(ctx, err)
	return false, unknown, m.told(ctx, err)
}

// told is an error of fn's as it is, unless there is none of its own: the context ended.
func (m *mutation) told(ctx context.Context, err error) error {
	var known *Error
	if ctx.Err() == nil || !fault.Is(err, fault.Canceled) || errors.As(err, &known) {
		return err
	}
	return m.r.fail(fmt.Errorf("%w, and whether the change was made is not known: %w", fault.Ended(ctx), err))
}

// before waits until the lock is free.
func (m *mutation) before(ctx context.Context) (*Status, error) {
	if m.settled {
		return nil, nil
	}
	o := m.o
	o.op, o.slow = opKey{provider: o.op.provider}, nil // what goes on now is somebody else's, of unknown length
	want := wantActive
	if o.untilGone {
		want = wantUnlocked
	}
	return m.wait(ctx, want, o)
}

// after waits for what fn began.
func (m *mutation) after(ctx context.Context) (*Status, error) {
	if m.o.untilGone {
		return m.wait(ctx, wantDeleted, m.o)
	}
	return m.wait(ctx, wantActive, m.o)
}

func (m *mutation) wait(ctx context.Context, want want, o wait) (*Status, error) {
	r := m.w.newRun(m.id, want, o)
	if err := r.check(); err != nil {
		return nil, err
	}
	r.headway = m.headway
	err := r.loop(ctx)
	m.r.attempts += r.attempts
	if r.last != nil {
		m.r.last = r.last
	}
	if missingIsFine(want, err) {
		err = nil // somebody else deleted it
	}
	var e *Error
	if errors.As(err, &e) { // whoever called knows of one wait only
		e.Attempts, e.Elapsed, e.Last = m.r.attempts, time.Since(m.r.began), m.r.last
	}
	return r.last, err
}

// missingIsFine: a load balancer that is to be deleted may be gone already.
func missingIsFine(want want, err error) bool { return want == wantUnlocked && errors.Is(err, ErrGone) }

// again decides about fn's error: nil to call fn again, unless it is unknown whether that is needed.
func (m *mutation) again(ctx context.Context, err error) (unknown bool, _ error) {
	f := fault.Of(err)
	m.settled = false
	switch {
	case f.Kind == fault.Locked && m.hopeless(f):
		return false, err
	case f.Kind == fault.Locked:
		m.report(ctx, err)
		if collection, id := f.Locker(); collection != "" {
			m.o.also = append(m.o.also, "lbaas/"+collection+"/"+id)
		}
		// The first refusal is the usual race. When the lock reads as free and is not, wait longer.
		if m.refused++; m.refused > 1 {
			sleep(ctx, lockDelay(m.id, m.refused-1))
		}
		return false, nil
	case f.Kind == fault.Throttled:
		m.w.gate.close(f.After)
	case f.Kind == fault.Transient && f.Status == http.StatusUnauthorized: // expired once more, so nothing was done
	case m.o.confirm != nil && (f.Unknown() || f.Kind == fault.Transient) && ctx.Err() == nil:
	default:
		return false, err
	}
	if m.failures++; m.failures > m.w.tolerance {
		return false, err
	}
	m.report(ctx, err)
	// What was sent may still be on its way to Octavia.
	sleep(ctx, max(f.After, retryDelay(m.id, m.failures)))
	return f.Unknown(), nil
}

// hopeless: what is in ERROR refuses with the words of a lock, and waiting does not help.
// It gets here only if the caller tolerates that ERROR.
func (m *mutation) hopeless(f *fault.Error) bool {
	if m.r.last.LoadBalancer().Provisioning == statusError {
		return !m.o.untilGone
	}
	_, id := f.Locker()
	o, ok := m.r.last.Find(id)
	return ok && o.Provisioning == statusError
}

// confirmed waits until the load balancer has settled and asks whether the change is there.
func (m *mutation) confirmed(ctx context.Context) (bool, error) {
	if _, err := m.before(ctx); err != nil {
		return false, err
	}
	ctx, cancel := m.headway.bound(ctx, m.w.timeout)
	defer cancel()
	done, err := m.o.confirm(ctx)
	m.settled = !done
	return done, m.told(ctx, err)
}

func (m *mutation) report(ctx context.Context, err error) {
	m.w.observer.Observe(ctx, observe.Event{
		Kind: observe.Retry, LoadBalancer: m.id, Action: m.o.op.op, Attempt: m.refused + m.failures,
		Elapsed: time.Since(m.r.began), Err: err,
	})
}

func missing(err error) bool {
	return fault.Is(err, fault.NotFound) && !fault.Of(err).NoSuchPath()
}
