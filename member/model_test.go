// SPDX-License-Identifier: Apache-2.0

package member_test

import (
	"fmt"
	"maps"
	"net/netip"
	"slices"
	"testing"

	"github.com/octaviakit/octaviakit/member"
	"github.com/stretchr/testify/require"
)

// model is a pool that takes requests as Octavia does (octavia/api/v2/controllers/member.py):
// the batch key is the exact string, and what a batch body omits is reset or
// kept field by field.
type model struct {
	t       *testing.T
	members map[string]map[string]any // by "address port"
	next    int
}

func newModel(t *testing.T, ms []member.Member) *model {
	t.Helper()
	m := &model{t: t, members: map[string]map[string]any{}}
	for _, x := range ms {
		m.members[slot(x.Spelling, int(x.Port))] = wire(x)
	}
	return m
}

func slot(address any, port any) string { return fmt.Sprint(address, " ", port) }

func wire(x member.Member) map[string]any {
	w := map[string]any{
		"id": x.ID, "name": x.Name, "address": x.Spelling, "protocol_port": int(x.Port), "weight": x.Weight,
		"backup": x.Backup, "admin_state_up": x.AdminStateUp, "monitor_address": nil, "monitor_port": nil,
		"subnet_id": nil, "tags": x.Tags, "provisioning_status": "ACTIVE", "operating_status": "NO_MONITOR",
	}
	if x.MonitorAddress.IsValid() {
		w["monitor_address"] = x.MonitorAddress.String()
	}
	if x.MonitorPort != 0 {
		w["monitor_port"] = int(x.MonitorPort)
	}
	if x.SubnetID != "" {
		w["subnet_id"] = x.SubnetID
	}
	return w
}

func (m *model) apply(r member.Request) {
	m.t.Helper()
	switch {
	case r.Method == "POST":
		m.create(r.Members[0])
	case r.Method == "DELETE":
		delete(m.members, m.byID(r.MemberID))
	case r.Created != member.Key{}:
		m.members[slot(r.Created.Address, r.Created.Port)]["admin_state_up"] = r.Members[0]["admin_state_up"]
	case r.MemberID != "":
		target := m.members[m.byID(r.MemberID)]
		for k, v := range r.Members[0] {
			require.NotContains(m.t, []string{"address", "protocol_port", "subnet_id"}, k, "unknown attribute in a PUT")
			target[k] = v
			if v == nil && k == "weight" {
				target[k] = 1
			}
		}
	default:
		m.batch(r)
	}
}

func (m *model) batch(r member.Request) {
	m.t.Helper()
	named := map[string]bool{}
	for _, b := range r.Members {
		k := slot(b["address"], b["protocol_port"])
		require.False(m.t, named[k], "named twice: %s", k)
		named[k] = true
		old, exists := m.members[k]
		if !exists {
			m.create(b)
			continue
		}
		for f, v := range map[string]any{
			"weight": 1, "admin_state_up": true, "backup": false, "monitor_address": nil, "monitor_port": nil,
		} {
			old[f] = v
		}
		maps.Copy(old, b)
	}
	if !r.Additive {
		maps.DeleteFunc(m.members, func(k string, _ map[string]any) bool { return !named[k] })
	}
}

func (m *model) create(b map[string]any) {
	m.t.Helper()
	k := slot(b["address"], b["protocol_port"])
	require.NotContains(m.t, m.members, k, "409: another member on this pool")
	m.next++
	a := wire(member.Member{ID: fmt.Sprintf("new-%d", m.next), Weight: 1, AdminStateUp: true})
	maps.Copy(a, b)
	m.members[k] = a
}

func (m *model) byID(id string) string {
	m.t.Helper()
	for k, v := range m.members {
		if v["id"] == id {
			return k
		}
	}
	require.Fail(m.t, "404", "member %s", id)
	return ""
}

func (m *model) list() []member.Member {
	m.t.Helper()
	var out []member.Member
	for _, k := range slices.Sorted(maps.Keys(m.members)) {
		x, err := member.Parse(m.members[k])
		require.NoError(m.t, err)
		out = append(out, x)
	}
	return out
}

func at(n int) netip.Addr { return netip.AddrFrom4([4]byte{10, 0, byte(n >> 8), byte(n)}) }

// seen is a member as read, with everything at Octavia's default.
func seen(n int) member.Member {
	return member.Member{
		ID: fmt.Sprintf("id-%d", n), Address: at(n), Spelling: at(n).String(), Port: 80,
		Weight: 1, AdminStateUp: true, Tags: []string{},
	}
}

func spec(n int) member.Spec { return member.Spec{Address: at(n), Port: 80} }
