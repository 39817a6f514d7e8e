// SPDX-License-Identifier: Apache-2.0

package neutron

import (
	"net/http"
	"net/netip"
	"slices"
	"strconv"
	"strings"

	"github.com/octaviakit/octaviakit/fake/internal/identity"
	"github.com/octaviakit/octaviakit/fake/internal/rest"
)

func (n *Neutron) groupKind() *kind {
	k := &kind{
		name: "security_group", plural: "security_groups", path: "security-groups", born: 1,
		missing: notFound("SecurityGroupNotFound", "Security group %s does not exist"),
		decode:  decodeAs[SecurityGroup],
		items:   map[string]*item{},
		attrs: common(map[string]attr{
			"name": {both, text(255)}, "stateful": {both, boolean}, "shared": {}, "security_group_rules": {},
		}),
		fresh: func() any { return &SecurityGroup{Stateful: true} },
	}
	k.more = func(who identity.Identity, it *item, v rest.Object) {
		rules := []rest.Object{}
		for _, r := range n.rules.sorted() {
			if r.body.(*SecurityGroupRule).GroupID == it.id {
				rule := n.rules.view(who, r)
				rule["standard_attr_id"] = r.seq
				rule["tags"] = []string{} // which a rule shows only here
				rules = append(rules, rule)
			}
		}
		v["security_group_rules"], v["shared"] = rules, false
	}
	k.create = func(_ identity.Identity, it *item, _ rest.Object) *Error {
		n.defaultGroup(it.project)
		if it.body.(*SecurityGroup).Name == "default" {
			return refuse(http.StatusConflict, "SecurityGroupDefaultAlreadyExists",
				"Default security group already exists.")
		}
		n.passAll(it, "egress", nil)
		return nil
	}
	k.remove = n.removeGroup
	return k
}

func (n *Neutron) removeGroup(who identity.Identity, it *item) *Error {
	if it.body.(*SecurityGroup).Name == "default" && !isAdmin(who) {
		return refuse(http.StatusConflict, "SecurityGroupCannotRemoveDefault",
			"Insufficient rights for removing default security group.")
	}
	for _, p := range n.ports.items {
		for _, id := range p.body.(*Port).SecurityGroups {
			if id == it.id {
				return refuse(http.StatusConflict, "SecurityGroupInUse", "Security Group %s in use.", id)
			}
		}
	}
	n.dropRules(it.id)
	return nil
}

func (n *Neutron) ruleKind() *kind {
	k := &kind{
		name: "security_group_rule", plural: "security_group_rules", path: "security-group-rules",
		missing: notFound("SecurityGroupRuleNotFound", "Security group rule %s does not exist"),
		decode:  decodeAs[SecurityGroupRule],
		items:   map[string]*item{},
		attrs:   n.ruleAttrs(),
		fresh:   func() any { return &SecurityGroupRule{EtherType: "IPv4", Description: new("")} },
	}
	k.more = func(_ identity.Identity, it *item, v rest.Object) {
		r := it.body.(*SecurityGroupRule)
		if r.RemotePrefix != nil {
			v["normalized_cidr"], _ = prefix("", *r.RemotePrefix)
		}
		delete(v, "tags")
		if n.env.Lenient {
			return // it came with 2023.2
		}
		v["belongs_to_default_sg"] = n.groups.items[r.GroupID].body.(*SecurityGroup).Name == "default"
	}
	k.create = n.createRule
	return k
}

func (n *Neutron) createRule(who identity.Identity, it *item, _ rest.Object) *Error {
	r := it.body.(*SecurityGroupRule)
	if _, err := n.groups.find(who, r.GroupID); err != nil {
		if !n.env.Lenient && n.groups.items[r.GroupID] != nil {
			return forbidden("rule:create_security_group_rule")
		}
		return err
	}
	if err := r.consistent(); err != nil {
		return err
	}
	if r.RemoteGroup != nil {
		if _, err := n.groups.find(who, *r.RemoteGroup); err != nil {
			return err
		}
	}
	for id, other := range n.rules.items {
		o := *other.body.(*SecurityGroupRule)
		o.ID, o.Description = r.ID, r.Description
		if sameJSON(&o, r) {
			return refuse(http.StatusConflict, "SecurityGroupRuleExists",
				"Security group rule already exists. Rule id is %s.", id)
		}
	}
	return nil
}

func (n *Neutron) ruleAttrs() map[string]attr {
	return common(map[string]attr{
		"security_group_id": {onPost | required, uuid},
		"direction":         {onPost | required, oneOf("ingress", "egress")},
		"ethertype":         {onPost, family},
		"protocol":          {onPost, orNull(n.protocol)},
		"port_range_min":    {onPost, orNull(portNumber)}, "port_range_max": {onPost, orNull(portNumber)},
		"remote_ip_prefix": {onPost, orNull(remotePrefix)}, "remote_group_id": {onPost, orNull(uuid)},
		"remote_address_group_id": {onPost, orNull(uuid)}, "normalized_cidr": {}, "belongs_to_default_sg": {},
	})
}

