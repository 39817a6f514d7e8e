// SPDX-License-Identifier: Apache-2.0

package lb

import (
	"fmt"
	"slices"
	"strings"
)

// ConcernKind is a kind of thing that needs consent.
type ConcernKind string

// What a plan needs consent for.
const (
	Interrupts        ConcernKind = "interrupts" // traffic that the Spec still wants
	Empties           ConcernKind = "empties"    // a pool that the Spec keeps
	RemovesMany       ConcernKind = "removes"    // more of a pool's members than may go, see WithMaxRemove
	ReplacesBalancers ConcernKind = "replaces"   // a whole load balancer
)

// Concern is one reason why a plan needs consent: what happens, to what, in which step.
type Concern struct {
	Kind  ConcernKind
	Step  int     // counted from 1
	Path  string  // of the object: "pool/web"
	Share float64 // of the pool's members that go, of Empties and RemovesMany
	Why   string
}

// String is a sentence such as "step 2 interrupts listener http: port 80 must be free
// before it is reused".
func (c Concern) String() string {
	kind, name := kindAndName(c.Path)
	what := strings.TrimSpace(kind + " " + name)
	if c.Kind == RemovesMany {
		what = fmt.Sprintf("%.0f%% of the members of %s", 100*c.Share, what)
	}
	text := fmt.Sprintf("step %d %s %s", c.Step, c.Kind, what)
	if c.Why != "" {
		text += ": " + c.Why
	}
	return text
}

// Concerns lists what the plan needs consent for, in the order of its steps; none, and
// Ensure carries it out without asking. What is more than may go is the Engine's to
// say; for a plan of Diff anything short of emptying a pool is not.
func (p *Plan) Concerns() []Concern {
	var out []Concern
	for i, s := range p.steps {
		c := Concern{Kind: s.concern, Step: i + 1, Share: s.Removes, Why: s.Reason}
		switch {
		case s.Disruptive:
		case s.Removes > p.mayRemove():
			c.Kind = RemovesMany
		default:
			continue
		}
		c.Path = s.victim()
		out = append(out, c)
	}
	return out
}

func (p *Plan) mayRemove() float64 {
	if p.removal == nil {
		return 1
	}
	return *p.removal
}

// victim is the path of what a step takes away.
func (s Step) victim() string {
	i := max(slices.IndexFunc(s.Changes, func(c Change) bool { return c.Action == Delete }), 0)
	if s.Changes[i].Kind == KindMember {
		return parentPath(s.Changes[i].Path)
	}
	return s.Changes[i].Path
}
