// SPDX-License-Identifier: Apache-2.0

package lb

// A row is one field of an Octavia object: how to read the wish for it from the
// Spec, and what a difference means. Request bodies, diffs and plans read the
// tables below and nothing else, so to add a field is to add a row.
type row[T any] struct {
	name string // as the API spells it
	// get returns the wish as a JSON value, a ref, or nil to clear; false leaves the field alone.
	get func(T) (want any, ok bool)
	// fixed marks a field that Octavia cannot change in place.
	fixed bool
	// set marks a list whose order means nothing.
	set bool
	// createOnly marks a field that is identity: an existing object was found by it.
	createOnly bool
	// eq compares what is there with the wish, where plain equality is wrong.
	eq func(have, want any) bool
}

// lbWish is a Spec with the tags that the load balancer shall end with.
type lbWish struct {
	Spec
	tags []string
}

func loadBalancerRows() []row[lbWish] {
	return []row[lbWish]{
		{name: "name", get: func(s lbWish) (any, bool) { return text(s.Name) }, createOnly: true},
		{name: "description", get: func(s lbWish) (any, bool) { return value(s.Description) }},
		{name: "admin_state_up", get: func(s lbWish) (any, bool) { return value(s.AdminStateUp) }},
		{name: "provider", fixed: true, eq: sameProvider, get: func(s lbWish) (any, bool) { return text(string(s.Provider)) }},
		{name: "flavor_id", fixed: true, get: func(s lbWish) (any, bool) { return text(s.Flavor) }},
		{name: "availability_zone", fixed: true, get: func(s lbWish) (any, bool) { return text(s.AvailabilityZone) }},
		{name: "vip_subnet_id", fixed: true, get: func(s lbWish) (any, bool) { return text(s.VIP.SubnetID) }},
		{name: "vip_network_id", fixed: true, get: func(s lbWish) (any, bool) { return text(s.VIP.NetworkID) }},
		{name: "vip_port_id", fixed: true, get: func(s lbWish) (any, bool) { return text(s.VIP.PortID) }},
		{name: "vip_address", fixed: true, get: func(s lbWish) (any, bool) { return address(s.VIP.Address) }},
		{name: "vip_qos_policy_id", get: func(s lbWish) (any, bool) { return idOrNone(s.VIP.QoSPolicyID) }},
		{name: "vip_sg_ids", set: true, get: func(s lbWish) (any, bool) { return list(s.VIP.SecurityGroupIDs) }},
		{name: "additional_vips", fixed: true, eq: sameSubnets, get: func(s lbWish) (any, bool) { return additional(s.VIP.Additional) }},
		{name: "tags", set: true, get: func(s lbWish) (any, bool) { return list(s.tags) }},
	}
}

func poolRows() []row[Pool] {
	return []row[Pool]{
		{name: "name", get: func(p Pool) (any, bool) { return text(p.Name) }, createOnly: true},
		{name: "description", get: func(p Pool) (any, bool) { return value(p.Description) }},
		{name: "protocol", fixed: true, get: func(p Pool) (any, bool) { return text(string(p.Protocol)) }},
		{name: "lb_algorithm", get: func(p Pool) (any, bool) { return text(string(p.Algorithm)) }},
		{name: "session_persistence", eq: includes, get: func(p Pool) (any, bool) { return session(p.Session) }},
		{name: "tls_enabled", get: func(p Pool) (any, bool) { return poolTLS(p, func(t *PoolTLS) (any, bool) { return t.Enabled, true }) }},
		{name: "tls_container_ref", get: func(p Pool) (any, bool) {
			return poolTLS(p, func(t *PoolTLS) (any, bool) { return text(t.ContainerRef) })
		}},
		{name: "ca_tls_container_ref", get: func(p Pool) (any, bool) {
			return poolTLS(p, func(t *PoolTLS) (any, bool) { return text(t.CAContainerRef) })
		}},
		{name: "crl_container_ref", get: func(p Pool) (any, bool) {
			return poolTLS(p, func(t *PoolTLS) (any, bool) { return text(t.CRLContainerRef) })
		}},
		{name: "tls_ciphers", get: func(p Pool) (any, bool) { return poolTLS(p, func(t *PoolTLS) (any, bool) { return text(t.Ciphers) }) }},
		{name: "tls_versions", set: true, get: func(p Pool) (any, bool) { return poolTLS(p, func(t *PoolTLS) (any, bool) { return list(t.Versions) }) }},
		{name: "alpn_protocols", get: func(p Pool) (any, bool) { return poolTLS(p, func(t *PoolTLS) (any, bool) { return list(t.ALPN) }) }},
		{name: "admin_state_up", get: func(p Pool) (any, bool) { return value(p.AdminStateUp) }},
		{name: "tags", set: true, get: func(p Pool) (any, bool) { return list(p.Tags) }},
	}
}

