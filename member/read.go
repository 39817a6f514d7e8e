// SPDX-License-Identifier: Apache-2.0

package member

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"math"
	"net/netip"
	"slices"

	"github.com/gophercloud/gophercloud/v2"
	"github.com/octaviakit/octaviakit/internal/octavia"
)

// Member is a member as observed.
type Member struct {
	ID, Name, SubnetID      string
	Address                 netip.Addr // canonical
	Spelling                string     // the address as Octavia stores it; "": Address.String()
	Port                    uint16
	Weight                  int
	Backup, AdminStateUp    bool
	MonitorAddress          netip.Addr // zero: none
	MonitorPort             uint16     // zero: none
	SRIOV                   bool       // vnic_type "direct"; false before API 2.30
	Tags                    []string   // sorted
	Provisioning, Operating string     // provisioning_status, operating_status
}

// Key returns the member's identity.
func (m Member) Key() Key { return Key{m.Address.Unmap(), m.Port} }

// spelling is the address as a batch PUT must write it for Octavia to recognise
// the member.
func (m Member) spelling() string {
	if m.Spelling != "" {
		return m.Spelling
	}
	return m.Address.String()
}

// List reads the members of a pool, sorted by Key.
func List(ctx context.Context, c *gophercloud.ServiceClient, poolID string) ([]Member, error) {
	var out []Member
	for obj, err := range octavia.List(ctx, c, membersPath(poolID), "members", nil) {
		if err != nil {
			return nil, fmt.Errorf("members of pool %s: %w", poolID, err)
		}
		m, err := Parse(obj)
		if err != nil {
			return nil, fmt.Errorf("members of pool %s: %w", poolID, err)
		}
		out = append(out, m)
	}
	slices.SortFunc(out, compareMembers)
	return out, nil
}

func membersPath(poolID string) string { return "lbaas/pools/" + poolID + "/members" }

func compareMembers(a, b Member) int {
	return cmp.Or(a.Key().Compare(b.Key()), cmp.Compare(a.ID, b.ID))
}

// Parse reads one member as decoded from the API's JSON. What older releases
// lack (backup before API 2.1, tags before 2.5) reads as its default.
func Parse(object map[string]any) (Member, error) {
	r := reader{object: object}
	m := Member{
		ID: get(&r, "id", ""), Name: get(&r, "name", ""), SubnetID: get(&r, "subnet_id", ""),
		Spelling: get(&r, "address", ""), Port: uint16(r.number("protocol_port", 0, math.MaxUint16)),
		// A null weight comes from an explicit null; the driver reads it as the default.
		Weight: r.number("weight", 1, maxWeight), Backup: get(&r, "backup", false), AdminStateUp: get(&r, "admin_state_up", true),
		MonitorPort: uint16(r.number("monitor_port", 0, math.MaxUint16)), Tags: r.tags(),
		SRIOV:        get(&r, "vnic_type", "") == "direct",
		Provisioning: get(&r, "provisioning_status", ""), Operating: get(&r, "operating_status", ""),
	}
	m.Address = r.address("address")
	if get(&r, "monitor_address", "") != "" {
		m.MonitorAddress = r.address("monitor_address")
	}
	if r.err != nil {
		return Member{}, fmt.Errorf("member %v: %w", object["id"], r.err)
	}
	return m, nil
}

// reader takes a decoded object apart and keeps the first thing that is odd.
type reader struct {
	object map[string]any
	err    error
}

func (r *reader) odd(field string, v any) {
	if r.err == nil {
		r.err = fmt.Errorf("%s: cannot read %v", field, v)
	}
}

// get is a field of a type; null and absent give what is there otherwise.
func get[T any](r *reader, field string, otherwise T) T {
	v, there := r.object[field]
	if !there || v == nil {
		return otherwise
	}
	t, ok := v.(T)
	if !ok {
		r.odd(field, v)
	}
	return t
}

func (r *reader) number(field string, otherwise, most int) int {
	v, there := r.object[field]
	if !there || v == nil {
		return otherwise
	}
	n := -1
	switch v := v.(type) {
	case float64: // what encoding/json makes of a number
		if v == math.Trunc(v) {
			n = int(v)
		}
	case int:
		n = v
	case json.Number:
		if i, err := v.Int64(); err == nil {
			n = int(i)
		}
	}
	if n < 0 || n > most {
		r.odd(field, v)
		return otherwise
	}
	return n
}

func (r *reader) address(field string) netip.Addr {
	a, err := netip.ParseAddr(get(r, field, ""))
	if err != nil {
		r.odd(field, r.object[field])
	}
	return a.Unmap()
}

func (r *reader) tags() []string {
	switch v := r.object["tags"].(type) {
	case nil:
		return []string{}
	case []string:
		return tagSet(v)
	case []any:
		out := make([]string, 0, len(v))
		for _, t := range v {
			s, ok := t.(string)
			if !ok {
				r.odd("tags", t)
			}
			out = append(out, s)
		}
		return tagSet(out)
	default:
		r.odd("tags", v)
		return nil
	}
}

func deref[T any](p *T, otherwise T) T {
	if p == nil {
		return otherwise
	}
	return *p
}
