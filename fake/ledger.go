// SPDX-License-Identifier: Apache-2.0

package fake

import (
	"iter"
	"net/http"
	"slices"
	"time"
)

// Call is one request as the Cloud saw it.
type Call struct {
	At      time.Time
	Method  string
	Path    string // as sent, prefix included
	Query   string // as sent, without "?"
	User    string // "" without a valid token
	Project string // by name
	Body    []byte // nil for Keystone: passwords are nobody's business
	Status  int    // 0: no answer was given
	Locked  string // the load balancer whose lock the request took
	Fault   string // the fault that hit it, if any
}

// Mutation reports whether the call took the lock of a load balancer or was refused it
// or changed something else: anything but GET, HEAD and OPTIONS, Keystone aside.
func (k Call) Mutation() bool {
	return !k.read() && k.Method != http.MethodOptions && k.User != ""
}

func (k Call) poll() bool { return k.Method == http.MethodGet && k.User != "" }

func (k Call) read() bool { return k.Method == http.MethodGet || k.Method == http.MethodHead }

// Span is one PENDING cycle of a load balancer: who held its lock, and how long.
type Span struct {
	LB     string
	Call   Call   // the mutation that took the lock
	Kind   string // of the object that was changed
	Start  time.Time
	End    time.Time // zero while PENDING
	Status string    // how it ended: ACTIVE, ERROR, DELETED; "" while PENDING

	call *Call
}

// Duration is how long the lock was held, 0 while it still is.
func (s Span) Duration() time.Duration {
	if s.End.IsZero() {
		return 0
	}
	return s.End.Sub(s.Start)
}

// ledger keeps what happened.
type ledger struct {
	calls []*Call
	spans []*Span
	byLB  map[string][]*Span
}

// Calls yields every request in order, faults included. Requests made while it runs are
// not part of it.
func (c *Cloud) Calls() iter.Seq[Call] {
	return func(yield func(Call) bool) {
		c.mu.Lock()
		calls := c.ledger.calls // grows, but keeps what is there
		c.mu.Unlock()
		for chunk := range slices.Chunk(calls, 256) {
			for _, k := range c.copies(chunk) {
				if !yield(k) {
					return
				}
			}
		}
	}
}

func (c *Cloud) copies(calls []*Call) []Call {
	c.mu.Lock()
	defer c.mu.Unlock()
	out := make([]Call, len(calls))
	for i, k := range calls {
		out[i] = *k
	}
	return out
}

// Mutations lists the calls that changed something or tried to, in order.
func (c *Cloud) Mutations() []Call {
	return slices.Collect(filter(c.Calls(), Call.Mutation))
}

// Polls lists the calls that only looked, Keystone and version discovery aside.
func (c *Cloud) Polls() []Call {
	return slices.Collect(filter(c.Calls(), Call.poll))
}

func filter[T any](s iter.Seq[T], keep func(T) bool) iter.Seq[T] {
	return func(yield func(T) bool) {
		for x := range s {
			if keep(x) && !yield(x) {
				return
			}
		}
	}
}

// Spans lists the PENDING cycles of a load balancer in order, also after its deletion;
// with "" those of all load balancers.
func (c *Cloud) Spans(lbID string) []Span {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.settle()
	list := c.ledger.of(lbID)
	spans := make([]Span, len(list))
	for i, s := range list {
		spans[i] = *s
		spans[i].Call = *s.call
	}
	return spans
}

func (l *ledger) of(lb string) []*Span {
	if lb == "" {
		return l.spans
	}
	return l.byLB[lb]
}

// Cycles counts the PENDING cycles a load balancer has been through, the creation
// included; with "" those of all load balancers.
func (c *Cloud) Cycles(lbID string) int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return len(c.ledger.of(lbID))
}

// ForgetCalls empties the ledger of calls and cycles, so that a test counts only what
// follows. A cycle that is still PENDING stays.
func (c *Cloud) ForgetCalls() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.settle()
	c.ledger.calls = nil
	c.history.forget()
	ended := func(s *Span) bool { return !s.End.IsZero() }
	c.ledger.spans = slices.DeleteFunc(c.ledger.spans, ended)
	for id, list := range c.ledger.byLB {
		c.ledger.byLB[id] = slices.DeleteFunc(list, ended)
	}
}

func (c *Cloud) openSpan(q *request, lb *loadBalancer, kind string, at time.Time) {
	q.call.Locked = lb.id
	if lb.pendingFor != nil {
		return
	}
	s := &Span{LB: lb.id, call: q.call, Kind: kind, Start: at}
	lb.pendingFor = s
	c.ledger.spans = append(c.ledger.spans, s)
	if c.ledger.byLB == nil {
		c.ledger.byLB = map[string][]*Span{}
	}
	c.ledger.byLB[lb.id] = append(c.ledger.byLB[lb.id], s)
}

func (c *Cloud) closeSpan(o thing, at time.Time, status string) {
	lb, ok := o.(*loadBalancer)
	if !ok || lb.pendingFor == nil {
		return
	}
	lb.pendingFor.End, lb.pendingFor.Status = at, status
	lb.pendingFor = nil
}
