// SPDX-License-Identifier: Apache-2.0

package lb

import (
	"fmt"
	"slices"

	"github.com/octaviakit/octaviakit/internal/mark"
	"github.com/octaviakit/octaviakit/provider"
)

// changePolicies brings a listener's policies into the wanted order. It walks the
// wanted list from the front and keeps in cur what Octavia's list would be after
// each step. As many as can stay where they are, among them what the Spec no longer names,
// which goes at the end: creating or moving a policy to position n pushes those behind it back.
func (d *differ) changePolicies(l Listener, have listenerNode) {
	cur := slices.Clone(have.policies)
	known, stays := d.staying(l, have)
	after := -1 // in cur, of the wanted one before
	for i, want := range l.Policies {
		if known[i] == nil {
			d.makePolicy(l, want, after+2, true)
			after++
			cur = slices.Insert(cur, after, policyNode{Node: Node{Name: want.Name}})
			continue
		}
		at := slices.IndexFunc(cur, func(p policyNode) bool { return p.ID == known[i].ID })
		if stays[i] {
			after = at
			d.changePolicy(l, want, *known[i], 0, 0)
			continue
		}
		cur = slices.Delete(cur, at, at+1)
		if at > after {
			after++
		}
		cur = slices.Insert(cur, after, *known[i])
		d.changePolicy(l, want, *known[i], at+1, after+1)
	}
	for _, p := range have.policies {
		if !slices.ContainsFunc(known, func(k *policyNode) bool { return k != nil && k.ID == p.ID }) {
			d.oldPolicies = append(d.oldPolicies, p)
		}
	}
}

// staying finds for each wanted policy the observed one, nil if there is none, and which of
// them need not move: most of those that nothing else is to be said about, since who gets a
// PUT anyway moves with it.
func (d *differ) staying(l Listener, have listenerNode) (known []*policyNode, stays []bool) {
	known = make([]*policyNode, len(l.Policies))
	places, worth := make([]int, len(known)), make([]int, len(known))
	for i, want := range l.Policies {
		places[i] = slices.IndexFunc(have.policies, func(p policyNode) bool { return p.Name == want.Name })
		if places[i] < 0 {
			continue
		}
		known[i], worth[i] = &have.policies[places[i]], 1
		if !d.touched(want, *known[i]) {
			worth[i] += len(known)
		}
	}
	return known, rising(places, worth)
}

// touched reports whether a policy gets a PUT wherever it stands.
func (d *differ) touched(p Policy, have policyNode) bool {
	if tags := tagsOf(have.attrs); slices.Contains(tags, mark.Held()) {
		return true
	}
	return have.Provisioning == failed || len(withoutPlace(differences(policyRows(), policyWish{p, 0}, have.attrs, d))) > 0
}

// withoutPlace leaves the position out: a number may differ although the place does not,
// as others come and go.
func withoutPlace(ds []difference) []difference {
	return slices.DeleteFunc(ds, func(d difference) bool { return d.name == "position" })
}

// removePolicies removes what changePolicies left over.
func (d *differ) removePolicies() {
	for _, old := range d.oldPolicies {
		path := "old/" + old.ID + "/" + old.Path
		d.plan.ids[path] = old.ID
		d.emit(Step{
			Changes: []Change{{Action: Delete, Kind: KindL7Policy, Path: old.Path, ID: old.ID}}, Cycles: 1, Reason: unwanted,
			op: operation{method: "DELETE", path: "lbaas/l7policies/{" + path + "}"},
		})
	}
}

// makePolicy makes a policy and its rules one by one, as the API wants it outside of the
// single call: POST /l7policies with rules is Octavia's internal error (500). With the first
// of several rules it would match too much, so on a listener that serves already it is out
// of service until it has the last, which takes one cycle more; a tag says so to whoever
// finds it half made. A policy without rules matches nothing.
func (d *differ) makePolicy(l Listener, p Policy, position int, serves bool) {
	path, number := policyPath(l.Name, p.Name), slices.IndexFunc(l.Policies, func(o Policy) bool { return o.Name == p.Name })+1
	wish := policyWish{p, position}
	held := serves && len(p.Rules) > 1 && (p.AdminStateUp == nil || *p.AdminStateUp) && d.caps.Has(provider.ResourceTags)
	if held {
		wish.AdminStateUp, wish.Tags = new(false), append(slices.Clone(p.Tags), mark.Held())
	}
	d.emit(Step{
		Changes: []Change{policyChange(l, p)}, Cycles: 1, Reason: fmt.Sprintf("new, number %d of %d", number, len(l.Policies)),
		op: operation{
			method: "POST", path: "lbaas/l7policies", key: "l7policy", self: path,
			body: merged(wishes(policyRows(), wish), map[string]any{"listener_id": ref(listenerPath(l.Name))}),
		},
	})
	for i, r := range p.Rules {
		d.makeRule(path, i, r, ruleReason(i, len(p.Rules), held))
	}
	if !held {
		return
	}
	tags, _ := list(append([]string{}, p.Tags...))
	d.emit(Step{
		Changes: []Change{{
			Action: Update, Kind: KindL7Policy, Path: path,
			Fields: []Field{{Name: "admin_state_up", Old: show(false), New: show(true), Effect: Updates}},
		}},
		Cycles: 1, Reason: "in force now that it has all its rules",
		op: operation{
			method: "PUT", path: "lbaas/l7policies/{" + path + "}", key: "l7policy",
			body: map[string]any{"admin_state_up": true, "tags": tags},
		},
	})
}

