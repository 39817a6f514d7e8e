// SPDX-License-Identifier: Apache-2.0

package lb

// Protocol of a listener or pool, as the API spells it. PROXY and PROXYV2 are for
// pools only; TERMINATED_HTTPS and PROMETHEUS for listeners only.
type Protocol string

// The protocols that Octavia knows.
const (
	TCP             Protocol = "TCP"
	UDP             Protocol = "UDP"
	SCTP            Protocol = "SCTP"
	HTTP            Protocol = "HTTP"
	HTTPS           Protocol = "HTTPS"
	TerminatedHTTPS Protocol = "TERMINATED_HTTPS"
	Prometheus      Protocol = "PROMETHEUS"
	PROXY           Protocol = "PROXY"
	PROXYV2         Protocol = "PROXYV2"
)

// Algorithm is how a pool chooses a member.
type Algorithm string

// The algorithms that Octavia knows.
const (
	RoundRobin       Algorithm = "ROUND_ROBIN"
	LeastConnections Algorithm = "LEAST_CONNECTIONS"
	SourceIP         Algorithm = "SOURCE_IP"
	SourceIPPort     Algorithm = "SOURCE_IP_PORT"
)

// PolicyAction is what an L7 policy does.
type PolicyAction string

// The actions that Octavia knows.
const (
	Reject         PolicyAction = "REJECT"
	RedirectToPool PolicyAction = "REDIRECT_TO_POOL"
	RedirectToURL  PolicyAction = "REDIRECT_TO_URL"
	RedirectPrefix PolicyAction = "REDIRECT_PREFIX"
)

// RuleType is what an L7 rule looks at.
type RuleType string

// The rule types that Octavia knows.
const (
	HostName        RuleType = "HOST_NAME"
	Path            RuleType = "PATH"
	FileType        RuleType = "FILE_TYPE"
	Header          RuleType = "HEADER"
	Cookie          RuleType = "COOKIE"
	SSLConnHasCert  RuleType = "SSL_CONN_HAS_CERT"
	SSLVerifyResult RuleType = "SSL_VERIFY_RESULT"
	SSLDNField      RuleType = "SSL_DN_FIELD"
)

// CompareType is how an L7 rule compares.
type CompareType string

// The comparisons that Octavia knows.
const (
	EqualTo    CompareType = "EQUAL_TO"
	StartsWith CompareType = "STARTS_WITH"
	EndsWith   CompareType = "ENDS_WITH"
	Contains   CompareType = "CONTAINS"
	Regex      CompareType = "REGEX"
)

// poolProtocols says which pool protocols a listener protocol may use
// (octavia/common/constants.py, VALID_LISTENER_POOL_PROTOCOL_MAP).
func poolProtocols(listener Protocol) []Protocol {
	switch listener {
	case TCP:
		return []Protocol{HTTP, HTTPS, PROXY, PROXYV2, TCP}
	case HTTP, TerminatedHTTPS:
		return []Protocol{HTTP, PROXY, PROXYV2}
	case HTTPS:
		return []Protocol{HTTPS, PROXY, PROXYV2, TCP}
	case UDP:
		return []Protocol{UDP}
	case SCTP:
		return []Protocol{SCTP}
	case Prometheus, PROXY, PROXYV2:
		return nil
	}
	return nil
}

// transport is the layer 4 protocol on which a listener holds its port: two
// listeners conflict when both transport and port are equal.
func transport(p Protocol) string {
	switch p {
	case UDP, SCTP:
		return string(p)
	case TCP, HTTP, HTTPS, TerminatedHTTPS, Prometheus, PROXY, PROXYV2:
		return "TCP"
	}
	return "TCP"
}
