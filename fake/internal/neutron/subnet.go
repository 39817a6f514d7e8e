// SPDX-License-Identifier: Apache-2.0

package neutron

import (
	"net/http"
	"net/netip"
	"slices"

	"github.com/octaviakit/octaviakit/fake/internal/identity"
	"github.com/octaviakit/octaviakit/fake/internal/rest"
)

func (n *Neutron) subnetKind() *kind {
	k := &kind{
		name: "subnet", plural: "subnets", path: "subnets",
		missing: notFound("SubnetNotFound", "Subnet %s could not be found."),
		decode:  decodeAs[Subnet],
		items:   map[string]*item{},
		attrs:   subnetAttrs(),
	}
	k.fresh = func() any {
		return &Subnet{EnableDHCP: true, DNSNameservers: []string{}, HostRoutes: []any{}, AllocationPools: []Range{}}
	}
	k.visible = func(who identity.Identity, it *item) bool {
		return n.networks.sees(who, n.networks.items[it.body.(*Subnet).NetworkID])
	}
	k.more = func(_ identity.Identity, it *item, v rest.Object) {
		v["subnetpool_id"], v["service_types"] = nil, []string{}
		if n.env.Lenient {
			return // it came with 2023.1
		}
		v["router:external"] = n.networks.items[it.body.(*Subnet).NetworkID].body.(*Network).External
	}
	k.create = n.createSubnet
	k.update = func(_ identity.Identity, it *item, next any, _ rest.Object) *Error {
		s := next.(*Subnet)
		if err := s.checkPools(); err != nil {
			return err
		}
		n.pools[it.id].pools, n.pools[it.id].from = s.AllocationPools, netip.Addr{}
		return nil
	}
	k.remove = func(_ identity.Identity, it *item) *Error { return n.removeSubnet(it) }
	return k
}

func subnetAttrs() map[string]attr {
	return common(map[string]attr{
		"name": {both, text(255)}, "network_id": {onPost | required, uuid},
		"ip_version": {onPost | required, oneOf(4, 6)}, "cidr": {onPost, prefix},
		"gateway_ip": {both, orNull(address)}, "enable_dhcp": {both, boolean},
		"allocation_pools": {both, list(ranges)}, "dns_nameservers": {both, list(nameserver)},
		"host_routes": {both, list(anything)}, "service_types": {both, list(text(255))},
		"ipv6_ra_mode":      {onPost, oneOf(nil, "dhcpv6-stateful", "dhcpv6-stateless", "slaac")},
		"ipv6_address_mode": {onPost, oneOf(nil, "dhcpv6-stateful", "dhcpv6-stateless", "slaac")},
		"subnetpool_id":     {onPost, orNull(uuid)}, "prefixlen": {onPost, integer}, "router:external": {},
	})
}

func prefix(_ string, v any) (any, *Error) {
	s, _ := v.(string)
	if a, err := netip.ParseAddr(s); err == nil && a.Zone() == "" {
		return netip.PrefixFrom(a, a.BitLen()).String(), nil
	}
	p, err := netip.ParsePrefix(s)
	if err != nil {
		return nil, invalid("%s is not in a CIDR format.", repr(v))
	}
	return p.Masked().String(), nil
}

func nameserver(name string, v any) (any, *Error) {
	a, err := address(name, v)
	if err != nil {
		return nil, wrong(name, "'%s' is not a valid nameserver. '%s' is not a valid IP address", repr(v), repr(v))
	}
	return a, nil
}

func ranges(name string, v any) (any, *Error) {
	o, ok := v.(rest.Object)
	if !ok || len(o) != 2 {
		return nil, wrong(name, "Invalid data format for IP pool: '%s'", repr(v))
	}
	out := rest.Object{}
	for _, end := range []string{"start", "end"} {
		a, err := address(name, o[end])
		if err != nil {
			return nil, err
		}
		out[end] = a
	}
	return out, nil
}

