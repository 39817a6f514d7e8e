// SPDX-License-Identifier: Apache-2.0

package fake

import (
	"maps"
	"slices"

	"github.com/octaviakit/octaviakit/provider"
)

// graph is a fully populated create on its way: everything is built aside, and nothing
// is stored until all of it has passed.
type graph struct {
	c         *Cloud
	lb        *loadBalancer
	defs      []body
	names     map[string]*pool
	pools     []*pool
	listeners []*listener
}

// prepare makes the VIP's ports, then the objects, and asks the provider: the checks need
// the VIP's address.
func (g *graph) prepare(b body) error {
	if err := g.lb.driver.port(g.c, g.lb); err != nil {
		return err
	}
	if err := g.build(b); err != nil {
		return err
	}
	return g.lb.driver.checkGraph(g.lb, g.listeners, g.pools)
}

// build makes the objects in Octavia's order: pools with monitors and members, then
// listeners with policies and rules.
func (g *graph) build(b body) error {
	g.names = map[string]*pool{}
	g.defs = append(g.defs, b.objs("pools")...)
	if err := g.hoist(b.objs("listeners")); err != nil {
		return err
	}
	if slices.ContainsFunc(g.defs, isNull) {
		return errNullItem()
	}
	if err := g.checkNames(b.objs("listeners")); err != nil {
		return err
	}
	if err := g.c.quota(g.lb.project, kindPool, len(g.defs)); err != nil {
		return err
	}
	for _, d := range g.defs {
		if err := g.pool(d); err != nil {
			return err
		}
	}
	if err := g.c.quota(g.lb.project, kindListener, len(b.objs("listeners"))); err != nil {
		return err
	}
	for _, l := range b.objs("listeners") {
		if err := g.listener(l); err != nil {
			return err
		}
	}
	return nil
}

func (g *graph) pool(b body) error {
	c := g.c
	if err := whole(b); err != nil {
		return err
	}
	if err := g.spelledTLS(b); err != nil {
		return err
	}
	if slices.ContainsFunc(b.objs("members"), isNull) {
		if c.release < provider.Bobcat {
			return serverError("'NoneType' object does not support item assignment")
		}
		return errNullItem()
	}
	if err := storable(b); err != nil {
		return err
	}
	p := c.newPool(g.lb, b)
	if err := p.checkTLS(); err != nil {
		return err
	}
	if p.protocol == "" || p.algorithm == "" {
		return errUnknown()
	}
	g.names[p.name] = p
	g.pools = append(g.pools, p)
	if m := b.obj("healthmonitor"); m != nil {
		if err := g.monitor(p, m); err != nil {
			return err
		}
	}
	members := b.objs("members")
	if len(members) > 0 {
		if err := c.quota(g.lb.project, kindMember, g.countMembers()+len(members)); err != nil {
			return err
		}
	}
	for _, m := range members {
		if err := g.member(p, m); err != nil {
			return err
		}
	}
	return nil
}

// spelledTLS: a pool with TLS must name what shall have its default, be it null
// (octavia/db/prepare.py, create_pool: a KeyError).
func (g *graph) spelledTLS(b body) error {
	if !b.flag("tls_enabled") || !g.lb.driver.quirk("populated-create-pool-tls") {
		return nil
	}
	for _, a := range []struct {
		name  string
		since int
	}{{"tls_ciphers", 15}, {"tls_versions", 18}, {"alpn_protocols", 24}} {
		if g.c.minor >= a.since && !b.has(a.name) {
			return serverError("'%s'", a.name)
		}
	}
	return nil
}

func (g *graph) countMembers() int {
	n := 0
	for _, p := range g.pools {
		n += len(p.members)
	}
	return n
}

