// SPDX-License-Identifier: Apache-2.0

package lb

import (
	"errors"

	"github.com/octaviakit/octaviakit/provider"
)

// leaveIgnored takes out of a Spec what the provider stores and never reads, as other
// software asks ovn for weights: an Engine refuses such a wish, and what is left alone
// stays as it is.
func (d *describer) leaveIgnored(s *Spec, caps provider.Capabilities) {
	if caps.Provider() == "" { // of which nothing is known
		return
	}
	for _, err := range flat(s.Refusals(caps)) {
		u, ok := errors.AsType[*UnsupportedError](err)
		if ok && u.Err.Otherwise == provider.Ignored && s.leave(u.Err.Feature) {
			d.say(u.Path, "", "left alone, as "+string(caps.Provider())+" takes it without effect")
		}
	}
}

// leave leaves alone what needs a feature; false if it cannot be left out.
func (s *Spec) leave(f provider.Feature) bool {
	switch f {
	case provider.VIPQoSPolicy:
		s.VIP.QoSPolicyID = nil
	case provider.VIPSecurityGroups:
		s.VIP.SecurityGroupIDs = nil
	case provider.ListenerTimeouts:
		s.eachListener(func(l *Listener) { l.Timeouts = Timeouts{} })
	case provider.ConnectionLimit:
		s.eachListener(func(l *Listener) { l.ConnLimit = nil })
	default:
		return s.leaveInPools(f)
	}
	return true
}

func (s *Spec) leaveInPools(f provider.Feature) bool {
	var forget func(*Pool)
	switch f {
	case provider.PersistenceSourceIP, provider.PersistenceTimeout, provider.PersistenceGranularity:
		forget = func(p *Pool) { p.Session = nil }
	case provider.PoolTLS, provider.PoolTLSContainers, provider.PoolTLSCiphers, provider.PoolTLSVersions, provider.PoolALPN:
		forget = func(p *Pool) { p.TLS = nil }
	case provider.MonitorAdminState:
		forget = func(p *Pool) {
			if p.Monitor != nil {
				p.Monitor.AdminStateUp = nil
			}
		}
	case provider.MemberWeight, provider.MemberBackup, provider.MemberSRIOV:
		forget = func(p *Pool) { p.leaveInMembers(f) }
	default:
		return false
	}
	for i := range s.Pools {
		forget(&s.Pools[i])
	}
	return true
}

func (p *Pool) leaveInMembers(f provider.Feature) {
	for i := range p.Members {
		m := &p.Members[i]
		switch f { // others never come here, see leaveInPools
		case provider.MemberWeight:
			m.Weight = nil
		case provider.MemberBackup:
			m.Backup = nil
		case provider.MemberSRIOV:
			m.SRIOV = nil
		}
	}
}

func (s *Spec) eachListener(f func(*Listener)) {
	for i := range s.Listeners {
		f(&s.Listeners[i])
	}
}