func (n *Neutron) createSubnet(who identity.Identity, it *item, given rest.Object) *Error {
	s := it.body.(*Subnet)
	net, err := n.networks.find(who, s.NetworkID)
	if err != nil {
		return err
	}
	if !n.mayWrite(who, net.project) {
		return refuse(http.StatusForbidden, "HTTPForbidden",
			"Tenant %s not allowed to create subnet on this network", who.ProjectID)
	}
	if !s.CIDR.IsValid() {
		return badRequest("subnets", "a subnetpool must be specified in the absence of a cidr.")
	}
	if s.CIDR.Addr().Is4() != (s.IPVersion == 4) {
		return invalid("cidr '%s' does not match the ip_version '%d'.", s.CIDR, s.IPVersion)
	}
	if s.EnableDHCP && s.CIDR.Bits() >= s.CIDR.Addr().BitLen()-1 {
		return invalid("Subnet has a prefix length that is incompatible with DHCP service enabled.")
	}
	for _, other := range net.body.(*Network).Subnets {
		if n.pools[other].cidr.Overlaps(s.CIDR) {
			return invalid("Requested subnet with cidr: %s for network: %s overlaps with another subnet.",
				s.CIDR, s.NetworkID)
		}
	}
	if _, told := given["gateway_ip"]; !told {
		s.GatewayIP = s.defaultGateway()
	}
	if _, told := given["allocation_pools"]; !told {
		s.AllocationPools = s.defaultPools()
	}
	if err := s.checkPools(); err != nil {
		return err
	}
	n.pools[it.id] = newIPAM(s)
	n.withSubnets(s.NetworkID, func(ids []string) []string { return append(ids, it.id) })
	return nil
}

// defaultGateway is the block's first host; with router advertisements it is the subnet-router anycast address.
func (s *Subnet) defaultGateway() *netip.Addr {
	if s.RAMode != nil || s.CIDR.IsSingleIP() {
		return new(s.CIDR.Addr())
	}
	return new(s.CIDR.Addr().Next())
}

// defaultPools is every host address but the gateway's.
func (s *Subnet) defaultPools() []Range {
	first, last := s.CIDR.Addr(), lastOf(s.CIDR)
	if s.CIDR.Bits() < first.BitLen()-1 {
		if first = first.Next(); last.Is4() {
			last = last.Prev()
		}
	}
	gw := s.GatewayIP
	if gw == nil || gw.Less(first) || last.Less(*gw) {
		return []Range{{first, last}}
	}
	pools := []Range{}
	if first.Less(*gw) {
		pools = append(pools, Range{first, gw.Prev()})
	}
	if gw.Less(last) {
		pools = append(pools, Range{gw.Next(), last})
	}
	return pools
}

func (s *Subnet) checkPools() *Error {
	for _, p := range s.AllocationPools {
		switch {
		case p.Start.BitLen() != p.End.BitLen() || p.End.Less(p.Start):
			return refuse(http.StatusBadRequest, "InvalidAllocationPool",
				"The allocation pool {'start': '%s', 'end': '%s'} is not valid.", p.Start, p.End)
		case !s.CIDR.Contains(p.Start) || !s.CIDR.Contains(p.End):
			return refuse(http.StatusBadRequest, "OutOfBoundsAllocationPool",
				"The allocation pool %s-%s spans beyond the subnet cidr %s.", p.Start, p.End, s.CIDR)
		case s.GatewayIP != nil && !s.GatewayIP.Less(p.Start) && !p.End.Less(*s.GatewayIP):
			return refuse(http.StatusConflict, "GatewayConflictWithAllocationPools",
				"Gateway ip %s conflicts with allocation pool %s-%s.", s.GatewayIP, p.Start, p.End)
		}
	}
	return s.apart()
}

// apart refuses allocation pools that overlap.
func (s *Subnet) apart() *Error {
	for i, p := range s.AllocationPools {
		for _, q := range s.AllocationPools[i+1:] {
			if !p.End.Less(q.Start) && !q.End.Less(p.Start) {
				return refuse(http.StatusConflict, "OverlappingAllocationPools", "Found overlapping allocation pools: %s-%s %s-%s "+
					"for subnet %s.", p.Start, p.End, q.Start, q.End, s.CIDR)
			}
		}
	}
	return nil
}

func (n *Neutron) removeSubnet(it *item) *Error {
	var automatic []string
	for id, p := range n.ports.items {
		switch port := p.body.(*Port); {
		case !slices.ContainsFunc(port.FixedIPs, func(ip FixedIP) bool { return ip.SubnetID == it.id }):
		case port.automatic():
			automatic = append(automatic, id)
		default:
			return refuse(http.StatusConflict, "SubnetInUse", "Unable to complete operation on subnet %s: One or more "+
				"ports have an IP allocation from this subnet.", it.id)
		}
	}
	for _, id := range automatic {
		n.withdraw(id, it.id)
	}
	delete(n.pools, it.id)
	n.withSubnets(it.body.(*Subnet).NetworkID, func(ids []string) []string {
		return slices.DeleteFunc(ids, func(id string) bool { return id == it.id })
	})
	return nil
}

// withdraw takes the addresses of a subnet from a port.
func (n *Neutron) withdraw(port, subnet string) {
	it := n.ports.items[port]
	next := it.body.(*Port).clone()
	next.FixedIPs = slices.DeleteFunc(next.FixedIPs, func(ip FixedIP) bool { return ip.SubnetID == subnet })
	it.body = &next
	n.touch(it)
}
