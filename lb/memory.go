// SPDX-License-Identifier: Apache-2.0

package lb

import (
	"cmp"
	"maps"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/octaviakit/octaviakit/internal/coalesce"
	"github.com/octaviakit/octaviakit/internal/octavia"
	"github.com/octaviakit/octaviakit/member"
)

// memory is what an Engine has read below load balancers, pools and listeners, so
// that a look at a load balancer in which nothing changed costs no call for them.
//
// It rests on updated_at: every change of a member, monitor, policy or rule takes
// its pool or listener, and every change at all the load balancer, through
// PENDING_UPDATE, which writes that column (octavia/db/base_models.py). It has whole
// seconds, so what was read in the second of the change may be older than it: only
// what was read at least grace after that is remembered, by the Date of the service's
// answers, or, where they have none, after the value was first seen; and
// nothing that was PENDING, whose end no load balancer's updated_at need show. It is a
// memory of facts with an expiry the cloud tells, never of intent; losing it costs calls
// and nothing else.
type memory struct {
	monitors coalesce.Share[string, *lists] // of the project, being read

	mu     sync.Mutex
	below  map[string]map[string]leaf // load balancer ID, then pool or listener ID
	whole  map[string]whole           // load balancer ID
	names  map[string][]string        // IDs of what had a name when it was last looked at
	bare   map[string]bool            // names that were last wished for without a floating IP
	lately map[string]time.Time       // pools that a Step emptied and addresses that it was refused, and until when that counts

	departures
}

// whole is everything below a load balancer.
type whole struct {
	stamp
	listeners []listenerNode
	pools     []poolNode
}

// grace is longer than the resolution of updated_at, and than the clocks of a service's
// hosts are apart.
const grace = 2 * time.Second

// leaf is what was below one pool or listener.
type leaf struct {
	stamp
	members  []member.Member
	monitor  *Node
	policies []policyNode
}

// stamp is the updated_at of a parent.
type stamp struct {
	value string
	seen  time.Time // when it was first seen
	sound bool      // what is below was read long enough after that
}

// moment is when a look began: by our clock, and by the service's, zero if it does not tell.
type moment struct{ here, there time.Time }

// stampOf says how far what was read below a parent since then can be relied on, given
// the stamp before.
func stampOf(o octavia.Object, began moment, before stamp) stamp {
	s := stamp{value: changed(o), seen: time.Now()}
	if before.value == s.value {
		s.seen = before.seen
		s.sound = before.sound || began.here.Sub(before.seen) >= grace
	}
	if at, err := time.Parse("2006-01-02T15:04:05", s.value); err == nil && !began.there.IsZero() {
		s.sound = s.sound || began.there.Sub(at) >= grace
	}
	return s
}

// holds reports whether what is below an object is what it was.
func (s stamp) holds(o octavia.Object) bool { return s.sound && s.value == changed(o) }

// changed is the time of an object's last change, as the cloud spells it.
func changed(o octavia.Object) string { return cmp.Or(str(o, "updated_at"), str(o, "created_at")) }

// recall returns what is known to be below a parent, false if it must be read.
func (m *memory) recall(lb string, parent Node) (leaf, bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	l, ok := m.below[lb][parent.ID]
	return l, ok && l.holds(parent.attrs)
}

// recallAll returns a load balancer's graph if all below it is known. Operating
// statuses are those of its last change.
func (m *memory) recallAll(root Node) (*Graph, bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	w, ok := m.whole[root.ID]
	if !ok || !w.holds(root.attrs) || isPending(root.Provisioning) {
		return nil, false
	}
	return &Graph{root: root, listeners: w.listeners, pools: w.pools}, true
}

// keep remembers a graph whose reading began then, and forgets what is no longer in it.
func (m *memory) keep(g *Graph, began moment) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.below == nil {
		m.below, m.whole = map[string]map[string]leaf{}, map[string]whole{}
	}
	id := g.root.ID
	old, now := m.below[id], map[string]leaf{}
	pending := map[string]bool{} // parents with something PENDING below
	for _, n := range g.flatten() {
		if isPending(n.Provisioning) {
			pending[topPath(n.Path)] = true
		}
	}
	for _, p := range g.pools {
		if !pending[p.Path] {
			now[p.ID] = leaf{stamp: stampOf(p.attrs, began, old[p.ID].stamp), members: p.members, monitor: p.monitor}
		}
	}
	for _, l := range g.listeners {
		if !pending[l.Path] {
			now[l.ID] = leaf{stamp: stampOf(l.attrs, began, old[l.ID].stamp), policies: l.policies}
		}
	}
	m.below[id] = now
	if len(pending) > 0 {
		delete(m.whole, id)
		return
	}
	m.whole[id] = whole{stampOf(g.root.attrs, began, m.whole[id].stamp), g.listeners, g.pools}
}

// topPath is the path of the pool or listener that an object belongs to: its first two
// elements.
func topPath(path string) string {
	parts := strings.SplitN(path, "/", 3)
	return strings.Join(parts[:min(2, len(parts))], "/")
}

// forget drops a load balancer that is gone.
func (m *memory) forget(lb string) {
	m.mu.Lock()
	defer m.mu.Unlock()
	delete(m.below, lb)
	delete(m.whole, lb)
	for name, ids := range m.names {
		if slices.Equal(ids, []string{lb}) {
			delete(m.names, name)
		}
	}
}

// named notes what has a name now, and returns what had it before and is gone.
func (m *memory) named(name string, ids []string) []string {
	m.mu.Lock()
	defer m.mu.Unlock()
	gone := slices.DeleteFunc(m.names[name], func(id string) bool { return slices.Contains(ids, id) })
	if m.names == nil {
		m.names = map[string][]string{}
	}
	if m.names[name] = ids; len(ids) == 0 {
		delete(m.names, name)
		delete(m.bare, name)
	}
	return gone
}

// wishes notes whether a floating IP is wished for: how to look for one is a matter of calls.
func (m *memory) wishes(name string, floating bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.bare == nil {
		m.bare = map[string]bool{}
	}
	if m.bare[name] = true; floating {
		delete(m.bare, name)
	}
}

func (m *memory) wishedBare(name string) bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.bare[name]
}

// forgetGone drops all that is remembered of what had a name and is gone, so that an Engine
// that lives for years does not grow.
func (e *Engine) forgetGone(name string, f family) {
	var ids []string
	for _, o := range append([]octavia.Object{f.root, f.next}, f.extra...) {
		if o != nil {
			ids = append(ids, str(o, "id"))
		}
	}
	for _, id := range e.memory.named(name, ids) {
		e.memory.forget(id)
		e.told.forget(id)
		e.pace.rest(id)
		e.spent.forget(id)
		e.lost.drop(id)
	}
}

// aWhile is how long a Step believes that what it deleted is about to go: the driver
// may take the members of an ovn pool one by one, and the pool reads ACTIVE meanwhile. And
// how long it sees to other things first where an address was refused.
const aWhile = 30 * time.Second

// note notes, for a while, what a Step has deleted, or whose address was refused.
func (m *memory) note(id string, while time.Duration) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.lately == nil {
		m.lately = map[string]time.Time{}
	}
	maps.DeleteFunc(m.lately, func(_ string, until time.Time) bool { return !time.Now().Before(until) })
	m.lately[id] = time.Now().Add(while)
}

// noted reports whether something was noted a moment ago.
func (m *memory) noted(id string) bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	return time.Now().Before(m.lately[id])
}
