// SPDX-License-Identifier: Apache-2.0

package neutron

import (
	"net/netip"

	"github.com/octaviakit/octaviakit/fake/internal/identity"
	"github.com/octaviakit/octaviakit/fake/internal/rest"
)

// Seeded are the IDs of what [Neutron.Seed] made.
type Seeded struct {
	Network, Subnet, Subnet6    string // "private": 10.0.0.0/16 and fd00::/64
	MemberNetwork, MemberSubnet string // "members": 10.1.0.0/16
	Router                      string // joins the three subnets to "public"
	External, ExternalSubnet    string // "public": 203.0.113.0/24
	Demo2Network, Demo2Subnet   string // the second project's own: 10.2.0.0/16
}

// Seed builds the networks of a small cloud: see [Seeded]. It is to be called once, on a Neutron without networks.
func (n *Neutron) Seed(adminProject, demoProject, demo2Project string) Seeded {
	admin := identity.Identity{ProjectID: adminProject, Roles: []string{"admin"}}
	demo := identity.Identity{ProjectID: demoProject, Roles: []string{"member"}}
	demo2 := identity.Identity{ProjectID: demo2Project, Roles: []string{"member"}}

	s := Seeded{}
	s.External = n.must(n.networks, admin, rest.Object{
		"name": "public", "router:external": true, "provider:network_type": "flat", "mtu": 1500,
		"provider:physical_network": "public",
	})
	s.ExternalSubnet = n.seedSubnet(admin, "public-v4", s.External, "203.0.113.0/24")
	s.Network = n.must(n.networks, demo, rest.Object{"name": "private"})
	s.Subnet = n.seedSubnet(demo, "private-v4", s.Network, "10.0.0.0/16")
	s.Subnet6 = n.seedSubnet(demo, "private-v6", s.Network, "fd00::/64")
	s.MemberNetwork = n.must(n.networks, demo, rest.Object{"name": "members"})
	s.MemberSubnet = n.seedSubnet(demo, "members-v4", s.MemberNetwork, "10.1.0.0/16")
	s.Router = n.must(n.routers, demo, rest.Object{
		"name": "router", "external_gateway_info": rest.Object{"network_id": s.External, "enable_snat": true},
	})
	for _, subnet := range []string{s.Subnet, s.Subnet6, s.MemberSubnet} {
		if _, err := n.addInterface(demo, n.routers.items[s.Router], subnet, ""); err != nil {
			panic(err)
		}
	}
	s.Demo2Network = n.must(n.networks, demo2, rest.Object{"name": "demo2-private"})
	s.Demo2Subnet = n.seedSubnet(demo2, "demo2-v4", s.Demo2Network, "10.2.0.0/16")
	n.seedMetadata(demoProject, s.Network, s.Subnet)
	n.seedMetadata(demoProject, s.MemberNetwork, s.MemberSubnet)
	n.seedMetadata(demo2Project, s.Demo2Network, s.Demo2Subnet)
	return s
}

// seedMetadata makes the port that OVN answers for metadata and DHCP from. Neutron gives it the first address that is free;
// here it has the last, so that VIPs count up from the first, and an ID after the network's, so that no other depends on it.
func (n *Neutron) seedMetadata(project, network, subnet string) {
	last, _ := n.LastFree(subnet)
	_, err := n.CreatePort(Port{
		ID: network[:24] + network[30:] + network[24:30], ProjectID: project, NetworkID: network, DeviceOwner: MetadataOwner, DeviceID: "ovnmeta-" + network, AdminStateUp: true,
		FixedIPs: []FixedIP{{SubnetID: subnet, Address: last}}, SecurityGroups: []string{},
	})
	if err != nil {
		panic(err)
	}
}

func (n *Neutron) seedSubnet(who identity.Identity, name, network, cidr string) string {
	version := 4
	if netip.MustParsePrefix(cidr).Addr().Is6() {
		version = 6
	}
	return n.must(n.subnets, who, rest.Object{"name": name, "network_id": network, "cidr": cidr, "ip_version": version})
}

// must makes what cannot be refused.
func (n *Neutron) must(k *kind, who identity.Identity, given rest.Object) string {
	it, err := n.make(k, who, given)
	if err != nil {
		panic(err)
	}
	return it.id
}
