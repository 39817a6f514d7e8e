// SPDX-License-Identifier: Apache-2.0

package lb_test

import (
	"context"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/octaviakit/octaviakit/fake"
	"github.com/octaviakit/octaviakit/lb"
	"github.com/octaviakit/octaviakit/observe"
)

// watcher notes the milestones and when they came.
type watcher struct {
	mu    sync.Mutex
	begin time.Time
	kinds []observe.Kind
	at    map[observe.Kind]time.Duration
	last  observe.Event
}

func watching() *watcher { return &watcher{begin: time.Now(), at: map[observe.Kind]time.Duration{}} }

func (w *watcher) Observe(_ context.Context, e observe.Event) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if e.Kind == observe.AddressKnown || e.Kind == observe.Serving || e.Kind == observe.Complete {
		w.kinds, w.at[e.Kind], w.last = append(w.kinds, e.Kind), time.Since(w.begin), e
	}
}

func TestMilestonesAreToldOnceAndInOrder(t *testing.T) {
	in(t, func(t *testing.T, c cell, cloud *fake.Cloud) {
		w := watching()
		e, spec := engine(cloud, lb.WithObserver(w)), service(cloud, c, 2, 3)
		g, err := e.Ensure(t.Context(), spec)
		require.NoError(t, err)
		assert.Equal(t, []observe.Kind{observe.AddressKnown, observe.Serving, observe.Complete}, w.kinds)
		assert.Equal(t, g.Address().String(), w.last.Address)
		if lookup(t, c.provider, c.release).EarlyFloatingIP() {
			assert.Less(t, w.at[observe.AddressKnown], time.Second)
		}
		assert.LessOrEqual(t, w.at[observe.Serving], w.at[observe.Complete])

		w.kinds = nil
		_, err = e.Ensure(t.Context(), spec)
		require.NoError(t, err)
		assert.Equal(t, []observe.Kind{observe.Complete}, w.kinds, "the others are no news")
	})
}

// Nobody is said to serve who is not: not an empty pool, not members that are down; and
// the end is told nonetheless.
func TestServingIsNotMadeUp(t *testing.T) {
	in(t, func(t *testing.T, c cell, cloud *fake.Cloud) {
		w := watching()
		e, spec := engine(cloud, lb.WithObserver(w)), service(cloud, c, 1, 0)
		_, err := e.Ensure(t.Context(), spec)
		require.NoError(t, err)
		assert.Equal(t, []observe.Kind{observe.AddressKnown, observe.Complete}, w.kinds)

		_, err = e.Ensure(t.Context(), service(cloud, c, 1, 1))
		require.NoError(t, err)
		assert.Equal(t, []observe.Kind{observe.AddressKnown, observe.Complete, observe.Serving, observe.Complete}, w.kinds)
	})
}

func TestStepsTellMilestones(t *testing.T) {
	in(t, func(t *testing.T, c cell, cloud *fake.Cloud) {
		w := watching()
		steps(t, engine(cloud, lb.WithObserver(w)), cloud, service(cloud, c, 1, 2))
		assert.Equal(t, []observe.Kind{observe.AddressKnown, observe.Serving, observe.Complete}, w.kinds)
	})
}

// A program that takes over is told what holds already, too.
func TestMilestonesAfterARestart(t *testing.T) {
	in(t, func(t *testing.T, c cell, cloud *fake.Cloud) {
		spec := service(cloud, c, 1, 2)
		_, err := engine(cloud).Ensure(t.Context(), spec)
		require.NoError(t, err)
		w := watching()
		_, err = engine(cloud, lb.WithObserver(w)).Ensure(t.Context(), spec)
		require.NoError(t, err)
		assert.Equal(t, []observe.Kind{observe.AddressKnown, observe.Serving, observe.Complete}, w.kinds)
	})
}
