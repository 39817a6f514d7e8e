// SPDX-License-Identifier: Apache-2.0

package conformance

import (
	"cmp"
	"fmt"
	"math/rand/v2"
	"regexp"
	"strings"
)

// nowhere is an id that nothing has.
const nowhere = "11111111-2222-3333-4444-555555555555"

// owner is the user who walks.
const owner = "demo2"

// chapter is how many steps a walk takes below one load balancer before it begins with another.
const chapter = 120

// Walk is a scenario of so many steps, or a few more, that nobody has thought of: the same for the same seed. Every section
// makes a load balancer of the provider, takes requests at random below it, most of them nearly right, and takes it away
// again. It acts for demo2, now and then for somebody else, and knows only what it has asked for, not what it was answered:
// something that was refused is asked for all the same.
func Walk(provider string, seed uint64, steps int) *Scenario {
	name := fmt.Sprintf("walk-%d", seed)
	if provider != "amphora" {
		name = provider + "-" + name // the recordings of ovn are known by it
	}
	w := &walk{
		rng: rand.New(rand.NewPCG(seed, 0)), //nolint:gosec // it shall be guessed
		out: &Scenario{Name: name}, kinds: kinds(), lb: balancers(provider), made: map[string][]thing{},
	}
	for n := 1; w.out.Count() < steps; n++ {
		w.section(n, min(chapter, steps-w.out.Count()))
	}
	return w.out
}

type walk struct {
	rng     *rand.Rand
	out     *Scenario
	kinds   []*kind
	lb      *kind
	made    map[string][]thing // by kind, of this section
	numbers int                // given away
	title   string
	lbVar   string
}

// thing is something that may have been made.
type thing struct {
	ref    string // "$pool7"
	parent string // the same of what its path names
	body   []sent
	doubt  bool // its request had something wrong
}

// section is a load balancer from its beginning to its end.
func (w *walk) section(n, steps int) {
	w.title, w.lbVar, w.made = fmt.Sprintf("walk %d", n), "", map[string][]thing{}
	w.add(Step{Service: "NEUTRON", Verb: "GET", Path: "subnets/$subnet2", Captures: []Capture{{"network2", "subnet.network_id"}}})
	w.add(Step{
		Service: "NEUTRON", Verb: "POST", Path: "security-groups", Body: `{"security_group": {"name": "walk"}}`,
		Captures: []Capture{{"group", "security_group.id"}},
	})
	w.create(w.lb, w.good(w.lb.need), false)
	w.lbVar = w.made[w.lb.name][0].ref
	w.out.Steps[len(w.out.Steps)-1].As = owner
	w.out.Steps[len(w.out.Steps)-1].Settling = w.lbVar
	for _, k := range w.kinds { // one of each to begin with
		w.create(k, w.good(k.need), false)
	}
	for end := w.out.Count() + steps; w.out.Count() < end; {
		w.move()
	}
	w.dismantle()
	w.add(Step{Verb: "DELETE", Path: w.lb.path + "/" + w.lbVar + "?cascade=" + w.one([]string{"true", "True", "1", "yes", "on"})})
	w.add(Step{Verb: "gone", Path: w.lbVar})
}

// add appends a step. What is accepted is waited for.
func (w *walk) add(s Step) {
	s.Section, s.Line = w.title, len(w.out.Steps)+1
	if s.As == "" {
		s.As = owner
	}
	if s.compared() && s.Verb != "GET" && !strings.Contains(s.Path, "cascade=") {
		s.Settling = w.lbVar
	}
	w.out.Steps = append(w.out.Steps, s)
}

// move is one request, or a few that belong together.
func (w *walk) move() {
	k := w.kinds[w.rng.IntN(len(w.kinds))]
	switch n := w.rng.IntN(100); {
	case n < 8:
		w.create(k, w.good(k.some(w)), false)
	case n < 33:
		w.create(k, w.spoiled(k, w.good(k.some(w))), true)
	case n < 40:
		w.change(k, w.changed(k))
	case n < 60:
		w.change(k, w.spoiled(k, w.changed(k)))
	case n < 66:
		w.balancer()
	case n < 74:
		w.batch()
	case n < 82:
		w.look(k)
	case n < 89:
		w.list(k)
	case n < 92:
		w.remove(k)
	case n < 94:
		w.oddity(k)
	default:
		w.operate()
	}
}

// create asks for something, and names it.
func (w *walk) create(k *kind, body []sent, doubt bool) {
	parent := ""
	path := w.fill(k.path, &parent)
	name := fmt.Sprintf("%s%d", k.name, w.next())
	text := w.filled(body)
	w.add(Step{
		As: w.who(k), Verb: "POST", Path: path, Body: wrapped(k.name, text),
		Captures: []Capture{{name, k.name + "." + cmp.Or(k.key, "id")}},
	})
	w.made[k.name] = append(w.made[k.name], thing{"$" + name, parent, text, doubt})
}

