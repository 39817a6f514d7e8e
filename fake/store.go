// SPDX-License-Identifier: Apache-2.0

package fake

import (
	"iter"
	"strings"
)

// collection is all objects of one kind, by id and in order of creation.
type collection[T thing] struct {
	byID  map[string]T
	order []T
}

func newCollection[T thing]() *collection[T] { return &collection[T]{byID: map[string]T{}} }

// get finds an object by its id, as a database does: without regard to case and to spaces at the end.
func (s *collection[T]) get(id string) (T, bool) {
	o, ok := s.byID[id]
	if !ok {
		o, ok = s.byID[strings.ToLower(strings.TrimRight(id, " "))]
	}
	return o, ok
}

func (s *collection[T]) add(o T) {
	s.byID[o.base().id] = o
	s.order = append(s.order, o)
}

// remove forgets an object. The slice is compacted once half of it is dead, so that
// removal stays cheap however many there are.
func (s *collection[T]) remove(o T) {
	o.base().gone = true
	delete(s.byID, o.base().id)
	if len(s.order) < 2*len(s.byID)+16 {
		return
	}
	kept := make([]T, 0, len(s.byID))
	for o := range s.all() {
		kept = append(kept, o)
	}
	s.order = kept
}

func (s *collection[T]) all() iter.Seq[T] {
	return func(yield func(T) bool) {
		for _, o := range s.order {
			if !o.base().gone && !yield(o) {
				return
			}
		}
	}
}

// store is everything that Octavia's database would hold.
type store struct {
	lbs       *collection[*loadBalancer]
	listeners *collection[*listener]
	pools     *collection[*pool]
	members   *collection[*member]
	monitors  *collection[*monitor]
	policies  *collection[*l7policy]
	rules     *collection[*l7rule]
	amphorae  *collection[*amphora]
	flavors   *collection[*flavor]
	fprofiles *collection[*profile]
	zones     *collection[*zone]
	zprofiles *collection[*profile]
	usage     map[string]map[string]int // project, kind
	quotas    map[string]map[string]int // project, kind; absent: the default
	seq       int
}

func newStore() *store {
	return &store{
		lbs: newCollection[*loadBalancer](), listeners: newCollection[*listener](),
		pools: newCollection[*pool](), members: newCollection[*member](),
		monitors: newCollection[*monitor](), policies: newCollection[*l7policy](),
		rules: newCollection[*l7rule](), amphorae: newCollection[*amphora](),
		flavors: newCollection[*flavor](), fprofiles: newCollection[*profile](),
		zones: newCollection[*zone](), zprofiles: newCollection[*profile](),
		usage: map[string]map[string]int{}, quotas: map[string]map[string]int{},
	}
}

// insert files a new object with its parent and counts it.
func (s *store) insert(o thing) {
	b := o.base()
	s.seq++
	b.seq = s.seq
	s.count(b.project, b.kind, 1)
	switch o := o.(type) {
	case *loadBalancer:
		s.lbs.add(o)
	case *listener:
		s.listeners.add(o)
		o.lb.listeners = append(o.lb.listeners, o)
	case *pool:
		s.pools.add(o)
		o.lb.pools = append(o.lb.pools, o)
	case *member:
		s.members.add(o)
		o.pool.members = append(o.pool.members, o)
		o.pool.byAddress[o.at] = o
	case *monitor:
		s.monitors.add(o)
		o.pool.monitor = o
	case *l7policy:
		s.policies.add(o)
	case *l7rule:
		s.rules.add(o)
		o.policy.rules = append(o.policy.rules, o)
	}
}

// remove takes an object and all below it out, both ends of every reference.
func (s *store) remove(o thing) {
	b := o.base()
	if b.gone {
		return
	}
	s.count(b.project, b.kind, -1)
	switch o := o.(type) {
	case *loadBalancer:
		s.removeLB(o)
	case *listener:
		for len(o.policies) > 0 {
			s.removeBelow(o.policies[0], o.lb.driver.quirk("quota-l7-lost-with-parent"))
		}
		o.setDefault(nil)
		o.lb.listeners = drop(o.lb.listeners, o)
		s.listeners.remove(o)
	case *pool:
		s.removePool(o)
	case *member:
		o.pool.members = drop(o.pool.members, o)
		if o.pool.byAddress[o.at] == o {
			delete(o.pool.byAddress, o.at)
		}
		s.members.remove(o)
	case *monitor:
		o.pool.monitor = nil
		s.monitors.remove(o)
	case *l7policy:
		for len(o.rules) > 0 {
			s.removeBelow(o.rules[0], o.listener.lb.driver.quirk("quota-l7-lost-with-parent"))
		}
		o.setPool(nil)
		o.listener.policies = drop(o.listener.policies, o)
		s.policies.remove(o)
	case *l7rule:
		o.policy.rules = drop(o.policy.rules, o)
		s.rules.remove(o)
	}
}

// removeBelow is the same of what goes with something else, which a defect forgets to take off the count.
func (s *store) removeBelow(o thing, forgets bool) {
	if forgets {
		s.count(o.base().project, o.base().kind, 1)
	}
	s.remove(o)
}

func (s *store) removeLB(lb *loadBalancer) {
	for len(lb.listeners) > 0 {
		s.remove(lb.listeners[0])
	}
	for len(lb.pools) > 0 {
		s.remove(lb.pools[0])
	}
	for _, a := range lb.amphorae {
		s.amphorae.remove(a)
	}
	s.lbs.remove(lb)
}

func (s *store) removePool(p *pool) {
	for len(p.defaultOf) > 0 {
		p.defaultOf[0].setDefault(nil)
	}
	for len(p.redirected) > 0 {
		p.redirected[0].setPool(nil)
	}
	for _, m := range p.members {
		s.count(m.project, m.kind, -1)
		s.members.remove(m)
	}
	p.members = nil
	if p.monitor != nil {
		s.removeBelow(p.monitor, p.lb.driver.quirk("ovn-quota-hm-lost-with-pool"))
	}
	p.lb.pools = drop(p.lb.pools, p)
	s.pools.remove(p)
}

// count keeps what quotas are compared with. Deleted objects count until the driver has
// finished with them, as in Octavia.
func (s *store) count(project, kind string, by int) {
	if s.usage[project] == nil {
		s.usage[project] = map[string]int{}
	}
	s.usage[project][kind] += by
}
