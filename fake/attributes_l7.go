// SPDX-License-Identifier: Apache-2.0

package fake

import "math"

func monitorAttrs(minor int) (post, put schema) {
	kinds := words(minor, "HTTP", "HTTPS", "PING", "TCP", "TLS-HELLO", "UDP-CONNECT", "SCTP@23")
	methods := oneOf("GET", "HEAD", "POST", "PUT", "DELETE", "TRACE", "OPTIONS", "CONNECT", "PATCH")
	probe := schema{
		{name: "delay", check: atLeast(0), required: true},
		{name: "timeout", check: atLeast(0), required: true},
		{name: "max_retries_down", check: integer(1, 10), def: 3},
		{name: "max_retries", check: integer(1, 10), required: true},
		{name: "http_method", check: methods},
		{name: "url_path", check: urlPath},
		{name: "expected_codes", check: pattern(math.MaxInt, `^(\d{3}(\s*,\s*\d{3})*)$|^(\d{3}-\d{3})$`)},
		{name: "admin_state_up", check: boolean},
	}
	late := schema{
		tags(),
		{name: "http_version", check: httpVersion, since: 10},
		{name: "domain_name", check: domainName, since: 10},
	}
	name := schema{{name: "name", check: text(255)}}
	post = join(name, schema{{name: "type", check: kinds, required: true}}, created(join(probe)), project(),
		schema{{name: "pool_id", check: uuid, required: true}}, late)
	put = join(name, probe.optional(), late)
	return post, put
}

func policyAttrs() (post, put schema) {
	target := schema{
		{name: "redirect_pool_id", check: uuid},
		{name: "redirect_url", check: webURL},
		{name: "redirect_prefix", check: webURL},
		{name: "position", check: integer(1, maxInt)},
	}
	late := schema{tags(), {name: "redirect_http_code", check: oneOfInts(301, 302, 303, 307, 308), since: 9}}
	action := attr{name: "action", check: oneOf("REJECT", "REDIRECT_TO_URL", "REDIRECT_TO_POOL", "REDIRECT_PREFIX")}
	put = join(named(), schema{action}, target, late)
	action.required = true
	post = join(created(named()), project(), schema{action}, target, schema{
		{name: "listener_id", check: uuid, required: true},
		{name: "rules"},
	}, late)
	return post, put
}

func ruleAttrs() (post, put schema) {
	kind := attr{name: "type", required: true, check: oneOf("HOST_NAME", "PATH", "FILE_TYPE", "HEADER", "COOKIE",
		"SSL_CONN_HAS_CERT", "SSL_VERIFY_RESULT", "SSL_DN_FIELD")}
	compare := attr{name: "compare_type", required: true, check: oneOf("REGEX", "STARTS_WITH", "ENDS_WITH", "CONTAINS", "EQUAL_TO")}
	oneLine := pattern(255, `^[^\r\n]*$`)
	post = join(schema{
		kind, compare,
		{name: "key", check: oneLine},
		{name: "value", check: oneLine, required: true},
		{name: "invert", check: boolean, def: false},
	}, project(), schema{{name: "admin_state_up", check: boolean, def: true}, tags()})
	return post, post.without("project_id", "tenant_id").optional()
}

// inline are the tables of objects inside another: no ids of parents, children inside. All
// types take them, but only a load balancer can be made with them.
type inline struct {
	listener, pool, member, monitor, policy, rule schema
}

func newInline(minor int) inline {
	parents := []string{"project_id", "tenant_id", "loadbalancer_id", "listener_id", "pool_id"}
	member, _ := memberAttrs()
	monitor, _ := monitorAttrs(minor)
	rule, _ := ruleAttrs()
	pool, _ := poolAttrs(minor)
	policy, _ := policyAttrs()
	listener, _ := listenerAttrs(minor)

	in := inline{
		member: member.without(parents...).upTo(minor), monitor: monitor.without(parents...).upTo(minor),
		rule: rule.without(parents...).with("key", text(255)).with("value", text(255)).upTo(minor),
	}
	in.pool = pool.without(parents...).with("members", listOfNested(in.member)).with("healthmonitor", nested(in.monitor)).upTo(minor)
	for i := range in.pool { // a reference has a name only
		in.pool[i].required = false
	}
	in.policy = policy.without(parents...).with("rules", listOfNested(in.rule)).upTo(minor)
	for i, a := range in.policy {
		if a.name == "redirect_pool_id" { // which cannot be known
			in.policy[i] = attr{name: "redirect_pool", check: nested(in.pool)}
		}
	}
	in.listener = listener.without(parents...).with("default_pool", nested(in.pool)).with("l7policies", listOfNested(in.policy)).
		with("hsts_max_age", anyInt).upTo(minor)
	return in
}

// with replaces one attribute's check.
func (s schema) with(name string, c check) schema {
	out := make(schema, len(s))
	for i, a := range s {
		if a.name == name {
			a.check = c
		}
		out[i] = a
	}
	return out
}
