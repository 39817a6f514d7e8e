// SPDX-License-Identifier: Apache-2.0

package fake

import "fmt"

// SetMemberHealth decides what health monitors find of a member from now on, and rolls
// the change up as the load balancer's provider does. Without a monitor nobody notices.
// New members are healthy. It panics when there is no such member.
func (c *Cloud) SetMemberHealth(memberID string, up bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.settle()
	m, found := c.store.members.get(memberID)
	if !found {
		panic(fmt.Sprintf("fake: no member %s", memberID))
	}
	m.down = !up
	lb := m.pool.lb
	lb.driver.rollUp(lb)
}

// Break puts an object of any kind into provisioning status ERROR, as a failed worker
// leaves it. It panics when there is no such object.
func (c *Cloud) Break(id string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.settle()
	o := c.store.any(id)
	if o == nil {
		panic(fmt.Sprintf("fake: no object %s", id))
	}
	c.setStatus(o.base(), inError, c.now())
	c.closeSpan(o, c.now(), inError)
}

// any finds a load-balancing object of whatever kind.
func (s *store) any(id string) thing {
	if o, found := s.lbs.get(id); found {
		return o
	}
	if o, found := s.listeners.get(id); found {
		return o
	}
	if o, found := s.pools.get(id); found {
		return o
	}
	if o, found := s.members.get(id); found {
		return o
	}
	if o, found := s.monitors.get(id); found {
		return o
	}
	if o, found := s.policies.get(id); found {
		return o
	}
	if o, found := s.rules.get(id); found {
		return o
	}
	return nil
}
