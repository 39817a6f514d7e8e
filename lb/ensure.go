// SPDX-License-Identifier: Apache-2.0

package lb

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/octaviakit/octaviakit/internal/fault"
	"github.com/octaviakit/octaviakit/observe"
	"github.com/octaviakit/octaviakit/waiter"
)

const (
	// rounds of planning and applying before Ensure gives up: one is enough if
	// nobody interferes, and each lost reply takes one more.
	rounds = 20
	// firstPause and maxPause space rounds after a failure.
	firstPause = 500 * time.Millisecond
	maxPause   = 16 * time.Second
	// setbacks is how many rounds in a row may fail.
	setbacks = 6
)

// Ensure plans and applies until nothing is left to do, and returns what exists
// then. It may be run at any time, again after any crash, and concurrently; when
// everything is as wanted it makes no mutating call.
//
// It waits for changes in flight, takes up what a lost reply left behind, and
// plans again when the cloud changes under it. Refusals end it: they are
// *FieldErrors and *UnsupportedErrors before any call, an *ApplyError around a
// *RefusedError after. It refuses a disruptive plan with ErrDisruptive unless
// WithApproval accepts it.
func (e *Engine) Ensure(ctx context.Context, s Spec) (*Graph, error) {
	return e.ensure(ctx, s, func() {}, func() {})
}

// ensure is Ensure that rests after each change, and says so before it works on.
func (e *Engine) ensure(ctx context.Context, s Spec, rest, work func()) (*Graph, error) {
	ctx = e.paced(ctx)
	if err := e.check(s); err != nil {
		return nil, err
	}
	var last, sick error
	failures := 0
	for range rounds {
		have, plan, err := e.round(ctx, s, work)
		switch {
		case err == nil && plan.Empty():
			e.spent.forget(have.ID())
			e.complete(ctx, have, s)
			return have, nil
		case err == nil:
			failures, last = 0, nil
			rest()
			continue
		case mends(err):
			sick = err
		case !worthAnotherRound(err):
			return nil, errors.Join(err, sick)
		}
		last = err
		e.recent.spoil()
		failures++
		// Remedies have a budget of their own, and a service that asks for patience is no setback.
		if failures >= setbacks && !mends(err) && !fault.Is(err, fault.Throttled) {
			break
		}
		e.observer.Observe(ctx, observe.Event{Kind: observe.Retry, Object: s.Name, Attempt: failures, Err: err})
		if err := pause(ctx, failures, err); err != nil {
			return nil, errors.Join(err, last)
		}
	}
	return nil, errors.Join(fmt.Errorf("%w: %q", ErrNoProgress, s.Name), last)
}

// round looks, plans, and applies once. The plan is empty if there was nothing to do.
func (e *Engine) round(ctx context.Context, s Spec, work func()) (*Graph, *Plan, error) {
	have, err := e.settle(ctx, s.Name, func(g *Graph) { e.tellAddress(ctx, g.ID(), g.Name(), e.known(s, g)) })
	if err != nil {
		return nil, nil, err
	}
	plan, err := e.diff(ctx, s, have)
	if err != nil || plan.Empty() {
		return have, plan, err
	}
	if err := e.approved(plan); err != nil {
		return nil, nil, err
	}
	work()
	return have, plan, e.run(ctx, plan, have)
}

// approved asks for consent where a plan needs it.
func (e *Engine) approved(p *Plan) error {
	if len(p.Concerns()) == 0 {
		return nil
	}
	why := ErrDisruptive
	if len(p.replaces) > 0 {
		why = fmt.Errorf("%w: %w", ErrDisruptive, &ReplaceError{LoadBalancer: p.name, Fields: p.replaces})
	}
	if e.approve == nil {
		return fmt.Errorf("%w:\n%v", why, p)
	}
	if err := e.approve(p); err != nil {
		return fmt.Errorf("%w: %w", why, err)
	}
	return nil
}

// settle reads the graph under a name once nothing in it is PENDING any more; nil
// if there is none, also when it is deleted meanwhile. What has to be waited for is seen first.
func (e *Engine) settle(ctx context.Context, name string, seen func(*Graph)) (*Graph, error) {
	for vanished, waits := 0, 0; ; waits++ {
		g, err := e.observe(ctx, name)
		if fault.Is(err, fault.NotFound) && vanished < setbacks { // something went away between two reads
			vanished++
			e.recent.spoil()
			continue
		}
		if err != nil || g == nil || g.busy() == nil {
			return g, err
		}
		if waits > rounds { // somebody begins anew whenever we have waited, or the wait misses something
			return nil, fmt.Errorf("%w: %q never settles", ErrNoProgress, name)
		}
		seen(g)
		err = e.waitOut(ctx, g.busy())
		e.recent.spoil()
		if err != nil {
			return nil, err
		}
	}
}

// waitOut waits until a load balancer that is PENDING has settled, in whatever state.
func (e *Engine) waitOut(ctx context.Context, g *Graph) error {
	var err error
	if pools := g.stranded(); len(pools) > 0 {
		err = e.free(ctx, g, pools)
	} else if g.root.Provisioning == pendingDelete {
		err = e.waiter.Deleted(ctx, g.ID())
	} else {
		ctx, give := context.WithCancelCause(ctx)
		defer give(nil)
		_, err = e.waiter.Active(ctx, g.ID(), e.untilSettled(g, func() { give(errLost) })...)
	}
	if errors.Is(err, waiter.ErrFailed) || errors.Is(err, waiter.ErrGone) || e.stuck(g.ID(), err) {
		return nil
	}
	return err
}

// worthAnotherRound reports whether looking again may help: the outcome of a call
// is unknown, or the cloud is not as it was when the plan was made.
func worthAnotherRound(err error) bool {
	if errors.Is(err, ErrStale) || errors.Is(err, waiter.ErrGone) {
		return true
	}
	f := fault.Of(err)
	return fault.Is(err, fault.Lost, fault.Transient, fault.Throttled, fault.Locked, fault.NotFound) ||
		f != nil && f.Kind == fault.Duplicate
}

// pause waits longer after each failure in a row, and as long as the service asks.
func pause(ctx context.Context, failures int, err error) error {
	d := min(firstPause<<(failures-1), maxPause)
	if f := fault.Of(err); f != nil {
		d = max(d, f.After)
	}
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-ctx.Done():
		return context.Cause(ctx)
	case <-t.C:
		return nil
	}
}
