// SPDX-License-Identifier: Apache-2.0

package fake

import (
	"net/http"
)

func (c *Cloud) poolResource() *resource {
	return &resource{
		kind: "PoolRootPOST", arg: "pool_",
		list: lister(c, c.store.pools, c.views.pool), get: getter(c, c.store.pools, c.views.pool),
		create: c.createPool, update: c.updatePool, remove: c.deletePool, below: c.memberResource,
	}
}

func (c *Cloud) createPool(q *request) (answer, error) {
	b, err := q.decode(arg{name: "pool_", wrapper: "pool", first: "loadbalancer_id"}, c.tables.poolPost)
	if err != nil {
		return answer{}, err
	}
	lb, l, err := c.poolParents(q, b)
	if err != nil {
		return answer{}, err
	}
	p := c.newPool(lb, b)
	if err := c.checkNewPool(p, l, b); err != nil {
		return answer{}, err
	}
	c.store.insert(p)
	var parents []thing
	if l != nil {
		l.setDefault(p)
		parents = append(parents, l)
	}
	c.submit(q, &work{lb: lb, kind: kindPool, status: pendingCreate, objects: []thing{p}, parents: parents})
	return createdAs(c.views.pool.wrap(p, q))
}

// checkNewPool looks at a pool that is to be a listener's default, if there is a listener, in Octavia's order.
func (c *Cloud) checkNewPool(p *pool, l *listener, b body) error {
	if err := p.checkSession(b.obj("session_persistence"), "UDP and SCTP"); err != nil {
		return err
	}
	if err := c.quota(p.project, kindPool, 1); err != nil {
		return err
	}
	if l != nil && l.defaultPool != nil {
		return conflict("This listener already has a default pool")
	}
	if err := lockLB(p.lb); err != nil {
		return err
	}
	if err := p.checkTLS(); err != nil {
		return err
	}
	if len(b.objs("members")) > 0 || b.sent("healthmonitor") {
		return serverError("'dict' object has no attribute '_sa_instance_state'")
	}
	if err := storable(b); err != nil {
		return err
	}
	if p.protocol == "" || p.algorithm == "" {
		return errUnknown()
	}
	return p.lb.driver.checkPool(p)
}

// poolParents finds the load balancer, by itself or through the listener. The protocol
// is compared only in the second case: with both ids given, Octavia forgets to.
func (c *Cloud) poolParents(q *request, b body) (*loadBalancer, *listener, error) {
	var l *listener
	if b.sent("listener_id") {
		l, _ = c.store.listeners.get(b.str("listener_id"))
	}
	if b.sent("loadbalancer_id") {
		lb, err := find(c.store.lbs, c.views.lb, b.str("loadbalancer_id"), c.writer(q))
		if err != nil {
			return nil, nil, err
		}
		if b.sent("listener_id") && (l == nil || l.lb != lb) {
			return nil, nil, serverError("'NoneType' object has no attribute 'default_pool'")
		}
		return lb, l, nil
	}
	if !b.sent("listener_id") {
		return nil, nil, invalid("Must provide at least one of: loadbalancer_id, listener_id")
	}
	if l == nil {
		return nil, nil, serverError("'NoneType' object has no attribute 'load_balancer_id'")
	}
	if err := c.write(q, l.project); err != nil {
		return nil, nil, err
	}
	return l.lb, l, fits(l.protocol, orNone(b, "protocol"))
}

func (c *Cloud) newPool(lb *loadBalancer, b body) *pool {
	p := &pool{
		common: c.fresh(kindPool, lb.project, b), lb: lb, protocol: b.str("protocol"), algorithm: b.str("lb_algorithm"),
		byAddress: map[endpoint]*member{},
	}
	if s := b.obj("session_persistence"); s != nil {
		p.session = &persistence{}
		p.session.set(s)
	}
	p.set(b)
	if p.tls {
		tlsDefaults(&p.ciphers, &p.versions, &p.alpn)
	}
	return p
}

