// SPDX-License-Identifier: Apache-2.0

package lb

import (
	"slices"

	"github.com/octaviakit/octaviakit/member"
	"github.com/octaviakit/octaviakit/provider"
)

// A pool that takes another's place, under its name or not, is the same to who is served:
// what a Spec has lost on the way needs consent, and members that are somebody else's come
// along.

// starves marks the update of a listener or policy that was just planned, if it moves
// traffic from a pool with members to one without.
func (d *differ) starves(have Node, key, pool string) {
	if len(d.plan.steps) == 0 || pool == "" {
		return
	}
	s := &d.plan.steps[len(d.plan.steps)-1]
	if _, moves := s.op.body[key]; !moves || s.Changes[0].ID != have.ID || d.filled(pool) {
		return
	}
	from := slices.IndexFunc(d.have.pools, func(p poolNode) bool { return p.ID == str(have.attrs, key) })
	if from < 0 || len(d.have.pools[from].members) == 0 {
		return
	}
	s.Disruptive, s.concern = true, Interrupts
	s.Reason = "traffic moves to " + poolPath(pool) + ", which has no members"
}

// filled reports whether a wanted pool has members once all is as wanted.
func (d *differ) filled(pool string) bool {
	i := slices.IndexFunc(d.want.Pools, func(p Pool) bool { return p.Name == pool })
	if i < 0 {
		return false
	}
	p := d.want.Pools[i]
	if have, kept := d.pools[pool]; kept && p.ExternalMembers && len(have.members) > 0 {
		return true
	} else if kept && p.ExternalMembers {
		return d.along[pool]
	}
	return len(p.Members) > 0
}

// loses completes the deletion of a pool that still serves when another of its name takes
// its place.
func (d *differ) loses(s *Step, old poolNode) {
	i := slices.IndexFunc(d.want.Pools, func(p Pool) bool { return p.Name == old.Name })
	if i < 0 || d.want.Pools[i].ExternalMembers || len(old.members) == 0 || !d.have.serves(old) {
		return
	}
	left := d.want.Pools[i].Members
	gone := 0
	for _, m := range old.members {
		if !slices.ContainsFunc(left, func(s member.Spec) bool { return s.Key() == m.Key() }) {
			gone++
		}
	}
	s.Removes = float64(gone) / float64(len(old.members))
	if len(left) == 0 {
		s.Disruptive, s.concern = true, Empties
		s.Reason = "replaced by the one of that name, which has no members"
	}
}

// serves reports whether a listener or a policy sends traffic to a pool.
func (g *Graph) serves(p poolNode) bool {
	return slices.ContainsFunc(g.listeners, func(l listenerNode) bool {
		return sendsTo(l, p) || slices.ContainsFunc(l.policies, func(y policyNode) bool { return str(y.attrs, "redirect_pool_id") == p.ID })
	})
}

// takeAlong gives a pool of somebody else's members those of the one that it replaces, as
// long as that serves: nobody else knows that there is a new one.
func (d *differ) takeAlong() {
	for i, p := range d.want.Pools {
		for _, old := range d.oldPools {
			if !p.ExternalMembers || old.Name != p.Name || len(d.instead[old.Path]) == 0 || len(old.members) == 0 || !d.have.serves(old) {
				continue
			}
			d.along[p.Name] = true
			d.want.Pools[i].Members = nil
			for _, m := range old.members {
				d.want.Pools[i].Members = append(d.want.Pools[i].Members, asItIs(m))
			}
		}
	}
}

// bring adds to a pool of somebody else's members those that it was to be given and lacks: a
// program died in between.
func (d *differ) bring(p Pool, have poolNode, detached string) {
	if d.along[p.Name] {
		d.memberSteps(p, have.members, member.Delta{Add: member.Diff(have.members, p.Members).Add}, detached)
	}
}

// silences reports a change of a pool's members after which none that stays takes new
// connections, where one did.
func (d *differ) silences(have []member.Member, delta member.Delta) bool {
	if slices.ContainsFunc(delta.Add, func(s member.Spec) bool { return d.takes(member.Member{AdminStateUp: true, Weight: 1}, s) }) {
		return false
	}
	did := false
	for _, m := range have {
		did = did || d.takes(m, member.Spec{})
		if slices.ContainsFunc(delta.Remove, func(r member.Member) bool { return r.ID == m.ID }) {
			continue
		}
		want := member.Spec{}
		if i := slices.IndexFunc(delta.Update, func(u member.Update) bool { return u.Have.ID == m.ID }); i >= 0 {
			want = delta.Update[i].Want
		}
		if d.takes(m, want) {
			return false
		}
	}
	return did
}

// takes reports whether nothing is set that keeps new connections away from a member once
// it is as wanted.
func (d *differ) takes(m member.Member, want member.Spec) bool {
	up, weight := m.AdminStateUp, m.Weight
	if want.AdminStateUp != nil {
		up = *want.AdminStateUp
	}
	if want.Weight != nil {
		weight = *want.Weight
	}
	return up && (weight > 0 || d.caps.Drain() != provider.DrainByWeight)
}
