// SPDX-License-Identifier: Apache-2.0

package lb

import (
	"fmt"
	"net/netip"
	"path"
	"slices"

	"github.com/octaviakit/octaviakit/internal/octavia"
)

func (v *validator) vip(vip VIP) {
	if vip.SubnetID == "" && vip.NetworkID == "" && vip.PortID == "" {
		v.say("vip", "has no place; set SubnetID, NetworkID or PortID")
	}
	v.id("vip.subnetID", vip.SubnetID)
	v.id("vip.networkID", vip.NetworkID)
	v.id("vip.portID", vip.PortID)
	v.address("vip.address", vip.Address)
	if vip.QoSPolicyID != nil {
		v.id("vip.qosPolicyID", *vip.QoSPolicyID)
	}
	for i, g := range vip.SecurityGroupIDs {
		where := fmt.Sprintf("vip.securityGroupIDs[%d]", i)
		switch {
		case g == "":
			v.say(where, "is empty; use the ID of a security group")
		case slices.Contains(vip.SecurityGroupIDs[:i], g):
			v.say(where, "stands twice")
		}
		v.id(where, g)
	}
	seen := []string{vip.SubnetID}
	for i, a := range vip.Additional {
		where := fmt.Sprintf("vip.additional[%d]", i)
		switch {
		case a.SubnetID == "":
			v.say(where+".subnetID", "is empty; an additional VIP needs a subnet of the VIP's network")
		case slices.Contains(seen, a.SubnetID):
			v.say(where+".subnetID", "is used by another VIP; each needs a subnet of its own")
		}
		v.id(where+".subnetID", a.SubnetID)
		v.address(where+".address", a.Address)
		seen = append(seen, a.SubnetID)
	}
}

// id refuses what Octavia would: it takes UUIDs, with or without dashes, and no
// names. "" is no wish.
func (v *validator) id(where, id string) {
	if id != "" && !octavia.IsID(id) {
		v.say(where, "%q is no ID; use the UUID, as Octavia takes no names", id)
	}
}

// address refuses what no VIP can have; the zero value is any.
func (v *validator) address(where string, a netip.Addr) {
	switch {
	case !a.IsValid():
	case a.Zone() != "":
		v.say(where, "%s has a zone; Octavia takes plain addresses", a)
	case a.IsUnspecified() || a.IsMulticast():
		v.say(where, "%s cannot be reached; use a unicast address", a)
	}
}

// floatingIP checks what needs no cloud; package floatingip says the rest.
func (v *validator) floatingIP(s Spec) {
	if s.FloatingIP == nil {
		return
	}
	f := *s.FloatingIP
	if f.Address.IsValid() && !f.Address.Unmap().Is4() {
		v.say("floatingIP.address", "%s; floating IPs are IPv4, an IPv6 VIP is public as it is", f.Address)
	}
	if f.FixedIP.IsValid() && !f.FixedIP.Unmap().Is4() {
		v.say("floatingIP.fixedIP", "%s; only IPv4 addresses can have a floating IP", f.FixedIP)
	}
	if _, err := path.Match(f.Subnet, ""); err != nil {
		v.say("floatingIP.subnet", "%q; use an ID, a name or a pattern like %q", f.Subnet, "public-*")
	}
	v.tags("floatingIP.subnetTags", f.SubnetTags)
	if s.VIP.Address.IsValid() && !s.VIP.Address.Unmap().Is4() && !f.FixedIP.IsValid() && len(s.VIP.Additional) == 0 {
		v.say("floatingIP", "needs an IPv4 address to be bound to, and the VIP is %s, which is public as it is", s.VIP.Address)
	}
}