func (p *pool) set(b body) {
	b.setNullable(&p.tlsRef, "tls_container_ref")
	b.setNullable(&p.caRef, "ca_tls_container_ref")
	b.setNullable(&p.crlRef, "crl_container_ref")
	b.setBool(&p.tls, "tls_enabled")
	b.setNullable(&p.ciphers, "tls_ciphers")
	b.setWords(&p.versions, "tls_versions")
	b.setWords(&p.alpn, "alpn_protocols")
}

func (p *pool) checkRefs() error {
	if err := retrieve(p.tlsRef.text); err != nil {
		return err
	}
	if p.caRef.text == "" {
		return nil
	}
	return retrieve(p.caRef.text, p.crlRef.text)
}

// checkTLS looks at a new pool.
func (p *pool) checkTLS() error {
	if p.crlRef.text != "" && p.caRef.text == "" {
		return invalid("A CA certificate reference is required to specify a revocation list.")
	}
	if err := p.checkRefs(); err != nil {
		return err
	}
	if err := checkCiphers(p.ciphers.text); err != nil || !p.tls {
		return err
	}
	return checkTLSLists(p.versions, p.alpn)
}

// checkTLSUpdate looks at what an update sends.
func (p *pool) checkTLSUpdate(b body) error {
	switch {
	case p.crlRef.text == "" || p.caRef.text != "":
	case b.sent("crl_container_ref"):
		return invalid("A CA reference is required to specify a certificate revocation list.")
	default:
		return invalid("A CA reference cannot be removed when a certificate revocation list is present.")
	}
	if err := p.checkRefs(); err != nil {
		return err
	}
	if err := checkCiphers(b.str("tls_ciphers")); err != nil {
		return err
	}
	return checkTLSLists(b.strs("tls_versions"), b.strs("alpn_protocols"))
}

func (c *Cloud) updatePool(q *request, id string) (answer, error) {
	b, err := q.decode(arg{name: "pool_", wrapper: "pool", first: "tls_versions"}, c.tables.poolPut)
	if err != nil {
		return answer{}, err
	}
	p, err := find(c.store.pools, c.views.pool, id, c.writer(q))
	if err != nil {
		return answer{}, err
	}
	changed := *p
	changed.common.apply(b)
	changed.set(b)
	resetTLS(b, &changed.ciphers, &changed.versions)
	b.setStr(&changed.algorithm, "lb_algorithm")
	if err := changed.setSession(b); err != nil {
		return answer{}, err
	}
	if err := changed.checkTLSUpdate(b); err != nil {
		return answer{}, err
	}
	if err := lockLB(p.lb); err != nil {
		return answer{}, err
	}
	if err := p.lb.driver.checkPool(&changed); err != nil {
		c.forgetLock(q, p.lb, kindPool)
		return answer{}, err
	}
	if err := storableUpdate(b, p.tags); err != nil {
		return answer{}, err
	}
	if s := b.obj("session_persistence"); p.session == nil && s.has("type") && !s.sent("type") {
		return answer{}, errUnknown()
	}
	*p = changed
	c.mark(p, pendingUpdate)
	c.submit(q, &work{lb: p.lb, kind: kindPool, status: pendingUpdate, sent: b, objects: []thing{p}, parents: withListeners(p)})
	return ok(c.views.pool.wrap(p, q))
}

// forgetLock is a defect of Octavia before 11.0.0: what a provider denies here leaves
// the load balancer PENDING_UPDATE for good.
func (c *Cloud) forgetLock(q *request, lb *loadBalancer, kind string) {
	if !lb.driver.quirk("pending-after-provider-denial") {
		return
	}
	c.mark(lb, pendingUpdate)
	c.openSpan(q, lb, kind, c.now())
}

func (c *Cloud) deletePool(q *request, id string) (answer, error) {
	p, err := find(c.store.pools, c.views.pool, id, c.writer(q))
	if err != nil {
		return answer{}, err
	}
	if len(p.redirected) > 0 {
		return answer{}, conflict("Pool %s is in use by L7 policy %s", id, p.redirected[0].id)
	}
	if err := lockLB(p.lb); err != nil {
		return answer{}, err
	}
	c.mark(p, pendingDelete)
	p.orphanMonitor()
	c.submit(q, &work{lb: p.lb, kind: kindPool, status: pendingDelete, objects: []thing{p}, parents: withListeners(p)})
	return empty(http.StatusNoContent)
}
