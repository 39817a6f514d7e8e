// SPDX-License-Identifier: Apache-2.0

package member

import (
	"context"
	"slices"
	"sync/atomic"
	"time"

	"github.com/octaviakit/octaviakit/internal/coalesce"
	"github.com/octaviakit/octaviakit/internal/fault"
	"github.com/octaviakit/octaviakit/waiter"
)

const defaultConcurrency = 64

// Option configures a Batcher or a Syncer.
type Option interface{ apply(*settings) }

type settings struct {
	linger      time.Duration
	concurrency int
}

type option func(*settings)

func (o option) apply(s *settings) { o(s) }

// WithLinger holds the first change of an idle load balancer back for d, so that a
// burst shares its cycle [0]. Later changes gather while a cycle is in flight anyway.
func WithLinger(d time.Duration) Option { return option(func(s *settings) { s.linger = d }) }

// WithConcurrency bounds the load balancers that are changed at a time [64]. The
// requests per second are bounded by the Waiter.
func WithConcurrency(n int) Option { return option(func(s *settings) { s.concurrency = n }) }

func settingsOf(opts []Option) settings {
	s := settings{concurrency: defaultConcurrency}
	for _, o := range opts {
		if o != nil {
			o.apply(&s)
		}
	}
	return s
}

// Batcher lets any number of goroutines change members in as few PENDING cycles
// as possible: while one call settles, later changes gather into the next. The
// pools of one load balancer take turns, as they share its lock; load balancers
// run side by side. An idle Batcher owns no goroutine and makes no calls.
//
// Changes count in the order in which they are made; the last word about a member
// wins, field by field. Each method returns when its change is in force, or has
// been overtaken by a later one to the same member; it does not wait for others' trouble.
// Errors are the same as of [Sync], and name only members of the call itself, except
// where nothing could be done at all.
//
// Cancelling ctx abandons the wait, not the change: an *EndedError says so at once.
type Batcher struct {
	w     *waiter.Waiter
	how   How
	queue *coalesce.Queue[string, Pool, *change]
}

// change is one caller's.
type change struct {
	apply func(*wish)
	keys  []Key        // whom it is about
	exact bool         // and everybody else in the pool
	drop  bool         // it may remove members
	done  chan error   // takes one answer without blocking
	calls atomic.Int32 // made since it was taken up
}

// NewBatcher returns a Batcher that changes members through w in the ways that how
// allows. Close it to let what is in flight end.
func NewBatcher(w *waiter.Waiter, how How, opts ...Option) *Batcher {
	b := &Batcher{w: w, how: how}
	s := settingsOf(opts)
	b.queue = coalesce.New(s.concurrency, s.linger, b.run)
	return b
}

// Put adds members, or changes those that are there.
func (b *Batcher) Put(ctx context.Context, p Pool, members ...Spec) error {
	if err := b.how.accepts(p, members); err != nil || len(members) == 0 {
		return err
	}
	members = slices.Clone(members) // the caller may be gone before they are taken up
	return b.do(ctx, p, &change{apply: func(w *wish) { w.put(members) }, keys: keysOf(members)})
}

// Remove deletes members. One that is not there is success.
func (b *Batcher) Remove(ctx context.Context, p Pool, keys ...Key) error {
	if err := p.validate(); err != nil || len(keys) == 0 {
		return err
	}
	keys = canonical(keys)
	return b.do(ctx, p, &change{apply: func(w *wish) { w.remove(keys) }, keys: keys, drop: true})
}

// Replace makes the set exact; with How.Share, members that it does not name stay.
func (b *Batcher) Replace(ctx context.Context, p Pool, members []Spec) error {
	if err := b.how.accepts(p, members); err != nil {
		return err
	}
	members = slices.Clone(members)
	return b.do(ctx, p, &change{apply: func(w *wish) { w.replace(members, b.how.Share) }, keys: keysOf(members), exact: true, drop: true})
}

// Close refuses new changes and waits for those made. When ctx ends first, what
// is left is cancelled and its callers get the error; a call in flight may or may not
// have been carried out then.
func (b *Batcher) Close(ctx context.Context) error { return b.queue.Close(ctx) }

func keysOf(members []Spec) []Key {
	out := make([]Key, len(members))
	for i, s := range members {
		out[i] = s.Key()
	}
	return out
}

func (b *Batcher) do(ctx context.Context, p Pool, c *change) error {
	began := time.Now()
	if ctx.Err() != nil {
		return ended(ctx, p, began, 0, fault.Ended(ctx))
	}
	c.done = make(chan error, 1)
	if err := b.queue.Add(p.LoadBalancerID, p, c); err != nil {
		return ErrClosed
	}
	select {
	case err := <-c.done:
		return err
	case <-ctx.Done():
	}
	select {
	case err := <-c.done: // at the same moment
		return err
	default:
		return &EndedError{Pool: p.ID, Waited: time.Since(began), Calls: int(c.calls.Load()), GoesOn: true, Err: fault.Ended(ctx)}
	}
}

// run carries out what has gathered for one pool, and what gathers until the last
// moment, when the load balancer has settled and the call is about to be planned.
func (b *Batcher) run(ctx context.Context, _ string, p Pool, take func() []*change) {
	g := gathering{take: take, wish: newWish()}
	g.r = newRun(b.w, p, b.how, g.plan)
	g.r.accepted = g.count
	g.r.named = func(k Key) bool { return g.wish.gone[k] }
	g.more()
	g.r.expect = len(g.wish.want) + len(g.wish.gone)
	err := g.r.drive(ctx)
	for _, c := range g.open {
		c.done <- g.answer(c, err)
	}
}