func listenerRows() []row[Listener] {
	return []row[Listener]{
		{name: "name", get: func(l Listener) (any, bool) { return text(l.Name) }, createOnly: true},
		{name: "description", get: func(l Listener) (any, bool) { return value(l.Description) }},
		{name: "protocol", fixed: true, get: func(l Listener) (any, bool) { return text(string(l.Protocol)) }},
		{name: "protocol_port", fixed: true, get: func(l Listener) (any, bool) { return int(l.Port), true }},
		{name: "default_pool_id", get: func(l Listener) (any, bool) { return poolRef(l.Pool), true }},
		{name: "connection_limit", get: func(l Listener) (any, bool) { return value(l.ConnLimit) }},
		{name: "timeout_client_data", get: func(l Listener) (any, bool) { return millis(l.Timeouts.ClientData) }},
		{name: "timeout_member_connect", get: func(l Listener) (any, bool) { return millis(l.Timeouts.MemberConnect) }},
		{name: "timeout_member_data", get: func(l Listener) (any, bool) { return millis(l.Timeouts.MemberData) }},
		{name: "timeout_tcp_inspect", get: func(l Listener) (any, bool) { return millis(l.Timeouts.TCPInspect) }},
		{name: "insert_headers", get: func(l Listener) (any, bool) { return headers(l.InsertHeaders) }},
		{name: "allowed_cidrs", set: true, get: func(l Listener) (any, bool) { return prefixes(l.AllowedCIDRs) }},
		{name: "default_tls_container_ref", get: func(l Listener) (any, bool) { return tls(l, func(t *TLS) (any, bool) { return text(t.ContainerRef) }) }},
		{name: "sni_container_refs", set: true, get: func(l Listener) (any, bool) {
			return tls(l, func(t *TLS) (any, bool) { return list(t.SNIContainerRefs) })
		}},
		{name: "client_authentication", get: func(l Listener) (any, bool) {
			return tls(l, func(t *TLS) (any, bool) { return text(t.ClientAuthentication) })
		}},
		{name: "client_ca_tls_container_ref", get: func(l Listener) (any, bool) {
			return tls(l, func(t *TLS) (any, bool) { return text(t.ClientCAContainerRef) })
		}},
		{name: "client_crl_container_ref", get: func(l Listener) (any, bool) { return tls(l, func(t *TLS) (any, bool) { return text(t.ClientCRLRef) }) }},
		{name: "tls_ciphers", get: func(l Listener) (any, bool) { return tls(l, func(t *TLS) (any, bool) { return text(t.Ciphers) }) }},
		{name: "tls_versions", set: true, get: func(l Listener) (any, bool) { return tls(l, func(t *TLS) (any, bool) { return list(t.Versions) }) }},
		{name: "alpn_protocols", get: func(l Listener) (any, bool) { return tls(l, func(t *TLS) (any, bool) { return list(t.ALPN) }) }},
		{name: "hsts_max_age", get: func(l Listener) (any, bool) { return tls(l, func(t *TLS) (any, bool) { return value(t.HSTSMaxAge) }) }},
		{name: "hsts_include_subdomains", get: func(l Listener) (any, bool) {
			return tls(l, func(t *TLS) (any, bool) { return value(t.HSTSSubdomains) })
		}},
		{name: "hsts_preload", get: func(l Listener) (any, bool) { return tls(l, func(t *TLS) (any, bool) { return value(t.HSTSPreload) }) }},
		{name: "admin_state_up", get: func(l Listener) (any, bool) { return value(l.AdminStateUp) }},
		{name: "tags", set: true, get: func(l Listener) (any, bool) { return list(l.Tags) }},
	}
}

// policyWish is a policy with its place among its listener's.
type policyWish struct {
	Policy
	position int
}

func policyRows() []row[policyWish] {
	return []row[policyWish]{
		{name: "name", get: func(p policyWish) (any, bool) { return text(p.Name) }, createOnly: true},
		{name: "description", get: func(p policyWish) (any, bool) { return value(p.Description) }},
		{name: "action", get: func(p policyWish) (any, bool) { return text(string(p.Action)) }},
		{name: "redirect_pool_id", get: func(p policyWish) (any, bool) { return poolRef(p.RedirectPool), p.RedirectPool != "" }},
		{name: "redirect_url", get: func(p policyWish) (any, bool) { return text(p.RedirectURL) }},
		{name: "redirect_prefix", get: func(p policyWish) (any, bool) { return text(p.RedirectPrefix) }},
		{name: "redirect_http_code", get: func(p policyWish) (any, bool) { return p.RedirectHTTPCode, p.RedirectHTTPCode != 0 }},
		{name: "position", get: func(p policyWish) (any, bool) { return p.position, true }},
		{name: "admin_state_up", get: func(p policyWish) (any, bool) { return value(p.AdminStateUp) }},
		{name: "tags", set: true, get: func(p policyWish) (any, bool) { return list(p.Tags) }},
	}
}

func ruleRows() []row[Rule] {
	return []row[Rule]{
		{name: "type", get: func(r Rule) (any, bool) { return text(string(r.Type)) }},
		{name: "compare_type", get: func(r Rule) (any, bool) { return text(string(r.CompareType)) }},
		{name: "key", get: func(r Rule) (any, bool) { return text(r.Key) }},
		{name: "value", get: func(r Rule) (any, bool) { return text(r.Value) }},
		{name: "invert", get: func(r Rule) (any, bool) { return r.Invert, true }},
		{name: "admin_state_up", get: func(r Rule) (any, bool) { return value(r.AdminStateUp) }},
		{name: "tags", set: true, get: func(r Rule) (any, bool) { return list(r.Tags) }},
	}
}
