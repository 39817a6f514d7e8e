// SPDX-License-Identifier: Apache-2.0

package member

import (
	"cmp"
	"maps"
	"slices"
)

// wish is what any number of changes, one after the other, amount to.
type wish struct {
	want  map[Key]Spec
	gone  map[Key]bool
	exact bool // members that want does not name go
}

func newWish() *wish { return &wish{want: map[Key]Spec{}, gone: map[Key]bool{}} }

// put adds or changes. What a later Spec leaves alone, an earlier one may have
// set: the outcome is the same as if they had been sent one by one.
func (w *wish) put(specs []Spec) {
	for _, s := range specs {
		k := s.Key()
		if old, ok := w.want[k]; ok {
			s = overlay(old, s)
		}
		w.want[k] = s
		delete(w.gone, k)
	}
}

func (w *wish) remove(keys []Key) {
	for _, k := range keys {
		delete(w.want, k)
		w.gone[k] = true
	}
}

// replace is the whole set; of a shared pool it is only what must be in it.
func (w *wish) replace(specs []Spec, share bool) {
	if share {
		w.put(specs)
		return
	}
	earlier := w.want
	w.want, w.gone, w.exact = map[Key]Spec{}, map[Key]bool{}, true
	for _, s := range specs {
		if old, ok := earlier[s.Key()]; ok {
			s = overlay(old, s)
		}
		w.want[s.Key()] = s
	}
}

// keep forgets all but the keys given, which somebody still waits for.
func (w *wish) keep(keys map[Key]bool) {
	w.exact = false
	maps.DeleteFunc(w.want, func(k Key, _ Spec) bool { return !keys[k] })
	maps.DeleteFunc(w.gone, func(k Key, _ bool) bool { return !keys[k] })
}

// delta compares the wish with what was read.
func (w *wish) delta(have []Member) (Delta, []Spec) {
	want := slices.SortedFunc(maps.Values(w.want), func(a, b Spec) int { return a.Key().Compare(b.Key()) })
	named := func(k Key) bool { _, ok := w.want[k]; return ok }
	decided := func(k Key) bool { return w.exact || w.gone[k] || named(k) }
	want = recorded(have, want, decided, func(k Key) bool { return decided(k) && !named(k) })
	d := diff(have, want)
	if w.exact {
		return d, want
	}
	d.Remove = where(d.Remove, func(m Member) bool {
		return named(m.Key()) || w.gone[m.Key()] // superfluous spelling, or replaced
	})
	return d, want
}

// overlay is old changed by s: what s leaves alone stays.
func overlay(old, s Spec) Spec {
	s.SubnetID = cmp.Or(s.SubnetID, old.SubnetID)
	s.Name = cmp.Or(s.Name, old.Name)
	s.Weight = cmp.Or(s.Weight, old.Weight)
	s.Backup = cmp.Or(s.Backup, old.Backup)
	s.AdminStateUp = cmp.Or(s.AdminStateUp, old.AdminStateUp)
	s.MonitorAddress = cmp.Or(s.MonitorAddress, old.MonitorAddress)
	s.MonitorPort = cmp.Or(s.MonitorPort, old.MonitorPort)
	s.SRIOV = cmp.Or(s.SRIOV, old.SRIOV)
	if s.Tags == nil {
		s.Tags = old.Tags
	}
	return s
}
