// SPDX-License-Identifier: Apache-2.0

package lb

import (
	"fmt"
	"slices"

	"github.com/octaviakit/octaviakit/member"
	"github.com/octaviakit/octaviakit/provider"
)

// mixedMembers refuses members of an IP version that no VIP has, where a provider does not
// translate: ovn never does, amphora not for UDP and SCTP. Which version a subnet has is
// Neutron's to say, but what a load balancer with one VIP serves is all of one. What is there
// already nobody refuses any more.
func (s Spec) mixedMembers(caps provider.Capabilities, there func(pool string, m member.Spec) bool) []error {
	if len(s.VIP.Additional) > 0 {
		return nil
	}
	known, four := s.VIP.Address.IsValid(), s.VIP.Address.Unmap().Is4()
	var errs []error
	for i, p := range s.Pools {
		datagrams := (p.Protocol == UDP || p.Protocol == SCTP) &&
			slices.ContainsFunc(s.Listeners, func(l Listener) bool { return l.Pool == p.Name })
		if caps.Provider() != provider.OVN && !datagrams {
			continue
		}
		for j, m := range p.Members {
			if !known {
				known, four = true, m.Address.Unmap().Is4()
			}
			if m.Address.Unmap().Is4() != four && !there(p.Name, m) {
				errs = append(errs, otherFamily(fmt.Sprintf("%s.members[%d].address", at("pools", p.Name, i), j), caps))
				break
			}
		}
	}
	return errs
}

func otherFamily(path string, caps provider.Capabilities) error {
	better := "a load balancer for each IP version"
	if caps.Has(provider.AdditionalVIPs) {
		better = "vip.additional, of the other IP version"
	}
	return &UnsupportedError{Path: path, Instead: better, Err: &provider.UnsupportedError{
		Provider: caps.Provider(), Release: caps.Release(), Feature: provider.MemberMixedFamily,
		Otherwise: provider.Refused, Note: "of an IP version that the VIP does not have",
	}}
}
