// SPDX-License-Identifier: Apache-2.0

package lb

import (
	"errors"
	"maps"
	"slices"

	"github.com/octaviakit/octaviakit/internal/mark"
	"github.com/octaviakit/octaviakit/provider"
)

// Diff plans how to turn have into want: pure, total and deterministic. have is
// nil when nothing exists. owner's mark is put on the load balancer; caps says
// what its provider can do. A flavor is compared by ID: an Engine looks up names,
// Diff asks nobody. Every fault of the Spec and every wish that the
// provider cannot fulfil is in the error, joined.
//
// What is in ERROR below the load balancer is written once more; a load balancer that
// is in ERROR itself is made anew. An Engine has gentler remedies: see Recovery.
func Diff(owner string, want Spec, have *Graph, caps provider.Capabilities) (*Plan, error) {
	return diff(owner, want, have, caps, ReplaceFailed)
}

func diff(owner string, want Spec, have *Graph, caps provider.Capabilities, remedy Remedy) (*Plan, error) {
	if err := errors.Join(want.Validate(), want.Refusals(caps)); err != nil {
		return nil, err
	}
	d := newDiffer(owner, want, have, caps)
	d.remedy = remedy
	if err := errors.Join(d.claim(), d.fits()); err != nil {
		return nil, err
	}
	if have == nil {
		d.create()
		return d.plan, nil
	}
	if err := d.existing(); err != nil {
		return nil, err
	}
	return d.plan, nil
}

// differ holds one run of Diff. Steps are emitted in the order of execution:
// make, move, break.
type differ struct {
	owner string
	want  Spec
	have  *Graph // never nil after newDiffer
	caps  provider.Capabilities
	plan  *Plan

	pools       map[string]poolNode     // observed and kept, by name
	listeners   map[string]listenerNode // likewise
	oldPools    []poolNode              // to be removed
	oldLists    []listenerNode
	oldPolicies []policyNode            // of listeners that stay
	made        map[string]bool         // paths of pools that a step has made
	lost        map[string]string       // by path, what members of others lose with the load balancer's replacement
	along       map[string]bool         // names of pools that are given the members of those they replace
	instead     map[string][]difference // by path, why what is new takes the place of an old one
	last        []func()                // steps that take away and can wait until all is made and moved
	watches     map[string]func()       // by pool, monitors that can be made only once every port is open, or others are gone
	rests       map[string][]Field      // pools whose monitors are made anew, and what changes of them

	connected bool // listeners send where they are wanted to
	opened    bool // no listener is to be made any more

	remedy   Remedy // for a load balancer in ERROR
	replaces string // ID of the load balancer whose place it is to take
	beside   bool   // that one still has the floating IP
	inPlace  bool   // the old one has gone, and its clients are waiting
}

func newDiffer(owner string, want Spec, have *Graph, caps provider.Capabilities) *differ {
	want = want.normal()
	d := &differ{
		owner: owner, want: want, have: have, caps: caps,
		plan: &Plan{
			name: want.Name, owner: owner, provider: caps.Provider(), want: &want,
			ids: map[string]string{},
		},
		pools: map[string]poolNode{}, listeners: map[string]listenerNode{}, made: map[string]bool{}, along: map[string]bool{},
		instead: map[string][]difference{}, watches: map[string]func(){}, rests: map[string][]Field{},
	}
	if have == nil {
		d.have = &Graph{}
		d.markChildren()
		return d
	}
	d.plan.id, d.plan.digest, d.plan.shared = have.root.ID, have.digest(), have.shared() != ""
	d.plan.ids[loadBalancerPath] = have.root.ID
	d.plan.failed = have.failures()
	d.matchPools()
	d.takeAlong()
	d.matchListeners()
	d.markChildren()
	return d
}

// matchPools finds for each wanted pool the observed one of its name that can be
// kept. Octavia allows several pools of one name, and a replacement that was cut
// short leaves two: the one that needs no replacement wins, then the one in use.
func (d *differ) matchPools() {
	wanted := map[string]Pool{}
	for _, p := range d.want.Pools {
		wanted[p.Name] = p
	}
	for _, have := range d.have.pools {
		w, ok := wanted[have.Name]
		best, taken := d.pools[have.Name]
		var fixed []difference
		if ok {
			fixed = replacements(differences(poolRows(), w, have.attrs, d))
		}
		switch {
		case !ok || len(fixed) > 0 || d.gone(have.ID):
			d.oldPools = append(d.oldPools, have)
			d.instead[poolPath(have.Name)] = fixed
		case !taken:
			d.pools[have.Name] = have
		case len(refs(best.attrs, "listeners")) == 0 && len(refs(have.attrs, "listeners")) > 0:
			d.oldPools = append(d.oldPools, best)
			d.pools[have.Name] = have
		default:
			d.oldPools = append(d.oldPools, have)
		}
	}
	for name, p := range d.pools {
		d.plan.ids[poolPath(name)] = p.ID
	}
}

