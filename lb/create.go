// SPDX-License-Identifier: Apache-2.0

package lb

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/octaviakit/octaviakit/provider"
)

// create plans a load balancer from nothing: one POST of the whole graph where the
// provider builds it reliably, else an empty load balancer and the rest step by step.
func (d *differ) create() {
	if !d.caps.SingleCallCreate() {
		d.createLoadBalancer(wishes(loadBalancerRows(), d.lbWish()), nil,
			"bare: "+string(d.caps.Provider())+" may lose the children of a single call at this release")
		d.floatingIP()
		d.makeGraph()
		d.connected = true
		d.watchAll()
		return
	}
	body, changes := d.tree()
	d.createLoadBalancer(body, changes, "whole graph in one call")
	d.connected = true
	d.floatingIP()
	for _, p := range d.sortedPools() {
		switch {
		case d.idle(p):
			d.makePool(p)
		case p.Monitor != nil && !d.caps.MonitorInCreate():
			d.createMonitor(p, "apart: the provider loses monitors of a single call at this release")
		}
	}
	for _, l := range d.sortedListeners() {
		if d.apart(l) {
			d.makeListener(l)
			continue
		}
		for i, p := range l.Policies {
			if d.idleTarget(p) {
				d.makePolicy(l, p, i+1, d.inPlace)
			}
		}
	}
	d.watchAll()
}

// idle reports whether a pool cannot be part of the single call: before 2023.2
// amphora leaves those that no listener of it uses PENDING_CREATE.
func (d *differ) idle(p Pool) bool {
	return d.caps.HasQuirk(provider.QuirkPopulatedCreateUnattachedPoolStatus) &&
		!slices.ContainsFunc(d.want.Listeners, func(l Listener) bool {
			return !d.apart(l) && (l.Pool == p.Name || slices.ContainsFunc(l.Policies, func(y Policy) bool {
				return y.RedirectPool == p.Name && y.inForce()
			}))
		})
}

// inForce reports whether a policy is on and has rules: its pool counts as its
// listener's only then (octavia/db/models.py, Listener.pools).
func (p Policy) inForce() bool { return (p.AdminStateUp == nil || *p.AdminStateUp) && len(p.Rules) > 0 }

// idleTarget reports whether a policy waits for a pool that is idle.
func (d *differ) idleTarget(p Policy) bool {
	return slices.ContainsFunc(d.want.Pools, func(pool Pool) bool { return pool.Name == p.RedirectPool && d.idle(pool) })
}

// apart reports whether a listener cannot be part of the single call: releases
// before 2024.2 refuse allowed CIDRs there, because the VIP is not known yet. It
// comes later and whole, as without its CIDRs it would be open to everybody.
func (d *differ) apart(l Listener) bool {
	return len(l.AllowedCIDRs) > 0 && d.caps.HasQuirk(provider.QuirkPopulatedCreateAllowedCIDRs)
}

func (d *differ) createLoadBalancer(body map[string]any, children []Change, reason string) {
	d.emit(Step{
		Changes: append([]Change{{
			Action: Create, Kind: KindLoadBalancer, Path: balancerPath(d.want.Name), Summary: d.vipText(),
		}}, children...),
		Cycles: 1, Reason: reason,
		op: operation{method: "POST", path: "lbaas/loadbalancers", key: "loadbalancer", body: body, self: loadBalancerPath},
	})
}

func (d *differ) vipText() string {
	v := d.want.VIP
	switch {
	case v.PortID != "":
		return "VIP on port " + v.PortID
	case v.Address.IsValid():
		return "VIP " + v.Address.String()
	case v.NetworkID != "":
		return "VIP in network " + v.NetworkID
	}
	return "VIP in subnet " + v.SubnetID
}

// tree is the body of the POST that makes everything, and what it makes. Pools are
// defined at the top and named by listeners and policies, so that they can be
// shared (octavia/api/v2/controllers/load_balancer.py, _graph_create).
func (d *differ) tree() (map[string]any, []Change) {
	var changes []Change
	var pools, listeners []any
	for _, p := range d.sortedPools() {
		if d.idle(p) {
			continue
		}
		body := d.poolBody(p)
		d.spellTLS(body)
		changes = append(changes, d.poolChange(p))
		members := make([]any, len(p.Members))
		for i, m := range p.Members {
			members[i] = m.Body()
		}
		if len(members) > 0 {
			body["members"] = members
			changes = append(changes, memberCreates(p)...)
		}
		if p.Monitor != nil && d.caps.MonitorInCreate() {
			body["healthmonitor"] = p.Monitor.Body()
			changes = append(changes, monitorChange(p))
		}
		pools = append(pools, body)
	}
	for _, l := range d.sortedListeners() {
		if d.apart(l) {
			continue
		}
		body, made := d.listenerTree(l)
		listeners = append(listeners, body)
		changes = append(changes, made...)
	}
	body := wishes(loadBalancerRows(), d.lbWish())
	if len(pools) > 0 {
		body["pools"] = pools
	}
	if len(listeners) > 0 {
		body["listeners"] = listeners
	}
	return body, changes
}

