// SPDX-License-Identifier: Apache-2.0

package neutron

import (
	"errors"
	"net/http"
	"net/netip"

	"github.com/octaviakit/octaviakit/fake/internal/identity"
	"github.com/octaviakit/octaviakit/fake/internal/rest"
)

func (n *Neutron) floatingIPKind() *kind {
	k := &kind{
		name: "floatingip", plural: "floatingips", path: "floatingips",
		missing: notFound("FloatingIPNotFound", "Floating IP %s could not be found"),
		decode:  decodeAs[FloatingIP],
		items:   map[string]*item{},
		attrs: common(map[string]attr{
			"floating_network_id": {onPost | required, uuid},
			"floating_ip_address": {onPost | admin, orNull(address)}, "subnet_id": {onPost, orNull(uuid)},
			"port_id": {both, orNull(uuid)}, "fixed_ip_address": {both, orNull(address)},
			"qos_policy_id": {both, orNull(uuid)}, "distributed": {onPost | admin, boolean},
			"dns_name": {onPost, text(63)}, "dns_domain": {onPost, text(255)},
			"status": {}, "router_id": {}, "port_details": {},
		}),
		fresh: func() any { return &FloatingIP{Status: "DOWN"} },
	}
	k.more = func(_ identity.Identity, it *item, v rest.Object) {
		v["port_details"] = n.portDetails(it.body.(*FloatingIP).PortID)
	}
	k.create = n.createFloatingIP
	k.update = n.updateFloatingIP
	k.remove = func(_ identity.Identity, it *item) *Error {
		n.dropFloatingPort(it.id)
		n.follow(it, nil)
		return nil
	}
	k.settle = func(it *item) { // the agent's report comes after the answer
		n.follow(it, it.body.(*FloatingIP).PortID)
		want := "DOWN"
		if it.body.(*FloatingIP).PortID != nil {
			want = "ACTIVE"
		}
		if fip := *it.body.(*FloatingIP); fip.Status != want {
			fip.Status = want
			it.body = &fip
			n.touch(it)
		}
	}
	return k
}

func (n *Neutron) portDetails(id *string) any {
	if id == nil {
		return nil
	}
	p := n.ports.items[*id].body.(*Port)
	return rest.Object{
		"name": p.Name, "network_id": p.NetworkID, "mac_address": p.MAC, "admin_state_up": p.AdminStateUp,
		"status": p.Status, "device_id": p.DeviceID, "device_owner": p.DeviceOwner,
	}
}

// createFloatingIP takes an address first, by a port of its own on the external network, and then associates: so
// exhaustion comes before the faults of the association.
func (n *Neutron) createFloatingIP(who identity.Identity, it *item, given rest.Object) *Error {
	fip := it.body.(*FloatingIP)
	net, err := n.networks.find(who, fip.NetworkID)
	if err != nil {
		return err
	}
	if !net.body.(*Network).External {
		return badRequest("floatingip", "Network %s is not a valid external network.", fip.NetworkID)
	}
	if err := n.policyThere(who, fip.QoSPolicyID); err != nil {
		return err
	}
	var wanted []FixedIP
	subnet, _ := given["subnet_id"].(string)
	if subnet != "" || fip.Address.IsValid() {
		wanted = []FixedIP{{SubnetID: subnet, Address: fip.Address}}
	}
	port, err := n.systemPort(Port{
		NetworkID: fip.NetworkID, DeviceID: it.id, DeviceOwner: "network:floatingip", FixedIPs: wanted,
	})
	if err != nil {
		return err
	}
	if fip.Address, err = firstIPv4(port, fip.NetworkID); err == nil {
		err = n.associate(who, fip)
	}
	if err != nil {
		n.DeletePort(port.ID)
	}
	return err
}

// systemPort is a port that no project owns.
func (n *Neutron) systemPort(p Port) (Port, *Error) {
	p.AdminStateUp, p.SecurityGroups = true, []string{}
	port, err := n.CreatePort(p)
	var refused *Error
	errors.As(err, &refused)
	return port, refused
}

