// SPDX-License-Identifier: Apache-2.0

// Package waiter waits for Octavia load balancers to settle.
//
// Octavia locks a whole load balancer (PENDING_*) for every change below it and
// answers 409 to the next change. So the unit of work is not the request but the
// cycle: wait until settled, change one thing, wait until settled. Mutate is that unit.
//
// ACTIVE is not settled: on real clouds children are still PENDING when the load
// balancer first reads ACTIVE, for seconds with the ovn provider of 2025.1. So the
// status tree is read, and settled means ACTIVE with nothing PENDING below.
// Settled is not serving either: that is what operating statuses say.
//
// Any number of waits share lists of the project. 500 load balancers that are created at once
// take 30 to 70 calls, where lonely waits take 2,300 to 10,000. But how members are, no list
// says; only where all that could be wrong with them would show elsewhere (amphora, being
// created) is it enough. Else each load balancer with members takes one tree, read when lists
// have shown that it is time: 516 calls for 500 batches of members instead of 2,500.
package waiter

import (
	"context"
	"time"

	"github.com/gophercloud/gophercloud/v2"
	"github.com/octaviakit/octaviakit/observe"
)

// Defaults of New.
const (
	DefaultTimeout   = 30 * time.Minute // without progress
	DefaultTolerance = 5
	DefaultStall     = 2 * time.Minute
	DefaultRate      = 50 // reads per second, with bursts of ten times as many
)

// Waiter polls one Octavia endpoint. It holds no goroutine and is safe for
// concurrent use. Use one Waiter per client: its waits share reads, the rate
// limit, and what it has learned about how long operations take.
type Waiter struct {
	client    *gophercloud.ServiceClient
	observer  observe.Observer
	timeout   time.Duration
	tolerance int
	stall     time.Duration

	gate     *gate
	history  *history
	board    *board
	turns    *turns
	marks    *marks
	glimpses glimpses
	children children
}

// New panics if client is nil, as that is a programming error.
func New(client *gophercloud.ServiceClient, opts ...Option) *Waiter {
	if client == nil {
		panic("waiter: New needs a client")
	}
	w := &Waiter{
		client:    client,
		observer:  observe.Tee(),
		timeout:   DefaultTimeout,
		tolerance: DefaultTolerance,
		stall:     DefaultStall,
		gate:      newGate(DefaultRate),
		history:   newHistory(),
		board:     newBoard(),
		turns:     newTurns(),
		marks:     newMarks(),
		children:  children{known: below{pages: 3}},
	}
	for _, o := range opts {
		if o != nil {
			o.apply(w)
		}
	}
	return w
}

// Client returns the endpoint given to New.
func (w *Waiter) Client() *gophercloud.ServiceClient { return w.client }

// Active blocks until the load balancer is ACTIVE and nothing below it is PENDING: nothing
// in the status tree, and nothing that [Also] names or [Whole] finds beyond it (the tree
// omits pools without a listener, and L7 policies and rules).
// The first read is immediate. ERROR anywhere ends the wait at once, as does
// disappearance. The error is an *Error; the Status is what was last read, nil if
// nothing could be.
func (w *Waiter) Active(ctx context.Context, id string, opts ...WaitOption) (*Status, error) {
	return w.await(ctx, id, wantActive, settings(opts))
}

// Deleted blocks until the load balancer reads as DELETED or is not found. The
// first read is immediate. If it ends up in ERROR instead, the wait ends at once.
func (w *Waiter) Deleted(ctx context.Context, id string, opts ...WaitOption) error {
	_, err := w.await(ctx, id, wantDeleted, settings(opts))
	return err
}

func (w *Waiter) await(ctx context.Context, id string, want want, o wait) (*Status, error) {
	r := w.newRun(id, want, o)
	if err := r.check(); err != nil {
		return nil, err
	}
	r.headway = newHeadway()
	err := r.loop(ctx)
	return r.last, err
}

// sleep waits for d and returns early, without an error, when the context ends:
// who calls it looks at the context next.
func sleep(ctx context.Context, d time.Duration) {
	if d <= 0 {
		return
	}
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
	case <-ctx.Done():
	}
}
