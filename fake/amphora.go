// SPDX-License-Identifier: Apache-2.0

package fake

import (
	"fmt"
	"net/http"
	"slices"
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
	role       string
	spare      bool // made by a failover
	leaving    bool // a failover is replacing it
	failed     bool // a failover could not
}

func amphoraView() *view[*amphora] {
	type T = *amphora
	return &view[T]{one: "amphora", many: "amphorae", links: "amphorae_links", word: "Amphora", fields: []field[T]{
		idField[T](),
		{name: "loadbalancer_id", get: func(o T) any { return o.lb.id }},
		{name: "compute_id", get: func(o T) any { return o.compute }},
		{name: "lb_network_ip", get: func(o T) any { return o.management }},
		{name: "vrrp_ip", get: plugged(func(o T) any { return o.address })},
		{name: "ha_ip", get: plugged(func(o T) any { return o.lb.vip.address })},
		{name: "vrrp_port_id", get: plugged(func(o T) any { return o.vrrpPort })},
		{name: "ha_port_id", get: plugged(func(o T) any { return o.lb.vip.port })},
		{name: "cert_expiration", get: func(o T) any { return o.expires }},
		{name: "cert_busy", get: func(T) any { return false }},
		{name: "role", get: func(o T) any { return o.role }},
		{name: "status", get: func(o T) any { return o.status() }},
		{name: "vrrp_interface", get: func(T) any { return nil }},
		{name: "vrrp_id", get: plugged(func(T) any { return 1 })},
		{name: "vrrp_priority", get: func(o T) any { return o.priority() }},
		{name: "cached_zone", get: func(T) any { return "nova" }},
		createdField[T](), updatedField[T](),
		{name: "image_id", since: 1, get: func(o T) any { return o.image }},
		{name: "compute_flavor", since: 3, get: func(T) any { return "octavia" }},
	}}
}

// plugged shows a field once the amphora has booted and has its port.
func plugged(get func(*amphora) any) func(*amphora) any {
	return func(a *amphora) any {
		if a.status() == "BOOTING" {
			return nil
		}
		return get(a)
	}
}

// priority is that of the two of ACTIVE_STANDBY among each other.
func (a *amphora) priority() any {
	switch a.role {
	case "MASTER":
		return 100
	case "BACKUP":
		return 90
	default:
		return nil
	}
}

// status: an amphora boots while its load balancer is being created, or fails over.
func (a *amphora) status() string {
	switch {
	case a.failed:
		return inError
	case a.leaving:
		return pendingDelete
	case a.lb.prov == pendingCreate || a.lb.prov == pendingUpdate && a.spare:
		return "BOOTING"
	}
	return "ALLOCATED"
}

// replaceAll has all amphorae of a load balancer made anew by a failover, or made at all.
func (c *Cloud) replaceAll(lb *loadBalancer) {
	if len(lb.amphorae) == 0 {
		c.addAmphorae(lb)
	}
	c.replace(slices.Clone(lb.amphorae)...)
}

// replace has amphorae made anew; the old ones stay until the new ones are there.
func (c *Cloud) replace(old ...*amphora) {
	for _, a := range old {
		a.leaving, a.failed = true, false
		c.addAmphora(a.lb, a.role).spare = true
	}
}

// addAmphorae are those that a load balancer's topology asks for; on ovn there are none.
func (c *Cloud) addAmphorae(lb *loadBalancer) {
	switch {
	case lb.driver.canonical() == provider.OVN:
	case lb.topology == activeStandby:
		c.addAmphora(lb, "MASTER")
		c.addAmphora(lb, "BACKUP")
	default:
		c.addAmphora(lb, "STANDALONE")
	}
}

func (c *Cloud) addAmphora(lb *loadBalancer, role string) *amphora {
	n := c.store.seq + len(lb.amphorae)
	a := &amphora{
		common: common{kind: "amphora", id: c.newID(), created: c.now(), updated: c.now(), seq: n, project: lb.project}, lb: lb,
		compute: c.newID(), management: fmt.Sprintf("192.0.2.%d", n%253+1), role: role,
		expires: c.now().Add(30 * 24 * time.Hour), image: c.newID(),
	}
	lb.amphorae = append(lb.amphorae, a)
	c.store.amphorae.add(a)
	return a
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
			}), c.store.amphorae.get)
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
			a, err := c.amphoraByID(q, id)
			if err != nil {
				return answer{}, err
			}
			if !a.failed {
				return answer{}, conflict("amphora %s is immutable and cannot be updated.", id)
			}
			a.lb.dismiss(c, a)
			return empty(http.StatusNoContent)
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
	c.replace(a)
	c.submit(q, &work{lb: a.lb, kind: kindFailover, status: pendingUpdate, objects: []thing{a.lb}})
	return empty(http.StatusAccepted)
}

func (c *Cloud) configureAmphora(q *request, id string) (answer, error) {
	if _, err := c.amphoraByID(q, id); err != nil {
		return answer{}, err
	}
	return empty(http.StatusAccepted)
}
