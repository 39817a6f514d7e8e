// SPDX-License-Identifier: Apache-2.0

package fake

func monitorAttrs(minor int) (post, put schema) {
	kinds := words(minor, "HTTP", "HTTPS", "PING", "TCP", "TLS-HELLO", "UDP-CONNECT", "SCTP@23")
	methods := oneOf("GET", "HEAD", "POST", "PUT", "DELETE", "TRACE", "OPTIONS", "CONNECT", "PATCH")
	probe := schema{
		{name: "delay", check: integer(0, maxInt), required: true},
		{name: "timeout", check: integer(0, maxInt), required: true},
		{name: "max_retries_down", check: integer(1, 10), def: 3},
		{name: "max_retries", check: integer(1, 10), required: true},
		{name: "http_method", check: methods},
		{name: "url_path", check: urlPath},
		{name: "expected_codes", check: pattern(64, `^(\d{3}(\s*,\s*\d{3})*)$|^(\d{3}-\d{3})$`)},
		{name: "admin_state_up", check: boolean},
	}
	late := schema{
		tags(),
		{name: "http_version", check: httpVersion, since: 10},
		{name: "domain_name", check: text(255), since: 10},
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
		{name: "rules", check: anything},
	}, late)
	return post, put
}

func ruleAttrs() (post, put schema) {
	kind := attr{name: "type", required: true, check: oneOf("HOST_NAME", "PATH", "FILE_TYPE", "HEADER", "COOKIE",
		"SSL_CONN_HAS_CERT", "SSL_VERIFY_RESULT", "SSL_DN_FIELD")}
	compare := attr{name: "compare_type", required: true, check: oneOf("REGEX", "STARTS_WITH", "ENDS_WITH", "CONTAINS", "EQUAL_TO")}
	post = join(schema{
		kind, compare,
		{name: "key", check: text(255)},
		{name: "value", check: text(255), required: true},
		{name: "invert", check: boolean, def: false},
	}, project(), schema{{name: "admin_state_up", check: boolean, def: true}, tags()})
	return post, post.without("project_id", "tenant_id").optional()
}

// graphAttrs are the listeners and pools of a fully populated create: no ids of parents,
// and children inside.
func graphAttrs(minor int) (listener, pool schema) {
	parents := []string{"project_id", "tenant_id", "loadbalancer_id", "listener_id", "pool_id"}
	memberPost, _ := memberAttrs()
	monitorPost, _ := monitorAttrs(minor)
	rulePost, _ := ruleAttrs()
	poolPost, _ := poolAttrs(minor)
	policyPost, _ := policyAttrs()
	listenerPost, _ := listenerAttrs(minor)

	pool = poolPost.without(parents...).with("members", listOfNested(memberPost.without(parents...).upTo(minor))).
		with("healthmonitor", nested(monitorPost.without(parents...).upTo(minor))).upTo(minor)
	for i := range pool { // a reference has a name only
		pool[i].required = false
	}
	policy := policyPost.without(append(parents, "redirect_pool_id")...).
		with("rules", listOfNested(rulePost.without(parents...).upTo(minor)))
	policy = join(policy, schema{{name: "redirect_pool", check: nested(pool)}}).upTo(minor)
	listener = listenerPost.without(parents...).with("default_pool", nested(pool)).
		with("l7policies", listOfNested(policy)).upTo(minor)
	return listener, pool
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
