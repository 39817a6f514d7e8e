// SPDX-License-Identifier: Apache-2.0

package lb

import (
	"errors"
	"fmt"
	"strings"

	"github.com/octaviakit/octaviakit/internal/mark"
)

// AdoptionReport is what an adoption would find and do. Its JSON is stable: fields are
// only ever added.
type AdoptionReport struct {
	ID   string `json:"id"`   // of the load balancer
	Name string `json:"name"` // that it has now
	As   string `json:"as"`   // by which its owner will know it
	// Plan is what Adopt does, empty if nothing is left to do. It is for reading: only
	// Adopt carries it out.
	Plan *Plan `json:"plan"`
	// MadeBy names the software that seems to have made it; "" if that cannot be told.
	MadeBy string `json:"madeBy,omitzero"`
	// Tags lists the objects, but members, with tags that are no owner's marks.
	Tags []Tagged `json:"tags,omitempty"`
	// Warnings are for whoever decides: what may go wrong after the adoption.
	Warnings []string `json:"warnings,omitempty"`
	// Unsaid is what Spec cannot say, or the provider could not be asked for.
	Unsaid []Unsaid `json:"unsaid,omitempty"`
	// Spec describes the load balancer as it will be: with it Ensure finds nothing to do.
	Spec Spec `json:"spec"`
}

// Tagged is an object and tags that it has.
type Tagged struct {
	Path string   `json:"path"`
	Tags []string `json:"tags"`
}

func (t *candidate) report() *AdoptionReport {
	after := t.graph.after(t.as, t.graph.renames())
	spec, unsaid := after.describe(t.caps)
	r := &AdoptionReport{
		ID: t.graph.ID(), Name: t.graph.Name(), As: t.as, Plan: t.plan,
		MadeBy: madeBy(t.graph), Tags: t.graph.foreignTags(), Spec: spec, Unsaid: unsaid,
	}
	for _, err := range flat(spec.Refusals(t.caps)) {
		if u, ok := errors.AsType[*UnsupportedError](err); ok {
			r.Unsaid = append(r.Unsaid, Unsaid{Path: u.Path, Problem: "is there, but may not be asked for: " + u.Err.Error()})
		}
	}
	r.warn(t)
	return r
}

func (r *AdoptionReport) warn(t *candidate) {
	say := func(format string, args ...any) { r.Warnings = append(r.Warnings, fmt.Sprintf(format, args...)) }
	switch root := t.graph.root; {
	case root.Provisioning == failed:
		say("it is in ERROR, where Octavia lets nobody change it: fail it over or have it repaired first")
	case t.graph.pending():
		say("it is %s: what is said here may change", root.Provisioning)
	}
	if r.MadeBy != "" {
		say("%s seems to have made it and does not read marks: stop it from looking after this one first", r.MadeBy)
	}
	r.Warnings = append(r.Warnings, stillClaims(r.MadeBy, r.Name, r.As, r.Tags)...)
	if t.blind {
		say("the Engine has no network client: a floating IP is neither seen nor marked, and Spec wants none")
	}
	if t.foreignAddress() {
		f := t.graph.floating
		say("the floating IP %s has the mark of %q and is left alone", f.Address, f.Mark.Owner)
	}
	if len(r.Unsaid) > 0 {
		say("a Spec cannot say everything that is there, see below")
	}
}

// foreignTags lists what is tagged with anything but owners' marks.
func (g *Graph) foreignTags() []Tagged {
	var out []Tagged
	for _, n := range g.flatten() {
		var tags []string
		for _, tag := range tagsOf(n.attrs) {
			if !mark.Is(tag) {
				tags = append(tags, tag)
			}
		}
		if len(tags) > 0 {
			out = append(out, Tagged{n.Path, tags})
		}
	}
	return out
}

// String renders the report as stable text: the plan, warnings, tags, and what a Spec
// cannot say.
func (r *AdoptionReport) String() string {
	var b strings.Builder
	fmt.Fprintf(&b, "adopt %q (%s)\n", r.Name, r.ID)
	b.WriteString(r.Plan.String())
	if r.Plan.Empty() {
		b.WriteString("it is the owner's already.\n")
	}
	section := func(title string, lines []string) {
		if len(lines) > 0 {
			fmt.Fprintf(&b, "\n%s:\n", title)
		}
		for _, l := range lines {
			fmt.Fprintf(&b, "  - %s\n", oneLine(l))
		}
	}
	section("warnings", r.Warnings)
	var tags, unsaid []string
	for _, t := range r.Tags {
		kind, name := kindAndName(t.Path)
		tags = append(tags, strings.TrimSpace(kind+" "+name)+": "+strings.Join(t.Tags, " "))
	}
	section("tags that stay", tags)
	for _, u := range r.Unsaid {
		unsaid = append(unsaid, u.String())
	}
	section("what a Spec cannot say", unsaid)
	return b.String()
}
