// SPDX-License-Identifier: Apache-2.0

// Package coalesce gathers work while earlier work is in flight.
//
// Work has a group and a key. Within a group one key is worked on at a time, in
// the order in which the keys first asked; items that arrive meanwhile gather under
// their key and are taken together. Groups run side by side under one limit.
package coalesce

import (
	"context"
	"errors"
	"slices"
	"sync"
	"time"
)

// ErrClosed: the queue accepts nothing any more.
var ErrClosed = errors.New("coalesce: closed")

// Run works on what has gathered under a key. take hands over the items so far
// and may be called as late as possible, and again for what came since. What is never
// taken is offered once more. ctx ends when Close loses patience.
type Run[G, K comparable, T any] func(ctx context.Context, group G, key K, take func() []T)

// Queue gathers items of type T. It owns one goroutine for each group that has
// work, and none when idle. It is safe for concurrent use.
type Queue[G, K comparable, T any] struct {
	run    Run[G, K, T]
	linger time.Duration
	slots  chan struct{}   // nil: no limit
	ctx    context.Context //nolint:containedctx // the queue's own lifetime, which no caller's can be
	cancel context.CancelFunc
	wg     sync.WaitGroup

	mu     sync.Mutex
	closed bool
	groups map[G]*group[K, T]
}

type group[K comparable, T any] struct {
	order   []K // keys with items, the longest waiting first
	pending map[K][]T
	placed  bool // it has a place among the limit; its own goroutine's
}

// New returns a Queue that runs at most limit groups at a time (0: any number). A
// group that was idle lingers before its first run, so that a burst is taken as one.
func New[G, K comparable, T any](limit int, linger time.Duration, run Run[G, K, T]) *Queue[G, K, T] {
	ctx, cancel := context.WithCancel(context.Background())
	q := &Queue[G, K, T]{run: run, linger: linger, ctx: ctx, cancel: cancel, groups: map[G]*group[K, T]{}}
	if limit > 0 {
		q.slots = make(chan struct{}, limit)
	}
	return q
}

// Add puts an item under its key and returns at once.
func (q *Queue[G, K, T]) Add(g G, k K, item T) error {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.closed {
		return ErrClosed
	}
	w, busy := q.groups[g]
	if !busy {
		w = &group[K, T]{pending: map[K][]T{}}
		q.groups[g] = w
		q.wg.Go(func() { q.work(g, w) })
	}
	if _, waiting := w.pending[k]; !waiting {
		w.order = append(w.order, k)
	}
	w.pending[k] = append(w.pending[k], item)
	return nil
}

// work runs a group until nothing is left of it.
func (q *Queue[G, K, T]) work(g G, w *group[K, T]) {
	if q.linger > 0 {
		t := time.NewTimer(q.linger)
		select {
		case <-t.C:
		case <-q.ctx.Done():
		}
		t.Stop()
	}
	for {
		k, more := q.next(g, w)
		if !more {
			return
		}
		q.one(g, k, w)
	}
}

// next is the key that has waited longest; without one the group is gone.
func (q *Queue[G, K, T]) next(g G, w *group[K, T]) (k K, more bool) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if len(w.order) == 0 {
		delete(q.groups, g)
		return k, false
	}
	return w.order[0], true
}

func (q *Queue[G, K, T]) one(g G, k K, w *group[K, T]) {
	q.enter(q.ctx, w)
	defer q.leave(w)
	q.run(q.ctx, g, k, func() []T {
		q.mu.Lock()
		defer q.mu.Unlock()
		items := w.pending[k]
		delete(w.pending, k)
		w.order = slices.DeleteFunc(w.order, func(o K) bool { return o == k })
		return items
	})
}

// enter takes a place among the limit, unless the group has one. When ctx ends it goes on
// all the same: whoever waits must be told.
func (q *Queue[G, K, T]) enter(ctx context.Context, w *group[K, T]) {
	if q.slots == nil || w.placed {
		return
	}
	select {
	case q.slots <- struct{}{}:
		w.placed = true
	case <-ctx.Done():
	}
}

func (q *Queue[G, K, T]) leave(w *group[K, T]) {
	if w.placed {
		<-q.slots
		w.placed = false
	}
}

// Rest gives up the place of a group among the limit, and waits so long, or until ctx ends or
// stirred is closed. The Run that calls it goes on without a place: it may look, and calls
// Resume before it does work.
func (q *Queue[G, K, T]) Rest(ctx context.Context, g G, d time.Duration, stirred <-chan struct{}) {
	q.leave(q.group(g))
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
	case <-stirred:
	case <-ctx.Done():
	}
}

// Resume takes a place again, if Rest gave it up, and waits for it.
func (q *Queue[G, K, T]) Resume(ctx context.Context, g G) { q.enter(ctx, q.group(g)) }

func (q *Queue[G, K, T]) group(g G) *group[K, T] {
	q.mu.Lock()
	defer q.mu.Unlock()
	return q.groups[g]
}

// Close refuses new items and waits until those accepted have been worked on. When
// ctx ends first, it cancels what is running, waits for that, and returns ctx's cause.
func (q *Queue[G, K, T]) Close(ctx context.Context) error {
	q.mu.Lock()
	q.closed = true
	q.mu.Unlock()
	defer q.cancel()
	idle := make(chan struct{})
	go func() { // ends with the wait group, which both branches wait for
		q.wg.Wait()
		close(idle)
	}()
	select {
	case <-idle:
		return nil
	case <-ctx.Done():
		q.cancel()
		<-idle
		return context.Cause(ctx)
	}
}
