// SPDX-License-Identifier: Apache-2.0

package fake

import (
	"net/http"
	"slices"

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
	b, err := q.decode(arg{name: "listener_", wrapper: "listener", first: "loadbalancer_id"}, c.tables.listenerPost)
	if err != nil {
		return answer{}, err
	}
	lb, err := find(c.store.lbs, c.views.lb, orNone(b, "loadbalancer_id"), c.writer(q))
	if err != nil {
		return answer{}, err
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
	switch {
	case b.sent("default_pool"), len(b.objs("l7policies")) > 0:
		return answer{}, serverError("'dict' object has no attribute '_sa_instance_state'")
	case b.has("l7policies") && !b.sent("l7policies"):
		return answer{}, serverError("Incompatible collection type: None is not list-like")
	}
	if err := storableListener(b); err != nil {
		return answer{}, err
	}
	if err := lb.driver.checkListener(l); err != nil {
		return answer{}, err
	}
	c.store.insert(l)
	c.adopt(l, p)
	c.submit(q, &work{lb: lb, kind: kindListener, status: pendingCreate, objects: []thing{l}})
	return createdAs(c.views.listener.wrap(l, q))
}

// adopt gives a new listener its pool. Before Octavia's sessions were put in order
// (13.0.0), its database wrote such a listener twice, and an update it was.
func (c *Cloud) adopt(l *listener, p *pool) {
	l.setDefault(p)
	if p != nil && c.release < provider.Bobcat {
		l.updated = l.created
	}
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
		limit: new(-1), clientData: dataTimeout, connect: connectTimeout, memberData: dataTimeout, clientAuth: "NONE",
		headers: map[string]string{}, sniRefs: []string{}, hstsSub: new(false), hstsPreload: new(false),
	}
	l.set(b)
	if b.has("connection_limit") {
		l.limit = b.optInt("connection_limit")
	}
	if b.has("client_authentication") && !b.sent("client_authentication") {
		l.clientAuth = "None" // which is refused, as it is not NONE
	}
	if b.has("hsts_include_subdomains") && !b.sent("hsts_include_subdomains") {
		l.hstsSub = nil
	}
	if b.has("hsts_preload") && !b.sent("hsts_preload") {
		l.hstsPreload = nil
	}
	if l.protocol == "TERMINATED_HTTPS" {
		tlsDefaults(&l.ciphers, &l.versions, &l.alpn)
	}
	return l
}

// set applies what POST and PUT share.
func (l *listener) set(b body) {
	if b.has("connection_limit") {
		limit := -1
		b.setInt(&limit, "connection_limit", -1)
		l.limit = &limit
	}
	b.setNullable(&l.tlsRef, "default_tls_container_ref")
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
	b.setNullable(&l.caRef, "client_ca_tls_container_ref")
	b.setStrOr(&l.clientAuth, "client_authentication", "NONE")
	b.setNullable(&l.crlRef, "client_crl_container_ref")
	b.setStrs(&l.cidrs, "allowed_cidrs")
	slices.Sort(l.cidrs)
	l.cidrs = slices.Compact(l.cidrs)
	b.setNullable(&l.ciphers, "tls_ciphers")
	b.setWords(&l.versions, "tls_versions")
	b.setWords(&l.alpn, "alpn_protocols")
	b.setOptInt(&l.hstsAge, "hsts_max_age")
	for name, to := range map[string]**bool{"hsts_include_subdomains": &l.hstsSub, "hsts_preload": &l.hstsPreload} {
		if b.has(name) {
			*to = new(b.flag(name))
		}
	}
}

func (c *Cloud) defaultPool(lb *loadBalancer, b body, protocol string) (*pool, error) {
	if !b.sent("default_pool_id") {
		return nil, nil
	}
	if protocol == "PROMETHEUS" {
		return nil, fits(protocol, "")
	}
	id := b.str("default_pool_id")
	p, found := c.store.pools.get(id)
	if !found || p.lb != lb {
		return nil, notFound("Pool", id)
	}
	return p, fits(protocol, p.protocol)
}

func (c *Cloud) updateListener(q *request, id string) (answer, error) {
	b, err := q.decode(arg{name: "listener_", wrapper: "listener", first: "No listener object supplied."}, c.tables.listenerPut)
	if err != nil {
		return answer{}, err
	}
	l, err := find(c.store.listeners, c.views.listener, id, c.writer(q))
	if err != nil {
		return answer{}, err
	}
	changed := *l // checked before it becomes true
	changed.common.apply(b)
	changed.set(b)
	resetTLS(b, &changed.ciphers, new([]string))
	if b.has("alpn_protocols") && !b.sent("alpn_protocols") {
		tlsDefaults(new(nullable), new([]string), &changed.alpn)
	}
	if err := c.checkUpdate(&changed, l, b); err != nil {
		return answer{}, err
	}
	p, err := c.defaultPool(l.lb, b, l.protocol)
	if err != nil {
		return answer{}, err
	}
	if err := lockLB(l.lb); err != nil {
		return answer{}, err
	}
	if err := l.lb.driver.checkListener(&changed); err != nil {
		return answer{}, err
	}
	if err := storableUpdate(b, l.tags); err != nil {
		return answer{}, err
	}
	*l = changed
	if b.has("default_pool_id") && l.defaultPool != p {
		l.setDefault(p)
	}
	c.mark(l, pendingUpdate)
	c.submit(q, &work{lb: l.lb, kind: kindListener, status: pendingUpdate, sent: b, objects: []thing{l}})
	return ok(c.views.listener.wrap(l, q))
}

func (c *Cloud) deleteListener(q *request, id string) (answer, error) {
	l, err := find(c.store.listeners, c.views.listener, id, c.writer(q))
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
