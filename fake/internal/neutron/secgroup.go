// SPDX-License-Identifier: Apache-2.0

package neutron

import (
	"net/http"
	"net/netip"
	"slices"

	"github.com/octaviakit/octaviakit/fake/internal/identity"
	"github.com/octaviakit/octaviakit/fake/internal/rest"
)

func (n *Neutron) groupKind() *kind {
	k := &kind{
		name: "security_group", plural: "security_groups", path: "security-groups",
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
	k.remove = func(who identity.Identity, it *item) *Error {
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
	return k
}

func (n *Neutron) ruleKind() *kind {
	k := &kind{
		name: "security_group_rule", plural: "security_group_rules", path: "security-group-rules",
		missing: notFound("SecurityGroupRuleNotFound", "Security group rule %s does not exist"),
		decode:  decodeAs[SecurityGroupRule],
		items:   map[string]*item{},
		attrs: common(map[string]attr{
			"security_group_id": {onPost | required, uuid},
			"direction":         {onPost | required, oneOf("ingress", "egress")},
			"ethertype":         {onPost, oneOf("IPv4", "IPv6")},
			"protocol":          {onPost, orNull(protocol)},
			"port_range_min":    {onPost, orNull(integer)}, "port_range_max": {onPost, orNull(integer)},
			"remote_ip_prefix": {onPost, orNull(prefix)}, "remote_group_id": {onPost, orNull(uuid)},
			"remote_address_group_id": {onPost, orNull(uuid)}, "normalized_cidr": {}, "belongs_to_default_sg": {},
		}),
		fresh: func() any { return &SecurityGroupRule{EtherType: "IPv4", Description: new("")} },
	}
	k.more = func(_ identity.Identity, it *item, v rest.Object) {
		r := it.body.(*SecurityGroupRule)
		v["normalized_cidr"] = r.RemotePrefix
		delete(v, "tags")
		v["belongs_to_default_sg"] = n.groups.items[r.GroupID].body.(*SecurityGroup).Name == "default"
	}
	k.create = func(who identity.Identity, it *item, _ rest.Object) *Error {
		r := it.body.(*SecurityGroupRule)
		if _, err := n.groups.find(who, r.GroupID); err != nil {
			return err
		}
		if err := r.consistent(); err != nil {
			return err
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
	return k
}

// consistent checks the ports against the protocol, and the addresses against the family.
func (r *SecurityGroupRule) consistent() *Error {
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
		if p, err := netip.ParsePrefix(*r.RemotePrefix); err == nil && p.Addr().Is6() != (r.EtherType == "IPv6") {
			return refuse(http.StatusBadRequest, "SecurityGroupRuleParameterConflict",
				"Conflicting value ethertype %s for CIDR %s", r.EtherType, *r.RemotePrefix)
		}
	}
	return nil
}

func protocol(name string, v any) (any, *Error) {
	if s, ok := v.(string); ok {
		return text(40)(name, s)
	}
	if _, err := integer(name, v); err != nil {
		return nil, err
	}
	return repr(v), nil
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

func (n *Neutron) policyKind() *kind {
	k := &kind{
		name: "policy", plural: "policies", path: "qos/policies",
		missing: notFound("QosPolicyNotFound", "QoS policy %s could not be found."),
		decode:  decodeAs[QoSPolicy],
		items:   map[string]*item{},
		attrs: common(map[string]attr{
			"name": {both | required, text(255)}, "shared": {both, boolean}, "is_default": {both, boolean}, "rules": {},
		}),
		fresh: func() any { return &QoSPolicy{Rules: []any{}} },
	}
	k.visible = func(_ identity.Identity, it *item) bool { return it.body.(*QoSPolicy).Shared }
	k.create = func(who identity.Identity, _ *item, _ rest.Object) *Error {
		if !isAdmin(who) {
			return forbidden("rule:create_policy")
		}
		return nil
	}
	k.remove = func(who identity.Identity, it *item) *Error {
		if !isAdmin(who) {
			return forbidden("rule:delete_policy")
		}
		for _, o := range []*kind{n.ports, n.networks, n.fips} {
			for id, user := range o.items {
				if repr(rest.View(user.body)["qos_policy_id"]) == it.id {
					return refuse(http.StatusConflict, "QosPolicyInUse", "QoS Policy %s is used by %s %s.", it.id, o.name, id)
				}
			}
		}
		return nil
	}
	return k
}
