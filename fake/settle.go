// SPDX-License-Identifier: Apache-2.0

package fake

import (
	"container/heap"
	"time"

	"github.com/octaviakit/octaviakit/fake/internal/neutron"
)

// The state machine without goroutines: an accepted mutation becomes jobs with due
// times, and whoever looks next first settles everything that is due, in due order.

// work is one accepted mutation, as the driver gets it.
type work struct {
	lb      *loadBalancer
	kind    string         // what the latency is asked for: the kind …
	status  string         // … and the PENDING status of what the caller changed
	objects []thing        // created, changed or deleted; in ERROR when the driver fails
	parents []thing        // locked with them, ACTIVE again in either case
	batch   bool           // the objects are equals, and the driver may take them one by one
	idle    int            // members of an additive batch's pool that it does not name
	graph   bool           // the load balancer and everything below it, created together
	sent    body           // what the caller changed, on an update
	good    int            // how many objects succeed; set by faults and defects
	lost    bool           // there is a member on a subnet that does not exist
	bad     map[thing]bool // objects that fail by a defect
	stuck   map[thing]bool // objects that stay PENDING by a defect
}

// job is a piece of work that ends at once.
type job struct {
	due   time.Time
	seq   int
	lb    *loadBalancer
	steps []step
	then  func() // nil: nothing more
}

// step is how a job leaves one object.
type step struct {
	o  thing
	to string // active, inError, or "" for removed
}

type jobs []*job

func (j jobs) Len() int      { return len(j) }
func (j jobs) Swap(a, b int) { j[a], j[b] = j[b], j[a] }
func (j jobs) Less(a, b int) bool {
	if !j[a].due.Equal(j[b].due) {
		return j[a].due.Before(j[b].due)
	}
	return j[a].seq < j[b].seq
}
func (j *jobs) Push(x any) { *j = append(*j, x.(*job)) }
func (j *jobs) Pop() any {
	old := *j
	last := old[len(old)-1]
	old[len(old)-1] = nil
	*j = old[:len(old)-1]
	return last
}

func (c *Cloud) enqueue(due time.Time, lb *loadBalancer, steps ...step) *job {
	c.jobSeq++
	j := &job{due: due, seq: c.jobSeq, lb: lb, steps: steps}
	heap.Push(&c.jobs, j)
	return j
}

// settle ends everything due by now.
func (c *Cloud) settle() {
	now := c.now()
	for len(c.jobs) > 0 && !c.jobs[0].due.After(now) {
		c.finish(heap.Pop(&c.jobs).(*job))
	}
}

func (c *Cloud) finish(j *job) {
	for _, s := range j.steps {
		b := s.o.base()
		if b.gone {
			continue
		}
		if s.to == "" {
			c.closeSpan(s.o, j.due, "DELETED")
			c.history.end(b.id, j.due, "DELETED")
			if b.kind == kindLB {
				c.history.endAll(b.id, j.due)
			}
			c.discard(s.o)
			continue
		}
		c.setStatus(b, s.to, j.due)
		if x, isRule := s.o.(*l7rule); isRule {
			x.dropKey()
		}
		c.closeSpan(s.o, j.due, s.to)
	}
	if j.lb.gone {
		return
	}
	if j.then != nil {
		j.then()
	}
	j.lb.driver.rollUp(j.lb)
}

func (c *Cloud) setStatus(b *common, status string, at time.Time) {
	b.prov = status
	b.updated = at
	c.history.end(b.id, at, status)
	if status != active {
		return
	}
	switch b.kind { // these never change by traffic
	case kindMonitor, kindPolicy, kindRule:
		b.oper = offline
		if b.enabled {
			b.oper = online
		}
	}
}

// discard removes an object and what hangs on it outside Octavia.
func (c *Cloud) discard(o thing) {
	if lb, ok := o.(*loadBalancer); ok {
		for _, a := range lb.amphorae {
			c.neutron.DeletePort(a.vrrpPort)
		}
		lb.releaseVIP(c)
		c.probe(lb, nil)
		if lb.group != "" {
			c.neutron.UpdatePort(lb.vip.port, func(p *neutron.Port) { p.SecurityGroups = []string{} }) // a port of the user's stays
			c.neutron.DeleteGroup(lb.group)
		}
	}
	c.store.remove(o)
}

// submit locks the objects of an accepted mutation and hands them to the driver.
func (c *Cloud) submit(q *request, w *work) {
	now := c.now()
	if !w.lb.pending() {
		w.lb.prov = pendingUpdate
		w.lb.updated = now
	}
	for _, p := range w.parents {
		p.base().prov = pendingUpdate
		p.base().updated = now
	}
	c.openSpan(q, w.lb, w.kind, now)
	c.history.begin(w, now)
	w.good = len(w.objects)
	if q.fault != nil {
		switch q.fault.Effect {
		case Stick:
			return
		case EndInError:
			w.good = 0
		case PartialBatch:
			w.good = len(w.objects) / 2
		default: // no matter of how the work ends
		}
	}
	w.spoil()
	w.lb.driver.schedule(c, w)
}

// mark puts an object that a mutation changes into its PENDING status.
func (c *Cloud) mark(o thing, status string) {
	b := o.base()
	b.prov = status
	b.updated = c.now()
}

// outcome is how the i-th object of some work ends.
func (w *work) outcome(i int) step {
	o := w.objects[i]
	switch {
	case i >= w.good || w.bad[o]:
		return step{o, inError}
	case o.base().prov == pendingDelete:
		return step{o, ""}
	default:
		return step{o, active}
	}
}

// locked are the steps that give the lock back.
func (w *work) locked() []step {
	steps := make([]step, 0, len(w.parents)+1)
	if w.lb.gone {
		return nil
	}
	steps = append(steps, step{w.lb, active})
	for _, p := range w.parents {
		steps = append(steps, step{p, active})
	}
	return steps
}
