// SPDX-License-Identifier: Apache-2.0

package lb

import (
	"net/netip"
	"slices"
	"strings"

	"github.com/octaviakit/octaviakit/member"
	"github.com/octaviakit/octaviakit/provider"
)

// Members that are somebody else's come along to whatever takes the place of their pool, since
// nobody else knows that there is a new one: with all that they have and their new provider
// knows. What it does not know, the plan says.

// seeded is the Spec for a new load balancer in the place of an old one, and what its members
// lose on the way, by path.
func (d *differ) seeded(old *Graph) (Spec, map[string]string) {
	s, lost := d.want, map[string]string{}
	s.Pools = slices.Clone(s.Pools)
	for i, p := range s.Pools {
		if !p.ExternalMembers {
			continue
		}
		for _, have := range old.pools {
			if have.Name != p.Name {
				continue
			}
			s.Pools[i].Members = nil
			for _, m := range have.members {
				spec, without := d.carried(m, old)
				s.Pools[i].Members = append(s.Pools[i].Members, spec)
				if len(without) > 0 {
					lost[memberNode(have, m).Path] = "loses " + strings.Join(without, ", ")
				}
			}
		}
	}
	return s, lost
}

// lossText adds to a reason that members lose something.
func lossText(lost map[string]string) string {
	if len(lost) == 0 {
		return ""
	}
	return "; what this provider does not know of members of others is lost, of " + plural(len(lost), "member")
}

// asItIs is the Spec of a member with all that it has.
func asItIs(m member.Member) member.Spec {
	s := member.Spec{
		Address: m.Address, Port: m.Port, SubnetID: m.SubnetID, Name: m.Name,
		Weight: &m.Weight, AdminStateUp: &m.AdminStateUp,
	}
	if m.Backup {
		s.Backup = &m.Backup
	}
	if m.MonitorAddress.IsValid() {
		s.MonitorAddress = &m.MonitorAddress
	}
	if m.MonitorPort != 0 {
		s.MonitorPort = &m.MonitorPort
	}
	if m.SRIOV {
		s.SRIOV = &m.SRIOV
	}
	if len(m.Tags) > 0 {
		s.Tags = m.Tags
	}
	return s
}

// carried is the Spec of a member for a new load balancer, and what it loses: what another
// provider does not know, and direct access to the network card where no flavor allows it.
func (d *differ) carried(m member.Member, old *Graph) (member.Spec, []string) {
	s, same := asItIs(m), old.Provider() == d.caps.Provider()
	can := func(f provider.Feature) bool { return same || d.caps.Require(f) == nil }
	var lost []string
	drop := func(has bool, what string, f provider.Feature, forget func()) {
		if has && !can(f) {
			lost = append(lost, what)
			forget()
		}
	}
	drop(m.Weight != 1, "weight", provider.MemberWeight, func() {}) // is stored, and of no effect
	drop(m.Backup, "backup", provider.MemberBackup, func() { s.Backup = nil })
	drop(m.MonitorAddress != netip.Addr{}, "monitorAddress", provider.MemberMonitorAddress, func() { s.MonitorAddress = nil })
	drop(m.MonitorPort != 0, "monitorPort", provider.MemberMonitorAddress, func() { s.MonitorPort = nil })
	drop(m.SRIOV, "sriov", provider.MemberSRIOV, func() { s.SRIOV = nil })
	drop(len(m.Tags) > 0, "tags", provider.ResourceTags, func() { s.Tags = nil })
	if s.SRIOV != nil && d.want.Flavor == "" {
		lost, s.SRIOV = append(lost, "sriov"), nil
	}
	return s, lost
}
