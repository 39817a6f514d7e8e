// SPDX-License-Identifier: Apache-2.0

package coalesce_test

import (
	"context"
	"math/rand/v2"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/octaviakit/octaviakit/internal/coalesce"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

type batch struct {
	at    time.Duration
	group string
	key   string
	items []int
}

// recorder takes what has gathered, and holds it for a while.
type recorder struct {
	mu      sync.Mutex
	start   time.Time
	hold    time.Duration
	batches []batch
	busy    map[string]bool
	most    int
}

func (r *recorder) run(t *testing.T) coalesce.Run[string, string, int] {
	t.Helper()
	return func(ctx context.Context, g, k string, take func() []int) {
		r.mu.Lock()
		assert.False(t, r.busy[g], "one at a time in a group")
		r.busy[g] = true
		n := 0
		for _, b := range r.busy {
			if b {
				n++
			}
		}
		r.most = max(r.most, n)
		r.batches = append(r.batches, batch{time.Since(r.start), g, k, take()})
		r.mu.Unlock()
		select {
		case <-time.After(r.hold):
		case <-ctx.Done():
		}
		r.mu.Lock()
		r.busy[g] = false
		r.mu.Unlock()
	}
}

func newRecorder(hold time.Duration) *recorder {
	return &recorder{start: time.Now(), hold: hold, busy: map[string]bool{}}
}

func TestItemsGatherWhileWorkIsInFlight(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		r := newRecorder(8*time.Second - time.Millisecond)
		q := coalesce.New(0, 0, r.run(t))
		for i := range 100 {
			require.NoError(t, q.Add("lb", "pool", i))
			time.Sleep(100 * time.Millisecond)
		}
		require.NoError(t, q.Close(t.Context()))
		require.Len(t, r.batches, 3)
		assert.Len(t, r.batches[0].items, 1)
		assert.Equal(t, r.hold, r.batches[1].at)
		assert.Len(t, r.batches[1].items, 79)
		assert.Len(t, r.batches[2].items, 20)
		assert.ErrorIs(t, q.Add("lb", "pool", 1), coalesce.ErrClosed)
	})
}

func TestKeysOfAGroupTakeTurnsAndGroupsRunTogether(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		r := newRecorder(time.Second)
		q := coalesce.New(2, 0, r.run(t))
		for _, g := range []string{"a", "b", "c"} {
			for _, k := range []string{"p", "q", "p"} {
				require.NoError(t, q.Add(g, k, 1))
			}
		}
		require.NoError(t, q.Close(t.Context()))
		assert.Len(t, r.batches, 6, "two keys in each of three groups")
		assert.Equal(t, 2, r.most, "the limit")
		assert.Equal(t, 3*time.Second, time.Since(r.start), "six seconds of work, two at a time")
	})
}

func TestLingerJoinsABurst(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		r := newRecorder(time.Second)
		q := coalesce.New(0, 500*time.Millisecond, r.run(t))
		for i := range 5 {
			require.NoError(t, q.Add("lb", "pool", i))
			time.Sleep(50 * time.Millisecond)
		}
		require.NoError(t, q.Close(t.Context()))
		require.Len(t, r.batches, 1)
		assert.Equal(t, []int{0, 1, 2, 3, 4}, r.batches[0].items)
	})
}

func TestCloseWithoutPatienceCancelsAndJoins(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		r := newRecorder(time.Hour)
		q := coalesce.New(1, 0, r.run(t))
		for _, g := range []string{"a", "b"} { // b waits for the slot
			require.NoError(t, q.Add(g, "pool", 1))
		}
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		assert.ErrorIs(t, q.Close(ctx), context.DeadlineExceeded)
		assert.Equal(t, time.Minute, time.Since(r.start))
		assert.Len(t, r.batches, 2, "nobody is forgotten")
	})
}

func TestEveryItemIsTakenOnceWhateverTheInterleaving(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var mu sync.Mutex
		seen := map[int]int{}
		q := coalesce.New(3, 0, func(_ context.Context, _, _ int, take func() []int) {
			for range 2 { // early and late
				items := take()
				time.Sleep(time.Duration(len(items)) * time.Millisecond)
				mu.Lock()
				for _, i := range items {
					seen[i]++
				}
				mu.Unlock()
			}
		})
		var wg sync.WaitGroup
		for w := range 20 {
			r := rand.New(rand.NewPCG(uint64(w), 1)) //nolint:gosec // a test
			wg.Go(func() {
				for i := range 200 {
					assert.NoError(t, q.Add(r.IntN(5), r.IntN(3), w*200+i))
					time.Sleep(time.Duration(r.IntN(3)) * time.Millisecond)
				}
			})
		}
		wg.Wait()
		require.NoError(t, q.Close(t.Context()))
		require.Len(t, seen, 4000)
		for i, n := range seen {
			assert.Equal(t, 1, n, i)
		}
	})
}

// Who rests leaves its place to others, goes on without one, and takes one again before it
// works on: never are more at work than the limit.
func TestWhoRestsGoesOnWithoutAPlace(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		start := time.Now()
		looked := map[string]time.Duration{}
		working, most := 0, 0
		var mu sync.Mutex
		work := func() {
			mu.Lock()
			working++
			most = max(most, working)
			mu.Unlock()
			time.Sleep(time.Minute)
			mu.Lock()
			working--
			mu.Unlock()
		}
		var q *coalesce.Queue[string, string, int]
		q = coalesce.New(1, 0, func(ctx context.Context, g, _ string, take func() []int) {
			take()
			q.Resume(ctx, g) // it has one
			work()
			q.Rest(ctx, g, 2*time.Second, nil)
			mu.Lock()
			looked[g] = time.Since(start)
			mu.Unlock()
			q.Resume(ctx, g)
			work()
		})
		for _, g := range []string{"a", "b", "c"} {
			require.NoError(t, q.Add(g, "k", 1))
			time.Sleep(time.Millisecond)
		}
		require.NoError(t, q.Close(t.Context()))
		assert.Equal(t, map[string]time.Duration{"a": 62 * time.Second, "b": 122 * time.Second, "c": 182 * time.Second}, looked)
		assert.Equal(t, 1, most)
		assert.Equal(t, 6*time.Minute, time.Since(start))
	})
}
