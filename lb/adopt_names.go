// SPDX-License-Identifier: Apache-2.0

package lb

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
)

// renaming gives an object a name of its own.
type renaming struct {
	Node        // as it is
	to   string // its new name
	path string // where it stands then
}

// renames lists the pools, listeners and policies that cannot be told apart by name:
// those without one, and of several that share one all but the oldest. The new names
// say what the object does and do not depend on how many have been given already.
func (g *Graph) renames() []renaming {
	var out []renaming
	var all []Node
	for _, p := range g.pools {
		all = append(all, p.Node)
	}
	out = append(out, renamed(all, g.purpose, poolPath)...)
	all = nil
	for _, l := range g.listeners {
		all = append(all, l.Node)
	}
	listeners := renamed(all, slot, listenerPath)
	out = append(out, listeners...)
	for _, l := range g.listeners {
		name := nameAfter(l.Node, listeners)
		all = nil
		for _, p := range l.policies {
			all = append(all, p.Node)
		}
		out = append(out, renamed(all, byID, func(policy string) string { return policyPath(name, policy) })...)
	}
	return out
}

// renamed gives names to objects among which names must be unique. does says what an
// object does.
func renamed(all []Node, does func(Node) string, path func(name string) string) []renaming {
	slices.SortFunc(all, func(a, b Node) int {
		return cmp.Or(cmp.Compare(str(a.attrs, "created_at"), str(b.attrs, "created_at")), cmp.Compare(a.ID, b.ID))
	})
	taken, seen := map[string]bool{}, map[string]bool{}
	for _, n := range all {
		taken[n.Name] = true
	}
	var out []renaming
	for _, n := range all {
		if n.Name != "" && !seen[n.Name] {
			seen[n.Name] = true
			continue
		}
		base := does(n)
		if n.Name != "" {
			base = n.Name + "-" + base
		}
		to := StoredName(base)
		for i := 2; taken[to]; i++ {
			to = StoredName(fmt.Sprintf("%s-%d", base, i))
		}
		taken[to] = true
		out = append(out, renaming{n, to, path(to)})
	}
	return out
}

// slot names a listener by what no other listener has: "tcp-80".
func slot(n Node) string {
	return fmt.Sprintf("%s-%.0f", strings.ToLower(str(n.attrs, "protocol")), number(n.attrs, "protocol_port"))
}

// purpose names a pool by the listener with the lowest port that it serves.
func (g *Graph) purpose(pool Node) string {
	best, name := 0.0, byID(pool)
	for _, l := range g.listeners {
		port := number(l.attrs, "protocol_port")
		if str(l.attrs, "default_pool_id") == pool.ID && (best == 0 || port < best) {
			best, name = port, slot(l.Node)
		}
	}
	return name
}

func byID(n Node) string { return fmt.Sprintf("%s-%.8s", n.Kind, n.ID) }

// nameAfter is an object's name once all have been renamed.
func nameAfter(n Node, rs []renaming) string {
	for _, r := range rs {
		if r.ID == n.ID {
			return r.to
		}
	}
	return n.Name
}

// after is the graph with the names that it will have.
func (g *Graph) after(as string, rs []renaming) *Graph {
	to := map[string]renaming{}
	for _, r := range rs {
		to[r.ID] = r
	}
	give := func(n *Node) {
		if r, ok := to[n.ID]; ok {
			n.Name, n.Path = r.to, r.path
		}
	}
	out := *g
	out.root.Name = as
	out.pools = slices.Clone(g.pools)
	for i := range out.pools {
		give(&out.pools[i].Node)
	}
	out.listeners = slices.Clone(g.listeners)
	for i := range out.listeners {
		l := &out.listeners[i]
		give(&l.Node)
		l.policies = slices.Clone(l.policies)
		for j := range l.policies {
			give(&l.policies[j].Node)
		}
	}
	out.sort()
	return &out
}
