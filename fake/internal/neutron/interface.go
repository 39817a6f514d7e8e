// SPDX-License-Identifier: Apache-2.0

package neutron

import (
	"errors"
	"net/http"

	"github.com/octaviakit/octaviakit/fake/internal/identity"
)

// addInterface joins a subnet to a router, by its gateway address or by a port that the caller made.
func (n *Neutron) addInterface(who identity.Identity, router *item, subnet, portID string) (*Port, *Error) {
	if portID != "" {
		return n.adoptInterface(who, router, portID)
	}
	s, err := n.subnets.find(who, subnet)
	if err != nil {
		return nil, err
	}
	sub := s.body.(*Subnet)
	if err := n.overlap(router.id, sub); err != nil {
		return nil, err
	}
	if sub.GatewayIP == nil {
		return nil, badRequest("router", "Subnet for router interface must have a gateway IP.")
	}
	port, fault := n.CreatePort(Port{
		NetworkID: sub.NetworkID, ProjectID: router.project, DeviceID: router.id, DeviceOwner: interfaceOwner,
		AdminStateUp: true, FixedIPs: []FixedIP{{SubnetID: subnet, Address: *sub.GatewayIP}}, SecurityGroups: []string{},
	})
	if fault != nil {
		var refused *Error
		errors.As(fault, &refused)
		return nil, refused
	}
	n.UpdatePort(port.ID, func(p *Port) { p.Status, p.PortSecurity = "ACTIVE", false })
	return &port, nil
}

func (n *Neutron) adoptInterface(who identity.Identity, router *item, id string) (*Port, *Error) {
	it, err := n.owned(n.ports, who, id, "update")
	if err != nil {
		return nil, err
	}
	p := it.body.(*Port)
	if p.DeviceID != "" {
		return nil, refuse(http.StatusConflict, "PortInUse", "Unable to complete operation on port %s for network %s. "+
			"Port already has an attached device %s.", id, p.NetworkID, p.DeviceID)
	}
	if len(p.FixedIPs) == 0 {
		return nil, badRequest("router", "Router port must have at least one fixed IP")
	}
	for _, ip := range p.FixedIPs {
		if err := n.overlap(router.id, n.subnets.items[ip.SubnetID].body.(*Subnet)); err != nil {
			return nil, err
		}
	}
	n.UpdatePort(id, func(p *Port) { p.DeviceID, p.DeviceOwner, p.Status = router.id, interfaceOwner, "ACTIVE" })
	return it.body.(*Port), nil
}

// overlap refuses a subnet whose block overlaps that of one the router already joins, be it the same one.
func (n *Neutron) overlap(router string, sub *Subnet) *Error {
	for _, p := range n.portsOf(router, interfaceOwner) {
		for _, ip := range p.FixedIPs {
			if other := n.pools[ip.SubnetID].cidr; other.Overlaps(sub.CIDR) {
				return badRequest("router", "Cidr %s of subnet %s overlaps with cidr %s of subnet %s.",
					sub.CIDR, sub.ID, other, ip.SubnetID)
			}
		}
	}
	return nil
}

func (n *Neutron) removeInterface(router *item, subnet, portID string) (*Port, *Error) {
	var port *Port
	if portID != "" {
		for _, p := range n.portsOf(router.id, interfaceOwner) {
			if p.ID == portID {
				port = p
			}
		}
		if port == nil {
			return nil, refuse(http.StatusNotFound, "RouterInterfaceNotFound",
				"Router %s does not have an interface with id %s", router.id, portID)
		}
	} else if port = n.interfaceOn(router.id, subnet); port == nil {
		return nil, refuse(http.StatusNotFound, "RouterInterfaceNotFoundForSubnet",
			"Router %s has no interface on subnet %s", router.id, subnet)
	}
	for _, ip := range port.FixedIPs {
		if n.neededByFloatingIP(router.id, ip.SubnetID) {
			return nil, refuse(http.StatusConflict, "RouterInterfaceInUseByFloatingIP", "Router interface for subnet %s "+
				"on router %s cannot be deleted, as it is required by one or more floating IPs.", ip.SubnetID, router.id)
		}
	}
	n.DeletePort(port.ID)
	return port, nil
}

func (n *Neutron) neededByFloatingIP(router, subnet string) bool {
	for _, it := range n.fips.items {
		f := it.body.(*FloatingIP)
		if f.RouterID != nil && *f.RouterID == router && n.pools[subnet].cidr.Contains(*f.FixedIP) {
			return true
		}
	}
	return false
}
