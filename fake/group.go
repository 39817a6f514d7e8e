// SPDX-License-Identifier: Apache-2.0

package fake

import (
	"fmt"
	"net/netip"
	"strings"

	"github.com/octaviakit/octaviakit/fake/internal/neutron"
)

// firstPeerPort is where HAProxy's peers of the first listener meet (octavia.common.constants.HAPROXY_BASE_PEER_PORT).
const firstPeerPort = 1025

// guard keeps the security group of an amphora's VIP port, as the worker does: a group of the service project that lets
// pass what the listeners listen on, and their peer ports. Whoever names groups of his own gets those instead. (Observed
// on Zed and 2025.1.)
func (d *amphoraDriver) guard(lb *loadBalancer) {
	if lb.gone || lb.unborn() || len(lb.groups) > 0 {
		return
	}
	var rules []neutron.SecurityGroupRule
	var key strings.Builder
	for _, l := range lb.listeners {
		if l.unborn() || l.prov == pendingDelete {
			continue
		}
		for _, r := range lb.passes(l) {
			fmt.Fprintln(&key, *r.Protocol, *r.PortMin, r.EtherType, l.cidrs)
			rules = append(rules, r)
		}
	}
	if lb.group != "" && key.String() == lb.guarded {
		return
	}
	lb.guarded = key.String()
	made := lb.group == ""
	lb.group = d.c.neutron.SetGroup(d.c.keystone.ProjectID("service"), "lb-"+lb.id, lb.group, rules)
	if made {
		d.c.neutron.UpdatePort(lb.vip.port, func(p *neutron.Port) { p.SecurityGroups = []string{lb.group} })
	}
}

// passes are the rules of one listener.
func (lb *loadBalancer) passes(l *listener) []neutron.SecurityGroupRule {
	protocol := "tcp"
	if l.protocol == "UDP" || l.protocol == "SCTP" {
		protocol = strings.ToLower(l.protocol)
	}
	if l.peer == 0 {
		l.peer = firstPeerPort
		for _, other := range lb.listeners {
			if other != l {
				l.peer = max(l.peer, other.peer+1)
			}
		}
	}
	rules := []neutron.SecurityGroupRule{passing("tcp", l.peer, lb.vip.address, nil)}
	if len(l.cidrs) == 0 {
		return append(rules, passing(protocol, l.port, lb.vip.address, nil))
	}
	for _, cidr := range l.cidrs {
		rules = append(rules, passing(protocol, l.port, cidr, &cidr))
	}
	return rules
}

// passing is a rule that lets traffic to a port in; like is an address or prefix of its family.
func passing(protocol string, port int, like string, from *string) neutron.SecurityGroupRule {
	family := "IPv4"
	address, _, _ := strings.Cut(like, "/")
	if a, err := netip.ParseAddr(address); err == nil && a.Is6() {
		family = "IPv6"
	}
	return neutron.SecurityGroupRule{
		Direction: "ingress", EtherType: family, Protocol: &protocol, PortMin: &port, PortMax: &port, RemotePrefix: from,
	}
}
