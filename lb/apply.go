// SPDX-License-Identifier: Apache-2.0

package lb

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"net/netip"
	"slices"
	"time"

	"github.com/octaviakit/octaviakit/internal/octavia"
	"github.com/octaviakit/octaviakit/observe"
	"github.com/octaviakit/octaviakit/waiter"
)

// Apply carries a plan out and returns what exists then. It reads first, waiting
// until the load balancer has settled, and refuses with ErrStale if the cloud is
// not as it was when the plan was made. A failure is an *ApplyError; planning
// again goes on from where it happened.
//
// Whoever calls Apply has read the plan: it does not ask for approval.
func (e *Engine) Apply(ctx context.Context, p *Plan) (*Graph, error) {
	ctx = e.paced(ctx)
	if p == nil {
		return nil, &FieldError{Path: "plan", Problem: "is nil; give Apply what Plan returned without an error"}
	}
	if err := e.usable(p.name); err != nil {
		return nil, err
	}
	have, err := e.settle(ctx, p.name, func(*Graph) {})
	if err != nil {
		return nil, err
	}
	if p.owner != e.owner || have.digest() != p.digest {
		return nil, fmt.Errorf("%w: %q", ErrStale, p.name)
	}
	if err := e.run(ctx, p, have); err != nil {
		return nil, err
	}
	return e.settle(ctx, p.name, func(*Graph) {}) // a pool that no listener names is in no status tree
}

// run is one pass through a plan, or through a part of it.
type run struct {
	*Engine
	plan    *Plan
	ids     map[string]string // what paths mean by now
	vipPort string
	fresh   bool            // the load balancer was made in this run
	made    octavia.Object  // it, as the reply showed it
	settled bool            // the load balancer is known to be
	stays   map[string]bool // IDs of what stays PENDING
	failed  []string        // IDs of what was in ERROR and may still be
	deleted []string        // pools and listeners that are to be gone when the step has settled
	emptied []string        // members likewise
	sent    bool            // the step's call was made
	early   bool            // it was the step in between that failed
	refused error           // why an address was
	thin    map[string]bool // paths of pools whose members settled in ERROR
	hasty   bool            // make calls and do not wait for what they begin
	known   netip.Addr      // the address that clients shall use, once it is
}

func (e *Engine) newRun(p *Plan, have *Graph) *run {
	r := &run{Engine: e, plan: p, ids: maps.Clone(p.ids), failed: p.failed}
	if have != nil && p.ids[oldPath] != "" {
		have = have.next // nil: to be made
	}
	if have != nil {
		r.vipPort, r.settled, r.stays = have.VIPPortID(), true, have.lost
	}
	return r
}

// run carries out the steps in order and stops at the first that fails. A monitor that
// settles in ERROR stops nothing, as traffic does without it, an address that is refused
// nothing but its own affairs and the end of the load balancer that has one, and members
// that do not stop those of other pools: they are reported at the end.
func (e *Engine) run(ctx context.Context, p *Plan, have *Graph) error {
	r := e.newRun(p, have)
	var held error
	hold := func(i int, err error) {
		held = errors.Join(&ApplyError{LoadBalancer: p.name, ID: r.ids[loadBalancerPath], Step: p.steps[i], Done: i, Total: len(p.steps), Err: err}, held)
	}
	skipped := false
	for i := 0; i < len(p.steps); i++ {
		done := i
		if skipped = r.waits(p.steps[i], skipped); skipped {
			continue
		}
		var early *Step
		if i+1 < len(p.steps) && p.steps[i+1].isEarly() && r.refused == nil {
			early = &p.steps[i+1]
			i++
		}
		err := r.step(ctx, p.steps[done], early)
		spare := r.dispensable(p.steps[done], err)
		switch {
		case err == nil && early != nil && r.refused != nil:
			hold(i, r.refused)
		case err == nil:
		case len(spare) > 0:
			r.failed = append(slices.Clip(r.failed), spare...)
			hold(done, err)
			if !r.sent { // it was about other pools: once more
				i = done - 1
			}
		case r.bears(ctx, p.steps[done], err):
			r.refused = err
			hold(done, err)
		case r.early:
			hold(i, err)
			return held
		default:
			hold(done, err)
			return held
		}
	}
	return held
}

// waits reports whether a step has to wait for what has failed before, as the one before it
// may have had to.
func (r *run) waits(s Step, skipped bool) bool {
	switch {
	case r.refused != nil && (s.deletes() || s.op.floating != nil):
		return true
	case r.thin == nil || s.watches(r.plan, r.ids):
		return false
	case s.op.frees:
		return skipped
	}
	return !s.fills(r.plan, r.thin)
}

