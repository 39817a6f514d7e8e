// SPDX-License-Identifier: Apache-2.0

package lb

import (
	"context"
	"slices"
	"strings"
	"time"

	"github.com/octaviakit/octaviakit/member"
	"github.com/octaviakit/octaviakit/provider"
	"github.com/octaviakit/octaviakit/waiter"
)

// waitOptions says what a step's cycle has to be watched for.
func (r *run) waitOptions(s Step) []waiter.WaitOption {
	opts := []waiter.WaitOption{
		waiter.Op(s.operation()), waiter.Provider(string(r.plan.provider)),
		waiter.Tolerate(r.failed...), waiter.AlsoMade(func() []string { return r.beyondTree(s.op) }),
		waiter.AlsoGone(r.leaving), waiter.Disregard(r.disregarded(s)...),
		waiter.Touch(func(ctx context.Context, o waiter.Object) error { return r.touch(ctx, s.op, o) }),
	}
	if s.op.members != nil {
		opts = append(opts, waiter.SlowFor(s.op.members.request.Slow))
	}
	if s.op.method == "DELETE" {
		opts = append(opts, waiter.TouchAfter(deletedAgain), waiter.SlowFor(func() time.Duration { return leavesSlowly }))
	}
	if r.settled || s.op.frees {
		opts = append(opts, waiter.AssumeSettled())
	}
	return opts
}

// deletedAgain is how long what is being deleted may show no progress before it is deleted
// once more. Ovn empties a pool member by member, and on a loaded cloud one of them was
// seen to take fifteen seconds (ovn-octavia-provider 8.0.0); a call that the driver forgot
// is rare.
const deletedAgain = time.Minute

// leavesSlowly is how long what is being deleted may show no progress until it is stuck: it
// has been deleted once more by then, and to do so again only makes a slow driver's queue longer.
const leavesSlowly = 10 * time.Minute

// untilSettled says what to watch for where somebody else's change is waited out, or one
// that was begun before a crash.
func (e *Engine) untilSettled(g *Graph, give func()) []waiter.WaitOption {
	return []waiter.WaitOption{
		waiter.Also(g.beyondTree()...), waiter.Tolerate(g.failures()...), e.watch(g.ID(), g.Provider(), give),
		waiter.SlowFor(g.slow), waiter.Provider(string(g.Provider())),
	}
}

// slow is how long nothing may move because an ovn driver is at work on those of a batch of
// members that stay: they read ACTIVE, and others of the pool are PENDING.
func (g *Graph) slow() (d time.Duration) {
	for _, p := range g.pools {
		within := slices.ContainsFunc(p.members, func(m member.Member) bool { return isPending(m.Provisioning) })
		if within && g.Provider() == provider.OVN {
			d += member.SlowEach * time.Duration(len(p.members))
		}
	}
	return d
}

// touch frees what stays PENDING under an ACTIVE load balancer, where that is known to
// work. What was deleted and does not go is deleted once more.
func (r *run) touch(ctx context.Context, op operation, o waiter.Object) error {
	if slices.ContainsFunc(r.deleted, func(path string) bool { return strings.HasSuffix(path, "/"+o.ID) }) {
		return r.send(ctx, op)
	}
	return waiter.EmptyPut(r.octavia)(ctx, o)
}

// leaving lists what the step has deleted and what may read ACTIVE until it is gone.
func (r *run) leaving() []string { return slices.Concat(r.deleted, r.emptied) }

// takesAway lists the API paths of the members that a call removes.
func (r *run) takesAway(op operation) []string {
	if op.members == nil {
		return nil
	}
	return op.members.request.Removes(r.ids[op.members.pool])
}

// beyondTree lists the API paths of what the operation changes and Octavia's status
// tree does not show: pools without a listener, and L7 objects.
func (r *run) beyondTree(op operation) []string {
	if op.method == "DELETE" {
		return nil
	}
	if id := r.ids[op.detached]; op.detached != "" && id != "" {
		return []string{"lbaas/pools/" + id}
	}
	if op.key != "l7policy" && op.key != "rule" {
		return nil
	}
	path := op.path
	if op.self != "" {
		path += "/{" + op.self + "}"
	}
	if resolved, err := r.path(path); err == nil {
		return []string{resolved}
	}
	return nil // not made yet
}
