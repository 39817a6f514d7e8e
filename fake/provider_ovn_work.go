// SPDX-License-Identifier: Apache-2.0

package fake

import (
	"slices"
	"time"

	"github.com/octaviakit/octaviakit/provider"
)

// schedule queues the work. A batch is a request per member (per kind of change from
// 10.0.0 on), a populated create a request per object; the lock is free after the first.
func (d *ovnDriver) schedule(c *Cloud, w *work) {
	w.remember()
	d.refuseProbe(w)
	at := d.emptied(c, w, later(c.now(), w.lb.busyUntil))
	for _, group := range d.requests(w) {
		first := w.objects[group[0]].base()
		kind, status := first.kind, first.prov
		if !w.batch && !w.graph {
			kind, status = w.kind, w.status
		}
		at = at.Add(c.delay(kind, status))
		var steps []step
		for _, i := range group {
			if !d.lost(w, w.objects[i]) {
				steps = append(steps, w.outcome(i))
			}
		}
		steps = append(steps, d.alsoActive(w, status)...)
		if !touches(w.objects, w.lb) {
			steps = append(steps, w.locked()...)
		}
		c.enqueue(at, w.lb, w.unstuck(steps)...).then = func() { d.forget(w) }
	}
	if len(w.objects) == 0 {
		at = at.Add(c.delay(w.kind, w.status))
		c.enqueue(at, w.lb, w.locked()...)
	}
	if d.quirk("ovn-batch-slow") { // the API hands on all members of the pool, and each is updated
		for range w.idle {
			at = at.Add(c.delay(kindMember, pendingUpdate))
		}
	}
	w.lb.busyUntil = at
}

// alsoActive are the members that the creation of one in a batch reports as well: all
// that the driver knows, whatever is still to become of them (seen on 8.0.0).
func (d *ovnDriver) alsoActive(w *work, status string) []step {
	if !w.batch || status != pendingCreate || !d.quirk("ovn-batch-create-all-active") {
		return nil
	}
	var steps []step
	for _, p := range w.lb.pools {
		for _, m := range p.members {
			if m.prov != pendingCreate {
				steps = append(steps, step{m, active})
			}
		}
	}
	return steps
}

// emptied queues a request for each member of a pool that is to be deleted, before the
// pool's own: the first already makes the pool and what was locked with it ACTIVE, so
// the pool reads so until it vanishes (driver.py, pool_delete; seen on 3.0.0 and 8.0.0).
func (d *ovnDriver) emptied(c *Cloud, w *work, at time.Time) time.Time {
	if w.kind != kindPool || w.status != pendingDelete {
		return at
	}
	for _, o := range w.objects {
		p, ok := o.(*pool)
		if !ok {
			continue
		}
		for _, m := range p.members {
			at = at.Add(c.delay(kindMember, pendingDelete))
			steps := append([]step{{m, ""}, {p, active}}, w.locked()...)
			c.enqueue(at, w.lb, w.unstuck(steps)...)
		}
	}
	return at
}

// requests groups the objects of some work by the request that carries them.
func (d *ovnDriver) requests(w *work) [][]int {
	var groups [][]int
	byStatus := map[string]int{}
	for i, o := range w.objects {
		together := !w.graph && !w.batch
		key := ""
		if w.batch && !d.quirk("ovn-batch-slow") {
			together, key = true, o.base().prov
		}
		at, seen := byStatus[key]
		if together && seen {
			groups[at] = append(groups[at], i)
			continue
		}
		byStatus[key] = len(groups)
		groups = append(groups, []int{i})
	}
	return groups
}

// lost reports objects of a populated create that the driver never hears of.
func (d *ovnDriver) lost(w *work, o thing) bool {
	if !w.graph {
		return false
	}
	switch o.(type) {
	case *loadBalancer:
		return false
	case *l7policy, *l7rule:
		return true
	case *monitor:
		return d.quirk("ovn-populated-create-hm-pending") || d.quirk("ovn-populated-create-children-pending")
	default:
		return d.quirk("ovn-populated-create-children-pending")
	}
}

// rollUp: unlike on amphora an object is ONLINE as soon as it is made, and a pool whose
// members are all down makes its listener and the load balancer ERROR.
func (d *ovnDriver) rollUp(lb *loadBalancer) {
	d.note(lb)
	d.keepProbers(lb)
	for _, p := range lb.pools {
		if p.prov != pendingCreate {
			p.oper = d.poolStatus(p)
		}
		if p.monitor != nil && p.monitor.prov == inError {
			p.monitor.oper = inError
		}
	}
	worst := online
	for _, l := range lb.listeners {
		if l.prov == pendingCreate {
			continue
		}
		l.oper = offline
		if l.enabled {
			l.oper = online
			for _, p := range l.uses() {
				l.oper = worse(l.oper, p.oper)
			}
		}
		worst = worse(worst, l.oper)
	}
	if lb.prov == pendingCreate {
		return
	}
	lb.oper = worst
	if !lb.enabled {
		lb.oper = offline
	}
}

func (d *ovnDriver) poolStatus(p *pool) string {
	down, all := 0, 0
	for _, m := range p.members {
		if m.prov == pendingCreate {
			continue
		}
		all++
		m.oper = d.memberStatus(m)
		if m.oper == inError && (m.probed == reached || d.release >= provider.Bobcat) { // before, only probes told the pool
			down++
		}
		if m.forgot {
			m.oper = noMonitor
		}
	}
	switch {
	case !p.enabled:
		return offline
	case all == 0 && p.online && (len(p.defaultOf) > 0 || d.release < provider.Bobcat):
		return online
	case all == 0:
		return offline
	case all > 0 && down == all:
		return inError
	case down > 0:
		return degraded
	default:
		return online
	}
}

// remember keeps what became of a pool last. The driver does not look at how things are: an
// empty pool is ONLINE if it was made with a listener, switched on or got a monitor, not if
// a listener took it later, and OFFLINE once its last member has gone. That its listener has
// gone it notices since 2023.2.
func (w *work) remember() {
	for _, o := range w.objects {
		switch o := o.(type) {
		case *pool:
			if o.prov == pendingCreate {
				o.online = len(o.defaultOf) > 0
			} else if w.sent.has("admin_state_up") {
				o.online = o.enabled
			}
		case *monitor:
			o.pool.online = o.pool.online || o.prov == pendingCreate
		case *member:
			o.pool.online = slices.ContainsFunc(o.pool.members, func(m *member) bool { return m.prov != pendingDelete })
		}
	}
}

func (d *ovnDriver) memberStatus(m *member) string {
	switch {
	case !m.enabled:
		return offline
	case m.probed == unprobed:
		return noMonitor
	case m.probed == unreached, m.down && m.pool.watched:
		return inError
	default:
		return online
	}
}
