// SPDX-License-Identifier: Apache-2.0

package member

import (
	"strconv"
	"strings"

	"github.com/octaviakit/octaviakit/internal/octavia"
)

// FieldRule says what a difference in one field of a member means.
type FieldRule struct {
	Field    string // as the API spells it
	Spec     string // as a written Spec spells it
	Absent   string // what a new member gets where the Spec says nothing; "": the Spec must say it
	Replaces bool   // Octavia cannot change it: the member is removed and added again
	Identity bool   // another value is another member
}

// FieldRules lists the fields of a member: its identity first, then by name.
func FieldRules() []FieldRule {
	out := []FieldRule{
		{Field: "address", Spec: "address", Identity: true},
		{Field: "protocol_port", Spec: "port", Identity: true},
	}
	for _, f := range fields() {
		out = append(out, f.FieldRule)
	}
	return out
}

// field is one row of the table that Diff reads, sorted by name.
type field struct {
	FieldRule
	have func(Member) string
	want func(Spec) (string, bool) // false leaves it alone
}

func fields() []field {
	row := func(name, spec, absent string, have func(Member) string, want func(Spec) (string, bool)) field {
		return field{FieldRule{Field: name, Spec: spec, Absent: absent}, have, want}
	}
	fixed := func(f field) field { f.Replaces = true; return f }
	return []field{
		row("admin_state_up", "adminStateUp", "true",
			func(m Member) string { return strconv.FormatBool(m.AdminStateUp) }, func(s Spec) (string, bool) { return said(s.AdminStateUp, strconv.FormatBool) }),
		row("backup", "backup", "false",
			func(m Member) string { return strconv.FormatBool(m.Backup) }, func(s Spec) (string, bool) { return said(s.Backup, strconv.FormatBool) }),
		row("monitor_address", "monitorAddress", "none",
			func(m Member) string { return addrText(m.MonitorAddress) }, func(s Spec) (string, bool) { return said(s.MonitorAddress, addrText) }),
		row("monitor_port", "monitorPort", "none",
			func(m Member) string { return portText(m.MonitorPort) }, func(s Spec) (string, bool) { return said(s.MonitorPort, portText) }),
		row("name", "name", "empty",
			func(m Member) string { return m.Name }, func(s Spec) (string, bool) { return s.Name, s.Name != "" }),
		fixed(row("request_sriov", "sriov", "false",
			func(m Member) string { return strconv.FormatBool(m.SRIOV) }, func(s Spec) (string, bool) { return said(s.SRIOV, strconv.FormatBool) })),
		fixed(row("subnet_id", "subnetID", "the pool's memberSubnetID, else none",
			func(m Member) string { return m.SubnetID }, func(s Spec) (string, bool) { return octavia.ID(s.SubnetID), s.SubnetID != "" })),
		row("tags", "tags", "none",
			func(m Member) string { return tagText(m.Tags) }, func(s Spec) (string, bool) { return tagText(s.Tags), s.Tags != nil }),
		row("weight", "weight", "1",
			func(m Member) string { return strconv.Itoa(m.Weight) }, func(s Spec) (string, bool) { return said(s.Weight, strconv.Itoa) }),
	}
}

func said[T any](p *T, text func(T) string) (string, bool) {
	if p == nil {
		return "", false
	}
	return text(*p), true
}

func tagText(tags []string) string { return strings.Join(tagSet(tags), ",") }

// compare lists the fields that s sets and m has otherwise, sorted by name; fixed are
// those among them that Octavia cannot change.
func compare(rows []field, m Member, s Spec) (changes, fixed []Change) {
	for _, f := range rows {
		want, ok := f.want(s)
		if have := f.have(m); ok && have != want {
			c := Change{Field: f.Field, Old: have, New: want}
			changes = append(changes, c)
			if f.Replaces {
				fixed = append(fixed, c)
			}
		}
	}
	return changes, fixed
}

// Replacement lists why a member that is there has to be removed and added again to
// become as s says; nothing if it can be changed in place.
func Replacement(m Member, s Spec) []Change {
	_, fixed := compare(fields(), m, s)
	return fixed
}
