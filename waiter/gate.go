// SPDX-License-Identifier: Apache-2.0

package waiter

import (
	"context"
	"sync"
	"time"

	"github.com/octaviakit/octaviakit/internal/octavia"
)

const (
	burstSeconds = 10 // a gate's burst, in seconds of its rate
	maxInFlight  = 32 // requests under way at a time: more only queue up in the API's workers
)

// gate spaces the requests of all waits of a Waiter and closes for everybody when
// the service asks for it (Retry-After). First come, first served: whoever asks takes
// the next free slot. It is GCRA, so nothing runs in the background.
type gate struct {
	mu       sync.Mutex
	interval time.Duration // between slots; 0: no limit
	burst    time.Duration // how far slots may run ahead
	next     time.Time     // the slot after the last one given away
	closed   time.Time     // closed until
	flight   chan struct{}
}

func newGate(perSecond float64) *gate {
	g := &gate{flight: make(chan struct{}, maxInFlight)}
	if perSecond > 0 {
		g.interval = time.Duration(float64(time.Second) / perSecond)
		g.burst = burstSeconds * time.Second
	}
	return g
}

// pass waits for a slot and a place in flight, and returns what gives the place back.
// It returns early when the context ends, which is the caller's to notice.
func (g *gate) pass(ctx context.Context) (leave func()) {
	g.slot(ctx)
	select {
	case g.flight <- struct{}{}:
		return func() { <-g.flight }
	case <-ctx.Done():
		return func() {}
	}
}

// slot waits for a slot only: for calls that may make others, and so must hold nothing.
// Where every call takes its own slot, it need not.
func (g *gate) slot(ctx context.Context) {
	if !octavia.IsPaced(ctx) {
		g.take(ctx)
	}
}

func (g *gate) take(ctx context.Context) {
	for ctx.Err() == nil {
		sleep(ctx, g.reserve())
		if g.wait() <= 0 { // not closed meanwhile
			return
		}
	}
}

// reserve takes the next slot and returns how long it is until then.
func (g *gate) reserve() time.Duration {
	g.mu.Lock()
	defer g.mu.Unlock()
	now := time.Now()
	at := now
	if g.closed.After(at) {
		at = g.closed
	}
	if g.interval > 0 {
		if full := g.next.Add(-g.burst); full.After(at) {
			at = full
		}
		if g.next.Before(at) {
			g.next = at
		}
		g.next = g.next.Add(g.interval)
	}
	return at.Sub(now)
}

// wait is how long the gate stays closed.
func (g *gate) wait() time.Duration {
	g.mu.Lock()
	defer g.mu.Unlock()
	return time.Until(g.closed)
}

// close shuts the gate for d and takes the burst away: after a Retry-After, those
// who waited come one by one.
func (g *gate) close(d time.Duration) {
	if d <= 0 {
		return
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	if until := time.Now().Add(d); until.After(g.closed) {
		g.closed = until
		if empty := until.Add(g.burst); g.interval > 0 && g.next.Before(empty) {
			g.next = empty
		}
	}
}
