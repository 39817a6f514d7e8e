// SPDX-License-Identifier: Apache-2.0

package lb

import (
	"iter"
	"slices"
	"strings"
	"time"

	"github.com/octaviakit/octaviakit/floatingip"
	"github.com/octaviakit/octaviakit/member"
	"github.com/octaviakit/octaviakit/provider"
)

// Action is what happens to one object.
type Action uint8

// The actions of a Plan. A replacement is two changes, a Create and a Delete,
// whose Note says so.
const (
	Create Action = iota + 1
	Update
	Delete
)

// String returns "create", "update" or "delete".
func (a Action) String() string {
	switch a {
	case Create:
		return "create"
	case Update:
		return "update"
	case Delete:
		return "delete"
	}
	return "unknown"
}

// Field is one field's difference, as text, and what it means.
type Field struct {
	Name, Old, New string
	Effect         Effect
}

// Change is one object's part of a step.
type Change struct {
	Action  Action
	Kind    Kind
	Path    string // "pool/web"; in names %, /, { and } are escaped as in a URL: "pool/a%2Fb"
	ID      string // "" until created
	Summary string // what it is, of a new object: "HTTP :80 -> pool web"
	Fields  []Field
	Note    string // why, where that is not plain
}

// Step is one API call and so, if it is Octavia's, one PENDING cycle.
type Step struct {
	Call       string // "POST /lbaas/pools", objects by name
	Changes    []Change
	Cycles     int           // PENDING cycles: 1, or 0 for Neutron's calls
	Takes      time.Duration // typically; see provider.Name.Typical. 0 for Neutron's calls
	Disruptive bool          // interrupts traffic that the Spec still wants, or empties a pool
	Removes    float64       // share of a kept pool's members that go, 0 to 1
	Reason     string        // why this call, why here
	concern    ConcernKind   // of a disruptive step
	op         operation
}

// operation is what Apply needs of a Step: one of the three forms.
type operation struct {
	method, path string         // path names objects as {pool/web}
	key          string         // the wrapper of the body, "pool"
	body         map[string]any // may hold refs
	self         string         // path that the answer's ID is bound to

	members  *memberOperation
	floating *floatingOperation

	failover bool     // of the load balancer
	within   int      // objects that go with what is deleted
	tags     *string  // that the load balancer must still have: they are written whole
	detached string   // path of a pool that the status tree does not show yet
	strands  []string // paths of what stays PENDING after it
	frees    bool     // writes to such a one
}

type memberOperation struct {
	pool    string // path
	request member.Request
}

type floatingOperation struct {
	spec    floatingip.Spec
	release bool
	verify  bool            // the driver may miss it
	loose   bool            // release what is detached, and leave alone what is bound
	port    string          // that it leaves; "": of one to be released the load balancer's
	early   bool            // need not wait for the step before it to settle
	from    floatingip.Mark // with heir: whose it was
	heir    string          // owner that it is given to
}

// Plan is an ordered list of steps that turn what exists into what is wanted. It
// is immutable, and prints as a review: see String.
type Plan struct {
	name     string
	id       string // "" for a new load balancer
	owner    string
	provider provider.Name
	want     *Spec // nil: delete
	steps    []Step
	ids      map[string]string // what the paths in operations mean today
	digest   string            // of the graph that the plan was made from
	replaces []Field           // why the load balancer is replaced; nil: it is not
	failed   []string          // IDs of objects that were in ERROR then
	shared   bool              // other owners may join at any moment
	leaves   bool              // to other owners
	wish     string            // digest of the Spec, for which retries are counted
	vacates  VIP               // addresses of the old one, which the new one asks for although the Spec does not name them
	removal  *float64          // share of a pool's members that may go unasked; nil: any
}

// Name returns the load balancer's name.
func (p *Plan) Name() string { return p.name }

// Empty reports whether there is nothing to do.
func (p *Plan) Empty() bool { return len(p.steps) == 0 }

// Steps yields the steps in the order in which they are carried out.
func (p *Plan) Steps() iter.Seq[Step] { return slices.Values(p.steps) }

// Cycles is how many PENDING cycles the plan costs: how often the load balancer
// locks, and so, nearly, how long it takes.
func (p *Plan) Cycles() int {
	n := 0
	for _, s := range p.steps {
		n += s.Cycles
	}
	return n
}

// Takes is how long the plan typically takes: the sum of its steps, since a load
// balancer can only do one at a time. It is zero if nothing is known of the provider.
func (p *Plan) Takes() time.Duration {
	var sum time.Duration
	for _, s := range p.steps {
		sum += s.Takes
	}
	return sum
}

// add appends a step and works out what it costs in time.
func (p *Plan) add(s Step) {
	if s.Cycles > 0 {
		s.Takes = p.provider.Typical(s.task(), len(s.Changes)+s.op.within)
	}
	p.steps = append(p.steps, s)
}

func (s Step) task() provider.Task {
	switch {
	case s.op.self == loadBalancerPath:
		return provider.TaskCreate
	case s.deletes():
		return provider.TaskDelete
	case s.op.failover:
		return provider.TaskFailover
	}
	return provider.TaskChange
}

// Disruptive reports whether a step interrupts traffic that the Spec still wants,
// or empties a pool that it keeps.
func (p *Plan) Disruptive() bool {
	return slices.ContainsFunc(p.steps, func(s Step) bool { return s.Disruptive })
}

// Removes is the largest share of members that a pool which stays loses, 0 to 1:
// what WithMaxRemove is compared with.
func (p *Plan) Removes() float64 {
	most := 0.0
	for _, s := range p.steps {
		most = max(most, s.Removes)
	}
	return most
}

// count returns how many changes of the action there are.
func (p *Plan) count(a Action) int {
	n := 0
	for _, s := range p.steps {
		for _, c := range s.Changes {
			if c.Action == a {
				n++
			}
		}
	}
	return n
}

// deletes reports whether the step deletes a load balancer.
func (s Step) deletes() bool { return s.op.method == "DELETE" && strings.HasSuffix(s.op.path, cascade) }

// Replaces lists the fields that Octavia cannot change, and for whose sake the plan
// makes the load balancer anew; empty if it does not.
func (p *Plan) Replaces() []Field { return slices.Clone(p.replaces) }

// removed is the path of the object that a DELETE is about.
func (s Step) removed() string {
	_, rest, _ := strings.Cut(s.op.path, "{")
	path, _, _ := strings.Cut(rest, "}")
	return path
}

// callText renders a call with objects by their own names: "{pool/web}" as "{web}".
func callText(method, path string) string {
	var b strings.Builder
	b.WriteString(method + " /")
	for i, part := range strings.Split(path, "{") {
		if i == 0 {
			b.WriteString(part)
			continue
		}
		name, rest, _ := strings.Cut(part, "}")
		b.WriteString("{" + unescape(name[strings.LastIndexByte(name, '/')+1:]) + "}" + rest)
	}
	return b.String()
}
