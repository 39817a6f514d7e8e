// SPDX-License-Identifier: Apache-2.0

package fake

import (
	"errors"
	"iter"
	"net/http"
	"net/netip"
	"slices"
	"strconv"
)

// memberResource is what lies below /pools/{id}.
func (c *Cloud) memberResource(q *request, poolID, name string) (*resource, error) {
	if name != "members" {
		return nil, nil
	}
	p, found := c.store.pools.get(poolID)
	if !found { // the look-up runs in routing, hence the other envelope and its odd title
		return nil, routing(http.StatusNotFound, "Bad Request", "Pool "+poolID+" not found.")
	}
	return &resource{
		kind: "MemberRootPOST", arg: "member_",
		list: func(q *request) (answer, error) {
			if err := c.read(q, p.project); err != nil {
				return answer{}, err
			}
			return list(c.views.member, q, ofProject(q, p.members), c.store.members.get)
		},
		create: func(q *request) (answer, error) { return c.createMember(q, p) },
		batch:  func(q *request) (answer, error) { return c.batchMembers(q, p) },
		get: func(q *request, id string) (answer, error) {
			m, err := c.memberOf(p, id, c.reader(q))
			if err != nil {
				return answer{}, err
			}
			return ok(c.views.member.wrap(m, q))
		},
		update: func(q *request, id string) (answer, error) { return c.updateMember(q, p, id) },
		remove: func(q *request, id string) (answer, error) { return c.deleteMember(q, p, id) },
	}, nil
}

// ofProject is a list below an item, of which project_id is a filter like any other.
func ofProject[T thing](q *request, all []T) iter.Seq[T] {
	return filter(slices.Values(all), func(o T) bool {
		return !q.query.Has("project_id") || q.query.Get("project_id") == o.base().project
	})
}

func (c *Cloud) memberOf(p *pool, id string, allow func(string) error) (*member, error) {
	m, found := c.store.members.get(id)
	if !found || m.pool != p {
		return nil, notFound("Member", id)
	}
	return m, allow(m.project)
}

func (c *Cloud) createMember(q *request, p *pool) (answer, error) {
	b, err := q.decode(arg{name: "member_", wrapper: "member", first: "address", null: c.assigned("project_id")}, c.tables.memberPost)
	if err != nil {
		return answer{}, err
	}
	if err := c.write(q, p.project); err != nil {
		return answer{}, err
	}
	if err := reservedAddress(orNone(b, "address")); err != nil {
		return answer{}, err
	}
	if err := c.checkSubnet(q, b); err != nil {
		return answer{}, err
	}
	if err := c.quota(p.project, kindMember, 1); err != nil {
		return answer{}, err
	}
	if err := lockPool(p); err != nil {
		return answer{}, err
	}
	if err := c.checkSRIOV(p.lb, b); err != nil {
		return answer{}, err
	}
	m := c.newMember(p, b)
	if err := storableMember(b); err != nil {
		return answer{}, err
	}
	if _, taken := p.byAddress[m.at]; taken {
		return answer{}, duplicateMember(m.at)
	}
	if err := p.lb.driver.checkMember(m, "creation"); err != nil {
		return answer{}, err
	}
	c.store.insert(m)
	c.submit(q, &work{lb: p.lb, kind: kindMember, status: pendingCreate, objects: []thing{m}, parents: withListeners(p, p)})
	return createdAs(c.views.member.wrap(m, q))
}

func duplicateMember(at endpoint) error {
	return conflict("Another member on this pool is already using ip %s on protocol_port %d", at.address, at.port)
}

func (c *Cloud) checkSubnet(q *request, b body) error {
	id := b.str("subnet_id")
	if _, found := c.subnetFor(q, id); id != "" && !found {
		return badRequest("Subnet %s not found.", id)
	}
	return nil
}

// storableMember: there are columns that the database does not take a null for.
func storableMember(b body) error {
	if b.has("backup") && !b.sent("backup") || !b.sent("protocol_port") {
		return errUnknown()
	}
	var refusal *apiError
	err := storable(b)
	if errors.As(err, &refusal) && refusal.status == http.StatusConflict { // a tag, and it takes it for the address
		return duplicateMember(endpoint{b.str("address"), b.num("protocol_port")})
	}
	return err
}

// reservedAddress refuses the metadata service, and what passes for an address although
// it is none: a number with a fraction, or null.
func reservedAddress(address string) error {
	if _, err := netip.ParseAddr(address); err != nil {
		if _, err := strconv.ParseUint(address, 10, 64); err != nil && address != "True" && address != "False" {
			return serverError("%s does not appear to be an IPv4 or IPv6 address", address)
		}
	}
	if address == "169.254.169.254" {
		return badRequest("%s is not a valid option for member address", address)
	}
	return nil
}

func (c *Cloud) newMember(p *pool, b body) *member {
	m := &member{
		common: c.fresh(kindMember, p.project, b), pool: p, vnic: vnicType(b), backup: b.flag("backup"),
		at: endpoint{b.str("address"), b.num("protocol_port")}, weight: b.optInt("weight"), subnet: b.str("subnet_id"),
		monitorAddress: b.str("monitor_address"), monitorPort: b.optInt("monitor_port"),
	}
	if p.monitor == nil {
		m.oper = noMonitor
	}
	return m
}

func (c *Cloud) updateMember(q *request, p *pool, id string) (answer, error) {
	b, err := q.decode(arg{name: "member_", wrapper: "member", first: "backup"}, c.tables.memberPut)
	if err != nil {
		return answer{}, err
	}
	m, err := c.memberOf(p, id, c.writer(q))
	if err != nil {
		return answer{}, err
	}
	if err := lockPool(p); err != nil {
		return answer{}, err
	}
	changed := *m
	changed.common.apply(b)
	one := 1
	if b.has("weight") {
		changed.weight = &one
		if b.sent("weight") {
			changed.weight = b.optInt("weight")
		}
	}
	b.setBool(&changed.backup, "backup")
	b.setStr(&changed.monitorAddress, "monitor_address")
	b.setOptInt(&changed.monitorPort, "monitor_port")
	if err := p.lb.driver.checkMember(&changed, "update"); err != nil {
		return answer{}, err
	}
	if err := storableUpdate(b, m.tags); err != nil {
		return answer{}, err
	}
	*m = changed
	c.mark(m, pendingUpdate)
	c.submit(q, &work{lb: p.lb, kind: kindMember, status: pendingUpdate, sent: b, objects: []thing{m}, parents: withListeners(p, p)})
	return ok(c.views.member.wrap(m, q))
}

func (c *Cloud) deleteMember(q *request, p *pool, id string) (answer, error) {
	m, err := c.memberOf(p, id, c.writer(q))
	if err != nil {
		return answer{}, err
	}
	if err := lockPool(p); err != nil {
		return answer{}, err
	}
	c.mark(m, pendingDelete)
	c.submit(q, &work{lb: p.lb, kind: kindMember, status: pendingDelete, objects: []thing{m}, parents: withListeners(p, p)})
	return empty(http.StatusNoContent)
}

// foreignFamily reports whether no VIP is of the member's IP version.
func (m *member) foreignFamily() bool {
	return !slices.ContainsFunc(m.pool.lb.addresses(), func(a string) bool { return sameFamily(a, m.at.address) })
}

// probedElsewhere reports whether its monitor is to look at another address or port.
func (m *member) probedElsewhere() bool { return m.monitorAddress != "" || m.monitorPort != nil }
