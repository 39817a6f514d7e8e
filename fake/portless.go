// SPDX-License-Identifier: Apache-2.0

package fake

import (
	"cmp"
	"net/netip"
	"slices"

	"github.com/octaviakit/octaviakit/provider"
)

// portless reports whether a member is none of Neutron's ports, which an ovn monitor cannot
// reach (ovn-hm-member-without-port). Every release has that; but as tests seldom have a
// port for each member, only a Cloud with that quirk switched on looks.
func (d *ovnDriver) portless(m *member) bool {
	if !slices.Contains(d.cloud.on, provider.QuirkOVNHMMemberWithoutPort) {
		return false
	}
	address, err := netip.ParseAddr(m.at.address)
	return err != nil || !d.cloud.neutron.InUse(cmp.Or(m.subnet, m.pool.lb.vip.subnet), address)
}

// probe fails a new monitor that cannot reach a member, as drivers before 2023.2 do. Later
// ones take the member for down.
func (d *ovnDriver) probe(w *work) {
	if w.kind == kindMonitor && w.status == pendingCreate && d.release < provider.Bobcat &&
		slices.ContainsFunc(w.objects[0].(*monitor).pool.members, d.portless) {
		w.good = 0
	}
}
