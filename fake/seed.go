// SPDX-License-Identifier: Apache-2.0

package fake

// What every new Cloud has: projects demo and demo2 with a user of the same name each,
// the users admin, observer and norole; a tenant network with an IPv4 and an IPv6 subnet
// behind a router, a second one for members, an external network for floating IPs, and a
// network of demo2's.

// NetworkID is the tenant network "private".
func (c *Cloud) NetworkID() string { return c.seeded.Network }

// SubnetID is the IPv4 subnet of "private", 10.0.0.0/16.
func (c *Cloud) SubnetID() string { return c.seeded.Subnet }

// Subnet6ID is the IPv6 subnet of "private", fd00::/64.
func (c *Cloud) Subnet6ID() string { return c.seeded.Subnet6 }

// MemberNetworkID is the tenant network "members".
func (c *Cloud) MemberNetworkID() string { return c.seeded.MemberNetwork }

// MemberSubnetID is the IPv4 subnet of "members", 10.1.0.0/16.
func (c *Cloud) MemberSubnetID() string { return c.seeded.MemberSubnet }

// ExternalNetworkID is the network "public", 203.0.113.0/24.
func (c *Cloud) ExternalNetworkID() string { return c.seeded.External }

// ExternalSubnetID is the subnet of "public".
func (c *Cloud) ExternalSubnetID() string { return c.seeded.ExternalSubnet }

// Demo2SubnetID is the IPv4 subnet of the project demo2, 10.2.0.0/16.
func (c *Cloud) Demo2SubnetID() string { return c.seeded.Demo2Subnet }

// ProjectID is the id of the project "demo", "demo2" or "admin".
func (c *Cloud) ProjectID(name string) string {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.keystone.ProjectID(name)
}
