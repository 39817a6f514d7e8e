// SPDX-License-Identifier: Apache-2.0

package lb

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"sync"

	"github.com/octaviakit/octaviakit/member"
	"github.com/octaviakit/octaviakit/provider"
	"github.com/octaviakit/octaviakit/waiter"
)

// Creation is how a load balancer is made where one POST of its whole graph may lose
// what is below: amphora of Xena to Zed, ovn before Yoga. Elsewhere, and where one POST
// is refused, there is nothing to choose.
type Creation uint8

const (
	// CreateByCost takes what costs fewer cycles, then less time, if the worst comes: the
	// default. A child that was lost costs the cycle that it was to save and the time that
	// it takes to be missed, so in doubt it is step by step.
	CreateByCost Creation = iota
	// CreateInOneCall makes all by one POST, watches the children, and writes again (on
	// amphora) or makes anew (on ovn) what did not come: for clouds that have the fix,
	// which no client can see.
	CreateInOneCall
	// CreateStepByStep makes an empty load balancer and then one thing after the other,
	// everywhere.
	CreateStepByStep
)

// WithCreation chooses how load balancers are made [CreateByCost].
func WithCreation(c Creation) Option { return option(func(e *Engine) { e.creation = c }) }

// made is what a provider can do, as far as its creation was chosen.
func (c Creation) made(caps provider.Capabilities) provider.Capabilities {
	switch c {
	case CreateInOneCall:
		return caps.With(provider.CreatePopulated).
			WithoutQuirks(provider.QuirkPopulatedCreateChildrenLost, provider.QuirkOVNPopulatedCreateChildrenPending)
	case CreateStepByStep:
		return caps.Without(provider.CreatePopulated)
	case CreateByCost:
	}
	return caps
}

// errLost means that children of a single call have not come, and will not.
var errLost = errors.New("lb: children of a single call stay PENDING_CREATE")

// losses remembers load balancers below which something stays PENDING although they are
// ACTIVE: it is not waited for again, but counts as failed. Forgetting costs a wait.
type losses struct {
	mu  sync.Mutex
	ids map[string]bool
}

func (l *losses) add(id string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.ids == nil {
		l.ids = map[string]bool{}
	}
	l.ids[id] = true
}

func (l *losses) drop(id string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	delete(l.ids, id)
}

func (l *losses) has(id string) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.ids[id]
}

// watch is a Touch for a load balancer whose children may be lost: it calls give instead
// of touching what stays PENDING_CREATE.
func (e *Engine) watch(id string, p provider.Name, give func()) waiter.WaitOption {
	return waiter.Touch(func(ctx context.Context, o waiter.Object) error {
		if o.Provisioning == "PENDING_CREATE" && e.loses(ctx, p) {
			e.lost.add(id)
			give()
			return fmt.Errorf("%w: %s", errLost, o)
		}
		return waiter.EmptyPut(e.octavia)(ctx, e.behind(ctx, p, o))
	})
}

// loses reports whether what stays PENDING_CREATE for some time is lost, as far as is
// known of the release.
func (e *Engine) loses(ctx context.Context, p provider.Name) bool {
	caps, err := e.caps.of(ctx, p)
	return err == nil && (caps.HasQuirk(provider.QuirkPopulatedCreateChildrenLost) || caps.HasQuirk(provider.QuirkOVNPopulatedCreateChildrenPending))
}

// stuck notes what an error says about children that stay PENDING.
func (e *Engine) stuck(id string, err error) bool {
	if !errors.Is(err, waiter.ErrStuck) && !errors.Is(err, errLost) {
		return false
	}
	e.lost.add(id)
	return true
}

// giveUp is the graph as it counts: what is known to stay PENDING is in ERROR, so that it
// is written again, within the budget of the Recovery.
func (e *Engine) giveUp(g *Graph) *Graph {
	if g == nil || g.root.Provisioning != active || !e.lost.has(g.ID()) {
		return g
	}
	if !g.pending() {
		e.lost.drop(g.ID())
		return g
	}
	out := *g
	out.lost = map[string]bool{}
	out.listeners, out.pools = slices.Clone(g.listeners), slices.Clone(g.pools)
	for i := range out.listeners {
		l := &out.listeners[i]
		out.fail(&l.Node)
		l.policies = slices.Clone(l.policies)
		for j := range l.policies {
			out.fail(&l.policies[j].Node)
			l.policies[j].rules = slices.Clone(l.policies[j].rules)
			for k := range l.policies[j].rules {
				out.fail(&l.policies[j].rules[k])
			}
		}
	}
	for i := range out.pools {
		out.failPool(&out.pools[i])
	}
	return &out
}

func (g *Graph) fail(n *Node) {
	if isPending(n.Provisioning) {
		n.Provisioning = failed
		g.lost[n.ID] = true
	}
}

func (g *Graph) failPool(p *poolNode) {
	g.fail(&p.Node)
	p.members = append([]member.Member(nil), p.members...)
	for i := range p.members {
		if m := &p.members[i]; isPending(m.Provisioning) {
			m.Provisioning = failed
			g.lost[m.ID] = true
		}
	}
	if p.monitor != nil {
		monitor := *p.monitor
		g.fail(&monitor)
		p.monitor = &monitor
	}
}

// gone reports whether an object has to be made anew because the driver has never heard
// of it: amphora reads everything from the database at the next change, ovn does not.
func (d *differ) gone(id string) bool {
	return d.have.lost[id] && d.caps.Provider() != provider.Amphora
}

// disregarded lists what stays PENDING and is not what a step is about.
func (r *run) disregarded(s Step) []string {
	ids := maps.Clone(r.stays)
	if ids == nil {
		ids = map[string]bool{}
	}
	for _, path := range s.op.strands {
		ids[r.ids[path]] = true
	}
	for _, c := range s.Changes {
		delete(ids, c.ID)
	}
	return slices.Sorted(maps.Keys(ids))
}
