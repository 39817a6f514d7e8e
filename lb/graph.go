// SPDX-License-Identifier: Apache-2.0

package lb

import (
	"iter"
	"net/netip"
	"slices"
	"strconv"
	"strings"

	"github.com/octaviakit/octaviakit/floatingip"
	"github.com/octaviakit/octaviakit/internal/octavia"
	"github.com/octaviakit/octaviakit/member"
	"github.com/octaviakit/octaviakit/provider"
)

// Kind is a kind of object, as the API names it.
type Kind string

// The kinds of objects in a Graph and a Plan.
const (
	KindLoadBalancer  Kind = "loadbalancer"
	KindPool          Kind = "pool"
	KindMember        Kind = "member"
	KindHealthMonitor Kind = "healthmonitor"
	KindListener      Kind = "listener"
	KindL7Policy      Kind = "l7policy"
	KindL7Rule        Kind = "l7rule"
	KindFloatingIP    Kind = "floatingip"
)

// key is what an object of the kind stands under in Octavia's answers.
func (k Kind) key() string {
	if k == KindL7Rule {
		return "rule"
	}
	return string(k)
}

// Node is one observed object.
type Node struct {
	Kind         Kind
	Path         string // where it stands, by escaped names: "pool/web", "pool/web/member/10.0.0.11:80"
	ID           string
	Name         string
	Provisioning string // provisioning_status
	Operating    string // operating_status
	attrs        octavia.Object
}

// Graph is what exists: a load balancer and everything below it, as read at one
// moment. It is immutable and safe for concurrent use.
type Graph struct {
	root      Node
	listeners []listenerNode // sorted by name, then ID
	pools     []poolNode     // likewise
	floating  *floatingip.FloatingIP
	next      *Graph          // what is to take its place, while it is being replaced
	extra     []Node          // further load balancers of the same name and mark, made by accident
	lost      map[string]bool // IDs of what stays PENDING below an ACTIVE load balancer, and counts as failed
	anew      bool            // nothing in it is remembered from an earlier look
	others    others          // of a shared load balancer, what is not the owner's
}

type listenerNode struct {
	Node
	policies []policyNode // by position
}

type policyNode struct {
	Node
	rules []Node // by creation
}

type poolNode struct {
	Node
	members []member.Member // by address and port
	monitor *Node
}

// ID returns the load balancer's ID.
func (g *Graph) ID() string { return g.root.ID }

// Name returns the load balancer's name.
func (g *Graph) Name() string { return g.root.Name }

// Provider returns the driver that serves the load balancer, aliases resolved.
func (g *Graph) Provider() provider.Name {
	return provider.Name(str(g.root.attrs, "provider")).Canonical()
}

// VIP returns the load balancer's own address.
func (g *Graph) VIP() netip.Addr {
	a, _ := netip.ParseAddr(str(g.root.attrs, "vip_address")) // zero where Octavia gives none
	return a
}

// VIPPortID returns the Neutron port that holds the VIP.
func (g *Graph) VIPPortID() string { return str(g.root.attrs, "vip_port_id") }

// FloatingIP returns the floating IP bound to the VIP port, if any was looked for
// and found.
func (g *Graph) FloatingIP() (floatingip.FloatingIP, bool) {
	if g.floating == nil || g.floating.PortID == "" { // ours, and waits
		return floatingip.FloatingIP{}, false
	}
	return *g.floating, true
}

// Address is where clients reach the load balancer: its floating IP, else its VIP.
func (g *Graph) Address() netip.Addr {
	if f, ok := g.FloatingIP(); ok {
		return f.Address
	}
	return g.VIP()
}

// Nodes yields the load balancer, then its listeners with their policies and
// rules, then its pools with members and monitor, each sorted by name.
func (g *Graph) Nodes() iter.Seq[Node] {
	return func(yield func(Node) bool) {
		for _, n := range g.flatten() {
			if !yield(n) {
				return
			}
		}
	}
}

