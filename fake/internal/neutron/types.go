// SPDX-License-Identifier: Apache-2.0

package neutron

import (
	"net/netip"
	"slices"
)

// Network is an L2 network. Subnets are in the order of their creation.
type Network struct {
	ID           string   `json:"id"`
	Name         string   `json:"name"`
	ProjectID    string   `json:"project_id"`
	Description  string   `json:"description"`
	AdminStateUp bool     `json:"admin_state_up"`
	Status       string   `json:"status"`
	MTU          int      `json:"mtu"`
	Shared       bool     `json:"shared"`
	External     bool     `json:"router:external"`
	PortSecurity bool     `json:"port_security_enabled"`
	QoSPolicyID  *string  `json:"qos_policy_id"`
	Subnets      []string `json:"subnets"`

	NetworkType     string  `json:"provider:network_type"`
	PhysicalNetwork *string `json:"provider:physical_network"`
	SegmentationID  *int    `json:"provider:segmentation_id"`
}

// Range is a range of addresses, both ends included.
type Range struct {
	Start netip.Addr `json:"start"`
	End   netip.Addr `json:"end"`
}

// Subnet is a block of addresses on a network.
type Subnet struct {
	ID              string       `json:"id"`
	Name            string       `json:"name"`
	ProjectID       string       `json:"project_id"`
	Description     string       `json:"description"`
	NetworkID       string       `json:"network_id"`
	IPVersion       int          `json:"ip_version"`
	CIDR            netip.Prefix `json:"cidr"`
	GatewayIP       *netip.Addr  `json:"gateway_ip"`
	EnableDHCP      bool         `json:"enable_dhcp"`
	AllocationPools []Range      `json:"allocation_pools"`
	DNSNameservers  []string     `json:"dns_nameservers"`
	HostRoutes      []any        `json:"host_routes"`
	RAMode          *string      `json:"ipv6_ra_mode"`
	AddressMode     *string      `json:"ipv6_address_mode"`
}

// FixedIP is an address that a port holds. On the way in either field may be empty: Neutron completes it.
type FixedIP struct {
	SubnetID string     `json:"subnet_id"`
	Address  netip.Addr `json:"ip_address"`
}

// Port is a port of a network.
type Port struct {
	ID             string    `json:"id"`
	Name           string    `json:"name"`
	ProjectID      string    `json:"project_id"`
	Description    string    `json:"description"`
	NetworkID      string    `json:"network_id"`
	DeviceID       string    `json:"device_id"`
	DeviceOwner    string    `json:"device_owner"`
	AdminStateUp   bool      `json:"admin_state_up"`
	Status         string    `json:"status"`
	MAC            string    `json:"mac_address"`
	FixedIPs       []FixedIP `json:"fixed_ips"`
	SecurityGroups []string  `json:"security_groups"`
	PortSecurity   bool      `json:"port_security_enabled"`
	QoSPolicyID    *string   `json:"qos_policy_id"`
	VNICType       string    `json:"binding:vnic_type"`

	AllowedAddressPairs []any `json:"allowed_address_pairs"`
	ExtraDHCPOpts       []any `json:"extra_dhcp_opts"`
}

func (p *Port) clone() Port {
	c := *p
	c.FixedIPs = slices.Clone(p.FixedIPs)
	c.SecurityGroups = slices.Clone(p.SecurityGroups)
	return c
}

// FloatingIP is an address of an external network, translated to a port's while associated.
type FloatingIP struct {
	ID          string      `json:"id"`
	ProjectID   string      `json:"project_id"`
	Description string      `json:"description"`
	NetworkID   string      `json:"floating_network_id"`
	Address     netip.Addr  `json:"floating_ip_address"`
	Status      string      `json:"status"`
	PortID      *string     `json:"port_id"`
	FixedIP     *netip.Addr `json:"fixed_ip_address"`
	RouterID    *string     `json:"router_id"`
	QoSPolicyID *string     `json:"qos_policy_id"`
	DNSName     string      `json:"dns_name"`
	DNSDomain   string      `json:"dns_domain"`
}

// Gateway is a router's leg in an external network.
type Gateway struct {
	NetworkID  string    `json:"network_id"`
	FixedIPs   []FixedIP `json:"external_fixed_ips"`
	EnableSNAT *bool     `json:"enable_snat,omitempty"`
}

// Router joins subnets, and with a gateway lets floating IPs reach them.
type Router struct {
	ID           string   `json:"id"`
	Name         string   `json:"name"`
	ProjectID    string   `json:"project_id"`
	Description  string   `json:"description"`
	AdminStateUp bool     `json:"admin_state_up"`
	Status       string   `json:"status"`
	Gateway      *Gateway `json:"external_gateway_info"`
	Routes       []any    `json:"routes"`
}

// SecurityGroup is a set of [SecurityGroupRule], which refer to it.
type SecurityGroup struct {
	ID          string `json:"id"`
	Name        string `json:"name"`
	ProjectID   string `json:"project_id"`
	Description string `json:"description"`
	Stateful    bool   `json:"stateful"`
}

// SecurityGroupRule lets some traffic pass.
type SecurityGroupRule struct {
	ID             string  `json:"id"`
	ProjectID      string  `json:"project_id"`
	Description    *string `json:"description"`
	GroupID        string  `json:"security_group_id"`
	Direction      string  `json:"direction"`
	EtherType      string  `json:"ethertype"`
	Protocol       *string `json:"protocol"`
	PortMin        *int    `json:"port_range_min"`
	PortMax        *int    `json:"port_range_max"`
	RemotePrefix   *string `json:"remote_ip_prefix"`
	RemoteGroup    *string `json:"remote_group_id"`
	AddressGroup   *string `json:"remote_address_group_id"`
	NormalizedCIDR *string `json:"normalized_cidr"`
}

// QoSPolicy is a named set of bandwidth rules; the fake's have none.
type QoSPolicy struct {
	ID          string `json:"id"`
	Name        string `json:"name"`
	ProjectID   string `json:"project_id"`
	Description string `json:"description"`
	Shared      bool   `json:"shared"`
	IsDefault   bool   `json:"is_default"`
	Rules       []any  `json:"rules"`
}
