// SPDX-License-Identifier: Apache-2.0

package fake

import (
	"net/netip"
	"slices"

	"github.com/octaviakit/octaviakit/provider"
)

// Known defects that show in how accepted work ends. Those that show in a refusal live
// where the refusal is; those that only traffic would show are not modelled.

// spoil lets a piece of work end as the provider's known defects have it.
func (w *work) spoil() {
	has := w.lb.driver.quirk
	w.stuck = map[thing]bool{}
	switch {
	case w.status == pendingUpdate && w.updateFails(has):
		w.good = 0
	case w.kind == kindMember:
		w.spoilMembers(has)
	case w.kind == kindMonitor && w.status != pendingUpdate && has("ovn-hm-listener-pending"),
		w.kind == kindMonitor && w.status == pendingUpdate && has("ovn-hm-update-listener-pending"):
		w.stickParents(kindListener)
	}
	w.spoilParents(has)
	if w.kind == kindListener && w.raises(has) {
		w.stuck[w.objects[0]], w.stuck[w.lb] = true, true
	}
}

// updateFails reports updates that end in ERROR.
func (w *work) updateFails(has func(provider.QuirkID) bool) bool {
	switch w.kind {
	case kindLB:
		if has("amphora-update-after-failover") && w.lb.failedOver {
			return true
		}
	case kindPool:
		if has("ovn-pool-update-persistence-only") && w.sent.has("session_persistence") && !w.sent.has("admin_state_up") {
			return true
		}
	}
	return has("tag-update-error") && onlyTags(w.sent)
}

// raises reports whether the driver never answers for a listener.
func (w *work) raises(has func(provider.QuirkID) bool) bool {
	switch w.status {
	case pendingCreate:
		return has("ovn-listener-create-beside-hm") && w.besideMonitor()
	case pendingUpdate:
		return has("ovn-listener-clear-pool-pending") && w.sent.has("default_pool_id") && !w.sent.sent("default_pool_id")
	default:
		return false
	}
}

// besideMonitor reports whether OVN's row of a new listener's protocol has a health
// check, of a monitor or of one that went with its pool.
func (w *work) besideMonitor() bool {
	l := w.objects[0].(*listener)
	row := slices.ContainsFunc(w.lb.pools, func(p *pool) bool { return p.protocol == l.protocol }) ||
		slices.ContainsFunc(w.lb.listeners, func(o *listener) bool { return o != l && o.protocol == l.protocol })
	if !row { // it is made anew
		w.lb.orphaned = slices.DeleteFunc(w.lb.orphaned, func(protocol string) bool { return protocol == l.protocol })
		return false
	}
	return slices.Contains(w.lb.orphaned, l.protocol) ||
		slices.ContainsFunc(w.lb.pools, func(p *pool) bool { return p.monitor != nil && p.protocol == l.protocol })
}

// orphanMonitor is for a pool that is to be deleted.
func (p *pool) orphanMonitor() {
	if p.monitor != nil && p.lb.driver.quirk("ovn-listener-create-beside-hm") {
		p.lb.orphaned = append(p.lb.orphaned, p.protocol)
	}
}

// besidePools reports whether there are other pools of a deleted monitor's protocol: the
// driver then reports the one whose id comes first, here always another than the right one.
func (w *work) besidePools() bool {
	watched := w.objects[0].(*monitor).pool
	return slices.ContainsFunc(w.lb.pools, func(p *pool) bool { return p != watched && p.protocol == watched.protocol })
}

// spoilParents leaves what is above the changed objects in PENDING.
func (w *work) spoilParents(has func(provider.QuirkID) bool) {
	if w.kind == kindMonitor && w.status == pendingDelete && has("ovn-hm-delete-pool-pending") && w.besidePools() {
		w.stickParents(kindPool)
	}
	if w.good < len(w.objects) && !w.graph && has("ovn-listener-pending-after-failure") {
		w.stickParents(kindListener)
	}
	if w.kind == kindPool && w.status == pendingUpdate && has("ovn-pool-update-listener-pending") && !w.sent.has("admin_state_up") {
		w.stickParents(kindListener)
	}
	if w.graph && has("populated-create-unattached-pool-status") {
		w.stickUnattached()
	}
}

func onlyTags(b body) bool { return len(b) == 1 && b.has("tags") }

func (w *work) spoilMembers(has func(provider.QuirkID) bool) {
	w.bad = map[thing]bool{}
	if _, plugs := w.lb.driver.(*amphoraDriver); plugs && w.lost { // amphorae get no port there
		w.good = 0
	}
	for _, o := range w.objects {
		m := o.(*member)
		addr, err := netip.ParseAddr(m.at.address)
		switch {
		case m.prov == pendingCreate:
		case has("ovn-member-delete-without-subnet") && m.subnet == "" && !w.batch:
			w.bad[o] = true
		case has("ovn-batch-ipv6-delete") && w.batch && m.prov == pendingDelete && err == nil && addr.Is6():
			w.bad[o] = true
		}
	}
}

func (w *work) stickParents(kind string) {
	for _, p := range w.parents {
		if p.base().kind == kind {
			w.stuck[p] = true
		}
	}
}

func (w *work) stickUnattached() {
	for _, o := range w.objects {
		if p, isPool := o.(*pool); isPool && len(p.usedBy()) == 0 {
			w.stuck[p] = true
		}
	}
}

// unstuck drops the steps of objects that a defect leaves PENDING.
func (w *work) unstuck(steps []step) []step {
	kept := steps[:0]
	for _, s := range steps {
		if !w.stuck[s.o] {
			kept = append(kept, s)
		}
	}
	return kept
}