func firstIPv4(p Port, network string) (netip.Addr, *Error) {
	for _, ip := range p.FixedIPs {
		if ip.Address.Is4() {
			return ip.Address, nil
		}
	}
	return netip.Addr{}, refuse(http.StatusBadRequest, "ExternalIpAddressExhausted",
		"Unable to find any IP address on external network %s.", network)
}

func (n *Neutron) dropFloatingPort(fip string) {
	for id, it := range n.ports.items {
		if p := it.body.(*Port); p.DeviceOwner == "network:floatingip" && p.DeviceID == fip {
			n.DeletePort(id)
		}
	}
}

// updateFloatingIP associates, moves or dissociates. An empty body dissociates, too: it always has.
func (n *Neutron) updateFloatingIP(who identity.Identity, it *item, next any, given rest.Object) *Error {
	fip := next.(*FloatingIP)
	if err := n.policyThere(who, fip.QoSPolicyID); err != nil {
		return err
	}
	_, port := given["port_id"]
	_, fixed := given["fixed_ip_address"]
	switch {
	case len(given) == 0:
		fip.PortID = nil
	case !port && fixed:
		return badRequest("floatingip", "fixed_ip_address cannot be specified without a port_id.")
	}
	if !fixed { // whatever is changed, the association is made anew
		fip.FixedIP = nil
	}
	return n.associate(who, fip)
}

// associate points fip at its PortID, or at nothing.
func (n *Neutron) associate(who identity.Identity, fip *FloatingIP) *Error {
	if fip.PortID == nil {
		if fip.FixedIP != nil {
			return badRequest("floatingip", "fixed_ip_address cannot be specified without a port_id.")
		}
		fip.RouterID = nil
		return nil
	}
	it, err := n.ports.find(who, *fip.PortID)
	if err != nil {
		return err
	}
	fixed, err := choose(it.body.(*Port), fip.FixedIP)
	if err != nil {
		return err
	}
	router := n.routerBetween(fixed.SubnetID, fip.NetworkID)
	if router == "" {
		return refuse(http.StatusNotFound, "ExternalGatewayForFloatingIPNotFound", "External network %s is not "+
			"reachable from subnet %s.  Therefore, cannot associate Port %s with a Floating IP.",
			fip.NetworkID, fixed.SubnetID, it.id)
	}
	for _, other := range n.fips.items {
		o := other.body.(*FloatingIP)
		if o.ID != fip.ID && o.PortID != nil && *o.PortID == it.id && *o.FixedIP == fixed.Address &&
			o.NetworkID == fip.NetworkID {
			return refuse(http.StatusConflict, "FloatingIPPortAlreadyAssociated", "Cannot associate floating IP %s (%s) "+
				"with port %s using fixed IP %s, as that fixed IP already has a floating IP on external network %s.",
				fip.Address, fip.ID, it.id, fixed.Address, fip.NetworkID)
		}
	}
	fip.FixedIP, fip.RouterID = new(fixed.Address), new(router)
	return nil
}

// choose finds the port's address that a floating IP is to be translated to.
func choose(p *Port, wanted *netip.Addr) (FixedIP, *Error) {
	var v4 []FixedIP
	for _, ip := range p.FixedIPs {
		if wanted != nil && ip.Address == *wanted {
			return ip, nil
		}
		if ip.Address.Is4() {
			v4 = append(v4, ip)
		}
	}
	switch {
	case wanted != nil:
		return FixedIP{}, badRequest("floatingip", "Port %s does not have fixed ip %s.", p.ID, wanted)
	case len(v4) == 0:
		return FixedIP{}, badRequest("floatingip",
			"Cannot add floating IP to port %s that has no fixed IPv4 addresses.", p.ID)
	case len(v4) > 1:
		return FixedIP{}, badRequest("floatingip", "Port %s has multiple fixed IPv4 addresses.  Must provide a "+
			"specific IPv4 address when assigning a floating IP.", p.ID)
	}
	return v4[0], nil
}

func (n *Neutron) dissociate(it *item) {
	fip := *it.body.(*FloatingIP)
	fip.PortID, fip.FixedIP, fip.RouterID, fip.Status = nil, nil, nil, "DOWN"
	it.body = &fip
	n.touch(it)
	n.follow(it, nil)
}
