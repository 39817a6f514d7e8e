// SPDX-License-Identifier: Apache-2.0

package monitor

import "cmp"

// Change is one field's difference, as text for plans.
type Change struct{ Field, Old, New string }

// Diff compares an observed monitor (decoded JSON) with s: the fields that differ, sorted, and whether
// a field that cannot be changed in place is among them. update is the PUT body, nil if there
// is nothing to change or the monitor must be replaced. What a PUT must clear is null in it.
func Diff(have map[string]any, s Spec) (changes []Change, update map[string]any, replace bool) {
	s = s.effective()
	update = map[string]any{}
	for _, f := range fields() {
		if f.ask != nil && !f.ask(s) {
			continue
		}
		want := f.get(s)
		old, now := text(have[f.Field]), text(want)
		if old == now || f.same != nil && f.same(old) == f.same(now) {
			continue
		}
		changes = append(changes, Change{Field: f.Field, Old: old, New: now})
		update[f.Field] = want
		replace = replace || f.Replaces
	}
	sortChanges(changes)
	if replace || len(changes) == 0 {
		return changes, nil, replace
	}
	s.numbers(update)
	return changes, update, false
}

func tagsOf(have map[string]any) []string {
	var out []string
	switch list := have["tags"].(type) { // absent before API 2.5
	case []string:
		out = list
	case []any:
		for _, t := range list {
			out = append(out, text(t))
		}
	}
	return tagSet(out)
}

// Inherit fills what s leaves alone (Name, AdminStateUp, Tags) from an observed
// monitor, for a new one that is to take its place.
func (s Spec) Inherit(have map[string]any) Spec {
	s.Name = cmp.Or(s.Name, text(have["name"]))
	if up, ok := have["admin_state_up"].(bool); ok && s.AdminStateUp == nil {
		s.AdminStateUp = new(up)
	}
	if s.Tags == nil {
		s.Tags = tagsOf(have)
	}
	return s
}
