// SPDX-License-Identifier: Apache-2.0

package lb

import (
	"errors"
	"slices"

	"github.com/octaviakit/octaviakit/member"
)

// A Spec that leaves its VIP to the cloud (a network, a port, no word on security groups) is
// judged a second time once the load balancer is there: what does not go with the VIP that it
// has got would be refused in the middle of a plan.

// fits refuses what does not go with a VIP that is there and stays.
func (d *differ) fits() error {
	if d.have.root.ID == "" || len(d.fixed()) > 0 || d.have.root.Provisioning == failed && d.remedy != Failover {
		return nil
	}
	s := d.told()
	v := &validator{}
	for i, l := range s.Listeners {
		if d.admits(l) {
			continue
		}
		v.cidrs(at("listeners", l.Name, i)+".allowedCIDRs", l.AllowedCIDRs, s.VIP)
	}
	v.floatingIP(s)
	return errors.Join(slices.Concat(v.errs, s.mixedMembers(d.caps, d.holds), s.mixedCIDRs(d.caps), s.unbindable(d.caps))...)
}

// admits reports whether a listener that stays has its CIDRs already: nobody is asked about them
// any more, whatever was set beside them.
func (d *differ) admits(l Listener) bool {
	have, ok := d.listeners[l.Name]
	return ok && !slices.ContainsFunc(d.listenerDifferences(l, have), func(x difference) bool { return x.name == "allowed_cidrs" })
}

// holds reports whether a pool that stays has a member.
func (d *differ) holds(pool string, m member.Spec) bool {
	return slices.ContainsFunc(d.pools[pool].members, func(h member.Member) bool { return h.Key() == m.Key() })
}

// told is the Spec with what it leaves alone of the VIP as it is there.
func (d *differ) told() Spec {
	s, have := d.want, d.have.vip()
	if !s.VIP.Address.IsValid() {
		s.VIP.Address = have.Address
	}
	if s.VIP.SecurityGroupIDs == nil {
		s.VIP.SecurityGroupIDs = texts(d.have.root.attrs, "vip_sg_ids")
	}
	if s.VIP.Additional == nil {
		s.VIP.Additional = have.Additional
		return s
	}
	s.VIP.Additional = slices.Clone(s.VIP.Additional)
	for i, v := range s.VIP.Additional {
		for _, h := range have.Additional {
			if v.SubnetID == h.SubnetID {
				s.VIP.Additional[i].Address = h.Address
			}
		}
	}
	return s
}
