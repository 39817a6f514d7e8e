// SPDX-License-Identifier: Apache-2.0

package lb

import (
	"context"
	"net/netip"
	"sync"

	"github.com/octaviakit/octaviakit/observe"
	"github.com/octaviakit/octaviakit/waiter"
)

// The milestones are three facts, each told when it is first seen, once for each load
// balancer (the address again when it changes): clients can be told where to go; the
// first members are up behind a listener that is; everything is as wished. The second
// is the provider's to say; it never comes before the first, since nobody is served whom
// nobody reaches, but before or after the third, and with some providers not at all.

// milestones remembers what was told.
type milestones struct {
	mu      sync.Mutex
	address map[string]netip.Addr // by load balancer ID
	serving map[string]bool
	ready   map[string]string // serves, and its address is not told yet: the listener's status
}

func (m *milestones) newAddress(id string, a netip.Addr) bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	if !a.IsValid() || m.address[id] == a {
		return false
	}
	if m.address == nil {
		m.address = map[string]netip.Addr{}
	}
	m.address[id] = a
	return true
}

// nowServing reports whether it is to be told now.
func (m *milestones) nowServing(id, status string) bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.serving[id] || status == "" {
		return false
	}
	if !m.address[id].IsValid() {
		if m.ready == nil {
			m.ready = map[string]string{}
		}
		m.ready[id] = status
		return false
	}
	if m.serving == nil {
		m.serving = map[string]bool{}
	}
	m.serving[id] = true
	return true
}

func (m *milestones) served(id string) bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.serving[id]
}

func (m *milestones) waiting(id string) string {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.ready[id]
}

func (m *milestones) forget(id string) {
	m.mu.Lock()
	defer m.mu.Unlock()
	delete(m.address, id)
	delete(m.serving, id)
	delete(m.ready, id)
}

// tellAddress reports the first milestone.
func (e *Engine) tellAddress(ctx context.Context, id, name string, a netip.Addr) {
	if e.told.newAddress(id, a) {
		e.observer.Observe(ctx, observe.Event{Kind: observe.AddressKnown, LoadBalancer: id, Object: name, Address: a.String()})
		e.serves(ctx, id, name, e.told.waiting(id))
	}
}

// tellServing reports the second milestone if a status shows it for one of the owner's listeners.
func (e *Engine) tellServing(ctx context.Context, id, name string, s *waiter.Status, ours map[string]bool) {
	e.serves(ctx, id, name, serving(s, ours))
}

func (e *Engine) serves(ctx context.Context, id, name, status string) {
	if e.told.nowServing(id, status) {
		e.observer.Observe(ctx, observe.Event{Kind: observe.Serving, LoadBalancer: id, Object: name, Status: status})
	}
}

// serving is the operating status of a listener of those that is up and has a member below
// that is, "" if there is none: a member that answers its monitor, or that has none and
// gets traffic whether it answers or not.
func serving(s *waiter.Status, listeners map[string]bool) string {
	if s == nil {
		return ""
	}
	for _, m := range s.Objects {
		if m.Kind != string(KindMember) || m.Provisioning != active || m.Operating != "ONLINE" && m.Operating != "NO_MONITOR" {
			continue
		}
		pool, _ := s.Find(m.Parent)
		l, _ := s.Find(pool.Parent)
		if listeners[l.ID] && l.Provisioning == active && (l.Operating == "ONLINE" || l.Operating == "DEGRADED") {
			return l.Operating
		}
	}
	return ""
}

// complete reports the last milestone, and the others before it if they were not told. What a look
// remembers of operating statuses may be old, so unless all was read anew it takes a call until one was seen.
func (e *Engine) complete(ctx context.Context, g *Graph, want Spec) {
	id := g.ID()
	e.tellAddress(ctx, id, g.Name(), e.known(want, g))
	if ours := g.listenerIDs(); len(ours) > 0 && len(want.Pools) > 0 && !e.told.served(id) {
		if g.anew {
			e.tellServing(ctx, id, g.Name(), g.status(), ours)
		} else if p, err := e.waiter.Check(ctx, id, waiter.Tolerate(g.failures()...)); err == nil {
			e.tellServing(ctx, id, g.Name(), p.Status, ours)
		}
	}
	e.tellComplete(ctx, g, want)
}

func (e *Engine) tellComplete(ctx context.Context, g *Graph, want Spec) {
	e.tellAddress(ctx, g.ID(), g.Name(), e.known(want, g))
	e.observer.Observe(ctx, observe.Event{
		Kind: observe.Complete, LoadBalancer: g.ID(), Object: g.Name(), Address: g.Address().String(),
	})
}

// status is what the graph shows of listeners, their pools and members, as a status tree
// would show it.
func (g *Graph) status() *waiter.Status {
	object := func(n Node, parent string) waiter.Object {
		return waiter.Object{Kind: string(n.Kind), ID: n.ID, Parent: parent, Provisioning: n.Provisioning, Operating: n.Operating}
	}
	out := &waiter.Status{}
	for _, l := range g.listeners {
		out.Objects = append(out.Objects, object(l.Node, g.ID()))
	}
	for _, p := range g.pools {
		listeners := refs(p.attrs, "listeners")
		if len(listeners) == 0 {
			continue
		}
		out.Objects = append(out.Objects, object(p.Node, listeners[0]))
		for _, m := range p.members {
			out.Objects = append(out.Objects, object(memberNode(p, m), p.ID))
		}
	}
	return out
}

func (g *Graph) listenerIDs() map[string]bool {
	out := map[string]bool{}
	for _, l := range g.listeners {
		out[l.ID] = true
	}
	return out
}
