// SPDX-License-Identifier: Apache-2.0

package fake

import (
	"net/http"
	"net/netip"
	"slices"
	"strings"

	"github.com/octaviakit/octaviakit/provider"
)

// Octavia's defaults, in milliseconds.
const (
	dataTimeout    = 50000
	connectTimeout = 5000
)

func (c *Cloud) listenerResource() *resource {
	return &resource{
		kind: "ListenerRootPOST", arg: "listener_",
		list: lister(c, c.store.listeners, c.views.listener), get: getter(c, c.store.listeners, c.views.listener),
		create: c.createListener, update: c.updateListener, remove: c.deleteListener,
		action: map[string]func(*request, string) (answer, error){"GET stats": c.listenerStats},
	}
}

func (c *Cloud) createListener(q *request) (answer, error) {
	b, err := q.decode(arg{"listener_", "listener", "XXX"}, c.tables.listenerPost)
	if err != nil {
		return answer{}, err
	}
	lb, err := find(c, c.store.lbs, c.views.lb, orNone(b, "loadbalancer_id"), c.writer(q))
	if err != nil {
		return answer{}, err
	}
	if b.sent("default_pool") || b.sent("l7policies") {
		return answer{}, errUnknown()
	}
	if err := c.quota(lb.project, kindListener, 1); err != nil {
		return answer{}, err
	}
	l := c.newListener(lb, b)
	p, err := c.defaultPool(lb, b, l.protocol)
	if err != nil {
		return answer{}, err
	}
	if err := lockLB(lb); err != nil {
		return answer{}, err
	}
	if err := c.checkListener(l, b, lb.listeners); err != nil {
		return answer{}, err
	}
	if err := duplicateTags(b); err != nil {
		return answer{}, err
	}
	if err := lb.driver.checkListener(l); err != nil {
		return answer{}, err
	}
	c.store.insert(l)
	l.setDefault(p)
	c.submit(q, &work{lb: lb, kind: kindListener, status: pendingCreate, objects: []thing{l}})
	return createdAs(c.views.listener.wrap(l, q))
}

// orNone is how Python prints an id that was sent as null.
func orNone(b body, name string) string {
	if !b.sent(name) {
		return "None"
	}
	return b.str(name)
}

func (c *Cloud) newListener(lb *loadBalancer, b body) *listener {
	l := &listener{
		common: c.fresh(kindListener, lb.project, b), lb: lb, protocol: b.str("protocol"), port: b.num("protocol_port"),
		limit: -1, clientData: dataTimeout, connect: connectTimeout, memberData: dataTimeout, clientAuth: "NONE",
		headers: map[string]string{}, sniRefs: []string{},
	}
	l.set(b)
	if l.protocol == "TERMINATED_HTTPS" {
		l.tlsDefaults(c.minor)
	}
	return l
}

// tlsDefaults are those of a fresh Octavia configuration.
func (l *listener) tlsDefaults(minor int) {
	if l.ciphers == "" {
		l.ciphers = "TLS_AES_256_GCM_SHA384:TLS_CHACHA20_POLY1305_SHA256:TLS_AES_128_GCM_SHA256:DHE-RSA-AES256-GCM-SHA384:DHE-RSA-AES128-GCM-SHA256:ECDHE-RSA-AES256-GCM-SHA384:ECDHE-RSA-AES128-GCM-SHA256:DHE-RSA-AES256-SHA256:DHE-RSA-AES128-SHA256:ECDHE-RSA-AES256-SHA384:ECDHE-RSA-AES128-SHA256"
	}
	if l.versions == nil {
		l.versions = []string{"TLSv1.2", "TLSv1.3"}
	}
	if l.alpn == nil {
		l.alpn = []string{"h2", "http/1.1", "http/1.0"}
	}
}

