// SPDX-License-Identifier: Apache-2.0

package member

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/octaviakit/octaviakit/internal/octavia"
	"github.com/octaviakit/octaviakit/provider"
	"github.com/octaviakit/octaviakit/waiter"
)

// Restore puts drained members back exactly as they were, in one PENDING cycle;
// without keys all that are drained. What somebody else changed since (a weight
// that is no longer 0) stays as it is. Members that are not drained or not there are left alone.
//
// The ovn driver before 10.0.0 never brings a member back that was taken out while
// its pool had a health monitor (LP 2112110): there it is replaced, in two cycles. Between them
// tags on another member (of a pool's only one, tags on the pool, for two cycles more) remember
// all it was. If the process ends there, the next Restore brings it back; so does a [Sync], a
// [Batcher] or a plan that names it, and one that decides that it is not wanted erases the
// record; the one on the pool only Restore reads. One that is only cancelled or refused there
// gets an *Error, too, whose Out is the member as it was.
func (d Drainer) Restore(ctx context.Context, p Pool, keys ...Key) error {
	if err := p.validate(); err != nil {
		return err
	}
	began, calls := time.Now(), 0
	x := &restoring{pool: p, keys: canonical(keys)}
	if d.How.Caps.HasQuirk(provider.QuirkOVNMemberReenableWithHM) {
		have, err := octavia.Get(ctx, d.Waiter.Client(), "lbaas/pools/"+p.ID, "pool")
		if err != nil {
			return ended(ctx, p, began, 0, fmt.Errorf("pool %s: %w", p.ID, err))
		}
		monitor, _ := have["healthmonitor_id"].(string)
		x.lost, x.notes = monitor != "", tagsOf(have)
	}
	for {
		x.r = newRun(d.Waiter, p, d.How, x.plan)
		x.r.calls, x.r.expect = calls, max(len(x.keys), 1)
		if err := x.r.drive(ctx); err != nil {
			return err
		}
		if err := x.r.blame(nil); err != nil {
			return err
		}
		calls = x.r.calls
		more, tags := x.note()
		if slices.Equal(tags, x.notes) {
			return nil
		}
		accepted, err := d.noteOnPool(ctx, p, tags)
		if calls += accepted; err != nil || !more {
			return ended(ctx, p, began, calls, err)
		}
		x.notes = tags
	}
}

// restoring is a Restore. What it has done so far is in the cloud, and only there.
type restoring struct {
	pool  Pool
	keys  []Key
	lost  bool     // a member cannot just be enabled again
	notes []string // the pool's own tags, where it may be the one that remembers
	r     *run

	homeless []string     // the record of a member that nobody but the pool can remember
	present  map[Key]bool // as last read
}

// perCarrier is how many are on record with one member, as each such member costs a call
// where batches are not used. A record is two tags, as a rule.
const perCarrier = 32

func (x *restoring) plan(have []Member) (Delta, []Spec) {
	x.homeless, x.present = nil, map[Key]bool{}
	for _, m := range have {
		x.present[m.Key()] = true
	}
	tags := make(map[Key][]string, len(have)) // as they are to be
	var want []Spec
	for _, m := range have {
		tags[m.Key()] = m.Tags
		if _, drained := m.Drained(); drained && x.meant(m.Key()) && !x.renewed(m) {
			want = append(want, restoreSpec(m))
			tags[m.Key()] = otherTags(m.Tags)
		}
	}
	delta := x.replace(have, tags)
	delta.Add = append(delta.Add, x.back(have, tags)...)
	for _, m := range have {
		i := slices.IndexFunc(want, func(s Spec) bool { return s.Key() == m.Key() })
		switch {
		case slices.ContainsFunc(delta.Remove, func(gone Member) bool { return gone.ID == m.ID }):
		case i >= 0:
			want[i].Tags = tags[m.Key()]
		case !slices.Equal(tags[m.Key()], m.Tags):
			want = append(want, Spec{Address: m.Address, Port: m.Port, Tags: tags[m.Key()]})
		}
	}
	delta.Update = diff(have, want).Update
	return delta, nil
}

func (x *restoring) meant(k Key) bool { return len(x.keys) == 0 || slices.Contains(x.keys, k) }

// renewed reports whether the member is to be made anew.
func (x *restoring) renewed(m Member) bool {
	by, drained := m.Drained()
	return x.lost && drained && x.meant(m.Key()) && by == provider.DrainByAdminState && !m.AdminStateUp &&
		deref(restoreSpec(m).AdminStateUp, false)
}

// careful reports whether each step needs a call of its own: a part of a batch may be what
// is sent first, and the end of a record must not come before what is on it.
func (x *restoring) careful(changes int) bool {
	return x.r.suspects > 0 || changes > x.r.how.maxBatch()/8
}

