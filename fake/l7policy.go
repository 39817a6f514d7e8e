// SPDX-License-Identifier: Apache-2.0

package fake

import (
	"maps"
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
	l, err := find(c.store.listeners, c.views.listener, orNone(b, "listener_id"), c.writer(q))
	if err != nil {
		return answer{}, err
	}
	if l.protocol == "PROMETHEUS" {
		return answer{}, fits(l.protocol, "")
	}
	if _, err := c.redirectPool(l, b); err != nil { // also of those that another action drops
		return answer{}, err
	}
	if err := c.quota(l.project, kindPolicy, 1); err != nil {
		return answer{}, err
	}
	r, err := c.newPolicy(l, b)
	if err != nil {
		return answer{}, err
	}
	if _, err := c.inline(r, b.objs("rules")); err != nil {
		return answer{}, err
	}
	if err := lockLB(l.lb); err != nil {
		return answer{}, err
	}
	if len(b.objs("rules")) > 0 {
		return answer{}, serverError("'dict' object has no attribute '_sa_instance_state'")
	}
	if err := l.owns(r.pool); err != nil {
		return answer{}, err
	}
	if err := storable(b); err != nil {
		return answer{}, err
	}
	if err := l.lb.driver.checkPolicy(l, "creating l7policies"); err != nil {
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

func positionOr(b body) int {
	if b.sent("position") {
		return b.num("position")
	}
	return maxInt
}

// sanitized is octavia/common/validate.py's sanitize_l7policy_api_args: a target decides the action, of several the
// prefix most, and what another action would need is dropped or refused.
func sanitized(sent body) (body, error) {
	b := maps.Clone(sent)
	if err := dropTargets(b); err != nil {
		return nil, err
	}
	targets := []string{"redirect_pool_id", "redirect_url", "redirect_prefix"}
	if b.str(targets[0]) != "" && b.str(targets[1])+b.str(targets[2]) != "" {
		return nil, badPolicy("Cannot specify redirect_pool_id and redirect_url or redirect_prefix at the same time")
	}
	for i, action := range []string{"REDIRECT_TO_POOL", "REDIRECT_TO_URL", "REDIRECT_PREFIX"} {
		if b.str(targets[i]) == "" {
			continue
		}
		b["action"] = action
		for _, other := range targets {
			if other != targets[i] {
				b[other] = nil
			}
		}
		switch {
		case action == "REDIRECT_TO_POOL":
			b["redirect_http_code"] = nil
		case !b.sent("redirect_http_code"):
			b["redirect_http_code"] = http.StatusFound
		}
	}
	if len(b) == 0 {
		return nil, badPolicy("Invalid update options")
	}
	return b, nil
}

// dropTargets drops what the action that was sent has no use for, and asks for what it needs.
func dropTargets(b body) error {
	action, needs := b.str("action"), map[string]string{
		"REDIRECT_TO_URL": "redirect_url", "REDIRECT_TO_POOL": "redirect_pool_id", "REDIRECT_PREFIX": "redirect_prefix",
	}
	need, redirects := needs[action]
	switch {
	case !b.has("action"):
		return nil
	case action == "":
		return badRequest("Invalid L7 Policy action specified: None")
	case redirects && b.str(need) == "":
		if action == "REDIRECT_TO_POOL" {
			need = "redirect_pool_id or redirect_pool"
		}
		return badPolicy(need + " must not be None")
	}
	if action == "REJECT" || action == "REDIRECT_TO_POOL" {
		b["redirect_url"] = nil
	}
	if action == "REJECT" || action == "REDIRECT_TO_URL" {
		b["redirect_pool_id"] = nil
	}
	return nil
}

func badPolicy(why string) error { return badRequest("Invalid L7 Policy arguments: %s", why) }

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
	clean, err := sanitized(b)
	if err != nil {
		return answer{}, err
	}
	l := r.listener
	p, err := c.redirectPool(l, clean)
	if err != nil {
		return answer{}, err
	}
	changed := *r
	changed.common.apply(b)
	if b.has("tags") && !b.sent("tags") { // of policies alone
		changed.tags = []string{}
	}
	p = changed.retarget(clean, p)
	if err := lockLB(l.lb); err != nil {
		return answer{}, err
	}
	if err := l.lb.driver.checkPolicy(l, "updating l7policies"); err != nil {
		return answer{}, err
	}
	if err := l.owns(p); err != nil {
		return answer{}, err
	}
	if err := storableUpdate(b, r.tags); err != nil {
		return answer{}, err
	}
	changed.pool = r.pool
	*r = changed
	r.setPool(p)
	if b.sent("position") {
		r.moveTo(b.num("position"), c.now())
	}
	c.mark(r, pendingUpdate)
	c.submit(q, &work{lb: l.lb, kind: kindPolicy, status: pendingUpdate, sent: b, objects: []thing{r}, parents: []thing{l}})
	return ok(c.views.policy.wrap(r, q))
}

// retarget applies what an update says about action and target (L7PolicyRepository.update), and returns the pool.
func (p *l7policy) retarget(b body, to *pool) *pool {
	if !b.has("redirect_pool_id") {
		to = p.pool
	}
	p.set(b)
	switch b.str("action") {
	case "REJECT":
		p.url, p.prefix, p.code, to = "", "", nil, nil
	case "REDIRECT_TO_URL":
		p.prefix, to = "", nil
	case "REDIRECT_TO_POOL":
		p.url, p.prefix, p.code = "", "", nil
	case "REDIRECT_PREFIX":
		p.url, to = "", nil
	}
	return to
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
