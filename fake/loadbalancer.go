// SPDX-License-Identifier: Apache-2.0

package fake

import (
	"net/http"
	"slices"
)

func (c *Cloud) loadBalancers() *resource {
	return &resource{
		kind: "LoadBalancerRootPOST", arg: "load_balancer", knows: []string{"cascade"},
		list: lister(c, c.store.lbs, c.views.lb), get: getter(c, c.store.lbs, c.views.lb),
		create: c.createLB, update: c.updateLB, remove: c.deleteLB,
		action: map[string]func(*request, string) (answer, error){
			"GET status": c.statusTree, "GET statuses": c.statusTree, "GET stats": c.lbStats, "PUT failover": c.failoverLB,
		},
	}
}

func (c *Cloud) createLB(q *request) (answer, error) {
	a := arg{name: "load_balancer", wrapper: "loadbalancer", first: "project_id", null: "project_id"}
	if c.minor >= 29 { // whether there are security groups is asked before anything else
		a.first = "vip_sg_ids"
	}
	b, err := q.decode(a, c.tables.lbPost)
	if err != nil {
		return answer{}, err
	}
	project, err := c.ownerFor(q, b)
	if err != nil {
		return answer{}, err
	}
	lb, err := c.newLB(q, b, project)
	if err != nil {
		return answer{}, err
	}
	if err := lb.plugs(c.release, b); err != nil {
		return answer{}, err
	}
	if err := storable(b); err != nil {
		return answer{}, err
	}
	g := &graph{c: c, lb: lb}
	if err := g.prepare(b); err != nil {
		lb.releaseVIP(c)
		return answer{}, err
	}
	g.insert()
	c.addAmphorae(lb)
	c.submit(q, &work{lb: lb, kind: kindLB, status: pendingCreate, objects: g.objects(), graph: true})
	return createdAs(object{{"loadbalancer", c.renderGraph(lb)}})
}

// ownerFor is the project that a new load balancer is to belong to, if the caller may make one there.
func (c *Cloud) ownerFor(q *request, b body) (string, error) {
	project := b.str("project_id")
	if b.has("tenant_id") { // the same, by a name that is read later
		project = b.str("tenant_id")
	}
	if project = or(project, q.who.ProjectID); project == "" {
		return "", invalid("Missing project ID in request where one is required. An administrator should check the keystone settings in the Octavia configuration.")
	}
	return project, c.write(q, project)
}

// newLB checks what concerns the load balancer alone, in Octavia's order.
func (c *Cloud) newLB(q *request, b body, project string) (*loadBalancer, error) {
	lb := &loadBalancer{
		common: c.fresh(kindLB, project, b), provider: b.str("provider"), flavor: b.str("flavor_id"),
		zone: b.str("availability_zone"), vnic: "normal", topology: single, qos: b.str("vip_qos_policy_id"),
		groups: append([]string{}, slices.Sorted(slices.Values(b.strs("vip_sg_ids")))...),
	}
	if err := c.chooseVIP(q, lb, b); err != nil {
		return nil, err
	}
	for _, g := range lb.groups {
		if !c.neutron.ShowsSecurityGroup(q.who, g) {
			return nil, badRequest("Security Group %s not found.", g)
		}
	}
	if err := c.allowsFlavor(lb, b); err != nil {
		return nil, err
	}
	if err := c.allowsZone(lb, b); err != nil {
		return nil, err
	}
	if err := c.chooseFlavor(lb, b); err != nil {
		return nil, err
	}
	if err := c.chooseProvider(lb, b); err != nil {
		return nil, err
	}
	if err := c.quota(project, kindLB, 1); err != nil {
		return nil, err
	}
	if err := c.chooseZone(lb); err != nil {
		return nil, err
	}
	return lb, c.chooseVNIC(lb)
}

// chooseProvider: null means amphora, not the default; that is as old as the API.
func (c *Cloud) chooseProvider(lb *loadBalancer, b body) error {
	switch {
	case lb.provider != "":
	case b.has("provider"):
		lb.provider = "amphora"
	default:
		lb.provider = string(c.dflt)
	}
	d, known := c.drivers[lb.provider]
	if !known {
		return badRequest("Provider '%s' is not enabled.", lb.provider)
	}
	lb.driver = d
	return nil
}

func (c *Cloud) updateLB(q *request, id string) (answer, error) {
	a := arg{name: "load_balancer", wrapper: "loadbalancer", first: "vip_qos_policy_id"}
	if c.minor >= 29 {
		a.first = "vip_sg_ids"
	}
	b, err := q.decode(a, c.tables.lbPut)
	if err != nil {
		return answer{}, err
	}
	lb, err := find(c.store.lbs, c.views.lb, id, c.writer(q))
	if err != nil {
		return answer{}, err
	}
	if qos := b.str("vip_qos_policy_id"); qos != "" && !c.neutron.ShowsQoSPolicy(q.who, qos) {
		return answer{}, badRequest("qos_policy %s not found.", qos)
	}
	for _, g := range b.strs("vip_sg_ids") {
		if !c.neutron.ShowsSecurityGroup(q.who, g) {
			return answer{}, badRequest("Security Group %s not found.", g)
		}
	}
	if err := lockWhole(lb, false); err != nil {
		return answer{}, err
	}
	if err := storableUpdate(b, lb.tags); err != nil {
		return answer{}, err
	}
	lb.apply(b)
	b.setStr(&lb.qos, "vip_qos_policy_id")
	b.setStrs(&lb.groups, "vip_sg_ids")
	slices.Sort(lb.groups)
	c.mark(lb, pendingUpdate)
	c.submit(q, &work{lb: lb, kind: kindLB, status: pendingUpdate, sent: b, objects: []thing{lb}})
	return ok(c.views.lb.wrap(lb, q))
}

func (c *Cloud) deleteLB(q *request, id string) (answer, error) {
	lb, err := find(c.store.lbs, c.views.lb, id, c.writer(q))
	if err != nil {
		return answer{}, err
	}
	cascade, _ := boolWord(q.query.Get("cascade"))
	if !cascade && len(lb.listeners)+len(lb.pools) > 0 {
		return answer{}, invalid("Cannot delete Load Balancer %s - it has children", id)
	}
	if err := lockWhole(lb, true); err != nil {
		return answer{}, err
	}
	c.mark(lb, pendingDelete)
	c.submit(q, &work{lb: lb, kind: kindLB, status: pendingDelete, objects: []thing{lb}})
	return empty(http.StatusNoContent)
}

func (c *Cloud) failoverLB(q *request, id string) (answer, error) {
	lb, found := c.store.lbs.get(id)
	if !found {
		return answer{}, notFound(c.views.lb.word, id)
	}
	if err := adminOnly(q); err != nil {
		return answer{}, err
	}
	if err := lockWhole(lb, true); err != nil {
		return answer{}, err
	}
	if err := lb.driver.checkFailover(); err != nil {
		return answer{}, err
	}
	c.mark(lb, pendingUpdate)
	c.replaceAll(lb)
	c.submit(q, &work{lb: lb, kind: kindFailover, status: pendingUpdate, objects: []thing{lb}})
	return empty(http.StatusAccepted)
}

// addresses are all VIP addresses, the primary one first.
func (lb *loadBalancer) addresses() []string {
	all := []string{lb.vip.address}
	for _, v := range lb.additional {
		all = append(all, v.address)
	}
	return slices.DeleteFunc(all, func(a string) bool { return a == "" })
}
