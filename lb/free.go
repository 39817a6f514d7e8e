// SPDX-License-Identifier: Apache-2.0

package lb

import (
	"context"
	"maps"
	"slices"

	"github.com/octaviakit/octaviakit/internal/octavia"
	"github.com/octaviakit/octaviakit/member"
	"github.com/octaviakit/octaviakit/provider"
	"github.com/octaviakit/octaviakit/waiter"
)

// stranded lists the pools of an ovn load balancer that have to be written again because
// the driver has answered and left them, or listeners of theirs, PENDING_UPDATE: a
// program died, or comes back as Step does, before it freed what its change of a monitor
// stranded, or somebody else's did. Where anything else is PENDING the driver may
// still be at work, and nothing is listed.
func (g *Graph) stranded() []strandedPool {
	if g.Provider() != provider.OVN || g.root.Provisioning != active {
		return nil
	}
	var out []strandedPool
	left := 0
	for _, n := range g.flatten() {
		if isPending(n.Provisioning) {
			left++
		}
	}
	for _, p := range g.pools {
		within := slices.ContainsFunc(p.members, func(m member.Member) bool { return isPending(m.Provisioning) })
		if within || p.monitor != nil && isPending(p.monitor.Provisioning) {
			return nil
		}
		s := strandedPool{behindPool: behindPool{path: "stranded/" + p.ID, shown: p.Path, id: p.ID, up: p.attrs["admin_state_up"]}}
		if p.Provisioning == pendingUpdate {
			s.pending = append(s.pending, p.ID)
		}
		for _, l := range g.listeners {
			if sendsTo(l, p) && l.Provisioning == pendingUpdate {
				s.pending = append(s.pending, l.ID)
			}
		}
		if left -= len(s.pending); len(s.pending) > 0 {
			out = append(out, s)
		}
	}
	if left > 0 {
		return nil
	}
	return out
}

// strandedPool is a pool to write again, and the IDs of what that frees: the pool,
// listeners of it, or both.
type strandedPool struct {
	behindPool
	pending []string
}

const leftPending = "this driver has left it, or a listener of it, PENDING_UPDATE"

// free writes the pools again, one after the other.
func (e *Engine) free(ctx context.Context, g *Graph, pools []strandedPool) error {
	r := e.freeingRun(g, pools)
	for _, p := range pools {
		for _, id := range p.pending {
			delete(r.stays, id)
		}
		if err := r.step(ctx, p.free(leftPending), nil); err != nil {
			return err
		}
	}
	return nil
}

// freeingRun is a run that knows the pools, and that what is behind them stays PENDING.
func (e *Engine) freeingRun(g *Graph, pools []strandedPool) *run {
	plan := &Plan{name: g.Name(), id: g.ID(), owner: e.owner, provider: g.Provider(), ids: map[string]string{loadBalancerPath: g.ID()}}
	plan.failed = g.failures()
	r := e.newRun(plan, g)
	r.stays = maps.Clone(r.stays)
	if r.stays == nil {
		r.stays = map[string]bool{}
	}
	for _, p := range pools {
		r.ids[p.path] = p.id
		for _, id := range p.pending {
			r.stays[id] = true
		}
	}
	return r
}

// behind is what to write again to free an object: on ovn the pool of a listener frees
// that pool as well, and the other listeners of it.
func (e *Engine) behind(ctx context.Context, p provider.Name, o waiter.Object) waiter.Object {
	if o.Kind != string(KindListener) || o.Provisioning != pendingUpdate || p.Canonical() != provider.OVN {
		return o
	}
	l, err := octavia.Get(ctx, e.octavia, o.Path(), o.Kind)
	if pool := str(l, "default_pool_id"); err == nil && pool != "" {
		return waiter.Object{Kind: string(KindPool), ID: pool, Provisioning: o.Provisioning}
	}
	return o
}
