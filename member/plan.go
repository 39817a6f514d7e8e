// SPDX-License-Identifier: Apache-2.0

package member

import (
	"slices"

	"github.com/octaviakit/octaviakit/provider"
)

const (
	// defaultMaxBatch keeps a call well within the 60 s after which common clients and
	// proxies give up: Octavia takes 1 to 3 s to accept 100 members.
	defaultMaxBatch = 400

	// fewSingles is how many single calls a shared pool is worth. A single call
	// cannot lose a member that another owner adds between our read and our
	// write, an exact PUT can; but each costs a cycle of its own.
	fewSingles = 4
)

// How says how changes may be sent. The zero value is right for an unknown
// cloud and a pool of our own: exact batch PUTs, which every release and both
// drivers have had since Queens.
type How struct {
	Caps  provider.Capabilities
	Share bool // the pool has other owners: members that we do not name stay
	// MaxBatch is the number of members per additive PUT [400]. Octavia has no limit but
	// the size of the body, which is kept in any case; a PUT of very many may outlive HTTP timeouts.
	MaxBatch int
	// MaxRemove, if not zero, is the share of the pool (0.5 is half) that one change
	// may remove without Consent; more is refused as a *ConsentError before any call.
	// It guards [Sync], [Batcher] and [Syncer]; Requests does as it is told. What a
	// Batcher gathers into one call is one change; removals by name are withheld only if
	// they are too many without those that a Replace implies.
	MaxRemove float64
	Consent   bool
}

func (h How) maxBatch() int {
	if h.MaxBatch <= 0 {
		return defaultMaxBatch
	}
	return h.MaxBatch
}

// Requests plans the calls that carry out d on a pool that has have. It is pure:
// fewest cycles first, never resetting what the Spec leaves alone.
//
//   - One change is one POST, PUT or DELETE of that member: the others are not touched.
//   - Nothing removed: additive PUTs with the changed members only, where the cloud
//     has them (API 2.11), in chunks of MaxBatch.
//   - Otherwise one exact PUT that names everything to keep, as observed.
//   - In a shared pool d.Remove names what goes, so callers put in only their own;
//     up to four are deleted one by one, more by an exact PUT that echoes the rest.
//   - A replaced member (in Remove and Add) takes two cycles, any number of them together.
//   - Members to be created out of service are created in service and taken out by a
//     second call where the driver would send them traffic (ovn before 5.0.0, LP 2016862).
//   - Where the driver takes time for each member of a batch (ovn before 10.0.0), up to eight
//     of at least four times as many are added, changed or deleted one by one as well: an
//     additive batch does not name the others, but the API hands them on, and the driver is
//     at work on each of them, behind members that all read ACTIVE.
//   - Where the driver's batch is broken, or a body would exceed Octavia's limit of
//     114688 bytes, what is left is additive chunks and single calls.
//
// Bodies depend on have, so the list is good for one reading of the pool; [Sync]
// reads again before each call.
func Requests(have []Member, d Delta, how How) []Request {
	p := planner{how: how, can: how.abilities()}
	first, again := d.sorted().split()
	var out []Request
	for _, part := range []Delta{first, again} {
		now, disabled := p.enabled(part)
		out = append(out, p.step(have, now)...)
		have = survivors(have, now)
		out = append(out, p.disable(have, disabled)...)
		have = survivors(have, part) // as disabled as they were meant to be
	}
	for i := range out {
		out[i].slow = p.can.slowBatch
	}
	return out
}

// enabled is d with all its new members in service, where creating them out of
// service does not work, and those to take out after that.
func (p planner) enabled(d Delta) (now Delta, disabled []Spec) {
	if p.can.createDisabled {
		return d, nil
	}
	now = Delta{Update: d.Update, Remove: d.Remove}
	for _, s := range d.Add {
		if !deref(s.AdminStateUp, true) {
			disabled = append(disabled, s)
			s.AdminStateUp = nil
		}
		now.Add = append(now.Add, s)
	}
	return now, disabled
}

// disable names new members once more: together in a batch, and one by one where
// batches do not work.
func (p planner) disable(have []Member, disabled []Spec) []Request {
	if len(disabled) == 0 {
		return nil
	}
	if !p.can.batch {
		var out []Request
		for _, s := range disabled {
			down := []map[string]any{{"admin_state_up": false}}
			out = append(out, Request{Method: "PUT", Created: s.Key(), Members: down, keys: []Key{s.Key()}})
		}
		return out
	}
	d := Delta{Add: disabled}
	keep := make([]Member, 0, len(have))
	for _, m := range have {
		if !slices.ContainsFunc(disabled, func(s Spec) bool { return s.Key() == m.Key() }) {
			keep = append(keep, m)
		}
	}
	if p.can.additive {
		return p.chunks(keep, d)
	}
	return p.exact(keep, d)
}

// split separates the second half of replacements: a key can be added again only
// after the cycle that removes it.
func (d Delta) split() (first, again Delta) {
	gone := make(map[Key]bool, len(d.Remove))
	for _, m := range d.Remove {
		gone[m.Key()] = true
	}
	for _, u := range d.Update { // of two spellings, the other one goes
		delete(gone, u.Have.Key())
	}
	first = Delta{Update: d.Update, Remove: d.Remove}
	for _, s := range d.Add {
		if gone[s.Key()] {
			again.Add = append(again.Add, s)
		} else {
			first.Add = append(first.Add, s)
		}
	}
	return first, again
}

