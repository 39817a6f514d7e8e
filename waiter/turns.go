// SPDX-License-Identifier: Apache-2.0

package waiter

import (
	"context"
	"sync"
	"time"
)

// turns lets the Mutates of one load balancer go one after the other. A load
// balancer takes up memory only while somebody works on it.
type turns struct {
	mu  sync.Mutex
	now map[string]*turn
}

// turn is one load balancer's. Whoever has taken from free holds it; receivers
// of a channel are served in the order in which they came.
type turn struct {
	free    chan struct{}
	users   int
	settled bool      // the last holder left it settled: who comes right after need not look
	moved   time.Time // when the last holder saw progress: for those behind it was one, too
}

func newTurns() *turns { return &turns{now: map[string]*turn{}} }

func (t *turns) take(ctx context.Context, id string) (*turn, error) {
	t.mu.Lock()
	mine := t.now[id]
	if mine == nil {
		mine = &turn{free: make(chan struct{}, 1)}
		mine.free <- struct{}{}
		t.now[id] = mine
	}
	mine.users++
	t.mu.Unlock()

	select {
	case <-mine.free:
		if ctx.Err() == nil {
			return mine, nil
		}
		t.release(id, mine)
	case <-ctx.Done():
		t.leave(id, mine)
	}
	return nil, ctx.Err()
}

func (t *turns) release(id string, mine *turn) {
	mine.free <- struct{}{}
	t.leave(id, mine)
}

func (t *turns) leave(id string, mine *turn) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if mine.users--; mine.users == 0 {
		delete(t.now, id)
	}
}
