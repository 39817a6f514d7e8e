// SPDX-License-Identifier: Apache-2.0

package lb

import (
	"net/netip"
	"time"

	"github.com/octaviakit/octaviakit/floatingip"
	"github.com/octaviakit/octaviakit/member"
	"github.com/octaviakit/octaviakit/monitor"
	"github.com/octaviakit/octaviakit/provider"
)

// Spec is a whole desired load balancer. It is plain data without IDs, except
// those of things it does not own (networks, subnets, certificates, flavors).
// Pools and listeners are identified by name within the Spec.
type Spec struct {
	Name             string           // identity of the load balancer among its owner's
	Description      *string          // nil: leave
	Provider         provider.Name    // "": the cloud's default; cannot be changed later
	VIP              VIP              // cannot be changed later, but for QoS policy and security groups
	FlavorID         string           // "": none; cannot be changed later
	AvailabilityZone string           // "": none; cannot be changed later
	AdminStateUp     *bool            // nil: leave
	Tags             []string         // nil: leave; otherwise exact, marks of owners excepted
	Pools            []Pool           // exact
	Listeners        []Listener       // exact
	FloatingIP       *floatingip.Spec // nil: none, and one of ours is released
}

// VIP places the load balancer's own address. One of SubnetID, NetworkID and
// PortID is needed.
type VIP struct {
	SubnetID         string
	NetworkID        string
	PortID           string          // a port of the caller's; it survives the load balancer
	Address          netip.Addr      // zero: any
	QoSPolicyID      *string         // nil: leave; new("") clears
	SecurityGroupIDs []string        // API 2.29; nil: leave; empty: none
	Additional       []AdditionalVIP // API 2.26
}

// AdditionalVIP is a further address on the VIP's network, for dual stack.
type AdditionalVIP struct {
	SubnetID string
	Address  netip.Addr // zero: any
}

// Pool is a set of members behind one algorithm.
type Pool struct {
	Name         string
	Description  *string
	Protocol     Protocol            // cannot be changed in place
	Algorithm    Algorithm           // "": the provider's default on a new pool
	Session      *SessionPersistence // nil: leave; a zero value removes it
	TLS          *PoolTLS            // to the members; nil: leave
	AdminStateUp *bool
	Tags         []string
	Members      []member.Spec // exact, unless ExternalMembers
	Monitor      *monitor.Spec // nil: none

	// ExternalMembers leaves membership to someone else, a member.Batcher for
	// one: Members seeds a new pool and is not looked at afterwards.
	ExternalMembers bool
}

// SessionPersistence pins a client to a member.
type SessionPersistence struct {
	Type        string // "SOURCE_IP", "HTTP_COOKIE", "APP_COOKIE"; "": none
	CookieName  string // APP_COOKIE only, and needed there
	Timeout     int    // seconds, UDP and SCTP pools only; 0: Octavia's default
	Granularity string // netmask, UDP and SCTP pools only
}

// PoolTLS is how a pool speaks TLS to its members.
type PoolTLS struct {
	Enabled         bool
	ContainerRef    string // client certificate
	CAContainerRef  string
	CRLContainerRef string
	Ciphers         string
	Versions        []string
	ALPN            []string
}

// Listener accepts traffic on a port.
type Listener struct {
	Name          string
	Description   *string
	Protocol      Protocol // cannot be changed in place
	Port          uint16   // cannot be changed in place
	Pool          string   // name of the default pool; "": none
	Policies      []Policy // exact, evaluated in this order
	ConnLimit     *int     // connections; new(-1): unlimited
	Timeouts      Timeouts
	InsertHeaders map[string]string // nil: leave; empty: none
	AllowedCIDRs  []netip.Prefix    // API 2.12; nil: leave; empty: everybody
	TLS           *TLS              // TERMINATED_HTTPS only
	AdminStateUp  *bool
	Tags          []string
}

// Timeouts of a listener, in whole milliseconds; nil: leave.
type Timeouts struct {
	ClientData    *time.Duration
	MemberConnect *time.Duration
	MemberData    *time.Duration
	TCPInspect    *time.Duration
}

// TLS is how a TERMINATED_HTTPS listener speaks TLS to clients. Fields left empty
// are left alone.
type TLS struct {
	ContainerRef         string // default certificate
	SNIContainerRefs     []string
	ClientAuthentication string // "NONE", "OPTIONAL", "MANDATORY"
	ClientCAContainerRef string
	ClientCRLRef         string
	Ciphers              string
	Versions             []string
	ALPN                 []string
	HSTSMaxAge           *int // seconds; API 2.27
	HSTSSubdomains       *bool
	HSTSPreload          *bool
}

// Policy is an L7 policy: what happens to requests that match all of its rules.
type Policy struct {
	Name             string
	Description      *string
	Action           PolicyAction
	RedirectPool     string // REDIRECT_TO_POOL: name of the pool
	RedirectURL      string // REDIRECT_TO_URL
	RedirectPrefix   string // REDIRECT_PREFIX
	RedirectHTTPCode int    // 301, 302, 303, 307 or 308; 0: leave
	Rules            []Rule // exact
	AdminStateUp     *bool
	Tags             []string
}

// Rule is one condition of a policy.
type Rule struct {
	Type         RuleType
	CompareType  CompareType
	Key          string // HEADER, COOKIE and SSL_DN_FIELD only
	Value        string
	Invert       bool
	AdminStateUp *bool
	Tags         []string
}
