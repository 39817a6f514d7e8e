// SPDX-License-Identifier: Apache-2.0

package fake

import (
	"encoding/json"

	"github.com/octaviakit/octaviakit/provider"
)

func lbView() *view[*loadBalancer] {
	type T = *loadBalancer
	return &view[T]{one: "loadbalancer", many: "loadbalancers", links: "loadbalancers_links", word: "Load Balancer", model: "LoadBalancer", fields: []field[T]{
		idField[T](), nameField[T](), descriptionField[T](), provField[T](), operField[T](), stateField[T](), projectField[T](),
		createdField[T](), updatedField[T](),
		{name: "vip_address", renamed: true, get: func(o T) any { return null(o.vip.address) }},
		{name: "vip_port_id", renamed: true, get: func(o T) any { return null(o.vip.port) }},
		{name: "vip_subnet_id", renamed: true, get: func(o T) any { return null(o.vip.subnet) }},
		{name: "vip_network_id", renamed: true, get: func(o T) any { return null(o.network) }},
		{name: "vip_sg_ids", renamed: true, since: 29, link: computed, get: func(o T) any { return o.groups }},
		{name: "additional_vips", since: 26, link: many, get: func(o T) any { return o.moreVIPs() }},
		{name: "listeners", link: many, get: func(o T) any { return refs(o.listeners) }},
		{name: "pools", link: many, get: func(o T) any { return refs(o.pools) }},
		{name: "provider", get: func(o T) any { return o.provider }},
		{name: "flavor_id", since: 6, get: func(o T) any { return null(o.flavor) }},
		{name: "vip_qos_policy_id", renamed: true, get: func(o T) any { return null(o.qos) }},
		tagsField[T](),
		{name: "availability_zone", since: 14, get: func(o T) any { return null(o.zone) }},
		{name: "vip_vnic_type", renamed: true, since: 28, get: func(o T) any { return o.vnic }},
		tenantField[T](),
		enabledField[T](), linked[T]("amphorae", many), linked[T]("vrrp_group", one), linked[T]("vip", ignored),
		{name: "topology", hidden: true, get: func(o T) any { return o.topology }},
	}}
}

func (lb *loadBalancer) moreVIPs() []object {
	out := make([]object, 0, len(lb.additional))
	for _, v := range lb.additional {
		shown := object{{"subnet_id", null(v.subnet)}, {"ip_address", null(v.address)}}
		if lb.driver.asOf() >= provider.Flamingo {
			shown = append(shown, pair{"port_id", null(v.port)})
		}
		out = append(out, shown)
	}
	return out
}

func listenerView() *view[*listener] {
	type T = *listener
	lb := func(o T) any { return o.lb.id }
	return &view[T]{one: "listener", many: "listeners", links: "listeners_links", word: "Listener", model: "Listener", fields: []field[T]{
		idField[T](), nameField[T](), descriptionField[T](), provField[T](), operField[T](), stateField[T](),
		{name: "protocol", get: func(o T) any { return o.protocol }},
		{name: "protocol_port", get: func(o T) any { return o.port }},
		{name: "connection_limit", get: func(o T) any { return o.limit }},
		{name: "default_tls_container_ref", renamed: true, get: func(o T) any { return o.tlsRef.show() }},
		{name: "sni_container_refs", renamed: true, link: many, get: func(o T) any { return o.sniRefs }},
		projectField[T](),
		{name: "default_pool_id", get: func(o T) any { return idOf(o.defaultPool) }},
		{name: "l7policies", link: many, get: func(o T) any { return refs(o.policies) }},
		{name: "insert_headers", kind: decorated, link: pickled, get: func(o T) any { return o.headers }},
		createdField[T](), updatedField[T](),
		{name: "loadbalancers", link: unknown, get: func(o T) any { return []object{ref(o.lb.id)} }},
		{name: "timeout_client_data", since: 1, get: func(o T) any { return o.clientData }},
		{name: "timeout_member_connect", since: 1, get: func(o T) any { return o.connect }},
		{name: "timeout_member_data", since: 1, get: func(o T) any { return o.memberData }},
		{name: "timeout_tcp_inspect", since: 1, get: func(o T) any { return o.inspect }},
		tagsField[T](),
		{name: "client_ca_tls_container_ref", renamed: true, since: 8, get: func(o T) any { return o.caRef.show() }},
		{name: "client_authentication", since: 8, get: func(o T) any { return o.clientAuth }},
		{name: "client_crl_container_ref", renamed: true, since: 8, get: func(o T) any { return o.crlRef.show() }},
		{name: "allowed_cidrs", since: 12, link: many, get: func(o T) any { return noneIfEmpty(o.cidrs) }},
		{name: "tls_ciphers", since: 15, get: func(o T) any { return o.ciphers.show() }},
		{name: "tls_versions", kind: decorated, since: 17, get: func(o T) any { return noneIfNil(o.versions) }},
		{name: "alpn_protocols", kind: decorated, since: 20, get: func(o T) any { return noneIfNil(o.alpn) }},
		{name: "hsts_max_age", since: 27, get: func(o T) any { return o.hstsAge }},
		{name: "hsts_include_subdomains", kind: flag, since: 27, get: func(o T) any { return flagOrNull(o.hstsSub) }},
		{name: "hsts_preload", kind: flag, since: 27, get: func(o T) any { return flagOrNull(o.hstsPreload) }},
		tenantField[T](),
		{name: "loadbalancer_id", hidden: true, get: lb},
		{name: "load_balancer_id", hidden: true, get: lb},
		enabledField[T](), linked[T]("default_pool", one), linked[T]("load_balancer", one),
		{name: "pools", hidden: true, link: computed, kind: property, get: func(T) any { return nil }},
		alias("peer_port", func(o T) any { return numberOrNull(o.peer) }),
		alias("tls_certificate_id", func(o T) any { return o.tlsRef.show() }),
		alias("client_ca_tls_certificate_id", func(o T) any { return o.caRef.show() }),
		alias("client_crl_container_id", func(o T) any { return o.crlRef.show() }), linked[T]("sni_containers", many),
	}}
}

