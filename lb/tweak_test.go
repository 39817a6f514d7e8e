// SPDX-License-Identifier: Apache-2.0

package lb_test

import (
	"encoding/json"
	"reflect"

	"github.com/octaviakit/octaviakit/lb"
)

// Tweak draws a Spec that differs from s in a few single fields: of the load balancer
// or of anything in it. Where a draw makes no sense it is drawn again.
func (g *generator) Tweak(s lb.Spec) lb.Spec {
	for range 1 + g.IntN(4) {
		t, ok := some(func() lb.Spec { return g.tweak(s) }, g.sound)
		if ok {
			s = t
		}
	}
	return s
}

// another draws what a load balancer shall become: slightly, largely, or wholly different.
func (g *generator) another(s lb.Spec) lb.Spec {
	switch {
	case g.rarely(): // what Octavia cannot change, too
		return g.Spec(s.Name)
	case g.often():
		return g.Change(s)
	}
	return g.Tweak(s)
}

func (g *generator) tweak(s lb.Spec) lb.Spec {
	s = copied(s)
	if len(s.Pools) > 0 && g.often() {
		p := &s.Pools[g.IntN(len(s.Pools))]
		g.tweakPool(p, s.Flavor == "fast")
		return s
	}
	if len(s.Listeners) == 0 || g.rarely() {
		drawn := g.bare(s.Name)
		drawn.Description, drawn.AdminStateUp, drawn.Tags = may(g, new("other")), new(g.often()), g.tags()
		g.oneField(&s, &drawn, "Name", "Provider", "Pools", "Listeners", "VIP")
		if g.often() { // which only rarely can be changed in place
			s.VIP.QoSPolicyID, s.VIP.SecurityGroupIDs = drawn.VIP.QoSPolicyID, drawn.VIP.SecurityGroupIDs
		}
		return s
	}
	l := &s.Listeners[g.IntN(len(s.Listeners))]
	drawn := g.listener(l.Name, s)
	switch {
	case len(l.Policies) > 1 && g.rarely():
		l.Policies[0], l.Policies[1] = l.Policies[1], l.Policies[0]
	case len(l.Policies) > 0 && g.often():
		g.tweakPolicy(&l.Policies[g.IntN(len(l.Policies))], s.Pools)
	case l.TLS != nil && g.often():
		g.oneField(l.TLS, g.tls())
	default:
		g.oneField(l, &drawn, "Name", "Protocol")
	}
	return s
}

func (g *generator) tweakPool(p *lb.Pool, sriov bool) {
	drawn := g.pool(p.Name, sriov)
	switch i := g.IntN(4); {
	case i == 0 && len(p.Members) > 0:
		m := &p.Members[g.IntN(len(p.Members))]
		other := g.member(0, sriov)
		g.oneField(m, &other, "Address", "Port")
	case i == 1 && p.Monitor != nil:
		other := g.monitor()
		g.oneField(p.Monitor, &other)
	case i == 2 && p.TLS != nil && drawn.TLS != nil:
		g.oneField(p.TLS, drawn.TLS)
	default:
		g.oneField(p, &drawn, "Name", "Protocol")
	}
}

func (g *generator) tweakPolicy(p *lb.Policy, pools []lb.Pool) {
	if len(p.Rules) > 0 && g.often() {
		other := g.rule()
		g.oneField(&p.Rules[g.IntN(len(p.Rules))], &other)
		return
	}
	other := g.policy(p.Name, pools)
	if g.often() { // an action and what goes with it change together
		p.Action, p.RedirectPool, p.RedirectURL, p.RedirectPrefix = other.Action, other.RedirectPool, other.RedirectURL, other.RedirectPrefix
		return
	}
	g.oneField(p, &other, "Name")
}

// oneField takes one field over from another value of the same type.
func (g *generator) oneField(to, from any, but ...string) {
	a, b := reflect.ValueOf(to).Elem(), reflect.ValueOf(from).Elem()
	for {
		i := g.IntN(a.NumField())
		name := a.Type().Field(i).Name
		keep := false
		for _, k := range but {
			keep = keep || k == name
		}
		if !keep {
			a.Field(i).Set(b.Field(i))
			return
		}
	}
}

// copied shares nothing with s.
func copied(s lb.Spec) lb.Spec {
	text, err := json.Marshal(s)
	if err != nil {
		panic(err)
	}
	out, err := lb.ParseSpec(text)
	if err != nil {
		panic(err)
	}
	return out
}
