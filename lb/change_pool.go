// SPDX-License-Identifier: Apache-2.0

package lb

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/octaviakit/octaviakit/internal/mark"
	"github.com/octaviakit/octaviakit/member"
	"github.com/octaviakit/octaviakit/provider"
)

// changePool plans the changes of a pool that stays: itself, its members, its monitor.
func (d *differ) changePool(p Pool, have poolNode) {
	path := poolPath(p.Name)
	if p.Tags != nil {
		p.Tags = append(slices.Clone(p.Tags), remembering(have)...)
	}
	detached := ""
	if len(refs(have.attrs, "listeners")) == 0 {
		detached = path
	}
	d.update(have.Node, "pools", "pool", path, differences(poolRows(), p, have.attrs, d), detached)
	d.echoAdminState(path, have)
	if !p.ExternalMembers {
		delta := retryFailed(member.Diff(have.members, p.Members), have.members, p.Members)
		change := func() { d.memberSteps(p, have.members, delta, detached) }
		if len(delta.Add)+len(delta.Update) > 0 {
			change()
		} else {
			d.last = append(d.last, change)
		}
	}
	d.bring(p, have, detached)
	d.changeMonitor(p, have, detached)
}

// remembering are the tags of a pool that say what a member was which a Drainer is about to
// bring back: nothing else knows.
func remembering(have poolNode) []string {
	return slices.DeleteFunc(tagsOf(have.attrs), func(t string) bool {
		_, is := mark.Remembered(t)
		return !is
	})
}

// echoAdminState adds to a pool's update what it has: without admin_state_up ovn answers
// for the pool alone and leaves its listeners PENDING_UPDATE, and from 2023.2 on it
// reports a pool ERROR whose session persistence is sent so.
func (d *differ) echoAdminState(path string, have poolNode) {
	if len(d.plan.steps) == 0 || !d.caps.HasQuirk(provider.QuirkOVNPoolUpdateListenerPending) {
		return
	}
	op := d.plan.steps[len(d.plan.steps)-1].op
	if _, there := op.body["admin_state_up"]; op.path == "lbaas/pools/{"+path+"}" && !there {
		op.body["admin_state_up"] = have.attrs["admin_state_up"]
	}
}

// memberSteps changes the members of a pool, of one that a step before makes, too. A
// step after which no member is left says so, also where others come right after it.
func (d *differ) memberSteps(p Pool, have []member.Member, delta member.Delta, detached string) {
	if delta.Empty() {
		return
	}
	changes, left := memberChanges(p, delta), len(have)
	requests := member.Requests(have, delta, member.How{Caps: d.caps})
	silences := d.silences(have, delta)
	for i, r := range requests {
		var mine []Change
		mine, changes = split(changes, func(c Change) bool {
			return i == len(requests)-1 || carries(r, c) && !(c.Action == Create && leaves(changes, c.Path))
		})
		s := Step{
			Call:    callText(r.Method, memberCallPath(poolPath(p.Name), r)),
			Changes: mine, Cycles: 1, Reason: memberReason(mine, len(have)),
			op: operation{members: &memberOperation{pool: poolPath(p.Name), request: r}, detached: detached},
		}
		before := left
		left += tally(mine, Create) - tally(mine, Delete)
		if tally(mine, Delete) > 0 {
			s.Removes = float64(len(delta.Remove)) / float64(len(have))
		}
		switch {
		case before > 0 && left <= 0:
			s.Disruptive, s.concern = true, Empties
			s.Reason += ", which empties the pool"
		case silences && i == len(requests)-1:
			s.Disruptive, s.concern = true, Interrupts
			s.Reason += ", which takes all members out of service"
		}
		d.emit(s)
	}
}

func tally(changes []Change, a Action) int {
	n := 0
	for _, c := range changes {
		if c.Action == a {
			n++
		}
	}
	return n
}

// comesBack notes a member that goes because it cannot be changed in place.
const comesBack = "made anew"

