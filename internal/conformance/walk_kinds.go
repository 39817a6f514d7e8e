// SPDX-License-Identifier: Apache-2.0

package conformance

import "strings"

// kind is one resource as a walk asks for it.
type kind struct {
	name string // "pool", the wrapper of bodies and the stem of variables
	path string // of the collection; @kind in it is one of that kind
	need []attr // what a POST has
	may  []attr // what it may have
	only string // attributes that only a POST takes, separated by spaces
	key  string // the attribute that is its id, if not "id"

	operator bool // only an administrator makes it
}

// attr is an attribute and its values, as JSON: @kind is the id of something of that kind, %p a port, %a the last byte
// of an address, %n a name that nothing else has. Some are allowed in some places only, which is what a walk is after.
type attr struct {
	name string
	good []string // the first is the most usual
	odd  []string // understood, and refused everywhere or nearly so
}

// values is an attribute from "good | good ! odd | odd".
func values(name, all string) attr {
	good, odd, more := strings.Cut(all, " ! ")
	a := attr{name: name, good: strings.Split(good, " | ")}
	if more {
		a.odd = strings.Split(odd, " | ")
	}
	return a
}

// table reads attributes, "name: values" each on a line.
func table(text string) []attr {
	var out []attr
	for line := range strings.SplitSeq(strings.TrimSpace(text), "\n") {
		name, all, _ := strings.Cut(strings.TrimSpace(line), ": ")
		out = append(out, values(name, all))
	}
	return out
}

const (
	common = `
		name: "%n" | "%n" | "Ä €" | "" ! "0123456789012345678901234567890123456789012345678901234567890123456789012345678901234567890123456789012345678901234567890123456789012345678901234567890123456789012345678901234567890123456789012345678901234567890123456789012345678901234567890123456789012345"
		admin_state_up: true | false | "false" | "no" | 1 ! "maybe" | 2
		tags: ["a"] | ["b", "a"] | [] | ["A", "c d"] ! ["a", "a"] | ["a", "A"] | [1] | [""] | "a" | [null]`
	described = common + `
		description: "d" | "" | "D e" ! 5`
	owned = `
		project_id: "$project2" ! "$project" | "nobody" | "0123456789012345678901234567890123456"
		tenant_id: "$project2" ! "$project" | 7`
	tls = `
		tls_ciphers: "ECDHE-RSA-AES128-GCM-SHA256" | null ! "a b" | "ALL:!aNULL" | ""
		tls_versions: ["TLSv1.2"] | ["TLSv1.3", "TLSv1.2"] | null ! [] | ["SSLv3"] | ["TLSv1.4"] | ["tlsv1.2"]
		alpn_protocols: ["http/1.1"] | ["h2"] | null ! [] | ["h3"] | ["HTTP/1.1"]`
)

// kinds returns what a walk makes below a load balancer, parents first.
func kinds() []*kind {
	return []*kind{listeners(), pools(), members(), monitors(), policies(), rules()}
}

// balancers are load balancers of a provider.
func balancers(provider string) *kind {
	return &kind{
		name: "loadbalancer", path: "lbaas/loadbalancers", only: "vip_subnet_id provider vip_address vip_network_id vip_port_id",
		need: table(`
			vip_subnet_id: "$subnet2" ! "$subnet" | "$network2" | "` + nowhere + `" | null
			provider: "` + provider + `" ! "bogus" | null | "" | "AMPHORA" | "octavia"`),
		may: table(described + owned + `
			vip_address: "$net2.78.%a" | "$net2.78.%a" ! "$net.77.1" | "192.0.2.1" | "fd00::1" | "$net2.0.0" | ""
			vip_network_id: "$network2" ! "$network" | "` + nowhere + `"
			vip_port_id: null ! "` + nowhere + `" | "$subnet2"
			vip_qos_policy_id: null ! "` + nowhere + `"
			additional_vips: [] ! [{"subnet_id": "$subnet2"}] | [{"subnet_id": "$subnet"}] | [{"ip_address": "$net2.78.9"}] | [{}] | null | {}
			flavor_id: null ! "` + nowhere + `" | "x"
			availability_zone: null ! "nowhere" | ""
			vip_sg_ids: [] | ["$group"] ! ["` + nowhere + `"] | null
			listeners: [] | null ! {} | [1] | [null]
			pools: [] | null ! {} | "x"`),
	}
}

