// SPDX-License-Identifier: Apache-2.0

package fake

import (
	"errors"
	"net/http"
	"net/netip"

	"github.com/octaviakit/octaviakit/fake/internal/neutron"
	"github.com/octaviakit/octaviakit/provider"
)

// chooseVIP finds where the VIP goes. A port wins over a network, that over a subnet.
func (c *Cloud) chooseVIP(q *request, lb *loadBalancer, b body) error {
	lb.vip = vip{subnet: b.str("vip_subnet_id"), address: b.str("vip_address")}
	var err error
	switch {
	case b.sent("vip_port_id"):
		err = c.vipOnPort(q, lb, b.str("vip_port_id"))
	case b.sent("vip_network_id"):
		err = c.vipOnNetwork(q, lb, b.str("vip_network_id"))
	case b.sent("vip_subnet_id"):
		s, found := c.subnetFor(q, lb.vip.subnet)
		if !found {
			return badRequest("Subnet %s not found.", lb.vip.subnet)
		}
		lb.network = s.NetworkID
	default:
		return invalid("VIP must contain one of: vip_port_id, vip_network_id, vip_subnet_id.")
	}
	if err != nil {
		return err
	}
	if lb.qos != "" && !c.neutron.ShowsQoSPolicy(q.who, lb.qos) {
		return badRequest("qos_policy %s not found.", lb.qos)
	}
	return c.moreVIPs(lb, b)
}

// plugs is what becomes of an address that is only a number to JSON: Octavia lets it pass, and Neutron does not.
func (lb *loadBalancer) plugs(release provider.Release, b body) error {
	_, err := netip.ParseAddr(lb.vip.address)
	if _, amphora := lb.driver.(*amphoraDriver); err == nil || !amphora || !b.sent("vip_address") || lb.vip.port != "" {
		return nil
	}
	if release < provider.Bobcat { // Octavia's client of Neutron is another one since
		return serverError("Provider '%s' reports error: Invalid input for fixed_ips. Reason: '%s' is not a valid IP address.\n"+
			"Neutron server returns request_ids: ['req-00000000-0000-4000-8000-000000000000']", lb.provider, lb.vip.address)
	}
	return serverError("Provider '%s' reports error: BadRequestException: 400", lb.provider)
}

// chosenGroups are nil for the project's default group.
func (lb *loadBalancer) chosenGroups() []string {
	if len(lb.groups) == 0 {
		return nil
	}
	return lb.groups
}

// subnetFor finds a subnet with the caller's own eyes.
func (c *Cloud) subnetFor(q *request, id string) (neutron.Subnet, bool) {
	s, found := c.neutron.Subnet(id)
	return s, found && c.shows(q, s.ProjectID, s.NetworkID)
}

// shows reports whether Neutron lets the caller see what is in a network.
func (c *Cloud) shows(q *request, owner, network string) bool {
	n, _ := c.neutron.Network(network)
	return owner == q.who.ProjectID || n.ProjectID == q.who.ProjectID || n.Shared || n.External || q.who.Has("admin")
}

func (c *Cloud) vipOnPort(q *request, lb *loadBalancer, id string) error {
	p, found := c.neutron.Port(id)
	if !found || !c.shows(q, p.ProjectID, p.NetworkID) {
		return badRequest("Port %s not found.", id)
	}
	if p.DeviceID != "" {
		return invalid("Port %s is already used by device %s ", id, p.DeviceID)
	}
	lb.vip.port, lb.network = id, p.NetworkID
	if lb.qos == "" && p.QoSPolicyID != nil {
		lb.qos = *p.QoSPolicyID
	}
	for _, f := range p.FixedIPs {
		if lb.vip.address != "" && sameAddress(f.Address, lb.vip.address) && (lb.vip.subnet == "" || lb.vip.subnet == f.SubnetID) {
			lb.vip.subnet = f.SubnetID
			return nil
		}
		if lb.vip.address == "" && (lb.vip.subnet == f.SubnetID || (lb.vip.subnet == "" && len(p.FixedIPs) == 1)) {
			lb.vip.subnet, lb.vip.address = f.SubnetID, f.Address.String()
			return nil
		}
	}
	switch {
	case lb.vip.address != "":
		return invalid("Specified VIP address not found on the specified VIP port.")
	case lb.vip.subnet != "":
		return invalid("No VIP address found on the specified VIP port within the specified subnet.")
	default:
		return invalid("VIP port's subnet could not be determined. Please specify either a VIP subnet or address.")
	}
}

