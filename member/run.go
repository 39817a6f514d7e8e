// SPDX-License-Identifier: Apache-2.0

package member

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/octaviakit/octaviakit/internal/fault"
	"github.com/octaviakit/octaviakit/internal/octavia"
	"github.com/octaviakit/octaviakit/waiter"
)

const (
	maxFailures = 5  // consecutive rounds that achieve nothing
	maxOvertake = 12 // ... because the driver is busy with the pool's rows: two minutes
	maxRounds   = 16 // on top of what was planned at first: splits, repairs, other writers
)

// run brings one pool where plan wants it, one cycle after the other.
type run struct {
	w    *waiter.Waiter
	pool Pool
	how  How
	// plan compares what was read with the wish, whose Specs it returns as well.
	plan func(have []Member) (Delta, []Spec)

	refused   map[Key]error // members that cannot be helped
	repaired  map[Key]bool  // members in ERROR that were tried once more
	mending   []Key         // those that the next call is to try
	replacing map[Key]Spec  // members taken out to come back, with all they had
	tolerate  []string      // IDs that were in ERROR before, or that are blamed already
	gone      []string      // IDs of those that the call under way removes
	expect    int           // about so many changes will go into the next call
	suspects  int           // of the next so many changes, one is bad
	withheld  *ConsentError
	named     func(Key) bool // who is to go by name, and not for want of a name; nil: nobody
	sent      bool           // a call was made
	calls     int            // how many were accepted
	accepted  func()         // is told of each
	renewed   bool           // the wish has become another one since the last round
}

func newRun(w *waiter.Waiter, p Pool, how How, plan func([]Member) (Delta, []Spec)) *run {
	return &run{
		w: w, pool: p, how: how, plan: plan,
		refused: map[Key]error{}, repaired: map[Key]bool{}, replacing: map[Key]Spec{},
		accepted: func() {},
	}
}

// errAtRest ends a cycle before it begins: there is nothing to change.
var errAtRest = errors.New("nothing to do")

// cycle is what came of one PENDING cycle.
type cycle struct {
	request *Request // nil: none was sent
	added   []Key    // the new ones among whom it changes
	planned int      // calls that were left at the time, this one included
	settled bool     // false if the pool was read while something in it was PENDING
	sendErr error    // of the request
	err     error    // of the whole cycle
}

// drive runs cycles until nothing is left to change. What single members are to
// blame for is kept apart, see blame.
func (r *run) drive(ctx context.Context) error {
	began := time.Now()
	err := r.rounds(ctx)
	return ended(ctx, r.pool, began, r.calls, errors.Join(err, r.missing(err)))
}

func (r *run) rounds(ctx context.Context) error {
	budget, failures, settled := 0, 0, false
	for round := 0; ; round++ {
		c := r.cycle(ctx, settled)
		settled = false
		if r.renewed {
			budget, round, r.renewed = 0, 0, false
		}
		switch {
		case errors.Is(c.err, errAtRest):
			return r.consent()
		case c.err == nil && c.settled:
			r.suspects = max(0, r.suspects-len(c.request.keys))
			budget, failures, settled = max(budget, c.planned), 0, true
		default:
			failures++
			if err := r.learn(ctx, c, failures); err != nil {
				return err
			}
			if c.request != nil && r.progress(c) {
				failures = 0
			}
		}
		if failures >= patience(c.err) || round > budget*4+maxRounds+len(r.refused)*16 {
			return fmt.Errorf("pool %s: %w, tried %d times: %w", r.pool.ID, ErrContended, round+1, orAtRest(c.err))
		}
	}
}

func patience(err error) int {
	if err != nil && fault.Of(err).Overtaken() {
		return maxOvertake
	}
	return maxFailures
}

func orAtRest(err error) error {
	if err == nil {
		return errors.New("the change is gone each time the members are read again")
	}
	return err
}

// renew tells a run that its wish has become another one: anew for the keys given (nil: all).
func (r *run) renew(keys []Key) {
	r.renewed = true
	if keys == nil {
		r.refused, r.repaired, r.withheld = map[Key]error{}, map[Key]bool{}, nil
	}
	for _, k := range keys {
		delete(r.refused, k)
		delete(r.repaired, k)
	}
}

// progress says whether a refusal at least narrowed the search.
func (r *run) progress(c cycle) bool {
	return c.sendErr != nil && splittable(c.sendErr)
}

