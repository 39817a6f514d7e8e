// SPDX-License-Identifier: Apache-2.0

package fake

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"

	"github.com/octaviakit/octaviakit/fake/internal/neutron"
)

// firstPeerPort is where HAProxy's peers of the first listener meet (octavia.common.constants.HAPROXY_BASE_PEER_PORT).
const firstPeerPort = 1025

// guard keeps the security group of amphorae and their VIP, as the worker does: a group of the service project that lets
// pass what the listeners listen on, and what amphorae say to each other. Whoever names groups of his own gets them beside
// it, and it then leaves the listeners' ports to those. (allowed_address_pairs.py, _update_security_group_rules; observed on
// Zed and 2025.1.)
func (d *amphoraDriver) guard(lb *loadBalancer) {
	if lb.gone || lb.unborn() {
		return
	}
	rules := lb.amongAmphorae()
	for _, l := range lb.listeners {
		if !l.unborn() && l.prov != pendingDelete {
			rules = append(rules, lb.passes(l)...)
		}
	}
	key := fmt.Sprint(lb.groups)
	for _, r := range rules {
		key += " " + written(r)
	}
	if lb.group != "" && key == lb.guarded {
		return
	}
	lb.guarded = key
	lb.group = d.c.neutron.SetGroup(d.c.keystone.ProjectID("service"), "lb-"+lb.id, lb.group, rules)
	ports := []string{lb.vip.port}
	for _, a := range lb.amphorae {
		ports = append(ports, a.vrrpPort)
	}
	for _, id := range ports {
		d.c.neutron.UpdatePort(id, func(p *neutron.Port) { p.SecurityGroups = lb.guards() })
	}
}

// guards are the groups of the ports of a load balancer.
func (lb *loadBalancer) guards() []string {
	groups := slices.Clone(lb.groups)
	if lb.group != "" {
		groups = append(groups, lb.group)
	}
	return groups
}

// amongAmphorae are the rules for what the two of ACTIVE_STANDBY say to each other: VRRP, and its authentication header.
func (lb *loadBalancer) amongAmphorae() []neutron.SecurityGroupRule {
	if lb.topology != activeStandby {
		return nil
	}
	family := familyOf(lb.vip.address)
	return []neutron.SecurityGroupRule{passing("112", 0, family, nil), passing("51", 0, family, nil)}
}

// passes are the rules of one listener, for each family that the VIPs have.
func (lb *loadBalancer) passes(l *listener) []neutron.SecurityGroupRule {
	protocol := "tcp"
	if l.protocol == "UDP" || l.protocol == "SCTP" {
		protocol = strings.ToLower(l.protocol)
	}
	var rules []neutron.SecurityGroupRule
	for _, family := range lb.families() {
		rules = append(rules, passing("tcp", lb.peerPort(l), family, nil))
		if len(lb.groups) > 0 {
			continue
		}
		if len(l.cidrs) == 0 {
			rules = append(rules, passing(protocol, l.port, family, nil))
		}
		for _, cidr := range l.cidrs {
			if prefix, _, _ := strings.Cut(cidr, "/"); familyOf(prefix) == family {
				rules = append(rules, passing(protocol, l.port, family, &cidr))
			}
		}
	}
	return rules
}

// peerPort is where the amphorae meet over a listener, chosen when first asked for.
func (lb *loadBalancer) peerPort(l *listener) int {
	if l.peer == 0 {
		l.peer = firstPeerPort
		for _, other := range lb.listeners {
			if other != l {
				l.peer = max(l.peer, other.peer+1)
			}
		}
	}
	return l.peer
}

// families are those of the VIPs, each once.
func (lb *loadBalancer) families() []string {
	var all []string
	for _, address := range lb.addresses() {
		if f := familyOf(address); !slices.Contains(all, f) {
			all = append(all, f)
		}
	}
	return all
}

// familyOf is that of an address, as a rule of a security group says it.
func familyOf(address string) string {
	if a, err := netip.ParseAddr(address); err == nil && a.Is6() {
		return "IPv6"
	}
	return "IPv4"
}

// passing is a rule that lets traffic in; port 0 is for protocols that have none.
func passing(protocol string, port int, family string, from *string) neutron.SecurityGroupRule {
	rule := neutron.SecurityGroupRule{Direction: "ingress", EtherType: family, Protocol: &protocol, RemotePrefix: from}
	if port != 0 {
		rule.PortMin, rule.PortMax = &port, &port
	}
	return rule
}

// written tells rules apart.
func written(r neutron.SecurityGroupRule) string {
	port, from := 0, ""
	if r.PortMin != nil {
		port = *r.PortMin
	}
	if r.RemotePrefix != nil {
		from = *r.RemotePrefix
	}
	return fmt.Sprint(r.EtherType, " ", *r.Protocol, " ", port, " ", from)
}