// matchListeners finds for each wanted listener the observed one of its name, else one
// that is not wanted by its own name, or not where it is, and has its port and protocol: it
// gets another name, and clients notice nothing. So ports that are named by their number
// among others keep serving when one comes in before them.
func (d *differ) matchListeners() {
	wanted := map[string]Listener{}
	for _, l := range d.want.Listeners {
		wanted[l.Name] = l
	}
	var rest []listenerNode
	for _, have := range d.have.listeners {
		w, ok := wanted[have.Name]
		if !ok {
			rest = append(rest, have)
			continue
		}
		_, taken := d.listeners[have.Name]
		fixed := replacements(d.listenerDifferences(w, have))
		switch {
		case d.gone(have.ID):
			d.oldLists = append(d.oldLists, have)
			d.instead[listenerPath(have.Name)] = fixed
		case taken || len(fixed) > 0:
			rest = append(rest, have)
			d.instead[listenerPath(have.Name)] = fixed
		default:
			d.keepListener(w.Name, have)
		}
	}
	for _, have := range rest {
		if name, ok := d.newName(have); ok {
			d.keepListener(name, have)
			delete(d.instead, listenerPath(have.Name)) // it stays
		} else {
			d.oldLists = append(d.oldLists, have)
		}
	}
}

func (d *differ) keepListener(name string, have listenerNode) {
	d.listeners[name] = have
	d.plan.ids[listenerPath(name)] = have.ID
}

// newName is the name of the wanted listener that another one can become.
func (d *differ) newName(have listenerNode) (string, bool) {
	for _, l := range d.sortedListeners() {
		if _, kept := d.listeners[l.Name]; !kept && len(replacements(d.listenerDifferences(l, have))) == 0 {
			return l.Name, true
		}
	}
	return "", false
}

// replacements are the differences that Octavia cannot change in place.
func replacements(ds []difference) []difference {
	return slices.DeleteFunc(slices.Clone(ds), func(d difference) bool { return d.effect != Replaces })
}

// resolve returns the ID that a path has today, "" if its object does not exist
// or is about to be replaced.
func (d *differ) resolve(r ref) string { return d.plan.ids[string(r)] }

// nameOf names a pool by its path; other values are their own names.
func (d *differ) nameOf(id string) string {
	for _, p := range d.have.pools {
		if p.ID != id {
			continue
		}
		if d.plan.ids[p.Path] != id {
			return "the old " + p.Path
		}
		return p.Path
	}
	return id
}

func (d *differ) emit(s Step) {
	if s.Call == "" {
		s.Call = callText(s.op.method, s.op.path)
	}
	for i, c := range s.Changes {
		if note := d.lost[c.Path]; note != "" && c.Action == Create {
			s.Changes[i].Note = note
		}
	}
	d.plan.add(s)
}

// lbWish is the Spec with the tags that the load balancer shall have: our marks,
// the marks of other owners that are there, and the Spec's tags, or, where it
// leaves them alone, whatever is there.
func (d *differ) lbWish() lbWish {
	w := lbWish{Spec: d.want}
	marks := mark.Tags(d.owner, keyOf(d.owner, d.want.Name))
	if !d.caps.Has(provider.ResourceTags) {
		text, _, _, _ := mark.FromDescription(str(d.have.root.attrs, "description"))
		if d.want.Description != nil {
			text = *d.want.Description
		}
		w.Description = new(mark.Describe(text, d.owner, keyOf(d.owner, d.want.Name)))
		return w
	}
	w.tags = append(w.tags, marks...)
	if d.replaces != "" {
		w.tags = append(w.tags, mark.Replaces(d.replaces))
	}
	if d.want.Shared {
		w.tags = append(w.tags, mark.Shared(d.want.audience()))
	}
	merge := d.want.Tags == nil || len(d.have.others.owners) > 0
	for _, t := range tagsOf(d.have.root.attrs) {
		if (merge || mark.Is(t)) && mark.SharedAs([]string{t}) == "" {
			w.tags = append(w.tags, t)
		}
	}
	w.tags = append(w.tags, d.want.Tags...)
	slices.Sort(w.tags)
	w.tags = slices.Compact(w.tags)
	return w
}

func tagsOf(o map[string]any) []string {
	items, _ := o["tags"].([]any)
	out := make([]string, 0, len(items))
	for _, item := range items {
		if s, ok := item.(string); ok {
			out = append(out, s)
		}
	}
	return out
}

// fieldsOf and updateBody turn differences into what a plan shows and what a PUT
// sends.
func fieldsOf(ds []difference) []Field {
	out := make([]Field, len(ds))
	for i, d := range ds {
		out[i] = Field{Name: d.name, Old: d.haveText, New: d.wantText, Effect: d.effect}
	}
	return out
}

func updateBody(ds []difference) map[string]any {
	body := make(map[string]any, len(ds))
	for _, d := range ds {
		body[d.name] = d.want
	}
	return body
}

// visible adds the name to a body that changes tags alone: Stein and Train hand nothing on
// to the driver then, and the load balancer ends in ERROR.
func (d *differ) visible(body map[string]any, have Node) map[string]any {
	if _, tags := body["tags"]; tags && len(body) == 1 && d.caps.HasQuirk(provider.QuirkTagUpdateError) {
		body["name"] = have.Name
	}
	return body
}

// merged returns the union of bodies, later ones winning.
func merged(bodies ...map[string]any) map[string]any {
	out := map[string]any{}
	for _, b := range bodies {
		maps.Copy(out, b)
	}
	return out
}
