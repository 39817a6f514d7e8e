// SPDX-License-Identifier: Apache-2.0

package lb

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"

	"github.com/octaviakit/octaviakit/member"
	"github.com/octaviakit/octaviakit/provider"
)

// Laws looks at every state that a plan goes through, and gathers what must not be.
type Laws struct {
	plan     *Plan
	want     Spec
	served   map[string]bool // ports that have a listener before and after
	gap      map[string]bool // of those, the ones that have none just now
	tags     bool            // policies can be marked as held back
	apart    bool            // the driver cannot make a listener beside a monitor
	older    map[string]bool // IDs of policies that were there before
	pooled   map[string]bool // IDs of listeners that had a pool before
	filled   map[string]bool // pools that have members before and after
	empty    map[string]bool
	fed      map[string]bool // IDs of listeners whose pool had members before
	breaking bool            // a step has taken something away for good
	probing  *probing
	watched  map[string]bool // IDs of new ports' pools that have been ready
	errs     []error
}

// NewLaws prepares to look at a plan from have to want.
func NewLaws(p *Plan, have *Graph, want Spec, caps provider.Capabilities) *Laws {
	l := &Laws{plan: p, want: want.normal(), apart: caps.HasQuirk(provider.QuirkOVNListenerCreateBesideHM), tags: caps.Has(provider.ResourceTags), served: map[string]bool{}, gap: map[string]bool{}, filled: map[string]bool{}, empty: map[string]bool{}, older: map[string]bool{}, pooled: map[string]bool{}, probing: newProbing(have, caps), watched: map[string]bool{}, fed: map[string]bool{}}
	if have == nil {
		return l
	}
	for _, x := range have.listeners {
		l.pooled[x.ID] = str(x.attrs, "default_pool_id") != ""
		l.fed[x.ID] = have.membersOf(x) > 0
		for _, p := range x.policies {
			l.older[p.ID] = true
		}
		for _, w := range l.want.Listeners {
			if slotOf(x.Node) == wantedSlot(w) {
				l.served[wantedSlot(w)] = true
			}
		}
	}
	for _, x := range have.pools {
		for _, w := range l.want.Pools {
			if x.Name == w.Name && len(x.members) > 0 && len(w.Members) > 0 {
				l.filled[w.Name] = true
			}
		}
	}
	return l
}

func wantedSlot(l Listener) string { return fmt.Sprint(transport(l.Protocol), float64(l.Port)) }

// Err is everything that was wrong.
func (l *Laws) Err() error { return errors.Join(append(l.errs, l.probing.err())...) }

func (l *Laws) say(i int, format string, args ...any) {
	l.errs = append(l.errs, fmt.Errorf("after step %d: %s", i+1, fmt.Sprintf(format, args...)))
}

// Look is for Plan.Carry.
func (l *Laws) Look(i int, g *Graph) {
	s := l.plan.steps[i]
	l.ports(i, s, g)
	l.fullPools(i, s, g)
	l.starved(i, s, g)
	if l.tags {
		l.wholePolicies(i, g)
	}
	l.makeBeforeBreak(i, s)
	l.probing.look(g)
	if l.apart {
		l.besideMonitors(i, s, g)
	}
}

// besideMonitors: no listener is made while a pool of its layer 4 protocol is watched.
func (l *Laws) besideMonitors(i int, s Step, g *Graph) {
	if s.op.key != "listener" || s.op.method != "POST" {
		return
	}
	for _, p := range g.pools {
		made := Protocol(fmt.Sprint(s.op.body["protocol"]))
		if p.monitor != nil && transport(made) == transport(Protocol(str(p.attrs, "protocol"))) {
			l.say(i, "a %s listener is made beside the monitor of pool %s", made, p.Name)
		}
	}
}

// ports: no port is closed that stays wanted, unless the plan says so, and none is open
// before its pools are ready.
func (l *Laws) ports(i int, s Step, g *Graph) {
	open := map[string]listenerNode{}
	for _, x := range g.listeners {
		open[slotOf(x.Node)] = x
	}
	for port := range l.served {
		_, there := open[port]
		if !there && !l.gap[port] && !s.Disruptive {
			l.say(i, "port %s is closed", port)
		}
		l.gap[port] = !there
	}
	for _, w := range l.want.Listeners {
		x, there := open[wantedSlot(w)]
		if there && x.Name == w.Name && w.Pool != "" && l.pooled[x.ID] && str(x.attrs, "default_pool_id") == "" {
			l.say(i, "listener %s is without its pool", w.Name)
		}
		if !there || l.served[wantedSlot(w)] || x.Name != w.Name {
			continue
		}
		targets := []string{str(x.attrs, "default_pool_id")}
		for _, p := range x.policies {
			targets = append(targets, str(p.attrs, "redirect_pool_id"))
		}
		for _, p := range g.pools {
			if slices.Contains(targets, p.ID) {
				l.ready(i, w.Name, p)
			}
		}
	}
}