func listeners() *kind {
	return &kind{
		name: "listener", path: "lbaas/listeners", only: "loadbalancer_id protocol protocol_port",
		need: table(`
			loadbalancer_id: "@loadbalancer" ! "` + nowhere + `" | null | "@pool"
			protocol: "HTTP" | "TCP" | "UDP" | "HTTPS" | "SCTP" | "TERMINATED_HTTPS" | "PROMETHEUS" ! "PROXY" | "http" | null
			protocol_port: %p | %p | 80 | 443 | "81" ! 0 | 65536 | -1 | 80.5 | null`),
		may: table(described + owned + tls + `
			connection_limit: 100 | -1 | 0 | null | "7" ! -2 | 2147483648
			default_pool_id: "@pool" | "@pool" | null ! "` + nowhere + `" | "@loadbalancer" | ""
			insert_headers: {"X-Forwarded-For": "true"} | {"X-Forwarded-Port": "true", "X-Forwarded-Proto": "false"} | {} | null ! {"X-Bogus": "true"} | {"X-SSL-Client-CN": "true"} | {"X-Forwarded-For": true} | {"x-forwarded-for": "true"} | [] | {"X-Forwarded-For": "yes"}
			timeout_client_data: 1000 | 0 | null ! -1 | 2073600001
			timeout_member_connect: 2000 | 2073600000 | null ! -1
			timeout_member_data: 3000 | null ! "x"
			timeout_tcp_inspect: 4000 | null ! 1.5
			allowed_cidrs: ["192.0.2.0/24"] | ["192.0.2.9/24", "198.18.0.1"] | [] | null ! ["fd00::/8"] | ["x"] | ["192.0.2.0/33"] | ["192.0.2.0/24", "192.0.2.0/24"] | "192.0.2.0/24"
			client_authentication: "NONE" | null ! "OPTIONAL" | "none" | "MANDATORY"
			client_ca_tls_container_ref: null ! "http://127.0.0.1/missing"
			client_crl_container_ref: null ! "http://127.0.0.1/missing"
			default_tls_container_ref: null | "" ! 5
			sni_container_refs: [] | null ! "x"
			hsts_max_age: 100 | null ! -1
			hsts_preload: true | false | null
			hsts_include_subdomains: true
			default_pool: null ! {"name": "x"}
			l7policies: [] | null ! {}`),
	}
}

func pools() *kind {
	return &kind{
		name: "pool", path: "lbaas/pools", only: "loadbalancer_id listener_id protocol",
		need: table(`
			loadbalancer_id: "@loadbalancer" ! "` + nowhere + `" | null | "@listener"
			protocol: "HTTP" | "TCP" | "UDP" | "PROXY" | "PROXYV2" | "HTTPS" | "SCTP" ! "PROMETHEUS" | "TERMINATED_HTTPS" | "tcp" | null
			lb_algorithm: "ROUND_ROBIN" | "SOURCE_IP" | "LEAST_CONNECTIONS" | "SOURCE_IP_PORT" ! "RANDOM" | null | ""`),
		may: table(described + owned + tls + `
			listener_id: "@listener" | "@listener" | null ! "` + nowhere + `" | "@pool"
			session_persistence: {"type": "SOURCE_IP"} | {"type": "HTTP_COOKIE"} | {"type": "APP_COOKIE", "cookie_name": "c"} | null | {"type": "SOURCE_IP", "persistence_timeout": 5} | {"type": "SOURCE_IP", "persistence_granularity": "255.255.255.0", "persistence_timeout": 5} ! {} | {"type": "APP_COOKIE"} | {"type": "HTTP_COOKIE", "cookie_name": "c"} | {"cookie_name": "d"} | {"type": "APP_COOKIE", "cookie_name": "a b"} | {"type": "APP_COOKIE", "cookie_name": "a(b"} | {"type": "source_ip"} | {"persistence_timeout": "x"} | {"type": "SOURCE_IP", "persistence_granularity": "x"} | {"type": null} | {"type": "APP_COOKIE", "cookie_name": ""} | {"type": "HTTP_COOKIE", "persistence_timeout": 5} | [] | {"type": "SOURCE_IP", "x": 1}
			tls_enabled: true | false ! "maybe"
			tls_container_ref: null ! 5
			ca_tls_container_ref: null | ""
			crl_container_ref: null ! "http://127.0.0.1/missing"
			healthmonitor: null ! {"type": "TCP"}
			members: [] | null ! [{"address": "192.0.2.1"}] | {}`),
	}
}

