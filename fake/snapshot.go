// SPDX-License-Identifier: Apache-2.0

package fake

import (
	"fmt"
	"strings"
)

// Node is an object of a [Cloud.Snapshot].
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

// Snapshot is every load balancer as a graph, from the floating IP to the members, in order of creation: what a picture
// of the cloud needs. A pool that serves several listeners is one node with several parents.
func (c *Cloud) Snapshot() []Node {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.settle()
	s := snapshot{[]Node{}}
	for lb := range c.store.lbs.all() {
		vips := map[string]bool{lb.vip.port: true}
		for _, v := range lb.additional {
			vips[v.port] = true
		}
		var outside []string
		for _, f := range c.neutron.FloatingIPs() {
			if f.PortID != nil && vips[*f.PortID] {
				outside = append(outside, f.ID)
				s.nodes = append(s.nodes, Node{
					Kind: "floatingip", ID: f.ID, Name: f.Address.String(), Label: f.Description, Provisioning: f.Status,
					Enabled: true, Parents: []string{},
				})
			}
		}
		s.loadBalancer(lb, outside)
	}
	return s.nodes
}

type snapshot struct{ nodes []Node }

func (s *snapshot) add(o *common, label string, parents ...string) {
	s.nodes = append(s.nodes, Node{
		Kind: o.kind, ID: o.id, Name: o.name, Label: label, Provisioning: o.prov, Operating: o.oper, Enabled: o.enabled,
		Parents: append([]string{}, parents...),
	})
}

func (s *snapshot) loadBalancer(lb *loadBalancer, outside []string) {
	s.add(&lb.common, lb.provider+" "+lb.vip.address, outside...)
	for _, l := range lb.listeners {
		s.add(&l.common, fmt.Sprintf("%s :%d", l.protocol, l.port), lb.id)
		for _, r := range l.policies {
			s.add(&r.common, r.label(), l.id)
		}
	}
	for _, p := range lb.pools {
		s.pool(p)
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

func (s *snapshot) pool(p *pool) {
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
	s.add(&p.common, p.protocol+" "+strings.ToLower(p.algorithm), parents...)
	if h := p.monitor; h != nil {
		s.add(&h.common, fmt.Sprintf("%s every %d s", h.probe, h.delay), p.id)
	}
	for _, m := range p.members {
		label := fmt.Sprintf("%s:%d", m.at.address, m.at.port)
		if m.weight != nil && *m.weight != 1 {
			label += fmt.Sprintf(" weight %d", *m.weight)
		}
		if m.backup {
			label += " backup"
		}
		s.add(&m.common, label, p.id)
	}
}
