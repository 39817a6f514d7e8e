// SPDX-License-Identifier: Apache-2.0

package fake

// What every new Cloud has: a tenant network with an IPv4 and an IPv6 subnet behind a router,
// a second tenant network for members, and an external network for floating IPs.

func (c *Cloud) NetworkID() string         { panic(stub) } // tenant network "private"
func (c *Cloud) SubnetID() string          { panic(stub) } // its IPv4 subnet, 10.0.0.0/16
func (c *Cloud) Subnet6ID() string         { panic(stub) } // its IPv6 subnet, fd00::/64
func (c *Cloud) MemberSubnetID() string    { panic(stub) } // IPv4 subnet 10.1.0.0/16 of "members"
func (c *Cloud) ExternalNetworkID() string { panic(stub) } // "public", 203.0.113.0/24
