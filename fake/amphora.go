// SPDX-License-Identifier: Apache-2.0

package fake

import (
	"fmt"
	"net/http"
	"time"

	"github.com/octaviakit/octaviakit/provider"
)

// amphora is the virtual machine behind a load balancer, for administrators to see.
type amphora struct {
	common
	lb         *loadBalancer
	compute    string
	management string
	address    string
	vrrpPort   string
	expires    time.Time
	image      string
	spare      bool // made by a failover
}

func amphoraView() *view[*amphora] {
	type T = *amphora
	return &view[T]{one: "amphora", many: "amphorae", links: "amphorae_links", word: "Amphora", fields: []field[T]{
		idField[T](),
		{name: "loadbalancer_id", get: func(o T) any { return o.lb.id }},
		{name: "compute_id", get: func(o T) any { return o.compute }},
		{name: "lb_network_ip", get: func(o T) any { return o.management }},
		{name: "vrrp_ip", get: func(o T) any { return o.address }},
		{name: "ha_ip", get: func(o T) any { return o.lb.vip.address }},
		{name: "vrrp_port_id", get: func(o T) any { return o.vrrpPort }},
		{name: "ha_port_id", get: func(o T) any { return o.lb.vip.port }},
		{name: "cert_expiration", get: func(o T) any { return o.expires }},
		{name: "cert_busy", get: func(T) any { return false }},
		{name: "role", get: func(T) any { return "STANDALONE" }},
		{name: "status", get: func(o T) any { return o.status() }},
		{name: "vrrp_interface", get: func(T) any { return nil }},
		{name: "vrrp_id", get: func(T) any { return 1 }},
		{name: "vrrp_priority", get: func(T) any { return nil }},
		{name: "cached_zone", get: func(T) any { return "nova" }},
		createdField[T](), updatedField[T](),
		{name: "image_id", since: 1, get: func(o T) any { return o.image }},
		{name: "compute_flavor", since: 3, get: func(T) any { return "octavia" }},
	}}
}

// status: an amphora boots while its load balancer is being created, or fails over.
func (a *amphora) status() string {
	if a.lb.prov == pendingCreate || a.lb.prov == pendingUpdate && a.spare {
		return "BOOTING"
	}
	return "ALLOCATED"
}

// replaceAmphorae is a failover: each is made anew.
func (c *Cloud) replaceAmphorae(lb *loadBalancer) {
	for _, a := range lb.amphorae {
		c.store.amphorae.remove(a)
	}
	lb.amphorae = nil
	c.addAmphorae(lb)
	for _, a := range lb.amphorae {
		a.spare = true
	}
}

func (c *Cloud) addAmphorae(lb *loadBalancer) {
	if lb.driver.canonical() == provider.OVN {
		return
	}
	n := c.store.seq
	a := &amphora{
		common: common{kind: "amphora", id: c.newID(), created: c.now(), updated: c.now(), seq: n, project: lb.project}, lb: lb,
		compute: c.newID(), management: fmt.Sprintf("192.0.2.%d", n%253+1), address: lb.vip.address,
		vrrpPort: c.newID(), expires: c.now().Add(30 * 24 * time.Hour), image: c.newID(),
	}
	lb.amphorae = append(lb.amphorae, a)
	c.store.amphorae.add(a)
}

func (c *Cloud) amphoraResource() *resource {
	return &resource{
		list: func(q *request) (answer, error) {
			if err := adminOnly(q); err != nil {
				return answer{}, err
			}
			project := q.query.Get("project_id")
			return list(c.views.amphora, q, filter(c.store.amphorae.all(), func(a *amphora) bool {
				return project == "" || a.project == project
			}))
		},
		get: func(q *request, id string) (answer, error) {
			a, err := c.amphoraByID(q, id)
			if err != nil {
				return answer{}, err
			}
			return ok(c.views.amphora.wrap(a, q))
		},
		remove: func(q *request, id string) (answer, error) {
			if err := adminOnly(q); err != nil { // before it is looked for
				return answer{}, err
			}
			if _, err := c.amphoraByID(q, id); err != nil {
				return answer{}, err
			}
			return answer{}, conflict("amphora %s is immutable and cannot be updated.", id) // none is ever in ERROR
		},
		action: map[string]func(*request, string) (answer, error){
			"GET stats": c.amphoraStats, "PUT failover": c.failoverAmphora, "PUT config": c.configureAmphora,
		},
	}
}

// amphoraByID finds one before the policy is asked.
func (c *Cloud) amphoraByID(q *request, id string) (*amphora, error) {
	a, found := c.store.amphorae.get(id)
	if !found {
		return nil, notFound("Amphora", id)
	}
	return a, adminOnly(q)
}

func (c *Cloud) amphoraStats(q *request, id string) (answer, error) {
	if err := adminOnly(q); err != nil {
		return answer{}, err
	}
	a, found := c.store.amphorae.get(id)
	if !found || len(a.lb.listeners) == 0 {
		return answer{}, notFound("Amphora stats for", id)
	}
	all := []object{}
	for _, l := range a.lb.listeners {
		all = append(all, append(noStats(), pair{"id", a.id}, pair{"listener_id", l.id}, pair{"loadbalancer_id", a.lb.id}))
	}
	return ok(object{{"amphora_stats", all}})
}

func (c *Cloud) failoverAmphora(q *request, id string) (answer, error) {
	a, err := c.amphoraByID(q, id)
	if err != nil {
		return answer{}, err
	}
	if err := lockLB(a.lb); err != nil {
		return answer{}, err
	}
	c.mark(a.lb, pendingUpdate)
	c.replaceAmphorae(a.lb) // SINGLE topology: it is the only one
	c.submit(q, &work{lb: a.lb, kind: kindFailover, status: pendingUpdate, objects: []thing{a.lb}})
	return empty(http.StatusAccepted)
}

func (c *Cloud) configureAmphora(q *request, id string) (answer, error) {
	if _, err := c.amphoraByID(q, id); err != nil {
		return answer{}, err
	}
	return empty(http.StatusAccepted)
}
