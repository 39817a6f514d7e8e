// SPDX-License-Identifier: Apache-2.0

package fake

import (
	"net/http"
	"slices"
	"time"
)

func (c *Cloud) policyResource() *resource {
	return &resource{
		kind: "L7PolicyRootPOST", arg: "l7policy_",
		list: lister(c, c.store.policies, c.views.policy), get: getter(c, c.store.policies, c.views.policy),
		create: c.createPolicy, update: c.updatePolicy, remove: c.deletePolicy, below: c.ruleResource,
	}
}

// position counts from 1, without gaps.
func (p *l7policy) position() int { return slices.Index(p.listener.policies, p) + 1 }

// moveTo puts the policy at a position and shifts the others, which counts as a change of
// theirs; too far means last.
func (p *l7policy) moveTo(position int, now time.Time) {
	l := p.listener
	before := slices.Clone(l.policies)
	l.policies = drop(l.policies, p)
	at := min(max(position-1, 0), len(l.policies))
	l.policies = slices.Insert(l.policies, at, p)
	for i, other := range before {
		if other != p && l.policies[i] != other {
			other.updated = now
		}
	}
}

func (c *Cloud) createPolicy(q *request) (answer, error) {
	b, err := q.decode(arg{name: "l7policy_", wrapper: "l7policy", first: "listener_id"}, c.tables.policyPost)
	if err != nil {
		return answer{}, err
	}
	l, err := c.policyParent(q, b)
	if err != nil {
		return answer{}, err
	}
	r, err := c.newPolicy(l, b)
	if err != nil {
		return answer{}, err
	}
	if err := c.checkNewPolicy(r, b); err != nil {
		return answer{}, err
	}
	c.store.insert(r)
	p := r.pool
	r.pool = nil
	r.setPool(p)
	r.moveTo(positionOr(b), c.now())
	c.submit(q, &work{lb: l.lb, kind: kindPolicy, status: pendingCreate, objects: []thing{r}, parents: []thing{l}})
	return createdAs(c.views.policy.wrap(r, q))
}

// policyParent is the listener of a new policy, which must be able to have one, and one more.
func (c *Cloud) policyParent(q *request, b body) (*listener, error) {
	l, err := find(c.store.listeners, c.views.listener, orNone(b, "listener_id"), c.writer(q))
	if err != nil {
		return nil, err
	}
	if l.protocol == "PROMETHEUS" {
		return nil, fits(l.protocol, "")
	}
	if _, err := c.redirectPool(l, b); err != nil { // also of those that another action drops
		return nil, err
	}
	return l, c.quota(l.project, kindPolicy, 1)
}

func (c *Cloud) checkNewPolicy(r *l7policy, b body) error {
	l := r.listener
	if _, err := c.inline(r, b.objs("rules")); err != nil {
		return err
	}
	if err := lockLB(l.lb); err != nil {
		return err
	}
	if len(b.objs("rules")) > 0 {
		return serverError("'dict' object has no attribute '_sa_instance_state'")
	}
	if err := l.owns(r.pool); err != nil {
		return err
	}
	if err := storable(b); err != nil {
		return err
	}
	return l.lb.driver.checkPolicy(l, "creating l7policies")
}

// newPolicy is a policy as its target has it, which is not looked at here.
func (c *Cloud) newPolicy(l *listener, b body) (*l7policy, error) {
	b, err := sanitized(b)
	if err != nil {
		return nil, err
	}
	r := &l7policy{common: c.fresh(kindPolicy, l.project, b), listener: l}
	r.pool, _ = c.store.pools.get(b.str("redirect_pool_id"))
	r.set(b)
	return r, nil
}

// set applies a sanitized body, but for the pool.
func (p *l7policy) set(b body) {
	b.setStr(&p.action, "action")
	b.setStr(&p.url, "redirect_url")
	b.setStr(&p.prefix, "redirect_prefix")
	b.setOptInt(&p.code, "redirect_http_code")
}

