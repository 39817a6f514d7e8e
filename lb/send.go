// SPDX-License-Identifier: Apache-2.0

package lb

import (
	"context"
	"errors"
	"strings"

	"github.com/octaviakit/octaviakit/internal/fault"
	"github.com/octaviakit/octaviakit/internal/octavia"
	"github.com/octaviakit/octaviakit/waiter"
)

// createLoadBalancer POSTs, does what may be done while the load balancer is
// PENDING_CREATE, and waits.
func (r *run) createLoadBalancer(ctx context.Context, s Step, between func(context.Context) error) error {
	body, err := r.resolve(s.op.body)
	if err != nil {
		return err
	}
	made, err := octavia.Create(ctx, r.octavia, s.op.path, s.op.key, body.(map[string]any))
	if err != nil {
		return r.unavailable(ctx, err)
	}
	r.vacated.set(r.plan.name, VIP{})
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
	r.vacated.set(r.plan.name, r.plan.vacates)
	for {
		if err := r.alone(ctx, s); err != nil {
			return err
		}
		err := r.remove(ctx, id, "lbaas/loadbalancers/"+id+cascade)
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
	err := r.waiter.Deleted(ctx, id, waiter.Op(s.operation()))
	if err == nil {
		r.spent.forget(id)
	}
	return err
}

// remove deletes an object of a load balancer and counts it.
func (r *run) remove(ctx context.Context, lb, path string) error {
	err := octavia.Delete(ctx, r.octavia, path)
	if err == nil || fault.Is(err, fault.Lost) {
		path, _, _ = strings.Cut(path, "?")
		r.spent.deleted(lb, path[strings.LastIndexByte(path, '/')+1:])
	}
	return err
}

// send makes an Octavia call and remembers what it made.
func (r *run) send(ctx context.Context, op operation) error {
	r.sent = true
	if m := op.members; m != nil {
		r.emptied = r.takesAway(op)
		return m.request.Send(ctx, r.octavia, r.ids[m.pool])
	}
	path, err := r.path(op.path)
	if err != nil {
		return err
	}
	switch op.method {
	case "DELETE":
		err := r.remove(ctx, r.ids[loadBalancerPath], path)
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
