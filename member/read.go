// SPDX-License-Identifier: Apache-2.0

package member

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
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

// wire is the part of Octavia's member that is understood. Pointers tell null.
type wire struct {
	ID             string   `json:"id"`
	Name           *string  `json:"name"`
	SubnetID       *string  `json:"subnet_id"`
	Address        string   `json:"address"`
	Port           uint16   `json:"protocol_port"`
	Weight         *int     `json:"weight"`
	Backup         *bool    `json:"backup"`
	AdminStateUp   *bool    `json:"admin_state_up"`
	MonitorAddress *string  `json:"monitor_address"`
	MonitorPort    *uint16  `json:"monitor_port"`
	Tags           []string `json:"tags"`
	Provisioning   string   `json:"provisioning_status"`
	Operating      string   `json:"operating_status"`
}

// Parse reads one member as decoded from the API's JSON. What older releases
// lack (backup before API 2.1, tags before 2.5) reads as its default.
func Parse(object map[string]any) (Member, error) {
	raw, err := json.Marshal(object)
	if err != nil {
		return Member{}, fmt.Errorf("member: %w", err)
	}
	var w wire
	if err := json.Unmarshal(raw, &w); err != nil {
		return Member{}, fmt.Errorf("member %v: %w", object["id"], err)
	}
	addr, err := netip.ParseAddr(w.Address)
	if err != nil {
		return Member{}, fmt.Errorf("member %s: address: %w", w.ID, err)
	}
	var monitor netip.Addr
	if text := deref(w.MonitorAddress, ""); text != "" {
		if monitor, err = netip.ParseAddr(text); err != nil {
			return Member{}, fmt.Errorf("member %s: monitor_address: %w", w.ID, err)
		}
	}
	return Member{
		ID: w.ID, Name: deref(w.Name, ""), SubnetID: deref(w.SubnetID, ""),
		Address: addr.Unmap(), Spelling: w.Address, Port: w.Port,
		// A null weight comes from an explicit null; the driver reads it as the default.
		Weight: deref(w.Weight, 1), Backup: deref(w.Backup, false), AdminStateUp: deref(w.AdminStateUp, true),
		MonitorAddress: monitor.Unmap(), MonitorPort: deref(w.MonitorPort, 0), Tags: tagSet(w.Tags),
		Provisioning: w.Provisioning, Operating: w.Operating,
	}, nil
}

func deref[T any](p *T, otherwise T) T {
	if p == nil {
		return otherwise
	}
	return *p
}
