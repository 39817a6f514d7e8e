// SPDX-License-Identifier: Apache-2.0

package fake

import (
	"fmt"
	"iter"
	"slices"
	"strings"

	"github.com/octaviakit/octaviakit/fake/internal/neutron"
)

// Node is an object in one of [Cloud.Graphs].
type Node struct {
	Kind         string   `json:"kind"` // "loadbalancer", "listener", …, "floatingip"
	ID           string   `json:"id"`
	Name         string   `json:"name"`
	Label        string   `json:"label"`        // what it does, in a few words
	Provisioning string   `json:"provisioning"` // a floating IP's status; "" for rules
	Operating    string   `json:"operating"`
	Enabled      bool     `json:"enabled"`
	Parents      []string `json:"parents"` // the IDs of those whose traffic it gets, or whose part it is
}

// Graphs yields every load balancer as a graph, from the floating IP to the members, in order of creation: what a picture
// of the cloud needs. A pool that serves several listeners is one node with several parents. Load balancers made while it
// runs are not part of it.
func (c *Cloud) Graphs() iter.Seq[[]Node] {
	return func(yield func([]Node) bool) {
		lbs, floating := c.roots()
		for _, lb := range lbs {
			if g := c.graph(lb, floating); g != nil && !yield(g) {
				return
			}
		}
	}
}

// roots are all load balancers, and what leads to them by port.
func (c *Cloud) roots() ([]*loadBalancer, map[string][]neutron.FloatingIP) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.settle()
	floating := map[string][]neutron.FloatingIP{}
	for _, f := range c.neutron.FloatingIPs() {
		if f.PortID != nil {
			floating[*f.PortID] = append(floating[*f.PortID], f)
		}
	}
	return slices.Collect(c.store.lbs.all()), floating
}

// graph is nil for a load balancer that is gone by now.
func (c *Cloud) graph(lb *loadBalancer, floating map[string][]neutron.FloatingIP) []Node {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.settle()
	if lb.gone {
		return nil
	}
	g := drawing{}
	var outside []string
	for _, port := range lb.vipPorts() {
		for _, f := range floating[port] {
			outside = append(outside, f.ID)
			g.nodes = append(g.nodes, Node{
				Kind: "floatingip", ID: f.ID, Name: f.Address.String(), Label: f.Description, Provisioning: f.Status,
				Enabled: true, Parents: []string{},
			})
		}
	}
	g.loadBalancer(lb, outside)
	return g.nodes
}

func (lb *loadBalancer) vipPorts() []string {
	ports := []string{lb.vip.port}
	for _, v := range lb.additional {
		ports = append(ports, v.port)
	}
	return ports
}

type drawing struct{ nodes []Node }

func (g *drawing) add(o *common, label string, parents ...string) {
	g.nodes = append(g.nodes, Node{
		Kind: o.kind, ID: o.id, Name: o.name, Label: label, Provisioning: o.prov, Operating: o.oper, Enabled: o.enabled,
		Parents: append([]string{}, parents...),
	})
}

func (g *drawing) loadBalancer(lb *loadBalancer, outside []string) {
	g.add(&lb.common, lb.provider+" "+lb.vip.address, outside...)
	for _, l := range lb.listeners {
		g.add(&l.common, fmt.Sprintf("%s :%d", l.protocol, l.port), lb.id)
		for _, r := range l.policies {
			g.add(&r.common, r.label(), l.id)
		}
	}
	for _, p := range lb.pools {
		g.pool(p)
	}
}

// label is the policy's action and its rules.
func (p *l7policy) label() string {
	var words []string
	if p.pool == nil {
		words = append(words, strings.TrimSpace(strings.ToLower(p.action)+" "+p.url+p.prefix))
	}
	for _, x := range p.rules {
		words = append(words, strings.TrimSpace(strings.ToLower(x.rule)+" "+x.key)+" "+x.value)
	}
	return strings.Join(words, ", ")
}

func (g *drawing) pool(p *pool) {
	var parents []string
	for _, l := range p.defaultOf {
		parents = append(parents, l.id)
	}
	for _, r := range p.redirected {
		parents = append(parents, r.id)
	}
	if parents == nil {
		parents = []string{p.lb.id}
	}
	g.add(&p.common, p.protocol+" "+strings.ToLower(p.algorithm), parents...)
	if h := p.monitor; h != nil {
		g.add(&h.common, fmt.Sprintf("%s every %d s", h.probe, h.delay), p.id)
	}
	for _, m := range p.members {
		label := fmt.Sprintf("%s:%d", m.at.address, m.at.port)
		if m.weight != nil && *m.weight != 1 {
			label += fmt.Sprintf(" weight %d", *m.weight)
		}
		if m.backup {
			label += " backup"
		}
		g.add(&m.common, label, p.id)
	}
}
