// SPDX-License-Identifier: Apache-2.0

package lb

import "cmp"

// An Effect is what a difference in a field means.
type Effect string

// The effects of differences. Where a Spec leaves a field out there is no difference:
// a new object gets the server's default, and what an existing one has stays.
const (
	Updates    Effect = "update"   // changed in place
	Moves      Effect = "move"     // changed in place, and traffic goes elsewhere
	Replaces   Effect = "replace"  // the object is made anew, beside the old one where that is possible
	Identifies Effect = "identity" // another value is another object
	Chooses    Effect = "choice"   // matters when the object is made or goes; no difference afterwards
)

// A row is one field of an Octavia object: how to read the wish for it from the
// Spec, and what a difference means. Request bodies, diffs, plans and docs/fields.md
// read the tables below and nothing else, so to add a field is to add a row.
type row[T any] struct {
	name string // as the API spells it
	spec string // as a written Spec spells it, below the object
	// change is what a difference means [Updates].
	change Effect
	// absent is what a new object gets where the Spec says nothing; "": the Spec must say it.
	absent string
	// get returns the wish as a JSON value, a ref, or nil to clear; false leaves the field alone.
	get func(T) (want any, ok bool)
	// set marks a list whose order means nothing.
	set bool
	// eq compares what is there with the wish, where plain equality is wrong.
	eq func(have, want any) bool
}

func (r row[T]) effect() Effect { return cmp.Or(r.change, Updates) }

// lbWish is a Spec with the tags that the load balancer shall end with.
type lbWish struct {
	Spec
	tags []string
}

func loadBalancerRows() []row[lbWish] {
	return []row[lbWish]{
		{name: "name", spec: "name", change: Identifies, get: func(s lbWish) (any, bool) { return text(s.Name) }},
		{name: "description", spec: "description", absent: "empty", get: func(s lbWish) (any, bool) { return value(s.Description) }},
		{name: "admin_state_up", spec: "adminStateUp", absent: "true", get: func(s lbWish) (any, bool) { return value(s.AdminStateUp) }},
		{name: "provider", spec: "provider", change: Replaces, absent: "the cloud's default provider", eq: sameProvider, get: func(s lbWish) (any, bool) { return text(string(s.Provider)) }},
		{name: "flavor_id", spec: "flavor", change: Replaces, absent: "the cloud's default flavor, or none", get: func(s lbWish) (any, bool) { return text(s.Flavor) }},
		{name: "availability_zone", spec: "availabilityZone", change: Replaces, absent: "the cloud's default zone", get: func(s lbWish) (any, bool) { return text(s.AvailabilityZone) }},
		{name: "vip_subnet_id", spec: "vip.subnetID", change: Replaces, absent: "a subnet of the network, Octavia's choice", get: func(s lbWish) (any, bool) { return text(s.VIP.SubnetID) }},
		{name: "vip_network_id", spec: "vip.networkID", change: Replaces, absent: "the subnet's or the port's", get: func(s lbWish) (any, bool) { return text(s.VIP.NetworkID) }},
		{name: "vip_port_id", spec: "vip.portID", change: Replaces, absent: "a port that Octavia makes", get: func(s lbWish) (any, bool) { return text(s.VIP.PortID) }},
		{name: "vip_address", spec: "vip.address", change: Replaces, absent: "any free address of the subnet", get: func(s lbWish) (any, bool) { return address(s.VIP.Address) }},
		{name: "vip_qos_policy_id", spec: "vip.qosPolicyID", absent: "none", get: func(s lbWish) (any, bool) { return idOrNone(s.VIP.QoSPolicyID) }},
		{name: "vip_sg_ids", spec: "vip.securityGroupIDs", absent: "none", set: true, get: func(s lbWish) (any, bool) { return list(s.VIP.SecurityGroupIDs) }},
		{name: "additional_vips", spec: "vip.additional", change: Replaces, absent: "none", eq: sameVIPs, get: func(s lbWish) (any, bool) { return additional(s.VIP.Additional) }},
		{name: "tags", spec: "tags", absent: "the marks of owners alone", set: true, get: func(s lbWish) (any, bool) { return list(s.tags) }},
	}
}