func (g *graph) monitor(p *pool, b body) error {
	monitors := 1
	for _, other := range g.pools {
		if other.monitor != nil {
			monitors++
		}
	}
	if err := g.c.quota(g.lb.project, kindMonitor, monitors); err != nil {
		return err
	}
	h := g.c.newMonitor(p, b)
	if err := h.check(b); err != nil {
		return err
	}
	if err := storableMonitor(b); err != nil {
		return err
	}
	// Octavia means the protocol, and prints the pool.
	if err := h.checkPool(b, "<octavia.common.data_models.Pool object at 0x7f0000000000>"); err != nil {
		return err
	}
	p.monitor = h
	return nil
}

// member: neither subnets nor session persistence are looked at here, unlike in a POST
// of their own.
func (g *graph) member(p *pool, b body) error {
	if err := reservedAddress(orNone(b, "address")); err != nil {
		return err
	}
	if err := g.c.checkSRIOV(g.lb, b); err != nil {
		return err
	}
	m := g.c.newMember(p, b)
	m.oper = noMonitor // the monitor comes with the same transaction, and is not looked for
	if _, taken := p.byAddress[m.at]; taken {
		return duplicateMember(m.at)
	}
	if err := storableMember(b); err != nil {
		return err
	}
	p.byAddress[m.at] = m
	p.members = append(p.members, m)
	return nil
}

func (g *graph) listener(b body) error {
	c := g.c
	l := c.newListener(g.lb, b)
	if d := b.obj("default_pool"); d != nil {
		p := g.names[d.str("name")]
		if err := fits(l.protocol, p.protocol); err != nil {
			return err
		}
		c.adopt(l, p)
	} else if b.sent("default_pool_id") {
		return notFound("Pool", b.str("default_pool_id"))
	}
	if l.protocol == "PROMETHEUS" && len(b.objs("l7policies")) > 0 {
		return badRequest("Protocol PROMETHEUS listeners cannot have child objects.")
	}
	if len(l.cidrs) > 0 && g.lb.driver.quirk("populated-create-allowed-cidrs") {
		return invalid("CIDR %s IP version incompatible with all VIPs [] IP version.", l.cidrs[0])
	}
	if err := c.checkListener(l, b, g.listeners); err != nil {
		return err
	}
	if err := storableListener(b); err != nil {
		return err
	}
	g.listeners = append(g.listeners, l)
	for _, r := range b.objs("l7policies") {
		if err := g.policy(l, r); err != nil {
			return err
		}
	}
	return nil
}

// policy: the protocol of a redirect pool is not compared here.
func (g *graph) policy(l *listener, b body) error {
	sent, target := maps.Clone(b), b.obj("redirect_pool")
	if target != nil {
		sent["redirect_pool_id"] = target.str("name")
	}
	r, err := g.c.newPolicy(l, sent)
	if err != nil {
		return err
	}
	if target != nil && r.action == "REDIRECT_TO_POOL" {
		r.setPool(g.names[target.str("name")])
	}
	if r.rules, err = g.c.inline(r, b.objs("rules")); err != nil {
		return err
	}
	for _, x := range append([]body{b}, b.objs("rules")...) {
		if err := storable(x); err != nil {
			return err
		}
	}
	r.moveTo(positionOr(b), g.c.now())
	return nil
}

// objects lists the load balancer and everything below it, in the order in which a
// driver that queues takes them.
func (g *graph) objects() []thing {
	all := []thing{g.lb}
	for _, l := range g.listeners {
		all = append(all, l)
	}
	for _, p := range g.pools {
		all = append(all, p)
		if p.monitor != nil {
			all = append(all, p.monitor)
		}
		for _, m := range p.members {
			all = append(all, m)
		}
	}
	for _, l := range g.listeners {
		for _, r := range l.policies {
			all = append(all, r)
			for _, x := range r.rules {
				all = append(all, x)
			}
		}
	}
	return all
}

// insert files everything. The parents' lists are already complete, so they are emptied
// first and refilled one by one.
func (g *graph) insert() {
	all := g.objects()
	for _, p := range g.pools {
		p.members = nil
	}
	for _, l := range g.listeners {
		for _, r := range l.policies {
			r.rules = nil
		}
	}
	for _, o := range all {
		g.c.store.insert(o)
	}
}
