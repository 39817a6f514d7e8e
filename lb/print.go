// SPDX-License-Identifier: Apache-2.0

package lb

import (
	"fmt"
	"strings"
)

// String renders the plan as stable text of fixed width and without colour, fit
// for golden files and review comments. Objects are named, never numbered.
func (p *Plan) String() string {
	var b strings.Builder
	state := "exists"
	if p.id == "" {
		state = "new"
	}
	fmt.Fprintf(&b, "load balancer %q", p.name)
	if p.provider != "" {
		fmt.Fprintf(&b, " (%s)", p.provider)
	}
	fmt.Fprintf(&b, ", %s\n", state)
	if p.Empty() {
		b.WriteString("\nnothing to do.\n")
		return b.String()
	}
	b.WriteString("\n")
	for _, s := range p.steps {
		for _, c := range s.Changes {
			writeChange(&b, c, s.Disruptive)
		}
	}
	fmt.Fprintf(&b, "\n%s\n", p.summary())
	for i, s := range p.steps {
		line := fmt.Sprintf("%3d. %-44s", i+1, s.Call)
		b.WriteString(strings.TrimRight(line+"  "+s.Reason, " ") + "\n")
	}
	return b.String()
}

func (p *Plan) summary() string {
	interruption := "no interruption"
	if p.Disruptive() {
		interruption = "INTERRUPTS TRAFFIC"
	}
	var counts []string
	for _, a := range []Action{Create, Update, Delete} {
		if n := p.count(a); n > 0 {
			counts = append(counts, fmt.Sprintf("%d to %s", n, a))
		}
	}
	return fmt.Sprintf("%s, %s, %s. %s.", plural(len(p.steps), "step"), plural(p.Cycles(), "PENDING cycle"),
		interruption, strings.Join(counts, ", "))
}

// writeChange writes one line for the object and one for each field but the first.
func writeChange(b *strings.Builder, c Change, disruptive bool) {
	sign := map[Action]string{Create: "+", Update: "~", Delete: "-"}[c.Action]
	if disruptive {
		sign = "!"
	}
	name := strings.TrimPrefix(c.Path, string(c.Kind)+"/")
	if i := strings.LastIndex(c.Path, "/"+string(c.Kind)); i >= 0 {
		name = strings.TrimPrefix(c.Path[i+1+len(c.Kind):], "/")
	}
	indent := strings.Repeat("  ", depth(c.Kind))
	head := fmt.Sprintf("  %s %s%s %s", sign, indent, c.Kind, name)
	notes := []string{c.Summary}
	for _, f := range c.Fields {
		notes = append(notes, fmt.Sprintf("%s %s -> %s", f.Name, f.Old, f.New))
	}
	if c.Note != "" {
		notes = append(notes, "("+c.Note+")")
	}
	text := strings.TrimSpace(strings.Join(notes, "  "))
	b.WriteString(strings.TrimRight(fmt.Sprintf("%-34s  %s", head, text), " ") + "\n")
}

func depth(k Kind) int {
	switch k {
	case KindMember, KindHealthMonitor, KindL7Policy:
		return 1
	case KindL7Rule:
		return 2
	case KindLoadBalancer, KindPool, KindListener, KindFloatingIP:
		return 0
	}
	return 0
}

func plural(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return fmt.Sprintf("%d %ss", n, noun)
}
