// SPDX-License-Identifier: Apache-2.0

package lb

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"math/bits"
	"net/netip"
	"slices"
	"strings"
	"time"

	"github.com/octaviakit/octaviakit/internal/fault"
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
	return e.observe(ctx, p.name)
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
	early   bool            // it was the step in between that failed
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
// settles in ERROR stops nothing, as traffic does without it: it is reported at the end.
func (e *Engine) run(ctx context.Context, p *Plan, have *Graph) error {
	r := e.newRun(p, have)
	var unwatched error
	for i := 0; i < len(p.steps); i++ {
		done := i
		var early *Step
		if i+1 < len(p.steps) && p.steps[i+1].isEarly() {
			early = &p.steps[i+1]
			i++
		}
		if err := r.step(ctx, p.steps[done], early); err != nil {
			if r.early {
				done = i
			}
			err = &ApplyError{LoadBalancer: p.name, Step: p.steps[done], Done: done, Total: len(p.steps), Err: err}
			if monitors := onlyMonitors(err); len(monitors) > 0 {
				unwatched = errors.Join(unwatched, err)
				r.failed = append(slices.Clip(r.failed), monitors...)
				continue
			}
			return errors.Join(err, unwatched)
		}
	}
	return unwatched
}

// onlyMonitors are the IDs of the monitors in ERROR, if nothing else is wrong.
func onlyMonitors(err error) []string {
	wait, ok := errors.AsType[*waiter.Error](err)
	if !ok || !errors.Is(err, waiter.ErrFailed) {
		return nil
	}
	var ids []string
	for _, o := range wait.Failed {
		if o.Kind != string(KindHealthMonitor) {
			return nil
		}
		ids = append(ids, o.ID)
	}
	return ids
}

// isEarly reports whether the step need not wait for the one before it to settle.
func (s Step) isEarly() bool { return s.op.floating != nil && s.op.floating.early }

// step carries out one step, and a step that may follow before it has settled.
func (r *run) step(ctx context.Context, s Step, early *Step) error {
	begin := time.Now()
	r.event(ctx, observe.Event{Kind: observe.StepBegin, Call: s.Call, Action: s.action()})
	r.spend(s)
	err := r.call(ctx, s, early)
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
		r.early = err != nil
		return err
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
	r.deleted = nil
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
	return between(ctx)
}

// createLoadBalancer POSTs, does what may be done while the load balancer is
// PENDING_CREATE, and waits.
func (r *run) createLoadBalancer(ctx context.Context, s Step, between func(context.Context) error) error {
	body, err := r.resolve(s.op.body)
	if err != nil {
		return err
	}
	made, err := octavia.Create(ctx, r.octavia, s.op.path, s.op.key, body.(map[string]any))
	if err != nil {
		return err
	}
	id := str(made, "id")
	r.fresh, r.made = true, made
	r.ids[loadBalancerPath], r.vipPort, r.settled = id, str(made, "vip_port_id"), false
	for _, p := range objects(made, "pools") {
		r.ids[poolPath(str(p, "name"))] = str(p, "id")
	}
	for _, l := range objects(made, "listeners") {
		r.ids[listenerPath(str(l, "name"))] = str(l, "id")
	}
	if err := r.alreadyThere(ctx, made); err != nil {
		return err
	}
	if r.plan.want.FloatingIP == nil {
		r.address(ctx, str(made, "vip_address"))
	}
	if err := between(ctx); err != nil || r.hasty {
		return err
	}
	ctx, give := context.WithCancelCause(ctx)
	defer give(nil)
	status, err := r.waiter.Active(ctx, id, waiter.Op(s.operation()), waiter.Provider(string(r.plan.provider)),
		r.watch(id, r.plan.provider, func() { give(errLost) }))
	if err != nil {
		return err
	}
	r.settled = true
	r.report(ctx, status)
	return nil
}

// deleteLoadBalancer deletes with everything below, waiting for the lock if need be.
func (r *run) deleteLoadBalancer(ctx context.Context, s Step, between func(context.Context) error) error {
	id := r.ids[s.removed()]
	for {
		if err := r.alone(ctx, s); err != nil {
			return err
		}
		err := octavia.Delete(ctx, r.octavia, "lbaas/loadbalancers/"+id+cascade)
		switch {
		case fault.Is(err, fault.Locked) && !r.hasty: // somebody else changes it, or deletes it already
			_, err = r.waiter.Active(ctx, id, waiter.Op(s.operation()))
			if err == nil || errors.Is(err, waiter.ErrFailed) {
				continue
			}
			if !errors.Is(err, waiter.ErrGone) {
				return err
			}
		case fault.Is(err, fault.NotFound):
		case err != nil:
			return err
		}
		break
	}
	r.memory.forget(id)
	r.told.forget(id)
	if err := between(ctx); err != nil || r.hasty {
		return err
	}
	return r.waiter.Deleted(ctx, id, waiter.Op(s.operation()))
}

// send makes an Octavia call and remembers what it made.
func (r *run) send(ctx context.Context, op operation) error {
	if m := op.members; m != nil {
		return m.request.Send(ctx, r.octavia, r.ids[m.pool])
	}
	path, err := r.path(op.path)
	if err != nil {
		return err
	}
	switch op.method {
	case "DELETE":
		err := octavia.Delete(ctx, r.octavia, path)
		if fault.Is(err, fault.NotFound) {
			return nil
		}
		if err == nil && (strings.HasPrefix(path, "lbaas/pools/") || strings.HasPrefix(path, "lbaas/listeners/")) {
			r.deleted = []string{path}
		}
		return err
	case "PUT":
		if op.failover {
			return r.failover(ctx, path)
		}
		body, err := r.resolve(op.body)
		if err != nil {
			return err
		}
		if err := r.unchanged(ctx, op); err != nil {
			return err
		}
		_, err = octavia.Update(ctx, r.octavia, path, op.key, body.(map[string]any))
		return err
	}
	body, err := r.resolve(op.body)
	if err != nil {
		return err
	}
	made, err := octavia.Create(ctx, r.octavia, path, op.key, body.(map[string]any))
	if err != nil {
		return err
	}
	r.ids[op.self] = str(made, "id")
	return nil
}

func (r *run) event(ctx context.Context, ev observe.Event) {
	ev.LoadBalancer, ev.Object = r.ids[loadBalancerPath], r.plan.name
	r.observer.Observe(ctx, ev)
}

// address reports the first milestone: clients can be told where to go.
func (r *run) address(ctx context.Context, address string) {
	if a, err := netip.ParseAddr(address); err == nil {
		r.known = a
		r.tellAddress(ctx, r.ids[loadBalancerPath], r.plan.name, a)
	}
}

// report reports the second milestone, as far as the provider tells.
func (r *run) report(ctx context.Context, status *waiter.Status) {
	ours := map[string]bool{}
	for path, id := range r.ids {
		if strings.HasPrefix(path, string(KindListener)+"/") {
			ours[id] = true
		}
	}
	r.tellServing(ctx, r.ids[loadBalancerPath], r.plan.name, status, ours)
}

// action names what a step does for events: "create pool".
func (s Step) action() string {
	if len(s.Changes) == 0 {
		return s.Call
	}
	c := s.Changes[0]
	return c.Action.String() + " " + string(c.Kind)
}

// operation names what a step does for learned durations: what changes many objects
// takes longer, on ovn in proportion, so sizes are told apart by powers of two.
func (s Step) operation() string {
	return fmt.Sprintf("%s, size %d", s.action(), bits.Len(uint(len(s.Changes))))
}