// set applies what POST and PUT share.
func (l *listener) set(b body) {
	b.setInt(&l.limit, "connection_limit", -1)
	b.setStr(&l.tlsRef, "default_tls_container_ref")
	b.setStrs(&l.sniRefs, "sni_container_refs")
	if b.has("insert_headers") {
		l.headers, _ = b["insert_headers"].(map[string]string)
		if l.headers == nil {
			l.headers = map[string]string{}
		}
	}
	b.setInt(&l.clientData, "timeout_client_data", dataTimeout)
	b.setInt(&l.connect, "timeout_member_connect", connectTimeout)
	b.setInt(&l.memberData, "timeout_member_data", dataTimeout)
	b.setInt(&l.inspect, "timeout_tcp_inspect", 0)
	b.setStr(&l.caRef, "client_ca_tls_container_ref")
	b.setStrOr(&l.clientAuth, "client_authentication", "NONE")
	b.setStr(&l.crlRef, "client_crl_container_ref")
	b.setStrs(&l.cidrs, "allowed_cidrs")
	slices.Sort(l.cidrs)
	l.cidrs = slices.Compact(l.cidrs)
	b.setStr(&l.ciphers, "tls_ciphers")
	b.setStrs(&l.versions, "tls_versions")
	b.setStrs(&l.alpn, "alpn_protocols")
	b.setOptInt(&l.hstsAge, "hsts_max_age")
	b.setBool(&l.hstsSub, "hsts_include_subdomains")
	b.setBool(&l.hstsPreload, "hsts_preload")
}

func (c *Cloud) defaultPool(lb *loadBalancer, b body, protocol string) (*pool, error) {
	if !b.sent("default_pool_id") {
		return nil, nil
	}
	id := b.str("default_pool_id")
	p, found := c.store.pools.get(id)
	if !found || p.lb != lb {
		return nil, notFound("Pool", id)
	}
	return p, fits(protocol, p.protocol)
}

// fits tells which pools a listener can use.
func fits(listener, pool string) error {
	if listener == "PROMETHEUS" {
		return badRequest("Protocol PROMETHEUS listeners cannot have child objects.")
	}
	allowed := map[string][]string{
		"TCP": {"HTTP", "HTTPS", "PROXY", "PROXYV2", "TCP"}, "HTTP": {"HTTP", "PROXY", "PROXYV2"},
		"HTTPS": {"HTTPS", "PROXY", "PROXYV2", "TCP"}, "TERMINATED_HTTPS": {"HTTP", "PROXY", "PROXYV2"},
		"UDP": {"UDP"}, "SCTP": {"SCTP"},
	}
	if slices.Contains(allowed[listener], pool) {
		return nil
	}
	return invalid("The pool protocol '%s' is invalid while the listener protocol is '%s'.", pool, listener)
}

// layer4 is the family in which listeners must not share a port.
func layer4(protocol string) string {
	if protocol == "UDP" || protocol == "SCTP" {
		return protocol
	}
	return "TCP"
}

// checkListener is what Octavia tests only once it holds the lock.
func (c *Cloud) checkListener(l *listener, b body, others []*listener) error {
	if l.protocol == "" {
		return badRequest("None is not a valid option for protocol")
	}
	if !b.sent("protocol_port") {
		return badRequest("None is not a valid option for protocol_port")
	}
	for _, o := range others {
		if o.port == l.port && (layer4(o.protocol) == layer4(l.protocol) || c.release < provider.Train) {
			return conflict("Another Listener on this Load Balancer is already using protocol %s and protocol_port %d", o.protocol, o.port)
		}
	}
	if err := l.checkHeaders("dict_keys(", ")"); err != nil {
		return err
	}
	if err := l.checkTLS(); err != nil {
		return err
	}
	return c.checkCIDRs(l)
}

func (l *listener) checkHeaders(open, shut string) error {
	if len(l.headers) == 0 {
		return nil
	}
	if l.protocol != "HTTP" && l.protocol != "TERMINATED_HTTPS" {
		return badRequest("insert-headers is not a valid option for a %s protocol listener.", l.protocol)
	}
	plain := []string{"X-Forwarded-For", "X-Forwarded-Port", "X-Forwarded-Proto", "X-Forwarded-IP", "X-Client-IP", "X-Real-IP"}
	tls := []string{
		"X-SSL-Client-Verify", "X-SSL-Client-Has-Cert", "X-SSL-Client-DN", "X-SSL-Client-CN", "X-SSL-Issuer",
		"X-SSL-Client-SHA1", "X-SSL-Client-Not-Before", "X-SSL-Client-Not-After",
	}
	var unknown, misplaced []string
	for _, h := range sortedKeys(l.headers) {
		switch {
		case slices.Contains(plain, h):
		case slices.Contains(tls, h) && l.protocol == "TERMINATED_HTTPS":
		case slices.Contains(tls, h):
			misplaced = append(misplaced, h)
		default:
			unknown = append(unknown, h)
		}
	}
	if len(unknown) > 0 {
		return badRequest("%s%s%s is not a valid option for insert_headers", open, pyList(unknown), shut)
	}
	if len(misplaced) > 0 {
		return badRequest("%s is not a valid option for %s protocol listener.", pyList(misplaced), l.protocol)
	}
	return nil
}

