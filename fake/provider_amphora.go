// SPDX-License-Identifier: Apache-2.0

package fake

import (
	"net/netip"
	"slices"

	"github.com/octaviakit/octaviakit/fake/internal/neutron"
	"github.com/octaviakit/octaviakit/provider"
)

// amphoraDriver is Octavia's own driver: one worker task per mutation, everything it
// touched becomes ACTIVE with it.
type amphoraDriver struct {
	column
	c *Cloud
}

// checkGraph lets everything pass: in a populated create the real driver does not look at
// the children, not even at an algorithm that it refuses in a POST of its own.
func (d *amphoraDriver) checkGraph(*loadBalancer, []*listener, []*pool) error { return nil }

func (d *amphoraDriver) checkListener(l *listener) error { return d.checkALPN(l.alpn) }

// checkALPN: null is no protocol, once the database has made a word of it.
func (d *amphoraDriver) checkALPN(protocols []string) error {
	switch {
	case !slices.Contains(protocols, nullWord):
		return nil
	case d.release < provider.Bobcat:
		return d.reports("sequence item 0: expected str instance, NoneType found")
	}
	return d.unsupportedOption("Amphora provider does not support None ALPN protocol(s). Supported: h2, http/1.1, http/1.0")
}

func (d *amphoraDriver) checkPool(p *pool) error {
	if p.algorithm == "SOURCE_IP_PORT" {
		return d.unsupportedOption("Amphora provider does not support SOURCE_IP_PORT algorithm.")
	}
	return d.checkALPN(p.alpn)
}

func (d *amphoraDriver) checkMember(m *member, verb string) error {
	p := m.pool
	if (p.protocol != "UDP" && p.protocol != "SCTP") || len(p.usedBy()) == 0 {
		return nil
	}
	if m.foreignFamily() {
		return d.unsupportedOption("This provider doesn't support mixing IPv4 and IPv6 addresses for its VIP and members in %s load balancers.", p.protocol)
	}
	return nil
}

func (d *amphoraDriver) checkBatch(members []*member) error {
	for _, m := range members {
		if err := d.checkMember(m, "batch update"); err != nil {
			return err
		}
	}
	return nil
}

func (d *amphoraDriver) checkMonitor(*monitor) error { return nil }

func (d *amphoraDriver) checkPolicy(l *listener, _ string) error {
	if l.protocol != "HTTP" && l.protocol != "TERMINATED_HTTPS" {
		return d.unsupportedOption("%s protocol listeners do not support L7 policies", l.protocol)
	}
	return nil
}

func (d *amphoraDriver) checkFailover() error { return nil }

// port makes one port with an address per VIP. It stays down and disabled for ever: the
// amphorae have ports of their own and answer for its address.
func (d *amphoraDriver) port(c *Cloud, lb *loadBalancer) error {
	if n, _ := c.neutron.Network(lb.network); !n.PortSecurity {
		return d.reports("Port security must be enabled on the VIP network.")
	}
	if lb.vip.port != "" {
		if d.release >= provider.Flamingo { // before, it was anybody's to use once more
			c.neutron.UpdatePort(lb.vip.port, func(p *neutron.Port) {
				p.DeviceOwner, p.DeviceID = "Octavia", "lb-"+lb.id
			})
		}
		return nil
	}
	want := neutron.Port{
		NetworkID: lb.network, Name: "octavia-lb-" + lb.id, DeviceOwner: "Octavia", DeviceID: "lb-" + lb.id,
		ProjectID: lb.project, SecurityGroups: lb.chosenGroups(), FixedIPs: []neutron.FixedIP{fixed(lb.vip)},
	}
	for _, v := range lb.additional {
		want.FixedIPs = append(want.FixedIPs, fixed(v))
	}
	got, err := c.neutron.CreatePort(want)
	if err != nil {
		return c.portError(d.column, err)
	}
	lb.vip.port, lb.vip.address = got.ID, got.FixedIPs[0].Address.String()
	lb.ownPorts = []string{got.ID}
	for i := range lb.additional {
		lb.additional[i].port = got.ID
		lb.additional[i].address = got.FixedIPs[i+1].Address.String()
	}
	return nil
}

func fixed(v vip) neutron.FixedIP {
	addr, _ := netip.ParseAddr(v.address) // the zero Addr asks Neutron to choose
	return neutron.FixedIP{SubnetID: v.subnet, Address: addr}
}