// spellTLS names what a pool with TLS leaves to the operator: in the single call, and only
// there, Octavia takes what is not named for an error of its own (500).
func (d *differ) spellTLS(body map[string]any) {
	if body["tls_enabled"] != true || !d.caps.HasQuirk(provider.QuirkPopulatedCreatePoolTLS) {
		return
	}
	for name, feature := range map[string]provider.Feature{
		"tls_ciphers": provider.PoolTLSCiphers, "tls_versions": provider.PoolTLSVersions, "alpn_protocols": provider.PoolALPN,
	} {
		if _, named := body[name]; !named && d.caps.Has(feature) {
			body[name] = nil
		}
	}
}

// listenerTree is a listener as the single call takes it: pools by name, not ID.
func (d *differ) listenerTree(l Listener) (map[string]any, []Change) {
	body := wishes(listenerRows(), l)
	delete(body, "default_pool_id")
	if l.Pool != "" {
		body["default_pool"] = map[string]any{"name": l.Pool}
	}
	changes := []Change{listenerChange(l)}
	var policies []any
	for i, p := range l.Policies {
		if d.idleTarget(p) {
			continue
		}
		policy := wishes(policyRows(), policyWish{p, i + 1})
		delete(policy, "redirect_pool_id")
		if p.RedirectPool != "" {
			policy["redirect_pool"] = map[string]any{"name": p.RedirectPool}
		}
		changes = append(changes, policyChange(l, p))
		var rules []any
		for j, r := range p.Rules {
			rules = append(rules, wishes(ruleRows(), r))
			changes = append(changes, ruleChange(policyPath(l.Name, p.Name), j, r))
		}
		if rules != nil {
			policy["rules"] = rules
		}
		policies = append(policies, policy)
	}
	if policies != nil {
		body["l7policies"] = policies
	}
	return body, changes
}

// poolBody is a pool as POST takes it, the provider's algorithm filled in.
func (d *differ) poolBody(p Pool) map[string]any {
	return merged(map[string]any{"lb_algorithm": d.caps.Algorithm()}, wishes(poolRows(), p))
}

func (d *differ) sortedPools() []Pool {
	return slices.SortedFunc(slices.Values(d.want.Pools), func(a, b Pool) int { return strings.Compare(a.Name, b.Name) })
}

func (d *differ) sortedListeners() []Listener {
	return slices.SortedFunc(slices.Values(d.want.Listeners), func(a, b Listener) int { return strings.Compare(a.Name, b.Name) })
}

func (d *differ) poolChange(p Pool) Change {
	return Change{
		Action: Create, Kind: KindPool, Path: poolPath(p.Name),
		Summary: fmt.Sprintf("%s %s", p.Protocol, cmp.Or(string(p.Algorithm), d.caps.Algorithm())),
	}
}

func memberCreates(p Pool) []Change {
	out := make([]Change, len(p.Members))
	for i, m := range p.Members {
		out[i] = Change{Action: Create, Kind: KindMember, Path: poolPath(p.Name) + "/member/" + m.Key().String()}
	}
	slices.SortFunc(out, func(a, b Change) int { return strings.Compare(a.Path, b.Path) })
	return out
}

func monitorChange(p Pool) Change {
	return Change{Action: Create, Kind: KindHealthMonitor, Path: monitorPath(p.Name), Summary: monitorText(p)}
}

func monitorText(p Pool) string {
	b := p.Monitor.Body()
	text := fmt.Sprintf("%v every %vs", b["type"], b["delay"])
	if path, ok := b["url_path"]; ok {
		text = fmt.Sprintf("%v %v %v every %vs", b["type"], b["http_method"], path, b["delay"])
	}
	return text
}

func listenerChange(l Listener) Change {
	text := fmt.Sprintf("%s :%d", l.Protocol, l.Port)
	if l.Pool != "" {
		text += " -> pool " + l.Pool
	}
	return Change{Action: Create, Kind: KindListener, Path: listenerPath(l.Name), Summary: text}
}

func policyChange(l Listener, p Policy) Change {
	return Change{
		Action: Create, Kind: KindL7Policy, Path: policyPath(l.Name, p.Name),
		Summary: strings.TrimSpace(fmt.Sprintf("%s %s%s%s", p.Action, p.RedirectPool, p.RedirectURL, p.RedirectPrefix)),
	}
}

func ruleChange(policy string, i int, r Rule) Change {
	return Change{Action: Create, Kind: KindL7Rule, Path: rulePath(policy, i), Summary: ruleText(r)}
}

func ruleText(r Rule) string {
	not := ""
	if r.Invert {
		not = "not "
	}
	return strings.Join(strings.Fields(fmt.Sprintf("%s%s %s %s %s", not, r.Type, r.Key, r.CompareType, r.Value)), " ")
}
