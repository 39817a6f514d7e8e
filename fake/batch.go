// SPDX-License-Identifier: Apache-2.0

package fake

import (
	"net/http"
	"slices"

	"github.com/octaviakit/octaviakit/provider"
)

// batchPlan is what PUT /pools/{id}/members comes down to.
type batchPlan struct {
	pool    *pool
	creates []body
	updates []*member
	bodies  []body // of updates
	deletes []*member
	idle    int  // members that an additive batch does not name
	twice   bool // a member that is there is named twice
}

// batchMembers replaces the members of a pool, or with additive_only adds and updates.
func (c *Cloud) batchMembers(q *request, p *pool) (answer, error) {
	known := []string{}
	if c.minor >= 11 {
		known = append(known, "additive_only")
	}
	if err := onlyArguments(q, known...); err != nil {
		return answer{}, err
	}
	if err := q.media(); err != nil {
		return answer{}, err
	}
	if len(q.body) == 0 {
		return answer{}, serverError("'NoneType' object has no attribute 'members'")
	}
	v, err := arg{name: "members_", wrapper: "members", first: ""}.decodeWrapped(q.body, listOfNested(c.tables.memberPost))
	if err != nil {
		return answer{}, err
	}
	if err := c.write(q, p.project); err != nil {
		return answer{}, err
	}
	additive, _ := boolWord(q.query.Get("additive_only"))
	return c.replaceMembers(q, p, v.([]body), additive)
}

func (c *Cloud) replaceMembers(q *request, p *pool, sent []body, additive bool) (answer, error) {
	driver := p.lb.driver
	if err := lockPool(p); err != nil {
		return answer{}, err
	}
	plan, err := c.planBatch(p, sent, additive)
	if err != nil {
		return answer{}, err
	}
	if grown := len(plan.creates) - len(plan.deletes); grown > 0 {
		if err := c.quota(p.project, kindMember, grown); err != nil {
			return answer{}, err
		}
	}
	if len(sent) == 0 && len(p.members) == 0 {
		if driver.quirk("batch-noop-locks-lb") {
			c.lockForGood(q, p)
		}
		return empty(http.StatusAccepted)
	}
	if err := c.checkBatchQuirks(p, plan, sent); err != nil {
		return answer{}, err
	}
	made, changed, err := c.prepareBatch(q, plan)
	if err != nil {
		return answer{}, err
	}
	c.applyBatch(q, plan, made, changed)
	return empty(http.StatusAccepted)
}

// planBatch compares by the exact pair of address and port.
func (c *Cloud) planBatch(p *pool, sent []body, additive bool) (*batchPlan, error) {
	plan := &batchPlan{pool: p}
	kept := map[*member]bool{}
	for _, b := range sent {
		if b == nil {
			return nil, serverError("'NoneType' object has no attribute 'address'")
		}
		m, exists := p.byAddress[endpoint{b.str("address"), b.num("protocol_port")}]
		switch {
		case !exists:
			if err := reservedAddress(orNone(b, "address")); err != nil {
				return nil, err
			}
			plan.creates = append(plan.creates, b)
			continue
		case kept[m] && c.release >= provider.Dalmatian:
			return nil, invalid("Member must be updated only once in the same request.")
		}
		plan.twice = plan.twice || kept[m]
		kept[m] = true
		plan.updates, plan.bodies = append(plan.updates, m), append(plan.bodies, b)
	}
	if additive {
		plan.idle = len(p.members) - len(kept)
		return plan, nil
	}
	for _, m := range p.members {
		if !kept[m] {
			plan.deletes = append(plan.deletes, m)
		}
	}
	return plan, nil
}

