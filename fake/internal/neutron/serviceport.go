// SPDX-License-Identifier: Apache-2.0

package neutron

import (
	"slices"
)

// CreatePort makes a port as a service would for a project: ProjectID, NetworkID and what else of p is set are taken,
// addresses are completed (nil FixedIPs: one of each family), nil SecurityGroups are the project's default group. The
// error is an *[Error].
func (n *Neutron) CreatePort(p Port) (Port, error) {
	net, ok := n.networks.items[p.NetworkID]
	if !ok {
		return Port{}, n.networks.missing(p.NetworkID)
	}
	if err := n.withinQuota(n.ports, p.ProjectID); err != nil {
		return Port{}, err
	}
	it := &item{id: p.ID, project: p.ProjectID}
	if it.id == "" {
		it.id = n.env.NewID()
	}
	body := n.ports.fresh().(*Port)
	body.ID, body.ProjectID, body.NetworkID = it.id, p.ProjectID, p.NetworkID
	body.Name, body.Description, body.AdminStateUp = p.Name, p.Description, p.AdminStateUp
	body.DeviceID, body.DeviceOwner = p.DeviceID, p.DeviceOwner
	body.FixedIPs, body.SecurityGroups = slices.Clone(p.FixedIPs), slices.Clone(p.SecurityGroups)
	body.PortSecurity = net.body.(*Network).PortSecurity
	body.AllowedAddressPairs = slices.Clone(p.AllowedAddressPairs)
	if p.VNICType != "" {
		body.VNICType = p.VNICType
	}
	if p.QoSPolicyID != nil {
		body.QoSPolicyID = new(*p.QoSPolicyID)
	}
	it.body = body
	if err := n.settlePort(it, body); err != nil {
		return Port{}, err
	}
	if err := body.pairs(); err != nil {
		n.release(body.FixedIPs)
		return Port{}, err
	}
	n.store(n.ports, it)
	return body.clone(), nil
}

// UpdatePort lets f change a port; its ID, network and addresses stay.
func (n *Neutron) UpdatePort(id string, f func(*Port)) {
	it, ok := n.ports.items[id]
	if !ok {
		return
	}
	old := it.body.(*Port)
	next := old.clone()
	f(&next)
	next.ID, next.NetworkID, next.FixedIPs = old.ID, old.NetworkID, old.FixedIPs
	it.body, it.project = &next, next.ProjectID
	n.touch(it)
}

// MetadataOwner owns the ports that OVN answers for metadata and DHCP from. Neutron makes one in each network if it is told
// to serve metadata by OVN; here only the networks of [Neutron.Seed] have one.
const MetadataOwner = "network:distributed"

// automatic reports whether a port goes with its network, and its addresses with their subnets, without a word.
func (p *Port) automatic() bool {
	return slices.Contains([]string{MetadataOwner, "network:dhcp", "network:floatingip_agent_gateway"}, p.DeviceOwner)
}

// HasPortOf reports whether a subnet has a port of that device owner.
func (n *Neutron) HasPortOf(owner, subnetID string) bool {
	for _, it := range n.ports.items {
		p := it.body.(*Port)
		if p.DeviceOwner == owner && slices.ContainsFunc(p.FixedIPs, func(ip FixedIP) bool { return ip.SubnetID == subnetID }) {
			return true
		}
	}
	return false
}

// DeletePort removes a port whatever it serves; its addresses become free, its floating IPs DOWN and unattached.
func (n *Neutron) DeletePort(id string) {
	if it, ok := n.ports.items[id]; ok {
		n.freePort(it)
		delete(n.ports.items, id)
	}
}