// wholePolicies: no new policy of a port that is served is in force with some of its rules:
// it would match too much.
func (l *Laws) wholePolicies(i int, g *Graph) {
	for _, x := range g.listeners {
		if !l.served[slotOf(x.Node)] {
			continue
		}
		for _, w := range l.want.Listeners {
			for _, want := range w.Policies {
				for _, p := range x.policies {
					if w.Name == x.Name && p.Name == want.Name && !l.older[p.ID] && p.attrs["admin_state_up"] != false &&
						len(p.rules) > 0 && len(p.rules) < len(want.Rules) {
						l.say(i, "policy %s is in force with %d of %d rules", p.Name, len(p.rules), len(want.Rules))
					}
				}
			}
		}
	}
}

// ready: a pool that a new port leads to has its members and its monitor.
func (l *Laws) ready(i int, listener string, p poolNode) {
	for _, w := range l.want.Pools {
		if w.Name != p.Name || w.ExternalMembers {
			continue
		}
		missing := slices.ContainsFunc(w.Members, func(m member.Spec) bool {
			return !slices.ContainsFunc(p.members, func(x member.Member) bool { return x.Key() == m.Key() })
		})
		l.watched[p.ID] = l.watched[p.ID] || p.monitor != nil                            // it may go for a while later on, see rest
		unwatched := !l.watched[p.ID] && w.Monitor != nil && l.plan.id != "" && !l.apart // in a new one monitors may come after
		if missing || unwatched {
			l.say(i, "listener %s is open and pool %s not ready", listener, p.Name)
		}
	}
}

// fullPools: no pool is empty in between, unless the plan says so.
func (l *Laws) fullPools(i int, s Step, g *Graph) {
	for name := range l.filled {
		empty := !slices.ContainsFunc(g.pools, func(p poolNode) bool { return p.Name == name && len(p.members) > 0 })
		if empty && !l.empty[name] && !s.Disruptive {
			l.say(i, "pool %s is empty", name)
		}
		l.empty[name] = empty
	}
}

// starved: no listener whose pool had members gets one that has none, unless the plan says so.
func (l *Laws) starved(i int, s Step, g *Graph) {
	for _, x := range g.listeners {
		if l.fed[x.ID] && g.membersOf(x) == 0 && !s.Disruptive {
			l.say(i, "listener %s gets a pool without members", x.Name)
		}
		l.fed[x.ID] = l.fed[x.ID] && g.membersOf(x) != 0
	}
}

// membersOf counts the members of a listener's pool; -1: it has no pool.
func (g *Graph) membersOf(l listenerNode) int {
	for _, p := range g.pools {
		if sendsTo(l, p) {
			return len(p.members)
		}
	}
	return -1
}

// makeBeforeBreak: what takes away for good comes last, but for monitors that it stops.
func (l *Laws) makeBeforeBreak(i int, s Step) {
	whole := s.op.method == "DELETE" && !s.Disruptive && !s.deletes() &&
		!strings.Contains(s.op.path, "/rules/") && !strings.HasPrefix(s.op.path, "lbaas/healthmonitors")
	if l.breaking && s.op.floating == nil && s.op.members == nil && s.op.method != "DELETE" &&
		s.op.key != "healthmonitor" && !s.op.frees {
		l.say(i, "%s comes after something was taken away", s.Call)
	}
	l.breaking = l.breaking || whole
}

