// SPDX-License-Identifier: Apache-2.0

package lb

import (
	"context"
	"fmt"
	"slices"

	"github.com/octaviakit/octaviakit/floatingip"
	"github.com/octaviakit/octaviakit/internal/fault"
	"github.com/octaviakit/octaviakit/internal/mark"
	"github.com/octaviakit/octaviakit/internal/octavia"
)

// planLeave plans the end of one owner's share in a load balancer that others share:
// first what it has there, last its mark, so that a crash leaves it to be found.
func (e *Engine) planLeave(ctx context.Context, name string, g *Graph) (*Plan, error) {
	fails := e.fails(g)
	if g.root.Provisioning == failed && !fails && g.holds(e.owner) { // nothing below it can be deleted, nor its tags changed
		return nil, &RecoveryError{LoadBalancer: name, Failed: []Node{g.root}, FailedOver: e.spent.of(g.ID(), e.recovery.Window).failovers, Shared: true}
	}
	plan := &Plan{name: name, owner: e.owner, digest: g.digest(), id: g.ID(), provider: g.Provider(), leaves: true}
	plan.ids = map[string]string{loadBalancerPath: g.ID()}
	d := &differ{want: Spec{Name: name}, have: g, plan: plan, oldPools: g.pools, oldLists: g.listeners}
	if slices.ContainsFunc(g.pools, func(p poolNode) bool { return p.monitor != nil }) {
		caps, err := e.caps.of(ctx, g.Provider())
		if err != nil {
			return nil, err
		}
		d.caps = caps // see endWatch
	}
	if fails {
		d.emit(failoverStep(g.root, name))
	}
	d.removeRest()
	if fip := g.floating; e.network != nil && fip != nil && (fip.Mark == e.mark(name) || fip.PortID != "" && fip.BoundFor(e.mark(name))) {
		d.emit(assignStep(*fip, e.mark(name), name, g.others.owners[0], "ours, and still in use"))
	}
	if e.network != nil { // one that came free while we had another
		loose, found, err := floatingip.Find(ctx, e.network, "", e.mark(name))
		if err != nil {
			return nil, err
		}
		if found && !loose.Keep {
			step := releaseStep(loose, floatingPath(name))
			step.op.floating.loose = true
			d.emit(step)
		}
	}
	tags := tagsOf(g.root.attrs)
	left := slices.DeleteFunc(slices.Clone(tags), func(t string) bool { return t == mark.Owner(e.owner) })
	if len(left) == len(tags) {
		return plan, nil
	}
	want, _ := list(left)
	d.emit(Step{
		Changes: []Change{{
			Action: Update, Kind: KindLoadBalancer, Path: balancerPath(name), ID: g.ID(),
			Fields: []Field{{Name: "tags", Old: canonical(g.root.attrs["tags"], true), New: canonical(want, true), Effect: Updates}},
		}},
		Cycles: 1, Reason: "the rest is for " + ownersText(g.others.owners),
		op: operation{
			method: "PUT", path: "lbaas/loadbalancers/{loadbalancer}", key: "loadbalancer", body: map[string]any{"tags": want, "name": g.root.Name}, // see visible
			tags: g.sharedTags(),
		},
	})
	return plan, nil
}

// alone looks at a shared load balancer once more before it is deleted: another owner
// may have joined since the plan was made, and everything of theirs would go with it.
func (r *run) alone(ctx context.Context, s Step) error {
	if !r.plan.shared {
		return nil
	}
	now, err := octavia.Get(ctx, r.octavia, "lbaas/loadbalancers/"+r.ids[s.removed()], "loadbalancer")
	if fault.Is(err, fault.NotFound) {
		return nil
	}
	if err != nil {
		return err
	}
	if owners := ownersOf(now); len(owners) > 1 {
		return fmt.Errorf("%w: %q is shared by %s now", ErrStale, r.plan.name, ownersText(owners))
	}
	return nil
}

// sharedTags is what a shared load balancer's tags were when a plan was made.
func (g *Graph) sharedTags() *string {
	if g.shared() == "" {
		return nil
	}
	return new(canonical(g.root.attrs["tags"], true))
}

// unchanged looks at a shared load balancer's tags just before they are written: another
// owner's mark must not be lost, nor that of one who has left come back.
func (r *run) unchanged(ctx context.Context, op operation) error {
	if op.tags == nil {
		return nil
	}
	now, err := octavia.Get(ctx, r.octavia, "lbaas/loadbalancers/"+r.ids[loadBalancerPath], "loadbalancer")
	if err == nil && canonical(now["tags"], true) != *op.tags {
		err = fmt.Errorf("%w: other owners of %q came or went", ErrStale, r.plan.name)
	}
	return err
}

// assignStep gives a floating IP to another owner.
func assignStep(fip floatingip.FloatingIP, from floatingip.Mark, name, heir, reason string) Step {
	return Step{
		Call: "PUT /floatingips/{floatingip}", Reason: reason,
		Changes: []Change{{
			Action: Update, Kind: KindFloatingIP, Path: floatingPath(name), ID: fip.ID,
			Summary: fip.Address.String() + " is given to " + heir,
		}},
		op: operation{floating: &floatingOperation{from: from, heir: heir}},
	}
}

// inherit plans to take over the floating IP of a shared load balancer that was given to
// somebody who had left by then: the last one out releases it.
func (d *differ) inherit(e *Engine) {
	fip := d.have.floating
	if fip == nil || d.have.shared() == "" || fip.Mark == e.mark(d.want.Name) || fip.Mark.Key != e.mark(d.want.Name).Key {
		return
	}
	d.emit(assignStep(*fip, fip.Mark, d.want.Name, e.owner, "of somebody who has left"))
	mine := *fip
	mine.Mark = e.mark(d.want.Name)
	g := *d.have
	g.floating = &mine
	d.have = &g
}
