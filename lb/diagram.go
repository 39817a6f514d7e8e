// SPDX-License-Identifier: Apache-2.0

package lb

import (
	"encoding/json"
	"fmt"
	"strings"
)

// Diagrams show a load balancer as a graph: listeners and policies point to pools,
// pools to members and monitor. Members of like state stand as one node, so that
// eighty of them do not hide the rest.

// Mermaid renders what exists as a Mermaid flowchart, which GitHub draws.
func (g *Graph) Mermaid() string { return g.diagram().mermaid() }

// DOT renders what exists for Graphviz.
func (g *Graph) DOT() string { return g.diagram().dot() }

// vertex and edge are what a diagram is made of.
type vertex struct {
	id    string
	label []string // lines
	class string   // "ok", "busy", "bad"
}

type edge struct{ from, to, label string }

type diagram struct {
	title    string
	vertices []vertex
	edges    []edge
}

func (g *Graph) diagram() diagram {
	d := diagram{title: g.Name()}
	d.node("lb", g.root, string(KindLoadBalancer)+" "+g.Name(), g.VIP().String())
	if fip, ok := g.FloatingIP(); ok && fip.PortID != "" {
		d.vertices = append(d.vertices, vertex{"fip", []string{"floating IP", fip.Address.String()}, "ok"})
		d.edges = append(d.edges, edge{"fip", "lb", ""})
	}
	pools := map[string]string{} // ID to vertex
	for i, p := range g.pools {
		id := fmt.Sprintf("p%d", i)
		pools[p.ID] = id
		d.node(id, p.Node, "pool "+p.Name, str(p.attrs, "protocol")+" "+str(p.attrs, "lb_algorithm"))
		d.members(id, p)
		if p.monitor != nil {
			d.node(id+"h", *p.monitor, "healthmonitor", str(p.monitor.attrs, "type"))
			d.edges = append(d.edges, edge{id + "h", id, "watches"})
		}
	}
	for i, l := range g.listeners {
		id := fmt.Sprintf("l%d", i)
		d.node(id, l.Node, "listener "+l.Name, fmt.Sprintf("%s :%.0f", str(l.attrs, "protocol"), number(l.attrs, "protocol_port")))
		d.edges = append(d.edges, edge{"lb", id, ""})
		if to := pools[str(l.attrs, "default_pool_id")]; to != "" {
			d.edges = append(d.edges, edge{id, to, ""})
		}
		for j, p := range l.policies {
			pid := fmt.Sprintf("%sr%d", id, j)
			d.node(pid, p.Node, "l7policy "+p.Name, str(p.attrs, "action"))
			d.edges = append(d.edges, edge{id, pid, fmt.Sprintf("%d.", j+1)})
			if to := pools[str(p.attrs, "redirect_pool_id")]; to != "" {
				d.edges = append(d.edges, edge{pid, to, ""})
			}
		}
	}
	return d
}

func (d *diagram) node(id string, n Node, lines ...string) {
	class := "ok"
	switch {
	case isPending(n.Provisioning):
		class = "busy"
	case n.Provisioning == failed || n.Operating == failed:
		class = "bad"
	}
	lines = append(lines, strings.TrimSpace(n.Provisioning+" "+n.Operating))
	d.vertices = append(d.vertices, vertex{id, lines, class})
}

// members adds one vertex for each state that members of the pool are in.
func (d *diagram) members(pool string, p poolNode) {
	counts := map[string]int{}
	var order []Node
	for _, m := range p.members {
		n := memberNode(p, m)
		state := n.Provisioning + " " + n.Operating
		if counts[state]++; counts[state] == 1 {
			order = append(order, n)
		}
	}
	for i, n := range order {
		id := fmt.Sprintf("%sm%d", pool, i)
		d.node(id, n, plural(counts[n.Provisioning+" "+n.Operating], "member"))
		d.edges = append(d.edges, edge{pool, id, ""})
	}
}

func (d diagram) mermaid() string {
	var b strings.Builder
	b.WriteString("flowchart LR\n")
	for _, v := range d.vertices {
		fmt.Fprintf(&b, "  %s[\"%s\"]:::%s\n", v.id, strings.ReplaceAll(strings.Join(v.label, "<br>"), `"`, "#quot;"), v.class)
	}
	for _, e := range d.edges {
		label := ""
		if e.label != "" {
			label = "|" + e.label + "|"
		}
		fmt.Fprintf(&b, "  %s -->%s %s\n", e.from, label, e.to)
	}
	b.WriteString("  classDef ok fill:#e6f4ea,stroke:#188038,color:#111\n")
	b.WriteString("  classDef busy fill:#fef7e0,stroke:#f29900,color:#111\n")
	b.WriteString("  classDef bad fill:#fce8e6,stroke:#c5221f,color:#111\n")
	return b.String()
}

func (d diagram) dot() string {
	colors := map[string]string{"ok": "#e6f4ea", "busy": "#fef7e0", "bad": "#fce8e6"}
	var b strings.Builder
	fmt.Fprintf(&b, "digraph %s {\n  rankdir=LR\n  node [shape=box, style=filled]\n", quoted(d.title))
	for _, v := range d.vertices {
		fmt.Fprintf(&b, "  %s [label=%s, fillcolor=%s]\n", v.id, quoted(strings.Join(v.label, "\n")), quoted(colors[v.class]))
	}
	for _, e := range d.edges {
		fmt.Fprintf(&b, "  %s -> %s [label=%s]\n", e.from, e.to, quoted(e.label))
	}
	b.WriteString("}\n")
	return b.String()
}

// quoted is a string as DOT and JSON both write it.
func quoted(s string) string {
	text, _ := json.Marshal(s) // a string always encodes
	return string(text)
}
