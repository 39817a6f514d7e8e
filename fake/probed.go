// SPDX-License-Identifier: Apache-2.0

package fake

import (
	"cmp"
	"net/netip"
	"slices"

	"github.com/octaviakit/octaviakit/fake/internal/neutron"
	"github.com/octaviakit/octaviakit/provider"
)

// probed is what the ovn driver has noted of a member. It does not look again: a port that comes later is not probed
// (ovn_octavia_provider/helper.py, hm_create, hm_delete and member_create; 3.0.0 and 8.0.0).
type probed uint8

const (
	unheard   probed = iota // it is not made yet
	unprobed                // no monitor had to do with it
	reached                 // taken to be up until probes say otherwise
	unreached               // taken to be down
)

// note is for what has become of monitors and members since the last time.
func (d *ovnDriver) note(lb *loadBalancer) {
	for _, p := range lb.pools {
		watched := p.monitor != nil && p.monitor.prov != pendingCreate
		if watched != p.watched {
			d.noteAll(p, watched)
			lb.tellAll()
		}
		p.watched = watched
	}
	for _, p := range lb.pools {
		for _, m := range p.members {
			if m.probed == unheard && m.prov != pendingCreate {
				m.probed = d.noteNew(m)
				lb.tellAll()
			}
		}
	}
}

// forget is for a member that was updated: since 2023.2 it is said to have no monitor unless the update is of its
// admin_state_up, until all members of the load balancer are told of again (member_update).
func (d *ovnDriver) forget(w *work) {
	if w.kind != kindMember || w.status != pendingUpdate || w.batch || d.release < provider.Bobcat {
		return
	}
	w.objects[0].(*member).forgot = !w.sent.has("admin_state_up")
}

// tellAll has the statuses of all members told again.
func (lb *loadBalancer) tellAll() {
	for _, p := range lb.pools {
		for _, m := range p.members {
			m.forgot = false
		}
	}
}

// noteAll is for the members of a pool whose monitor has come or gone. A monitor that could not reach one failed until
// 2023.2 (see refuseProbe), and its members were taken to be up; that it had gone they were not told until 2023.1.
func (d *ovnDriver) noteAll(p *pool, watched bool) {
	for _, m := range p.members {
		switch {
		case m.prov == pendingCreate:
		case watched && d.release >= provider.Bobcat && d.unreachable(m):
			m.probed = unreached
		case watched:
			m.probed = reached
		case d.release >= provider.Antelope:
			m.probed = unprobed
		}
	}
}

// noteNew: the driver asks whether OVN's row of the protocol has a health check, of whichever pool. Until 2023.2 it then
// went through all members of the pool.
func (d *ovnDriver) noteNew(m *member) probed {
	members := []*member{m}
	if d.release < provider.Bobcat {
		members = m.pool.members
	}
	switch {
	case !m.pool.besideProbes():
		return unprobed
	case d.unreachable(members...):
		return unreached
	default:
		return reached
	}
}

// besideProbes reports whether OVN's row of the pool's protocol has a health check.
func (p *pool) besideProbes() bool {
	return slices.Contains(p.lb.orphaned, p.protocol) ||
		slices.ContainsFunc(p.lb.pools, func(o *pool) bool { return o.watched && o.protocol == p.protocol })
}

// unreachable reports whether probes cannot come to all of the members.
func (d *ovnDriver) unreachable(members ...*member) bool {
	subnets := map[string]bool{}
	for _, m := range members {
		if d.quirk(provider.QuirkOVNHMMemberWithoutPort) && d.portless(m) {
			return true
		}
		subnets[m.home()] = true
	}
	for subnet := range subnets {
		if d.quirk(provider.QuirkOVNHMNetworkWithoutMetadataPort) && !d.cloud.neutron.HasPortOf(neutron.MetadataOwner, subnet) {
			return true
		}
	}
	return false
}

// portless reports whether a member is none of Neutron's ports, which probes are sent to.
func (d *ovnDriver) portless(m *member) bool {
	if !d.cloud.bare {
		return false
	}
	address, err := netip.ParseAddr(m.at.address)
	return err != nil || !d.cloud.neutron.InUse(m.home(), address)
}

// refuseProbe fails a new monitor that cannot reach a member, as drivers before 2023.2 do.
func (d *ovnDriver) refuseProbe(w *work) {
	if w.kind == kindMonitor && w.status == pendingCreate && d.release < provider.Bobcat && d.unreachable(w.objects[0].(*monitor).pool.members...) {
		w.good = 0
	}
}

// home is the subnet that a member's address is taken to be of.
func (m *member) home() string { return cmp.Or(m.subnet, m.pool.lb.vip.subnet) }