// bears reports whether the rest of a plan does without a step that failed: an address
// that is refused, for want of quota, say.
func (r *run) bears(ctx context.Context, s Step, err error) bool {
	op := s.op.floating
	return op != nil && op.heir == "" && ctx.Err() == nil && !worthAnotherRound(err) && !errors.Is(err, octavia.ErrLater)
}

// dispensable are the IDs of what settled in ERROR, if the rest can do without it:
// monitors, and members of a pool that has been there before.
func (r *run) dispensable(s Step, err error) []string {
	wait, ok := errors.AsType[*waiter.Error](err)
	if !ok || !errors.Is(err, waiter.ErrFailed) {
		return nil
	}
	var ids []string
	thin := map[string]bool{}
	for _, o := range wait.Failed {
		switch {
		case o.Kind == string(KindMember) && s.fills(r.plan, nil):
			thin[o.Parent] = true
		case o.Kind != string(KindHealthMonitor):
			return nil
		}
		ids = append(ids, o.ID)
	}
	for path, id := range r.plan.ids {
		if thin[id] {
			if r.thin == nil {
				r.thin = map[string]bool{}
			}
			r.thin[path] = true
		}
	}
	return ids
}

// fills reports whether a step is about the members of a pool that has been there before
// and is none of some.
func (s Step) fills(p *Plan, but map[string]bool) bool {
	m := s.op.members
	return m != nil && p.ids[m.pool] != "" && !but[m.pool]
}

// watches reports whether a step gives a pool that has been there before a monitor where
// there is none now: a plan that took it away for a while shall not leave it away.
func (s Step) watches(p *Plan, ids map[string]string) bool {
	pool, ok := s.op.body["pool_id"].(ref)
	return ok && s.op.key == string(KindHealthMonitor) && p.ids[string(pool)] != "" && ids[s.op.self] == ""
}

// isEarly reports whether the step need not wait for the one before it to settle.
func (s Step) isEarly() bool { return s.op.floating != nil && s.op.floating.early }

// step carries out one step, and a step that may follow before it has settled.
func (r *run) step(ctx context.Context, s Step, early *Step) error {
	begin := time.Now()
	r.event(ctx, observe.Event{Kind: observe.StepBegin, Call: s.Call, Action: s.action()})
	r.sent = false
	err := r.plan.inSpec(r.call(ctx, s, early))
	if r.sent {
		r.spend(s)
	}
	if err == nil && s.op.method == "DELETE" && s.Changes[0].Kind == KindHealthMonitor {
		delete(r.ids, s.removed()) // see watches
	}
	r.recent.spoil()
	r.stuck(r.ids[loadBalancerPath], err)
	r.event(ctx, observe.Event{
		Kind: observe.StepEnd, Call: s.Call, Action: s.action(), Elapsed: time.Since(begin), Err: err,
	})
	return err
}

func (r *run) call(ctx context.Context, s Step, early *Step) error {
	between := func(ctx context.Context) error {
		if early == nil {
			return nil
		}
		err := r.step(ctx, *early, nil)
		if err != nil && r.bears(ctx, *early, err) {
			r.refused = err
			return nil
		}
		r.early = err != nil
		return err
	}
	if s.op.method == "DELETE" {
		if err := r.undeletable(ctx, s); err != nil {
			return err
		}
	}
	switch {
	case s.op.floating != nil:
		return r.floatingIP(ctx, *s.op.floating)
	case s.op.self == loadBalancerPath:
		return r.createLoadBalancer(ctx, s, between)
	case s.deletes():
		return r.deleteLoadBalancer(ctx, s, between)
	}
	if r.hasty {
		return r.send(ctx, s.op)
	}
	r.deleted, r.emptied = nil, nil
	if s.op.failover {
		r.failed = nil
	}
	status, err := r.waiter.Mutate(ctx, r.ids[loadBalancerPath], func(ctx context.Context) error {
		return r.send(ctx, s.op)
	}, r.waitOptions(s)...)
	if err != nil {
		r.settled = false
		return err
	}
	r.settled = true
	r.report(ctx, status)
	if err := r.inVain(s, status); err != nil {
		return err
	}
	return between(ctx)
}

// inVain reports what a step has tried again and is still in ERROR.
func (r *run) inVain(s Step, status *waiter.Status) error {
	var still []waiter.Object
	for _, c := range s.Changes {
		if o, ok := status.Find(c.ID); ok && c.Action != Delete && o.Provisioning == failed {
			still = append(still, o)
		}
	}
	if len(still) == 0 {
		return nil
	}
	return &waiter.Error{LoadBalancer: r.ids[loadBalancerPath], Want: active, Failed: still, Last: status, Err: waiter.ErrFailed}
}