// replace takes out the members that are to be made anew, each remembered by one that stays.
func (x *restoring) replace(have []Member, tags map[Key][]string) Delta {
	out, stay := x.choose(have)
	kept, written := x.recordsOf(stay), 0
	var d Delta
	for _, m := range out {
		s := anew(m)
		switch note := x.unsaid(kept, m, s); {
		case len(note) == 0:
		case len(stay) == 0:
			x.homeless = note
			continue
		default:
			at := stay[(written/perCarrier)%len(stay)].Key()
			written++
			tags[at] = noted(tags[at], note)
			if x.careful(len(out)) {
				continue
			}
		}
		d.Remove, d.Add = append(d.Remove, m), append(d.Add, s)
	}
	return d
}

// choose returns whom to make anew now, and who stays meanwhile: one at least, unless there
// is only one.
func (x *restoring) choose(have []Member) (out, stay []Member) {
	for _, m := range have {
		if x.renewed(m) && x.r.refused[m.Key()] == nil {
			out = append(out, m)
		} else {
			stay = append(stay, m)
		}
	}
	if last := len(out) - 1; len(stay) == 0 && last > 0 {
		return out[:last], out[last:]
	}
	return out, stay
}

// unsaid is what has to be on record before m goes and is not: itself, and those that are out
// of the pool and remembered by m.
func (x *restoring) unsaid(kept []record, m Member, s Spec) []string {
	known := func(s Spec) bool { return slices.ContainsFunc(kept, func(r record) bool { return r.same(s) }) }
	var out []string
	if !known(s) {
		out = recordTags(s)
	}
	for _, r := range recordsIn(m.Tags) {
		if !x.present[r.Key()] && !known(r.Spec) {
			out = append(out, r.tags...)
		}
	}
	return out
}

// back are the members on record that are out of the pool. Who is back needs no record.
func (x *restoring) back(have []Member, tags map[Key][]string) []Spec {
	out := map[Key]Spec{}
	for _, r := range x.recordsOf(have) {
		if !x.meant(r.Key()) || x.r.refused[r.Key()] != nil {
			continue
		}
		i := slices.IndexFunc(have, func(m Member) bool { return m.Key() == r.Key() })
		switch {
		case i < 0:
			out[r.Key()] = r.Spec
			if x.careful(len(x.recordsOf(have))) {
				continue
			}
		case x.renewed(have[i]):
			continue
		}
		for k := range tags {
			tags[k] = without(tags[k], r.tags)
		}
	}
	return slices.SortedFunc(maps.Values(out), func(a, b Spec) int { return a.Key().Compare(b.Key()) })
}

// recordsOf are all that is on record, with members and with the pool.
func (x *restoring) recordsOf(have []Member) []record {
	out := recordsIn(x.notes)
	for _, m := range have {
		out = append(out, recordsIn(m.Tags)...)
	}
	return out
}

// note is what the pool's own tags are to be now, and whether that is for something that is
// still to be done.
func (x *restoring) note() (more bool, tags []string) {
	tags = x.notes
	for _, r := range recordsIn(x.notes) {
		if x.meant(r.Key()) && x.present[r.Key()] {
			tags = without(tags, r.tags)
		}
	}
	return len(x.homeless) > 0, noted(tags, x.homeless)
}

// anew is the member as it was before it was drained, with all it has.
func anew(m Member) Spec {
	s := inherit(restoreSpec(m), m)
	s.Tags = slices.DeleteFunc(s.Tags, isRecord)
	return s
}

// noteOnPool makes records the only ones that are among the pool's tags, and returns how many calls that took.
func (d Drainer) noteOnPool(ctx context.Context, p Pool, tags []string) (calls int, err error) {
	path, c := "lbaas/pools/"+p.ID, d.Waiter.Client()
	read := func(ctx context.Context) (octavia.Object, []string, error) {
		have, err := octavia.Get(ctx, c, path, "pool")
		others := slices.DeleteFunc(tagsOf(have), isRecord)
		return have, tagSet(append(others, slices.DeleteFunc(slices.Clone(tags), func(t string) bool { return !isRecord(t) })...)), err
	}
	fn := func(ctx context.Context) error {
		have, now, err := read(ctx)
		if err == nil { // without admin_state_up ovn leaves the listeners PENDING_UPDATE
			_, err = octavia.Update(ctx, c, path, "pool", octavia.Object{"tags": now, "admin_state_up": have["admin_state_up"]})
		}
		if err == nil {
			calls++
		}
		return err
	}
	done := func(ctx context.Context) (bool, error) {
		have, now, err := read(ctx)
		return err == nil && slices.Equal(tagsOf(have), now), err
	}
	opts := append(newRun(d.Waiter, p, d.How, nil).options(false), waiter.Confirm(done))
	if _, err = d.Waiter.Mutate(ctx, p.LoadBalancerID, fn, opts...); err != nil {
		err = fmt.Errorf("pool %s: %w", p.ID, err)
	}
	return calls, err
}

func tagsOf(o octavia.Object) []string { return (&reader{object: o}).tags() }
