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
	Name             string           `json:"name"`                      // identity of the load balancer among its owner's
	Description      *string          `json:"description,omitzero"`      // nil: leave
	Provider         provider.Name    `json:"provider,omitzero"`         // "": the cloud's default; cannot be changed later
	VIP              VIP              `json:"vip"`                       // cannot be changed later, but for QoS policy and security groups
	Flavor           string           `json:"flavor,omitzero"`           // ID or name; "": none; cannot be changed later
	AvailabilityZone string           `json:"availabilityZone,omitzero"` // "": none; cannot be changed later
	AdminStateUp     *bool            `json:"adminStateUp,omitzero"`     // nil: leave
	Tags             []string         `json:"tags,omitzero"`             // nil: leave; otherwise exact, marks of owners excepted
	Pools            []Pool           `json:"pools,omitzero"`            // exact
	Listeners        []Listener       `json:"listeners,omitzero"`        // exact
	FloatingIP       *floatingip.Spec `json:"floatingIP,omitzero"`       // nil: none, and one of ours is released
}

// VIP places the load balancer's own address. One of SubnetID, NetworkID and
// PortID is needed.
type VIP struct {
	SubnetID         string          `json:"subnetID,omitzero"`
	NetworkID        string          `json:"networkID,omitzero"`
	PortID           string          `json:"portID,omitzero"`           // a port of the caller's; it survives the load balancer
	Address          netip.Addr      `json:"address,omitzero"`          // zero: any
	QoSPolicyID      *string         `json:"qosPolicyID,omitzero"`      // nil: leave; new("") clears
	SecurityGroupIDs []string        `json:"securityGroupIDs,omitzero"` // API 2.29; nil: leave; empty: none
	Additional       []AdditionalVIP `json:"additional,omitzero"`       // API 2.26
}

// AdditionalVIP is a further address on the VIP's network, for dual stack.
type AdditionalVIP struct {
	SubnetID string     `json:"subnetID"`
	Address  netip.Addr `json:"address,omitzero"` // zero: any
}

// Pool is a set of members behind one algorithm.
type Pool struct {
	Name           string              `json:"name"`
	Description    *string             `json:"description,omitzero"`
	Protocol       Protocol            `json:"protocol"`           // cannot be changed in place
	Algorithm      Algorithm           `json:"algorithm,omitzero"` // "": the provider's default on a new pool
	Session        *SessionPersistence `json:"session,omitzero"`   // nil: leave; a zero value removes it
	TLS            *PoolTLS            `json:"tls,omitzero"`       // to the members; nil: leave
	AdminStateUp   *bool               `json:"adminStateUp,omitzero"`
	Tags           []string            `json:"tags,omitzero"`
	MemberSubnetID string              `json:"memberSubnetID,omitzero"` // of members that name none
	Members        []member.Spec       `json:"members,omitzero"`        // exact, unless ExternalMembers
	Monitor        *monitor.Spec       `json:"monitor,omitzero"`        // nil: none

	// ExternalMembers leaves membership to someone else, a member.Batcher for
	// one: Members seeds a new pool and is not looked at afterwards.
	ExternalMembers bool `json:"externalMembers,omitzero"`
}

// SessionPersistence pins a client to a member.
type SessionPersistence struct {
	Type        string `json:"type,omitzero"`        // "SOURCE_IP", "HTTP_COOKIE", "APP_COOKIE"; "": none
	CookieName  string `json:"cookieName,omitzero"`  // APP_COOKIE only, and needed there
	Timeout     int    `json:"timeout,omitzero"`     // seconds, UDP and SCTP pools only; 0: Octavia's default
	Granularity string `json:"granularity,omitzero"` // netmask, UDP and SCTP pools only
}

// PoolTLS is how a pool speaks TLS to its members.
type PoolTLS struct {
	Enabled         bool     `json:"enabled,omitzero"`
	ContainerRef    string   `json:"containerRef,omitzero"` // client certificate
	CAContainerRef  string   `json:"caContainerRef,omitzero"`
	CRLContainerRef string   `json:"crlContainerRef,omitzero"`
	Ciphers         string   `json:"ciphers,omitzero"`
	Versions        []string `json:"versions,omitzero"`
	ALPN            []string `json:"alpn,omitzero"`
}