// cycle plans from what is read once the load balancer has settled, sends the
// first call and waits. settled skips the first wait.
func (r *run) cycle(ctx context.Context, settled bool) cycle {
	c := cycle{settled: true}
	r.gone = nil
	fn := func(ctx context.Context) error {
		c.request, c.sendErr, r.gone = nil, nil, nil
		d, requests, err := r.look(ctx, &c)
		if err != nil {
			return err
		}
		c.request, c.planned, r.sent, r.gone = &requests[0], len(requests), true, requests[0].gone
		c.added = d.added(c.request.keys)
		r.expect = len(c.request.keys) // of the call that may follow
		if c.request.repeats() {       // look has waited for its slot
			ctx = octavia.Ready(ctx)
		}
		if c.sendErr = c.request.Send(ctx, r.w.Client(), r.pool.ID); c.sendErr == nil {
			r.calls++
			r.accepted()
			r.tried(c.request.keys)
		}
		return c.sendErr
	}
	slow := waiter.SlowFor(func() time.Duration { return c.request.Slow() })
	_, c.err = r.w.Mutate(ctx, r.pool.LoadBalancerID, fn, append(r.options(settled), slow)...)
	if !c.settled {
		c.err = nil // wait for what is PENDING, then look again
	}
	return c
}

// look reads the members and plans. A batch repeats what was read, so what somebody else
// changed between the reading and the call would be undone. The lock narrows that down to a
// whole cycle of theirs; a reading that took long enough for one, or was followed by a wait
// for a slot that did, is made again.
func (r *run) look(ctx context.Context, c *cycle) (Delta, []Request, error) {
	const tries, soon, each = 3, time.Second, 10 * time.Millisecond
	for n := 1; ; n++ {
		start := time.Now()
		have, err := List(ctx, r.w.Client(), r.pool.ID)
		if err != nil {
			return Delta{}, nil, err
		}
		if c.settled = atRest(have); !c.settled {
			return Delta{}, nil, errAtRest
		}
		d := r.next(have)
		requests := Requests(have, d, r.how)
		if len(requests) == 0 {
			return d, nil, errAtRest
		}
		if !requests[0].repeats() {
			return d, requests, nil
		}
		octavia.Slot(ctx)
		if n == tries || time.Since(start) < soon+each*time.Duration(len(have)) {
			return d, requests, nil
		}
	}
}

func (r *run) options(settled bool) []waiter.WaitOption {
	opts := []waiter.WaitOption{
		waiter.Op(opName(r.expect)), waiter.Tolerate(r.tolerate...), waiter.Touch(waiter.EmptyPut(r.w.Client())),
		waiter.Also("lbaas/pools/" + r.pool.ID), waiter.AlsoGone(r.leaving), // the tree omits pools without a listener
	}
	if r.how.known() {
		opts = append(opts, waiter.Provider(string(r.how.Caps.Provider())))
	}
	if settled {
		opts = append(opts, waiter.AssumeSettled())
	}
	return opts
}

// leaving are the members to wait for until they are gone.
func (r *run) leaving() []string { return Request{gone: r.gone}.Removes(r.pool.ID) }

// opName tells the Waiter operations apart that take different times: one change is
// done in a second or two where a batch of two hundred takes a minute, on ovn above all.
func opName(changes int) string {
	switch {
	case changes <= 1:
		return "member change"
	case changes <= 8:
		return "member batch, few"
	case changes <= 64:
		return "member batch"
	}
	return "member batch, many"
}

// atRest reports whether none of the members is PENDING: somebody may have begun
// something since the load balancer was seen settled.
func atRest(have []Member) bool {
	return !slices.ContainsFunc(have, func(m Member) bool { return strings.HasPrefix(m.Provisioning, "PENDING_") })
}

// next is what to change now: the plan's delta and repairs, without what cannot
// be helped, and no more than the search for a bad member allows.
func (r *run) next(have []Member) Delta {
	d, want := r.plan(have)
	d = r.repair(d, have, want)
	d = r.comeBack(d, have)
	d = d.filter(func(k Key) bool { return r.refused[k] == nil })
	d = r.guard(d, len(have))
	if r.suspects > 0 {
		d = d.first(max(1, r.suspects/2))
	}
	_, again := d.split()
	for _, s := range again.Add {
		r.replacing[s.Key()] = s
	}
	return d
}
