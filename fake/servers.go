// SPDX-License-Identifier: Apache-2.0

package fake

import (
	"net/netip"

	"github.com/octaviakit/octaviakit/fake/internal/neutron"
)

// serve has a server at the address of each new member: see [WithServers]. An address that its subnet does not have is
// left without.
func (c *Cloud) serve(objects []thing) {
	if !c.servers {
		return
	}
	for _, o := range objects {
		m, ok := o.(*member)
		if !ok || m.prov != pendingCreate {
			continue
		}
		address, err := netip.ParseAddr(m.at.address)
		subnet, found := c.neutron.Subnet(m.home())
		if err != nil || !found || c.neutron.InUse(subnet.ID, address) {
			continue
		}
		_, _ = c.neutron.CreatePort(neutron.Port{
			Name: "server-" + m.at.address, ProjectID: m.project, NetworkID: subnet.NetworkID, DeviceOwner: "compute:nova", AdminStateUp: true,
			FixedIPs: []neutron.FixedIP{{SubnetID: subnet.ID, Address: address}},
		})
	}
}
