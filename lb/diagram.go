// SPDX-License-Identifier: Apache-2.0

package lb

import (
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
	class string   // see paints
}

type edge struct{ from, to, label string }

type diagram struct {
	title     string
	direction string // LR or TB, as both languages spell it
	vertices  []vertex
	edges     []edge
}

func (g *Graph) diagram() diagram {
	d := diagram{title: g.Name(), direction: "LR"}
	d.node("lb", g.root, string(KindLoadBalancer)+" "+g.Name(), g.VIP().String())
	if fip, ok := g.FloatingIP(); ok {
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

// paint is how a class of vertices looks.
type paint struct{ class, fill, stroke string }

func paints() []paint {
	return []paint{
		{"ok", "#e6f4ea", "#188038"}, // is well, or is made
		{"busy", "#fef7e0", "#f29900"},
		{"change", "#e8f0fe", "#1a73e8"},
		{"gone", "#f1f3f4", "#80868b"},
		{"bad", "#fce8e6", "#c5221f"}, // in ERROR, or interrupts traffic
	}
}

func (d diagram) mermaid() string {
	var b strings.Builder
	b.WriteString("%%{init: {\"flowchart\": {\"wrappingWidth\": 640}}}%%\n") // else lines are cut at 200 pixels
	fmt.Fprintf(&b, "flowchart %s\n", d.direction)
	used := map[string]bool{}
	for _, v := range d.vertices {
		lines := make([]string, len(v.label))
		for i, l := range v.label {
			lines[i] = entities(l)
		}
		fmt.Fprintf(&b, "  %s[\"%s\"]:::%s\n", v.id, strings.Join(lines, "<br>"), v.class)
		used[v.class] = true
	}
	for _, e := range d.edges {
		label := ""
		if e.label != "" {
			label = "|" + e.label + "|"
		}
		fmt.Fprintf(&b, "  %s -->%s %s\n", e.from, label, e.to)
	}
	for _, p := range paints() {
		if used[p.class] {
			fmt.Fprintf(&b, "  classDef %s fill:%s,stroke:%s,color:#111,text-align:left\n", p.class, p.fill, p.stroke)
		}
	}
	return b.String()
}

// entities hides in a label what Mermaid would read as its own or as HTML: names are
// anybody's.
func entities(s string) string {
	var b strings.Builder
	for _, r := range s {
		switch {
		case strings.ContainsRune("\"#&<>`", r):
			fmt.Fprintf(&b, "#%d;", r)
		case r == '\\': // before an n it would end the line, whatever it is written as
			b.WriteString("\\\u200b")
		case r < ' ' || r == 0x7f || r == 0x85 || r == 0x2028 || r == 0x2029: // ends lines
			b.WriteByte(' ')
		default:
			b.WriteRune(r)
		}
	}
	return b.String()
}

func (d diagram) dot() string {
	colors := map[string]paint{}
	for _, p := range paints() {
		colors[p.class] = p
	}
	var b strings.Builder
	fmt.Fprintf(&b, "digraph %s {\n  rankdir=%s\n  node [shape=box, style=filled, fontname=\"sans-serif\"]\n", quoted(d.title), d.direction)
	for _, v := range d.vertices {
		label := quoted(strings.ReplaceAll(strings.Join(v.label, "\n"), "&", "&amp;") + "\n")
		fmt.Fprintf(&b, "  %s [label=%s, fillcolor=%s, color=%s]\n", v.id, label, quoted(colors[v.class].fill), quoted(colors[v.class].stroke))
	}
	for _, e := range d.edges {
		label := ""
		if e.label != "" {
			label = " [label=" + quoted(e.label) + "]"
		}
		fmt.Fprintf(&b, "  %s -> %s%s\n", e.from, e.to, label)
	}
	b.WriteString("}\n")
	return b.String()
}

// quoted is a string as DOT writes it: in it \l ends a line and aligns it to the left.
func quoted(s string) string {
	s = strings.NewReplacer("\\", "\\\\", "\"", "\\\"", "\n", "\\l").Replace(s)
	return "\"" + strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f {
			return ' '
		}
		return r
	}, s) + "\""
}