// memberReason counts what a call does to a pool of some members.
func memberReason(changes []Change, have int) string {
	var parts []string
	if n := tally(changes, Create); n > 0 && have == 0 {
		parts = append(parts, fmt.Sprintf("filled before traffic comes: %d to add", n))
	} else if n > 0 {
		parts = append(parts, fmt.Sprintf("%d to add", n))
	}
	if n := tally(changes, Update); n > 0 {
		parts = append(parts, fmt.Sprintf("%d not as wished", n))
	}
	anew := 0
	for _, c := range changes {
		if c.Note == comesBack {
			anew++
		}
	}
	if anew > 0 {
		parts = append(parts, fmt.Sprintf("%d of %s to be made anew", anew, plural(have, "member")))
	}
	if n := tally(changes, Delete) - anew; n > 0 {
		parts = append(parts, fmt.Sprintf("%d of %s go", n, plural(have, "member")))
	}
	if len(parts) == 0 { // new members that have to be in service before they can be out of it
		return "takes new members out of service, which only works once they are there"
	}
	return strings.Join(parts, ", ")
}

func memberCallPath(pool string, r member.Request) string {
	path := "lbaas/pools/{" + pool + "}/members"
	switch {
	case r.MemberID != "", r.Created != member.Key{}:
		return path + "/{member}"
	case r.Additive:
		return path + "?additive_only=true"
	}
	return path
}

// carries reports whether a request brings a change about. An exact PUT takes away
// what it does not name.
func carries(r member.Request, c Change) bool {
	if r.MemberID != "" {
		return r.MemberID == c.ID
	}
	if (r.Created != member.Key{}) {
		return false // what it creates is told already
	}
	named := slices.ContainsFunc(r.Members, func(m map[string]any) bool {
		address := fmt.Sprint(m["address"])
		if strings.Contains(address, ":") {
			address = "[" + address + "]"
		}
		return strings.HasSuffix(c.Path, fmt.Sprintf("/%s:%v", address, m["protocol_port"]))
	})
	if c.Action == Delete {
		return r.Method == "PUT" && !r.Additive && !named
	}
	return named
}

// leaves reports whether what is at a path has to go yet: it cannot come back before.
func leaves(changes []Change, path string) bool {
	return slices.ContainsFunc(changes, func(c Change) bool { return c.Action == Delete && c.Path == path })
}

func split(changes []Change, mine func(Change) bool) (yes, no []Change) {
	for _, c := range changes {
		if mine(c) {
			yes = append(yes, c)
		} else {
			no = append(no, c)
		}
	}
	return yes, no
}

func memberChanges(p Pool, delta member.Delta) []Change {
	var out []Change
	path := func(k member.Key) string { return poolPath(p.Name) + "/member/" + k.String() }
	for _, m := range delta.Remove {
		c := Change{Action: Delete, Kind: KindMember, ID: m.ID, Path: path(m.Key())}
		if slices.ContainsFunc(delta.Add, func(s member.Spec) bool { return s.Key() == m.Key() }) {
			c.Note = comesBack
		}
		out = append(out, c)
	}
	for _, m := range delta.Add {
		c := Change{Action: Create, Kind: KindMember, Path: path(m.Key())}
		if i := slices.IndexFunc(delta.Remove, func(r member.Member) bool { return r.Key() == m.Key() }); i >= 0 {
			for _, f := range member.Replacement(delta.Remove[i], m) {
				c.Fields = append(c.Fields, Field{Name: f.Field, Old: show(f.Old), New: show(f.New), Effect: Replaces})
			}
		}
		out = append(out, c)
	}
	for _, u := range delta.Update {
		c := Change{Action: Update, Kind: KindMember, ID: u.Have.ID, Path: path(u.Want.Key())}
		for _, f := range u.Changes {
			c.Fields = append(c.Fields, Field{Name: f.Field, Old: show(f.Old), New: show(f.New), Effect: Updates})
		}
		if len(c.Fields) == 0 {
			c.Note = "in ERROR: tried again"
		}
		out = append(out, c)
	}
	slices.SortStableFunc(out, func(a, b Change) int { return cmp.Compare(a.Path, b.Path) })
	return out
}

// retryFailed adds the wanted members that settled in ERROR to what is updated.
func retryFailed(delta member.Delta, have []member.Member, want []member.Spec) member.Delta {
	for _, m := range have {
		key := m.Key()
		i := slices.IndexFunc(want, func(s member.Spec) bool { return s.Key() == key })
		listed := slices.ContainsFunc(delta.Update, func(u member.Update) bool { return u.Have.ID == m.ID }) ||
			slices.ContainsFunc(delta.Remove, func(r member.Member) bool { return r.ID == m.ID })
		if m.Provisioning == failed && i >= 0 && !listed {
			delta.Update = append(delta.Update, member.Update{Have: m, Want: want[i]})
		}
	}
	return delta
}