// Listener accepts traffic on a port.
type Listener struct {
	Name          string            `json:"name"`
	Description   *string           `json:"description,omitzero"`
	Protocol      Protocol          `json:"protocol"`           // cannot be changed in place
	Port          uint16            `json:"port"`               // cannot be changed in place
	Pool          string            `json:"pool,omitzero"`      // name of the default pool; "": none
	Policies      []Policy          `json:"policies,omitzero"`  // exact, evaluated in this order
	ConnLimit     *int              `json:"connLimit,omitzero"` // connections; new(-1): unlimited
	Timeouts      Timeouts          `json:"timeouts,omitzero"`
	InsertHeaders map[string]string `json:"insertHeaders,omitzero"` // nil: leave; empty: none
	AllowedCIDRs  []netip.Prefix    `json:"allowedCIDRs,omitzero"`  // API 2.12; nil: leave; empty: everybody
	TLS           *TLS              `json:"tls,omitzero"`           // TERMINATED_HTTPS only
	AdminStateUp  *bool             `json:"adminStateUp,omitzero"`
	Tags          []string          `json:"tags,omitzero"`
}

// Timeouts of a listener, in whole milliseconds; nil: leave.
type Timeouts struct {
	ClientData    *time.Duration `json:"clientData,omitzero"`
	MemberConnect *time.Duration `json:"memberConnect,omitzero"`
	MemberData    *time.Duration `json:"memberData,omitzero"`
	TCPInspect    *time.Duration `json:"tcpInspect,omitzero"`
}

// TLS is how a TERMINATED_HTTPS listener speaks TLS to clients. Fields left empty
// are left alone.
type TLS struct {
	ContainerRef         string   `json:"containerRef,omitzero"` // default certificate
	SNIContainerRefs     []string `json:"sniContainerRefs,omitzero"`
	ClientAuthentication string   `json:"clientAuthentication,omitzero"` // "NONE", "OPTIONAL", "MANDATORY"
	ClientCAContainerRef string   `json:"clientCAContainerRef,omitzero"`
	ClientCRLRef         string   `json:"clientCRLRef,omitzero"`
	Ciphers              string   `json:"ciphers,omitzero"`
	Versions             []string `json:"versions,omitzero"`
	ALPN                 []string `json:"alpn,omitzero"`
	HSTSMaxAge           *int     `json:"hstsMaxAge,omitzero"` // seconds; API 2.27
	HSTSSubdomains       *bool    `json:"hstsSubdomains,omitzero"`
	HSTSPreload          *bool    `json:"hstsPreload,omitzero"`
}

// Policy is an L7 policy: what happens to requests that match all of its rules.
type Policy struct {
	Name             string       `json:"name"`
	Description      *string      `json:"description,omitzero"`
	Action           PolicyAction `json:"action"`
	RedirectPool     string       `json:"redirectPool,omitzero"`     // REDIRECT_TO_POOL: name of the pool
	RedirectURL      string       `json:"redirectURL,omitzero"`      // REDIRECT_TO_URL
	RedirectPrefix   string       `json:"redirectPrefix,omitzero"`   // REDIRECT_PREFIX
	RedirectHTTPCode int          `json:"redirectHTTPCode,omitzero"` // 301, 302, 303, 307 or 308; 0: leave
	Rules            []Rule       `json:"rules,omitzero"`            // exact
	AdminStateUp     *bool        `json:"adminStateUp,omitzero"`
	Tags             []string     `json:"tags,omitzero"`
}

// Rule is one condition of a policy.
type Rule struct {
	Type         RuleType    `json:"type"`
	CompareType  CompareType `json:"compareType"`
	Key          string      `json:"key,omitzero"` // HEADER, COOKIE and SSL_DN_FIELD only
	Value        string      `json:"value"`
	Invert       bool        `json:"invert,omitzero"`
	AdminStateUp *bool       `json:"adminStateUp,omitzero"`
	Tags         []string    `json:"tags,omitzero"`
}
