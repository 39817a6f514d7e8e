// SPDX-License-Identifier: Apache-2.0

package provider_test

import (
	"maps"
	"net/http"
	"net/netip"
	"slices"
	"time"

	"github.com/octaviakit/octaviakit/provider"
)

// address is the i-th address that members may have: from the end of the subnet's
// range backwards, where nobody is likely to be.
func address(subnet obj, i int) string {
	prefix := netip.MustParsePrefix(subnet["cidr"].(string))
	b := prefix.Addr().AsSlice()
	b[len(b)-2] |= byte(0xff) >> max(prefix.Bits()-(len(b)-2)*8, 0)
	b[len(b)-1] = byte(200 + i)
	a, _ := netip.AddrFromSlice(b)
	return a.String()
}

func (l *live) member(i int, attributes obj) obj {
	m := obj{"address": address(l.vip, i), "protocol_port": 8080, "subnet_id": l.vip["id"]}
	maps.Copy(m, attributes)
	if m["subnet_id"] == nil {
		delete(m, "subnet_id")
	}
	return m
}

// membering is a probe that creates a member.
func membering(row provider.Feature, attributes obj) probe {
	return probe{row, func(l *live) seen {
		s, _ := l.post("pools/"+l.pool+"/members", "member", l.member(1, attributes))
		l.settle()
		return s
	}}
}

// batch replaces or adds members, and says Ignored if the pool does not come to
// have as many as wanted. On ovn the load balancer is ACTIVE before all are there
// (quirk ovn-batch-early-active), so the members themselves are waited for.
func (l *live) batch(query string, members []obj, want int) seen {
	status, _, text := l.call(http.MethodPut, "pools/"+l.pool+"/members"+query, obj{"members": members})
	s := seenOf(status, text)
	if s.outcome != worked {
		return s
	}
	for range 180 {
		_, body, _ := l.call(http.MethodGet, "pools/"+l.pool+"/members", nil)
		have, _ := body["members"].([]any)
		pending := slices.ContainsFunc(have, func(m any) bool { return m.(obj)["provisioning_status"] != "ACTIVE" })
		if len(have) == want && !pending {
			l.settle()
			return s
		}
		l.pause(500 * time.Millisecond)
	}
	return seen{provider.Ignored, "not all members became ACTIVE, or gone"}
}

// empty deletes all members of the pool one by one, which every driver can.
func (l *live) empty() {
	_, body, _ := l.call(http.MethodGet, "pools/"+l.pool+"/members", nil)
	members, _ := body["members"].([]any)
	for _, m := range members {
		l.made = append(l.made, "pools/"+l.pool+"/members/"+m.(obj)["id"].(string))
	}
	l.tidy()
}

func probesOfMembers() []probe {
	return []probe{
		membering(provider.MemberWeight, obj{"weight": 7}),
		membering(provider.MemberBackup, obj{"backup": true}),
		membering(provider.MemberMonitorAddress, obj{"monitor_port": 10256}),
		membering(provider.MemberSubnet, nil),
		membering(provider.MemberSubnetOptional, obj{"subnet_id": nil}),
		{provider.MemberMixedFamily, func(l *live) seen {
			if l.vip6 == nil {
				return skip("no IPv6 subnet beside the VIP's")
			}
			if l.name == provider.OVN && l.caps.Has(provider.MemberMixedFamily) {
				return skip("needs VIPs of both families: tried with dual-stack-vip")
			}
			s, _ := l.post("pools/"+l.pool+"/members", "member", obj{"address": address(l.vip6, 1), "protocol_port": 8080, "subnet_id": l.vip6["id"]})
			l.settle()
			return s
		}},
		membering(provider.MemberSRIOV, obj{"request_sriov": false}),
		{provider.MemberAdminState, func(l *live) seen {
			m := l.given(l.post("pools/"+l.pool+"/members", "member", l.member(1, nil)))
			l.settle()
			path := "pools/" + l.pool + "/members/" + m["id"].(string)
			s := l.put(path, "member", obj{"admin_state_up": false})
			if _, out := l.get(path, "member"); s.outcome == worked && out["admin_state_up"] != false {
				return seen{provider.Ignored, s.text}
			}
			return s
		}},
		{provider.MemberBatch, func(l *live) seen {
			s := l.batch("", []obj{l.member(1, nil), l.member(2, nil)}, 2)
			if s.outcome == worked {
				s = l.batch("", []obj{l.member(2, nil), l.member(3, nil)}, 2)
			}
			l.empty()
			return s
		}},
		{provider.MemberBatchAdditive, func(l *live) seen {
			l.batch("", []obj{l.member(1, nil)}, 1)
			s := l.batch("?additive_only=true", []obj{l.member(2, nil)}, 2)
			l.empty()
			return s
		}},
		{provider.MemberBatchEmpty, func(l *live) seen {
			l.batch("", []obj{l.member(1, nil)}, 1)
			s := l.batch("", []obj{}, 0)
			l.empty()
			return s
		}},
		{provider.MemberBatchDuplicatesRefused, func(l *live) seen {
			if !l.caps.Has(provider.MemberBatchDuplicatesRefused) {
				return skip("older releases leave the load balancer PENDING_UPDATE")
			}
			l.batch("", []obj{l.member(1, nil)}, 1)
			status, _, text := l.call(http.MethodPut, "pools/"+l.pool+"/members", obj{"members": []obj{l.member(1, nil), l.member(1, nil)}})
			l.settle()
			l.empty()
			if s := seenOf(status, text); s.outcome != provider.Invalid {
				return s
			}
			return seen{worked, text} // the row is about the refusal
		}},
	}
}