func (l *listener) checkTLS() error {
	refs := append(nonEmpty(l.tlsRef, l.caRef, l.crlRef), l.sniRefs...)
	if l.protocol != "TERMINATED_HTTPS" {
		if len(refs) > 0 {
			return invalid("Certificate container references are not allowed on %s protocol listeners.", l.protocol)
		}
		if l.hstsAge != nil || l.hstsSub || l.hstsPreload {
			return invalid("The HSTS feature can only be used for listeners using the TERMINATED_HTTPS protocol.")
		}
		return nil
	}
	if l.tlsRef == "" && len(l.sniRefs) == 0 {
		return invalid("An SNI or default certificate container reference must be provided for TERMINATED_HTTPS protocol listeners.")
	}
	if l.clientAuth != "NONE" && l.caRef == "" {
		return invalid("Client authentication setting %s requires a client CA container reference.", l.clientAuth)
	}
	if l.caRef == "" && l.crlRef != "" {
		return invalid("A client CA reference is required to specify a client CA CRL.")
	}
	if l.hstsAge == nil && (l.hstsSub || l.hstsPreload) {
		return invalid("HSTS configuration options hsts_include_subdomains and hsts_preload only make sense if hsts_max_age is set as well.")
	}
	for _, r := range refs {
		if !readable(r) {
			return badRequest("Could not retrieve certificate: ['%s']", r)
		}
	}
	return nil
}

// readable stands for Barbican: any reference that says "missing" is.
func readable(ref string) bool { return !strings.Contains(ref, "missing") }

func nonEmpty(all ...string) []string {
	return slices.DeleteFunc(all, func(s string) bool { return s == "" })
}

func (c *Cloud) checkCIDRs(l *listener) error {
	if len(l.cidrs) > 0 && len(l.lb.groups) > 0 {
		return invalid("Allowed CIDRs are not allowed when using custom VIP Security Groups.")
	}
	vips := l.lb.addresses()
	for _, s := range l.cidrs {
		p, err := netip.ParsePrefix(s)
		if err != nil || slices.ContainsFunc(vips, func(a string) bool { return sameFamily(a, p.Addr().String()) }) {
			continue
		}
		if c.release <= provider.Zed {
			return invalid("CIDR %s IP version incompatible with VIP %s IP version.", s, l.lb.vip.address)
		}
		return invalid("CIDR %s IP version incompatible with all VIPs %s IP version.", s, pyList(vips))
	}
	return nil
}

func (c *Cloud) updateListener(q *request, id string) (answer, error) {
	b, err := q.decode(arg{"listener_", "listener", "XXX"}, c.tables.listenerPut)
	if err != nil {
		return answer{}, err
	}
	l, err := find(c, c.store.listeners, c.views.listener, id, c.writer(q))
	if err != nil {
		return answer{}, err
	}
	p, err := c.defaultPool(l.lb, b, l.protocol)
	if err != nil {
		return answer{}, err
	}
	changed := *l // checked before it becomes true
	changed.common.apply(b)
	changed.set(b)
	if err := c.checkUpdated(&changed); err != nil {
		return answer{}, err
	}
	if err := lockLB(l.lb); err != nil {
		return answer{}, err
	}
	if err := l.lb.driver.checkListener(&changed); err != nil {
		return answer{}, err
	}
	*l = changed
	if b.has("default_pool_id") && l.defaultPool != p {
		l.setDefault(p)
	}
	c.mark(l, pendingUpdate)
	c.submit(q, &work{lb: l.lb, kind: kindListener, status: pendingUpdate, objects: []thing{l}})
	return ok(c.views.listener.wrap(l, q))
}

func (c *Cloud) checkUpdated(l *listener) error {
	if err := l.checkHeaders("", ""); err != nil {
		return err
	}
	if err := l.checkTLS(); err != nil {
		return err
	}
	return c.checkCIDRs(l)
}

func (c *Cloud) deleteListener(q *request, id string) (answer, error) {
	l, err := find(c, c.store.listeners, c.views.listener, id, c.writer(q))
	if err != nil {
		return answer{}, err
	}
	if err := lockLB(l.lb); err != nil {
		return answer{}, err
	}
	c.mark(l, pendingDelete)
	c.submit(q, &work{lb: l.lb, kind: kindListener, status: pendingDelete, objects: []thing{l}})
	return empty(http.StatusNoContent)
}