// balancer asks for a load balancer more, with something wrong, or with all that is below it, and takes it away.
func (w *walk) balancer() {
	body := w.good(w.lb.some(w))
	switch w.rng.IntN(3) {
	case 0:
		body = w.spoiled(w.lb, body)
	case 1:
		w.change(w.lb, w.spoiled(w.lb, w.changed(w.lb)))
		return
	default:
		body = append(without(body, "listeners", "pools"), w.graph()...)
	}
	name := fmt.Sprintf("%s%d", w.lb.name, w.next())
	w.add(Step{Verb: "POST", Path: w.lb.path, Body: wrapped(w.lb.name, w.filled(body)), Captures: []Capture{{name, w.lb.name + ".id"}}})
	w.out.Steps[len(w.out.Steps)-1].Settling = ""
	w.add(Step{Verb: "settle", Path: "$" + name})
	if w.rng.IntN(2) == 0 {
		w.add(Step{Verb: "GET", Path: w.lb.path + "/$" + name + w.one([]string{"", "/status", "/status", "?fields=listeners&fields=pools"})})
	}
	w.add(Step{Verb: "DELETE", Path: w.lb.path + "/$" + name + "?cascade=true"})
	w.add(Step{Verb: "gone", Path: "$" + name})
}

// change is a PUT to something that is there.
func (w *walk) change(k *kind, body []sent) {
	w.add(Step{As: w.who(k), Verb: "PUT", Path: w.item(k), Body: wrapped(k.name, w.filled(body))})
}

// changed is a body of a few attributes that can be changed.
func (w *walk) changed(k *kind) []sent {
	var can []attr
	for _, a := range append(append([]attr{}, k.need...), k.may...) {
		if !strings.Contains(" "+k.only+" project_id tenant_id default_pool l7policies members healthmonitor listeners pools redirect_pool rules ", " "+a.name+" ") {
			can = append(can, a)
		}
	}
	var body []sent
	for range 1 + w.rng.IntN(3) {
		a := can[w.rng.IntN(len(can))]
		body = append(without(body, a.name), sent{a.name, w.usual(a)})
	}
	return body
}

// batch replaces members: some that are there, some new, some wrong.
func (w *walk) batch() {
	k := w.kinds[2]
	pool := w.pick("pool")
	var items []string
	for range w.rng.IntN(4) {
		body := w.good(k.some(w))
		if known := w.made[k.name]; len(known) > 0 && w.rng.IntN(2) == 0 {
			old := known[w.rng.IntN(len(known))]
			body = append(without(body, "address", "protocol_port", "subnet_id"), only(old.body, "address", "protocol_port", "subnet_id")...)
		}
		if w.rng.IntN(4) == 0 {
			body = w.spoiled(k, body)
		}
		items = append(items, object(w.filled(body)))
	}
	if len(items) > 0 && w.rng.IntN(8) == 0 {
		items = append(items, items[0])
	}
	query := w.one([]string{"", "", "?additive_only=true", "?additive_only=true", "?additive_only=False", "?additive_only=maybe", "?additive_only=", "?bogus=1"})
	w.add(Step{As: w.user(), Verb: "PUT", Path: "lbaas/pools/" + pool + "/members" + query, Body: `{"members": [` + strings.Join(items, ", ") + `]}`})
}

func (w *walk) remove(k *kind) {
	path := w.item(k)
	w.add(Step{As: w.user(), Verb: "DELETE", Path: path + w.one([]string{"", "", "", "", "?cascade=true", "?bogus=1"})})
	w.out.Steps[len(w.out.Steps)-1].Settling = w.lbVar
	w.add(Step{Verb: "GET", Path: path})
}

// item is the path of something of a kind, now and then below a parent that is not its own.
func (w *walk) item(k *kind) string {
	ref, parent := w.pick(k.name), ""
	for _, t := range w.made[k.name] {
		if t.ref == ref {
			parent = t.parent
		}
	}
	path := k.path
	if parent != "" && w.rng.IntN(8) > 0 {
		path = aPlace.ReplaceAllLiteralString(path, parent)
	}
	return w.fill(path, nil) + "/" + ref
}

// pick is something of a kind: most often what should be there.
func (w *walk) pick(name string) string {
	var all []string
	for _, t := range w.made[name] {
		all = append(all, t.ref)
		if !t.doubt {
			all = append(all, t.ref, t.ref, t.ref, t.ref, t.ref)
		}
	}
	if name == "loadbalancer" && w.lbVar != "" {
		all = []string{w.lbVar}
	}
	if len(all) == 0 || w.rng.IntN(25) == 0 {
		return w.one([]string{nowhere, "x", "$project", "11111111222233334444555555555555", "$subnet2"})
	}
	return w.one(all)
}

// user is who asks: demo2, who owns it all, most often.
func (w *walk) user() string {
	switch w.rng.IntN(20) {
	case 0:
		return w.one([]string{"demo", "observer", "norole", "nobody", "forged"})
	case 1:
		return "admin"
	}
	return owner
}

var (
	aPlace  = regexp.MustCompile(`@([a-z0-9]+)`)
	aNumber = regexp.MustCompile(`%[pan]`)
)

// fill puts ids and numbers into their places. The last id is kept in last.
func (w *walk) fill(text string, last *string) string {
	text = aPlace.ReplaceAllStringFunc(text, func(place string) string {
		ref := w.pick(place[1:])
		if last != nil {
			*last = ref
		}
		return ref
	})
	return aNumber.ReplaceAllStringFunc(text, func(number string) string {
		n := w.next()
		switch number {
		case "%a":
			return fmt.Sprint(1 + n%250)
		case "%p":
			return fmt.Sprint(1000 + n)
		}
		return fmt.Sprintf("walk-%d", n)
	})
}

func (w *walk) next() int { w.numbers++; return w.numbers }

func (w *walk) one(of []string) string { return of[w.rng.IntN(len(of))] }

// usual is a value of an attribute: the first as often as all others.
func (w *walk) usual(a attr) string {
	if w.rng.IntN(2) == 0 {
		return a.good[0]
	}
	return w.one(a.good)
}
