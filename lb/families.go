// SPDX-License-Identifier: Apache-2.0

package lb

import (
	"context"
	"fmt"
	"slices"

	"github.com/octaviakit/octaviakit/internal/fault"
	"github.com/octaviakit/octaviakit/internal/octavia"
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

// unbindable refuses a floating IP for a load balancer whose first VIP is IPv6 where others have
// ports of their own: Neutron binds to IPv4 addresses of the first VIP's port.
func (s Spec) unbindable(caps provider.Capabilities) []error {
	first, f := s.VIP.Address, s.FloatingIP
	if f == nil || caps.Provider() != provider.OVN || len(s.VIP.Additional) == 0 {
		return nil
	}
	if first.IsValid() && !first.Unmap().Is4() {
		return []error{boundElsewhere("floatingIP", caps)}
	}
	on := func(v AdditionalVIP) bool { return f.FixedIP.IsValid() && v.Address.Unmap() == f.FixedIP.Unmap() }
	if slices.ContainsFunc(s.VIP.Additional, on) {
		return []error{boundElsewhere("floatingIP.fixedIP", caps)}
	}
	return nil
}

// bindable asks Neutron, before a load balancer is made that could not have the floating IP that
// is wished for, of which IP version the first VIP would be.
func (e *Engine) bindable(ctx context.Context, s Spec, have *Graph, caps provider.Capabilities) error {
	v := s.VIP
	if have != nil || e.network == nil || s.FloatingIP == nil || caps.Provider() != provider.OVN ||
		len(v.Additional) == 0 || v.Address.IsValid() || v.PortID != "" || v.SubnetID == "" {
		return nil
	}
	subnet, err := octavia.Get(ctx, e.network, "subnets/"+octavia.ID(v.SubnetID), "subnet")
	switch {
	case fault.Is(err, fault.NotFound, fault.Forbidden): // Octavia says so in its own words
		return nil
	case err != nil:
		return err
	case number(subnet, "ip_version") == 6: //nolint:mnd // IPv6
		return boundElsewhere("floatingIP", caps)
	}
	return nil
}

func boundElsewhere(path string, caps provider.Capabilities) error {
	return &UnsupportedError{
		Path: path, Instead: "the IPv4 subnet as vip, and the IPv6 one in vip.additional",
		Err: &provider.UnsupportedError{
			Provider: caps.Provider(), Release: caps.Release(), Feature: provider.DualStackVIP, Otherwise: provider.Invalid,
			Note: "for a floating IP on an additional VIP, which has a port of its own",
		},
	}
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
