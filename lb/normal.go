// SPDX-License-Identifier: Apache-2.0

package lb

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"slices"
	"unicode/utf8"

	"github.com/octaviakit/octaviakit/internal/octavia"
)

// maxName is how many characters a name may have
// (octavia/common/constants.py, MAX_NAME_LENGTH and friends; columns of that many characters).
const maxName = 255

// StoredName is a name as Octavia can store it. One of more than 255 characters is
// cut and ends in a hash of the whole, so that it is found again and two that begin
// alike stay apart; any other is its own. Specs may have names of any length, and
// methods that take a name take the whole one and the stored one alike; what is read
// from the cloud (Engine.Names, Graph.Name) is stored names.
func StoredName(name string) string {
	if utf8.RuneCountInString(name) <= maxName {
		return name
	}
	sum := sha256.Sum256([]byte(name))
	end := "-" + hex.EncodeToString(sum[:16])
	return string([]rune(name)[:maxName-len(end)]) + end
}

// normal is the Spec with what it says in few words written out: names and IDs as they
// are stored, and a pool's MemberSubnetID on each member without a subnet. It
// shares nothing with s that it changed.
func (s Spec) normal() Spec {
	s.Name, s.Flavor, s.VIP = StoredName(s.Name), octavia.ID(s.Flavor), s.VIP.normal()
	s.Pools = slices.Clone(s.Pools)
	for i := range s.Pools {
		s.Pools[i] = s.Pools[i].normal()
	}
	s.Listeners = slices.Clone(s.Listeners)
	for i := range s.Listeners {
		s.Listeners[i] = s.Listeners[i].normal()
	}
	return s
}

func (v VIP) normal() VIP {
	v.SubnetID, v.NetworkID, v.PortID = octavia.ID(v.SubnetID), octavia.ID(v.NetworkID), octavia.ID(v.PortID)
	if v.QoSPolicyID != nil {
		v.QoSPolicyID = new(octavia.ID(*v.QoSPolicyID))
	}
	v.SecurityGroupIDs = slices.Clone(v.SecurityGroupIDs)
	for i, id := range v.SecurityGroupIDs {
		v.SecurityGroupIDs[i] = octavia.ID(id)
	}
	v.Additional = slices.Clone(v.Additional)
	for i, a := range v.Additional {
		v.Additional[i].SubnetID = octavia.ID(a.SubnetID)
	}
	return v
}

func (p Pool) normal() Pool {
	p.Name, p.MemberSubnetID = StoredName(p.Name), octavia.ID(p.MemberSubnetID)
	p.Members = slices.Clone(p.Members)
	for i, m := range p.Members {
		p.Members[i].Name = StoredName(m.Name)
		p.Members[i].SubnetID = cmp.Or(octavia.ID(m.SubnetID), p.MemberSubnetID)
	}
	if p.Monitor != nil {
		m := p.Monitor.On(string(p.Protocol))
		m.Name = StoredName(m.Name)
		p.Monitor = &m
	}
	return p
}

func (l Listener) normal() Listener {
	l.Name, l.Pool = StoredName(l.Name), StoredName(l.Pool)
	l.Policies = slices.Clone(l.Policies)
	for i, p := range l.Policies {
		l.Policies[i].Name, l.Policies[i].RedirectPool = StoredName(p.Name), StoredName(p.RedirectPool)
	}
	return l
}