func (d *amphoraDriver) schedule(c *Cloud, w *work) {
	kind := w.kind
	if kind == kindListener && w.status == pendingDelete && len(w.lb.listeners) == 1 && d.quirk("last-listener-delete-failover") {
		kind = kindFailover
	}
	due := c.now().Add(c.delay(kind, w.status))
	if w.graph && d.plugFails(c, w) {
		w.good = 0
	}
	if w.needsPorts() {
		due = due.Add(d.boot(w))
	}
	var children []step
	for i := range w.objects {
		s := w.outcome(i)
		if w.graph && i > 0 && (w.good < len(w.objects) || d.quirk("populated-create-children-lost")) {
			continue // never marked: they stay PENDING_CREATE
		}
		children = append(children, s)
	}
	steps := children
	if !touches(w.objects, w.lb) {
		steps = append(w.locked(), children...)
	}
	steps = w.unstuck(steps)
	then := func() { d.network(w) }
	if c.lag == 0 || len(steps) < 2 {
		c.enqueue(due, w.lb, steps...).then = then
		return
	}
	c.enqueue(due, w.lb, steps[0]).then = then
	c.enqueue(due.Add(c.lag), w.lb, steps[1:]...)
}

// network is what is left to do in Neutron once work is done.
func (d *amphoraDriver) network(w *work) {
	switch {
	case w.needsPorts():
		d.booted(w)
	case w.kind == kindLB && w.status == pendingUpdate:
		d.applyQoS(w.lb)
	}
}

// plugFails reports members of a populated create in subnets that do not exist: the API does
// not look, and the worker fails when it comes to plug them.
func (d *amphoraDriver) plugFails(c *Cloud, w *work) bool {
	return slices.ContainsFunc(w.objects, func(o thing) bool {
		m, isMember := o.(*member)
		if !isMember || m.subnet == "" {
			return false
		}
		_, found := c.neutron.Subnet(m.subnet)
		return !found
	})
}

func touches(objects []thing, o thing) bool { return slices.Contains(objects, o) }

func sameFamily(a, b string) bool {
	x, err1 := netip.ParseAddr(a)
	y, err2 := netip.ParseAddr(b)
	return err1 == nil && err2 == nil && x.Is4() == y.Is4()
}

// rollUp derives operating statuses as amphorae report them: members first, then pools
// that a listener uses, then the load balancer. A pool that is down does not make its
// listener ERROR here; on ovn it does.
func (d *amphoraDriver) rollUp(lb *loadBalancer) {
	d.guard(lb)
	worst := online
	reported := map[*pool]bool{}
	for _, l := range lb.listeners {
		if l.unborn() {
			continue
		}
		l.oper = offline
		if !l.enabled || !lb.enabled {
			continue
		}
		l.oper = online
		for _, p := range l.uses() {
			reported[p] = p.enabled
		}
	}
	for _, p := range lb.pools {
		if p.unborn() {
			continue
		}
		p.oper = p.heartbeat(reported[p])
		if reported[p] {
			worst = worse(worst, p.oper)
		}
	}
	if lb.unborn() {
		return
	}
	lb.oper = worst
	if !lb.enabled {
		lb.oper = offline
	}
}

// heartbeat is what an amphora reports of a pool and its members.
func (p *pool) heartbeat(reported bool) string {
	up, down := 0, 0
	for _, m := range p.members {
		if m.prov == pendingCreate {
			continue
		}
		m.oper = m.heartbeat(reported)
		switch m.oper {
		case inError:
			down++
		case online, draining, noMonitor:
			up++
		}
	}
	switch {
	case !reported:
		return offline
	case down > 0 && up == 0:
		return inError
	case down > 0:
		return degraded
	default:
		return online
	}
}

func (m *member) heartbeat(reported bool) string {
	monitored := m.pool.monitor != nil && m.pool.monitor.prov != pendingCreate
	switch {
	case !monitored && m.enabled:
		return noMonitor
	case !reported || !m.enabled:
		return offline
	case m.down:
		return inError
	case m.weight != nil && *m.weight == 0:
		return draining
	default:
		return online
	}
}

// worse picks the worse of two operating statuses.
func worse(a, b string) string {
	rank := func(s string) int { return slices.Index([]string{offline, online, degraded, inError}, s) }
	if rank(b) > rank(a) {
		return b
	}
	return a
}
