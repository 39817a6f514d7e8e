// SPDX-License-Identifier: Apache-2.0

package fake

import (
	"math"
	"slices"
	"strconv"
	"strings"
)

// tables are the attributes that requests may carry, for one API minor. The order is
// that of the classes in octavia/api/v2/types, since it decides which error comes first.
type tables struct {
	lbPost, lbPut             schema
	listenerPost, listenerPut schema
	poolPost, poolPut         schema
	memberPost, memberPut     schema
	monitorPost, monitorPut   schema
	policyPost, policyPut     schema
	rulePost, rulePut         schema
	quotaPut                  schema
	flavorPost, flavorPut     schema
	fprofilePost, fprofilePut schema
	zonePost, zonePut         schema
	zprofilePost, zprofilePut schema
}

const (
	maxPort    = 65535
	maxTimeout = 2073600000 // milliseconds: 24 days
	maxInt     = math.MaxInt32
)

func newTables(minor int) *tables {
	t := &tables{}
	t.rulePost, t.rulePut = ruleAttrs()
	t.memberPost, t.memberPut = memberAttrs()
	t.monitorPost, t.monitorPut = monitorAttrs(minor)
	t.poolPost, t.poolPut = poolAttrs(minor)
	t.policyPost, t.policyPut = policyAttrs()
	t.listenerPost, t.listenerPut = listenerAttrs(minor)
	in := newInline(minor)
	t.lbPost, t.lbPut = lbAttrs(in.listener, in.pool)
	t.poolPost = t.poolPost.with("members", listOfNested(in.member)).with("healthmonitor", nested(in.monitor))
	t.policyPost = t.policyPost.with("rules", listOfNested(in.rule))
	t.listenerPost = t.listenerPost.with("default_pool", nested(in.pool)).with("l7policies", listOfNested(in.policy))
	t.quotaPut = quotaAttrs()
	t.operatorAttrs()
	for _, s := range t.all() {
		*s = tenantLast(s.upTo(minor))
	}
	return t
}

func (t *tables) all() []*schema {
	return []*schema{
		&t.lbPost, &t.lbPut, &t.listenerPost, &t.listenerPut, &t.poolPost, &t.poolPut,
		&t.memberPost, &t.memberPut, &t.monitorPost, &t.monitorPut, &t.policyPost, &t.policyPut,
		&t.rulePost, &t.rulePut, &t.quotaPut, &t.flavorPost, &t.flavorPut, &t.fprofilePost, &t.fprofilePut,
		&t.zonePost, &t.zonePut, &t.zprofilePost, &t.zprofilePut,
	}
}

// words is an enumeration as of a minor: "SCTP@23" came with 2.23.
func words(minor int, all ...string) check {
	var known []string
	for _, w := range all {
		word, since, dated := strings.Cut(w, "@")
		if n, err := strconv.Atoi(since); dated && (err != nil || n > minor) {
			continue
		}
		known = append(known, word)
	}
	return oneOf(known...)
}

func named() schema {
	return schema{
		{name: "name", check: text(255)},
		{name: "description", check: text(255)},
		{name: "admin_state_up", check: boolean},
	}
}

// created are the attributes of a POST: enabled unless said otherwise.
func created(s schema) schema {
	for i := range s {
		if s[i].name == "admin_state_up" {
			s[i].def = true
		}
	}
	return s
}

// project has an alias, which refuses in its name.
func project() schema {
	return schema{{name: "project_id", check: text(36)}, {name: "tenant_id", says: "project_id", check: text(36)}}
}

// tenantLast: a metaclass adds the alias, after all that the types declare.
func tenantLast(s schema) schema {
	i := slices.IndexFunc(s, func(a attr) bool { return a.name == "tenant_id" })
	if i < 0 {
		return s
	}
	return append(slices.Delete(slices.Clone(s), i, i+1), s[i])
}

func tags() attr { return attr{name: "tags", check: listOf(text(255)), since: 5} }

func join(parts ...schema) schema {
	var s schema
	for _, p := range parts {
		s = append(s, p...)
	}
	return s
}

// without drops attributes by name.
func (s schema) without(names ...string) schema {
	var kept schema
outer:
	for _, a := range s {
		for _, n := range names {
			if a.name == n {
				continue outer
			}
		}
		kept = append(kept, a)
	}
	return kept
}

// optional makes every attribute optional and free of defaults, as PUT types are.
func (s schema) optional() schema {
	kept := make(schema, len(s))
	for i, a := range s {
		a.required, a.def = false, nil
		kept[i] = a
	}
	return kept
}

func lbAttrs(listener, pool schema) (post, put schema) {
	vip := schema{
		{name: "subnet_id", check: uuid, required: true},
		{name: "ip_address", check: ip},
		{name: "port_id", check: uuid},
	}
	post = join(created(named()), schema{
		{name: "vip_address", check: ip},
		{name: "vip_port_id", check: uuid},
		{name: "vip_subnet_id", check: uuid},
		{name: "vip_network_id", check: uuid},
		{name: "vip_qos_policy_id", check: uuid},
		{name: "additional_vips", check: listOfNested(vip), since: 26},
	}, project(), schema{
		{name: "listeners", check: listOfNested(listener)},
		{name: "pools", check: listOfNested(pool)},
		{name: "provider", check: text(64)},
		{name: "flavor_id", check: uuid, since: 6},
		tags(),
		{name: "availability_zone", check: text(255), since: 14},
		{name: "vip_sg_ids", check: listOf(uuid), since: 29},
	})
	put = join(named(), schema{
		{name: "vip_qos_policy_id", check: uuid},
		tags(),
		{name: "vip_sg_ids", check: listOf(uuid), since: 29},
	})
	return post, put
}