// checkBatchQuirks are the batch calls that old releases fail.
func (c *Cloud) checkBatchQuirks(p *pool, plan *batchPlan, sent []body) error {
	d := p.lb.driver
	switch {
	case d.quirk("ovn-batch-signature-train"), d.quirk("ovn-batch-signature-ussuri"):
		return serverError("Provider '%s' reports error: member_batch_update() missing 1 required positional argument: 'members'", p.lb.provider)
	case d.quirk("ovn-batch-empty-pool") && len(p.members) == 0:
		return serverError("Provider '%s' reports error: list index out of range", p.lb.provider)
	case d.quirk("ovn-batch-empty-list-train") && len(sent) == 0:
		return faultf(http.StatusNotImplemented, "Provider '%s' does not support a requested option: No member information has been passed", p.lb.provider)
	case d.quirk("batch-update-only-fails") && len(plan.updates) > 0 && len(plan.creates)+len(plan.deletes) == 0:
		return serverError("Provider '%s' reports error: 'pool_id'", p.lb.provider)
	case d.quirk("batch-empty-list-index-error") && len(sent) == 0:
		return serverError("Provider '%s' reports error: list index out of range", p.lb.provider)
	}
	return nil
}

// checkNewMember is what is found out one by one as members are written.
func (c *Cloud) checkNewMember(q *request, p *pool, b body) error {
	if err := c.checkSubnet(q, b); err != nil {
		return err
	}
	if err := c.checkSRIOV(p.lb, b); err != nil {
		return err
	}
	return storableMember(b)
}

// prepareBatch builds everything and asks the driver, so that a refusal changes nothing.
// Updates are half a replacement: what a POST would default is reset, while name, tags
// and subnet stay when they are not sent.
func (c *Cloud) prepareBatch(q *request, plan *batchPlan) (made, changed []*member, err error) {
	var asked []*member // what the driver is told
	seen := map[endpoint]bool{}
	for _, b := range plan.creates {
		if err := c.checkNewMember(q, plan.pool, b); err != nil {
			return nil, nil, err
		}
		m := c.newMember(plan.pool, b)
		if seen[m.at] {
			return nil, nil, duplicateMember(m.at)
		}
		seen[m.at] = true
		made, asked = append(made, m), append(asked, m)
	}
	for i, old := range plan.updates {
		m, b := *old, plan.bodies[i]
		if err := storableMember(b); err != nil {
			return nil, nil, errUnknown() // whatever it is
		}
		m.apply(b)
		m.weight, m.backup = b.optInt("weight"), b.flag("backup")
		m.monitorAddress, m.monitorPort = b.str("monitor_address"), b.optInt("monitor_port")
		b.setStr(&m.subnet, "subnet_id")
		changed = append(changed, &m)
		sent := m
		sent.subnet = b.str("subnet_id")
		asked = append(asked, &sent)
	}
	return made, changed, plan.pool.lb.driver.checkBatch(asked)
}

func (c *Cloud) applyBatch(q *request, plan *batchPlan, made, changed []*member) {
	w := &work{lb: plan.pool.lb, kind: kindMember, status: pendingUpdate, parents: withListeners(plan.pool, plan.pool), batch: true}
	for _, m := range made {
		c.store.insert(m)
		w.objects = append(w.objects, m)
	}
	for i, m := range plan.updates {
		*m = *changed[i]
		c.mark(m, pendingUpdate)
		w.objects = append(w.objects, m)
	}
	for _, m := range plan.deletes {
		c.mark(m, pendingDelete)
		w.objects = append(w.objects, m)
	}
	if plan.twice && plan.pool.lb.driver.quirk("batch-duplicate-members") { // the worker can make no flow of it
		c.lockForGood(q, plan.pool)
		return
	}
	w.idle = plan.idle
	w.lost = slices.ContainsFunc(changed, func(m *member) bool {
		_, found := c.neutron.Subnet(m.subnet)
		return m.subnet != "" && !found
	})
	// A driver that takes members one by one adds, then updates, then removes.
	slices.SortStableFunc(w.objects, func(a, b thing) int { return batchOrder(a) - batchOrder(b) })
	c.submit(q, w)
}

func batchOrder(o thing) int {
	return slices.Index([]string{pendingCreate, pendingUpdate, pendingDelete}, o.base().prov)
}

// lockForGood is what becomes of a change that no worker carries out.
func (c *Cloud) lockForGood(q *request, p *pool) {
	for _, o := range withListeners(p, p, p.lb) {
		c.mark(o, pendingUpdate)
	}
	c.openSpan(q, p.lb, kindMember, c.now())
}
