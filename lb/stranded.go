// SPDX-License-Identifier: Apache-2.0

package lb

import "github.com/octaviakit/octaviakit/provider"

// Octavia locks a pool and its listeners when the pool's health monitor changes, and the
// ovn driver does not report them all back: the listeners not up to Zed after a creation
// or deletion, and to this day not after an update; up to 2023.1 a deletion reports any
// one pool of the load balancer. They stay PENDING_UPDATE below an ACTIVE load balancer
// until somebody writes to them, so a plan does that itself, in a step that can be read
// and is counted: one update of the pool that carries admin_state_up is answered for the
// pool and for every listener of it.

// emitMonitor emits a step about the monitor of a pool, and what frees what it strands.
func (d *differ) emitMonitor(p behindPool, s Step) {
	pool, listeners := d.strands(s.op.method)
	listeners = listeners && len(p.listeners) > 0
	if listeners {
		s.op.strands = append(s.op.strands, p.listeners...)
	}
	if pool {
		s.op.strands = append(s.op.strands, p.path)
	}
	d.emit(s)
	if !pool && !listeners {
		return
	}
	reason := "this driver leaves its listeners PENDING_UPDATE when its monitor changes"
	if pool {
		reason = "this driver leaves it PENDING_UPDATE when its monitor goes"
	}
	d.emit(p.free(reason))
}

// free writes a pool again, which frees it and its listeners.
func (p behindPool) free(reason string) Step {
	return Step{
		Changes: []Change{{Action: Update, Kind: KindPool, Path: p.shown, ID: p.id, Note: "written again"}},
		Cycles:  1, Reason: reason,
		op: operation{
			method: "PUT", path: "lbaas/pools/{" + p.path + "}", key: "pool",
			body: map[string]any{"admin_state_up": p.up}, frees: true,
		},
	}
}

// strands says what a call about a monitor leaves PENDING.
func (d *differ) strands(method string) (pool, listeners bool) {
	if method == "PUT" {
		return false, d.caps.HasQuirk(provider.QuirkOVNHMUpdateListenerPending)
	}
	pool = method == "DELETE" && d.caps.HasQuirk(provider.QuirkOVNHMDeletePoolPending) && len(d.have.pools) > 1
	return pool, d.caps.HasQuirk(provider.QuirkOVNHMListenerPending)
}

// behindPool is a pool and what stands before it when a step is carried out.
type behindPool struct {
	path      string // that a plan knows its ID by
	shown     string // in the plan's text
	id        string // "": not made yet
	up        any    // its admin_state_up
	listeners []string
}

// wantedPool is a pool of the Spec, made or not.
func (d *differ) wantedPool(p Pool) behindPool {
	have, kept := d.pools[p.Name]
	b := behindPool{path: poolPath(p.Name), shown: poolPath(p.Name), id: have.ID, up: true}
	switch {
	case p.AdminStateUp != nil:
		b.up = *p.AdminStateUp
	case kept:
		b.up = have.attrs["admin_state_up"]
	}
	for _, l := range d.sortedListeners() {
		path := listenerPath(l.Name)
		old, there := d.listeners[l.Name]
		if there && !d.connected && kept && sendsTo(old, have) || d.connected && l.Pool == p.Name {
			if there {
				d.plan.ids[path] = old.ID
			}
			b.listeners = append(b.listeners, path)
		}
	}
	if kept {
		b.listeners = append(b.listeners, d.leavingListeners(have)...)
	}
	return b
}

// observedPool is a pool that is there, also one that no Spec wants any more.
func (d *differ) observedPool(have poolNode) behindPool {
	for _, p := range d.want.Pools {
		if d.pools[p.Name].ID == have.ID {
			return d.wantedPool(p)
		}
	}
	b := behindPool{path: "old/" + have.ID + "/" + have.Path, shown: have.Path, id: have.ID, up: have.attrs["admin_state_up"]}
	d.plan.ids[b.path] = have.ID
	for name, l := range d.listeners {
		if sendsTo(l, have) {
			b.listeners = append(b.listeners, listenerPath(name))
		}
	}
	b.listeners = append(b.listeners, d.leavingListeners(have)...)
	return b
}

// leavingListeners are the paths of those that nobody wants any more and that send to a pool.
func (d *differ) leavingListeners(have poolNode) []string {
	var out []string
	for _, l := range d.oldLists {
		if sendsTo(l, have) {
			path := "old/" + l.ID + "/" + l.Path
			d.plan.ids[path] = l.ID
			out = append(out, path)
		}
	}
	return out
}

func sendsTo(l listenerNode, p poolNode) bool { return str(l.attrs, "default_pool_id") == p.ID }
