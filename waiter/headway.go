// SPDX-License-Identifier: Apache-2.0

package waiter

import (
	"context"
	"fmt"
	"time"
)

// headway is when what is waited for last came nearer, from where the Waiter's own bound
// counts: when something that was PENDING was seen settled or gone. Each object counts
// once, as what others change again and again brings nobody nearer to the end; so a wait
// ends, unless they make new objects for ever.
type headway struct {
	at      time.Time
	pending map[string]bool // by ID
	counted map[string]bool
	looked  time.Time // when last everything was seen
}

func newHeadway() *headway {
	return &headway{at: time.Now(), pending: map[string]bool{}, counted: map[string]bool{}}
}

// all notes what is awaited now, as a look at everything shows it.
func (h *headway) all(awaited []Object) {
	if h == nil {
		return
	}
	h.looked = time.Now()
	now := make(map[string]bool, len(awaited))
	for _, o := range awaited {
		now[o.ID] = true
	}
	for id := range h.pending {
		if !now[id] {
			h.settled(id)
		}
	}
	h.pending = now
}

// lock notes what a list shows: of a load balancer, and of what is below not everything.
func (h *headway) lock(lb Object) {
	switch {
	case h == nil:
	case lb.Pending():
		h.pending[lb.ID] = true
	case h.pending[lb.ID]:
		h.settled(lb.ID)
		delete(h.pending, lb.ID)
	}
}

// unseen reports whether there was nothing to be seen for so long that what no list shows must
// be looked at: of what is below a load balancer that is PENDING itself, something may have
// settled. A look or two before the bound holds are what that takes.
func (h *headway) unseen(bound time.Duration) bool {
	return h != nil && bound > 0 && min(time.Since(h.at), time.Since(h.looked)) >= bound/4
}

func (h *headway) settled(id string) {
	if !h.counted[id] {
		h.counted[id] = true
		h.at = time.Now()
	}
}

// bound gives a context without a deadline one, so long after the last progress.
func (h *headway) bound(ctx context.Context, limit time.Duration) (context.Context, context.CancelFunc) {
	if _, ok := ctx.Deadline(); ok || limit <= 0 {
		return ctx, func() {}
	}
	return context.WithDeadlineCause(ctx, h.at.Add(limit),
		fmt.Errorf("no deadline was given, so the waiter's own bound of %v without progress held", limit))
}

// beforeDeadline pulls a read that would come after the deadline to just before it:
// a wait should not end in vain for want of a last look.
func (r *run) beforeDeadline(ctx context.Context, d time.Duration) time.Duration {
	const margin, worth = 500 * time.Millisecond, time.Second
	deadline, ok := ctx.Deadline()
	if left := time.Until(deadline); ok && d >= left && left > worth {
		return left - margin
	}
	return d
}
