// SPDX-License-Identifier: Apache-2.0

package member

import (
	"maps"
	"slices"

	"github.com/octaviakit/octaviakit/waiter"
)

// comeBack adds the members that a cycle before took out to replace them, with all
// they had: what is read now no longer says so.
func (r *run) comeBack(d Delta, have []Member) Delta {
	for _, m := range have {
		delete(r.replacing, m.Key()) // not out, or back
	}
	d.Add = slices.DeleteFunc(slices.Clone(d.Add), func(s Spec) bool { _, ok := r.replacing[s.Key()]; return ok })
	d.Add = slices.AppendSeq(d.Add, maps.Values(r.replacing))
	return d.sorted()
}

// repair adds wanted members in ERROR, once: Octavia pushes the whole member to
// the driver at any update.
func (r *run) repair(d Delta, have []Member, want []Spec) Delta {
	listed := d.keys()
	r.mending = nil
	for _, m := range have {
		i := slices.IndexFunc(want, func(s Spec) bool { return s.Key() == m.Key() })
		if m.Provisioning != "ERROR" || i < 0 || slices.Contains(listed, m.Key()) || r.refused[m.Key()] != nil {
			continue
		}
		if r.repaired[m.Key()] {
			r.refused[m.Key()] = waiter.ErrFailed
			continue
		}
		r.mending = append(r.mending, m.Key())
		d.Update = append(d.Update, Update{Have: m, Want: want[i]})
	}
	return d.sorted()
}

// tried notes the repairs among those that a call was accepted for.
func (r *run) tried(keys []Key) {
	for _, k := range r.mending {
		if slices.Contains(keys, k) {
			r.repaired[k] = true
		}
	}
}