func poolView() *view[*pool] {
	type T = *pool
	lb := func(o T) any { return o.lb.id }
	return &view[T]{one: "pool", many: "pools", links: "pools_links", word: "Pool", model: "Pool", fields: []field[T]{
		idField[T](), nameField[T](), descriptionField[T](), provField[T](), operField[T](), stateField[T](),
		{name: "protocol", get: func(o T) any { return o.protocol }},
		{name: "lb_algorithm", get: func(o T) any { return o.algorithm }},
		{name: "session_persistence", link: one, get: func(o T) any { return o.session.show() }},
		projectField[T](),
		{name: "loadbalancers", link: unknown, get: func(o T) any { return []object{ref(o.lb.id)} }},
		{name: "listeners", link: computed, kind: property, get: func(o T) any { return refs(o.usedBy()) }},
		createdField[T](), updatedField[T](),
		{name: "healthmonitor_id", renamed: true, absent: true, get: func(o T) any { return idOf(o.monitor) }},
		{name: "members", link: many, get: func(o T) any { return refs(o.members) }},
		tagsField[T](),
		{name: "tls_container_ref", renamed: true, since: 8, get: func(o T) any { return o.tlsRef.show() }},
		{name: "ca_tls_container_ref", renamed: true, since: 8, get: func(o T) any { return o.caRef.show() }},
		{name: "crl_container_ref", renamed: true, since: 8, get: func(o T) any { return o.crlRef.show() }},
		{name: "tls_enabled", kind: flag, since: 8, get: func(o T) any { return o.tls }},
		{name: "tls_ciphers", since: 15, get: func(o T) any { return o.ciphers.show() }},
		{name: "tls_versions", kind: decorated, since: 18, get: func(o T) any { return noneIfNil(o.versions) }},
		{name: "alpn_protocols", kind: decorated, since: 24, get: func(o T) any { return noneIfNil(o.alpn) }},
		tenantField[T](),
		{name: "loadbalancer_id", hidden: true, get: lb},
		{name: "load_balancer_id", hidden: true, get: lb},
		enabledField[T](), linked[T]("load_balancer", one), linked[T]("l7policies", many),
		{name: "healthmonitor", hidden: true, link: ignored, renamed: true, get: func(T) any { return nil }},
		linked[T]("health_monitor", ignored),
		alias("tls_certificate_id", func(o T) any { return o.tlsRef.show() }),
		alias("ca_tls_certificate_id", func(o T) any { return o.caRef.show() }),
		alias("crl_container_id", func(o T) any { return o.crlRef.show() }),
	}}
}

func (s *persistence) show() any {
	if s == nil {
		return nil
	}
	return object{
		{"type", s.kind},
		{"cookie_name", null(s.cookie)},
		{"persistence_timeout", s.timeout},
		{"persistence_granularity", null(s.granularity)},
	}
}

