// SPDX-License-Identifier: Apache-2.0

package fake

import "github.com/octaviakit/octaviakit/provider"

// statusTree is the one answer that shows a load balancer with what traffic goes
// through: pools appear below the listeners that use them, and unused ones not at all.
func (c *Cloud) statusTree(q *request, id string) (answer, error) {
	lb, err := find(c.store.lbs, c.views.lb, id, c.reader(q))
	if err != nil {
		return answer{}, err
	}
	listeners := make([]object, 0, len(lb.listeners))
	for _, l := range lb.listeners {
		pools := []object{}
		for _, p := range l.uses() {
			pools = append(pools, poolStatuses(p))
		}
		listeners = append(listeners, append(statuses(&l.common), pair{"pools", pools}))
	}
	tree := append(statuses(&lb.common), pair{"listeners", listeners})
	return ok(object{{"statuses", object{{"loadbalancer", tree}}}})
}

func statuses(o *common) object {
	return object{{"id", o.id}, {"name", o.name}, {"operating_status", o.oper}, {"provisioning_status", o.prov}}
}

// poolStatuses leaves health_monitor out where there is none.
func poolStatuses(p *pool) object {
	shown := object{{"id", p.id}, {"name", p.name}, {"provisioning_status", p.prov}, {"operating_status", p.oper}}
	if h := p.monitor; h != nil {
		shown = append(shown, pair{"health_monitor", object{
			{"id", h.id},
			{"name", h.name},
			{"type", h.probe},
			{"provisioning_status", h.prov},
			{"operating_status", h.oper},
		}})
	}
	members := make([]object, 0, len(p.members))
	for _, m := range p.members {
		members = append(members, append(statuses(&m.common), pair{"address", m.at.address}, pair{"protocol_port", m.at.port}))
	}
	return append(shown, pair{"members", members})
}

// renderGraph is the answer to a create: children in full, which no later GET shows.
func (c *Cloud) renderGraph(lb *loadBalancer) object {
	listeners := make([]object, 0, len(lb.listeners))
	for _, l := range lb.listeners {
		policies := make([]object, 0, len(l.policies))
		for _, r := range l.policies {
			rules := make([]object, 0, len(r.rules))
			for _, x := range r.rules {
				rules = append(rules, c.views.rule.render(x, nil))
			}
			policies = append(policies, c.views.policy.render(r, nil).with("rules", rules))
		}
		shown := c.views.listener.render(l, nil).with("l7policies", policies)
		listeners = append(listeners, shown.without("loadbalancers"))
	}
	pools := make([]object, 0, len(lb.pools))
	for _, p := range lb.pools {
		pools = append(pools, c.renderPool(p))
	}
	return c.views.lb.render(lb, nil).with("listeners", listeners).with("pools", pools)
}

func (c *Cloud) renderPool(p *pool) object {
	members := make([]object, 0, len(p.members))
	for _, m := range p.members {
		members = append(members, c.views.member.render(m, nil))
	}
	var health any
	if p.monitor != nil && c.release >= provider.Caracal || p.monitor != nil && !p.lb.driver.quirk("populated-create-response-hm-null") {
		health = c.views.monitor.render(p.monitor, nil).without("pools")
	}
	shown := c.views.pool.render(p, nil).with("members", members).without("loadbalancers").without("healthmonitor_id")
	return append(shown, pair{"healthmonitor", health})
}

func (o object) with(key string, v any) object {
	for i := range o {
		if o[i].key == key {
			o[i].value = v
		}
	}
	return o
}

func (o object) without(key string) object {
	kept := o[:0]
	for _, p := range o {
		if p.key != key {
			kept = append(kept, p)
		}
	}
	return kept
}

func noStats() object {
	return object{
		{"bytes_in", 0}, {"bytes_out", 0}, {"active_connections", 0}, {"total_connections", 0}, {"request_errors", 0},
	}
}

func (c *Cloud) lbStats(q *request, id string) (answer, error) {
	if _, err := find(c.store.lbs, c.views.lb, id, c.reader(q)); err != nil {
		return answer{}, err
	}
	return ok(object{{"stats", noStats()}})
}

func (c *Cloud) listenerStats(q *request, id string) (answer, error) {
	if _, err := find(c.store.listeners, c.views.listener, id, c.reader(q)); err != nil {
		return answer{}, err
	}
	return ok(object{{"stats", noStats()}})
}