// Gives says in what a graph is not as a Spec says, without any help of Diff.
func (g *Graph) Gives(s Spec) error {
	s = s.normal()
	var errs []error
	say := func(format string, args ...any) { errs = append(errs, fmt.Errorf(format, args...)) }
	if len(g.listeners) != len(s.Listeners) || len(g.pools) != len(s.Pools) {
		say("%d listeners and %d pools, wanted %d and %d", len(g.listeners), len(g.pools), len(s.Listeners), len(s.Pools))
	}
	names := map[string]string{"": ""}
	for _, p := range g.pools {
		names[p.ID] = p.Name
	}
	for _, w := range s.Pools {
		i := slices.IndexFunc(g.pools, func(p poolNode) bool { return p.Name == w.Name })
		if i < 0 {
			say("no pool %s", w.Name)
			continue
		}
		p := g.pools[i]
		if got := str(p.attrs, "protocol"); got != string(w.Protocol) {
			say("pool %s speaks %s", w.Name, got)
		}
		if w.Algorithm != "" && str(p.attrs, "lb_algorithm") != string(w.Algorithm) {
			say("pool %s has algorithm %v", w.Name, p.attrs["lb_algorithm"])
		}
		if (p.monitor != nil) != (w.Monitor != nil) || p.monitor != nil && str(p.monitor.attrs, "type") != string(w.Monitor.Type) {
			say("pool %s has monitor %v", w.Name, p.monitor)
		}
		if !w.ExternalMembers && len(p.members) != len(w.Members) {
			say("pool %s has %d members, wanted %d", w.Name, len(p.members), len(w.Members))
		}
		for _, m := range w.Members {
			if w.ExternalMembers {
				break
			}
			j := slices.IndexFunc(p.members, func(x member.Member) bool { return x.Key() == m.Key() })
			if j < 0 || m.Weight != nil && p.members[j].Weight != *m.Weight || m.AdminStateUp != nil && p.members[j].AdminStateUp != *m.AdminStateUp {
				say("member %s of pool %s is not as wanted", m.Key(), w.Name)
			}
		}
	}
	for _, w := range s.Listeners {
		i := slices.IndexFunc(g.listeners, func(l listenerNode) bool { return l.Name == w.Name })
		if i < 0 {
			say("no listener %s", w.Name)
			continue
		}
		l := g.listeners[i]
		if slotOf(l.Node) != wantedSlot(w) || str(l.attrs, "protocol") != string(w.Protocol) || names[str(l.attrs, "default_pool_id")] != w.Pool {
			say("listener %s is %v", w.Name, l.attrs)
		}
		if len(l.policies) != len(w.Policies) {
			say("listener %s has %d policies, wanted %d", w.Name, len(l.policies), len(w.Policies))
			continue
		}
		for j, p := range w.Policies {
			got := l.policies[j]
			if got.Name != p.Name || str(got.attrs, "action") != string(p.Action) || len(got.rules) != len(p.Rules) {
				say("policy %d of %s is %s, wanted %s", j+1, w.Name, got.Name, p.Name)
			}
		}
	}
	return errors.Join(errs...)
}

// Disturb returns a copy of a graph in which something has gone wrong, or somebody
// has done something.
func (g *Graph) Disturb(r *rand.Rand) *Graph {
	out := g.clone()
	out.floating = g.floating
	for range r.IntN(4) {
		out.harm(r)
	}
	out.sort()
	out.relate()
	return out
}

func (g *Graph) harm(r *rand.Rand) {
	m := &Model{balancers: map[string]*Graph{g.root.ID: g}, ids: map[string]string{loadBalancerPath: g.root.ID}, made: 100 + r.IntN(1e6)}
	someone := func(n int) int { return r.IntN(max(n, 1)) }
	i, j := someone(len(g.pools)), someone(len(g.listeners))
	switch c := r.IntN(12); {
	case c == 0:
		_, _ = m.pool(g, "POST", nil, map[string]any{"name": "theirs", "protocol": "TCP", "lb_algorithm": "ROUND_ROBIN"})
	case c == 1:
		_, _ = m.listener(g, "POST", nil, map[string]any{"name": "theirs", "protocol": "TCP", "protocol_port": float64(80 + r.IntN(5))})
	case c == 2 && r.IntN(4) == 0:
		g.root.Provisioning = failed
	case c <= 6 && len(g.pools) > 0:
		g.harmPool(r, m, c, i)
	case c > 6 && len(g.listeners) > 0:
		g.harmListener(r, c, j)
	}
}

func (g *Graph) harmPool(r *rand.Rand, m *Model, c, i int) {
	p := &g.pools[i]
	switch c {
	case 3:
		p.Provisioning = failed
	case 4:
		p.monitor = nil
	case 5: // a second one of its name, as a replacement that was cut short leaves
		n := poolNode{Node: m.node(KindPool, p.Path, map[string]any{"name": p.Name, "protocol": str(p.attrs, "protocol"), "lb_algorithm": "SOURCE_IP"})}
		g.pools = append(g.pools, n)
	default:
		if len(p.members) == 0 {
			return
		}
		k := r.IntN(len(p.members))
		if r.IntN(2) == 0 {
			p.members[k].Provisioning = failed
		} else {
			p.members = slices.Delete(p.members, k, k+1)
		}
	}
}

func (g *Graph) harmListener(r *rand.Rand, c, j int) {
	l := &g.listeners[j]
	switch {
	case c == 7:
		l.Provisioning = failed
	case c == 8:
		g.listeners = slices.Delete(g.listeners, j, j+1)
	case c == 9:
		l.attrs["default_pool_id"] = nil
	case c == 10:
		l.Name = "other " + l.Name
		l.attrs["name"], l.Path = l.Name, listenerPath(l.Name)
	case len(l.policies) > 0 && r.IntN(2) == 0:
		l.policies[0].Provisioning = failed
	case len(l.policies) > 0:
		l.policies = l.policies[1:]
		l.count()
	}
}