// consistent checks the ports against the protocol, and the addresses against the family.
func (r *SecurityGroupRule) consistent() *Error {
	if r.RemotePrefix != nil && r.RemoteGroup != nil {
		return refuse(http.StatusBadRequest, "SecurityGroupMultipleRemoteEntites", // so spelt
			"Only one of remote_ip_prefix or remote_group_id or remote_address_group_id may be provided.")
	}
	ported := r.PortMin != nil || r.PortMax != nil
	if ported && r.Protocol == nil {
		return refuse(http.StatusBadRequest, "SecurityGroupProtocolRequiredWithPorts",
			"Must also specify protocol if port range is given.")
	}
	if ported && slices.Contains([]string{"tcp", "udp", "sctp", "dccp", "udplite", "6", "17", "132"}, *r.Protocol) &&
		(r.PortMin == nil || r.PortMax == nil || *r.PortMin > *r.PortMax) {
		return refuse(http.StatusBadRequest, "SecurityGroupInvalidPortRange",
			"For TCP/UDP protocols, port_range_min must be <= port_range_max")
	}
	if r.RemotePrefix != nil {
		whole, _, _ := strings.Cut(*r.RemotePrefix, "/")
		if a, err := netip.ParseAddr(whole); err == nil && a.Is6() != (r.EtherType == "IPv6") {
			return refuse(http.StatusBadRequest, "SecurityGroupRuleParameterConflict",
				"Conflicting value ethertype %s for CIDR %s", r.EtherType, *r.RemotePrefix)
		}
	}
	return nil
}

// protocols are the names that Neutron knows, and how it lists them.
func (n *Neutron) protocols() (names []string, listed string) {
	names = []string{
		"any", "ah", "dccp", "egp", "esp", "gre", "hopopt", "icmp", "igmp", "ip", "ipip", "ipv6-encap", "ipv6-frag", "ipv6-icmp",
		"icmpv6", "ipv6-nonxt", "ipv6-opts", "ipv6-route", "ospf", "pgm", "rsvp", "sctp", "tcp", "udp", "udplite", "vrrp",
	}
	if n.env.Lenient {
		names = names[1:]
		return names, "[None, '" + strings.Join(names, "', '") + "']"
	}
	return names, "(None, '" + strings.Join(names, "', '") + "')"
}

func (n *Neutron) protocol(_ string, v any) (any, *Error) {
	s := strings.ToLower(repr(v))
	names, listed := n.protocols()
	number, err := strconv.Atoi(s)
	if err == nil && number >= 0 && number <= 255 || slices.Contains(names, s) {
		return s, nil
	}
	return nil, refuse(http.StatusBadRequest, "SecurityGroupRuleInvalidProtocol", "Security group rule protocol %s not "+
		"supported. Only protocol values %s and integer representations [0 to 255] are supported.", repr(v), listed)
}

func family(_ string, v any) (any, *Error) {
	for _, known := range []string{"IPv4", "IPv6"} {
		if strings.EqualFold(repr(v), known) {
			return known, nil
		}
	}
	return nil, refuse(http.StatusBadRequest, "SecurityGroupRuleInvalidEtherType",
		"Security group rule for ethertype '%s' not supported. Allowed values are ['IPv4', 'IPv6'].", repr(v))
}

func portNumber(name string, v any) (any, *Error) {
	if s, ok := v.(string); ok {
		if number, err := strconv.Atoi(s); err == nil {
			v = float64(number)
		}
	}
	port, err := integer(name, v)
	if err != nil || port.(int) < 0 || port.(int) > 65535 {
		return nil, refuse(http.StatusBadRequest, "SecurityGroupInvalidPortValue", "Invalid value for port %s", repr(v))
	}
	return port, nil
}

// remotePrefix is kept as it was written; without a length it is one address.
func remotePrefix(name string, v any) (any, *Error) {
	if _, err := prefix(name, v); err != nil {
		return nil, refuse(http.StatusBadRequest, "InvalidCIDR", "Invalid CIDR %s given as IP prefix.", repr(v))
	}
	if a, err := netip.ParseAddr(repr(v)); err == nil {
		return netip.PrefixFrom(a, a.BitLen()).String(), nil
	}
	return v, nil
}

// passAll adds the rules that a new group is born with, for both families.
func (n *Neutron) passAll(group *item, direction string, from *string) {
	for _, family := range []string{"IPv4", "IPv6"} {
		it := &item{id: n.env.NewID(), project: group.project}
		it.body = &SecurityGroupRule{
			ID: it.id, ProjectID: it.project, GroupID: group.id, Direction: direction, EtherType: family,
			RemoteGroup: from,
		}
		n.store(n.rules, it)
	}
}

func (n *Neutron) dropRules(group string) {
	for id, r := range n.rules.items {
		if r.body.(*SecurityGroupRule).GroupID == group {
			delete(n.rules.items, id)
		}
	}
}

// defaultGroup returns the project's group "default", made when first needed.
func (n *Neutron) defaultGroup(project string) *item {
	for _, it := range n.groups.items {
		if it.project == project && it.body.(*SecurityGroup).Name == "default" {
			return it
		}
	}
	it := &item{id: n.env.NewID(), project: project}
	it.body = &SecurityGroup{
		ID: it.id, ProjectID: project, Name: "default", Description: "Default security group", Stateful: true,
	}
	n.store(n.groups, it)
	n.passAll(it, "ingress", new(it.id))
	n.passAll(it, "egress", nil)
	return it
}

// SetGroup makes a project's security group, or with an ID gives it other rules than it has, beside those that every group
// is born with.
func (n *Neutron) SetGroup(project, name, id string, rules []SecurityGroupRule) string {
	it := n.groups.items[id]
	if it == nil {
		it = &item{id: n.env.NewID(), project: project}
		it.body = &SecurityGroup{ID: it.id, ProjectID: project, Name: name, Stateful: true}
		n.store(n.groups, it)
	}
	n.dropRules(it.id)
	n.passAll(it, "egress", nil)
	for _, r := range rules {
		rule := &item{id: n.env.NewID(), project: project}
		r.ID, r.ProjectID, r.GroupID, r.Description = rule.id, project, it.id, new("")
		rule.body = &r
		n.store(n.rules, rule)
	}
	return it.id
}

// DeleteGroup removes a security group that no port uses any more.
func (n *Neutron) DeleteGroup(id string) {
	n.dropRules(id)
	delete(n.groups.items, id)
}
