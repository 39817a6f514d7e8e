// SPDX-License-Identifier: Apache-2.0

package lb

import (
	"github.com/octaviakit/octaviakit/member"
	"github.com/octaviakit/octaviakit/monitor"
)

// FieldRule says what a difference in one field means. docs/fields.md shows them all.
type FieldRule struct {
	Kind   Kind
	Field  string // as the API spells it
	Spec   string // where a written Spec says it, below the object: "tls.ciphers"; "": it follows from the order
	Effect Effect
	Absent string // what a new object gets where the Spec says nothing; "": the Spec must say it
}

// FieldRules lists every field that a Spec can set, by kind, in the order of the Spec.
// It is read from the tables that plans are made from.
func FieldRules() []FieldRule {
	var out []FieldRule
	out = append(out, rulesOf(KindLoadBalancer, loadBalancerRows())...)
	out = append(out, addressRules()...)
	out = append(out, rulesOf(KindPool, poolRows())...)
	for _, f := range member.FieldRules() {
		r := FieldRule{Kind: KindMember, Field: f.Field, Spec: f.Spec, Effect: Updates, Absent: f.Absent}
		switch {
		case f.Replaces:
			r.Effect = Replaces
		case f.Identity:
			r.Effect = Identifies
		}
		out = append(out, r)
	}
	for _, f := range monitor.FieldRules() {
		r := FieldRule{Kind: KindHealthMonitor, Field: f.Field, Spec: f.Spec, Effect: Updates, Absent: f.Absent}
		if f.Replaces {
			r.Effect = Replaces
		}
		out = append(out, r)
	}
	out = append(out, rulesOf(KindListener, listenerRows())...)
	out = append(out, rulesOf(KindL7Policy, policyRows())...)
	return append(out, rulesOf(KindL7Rule, ruleRows())...)
}

func rulesOf[T any](kind Kind, rows []row[T]) []FieldRule {
	out := make([]FieldRule, len(rows))
	for i, r := range rows {
		out[i] = FieldRule{Kind: kind, Field: r.name, Spec: r.spec, Effect: r.effect(), Absent: r.absent}
	}
	return out
}

// addressRules are those of the floating IP, which Neutron keeps: where a new one comes
// from says nothing about one that is bound already.
func addressRules() []FieldRule {
	chosen := func(field, spec, absent string) FieldRule {
		return FieldRule{KindFloatingIP, field, spec, Chooses, absent}
	}
	return []FieldRule{
		chosen("floating_network_id", "network", "the only external network"),
		chosen("subnet_id", "subnet", "any of the network's"),
		chosen("subnet_id", "subnetTags", "any of the network's"),
		{KindFloatingIP, "floating_ip_address", "address", Replaces, "any free address"},
		{KindFloatingIP, "fixed_ip_address", "fixedIP", Moves, "the first IPv4 VIP"},
		chosen("description", "description", "our mark alone"),
		chosen("", "keep", "false: it is deleted when nobody wants it any more"),
	}
}