func poolRows() []row[Pool] {
	return []row[Pool]{
		{name: "name", spec: "name", change: Identifies, get: func(p Pool) (any, bool) { return text(p.Name) }},
		{name: "description", spec: "description", absent: "empty", get: func(p Pool) (any, bool) { return value(p.Description) }},
		{name: "protocol", spec: "protocol", change: Replaces, get: func(p Pool) (any, bool) { return text(string(p.Protocol)) }},
		{name: "lb_algorithm", spec: "algorithm", absent: "ROUND_ROBIN on amphora, SOURCE_IP_PORT on ovn", get: func(p Pool) (any, bool) { return text(string(p.Algorithm)) }},
		{name: "session_persistence", spec: "session", absent: "none", eq: includes, get: func(p Pool) (any, bool) { return session(p.Session) }},
		{name: "tls_enabled", spec: "tls.enabled", absent: "false", get: func(p Pool) (any, bool) { return poolTLS(p, func(t *PoolTLS) (any, bool) { return t.Enabled, true }) }},
		{name: "tls_container_ref", spec: "tls.containerRef", absent: "none", get: func(p Pool) (any, bool) {
			return poolTLS(p, func(t *PoolTLS) (any, bool) { return idOrNone(t.ContainerRef) })
		}},
		{name: "ca_tls_container_ref", spec: "tls.caContainerRef", absent: "none", get: func(p Pool) (any, bool) {
			return poolTLS(p, func(t *PoolTLS) (any, bool) { return idOrNone(t.CAContainerRef) })
		}},
		{name: "crl_container_ref", spec: "tls.crlContainerRef", absent: "none", get: func(p Pool) (any, bool) {
			return poolTLS(p, func(t *PoolTLS) (any, bool) { return idOrNone(t.CRLContainerRef) })
		}},
		{name: "tls_ciphers", spec: "tls.ciphers", absent: "the operator's default", get: func(p Pool) (any, bool) { return poolTLS(p, func(t *PoolTLS) (any, bool) { return text(t.Ciphers) }) }},
		{name: "tls_versions", spec: "tls.versions", absent: "the operator's default", set: true, get: func(p Pool) (any, bool) { return poolTLS(p, func(t *PoolTLS) (any, bool) { return list(t.Versions) }) }},
		{name: "alpn_protocols", spec: "tls.alpn", absent: "the operator's default", get: func(p Pool) (any, bool) { return poolTLS(p, func(t *PoolTLS) (any, bool) { return list(t.ALPN) }) }},
		{name: "admin_state_up", spec: "adminStateUp", absent: "true", get: func(p Pool) (any, bool) { return value(p.AdminStateUp) }},
		{name: "tags", spec: "tags", absent: "none", set: true, get: func(p Pool) (any, bool) { return list(p.Tags) }},
	}
}

func listenerRows() []row[Listener] {
	return []row[Listener]{
		{name: "name", spec: "name", change: Identifies, get: func(l Listener) (any, bool) { return text(l.Name) }},
		{name: "description", spec: "description", absent: "empty", get: func(l Listener) (any, bool) { return value(l.Description) }},
		{name: "protocol", spec: "protocol", change: Replaces, get: func(l Listener) (any, bool) { return text(string(l.Protocol)) }},
		{name: "protocol_port", spec: "port", change: Replaces, get: func(l Listener) (any, bool) { return int(l.Port), true }},
		{name: "default_pool_id", spec: "pool", change: Moves, absent: "none: absent is enforced, on ovn by making the listener anew if the pool stays", get: func(l Listener) (any, bool) { return poolRef(l.Pool), true }},
		{name: "connection_limit", spec: "connLimit", absent: "-1, unlimited", get: func(l Listener) (any, bool) { return value(l.ConnLimit) }},
		{name: "timeout_client_data", spec: "timeouts.clientData", absent: "50s", get: func(l Listener) (any, bool) { return millis(l.Timeouts.ClientData) }},
		{name: "timeout_member_connect", spec: "timeouts.memberConnect", absent: "5s", get: func(l Listener) (any, bool) { return millis(l.Timeouts.MemberConnect) }},
		{name: "timeout_member_data", spec: "timeouts.memberData", absent: "50s", get: func(l Listener) (any, bool) { return millis(l.Timeouts.MemberData) }},
		{name: "timeout_tcp_inspect", spec: "timeouts.tcpInspect", absent: "0s", get: func(l Listener) (any, bool) { return millis(l.Timeouts.TCPInspect) }},
		{name: "insert_headers", spec: "insertHeaders", absent: "none", get: func(l Listener) (any, bool) { return headers(l.InsertHeaders) }},
		{name: "allowed_cidrs", spec: "allowedCIDRs", absent: "everybody", set: true, get: func(l Listener) (any, bool) { return prefixes(l.AllowedCIDRs) }},
		{name: "default_tls_container_ref", spec: "tls.containerRef", absent: "none", get: func(l Listener) (any, bool) {
			return tls(l, func(t *TLS) (any, bool) { return idOrNone(t.ContainerRef) })
		}},
		{name: "sni_container_refs", spec: "tls.sniContainerRefs", absent: "none", set: true, get: func(l Listener) (any, bool) {
			return tls(l, func(t *TLS) (any, bool) { return list(t.SNIContainerRefs) })
		}},
		{name: "client_authentication", spec: "tls.clientAuthentication", absent: "NONE", get: func(l Listener) (any, bool) {
			return tls(l, func(t *TLS) (any, bool) { return text(t.ClientAuthentication) })
		}},
		{name: "client_ca_tls_container_ref", spec: "tls.clientCAContainerRef", absent: "none", get: func(l Listener) (any, bool) {
			return tls(l, func(t *TLS) (any, bool) { return idOrNone(t.ClientCAContainerRef) })
		}},
		{name: "client_crl_container_ref", spec: "tls.clientCRLRef", absent: "none", get: func(l Listener) (any, bool) {
			return tls(l, func(t *TLS) (any, bool) { return idOrNone(t.ClientCRLRef) })
		}},
		{name: "tls_ciphers", spec: "tls.ciphers", absent: "the operator's default", get: func(l Listener) (any, bool) { return tls(l, func(t *TLS) (any, bool) { return text(t.Ciphers) }) }},
		{name: "tls_versions", spec: "tls.versions", absent: "the operator's default", set: true, get: func(l Listener) (any, bool) { return tls(l, func(t *TLS) (any, bool) { return list(t.Versions) }) }},
		{name: "alpn_protocols", spec: "tls.alpn", absent: "the operator's default", get: func(l Listener) (any, bool) { return tls(l, func(t *TLS) (any, bool) { return list(t.ALPN) }) }},
		{name: "hsts_max_age", spec: "tls.hstsMaxAge", absent: "none", get: func(l Listener) (any, bool) { return tls(l, func(t *TLS) (any, bool) { return value(t.HSTSMaxAge) }) }},
		{name: "hsts_include_subdomains", spec: "tls.hstsSubdomains", absent: "false", get: func(l Listener) (any, bool) {
			return tls(l, func(t *TLS) (any, bool) { return value(t.HSTSSubdomains) })
		}},
		{name: "hsts_preload", spec: "tls.hstsPreload", absent: "false", get: func(l Listener) (any, bool) { return tls(l, func(t *TLS) (any, bool) { return value(t.HSTSPreload) }) }},
		{name: "admin_state_up", spec: "adminStateUp", absent: "true", get: func(l Listener) (any, bool) { return value(l.AdminStateUp) }},
		{name: "tags", spec: "tags", absent: "none", set: true, get: func(l Listener) (any, bool) { return list(l.Tags) }},
	}
}

