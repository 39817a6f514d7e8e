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
	l, err := find(c.store.listeners, c.views.listener, orNone(b, "listener_id"), c.writer(q))
	if err != nil {
		return answer{}, err
	}
	if err := checkTarget(b, b.str("action"), "redirect_pool_id"); err != nil {
		return answer{}, err
	}
	if b.sent("rules") {
		return answer{}, serverError("'dict' object has no attribute '_sa_instance_state'")
	}
	if l.protocol == "PROMETHEUS" {
		return answer{}, badRequest("Protocol PROMETHEUS listeners cannot have child objects.")
	}
	r := c.newPolicy(l, b)
	p, err := c.redirectPool(l, b, r.action)
	if err != nil {
		return answer{}, err
	}
	if err := c.quota(l.project, kindPolicy, 1); err != nil {
		return answer{}, err
	}
	if err := lockLB(l.lb); err != nil {
		return answer{}, err
	}
	if err := storable(b); err != nil {
		return answer{}, err
	}
	if err := l.lb.driver.checkPolicy(l, "creating l7policies"); err != nil {
		return answer{}, err
	}
	c.store.insert(r)
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

// checkTarget asks for the companion of an action.
func checkTarget(b body, action, pool string) error {
	lacks := func(names string) error {
		return badRequest("Invalid L7 Policy arguments: %s must not be None", names)
	}
	switch {
	case action == "REDIRECT_TO_URL" && !b.sent("redirect_url"):
		return lacks("redirect_url")
	case action == "REDIRECT_PREFIX" && !b.sent("redirect_prefix"):
		return lacks("redirect_prefix")
	case action == "REDIRECT_TO_POOL" && !b.sent(pool):
		return lacks("redirect_pool_id or redirect_pool")
	}
	return nil
}

// newPolicy keeps the target that its action uses and drops the others in silence.
func (c *Cloud) newPolicy(l *listener, b body) *l7policy {
	r := &l7policy{common: c.fresh(kindPolicy, l.project, b), listener: l, action: b.str("action"), code: b.optInt("redirect_http_code")}
	switch r.action {
	case "REDIRECT_TO_URL":
		r.url = b.str("redirect_url")
	case "REDIRECT_PREFIX":
		r.prefix = b.str("redirect_prefix")
	}
	r.defaultCode()
	return r
}

func (p *l7policy) defaultCode() {
	if p.code == nil && (p.url != "" || p.prefix != "") {
		found := http.StatusFound
		p.code = &found
	}
}

func (c *Cloud) redirectPool(l *listener, b body, action string) (*pool, error) {
	if action != "REDIRECT_TO_POOL" || !b.sent("redirect_pool_id") {
		return nil, nil
	}
	id := b.str("redirect_pool_id")
	p, found := c.store.pools.get(id)
	if !found || p.lb != l.lb {
		return nil, notFound("Pool", id)
	}
	return p, fits(l.protocol, p.protocol)
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
	if len(b) == 0 {
		return answer{}, badRequest("Invalid L7 Policy arguments: Invalid update options")
	}
	if b.has("action") && !b.sent("action") {
		return answer{}, badRequest("Invalid L7 Policy action specified: None")
	}
	l := r.listener
	changed := *r
	changed.common.apply(b)
	if b.has("tags") && !b.sent("tags") { // of policies alone
		changed.tags = []string{}
	}
	p, err := c.retarget(&changed, b)
	if err != nil {
		return answer{}, err
	}
	if err := lockLB(l.lb); err != nil {
		return answer{}, err
	}
	if err := l.lb.driver.checkPolicy(l, "updating l7policies"); err != nil {
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

// retarget applies what an update says about action and target. A target alone switches
// the action and clears the rest.
func (c *Cloud) retarget(r *l7policy, b body) (*pool, error) {
	action := b.str("action")
	switch {
	case action != "":
	case b.sent("redirect_pool_id"):
		action = "REDIRECT_TO_POOL"
	case b.sent("redirect_url"):
		action = "REDIRECT_TO_URL"
	case b.sent("redirect_prefix"):
		action = "REDIRECT_PREFIX"
	default:
		b.setOptInt(&r.code, "redirect_http_code")
		return r.pool, nil
	}
	if action != r.action {
		if err := checkTarget(b, action, "redirect_pool_id"); err != nil {
			return nil, err
		}
	}
	p, err := c.redirectPool(r.listener, b, action)
	if err != nil {
		return nil, err
	}
	if p == nil && action == "REDIRECT_TO_POOL" {
		p = r.pool
	}
	next := l7policy{url: r.url, prefix: r.prefix}
	b.setStr(&next.url, "redirect_url")
	b.setStr(&next.prefix, "redirect_prefix")
	r.action, r.url, r.prefix, r.code = action, "", "", nil
	switch action {
	case "REDIRECT_TO_URL":
		r.url = next.url
	case "REDIRECT_PREFIX":
		r.prefix = next.prefix
	}
	b.setOptInt(&r.code, "redirect_http_code")
	r.defaultCode()
	return p, nil
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