// ruleReason tells that a policy which is in force with some of its rules matches too much.
func ruleReason(i, n int, held bool) string {
	if n == 1 {
		return "its only rule"
	}
	text := fmt.Sprintf("%d of %d rules, which must all match", i+1, n)
	if i < n-1 && !held {
		text += "; until the last is there the policy matches too much"
	}
	return text
}

// changePolicy updates a policy in place, and moves it from a position to another, unless
// that is 0. One that is held back gets its rules first.
func (d *differ) changePolicy(l Listener, p Policy, have policyNode, from, to int) {
	path := policyPath(l.Name, p.Name)
	d.plan.ids[path] = have.ID
	there := tagsOf(have.attrs)
	held := slices.Contains(there, mark.Held())
	if held {
		d.changeRules(path, p, have)
		p = released(p, there)
	}
	ds := withoutPlace(differences(policyRows(), policyWish{p, to}, have.attrs, d))
	if to > 0 { // whatever number it had: those before it may have moved it there and past
		ds = append(ds, difference{name: "position", want: to, effect: Moves, haveText: show(float64(from)), wantText: show(float64(to))})
	}
	d.update(have.Node, "l7policies", "l7policy", path, ds, "")
	d.starves(have.Node, "redirect_pool_id", p.RedirectPool)
	if !held {
		d.changeRules(path, p, have)
	}
}

// released is what is wanted of a policy that was held back: what the Spec leaves alone is
// as it would be had it never been.
func released(p Policy, tags []string) Policy {
	if p.AdminStateUp == nil {
		p.AdminStateUp = new(true)
	}
	if p.Tags == nil {
		p.Tags = slices.DeleteFunc(slices.Clone(tags), func(t string) bool { return t == mark.Held() })
	}
	return p
}

// changeRules pairs equal rules, then turns what is left over into what is
// missing, one by one: an update costs one cycle, a removal and an addition two.
func (d *differ) changeRules(policy string, p Policy, have policyNode) {
	left := slices.Clone(have.rules)
	var missing []int
	for i, r := range p.Rules {
		at := slices.IndexFunc(left, func(n Node) bool {
			return n.Provisioning != failed && len(differences(ruleRows(), r, n.attrs, d)) == 0
		})
		if at < 0 {
			missing = append(missing, i)
			continue
		}
		left = slices.Delete(left, at, at+1)
	}
	for _, i := range missing {
		if len(left) == 0 {
			d.makeRule(policy, i, p.Rules[i], "narrows the policy")
			continue
		}
		d.changeRule(policy, i, p.Rules[i], left[0])
		left = left[1:]
	}
	for _, old := range left {
		path := "old/" + old.ID + "/" + old.Path
		d.plan.ids[path] = old.ID
		d.emit(Step{
			Changes: []Change{{Action: Delete, Kind: KindL7Rule, Path: old.Path, ID: old.ID}}, Cycles: 1, Reason: unwanted,
			op: operation{method: "DELETE", path: "lbaas/l7policies/{" + policy + "}/rules/{" + path + "}"},
		})
	}
}

func (d *differ) makeRule(policy string, i int, r Rule, reason string) {
	d.emit(Step{
		Changes: []Change{ruleChange(policy, i, r)}, Cycles: 1, Reason: reason,
		op: operation{
			method: "POST", path: "lbaas/l7policies/{" + policy + "}/rules", key: "rule",
			body: wishes(ruleRows(), r), self: rulePath(policy, i),
		},
	})
}

func (d *differ) changeRule(policy string, i int, r Rule, have Node) {
	ds := differences(ruleRows(), r, have.attrs, d)
	path := "kept/" + have.ID + "/" + rulePath(policy, i)
	d.plan.ids[path] = have.ID
	body, reason := updateBody(ds), unlike(ds)
	if len(ds) == 0 {
		body, reason = map[string]any{"value": r.Value}, inError
	}
	d.emit(Step{
		Changes: []Change{{
			Action: Update, Kind: KindL7Rule, Path: rulePath(policy, i), ID: have.ID, Fields: fieldsOf(ds),
		}},
		Cycles: 1, Reason: reason,
		op: operation{
			method: "PUT", path: "lbaas/l7policies/{" + policy + "}/rules/{" + path + "}", key: "rule", body: body,
		},
	})
}
