// SPDX-License-Identifier: Apache-2.0

package lb

import (
	"fmt"
	"strconv"
	"strings"
	"unicode"
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
	for _, f := range p.replaces {
		fmt.Fprintf(&b, "replaced, since Octavia cannot change %s\n", oneLine(fieldsText([]Field{f})))
	}
	if p.Empty() {
		b.WriteString("\nnothing to do.\n")
		return b.String()
	}
	b.WriteString("\n")
	changes := printer{}
	for _, s := range p.steps {
		for _, c := range s.Changes {
			changes.change(c, s.Disruptive)
		}
	}
	b.WriteString(changes.b.String())
	fmt.Fprintf(&b, "\n%s\n", p.summary())
	for i, s := range p.steps {
		mark := " "
		if s.Disruptive {
			mark = "!"
		}
		fmt.Fprintf(&b, "%s%3d. %s%s\n        %s\n", mark, i+1, oneLine(s.Call), oneLine(s.about()), oneLine(s.why()))
	}
	if concerns := p.Concerns(); len(concerns) > 0 {
		b.WriteString("\nneeds approval:\n")
		for _, c := range concerns {
			fmt.Fprintf(&b, "  %s\n", oneLine(c.String()))
		}
	}
	return b.String()
}

// about names the object that a call does not: " (pool tls)". Of several it is the change
// list above that tells.
func (s Step) about() string {
	if len(s.Changes) != 1 {
		return ""
	}
	c := s.Changes[0]
	_, name := kindAndName(c.Path)
	switch made := s.op.method == "POST"; {
	case c.Kind == KindHealthMonitor:
		_, pool := kindAndName(parentPath(c.Path))
		return fmt.Sprintf(" (of pool %s)", pool)
	case c.Kind == KindMember, made && (c.Kind == KindPool || c.Kind == KindListener || c.Kind == KindL7Policy):
		return fmt.Sprintf(" (%s)", name)
	}
	return ""
}

// why is what a step costs and why it is there.
func (s Step) why() string {
	cost := "no cycle"
	if s.Cycles > 0 {
		cost = plural(s.Cycles, "cycle")
	}
	if s.Takes > 0 {
		cost += fmt.Sprintf(", %v", s.Takes)
	}
	return cost + ": " + s.Reason
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
	cost := plural(len(p.steps), "step") + ", " + plural(p.Cycles(), "PENDING cycle")
	if t := p.Takes(); t > 0 {
		cost += fmt.Sprintf(", about %v", t)
	}
	return fmt.Sprintf("%s, %s. %s.", cost, interruption, strings.Join(counts, ", "))
}

// writeChange writes one line for an object, below a line for its parent if that
// is not what was written last.
func (p *printer) change(c Change, disruptive bool) {
	if parent := parentPath(c.Path); parent != "" && parent != p.parent && c.Kind != KindL7Rule {
		kind, name := kindAndName(parent)
		fmt.Fprintf(&p.b, "    %s%s %s\n", strings.Repeat("  ", depth(c.Kind)-1), kind, oneLine(name))
		p.parent = parent
	}
	if depth(c.Kind) == 0 {
		p.parent = c.Path
	}
	sign := map[Action]string{Create: "+", Update: "~", Delete: "-"}[c.Action]
	if disruptive {
		sign = "!"
	}
	_, name := kindAndName(c.Path)
	head := strings.TrimRight(fmt.Sprintf("  %s %s%s %s", sign, strings.Repeat("  ", depth(c.Kind)), c.Kind, oneLine(name)), " ")
	notes := []string{c.Summary}
	for _, f := range c.Fields {
		notes = append(notes, fmt.Sprintf("%s %s -> %s", f.Name, f.Old, f.New))
	}
	if c.Note != "" {
		notes = append(notes, "("+c.Note+")")
	}
	text := strings.TrimSpace(oneLine(strings.Join(notes, "  ")))
	p.b.WriteString(strings.TrimRight(fmt.Sprintf("%-38s  %s", head, text), " ") + "\n")
}

// oneLine spells what would end a line, or do worse to a terminal: names and descriptions
// are anybody's.
func oneLine(s string) string {
	odd := func(r rune) bool { return unicode.IsControl(r) || r == '\u2028' || r == '\u2029' }
	if !strings.ContainsFunc(s, odd) {
		return s
	}
	var b strings.Builder
	for _, r := range s {
		if odd(r) {
			b.WriteString(strings.Trim(strconv.QuoteRune(r), "'"))
		} else {
			b.WriteRune(r)
		}
	}
	return b.String()
}

// printer writes changes and remembers below which object it is.
type printer struct {
	b      strings.Builder
	parent string
}

// kindAndName takes the last element of a path apart: "pool/web/member/A" is the
// member A, "pool/web/healthmonitor" the monitor without a name.
func kindAndName(path string) (kind, name string) {
	parts := strings.Split(path, "/")
	if len(parts)%2 == 1 {
		return parts[len(parts)-1], ""
	}
	return parts[len(parts)-2], unescape(parts[len(parts)-1])
}

// parentPath is the path of the object that holds another, "" for those on top.
func parentPath(path string) string {
	parts := strings.Split(path, "/")
	if len(parts) < 3 {
		return ""
	}
	return strings.Join(parts[:len(parts)-2+len(parts)%2], "/")
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