// policyWish is a policy with its place among its listener's.
type policyWish struct {
	Policy
	position int
}

func policyRows() []row[policyWish] {
	return []row[policyWish]{
		{name: "name", spec: "name", change: Identifies, get: func(p policyWish) (any, bool) { return text(p.Name) }},
		{name: "description", spec: "description", absent: "empty", get: func(p policyWish) (any, bool) { return value(p.Description) }},
		{name: "action", spec: "action", get: func(p policyWish) (any, bool) { return text(string(p.Action)) }},
		{name: "redirect_pool_id", spec: "redirectPool", change: Moves, absent: "none", get: func(p policyWish) (any, bool) { return poolRef(p.RedirectPool), p.RedirectPool != "" }},
		{name: "redirect_url", spec: "redirectURL", absent: "none", get: func(p policyWish) (any, bool) { return text(p.RedirectURL) }},
		{name: "redirect_prefix", spec: "redirectPrefix", absent: "none", get: func(p policyWish) (any, bool) { return text(p.RedirectPrefix) }},
		{name: "redirect_http_code", spec: "redirectHTTPCode", absent: "302", get: func(p policyWish) (any, bool) { return p.RedirectHTTPCode, p.RedirectHTTPCode != 0 }},
		{name: "position", spec: "", change: Moves, get: func(p policyWish) (any, bool) { return p.position, true }},
		{name: "admin_state_up", spec: "adminStateUp", absent: "true", get: func(p policyWish) (any, bool) { return value(p.AdminStateUp) }},
		{name: "tags", spec: "tags", absent: "none", set: true, get: func(p policyWish) (any, bool) { return list(p.Tags) }},
	}
}

func ruleRows() []row[Rule] {
	return []row[Rule]{
		{name: "type", spec: "type", get: func(r Rule) (any, bool) { return text(string(r.Type)) }},
		{name: "compare_type", spec: "compareType", get: func(r Rule) (any, bool) { return text(string(r.CompareType)) }},
		{name: "key", spec: "key", absent: "none", get: func(r Rule) (any, bool) { return text(r.Key) }},
		{name: "value", spec: "value", get: func(r Rule) (any, bool) { return text(r.Value) }},
		{name: "invert", spec: "invert", absent: "false: absent is enforced", get: func(r Rule) (any, bool) { return r.Invert, true }},
		{name: "admin_state_up", spec: "adminStateUp", absent: "true", get: func(r Rule) (any, bool) { return value(r.AdminStateUp) }},
		{name: "tags", spec: "tags", absent: "none", set: true, get: func(r Rule) (any, bool) { return list(r.Tags) }},
	}
}