// planner knows what it may use.
type planner struct {
	how How
	can abilities
}

// step plans a delta without replacements.
func (p planner) step(have []Member, d Delta) []Request {
	switch {
	case d.Empty():
		return nil
	case d.size() == 1 || !p.can.batch:
		return p.singles(d)
	case len(have) == 0 && !p.can.batchIntoEmpty && len(d.Add) > 0:
		first := Delta{Add: d.Add[:1]}
		return append(p.singles(first), p.step(survivors(have, first), Delta{Add: d.Add[1:]})...)
	case len(d.Remove) == 0 && p.can.additive:
		return p.upserts(have, d)
	case p.how.Share && p.cheapApart(d), p.quickApart(have, len(d.Remove)):
		return p.apart(have, d)
	}
	return p.exact(have, d)
}

// cheapApart says whether the exact PUT can be avoided at a price worth paying.
func (p planner) cheapApart(d Delta) bool {
	if p.can.additive {
		return len(d.Remove) <= fewSingles
	}
	return d.size() <= fewSingles
}

// quickApart says whether a few changes are quicker one by one than with all that
// stays: taking out 8 of 200 by an exact PUT and adding them again took 100 s, where a
// DELETE takes less than one (observed on Zed, ovn-octavia-provider 3.0.0). After an
// additive PUT of a few among 200, 2025.1 (8.0.0) wrote to all members for a minute and
// more, and refused exact PUTs meanwhile (500, MariaDB's error 1020).
func (p planner) quickApart(have []Member, changes int) bool {
	const single, most = 4, 8
	return p.can.slowBatch && p.can.additive && changes <= most && single*changes <= len(have)
}

// apart upserts first and removes after: make before break.
func (p planner) apart(have []Member, d Delta) []Request {
	out := p.upserts(have, Delta{Add: d.Add, Update: d.Update})
	return append(out, p.singles(Delta{Remove: d.Remove})...)
}

// upserts are additive chunks, or single calls where those are better.
func (p planner) upserts(have []Member, d Delta) []Request {
	if !p.can.additive || d.size() <= 1 || p.quickApart(have, d.size()) {
		return p.singles(d)
	}
	return p.chunks(have, d)
}

// exact is one PUT that names all that stays, or the next best.
func (p planner) exact(have []Member, d Delta) []Request {
	if four, six := byFamily(d.Remove); len(six) > 0 && !p.can.batchRemove6 {
		rest := Delta{Add: d.Add, Update: d.Update, Remove: four}
		return append(p.step(have, rest), p.singles(Delta{Remove: six})...)
	}
	slots := apply(have, d)
	if len(slots) == 0 && !p.can.emptyBatch { // keep one for the batch, then delete it
		last := len(d.Remove) - 1
		kept := d.Remove[last:]
		return append(p.step(have, Delta{Remove: d.Remove[:last]}), p.singles(Delta{Remove: kept})...)
	}
	for _, squeeze := range []bool{false, true} {
		r := Request{Method: "PUT", Members: []map[string]any{}, gone: idsOf(d.Remove), keys: d.keys()}
		for _, s := range slots {
			if squeeze && !s.changed {
				s.body = compact(s.body)
			}
			r.Members = append(r.Members, s.body)
		}
		if size(r.Members...) <= maxBody {
			return []Request{r}
		}
	}
	return p.apart(have, d)
}

// chunks are additive PUTs of the changed members.
func (p planner) chunks(have []Member, d Delta) []Request {
	var out []Request
	r := Request{Method: "PUT", Additive: true}
	room := maxBody
	for _, s := range apply(have, d) {
		if !s.changed {
			continue
		}
		n := size(s.body)
		if len(r.Members) > 0 && (len(r.Members) >= p.how.maxBatch() || n > room) {
			out = append(out, r)
			r, room = Request{Method: "PUT", Additive: true}, maxBody
		}
		room -= n
		r.Members = append(r.Members, s.body)
		r.keys = append(r.keys, s.key)
	}
	return append(out, r)
}

// singles is one call per change: added, changed, removed.
func (p planner) singles(d Delta) []Request {
	var out []Request
	for _, s := range d.Add {
		out = append(out, Request{Method: "POST", Members: []map[string]any{s.Body()}, keys: []Key{s.Key()}})
	}
	for _, u := range d.Update {
		out = append(out, Request{
			Method: "PUT", MemberID: u.Have.ID,
			Members: []map[string]any{p.singleBody(u)}, keys: []Key{u.Have.Key()},
		})
	}
	for _, m := range d.Remove {
		out = append(out, Request{Method: "DELETE", MemberID: m.ID, gone: []string{m.ID}, keys: []Key{m.Key()}})
	}
	return out
}

func idsOf(members []Member) []string {
	out := make([]string, len(members))
	for i, m := range members {
		out[i] = m.ID
	}
	return out
}

func byFamily(ms []Member) (four, six []Member) {
	for _, m := range ms {
		if m.Key().Address.Is4() {
			four = append(four, m)
		} else {
			six = append(six, m)
		}
	}
	return four, six
}