// inline makes the rules that come with their policy.
func (c *Cloud) inline(r *l7policy, sent []body) ([]*l7rule, error) {
	if len(sent) > maxRules {
		return nil, conflict("Too many rules on L7 policy %s", r.id)
	}
	var rules []*l7rule
	for _, b := range sent {
		if b == nil {
			return nil, badRule("octavia.api.v2.types.l7rule.L7RulePOST() argument after ** must be a mapping, not NoneType")
		}
		x := c.newRule(r, b)
		if err := x.check(); err != nil {
			return nil, err
		}
		rules = append(rules, x)
	}
	return rules, nil
}

// redirectPool finds the pool that a request names. That it is of the same load balancer is asked late, see owns.
func (c *Cloud) redirectPool(l *listener, b body) (*pool, error) {
	if !b.sent("redirect_pool_id") {
		return nil, nil
	}
	id := b.str("redirect_pool_id")
	p, found := c.store.pools.get(id)
	if !found {
		return nil, notFound("Pool", id)
	}
	return p, fits(l.protocol, p.protocol)
}

func (l *listener) owns(p *pool) error {
	if p != nil && p.lb != l.lb {
		return notFound("Pool", p.id)
	}
	return nil
}

func (c *Cloud) updatePolicy(q *request, id string) (answer, error) {
	b, err := q.decode(arg{name: "l7policy_", wrapper: "l7policy", first: "to_dict"}, c.tables.policyPut)
	if err != nil {
		return answer{}, err
	}
	r, err := find(c.store.policies, c.views.policy, id, c.writer(q))
	if err != nil {
		return answer{}, err
	}
	changed, to, err := c.changedPolicy(r, b)
	if err != nil {
		return answer{}, err
	}
	if err := r.checkUpdate(b, to); err != nil {
		return answer{}, err
	}
	*r = changed
	r.setPool(to)
	if b.sent("position") {
		r.moveTo(b.num("position"), c.now())
	}
	c.mark(r, pendingUpdate)
	c.submit(q, &work{lb: r.listener.lb, kind: kindPolicy, status: pendingUpdate, sent: b, objects: []thing{r}, parents: []thing{r.listener}})
	return ok(c.views.policy.wrap(r, q))
}

// changedPolicy is the policy as an update wants it but for its pool, and that pool.
func (c *Cloud) changedPolicy(r *l7policy, b body) (l7policy, *pool, error) {
	changed := *r
	clean, err := sanitized(b)
	if err != nil {
		return changed, nil, err
	}
	to, err := c.redirectPool(r.listener, clean)
	if err != nil {
		return changed, nil, err
	}
	changed.common.apply(b)
	if b.has("tags") && !b.sent("tags") { // of policies alone
		changed.tags = []string{}
	}
	return changed, changed.retarget(clean, to), nil
}

// checkUpdate is what Octavia asks of an update once it has understood it.
func (p *l7policy) checkUpdate(b body, to *pool) error {
	l := p.listener
	if err := lockLB(l.lb); err != nil {
		return err
	}
	if err := l.lb.driver.checkPolicy(l, "updating l7policies"); err != nil {
		return err
	}
	if err := l.owns(to); err != nil {
		return err
	}
	return storableUpdate(b, p.tags)
}

func (c *Cloud) deletePolicy(q *request, id string) (answer, error) {
	r, err := find(c.store.policies, c.views.policy, id, c.writer(q))
	if err != nil {
		return answer{}, err
	}
	l := r.listener
	if err := lockLB(l.lb); err != nil {
		return answer{}, err
	}
	if err := l.lb.driver.checkPolicy(l, "deleting l7policies"); err != nil {
		return answer{}, err
	}
	c.mark(r, pendingDelete)
	c.submit(q, &work{lb: l.lb, kind: kindPolicy, status: pendingDelete, objects: []thing{r}, parents: []thing{l}})
	return empty(http.StatusNoContent)
}
