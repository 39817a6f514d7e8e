// SPDX-License-Identifier: Apache-2.0

package fake

import (
	"cmp"
	"net/netip"
	"slices"

	"github.com/octaviakit/octaviakit/provider"
)

// mapping is what the ovn driver found when a monitor first had to do with a member. It does not look again: a port that
// comes later is not probed (ovn_octavia_provider/helper.py, hm_create and member_create, 3.0.0 and 8.0.0).
type mapping uint8

const (
	unasked mapping = iota
	mapped
	unmapped // the member is taken to be down
)

// lookUp is for the members that a monitor has to do with since the last time.
func (d *ovnDriver) lookUp(lb *loadBalancer) {
	for _, p := range lb.pools {
		watched := p.monitor != nil && p.monitor.prov != pendingCreate
		for _, m := range p.members {
			switch {
			case !watched:
				m.mapping = unasked
			case m.mapping == unasked && m.prov != pendingCreate:
				m.mapping = d.ask(m)
			}
		}
		if watched {
			p.monitor.begun = true
		}
	}
}

// ask: until 2023.2 the driver went through all members of the pool each time. If one had no port, a monitor that was being
// made failed (see refuseProbe), with members that were taken to be up, and a member that was added was taken to be down.
func (d *ovnDriver) ask(m *member) mapping {
	missed := d.portless(m)
	if d.release < provider.Bobcat {
		missed = m.pool.monitor.begun && slices.ContainsFunc(m.pool.members, d.portless)
	}
	if missed && d.quirk(provider.QuirkOVNHMMemberWithoutPort) {
		return unmapped
	}
	return mapped
}

// portless reports whether a member is none of Neutron's ports, which an ovn monitor cannot reach.
func (d *ovnDriver) portless(m *member) bool {
	if !d.cloud.bare {
		return false
	}
	address, err := netip.ParseAddr(m.at.address)
	return err != nil || !d.cloud.neutron.InUse(m.home(), address)
}

// refuseProbe fails a new monitor that cannot reach a member, as drivers before 2023.2 do. Later ones take the member for down.
func (d *ovnDriver) refuseProbe(w *work) {
	if w.kind == kindMonitor && w.status == pendingCreate && d.release < provider.Bobcat && d.quirk(provider.QuirkOVNHMMemberWithoutPort) &&
		slices.ContainsFunc(w.objects[0].(*monitor).pool.members, d.portless) {
		w.good = 0
	}
}

// home is the subnet that a member's address is taken to be of.
func (m *member) home() string { return cmp.Or(m.subnet, m.pool.lb.vip.subnet) }
