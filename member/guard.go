// SPDX-License-Identifier: Apache-2.0

package member

import "slices"

// guard withholds the removals if they are too many; those by name only if they are
// too many by themselves.
func (r *run) guard(d Delta, of int) Delta {
	if r.how.MaxRemove <= 0 || r.how.Consent {
		return d
	}
	_, again := d.split()
	back := make(map[Key]bool, len(again.Add))
	for _, s := range again.Add {
		back[s.Key()] = true
	}
	byName := func(m Member) bool { return r.named != nil && r.named(m.Key()) }
	going := where(d.Remove, func(m Member) bool { return !back[m.Key()] })
	// 29 of 100 are 0.29, which times 100 is less than 29.
	tooMany := func(going []Member) bool { return float64(len(going))/float64(of) > r.how.MaxRemove }
	if r.withheld == nil && tooMany(going) {
		r.withheld = &ConsentError{Pool: r.pool.ID, Removing: len(going), Of: of, Share: r.how.MaxRemove}
		if tooMany(where(going, byName)) {
			r.named = nil
		}
	}
	if r.withheld != nil {
		d.Remove = where(d.Remove, func(m Member) bool { return back[m.Key()] || byName(m) })
	}
	return d
}

func (r *run) consent() error {
	if r.withheld != nil {
		return r.withheld
	}
	return nil
}

func where(members []Member, is func(Member) bool) []Member {
	return slices.DeleteFunc(slices.Clone(members), func(m Member) bool { return !is(m) })
}
