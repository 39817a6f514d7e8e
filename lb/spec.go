// SPDX-License-Identifier: Apache-2.0

package lb

import (
	"net/netip"

	"github.com/octaviakit/octaviakit/floatingip"
	"github.com/octaviakit/octaviakit/member"
	"github.com/octaviakit/octaviakit/monitor"
	"github.com/octaviakit/octaviakit/provider"
)

// Spec is a whole desired load balancer. It is plain data without IDs, except
// those of things it does not own (networks, subnets, certificates). Pools and
// listeners are identified by name within the Spec.
//
// A field that is left out is left alone: a new object gets Octavia's default, an
// existing one keeps what it has. A field that is set is enforced, also to zero
// and to an empty list. Where a field says otherwise, it says so.
type Spec struct {
	// Name identifies the load balancer among its owner's. A name over 255
	// characters is stored cut, with a hash of the whole.
	Name string `json:"name"`
	// Description is for people, at most 255 characters; "" clears it.
	Description *string `json:"description,omitzero"`
	// Provider is the driver, such as amphora or ovn; absent: the cloud's default.
	// It cannot be changed in place.
	Provider provider.Name `json:"provider,omitzero"`
	// VIP is the load balancer's own address.
	VIP VIP `json:"vip"`
	// Flavor is what the operator offers, by ID or name. It cannot be changed in place.
	Flavor string `json:"flavor,omitzero"`
	// AvailabilityZone is where it runs, by name. It cannot be changed in place.
	AvailabilityZone string `json:"availabilityZone,omitzero"`
	// AdminStateUp false takes the load balancer out of service.
	AdminStateUp *bool `json:"adminStateUp,omitzero"`
	// Tags of the load balancer are exact, marks of owners excepted; empty: none.
	Tags []string `json:"tags,omitzero"`
	// Pools are exact: what is not listed is removed.
	Pools []Pool `json:"pools,omitzero"`
	// Listeners are exact: what is not listed is removed.
	Listeners []Listener `json:"listeners,omitzero"`
	// FloatingIP is the public address; absent: none, and one that we made is
	// released. One that somebody else has reserved, and that we bound because a Spec named
	// it, is taken off and stays theirs. What somebody has bound by hand stays where it is:
	// floatingip.Release takes it off.
	FloatingIP *floatingip.Spec `json:"floatingIP,omitzero"`
	// Shared lets other owners, whose Specs say so too, put listeners and pools of
	// their own on the load balancer of this name. Each owner's Spec is exact for what
	// is its own, and leaves the rest alone. While there are other owners, what
	// concerns the load balancer itself can be left out or said alike, not changed;
	// Tags are added to theirs. It has a floating IP for all of its owners or for none.
	Shared bool `json:"shared,omitzero"`
}

// VIP places the load balancer's own address. One of SubnetID, NetworkID and
// PortID is needed; none but QoSPolicyID and SecurityGroupIDs can be changed in
// place.
type VIP struct {
	// SubnetID is the subnet of the address.
	SubnetID string `json:"subnetID,omitzero"`
	// NetworkID lets Octavia choose the subnet, where SubnetID is absent.
	NetworkID string `json:"networkID,omitzero"`
	// PortID is a Neutron port of the caller's; it survives the load balancer.
	PortID string `json:"portID,omitzero"`
	// Address is one to ask for; absent: any.
	Address netip.Addr `json:"address,omitzero"`
	// QoSPolicyID is a Neutron QoS policy; "" clears it.
	QoSPolicyID *string `json:"qosPolicyID,omitzero"`
	// SecurityGroupIDs say who may reach the VIP, in the place of the listeners'
	// AllowedCIDRs; empty: none.
	SecurityGroupIDs []string `json:"securityGroupIDs,omitzero"`
	// Additional are further addresses, for dual stack; empty: none.
	Additional []AdditionalVIP `json:"additional,omitzero"`
}

// AdditionalVIP is a further address on the VIP's network.
type AdditionalVIP struct {
	// SubnetID is a subnet of the VIP's network that no other VIP is in.
	SubnetID string `json:"subnetID"`
	// Address is one to ask for; absent: any.
	Address netip.Addr `json:"address,omitzero"`
}

// Pool is a set of members behind one algorithm.
type Pool struct {
	// Name identifies the pool within the load balancer. Another name is another pool.
	Name string `json:"name"`
	// Description is for people, at most 255 characters; "" clears it.
	Description *string `json:"description,omitzero"`
	// Protocol to the members. It cannot be changed in place: a pool of another
	// protocol is made beside the old one, and listeners are pointed to it.
	Protocol Protocol `json:"protocol"`
	// Algorithm is how a member is chosen; absent, on a new pool: what the provider
	// does best, ROUND_ROBIN on amphora and SOURCE_IP_PORT on ovn.
	Algorithm Algorithm `json:"algorithm,omitzero"`
	// Session is session persistence; empty ({}) removes it.
	Session *SessionPersistence `json:"session,omitzero"`
	// TLS is how the pool speaks TLS to its members.
	TLS *PoolTLS `json:"tls,omitzero"`
	// AdminStateUp false takes the pool out of service.
	AdminStateUp *bool `json:"adminStateUp,omitzero"`
	// Tags of the pool are exact; empty: none.
	Tags []string `json:"tags,omitzero"`
	// MemberSubnetID is the SubnetID of the members that name none.
	MemberSubnetID string `json:"memberSubnetID,omitzero"`
	// Members are exact, unless ExternalMembers: what is not listed is removed.
	Members []member.Spec `json:"members,omitzero"`
	// Monitor probes the members; absent: none, and one that is there is removed.
	Monitor *monitor.Spec `json:"monitor,omitzero"`
	// ExternalMembers leaves membership to someone else, a member.Batcher for one:
	// Members seeds a new pool and is not looked at afterwards; one that takes the place of
	// another of its name gets that one's.
	ExternalMembers bool `json:"externalMembers,omitzero"`
}

// SessionPersistence pins a client to a member.
type SessionPersistence struct {
	// Type is SOURCE_IP, HTTP_COOKIE or APP_COOKIE; UDP and SCTP pools know SOURCE_IP.
	Type string `json:"type,omitzero"`
	// CookieName is the application's cookie, for type APP_COOKIE.
	CookieName string `json:"cookieName,omitzero"`
	// Timeout in seconds, of UDP and SCTP pools; absent or 0: Octavia's default, 360,
	// on new persistence, and left alone on what is there.
	Timeout int `json:"timeout,omitzero"`
	// Granularity is a netmask, of UDP and SCTP pools: clients of one network share
	// a member.
	Granularity string `json:"granularity,omitzero"`
}

// PoolTLS is how a pool speaks TLS to its members.
type PoolTLS struct {
	// Enabled encrypts; absent is false here.
	Enabled bool `json:"enabled,omitzero"`
	// ContainerRef is the client certificate, a Barbican reference; "" clears it.
	ContainerRef *string `json:"containerRef,omitzero"`
	// CAContainerRef is the CA that members' certificates are verified with; "" clears it.
	CAContainerRef *string `json:"caContainerRef,omitzero"`
	// CRLContainerRef is the CA's revocation list; "" clears it.
	CRLContainerRef *string `json:"crlContainerRef,omitzero"`
	// Ciphers in OpenSSL's notation.
	Ciphers string `json:"ciphers,omitzero"`
	// Versions are some of SSLv3, TLSv1, TLSv1.1, TLSv1.2 and TLSv1.3.
	Versions []string `json:"versions,omitzero"`
	// ALPN are some of h2, http/1.1 and http/1.0.
	ALPN []string `json:"alpn,omitzero"`
}