func members() *kind {
	return &kind{
		name: "member", path: "lbaas/pools/@pool/members", only: "address protocol_port subnet_id request_sriov",
		need: table(`
			address: "$net2.77.%a" | "192.0.2.%a" | "fd00:77::%a" | "FD00:77::%a" ! "169.254.169.254" | "x" | "" | null | "192.0.2.256" | "::ffff:10.0.0.1"
			protocol_port: 80 | 8080 | "81" ! 0 | 65536 | null | 1.5
			subnet_id: "$subnet2" | null ! "` + nowhere + `" | "$subnet" | "x" | "$network2"`),
		may: table(common + owned + `
			weight: 5 | 0 | 256 | 1 | "3" ! -1 | 257 | null
			backup: true | false | "yes" ! null | "x"
			monitor_port: 9000 | null ! 0 | 65536
			monitor_address: "192.0.2.200" | null | "fd00::1" ! "x"
			request_sriov: false ! true | null`),
	}
}

func monitors() *kind {
	return &kind{
		name: "healthmonitor", path: "lbaas/healthmonitors", only: "type pool_id",
		need: table(`
			pool_id: "@pool" ! "` + nowhere + `" | null | "@listener"
			type: "HTTP" | "TCP" | "PING" | "HTTPS" | "TLS-HELLO" | "UDP-CONNECT" | "SCTP" ! "http" | null | "UDP"
			delay: 5 | 10 | 0 | 2 ! -1 | null | "x"
			timeout: 3 | 5 | 0 | 20 ! -1 | null
			max_retries: 3 | 1 | 10 ! 0 | 11 | null`),
		may: table(common + owned + `
			max_retries_down: 3 | 1 | 10 ! 0 | 11 | null
			http_method: "GET" | "HEAD" | null ! "get" | ""
			url_path: "/" | "/x?y=1" | null ! "x" | "/a b" | ""
			expected_codes: "200" | "200,201" | "200-299" | null ! "200-299,300" | "20" | "" | 200
			http_version: 1.1 | 1.0 | "1.1" | null ! 2 | "x"
			domain_name: "a.example" | null ! "a b" | "-x" | ""`),
	}
}

func policies() *kind {
	return &kind{
		name: "l7policy", path: "lbaas/l7policies", only: "listener_id",
		need: table(`
			listener_id: "@listener" ! "` + nowhere + `" | null | "@pool"
			action: "REJECT" | "REDIRECT_TO_POOL" | "REDIRECT_TO_URL" | "REDIRECT_PREFIX" ! "reject" | null | ""`),
		may: table(described + owned + `
			redirect_pool_id: "@pool" | "@pool" | null ! "` + nowhere + `" | "@listener"
			redirect_url: "http://a.example/" | null ! "a.example" | "ftp://a.example/" | "http://a b/" | ""
			redirect_prefix: "https://a.example" | null ! "x"
			redirect_http_code: 301 | 303 | null ! 300 | "302" | "x"
			position: 1 | 2 | 3 | 100 | null ! 0 | 2147483648 | "1"
			redirect_pool: null ! {"name": "x"}
			rules: [] | null ! {}`),
	}
}

func rules() *kind {
	return &kind{
		name: "rule", path: "lbaas/l7policies/@l7policy/rules",
		need: table(`
			type: "PATH" | "HOST_NAME" | "HEADER" | "COOKIE" | "FILE_TYPE" | "SSL_CONN_HAS_CERT" | "SSL_VERIFY_RESULT" | "SSL_DN_FIELD" ! "path" | null
			compare_type: "STARTS_WITH" | "EQUAL_TO" | "REGEX" | "CONTAINS" | "ENDS_WITH" ! "IS" | null
			value: "/v%p" | "a.example%p" | "true" | "0" ! "" | null | "a b" | "(" | "a\nb" | "a;b" | 5`),
		may: table(owned + `
			key: "X-Key" | null | "CN" | "STREET" ! "" | "a b" | "a\rb" | 5
			invert: true | false | "no" ! null | "x"
			admin_state_up: true | false ! "maybe"
			tags: ["a"] | ["b", "a"] | [] ! ["a", "a"] | null | "a"`),
	}
}
