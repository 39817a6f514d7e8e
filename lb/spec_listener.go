// SPDX-License-Identifier: Apache-2.0

package lb

import (
	"net/netip"
	"time"
)

// Listener accepts traffic on a port.
type Listener struct {
	// Name identifies the listener within the load balancer. Another name on a port
	// with a listener of that protocol is a new name for that listener.
	Name string `json:"name"`
	// Description is for people, at most 255 characters; "" clears it.
	Description *string `json:"description,omitzero"`
	// Protocol from the clients. It cannot be changed in place.
	Protocol Protocol `json:"protocol"`
	// Port is 1 to 65535. TCP, HTTP, HTTPS, TERMINATED_HTTPS and PROMETHEUS share
	// one range of ports, UDP and SCTP have their own. It cannot be changed in place.
	Port uint16 `json:"port"`
	// Pool is the name of the default pool; absent: none.
	Pool string `json:"pool,omitzero"`
	// Policies are exact, and evaluated in this order, before the default pool.
	Policies []Policy `json:"policies,omitzero"`
	// ConnLimit is how many connections it serves at once; -1: unlimited.
	ConnLimit *int `json:"connLimit,omitzero"`
	// Timeouts of connections.
	Timeouts Timeouts `json:"timeouts,omitzero"`
	// InsertHeaders adds headers to requests, by name: "true" for most; empty: none.
	InsertHeaders map[string]string `json:"insertHeaders,omitzero"`
	// AllowedCIDRs are the networks that clients may come from; empty: everybody.
	AllowedCIDRs []netip.Prefix `json:"allowedCIDRs,omitzero"`
	// TLS is for TERMINATED_HTTPS, which needs it.
	TLS *TLS `json:"tls,omitzero"`
	// AdminStateUp false takes the listener out of service.
	AdminStateUp *bool `json:"adminStateUp,omitzero"`
	// Tags of the listener are exact; empty: none.
	Tags []string `json:"tags,omitzero"`
}

// Timeouts of a listener, in whole milliseconds up to 24 days.
type Timeouts struct {
	// ClientData is how long a client may be silent; Octavia's default is 50s.
	ClientData *time.Duration `json:"clientData,omitzero"`
	// MemberConnect is how long connecting to a member may take; Octavia's default is 5s.
	MemberConnect *time.Duration `json:"memberConnect,omitzero"`
	// MemberData is how long a member may be silent; Octavia's default is 50s.
	MemberData *time.Duration `json:"memberData,omitzero"`
	// TCPInspect is how long to wait for more packets to look at; Octavia's default
	// is 0s.
	TCPInspect *time.Duration `json:"tcpInspect,omitzero"`
}

// TLS is how a TERMINATED_HTTPS listener speaks TLS to clients. ContainerRef or
// SNIContainerRefs are needed.
type TLS struct {
	// ContainerRef is the default certificate, a Barbican reference; "" clears it, where
	// SNIContainerRefs are enough.
	ContainerRef *string `json:"containerRef,omitzero"`
	// SNIContainerRefs are certificates for further names; empty: none.
	SNIContainerRefs []string `json:"sniContainerRefs,omitzero"`
	// ClientAuthentication is NONE, OPTIONAL or MANDATORY.
	ClientAuthentication string `json:"clientAuthentication,omitzero"`
	// ClientCAContainerRef is the CA that clients' certificates are verified with; "" clears it.
	ClientCAContainerRef *string `json:"clientCAContainerRef,omitzero"`
	// ClientCRLRef is that CA's revocation list; "" clears it.
	ClientCRLRef *string `json:"clientCRLRef,omitzero"`
	// Ciphers in OpenSSL's notation.
	Ciphers string `json:"ciphers,omitzero"`
	// Versions are some of SSLv3, TLSv1, TLSv1.1, TLSv1.2 and TLSv1.3.
	Versions []string `json:"versions,omitzero"`
	// ALPN are some of h2, http/1.1 and http/1.0.
	ALPN []string `json:"alpn,omitzero"`
	// HSTSMaxAge tells browsers how many seconds to insist on HTTPS.
	HSTSMaxAge *int `json:"hstsMaxAge,omitzero"`
	// HSTSSubdomains includes subdomains; it needs HSTSMaxAge.
	HSTSSubdomains *bool `json:"hstsSubdomains,omitzero"`
	// HSTSPreload lets browsers' makers list the site; it needs HSTSMaxAge.
	HSTSPreload *bool `json:"hstsPreload,omitzero"`
}

// Policy is an L7 policy: what happens to requests that match all of its rules.
type Policy struct {
	// Name identifies the policy within its listener.
	Name string `json:"name"`
	// Description is for people, at most 255 characters; "" clears it.
	Description *string `json:"description,omitzero"`
	// Action is what happens.
	Action PolicyAction `json:"action"`
	// RedirectPool is the name of the pool, for REDIRECT_TO_POOL.
	RedirectPool string `json:"redirectPool,omitzero"`
	// RedirectURL is for REDIRECT_TO_URL.
	RedirectURL string `json:"redirectURL,omitzero"`
	// RedirectPrefix is put before the path, for REDIRECT_PREFIX.
	RedirectPrefix string `json:"redirectPrefix,omitzero"`
	// RedirectHTTPCode is 301, 302, 303, 307 or 308, for the last two; absent or 0,
	// on a new policy: 302.
	RedirectHTTPCode int `json:"redirectHTTPCode,omitzero"`
	// Rules are exact, at most 50. All must match; a policy without rules never does.
	Rules []Rule `json:"rules,omitzero"`
	// AdminStateUp false takes the policy out of service.
	AdminStateUp *bool `json:"adminStateUp,omitzero"`
	// Tags of the policy are exact; empty: none.
	Tags []string `json:"tags,omitzero"`
}

// Rule is one condition of a policy.
type Rule struct {
	// Type is what is looked at.
	Type RuleType `json:"type"`
	// CompareType is how it is compared.
	CompareType CompareType `json:"compareType"`
	// Key is the name of the header, cookie or field, for HEADER, COOKIE and
	// SSL_DN_FIELD.
	Key string `json:"key,omitzero"`
	// Value is compared with: text, or a regular expression of Python's for REGEX.
	Value string `json:"value"`
	// Invert matches what does not compare; absent is false here.
	Invert bool `json:"invert,omitzero"`
	// AdminStateUp false takes the rule out of service.
	AdminStateUp *bool `json:"adminStateUp,omitzero"`
	// Tags of the rule are exact; empty: none.
	Tags []string `json:"tags,omitzero"`
}
