// SPDX-License-Identifier: Apache-2.0

package waiter

import (
	"context"
	"net/url"
	"time"

	"github.com/octaviakit/octaviakit/internal/fault"
	"github.com/octaviakit/octaviakit/internal/octavia"
)

// list reads the project's load balancers once and tells every seat about its own.
// leader is the seat of the wait that does the work.
func (b *board) list(ctx context.Context, w *Waiter, leader *seat) {
	if ctx.Err() != nil {
		b.done(nil, nil, false)
		return
	}
	served := b.served()
	found, err := readList(ctx, w)
	if err == nil {
		b.paged(len(found))
		w.trees(ctx, awaited(served), found)
	}
	switch f := fault.Of(err); {
	case ctx.Err() != nil: // only the leader's context ended: another one reads, so that nobody has to read alone
		b.done(nil, nil, false)
	case err == nil:
		b.done(func(s *seat) (news, bool) {
			n := found[s.id]
			n.shared = true
			return n, true
		}, served, true)
	case refusal(f.Kind):
		b.refuse()
		b.done(nil, nil, false)
	default: // passing: a failed read for who was due, nothing for the others
		w.gate.close(f.After)
		now := time.Now()
		b.done(func(s *seat) (news, bool) { return news{shared: true, err: err}, s == leader || !s.due.After(now) }, served, true)
	}
}

func readList(ctx context.Context, w *Waiter) (map[string]news, error) {
	found := map[string]news{}
	q := url.Values{"fields": {"id", "name", "provisioning_status", "operating_status", "listeners", "pools", "provider"}}
	err := w.each(ctx, "lbaas/loadbalancers", "loadbalancers", q, func(o octavia.Object) {
		lb := parseObject("loadbalancer", "", o)
		_, known := o["listeners"].([]any)
		pools, also := o["pools"].([]any)
		n := news{found: lb.Provisioning != "", lb: lb, listeners: ids(o, "listeners"), whole: known && also}
		n.driver, _ = o["provider"].(string)
		n.bare = n.whole && len(n.listeners)+len(pools) == 0
		found[lb.ID] = n
	})
	return found, err
}

// each reads a collection, one read in all for the gate.
func (w *Waiter) each(ctx context.Context, path, key string, q url.Values, see func(octavia.Object)) error {
	defer w.gate.pass(ctx)()
	ctx, cancel := context.WithTimeout(ctx, readLimit)
	defer cancel()
	for o, err := range octavia.List(ctx, w.client, path, key, q) {
		if err != nil {
			return err
		}
		see(o)
	}
	return nil
}

// refusal: the caller may read a load balancer but not list them, or the endpoint cannot.
func refusal(k fault.Kind) bool {
	switch k {
	case fault.Forbidden, fault.Invalid, fault.NotFound, fault.Unsupported, fault.Unauthorized, fault.Other:
		return true
	default:
		return false
	}
}

func (b *board) paged(n int) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.pages = 1 + n/listedPage
}

func (b *board) refuse() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.never = true
}

// take makes what it can of news, and reads the tree when they do not suffice.
func (r *run) take(ctx context.Context, n news) (done bool, err error) {
	switch {
	case !n.shared:
		return r.step(ctx)
	case n.err != nil:
		r.attempts++
		r.poll(ctx, n.err)
		return r.refused(ctx, n.err)
	case !n.found:
		// Never listed means nothing: it may be another project's.
		if r.want == wantDeleted && r.listed {
			r.attempts++
			return r.gone(nil)
		}
		return r.step(ctx)
	}
	r.listed = true
	still := n.lb.Pending() || r.want == wantDeleted && n.lb.Provisioning != statusError
	settled := n.enough(r.want) && len(r.also) == 0
	switch {
	case settled:
	case !still:
		return r.takeBelow(ctx, n)
	case r.headway.unseen(r.limit()):
		return r.step(ctx)
	}
	if n.bare {
		r.last = nil
	}
	r.heard(ctx, r.last.with(n.lb), settled)
	return settled, nil
}

// heard is what a list alone has shown.
func (r *run) heard(ctx context.Context, s *Status, settled bool) {
	r.attempts++
	r.failures, r.beyond = 0, false
	r.last, r.lock = s, s.LoadBalancer().Provisioning
	r.headway.lock(s.LoadBalancer())
	if !settled {
		r.unsettled = time.Since(r.began)
	}
	r.poll(ctx, nil)
}

// enough reports whether a list alone shows that what was wanted has come.
func (n news) enough(w want) bool {
	switch w {
	case wantActive:
		return n.bare && n.lb.Provisioning == statusActive
	case wantUnlocked:
		return !n.lb.Pending() && n.lb.Provisioning != statusDeleted
	default:
		return false
	}
}

// with is the status with a newer load balancer in it.
func (s *Status) with(lb Object) *Status {
	out := &Status{Objects: []Object{lb}}
	if s != nil && len(s.Objects) > 1 {
		out.Objects = append(out.Objects, s.Objects[1:]...)
	}
	return out
}