func memberView() *view[*member] {
	type T = *member
	return &view[T]{one: "member", many: "members", links: "members_links", word: "Member", model: "Member", fields: []field[T]{
		idField[T](), nameField[T](), operField[T](), provField[T](), stateField[T](),
		{name: "address", renamed: true, get: func(o T) any { return o.at.address }},
		{name: "protocol_port", get: func(o T) any { return o.at.port }},
		{name: "weight", get: func(o T) any { return o.weight }},
		{name: "backup", kind: flag, since: 1, get: func(o T) any { return o.backup }},
		{name: "subnet_id", get: func(o T) any { return null(o.subnet) }},
		projectField[T](), createdField[T](), updatedField[T](),
		{name: "monitor_address", get: func(o T) any { return null(o.monitorAddress) }},
		{name: "monitor_port", get: func(o T) any { return o.monitorPort }},
		tagsField[T](),
		{name: "vnic_type", since: 30, get: func(o T) any { return o.vnic }},
		tenantField[T](),
		enabledField[T](), linked[T]("pool", one),
		{name: "pool_id", hidden: true, get: func(o T) any { return o.pool.id }},
		alias("ip_address", func(o T) any { return o.at.address }),
	}}
}

func monitorView() *view[*monitor] {
	type T = *monitor
	return &view[T]{one: "healthmonitor", many: "healthmonitors", links: "healthmonitors_links", word: "Health Monitor", model: "HealthMonitor", fields: []field[T]{
		idField[T](), nameField[T](),
		{name: "type", get: func(o T) any { return o.probe }},
		{name: "delay", get: func(o T) any { return o.delay }},
		{name: "timeout", get: func(o T) any { return o.timeout }},
		{name: "max_retries", renamed: true, get: func(o T) any { return o.retries }},
		{name: "max_retries_down", renamed: true, get: func(o T) any { return o.retriesDown }},
		{name: "http_method", get: func(o T) any { return null(o.method) }},
		{name: "url_path", get: func(o T) any { return null(o.path) }},
		{name: "expected_codes", get: func(o T) any { return null(o.codes) }},
		stateField[T](), projectField[T](),
		{name: "pools", link: unknown, get: func(o T) any { return []object{ref(o.pool.id)} }},
		provField[T](), operField[T](), createdField[T](), updatedField[T](), tagsField[T](),
		{name: "http_version", kind: fraction, since: 10, get: func(o T) any { return httpVersions(o.version) }},
		{name: "domain_name", since: 10, get: func(o T) any { return null(o.domain) }},
		tenantField[T](),
		{name: "pool_id", hidden: true, get: func(o T) any { return o.pool.id }},
		enabledField[T](), linked[T]("pool", one),
		alias("rise_threshold", func(o T) any { return o.retries }), alias("fall_threshold", func(o T) any { return o.retriesDown }),
	}}
}

func httpVersions(v string) any {
	if v == "" {
		return nil
	}
	return json.Number(v)
}

func policyView() *view[*l7policy] {
	type T = *l7policy
	return &view[T]{one: "l7policy", many: "l7policies", links: "l7policies_links", word: "L7 Policy", model: "L7Policy", fields: []field[T]{
		idField[T](), nameField[T](), descriptionField[T](), provField[T](), operField[T](), stateField[T](), projectField[T](),
		{name: "action", get: func(o T) any { return o.action }},
		{name: "listener_id", get: func(o T) any { return o.listener.id }},
		{name: "redirect_pool_id", get: func(o T) any { return idOf(o.pool) }},
		{name: "redirect_url", get: func(o T) any { return null(o.url) }},
		{name: "redirect_prefix", get: func(o T) any { return null(o.prefix) }},
		{name: "position", get: func(o T) any { return o.position() }},
		{name: "rules", link: unknown, get: func(o T) any { return refs(o.rules) }},
		createdField[T](), updatedField[T](), tagsField[T](),
		{name: "redirect_http_code", since: 9, get: func(o T) any { return o.code }},
		tenantField[T](),
		enabledField[T](), linked[T]("l7rules", many), linked[T]("listener", one), linked[T]("redirect_pool", one),
	}}
}

func ruleView() *view[*l7rule] {
	type T = *l7rule
	return &view[T]{one: "rule", many: "rules", links: "rules_links", word: "L7 Rule", model: "L7Rule", fields: []field[T]{
		idField[T](),
		{name: "type", get: func(o T) any { return o.rule }},
		{name: "compare_type", get: func(o T) any { return o.compare }},
		{name: "key", get: func(o T) any { return null(o.key) }},
		{name: "value", get: func(o T) any { return o.value }},
		{name: "invert", kind: flag, get: func(o T) any { return o.invert }},
		provField[T](), operField[T](), createdField[T](), updatedField[T](), projectField[T](), stateField[T](), tagsField[T](),
		tenantField[T](),
		enabledField[T](), linked[T]("l7policy", one),
		{name: "l7policy_id", hidden: true, get: func(o T) any { return o.policy.id }},
	}}
}