func (g *Graph) flatten() []Node {
	out := []Node{g.root}
	for _, l := range g.listeners {
		out = append(out, l.Node)
		for _, p := range l.policies {
			out = append(out, p.Node)
			out = append(out, p.rules...)
		}
	}
	for _, p := range g.pools {
		out = append(out, p.Node)
		for _, m := range p.members {
			out = append(out, memberNode(p, m))
		}
		if p.monitor != nil {
			out = append(out, *p.monitor)
		}
	}
	return out
}

func memberNode(p poolNode, m member.Member) Node {
	return Node{
		Kind: KindMember, Path: p.Path + "/member/" + m.Key().String(), ID: m.ID, Name: m.Name,
		Provisioning: m.Provisioning, Operating: m.Operating,
	}
}

// pending reports whether any object is in a PENDING state, so that nothing said
// about the graph is final. Below a load balancer in ERROR nothing moves any more.
func (g *Graph) pending() bool {
	if g.root.Provisioning == failed {
		return false
	}
	for _, n := range g.flatten() {
		if isPending(n.Provisioning) {
			return true
		}
	}
	return false
}

// failures lists the IDs of what is in ERROR, also what is other owners'.
func (g *Graph) failures() []string {
	var out []string
	for _, n := range slices.Concat(g.flatten(), g.others.nodes) {
		if n.Provisioning == failed {
			out = append(out, n.ID)
		}
	}
	return out
}

// busy is what has to settle before anything can be done: the load balancer, or what
// is to take its place; nil if neither is PENDING.
func (g *Graph) busy() *Graph {
	switch {
	case g.pending():
		return g
	case g.next != nil && g.next.pending():
		return g.next
	}
	return nil
}

// holder is the one of the two that has the floating IP.
func (g *Graph) holder() *Graph {
	if g.next != nil && g.next.floating != nil && g.next.floating.PortID == g.next.VIPPortID() {
		return g.next
	}
	return g
}

// beyondTree lists the API paths of what Octavia's status tree does not show:
// pools without a listener, with what is in them, and L7 objects.
func (g *Graph) beyondTree() []string {
	var out []string
	for _, l := range g.listeners {
		for _, p := range l.policies {
			out = append(out, "lbaas/l7policies/"+p.ID)
			for _, r := range p.rules {
				out = append(out, "lbaas/l7policies/"+p.ID+"/rules/"+r.ID)
			}
		}
	}
	for _, p := range g.pools {
		if len(refs(p.attrs, "listeners")) == 0 {
			out = append(out, "lbaas/pools/"+p.ID)
			for _, m := range p.members {
				out = append(out, "lbaas/pools/"+p.ID+"/members/"+m.ID)
			}
			if p.monitor != nil {
				out = append(out, "lbaas/healthmonitors/"+p.monitor.ID)
			}
		}
	}
	return out
}

// balancerPath and floatingPath are where a load balancer of that name and its
// floating IP stand in a plan.
func balancerPath(name string) string { return loadBalancerPath + "/" + escape(name) }
func floatingPath(name string) string { return string(KindFloatingIP) + "/" + escape(name) }
func poolPath(name string) string     { return "pool/" + escape(name) }
func listenerPath(name string) string { return "listener/" + escape(name) }

func policyPath(listener, name string) string {
	return listenerPath(listener) + "/l7policy/" + escape(name)
}

func rulePath(policy string, i int) string { return policy + "/l7rule/" + strconv.Itoa(i+1) }

func monitorPath(pool string) string { return poolPath(pool) + "/healthmonitor" }

const loadBalancerPath = "loadbalancer"

// escape hides in a name what paths are made of; unescape shows it again.
func escape(name string) string {
	return strings.NewReplacer("%", "%25", "/", "%2F", "{", "%7B", "}", "%7D").Replace(name)
}

func unescape(name string) string {
	return strings.NewReplacer("%25", "%", "%2F", "/", "%7B", "{", "%7D", "}").Replace(name)
}

const (
	active        = "ACTIVE"
	failed        = "ERROR"
	pendingDelete = "PENDING_DELETE"
	pendingUpdate = "PENDING_UPDATE"
)

func isPending(status string) bool { return len(status) > 8 && status[:8] == "PENDING_" }

// str reads a string attribute, "" if it is absent or null.
func str(o octavia.Object, key string) string {
	s, _ := o[key].(string)
	return s
}