func sameAddress(a netip.Addr, s string) bool {
	b, err := netip.ParseAddr(s)
	return err == nil && a == b
}

func (c *Cloud) vipOnNetwork(q *request, lb *loadBalancer, id string) error {
	n, found := c.neutron.Network(id)
	if !found || !c.shows(q, n.ProjectID, id) {
		return badRequest("Network %s not found.", id)
	}
	lb.network = id
	if len(n.Subnets) == 0 {
		return invalid("Supplied network does not contain a subnet.")
	}
	if lb.vip.subnet != "" {
		if s, found := c.neutron.Subnet(lb.vip.subnet); !found || s.NetworkID != id {
			return badRequest("Subnet %s not found.", lb.vip.subnet)
		}
		return nil
	}
	if lb.vip.address != "" {
		return c.subnetOf(lb, n)
	}
	return c.roomiest(lb, n)
}

// subnetOf picks the subnet that the requested address lies in.
func (c *Cloud) subnetOf(lb *loadBalancer, n neutron.Network) error {
	addr, _ := netip.ParseAddr(lb.vip.address)
	for _, id := range n.Subnets {
		s, _ := c.neutron.Subnet(id)
		if s.CIDR.Contains(addr) {
			lb.vip.subnet = id
			return nil
		}
	}
	return invalid("Supplied network does not contain a subnet for VIP address specified.")
}

// roomiest picks the first subnet with two free addresses, IPv4 before IPv6: one for the
// VIP, one for the amphora.
func (c *Cloud) roomiest(lb *loadBalancer, n neutron.Network) error {
	for _, version := range []int{4, 6} {
		for _, id := range n.Subnets {
			if s, _ := c.neutron.Subnet(id); s.IPVersion == version && c.neutron.FreeIPs(id) >= 2 {
				lb.vip.subnet = id
				return nil
			}
		}
	}
	return invalid("Subnet(s) in the supplied network do not contain enough available IPs.")
}

func (c *Cloud) moreVIPs(lb *loadBalancer, b body) error {
	if b.has("additional_vips") && !b.sent("additional_vips") {
		return serverError("'NoneType' object is not iterable")
	}
	seen := map[string]bool{lb.vip.subnet: true}
	for _, v := range b.objs("additional_vips") {
		id := v.str("subnet_id")
		if seen[id] {
			return invalid("Duplicate VIP subnet(s) specified. Only one IP can be bound per subnet.")
		}
		seen[id] = true
		s, found := c.neutron.Subnet(id)
		if !found {
			return serverError("subnet not found (subnet id: %s).", id)
		}
		if s.NetworkID != lb.network {
			return invalid("All VIP subnets must belong to the same network.")
		}
		lb.additional = append(lb.additional, vip{subnet: id, address: v.str("ip_address")})
	}
	return nil
}

// portError words a refusal by Neutron as drivers pass it on: its message, or, since
// Octavia's own left neutronclient for openstacksdk (13.0.0), the name of an exception.
func (c *Cloud) portError(d column, err error) error {
	var refusal *neutron.Error
	switch {
	case !errors.As(err, &refusal):
		return d.reports("%s", err)
	case d.release < provider.Bobcat: // neutronclient adds which request it was
		return d.reports("%s\nNeutron server returns request_ids: ['req-%s']", refusal.Message, c.newID())
	case d.name == provider.OVN:
		return d.reports("%s", refusal.Message)
	}
	name := map[int]string{
		http.StatusBadRequest: "BadRequestException", http.StatusConflict: "ConflictException",
		http.StatusForbidden: "ForbiddenException", http.StatusNotFound: "NotFoundException",
	}[refusal.Status]
	return d.reports("%s: %d", or(name, "HttpException"), refusal.Status)
}
