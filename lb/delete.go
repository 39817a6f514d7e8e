// SPDX-License-Identifier: Apache-2.0

package lb

import (
	"context"
	"errors"

	"github.com/octaviakit/octaviakit/floatingip"
	"github.com/octaviakit/octaviakit/internal/fault"
	"github.com/octaviakit/octaviakit/observe"
)

// cascade makes Octavia delete everything below a load balancer, too.
const cascade = "?cascade=true"

// Delete removes the named load balancer and all it owns, its floating IP too, and
// returns when they are gone. Of a load balancer that other owners share it removes
// the owner's share, and leaves the rest to them; the last one deletes it. Absence is success, so it may be run again after any
// crash. Another owner's load balancer is refused with ErrNotOwned; what would not go, see
// Recovery.Deletions, is a *RecoveryError.
func (e *Engine) Delete(ctx context.Context, name string) error {
	ctx = e.paced(ctx)
	if err := e.usable(name); err != nil {
		return err
	}
	var last error
	for failures := 1; failures <= setbacks || failures <= rounds && fault.Is(last, fault.Throttled); failures++ {
		done, err := e.deleteRound(ctx, name)
		for ; !done && err == nil; done, err = e.deleteRound(ctx, name) { // somebody else's share is left
		}
		if done {
			return nil
		}
		// What settled in ERROR while it was deleted may be deleted once more, and
		// often goes then.
		if err != nil && !worthAnotherRound(err) && !mends(err) {
			return err
		}
		last = err
		e.observer.Observe(ctx, observe.Event{Kind: observe.Retry, Object: name, Attempt: failures, Err: err})
		if err := pause(ctx, failures, err); err != nil {
			return errors.Join(err, last)
		}
	}
	return errors.Join(ErrNoProgress, last)
}

// deleteRound reports whether nothing is left.
func (e *Engine) deleteRound(ctx context.Context, name string) (bool, error) {
	g, err := e.observe(ctx, name)
	if err != nil {
		return false, err
	}
	plan, err := e.planDelete(ctx, name, g)
	if err != nil || plan.Empty() {
		return err == nil, err
	}
	err = e.run(ctx, plan, g)
	return err == nil && !plan.leaves, err
}

// planDelete plans the removal of a load balancer (nil: it is gone already) and of
// a floating IP of ours, which outlives it where a deletion was cut short.
func (e *Engine) planDelete(ctx context.Context, name string, g *Graph) (*Plan, error) {
	plan := &Plan{name: name, owner: e.owner, ids: map[string]string{}, digest: g.digest()}
	port := ""
	if g != nil {
		if len(g.others.owners) > 0 {
			return e.planLeave(ctx, name, g)
		}
		plan.id, plan.provider, plan.shared = g.ID(), g.Provider(), g.shared() != ""
		plan.ids[loadBalancerPath] = g.ID()
		d := &differ{want: Spec{Name: name}, have: g, plan: plan}
		d.inherit(e)
		g = d.have
		d.deleteExtra()
		d.deleteNext("a replacement that had begun")
		d.emit(deleteStep(g.root, name, loadBalancerPath, false, "everything below goes with it"))
		port = g.holder().VIPPortID()
	}
	if e.network == nil {
		return plan, nil
	}
	fip, found, err := e.leftover(ctx, name, g)
	if err != nil {
		return nil, err
	}
	if found && (fip.PortID != "" || !fip.Keep) {
		step := releaseStep(fip, floatingPath(name))
		step.op.floating.port, step.op.floating.loose = port, fip.PortID == ""
		plan.add(step)
	}
	return plan, nil
}

// leftover finds the floating IP that is ours, or that we have bound: on the load balancer, or
// detached, also where somebody has bound another one in its place.
func (e *Engine) leftover(ctx context.Context, name string, g *Graph) (floatingip.FloatingIP, bool, error) {
	switch {
	case g == nil:
		return floatingip.Find(ctx, e.network, "", e.mark(name))
	case g.holder().floating == nil:
		return floatingip.FloatingIP{}, false, nil
	}
	if fip := *g.holder().floating; fip.Mark == e.mark(name) || fip.BoundFor(e.mark(name)) {
		return fip, true, nil
	}
	return floatingip.Find(ctx, e.network, "", e.mark(name))
}
