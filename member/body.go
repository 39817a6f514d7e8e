// SPDX-License-Identifier: Apache-2.0

package member

import (
	"encoding/json"
	"maps"
	"slices"
)

// maxBody is what Octavia accepts of a request body: oslo.middleware's
// max_request_body_size, by default. Anything larger is 413.
const maxBody = 114688

// slot is one member of the pool as a batch PUT would name it.
type slot struct {
	key     Key
	body    map[string]any
	changed bool
}

// echo is the body that changes nothing. What is at its default in Octavia's
// create type is left out where naming it may be refused: backup by Queens,
// monitor_* by the ovn driver, which rejects a whole batch for them.
func echo(m Member) map[string]any {
	b := map[string]any{
		"address": m.spelling(), "protocol_port": int(m.Port),
		"weight": m.Weight, "admin_state_up": m.AdminStateUp,
	}
	if m.Backup {
		b["backup"] = true
	}
	if m.MonitorAddress.IsValid() {
		b["monitor_address"] = m.MonitorAddress.String()
	}
	if m.MonitorPort != 0 {
		b["monitor_port"] = int(m.MonitorPort)
	}
	if m.SubnetID != "" { // ovn's key is address, port and subnet; an absent one means the VIP's
		b["subnet_id"] = m.SubnetID
	}
	return b
}

// batchBody is u as a batch PUT names it: everything echoed, the wanted on top.
func batchBody(u Update) map[string]any {
	b := echo(u.Have)
	for _, c := range u.Changes {
		v := u.Want.value(c.Field)
		if v == nil || (c.Field == "backup" && v == false) {
			delete(b, c.Field) // absent resets, which is what is wanted
			continue
		}
		b[c.Field] = v
	}
	return b
}

// singleBody is u as a PUT of the member itself names it: the changed fields,
// as such a PUT leaves alone what it does not name. Where a PUT of which the driver sees
// nothing ends in ERROR, tags alone (and nothing at all, as a repair sends) get the
// weight for company.
func (p planner) singleBody(u Update) map[string]any {
	b := make(map[string]any, len(u.Changes)+1)
	for _, c := range u.Changes {
		b[c.Field] = u.Want.value(c.Field)
	}
	_, tags := b["tags"]
	if !p.can.tagsAlone && (len(b) == 0 || tags && len(b) == 1) {
		b["weight"] = u.Have.Weight
	}
	return b
}

// value is what s wants of a field, nil (JSON null) to clear it.
func (s Spec) value(field string) any {
	switch field {
	case "admin_state_up":
		return *s.AdminStateUp
	case "backup":
		return *s.Backup
	case "monitor_address":
		if s.MonitorAddress.IsValid() {
			return s.MonitorAddress.Unmap().String()
		}
	case "monitor_port":
		if *s.MonitorPort != 0 {
			return int(*s.MonitorPort)
		}
	case "name":
		return s.Name
	case "tags":
		return tagSet(s.Tags)
	case "weight":
		return *s.Weight
	}
	return nil
}

// compact drops from an echo what equals the default that omission resets it to.
func compact(b map[string]any) map[string]any {
	b = maps.Clone(b)
	if b["weight"] == 1 {
		delete(b, "weight")
	}
	if b["admin_state_up"] == true {
		delete(b, "admin_state_up")
	}
	return b
}

// apply is the pool after d, sorted by key.
func apply(have []Member, d Delta) []slot {
	gone := make(map[string]bool, len(d.Remove))
	for _, m := range d.Remove {
		gone[m.ID] = true
	}
	updates := make(map[string]Update, len(d.Update))
	for _, u := range d.Update {
		updates[u.Have.ID] = u
	}
	var out []slot
	for _, m := range have {
		if gone[m.ID] {
			continue
		}
		if u, ok := updates[m.ID]; ok {
			out = append(out, slot{m.Key(), batchBody(u), true})
			continue
		}
		out = append(out, slot{m.Key(), echo(m), false})
	}
	for _, s := range d.Add {
		out = append(out, slot{s.Key(), s.Body(), true})
	}
	slices.SortStableFunc(out, func(a, b slot) int { return a.key.Compare(b.key) })
	return out
}

// size is the length of a body with these members, as sent.
func size(bodies ...map[string]any) int {
	n := len(`{"members":[]}`)
	for _, b := range bodies {
		raw, err := json.Marshal(b)
		if err != nil {
			return maxBody + 1 // cannot happen: strings, numbers and bools only
		}
		n += len(raw) + 1
	}
	return n
}
