// SPDX-License-Identifier: Apache-2.0

package lb

import "github.com/octaviakit/octaviakit/provider"

// Octavia locks the listeners of a pool whose health monitor changes, too, and the ovn
// driver does not report them back: up to Zed after a creation or deletion, to this day
// after an update. They stay PENDING_UPDATE below an ACTIVE load balancer until somebody
// writes to them, so a plan does that itself, in a step that can be read and is counted.

// emitMonitor emits a step about the monitor of a pool, and what frees its listeners.
func (d *differ) emitMonitor(pool string, s Step) {
	quirk := provider.QuirkOVNHMListenerPending
	if s.op.method == "PUT" {
		quirk = provider.QuirkOVNHMUpdateListenerPending
	}
	if d.caps.HasQuirk(quirk) {
		s.op.strands = d.behind(pool)
	}
	d.emit(s)
	for _, l := range s.op.strands {
		d.emit(Step{
			Changes: []Change{{Action: Update, Kind: KindListener, Path: l.shown, ID: l.id, Note: "written again"}},
			Cycles:  1, Reason: "this driver leaves it PENDING_UPDATE when its monitor changes",
			op: operation{
				method: "PUT", path: "lbaas/listeners/{" + l.path + "}", key: "listener", body: map[string]any{}, frees: true,
			},
		})
	}
}

// stranded is a listener that a change of a monitor leaves PENDING.
type stranded struct {
	path  string // that a plan knows its ID by
	shown string // in the plan's text
	id    string // "": not made yet
}

// behind lists the listeners that send to a pool when the next step is carried out.
func (d *differ) behind(pool string) []stranded {
	have, kept := d.pools[pool]
	sends := func(l listenerNode) bool { return kept && str(l.attrs, "default_pool_id") == have.ID }
	var out []stranded
	for _, l := range d.sortedListeners() {
		path := listenerPath(l.Name)
		old, there := d.listeners[l.Name]
		if d.connected && l.Pool == pool || !d.connected && there && sends(old) {
			if there {
				d.plan.ids[path] = old.ID
			}
			out = append(out, stranded{path, path, old.ID})
		}
	}
	for _, l := range d.oldLists {
		if sends(l) {
			path := "old/" + l.ID + "/" + l.Path
			d.plan.ids[path] = l.ID
			out = append(out, stranded{path, l.Path, l.ID})
		}
	}
	return out
}
