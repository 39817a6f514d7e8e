// SPDX-License-Identifier: Apache-2.0

package lb

import (
	"cmp"
	"net/netip"
	"slices"

	"github.com/octaviakit/octaviakit/internal/mark"
)

func (d *describer) listener(n listenerNode) Listener {
	o := n.attrs
	l := Listener{
		Name: n.Name, Description: words(o, "description"), Protocol: Protocol(str(o, "protocol")), Port: uint16(number(o, "protocol_port")),
		Pool: d.poolName(n.Node, "default_pool_id"), AdminStateUp: down(o), Tags: d.tags(n.Node),
		ConnLimit: unless(o, "connection_limit", -1), InsertHeaders: headersOf(o), AllowedCIDRs: d.cidrs(n.Node),
		Timeouts: Timeouts{
			ClientData: timeout(o, "timeout_client_data", 50000), MemberConnect: timeout(o, "timeout_member_connect", 5000),
			MemberData: timeout(o, "timeout_member_data", 50000), TCPInspect: timeout(o, "timeout_tcp_inspect", 0),
		},
	}
	if l.Protocol == TerminatedHTTPS {
		l.TLS = &TLS{
			ContainerRef: words(o, "default_tls_container_ref"), SNIContainerRefs: texts(o, "sni_container_refs"),
			ClientAuthentication: str(o, "client_authentication"), ClientCAContainerRef: words(o, "client_ca_tls_container_ref"),
			ClientCRLRef: words(o, "client_crl_container_ref"), Ciphers: str(o, "tls_ciphers"),
			Versions: texts(o, "tls_versions"), ALPN: texts(o, "alpn_protocols"),
			HSTSMaxAge: unless(o, "hsts_max_age", -1), HSTSSubdomains: on(o, "hsts_include_subdomains"), HSTSPreload: on(o, "hsts_preload"),
		}
		if l.TLS.ClientAuthentication == "NONE" { // the default, and a field that older releases do not know
			l.TLS.ClientAuthentication = ""
		}
	}
	for _, p := range n.policies {
		l.Policies = append(l.Policies, d.policy(p))
	}
	return l
}

func (d *describer) policy(n policyNode) Policy {
	o := n.attrs
	p := Policy{
		Name: n.Name, Description: words(o, "description"), Action: PolicyAction(str(o, "action")),
		RedirectPool: d.poolName(n.Node, "redirect_pool_id"), RedirectURL: str(o, "redirect_url"), RedirectPrefix: str(o, "redirect_prefix"),
		RedirectHTTPCode: int(number(o, "redirect_http_code")), AdminStateUp: down(o), Tags: d.tags(n.Node),
	}
	if slices.Contains(tagsOf(o), mark.Held()) { // half made
		p.AdminStateUp = nil
	}
	for _, r := range n.rules {
		invert := r.attrs["invert"] == true
		p.Rules = append(p.Rules, Rule{
			Type: RuleType(str(r.attrs, "type")), CompareType: CompareType(str(r.attrs, "compare_type")), Key: str(r.attrs, "key"),
			Value: str(r.attrs, "value"), Invert: invert, AdminStateUp: down(r.attrs), Tags: d.tags(r),
		})
	}
	return p
}

// poolName is the name of the pool that a field of an object refers to.
func (d *describer) poolName(n Node, field string) string {
	id := str(n.attrs, field)
	if id == "" {
		return ""
	}
	for _, p := range d.g.pools {
		if p.ID == id {
			if p.Name == "" {
				d.say(n.Path+"."+field, n.ID, "refers to a pool without a name, "+id)
			}
			return p.Name
		}
	}
	d.say(n.Path+"."+field, n.ID, "refers to a pool that the load balancer does not list, "+id)
	return ""
}

func (d *describer) cidrs(n Node) []netip.Prefix {
	var out []netip.Prefix
	for _, c := range texts(n.attrs, "allowed_cidrs") {
		p, err := netip.ParsePrefix(c)
		if err != nil {
			d.say(n.Path+".allowed_cidrs", n.ID, cmp.Or(c, "an empty text")+" is no network")
			return nil
		}
		out = append(out, p)
	}
	return out
}
