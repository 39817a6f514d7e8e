// SPDX-License-Identifier: Apache-2.0

package member

import "slices"

// survivors is the pool as it will be read after d, as far as is known.
func survivors(have []Member, d Delta) []Member {
	gone := make(map[string]bool, len(d.Remove))
	for _, m := range d.Remove {
		gone[m.ID] = true
	}
	want := make(map[string]Spec, len(d.Update))
	for _, u := range d.Update {
		want[u.Have.ID] = u.Want
	}
	var out []Member
	for _, m := range have {
		if gone[m.ID] {
			continue
		}
		if s, ok := want[m.ID]; ok {
			m = after(m, s)
		}
		out = append(out, m)
	}
	added := make(map[Key]bool, len(d.Add))
	for _, s := range d.Add {
		added[s.Key()] = true
	}
	out = slices.DeleteFunc(out, func(m Member) bool { return added[m.Key()] })
	for _, s := range d.Add {
		out = append(out, after(Member{Address: s.Key().Address, Port: s.Port, SubnetID: s.SubnetID, Weight: 1, AdminStateUp: true}, s))
	}
	return out
}

// after is m once s is in force.
func after(m Member, s Spec) Member {
	in := inherit(s, m)
	m.Name, m.Weight, m.AdminStateUp = in.Name, *in.Weight, *in.AdminStateUp
	m.Backup = deref(in.Backup, false)
	m.MonitorAddress, m.MonitorPort, m.Tags = *in.MonitorAddress, *in.MonitorPort, in.Tags
	return m
}
