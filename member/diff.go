// SPDX-License-Identifier: Apache-2.0

package member

import (
	"cmp"
	"net/netip"
	"slices"
	"strconv"
)

// Delta is what turns one member set into another, each slice sorted by Key.
type Delta struct {
	Add    []Spec
	Update []Update
	Remove []Member
}

// Update is one member to change.
type Update struct {
	Have    Member
	Want    Spec
	Changes []Change // what differs, sorted by field
}

// Change is one field's difference, as text for plans.
type Change struct{ Field, Old, New string }

// Empty reports whether there is nothing to do.
func (d Delta) Empty() bool { return d.size() == 0 }

func (d Delta) size() int { return len(d.Add) + len(d.Update) + len(d.Remove) }

// Diff is pure. Members that want does not name are in Remove, and so are all
// but one of several that differ only in how their address is spelled. A member
// whose SubnetID or SRIOV is to change is in both Remove and Add, the latter with
// everything that want leaves alone taken over. If want names a key twice, the
// last one counts. The tag of a [Drainer] is not a Spec's to remove, and a member that one
// has taken out to make it anew comes back with what want leaves alone.
func Diff(have []Member, want []Spec) Delta {
	named := func(k Key) bool { return slices.ContainsFunc(want, func(s Spec) bool { return s.Key() == k }) }
	all := func(Key) bool { return true }
	return diff(have, recorded(have, want, all, func(k Key) bool { return !named(k) }))
}

// keepMarks is want with the tags of drains under way: without its tag a member would
// stay out of service for good.
func keepMarks(have []Member, want []Spec) []Spec {
	marks := map[Key][]string{}
	for _, m := range have {
		if tags := marksIn(m.Tags); len(tags) > 0 {
			marks[m.Key()] = tags
		}
	}
	out := slices.Clone(want)
	for i, s := range out {
		if tags, marked := marks[s.Key()]; marked && s.Tags != nil {
			out[i].Tags = slices.Concat(s.Tags, tags)
		}
	}
	return out
}

func diff(have []Member, want []Spec) Delta {
	wanted := make(map[Key]Spec, len(want))
	for _, s := range want {
		wanted[s.Key()] = s
	}
	var d Delta
	seen, rows := make(map[Key]bool, len(have)), fields()
	for _, m := range slices.SortedFunc(slices.Values(have), preferred) {
		s, named := wanted[m.Key()]
		if !named || seen[m.Key()] {
			d.Remove = append(d.Remove, m)
			continue
		}
		seen[m.Key()] = true
		switch changes, fixed := compare(rows, m, s); {
		case len(fixed) > 0:
			d.Remove = append(d.Remove, m)
			d.Add = append(d.Add, inherit(s, m))
		case len(changes) > 0:
			d.Update = append(d.Update, Update{Have: m, Want: s, Changes: changes})
		}
	}
	for k, s := range wanted {
		if !seen[k] {
			d.Add = append(d.Add, s)
		}
	}
	return d.sorted()
}

// keys names all that d changes, in its order.
func (d Delta) keys() []Key {
	var out []Key
	for _, s := range d.Add {
		out = append(out, s.Key())
	}
	for _, u := range d.Update {
		out = append(out, u.Have.Key())
	}
	for _, m := range d.Remove {
		out = append(out, m.Key())
	}
	return out
}

// added are those of the keys that d adds.
func (d Delta) added(keys []Key) []Key {
	return slices.DeleteFunc(slices.Clone(keys), func(k Key) bool {
		return !slices.ContainsFunc(d.Add, func(s Spec) bool { return s.Key() == k })
	})
}

func (d Delta) sorted() Delta {
	slices.SortFunc(d.Add, func(a, b Spec) int { return a.Key().Compare(b.Key()) })
	slices.SortFunc(d.Update, func(a, b Update) int { return compareMembers(a.Have, b.Have) })
	slices.SortFunc(d.Remove, compareMembers)
	return d
}

// preferred puts the one to keep first among members of one key: the canonical
// spelling, else the oldest name in the alphabet, so that the choice is stable.
func preferred(a, b Member) int {
	rank := func(m Member) int {
		if m.spelling() == m.Address.Unmap().String() {
			return 0
		}
		return 1
	}
	return cmp.Or(a.Key().Compare(b.Key()), cmp.Compare(rank(a), rank(b)), cmp.Compare(a.ID, b.ID))
}

func addrText(a netip.Addr) string {
	if !a.IsValid() {
		return "none"
	}
	return a.Unmap().String()
}

func portText(p uint16) string {
	if p == 0 {
		return "none"
	}
	return strconv.Itoa(int(p))
}

// inherit fills what s leaves alone from m, for a member that must be replaced.
func inherit(s Spec, m Member) Spec {
	s.SubnetID = cmp.Or(s.SubnetID, m.SubnetID)
	s.Name = cmp.Or(s.Name, m.Name)
	s.Weight = orElse(s.Weight, m.Weight)
	if m.Backup { // false is the default, and a field that Queens does not know
		s.Backup = orElse(s.Backup, true)
	}
	s.AdminStateUp = orElse(s.AdminStateUp, m.AdminStateUp)
	if m.SRIOV {
		s.SRIOV = orElse(s.SRIOV, true)
	}
	s.MonitorAddress = orElse(s.MonitorAddress, m.MonitorAddress)
	s.MonitorPort = orElse(s.MonitorPort, m.MonitorPort)
	if s.Tags == nil {
		s.Tags = slices.Clone(m.Tags)
	}
	return s
}

func orElse[T any](p *T, v T) *T {
	if p == nil {
		return new(v)
	}
	return p
}
