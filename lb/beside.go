// SPDX-License-Identifier: Apache-2.0

package lb

import (
	"maps"
	"slices"

	"github.com/octaviakit/octaviakit/internal/mark"
	"github.com/octaviakit/octaviakit/provider"
)

// Up to Zed the ovn driver cannot make a listener while a pool of its layer 4 protocol
// is watched: it never answers, and the load balancer stays PENDING_UPDATE until an
// administrator helps (quirk ovn-listener-create-beside-hm). There every port is opened
// before monitors are made, and monitors that are in the way go and come back.

const inTheWay = "this driver cannot open a port beside it"

// opensBeside reports whether a listener is to be made that a monitor over a pool of
// that protocol would be in the way of.
func (d *differ) opensBeside(pool Protocol) bool {
	return d.caps.HasQuirk(provider.QuirkOVNListenerCreateBesideHM) &&
		slices.ContainsFunc(d.want.Listeners, func(l Listener) bool {
			_, there := d.listeners[l.Name]
			return !there && transport(l.Protocol) == transport(pool)
		})
}

// inTheWay reports whether an observed pool's monitor has to go for a while.
func (d *differ) inTheWay(p poolNode) bool {
	return p.monitor != nil && d.opensBeside(Protocol(str(p.attrs, "protocol")))
}

// clearTheWay removes the monitors of pools that are to go and are still there when a
// port is opened.
func (d *differ) clearTheWay() {
	for i, p := range d.oldPools {
		if d.inTheWay(p) {
			d.removeMonitor("old/"+p.monitor.ID+"/"+p.monitor.Path, p, "", inTheWay)
			d.oldPools[i].monitor = nil
		}
	}
}

// endWatch removes the monitor of a pool that goes next. Such a driver keeps the row of
// one that goes with its pool, and it would be in the way for good. What the removal
// leaves of the pool in PENDING_UPDATE can be deleted.
func (d *differ) endWatch(p poolNode, path string) {
	if p.monitor == nil || !d.caps.HasQuirk(provider.QuirkOVNListenerCreateBesideHM) {
		return
	}
	monitor := "old/" + p.monitor.ID + "/" + p.monitor.Path
	d.plan.ids[monitor] = p.monitor.ID
	stay := append(d.observedPool(p).listeners, path) // until the pool is deleted
	d.emit(Step{
		Changes: []Change{{Action: Delete, Kind: KindHealthMonitor, Path: p.monitor.Path, ID: p.monitor.ID}},
		Cycles:  1, Reason: "this driver keeps what goes with its pool, and could open no port any more" + d.othersUnprobed(Protocol(str(p.attrs, "protocol"))),
		op: operation{method: "DELETE", path: "lbaas/healthmonitors/{" + monitor + "}", strands: stay},
	})
}

// watchAll makes the monitors that had to wait until every port was open.
func (d *differ) watchAll() {
	d.opened = true
	for _, pool := range slices.Sorted(maps.Keys(d.watches)) {
		if _, rests := d.rests[pool]; !rests {
			d.watches[pool]()
			delete(d.watches, pool)
		}
	}
}

// claimWatched refuses a new port that another owner's monitor is in the way of: it is
// not ours to take away.
func (d *differ) claimWatched(say func(string, string, ...any), path string, l Listener) {
	if _, ours := d.listeners[l.Name]; ours || !d.caps.HasQuirk(provider.QuirkOVNListenerCreateBesideHM) {
		return
	}
	for _, p := range d.have.others.pools {
		if p.monitor != nil && transport(Protocol(str(p.attrs, "protocol"))) == transport(l.Protocol) {
			say(path, "cannot be made while the pool %q of %s has a health monitor: this release of the ovn driver never finishes it;"+
				" use another load balancer", p.Name, ownersText(mark.Owners(tagsOf(p.attrs))))
			return
		}
	}
}