func listenerAttrs(minor int) (post, put schema) {
	timeout := integer(0, maxTimeout)
	options := schema{
		{name: "insert_headers", check: stringMap},
		{name: "timeout_client_data", check: timeout, since: 1},
		{name: "timeout_member_connect", check: timeout, since: 1},
		{name: "timeout_member_data", check: timeout, since: 1},
		{name: "timeout_tcp_inspect", check: timeout, since: 1},
		tags(),
		{name: "client_ca_tls_container_ref", check: text(255), since: 8},
		{name: "client_authentication", check: oneOf("NONE", "OPTIONAL", "MANDATORY"), since: 8},
		{name: "client_crl_container_ref", check: text(255), since: 8},
		{name: "allowed_cidrs", check: listOf(cidr), since: 12},
		{name: "tls_ciphers", check: text(2048), since: 15},
		{name: "tls_versions", check: listOf(text(32)), since: 17},
		{name: "alpn_protocols", check: listOf(alpn), since: 20},
		{name: "hsts_max_age", check: atLeast(0), since: 27},
		{name: "hsts_include_subdomains", check: boolean, since: 27},
		{name: "hsts_preload", check: boolean, since: 27},
	}
	refs := schema{
		{name: "connection_limit", check: atLeast(-1)},
		{name: "default_tls_container_ref", check: text(255)},
		{name: "sni_container_refs", check: listOf(text(255))},
	}
	protocol := words(minor, "TCP", "HTTP", "HTTPS", "TERMINATED_HTTPS", "UDP", "SCTP@23", "PROMETHEUS@25")
	post = join(created(named()), schema{
		{name: "protocol", check: protocol, required: true},
		{name: "protocol_port", check: integer(1, maxPort), required: true},
	}, refs, project(), schema{
		{name: "default_pool_id", check: uuid},
		{name: "default_pool"},
		{name: "l7policies"},
		{name: "loadbalancer_id", check: uuid, required: true},
	}, options)
	put = join(named(), refs, schema{{name: "default_pool_id", check: uuid}}, options)
	return post, put
}

func poolAttrs(minor int) (post, put schema) {
	persistence := func(required bool) schema {
		return schema{
			{name: "type", check: oneOf("SOURCE_IP", "HTTP_COOKIE", "APP_COOKIE"), required: required},
			{name: "cookie_name", check: pattern(255, `^[^\s,;\\]+$`)},
			{name: "persistence_timeout", check: anyInt, since: 2},
			{name: "persistence_granularity", check: ip, since: 2},
		}.upTo(minor)
	}
	algorithm := words(minor, "ROUND_ROBIN", "LEAST_CONNECTIONS", "SOURCE_IP", "SOURCE_IP_PORT@13")
	protocol := words(minor, "TCP", "HTTP", "HTTPS", "PROXY", "UDP", "PROXYV2@22", "SCTP@23")
	tls := schema{
		tags(),
		{name: "tls_container_ref", check: text(255), since: 8},
		{name: "ca_tls_container_ref", check: text(255), since: 8},
		{name: "crl_container_ref", check: text(255), since: 8},
		{name: "tls_enabled", check: boolean, since: 8},
		{name: "tls_ciphers", check: text(2048), since: 15},
		{name: "tls_versions", check: listOf(text(32)), since: 18},
		{name: "alpn_protocols", check: listOf(alpn), since: 24},
	}
	post = join(created(named()), schema{
		{name: "listener_id", check: uuid},
		{name: "loadbalancer_id", check: uuid},
		{name: "protocol", check: protocol, required: true},
		{name: "lb_algorithm", check: algorithm, required: true},
		{name: "session_persistence", check: nested(persistence(true))},
	}, project(), schema{
		{name: "healthmonitor"},
		{name: "members"},
	}, tls)
	put = join(named(), schema{
		{name: "lb_algorithm", check: algorithm},
		{name: "session_persistence", check: nested(persistence(false))},
	}, tls)
	return post, put
}

func memberAttrs() (post, put schema) {
	state := schema{{name: "name", check: text(255)}, {name: "admin_state_up", check: boolean}}
	post = join(created(join(state)), schema{
		{name: "address", check: ip, required: true},
		{name: "protocol_port", check: integer(1, maxPort), required: true},
		{name: "weight", check: integer(0, 256), def: 1},
		{name: "backup", check: boolean, since: 1, def: false},
		{name: "subnet_id", check: uuid},
	}, project(), schema{
		{name: "monitor_port", check: integer(1, maxPort)},
		{name: "monitor_address", check: ip},
		tags(),
		{name: "request_sriov", check: boolean, since: 30},
	})
	put = join(schema{{name: "name", check: text(255)}, {name: "admin_state_up", check: boolean}}, schema{
		{name: "weight", check: integer(0, 256)},
		{name: "backup", check: boolean, since: 1},
		{name: "monitor_address", check: ip},
		{name: "monitor_port", check: integer(1, maxPort)},
		tags(),
	})
	return post, put
}
