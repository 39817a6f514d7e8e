// SPDX-License-Identifier: Apache-2.0

package lb

import (
	"cmp"
	"sync"
	"time"

	"github.com/octaviakit/octaviakit/internal/octavia"
	"github.com/octaviakit/octaviakit/member"
)

// memory is what an Engine has read below pools and listeners, so that a look at a
// load balancer in which nothing changed costs no call for each of them.
//
// It rests on updated_at: every change of a member, monitor, policy or rule takes
// its pool or listener through PENDING_UPDATE, which writes that column
// (octavia/db/base_models.py). It has whole seconds, so what was read in the second
// of the change may be older than it: only what was read at least grace after the
// value was first seen is remembered. It is a memory of facts with an expiry the
// cloud tells, never of intent; losing it costs calls and nothing else.
type memory struct {
	mu    sync.Mutex
	below map[string]map[string]leaf // load balancer ID, then pool or listener ID
}

// grace is longer than the resolution of updated_at.
const grace = 2 * time.Second

// leaf is what was below one pool or listener.
type leaf struct {
	stamp    string    // the parent's updated_at
	seen     time.Time // when that value was first seen
	sound    bool      // read long enough after seen
	members  []member.Member
	monitor  *Node
	policies []policyNode
}

// stamp is the time of an object's last change, as the cloud spells it.
func stamp(o octavia.Object) string { return cmp.Or(str(o, "updated_at"), str(o, "created_at")) }

// recall returns what is known to be below a parent, false if it must be read.
func (m *memory) recall(lb string, parent Node) (leaf, bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	l, ok := m.below[lb][parent.ID]
	return l, ok && l.sound && l.stamp == stamp(parent.attrs)
}

// keep remembers a graph that has just been read, and forgets what is no longer in it.
func (m *memory) keep(g *Graph) {
	m.mu.Lock()
	defer m.mu.Unlock()
	old := m.below[g.root.ID]
	now := map[string]leaf{}
	hold := func(parent Node, l leaf) {
		l.stamp, l.seen = stamp(parent.attrs), time.Now()
		if before, ok := old[parent.ID]; ok && before.stamp == l.stamp {
			l.seen = before.seen
			l.sound = before.sound || time.Since(before.seen) >= grace
		}
		now[parent.ID] = l
	}
	for _, p := range g.pools {
		hold(p.Node, leaf{members: p.members, monitor: p.monitor})
	}
	for _, l := range g.listeners {
		hold(l.Node, leaf{policies: l.policies})
	}
	if m.below == nil {
		m.below = map[string]map[string]leaf{}
	}
	m.below[g.root.ID] = now
}

// forget drops a load balancer that is gone.
func (m *memory) forget(lb string) {
	m.mu.Lock()
	defer m.mu.Unlock()
	delete(m.below, lb)
}
