// SPDX-License-Identifier: Apache-2.0

package lb

import (
	"maps"
	"sync"
	"time"
)

// spending remembers what an Engine has tried on load balancers, by ID. It is a budget,
// not a truth: losing it costs another try.
type spending struct {
	mu  sync.Mutex
	per map[string]*spent
}

type spent struct {
	since     time.Time
	wish      string         // digest of the Spec that retries are counted for
	retries   map[string]int // by path, as some are made anew
	failovers int
	deletions map[string]int // by ID, as asked for and accepted
}

// of returns a copy of what was spent on a load balancer.
func (s *spending) of(id string, window time.Duration) spent {
	s.mu.Lock()
	defer s.mu.Unlock()
	maps.DeleteFunc(s.per, func(_ string, p *spent) bool { return window > 0 && time.Since(p.since) >= window })
	if p, ok := s.per[id]; ok {
		return *p
	}
	return spent{}
}

// deleted counts a deletion of something that belongs to a load balancer, or of itself.
func (s *spending) deleted(lb, id string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	p := s.entry(lb)
	p.deletions = maps.Clone(p.deletions)
	if p.deletions == nil {
		p.deletions = map[string]int{}
	}
	p.deletions[id]++
}

func (s *spending) entry(lb string) *spent {
	p, ok := s.per[lb]
	if !ok {
		p = &spent{since: time.Now()}
		if s.per == nil {
			s.per = map[string]*spent{}
		}
		s.per[lb] = p
	}
	return p
}

// note counts tries.
func (s *spending) note(id, wish string, objects []string, failover bool) {
	if len(objects) == 0 && !failover {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	p := s.entry(id)
	retries := map[string]int{} // anew: copies of the old one are about
	if p.wish == wish {
		for o, n := range p.retries {
			retries[o] = n
		}
	}
	for _, o := range objects {
		retries[o]++
	}
	p.wish, p.retries = wish, retries
	if failover {
		p.failovers++
	}
}

func (s *spending) forget(id string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.per, id)
}
