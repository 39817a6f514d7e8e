// SPDX-License-Identifier: Apache-2.0

package waiter_test

import (
	"context"
	"math/rand/v2"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/octaviakit/octaviakit/waiter"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestManyWaitsShareReads(t *testing.T) {
	for _, c := range []struct {
		name     string
		from, to time.Duration
		bare     bool
	}{
		{"with children, as amphora creates them", 45 * time.Second, 110 * time.Second, false},
		{"with children, all at the same moment", 90 * time.Second, 90*time.Second + 1, false},
		{"bare, quick", time.Second, 6 * time.Second, true},
		{"bare, slow", 30 * time.Second, 60 * time.Second, true},
	} {
		t.Run(c.name, func(t *testing.T) {
			bubble(t, func(t *testing.T) {
				p := newProject(spread(500, c.from, c.to)...)
				p.bare = c.bare
				seen := p.all(t, p.active(p.waiter()))
				alone, reads := p.lonely()
				var later time.Duration
				for i := range seen {
					later = max(later, seen[i]-alone[i])
				}
				t.Logf("%d calls (%d lists, %d single reads) instead of %d (1/%d); at most %v later than alone",
					p.lists+p.singles, p.lists, p.singles, reads, reads/(p.lists+p.singles), later)
				assert.LessOrEqual(t, p.lists+p.singles, reads/20)
				assert.LessOrEqual(t, later, time.Second, "one tick")
			})
		})
	}
}

func TestListsPerTickAreBounded(t *testing.T) {
	bubble(t, func(t *testing.T) {
		p := newProject(spread(300, 20*time.Second, 40*time.Second)...)
		w := p.waiter()
		p.all(t, func(ctx context.Context, i int) error {
			time.Sleep(time.Duration(i) * ms(37)) // they begin one after the other
			return p.active(w)(ctx, i)
		})
		t.Logf("%d lists, %d single reads in 40s", p.lists, p.singles)
		assert.LessOrEqual(t, p.lists, 4*40+1, "four a second at most")
	})
}

func TestFewWaitsReadAlone(t *testing.T) {
	bubble(t, func(t *testing.T) {
		p := newProject(spread(6, ms(200), ms(900))...)
		seen := p.all(t, p.active(p.waiter()))
		alone, reads := p.lonely()
		assert.Equal(t, alone, seen)
		assert.Zero(t, p.lists)
		assert.Equal(t, reads, p.singles)
	})
}

func TestAListThatIsDearIsNotRead(t *testing.T) {
	bubble(t, func(t *testing.T) {
		until := append(spread(10, 20*time.Second, 40*time.Second), make([]time.Duration, 12000)...)
		p := newProject(until...)
		w := p.waiter()
		var wg sync.WaitGroup
		for i := range 10 {
			wg.Go(func() { assert.NoError(t, p.active(w)(t.Context(), i)) })
		}
		wg.Wait()
		assert.LessOrEqual(t, p.lists, 13, "one look at thirteen pages was enough")
	})
}

func TestSharedListPagesByMarker(t *testing.T) {
	bubble(t, func(t *testing.T) {
		p := newProject(spread(100, 5*time.Second, 10*time.Second)...)
		p.limit = 40
		p.all(t, p.active(p.waiter()))
		for _, call := range p.calls {
			if strings.HasPrefix(call, "GET loadbalancers?") {
				assert.Contains(t, call, "fields=provisioning_status", "on each page")
				assert.NotContains(t, call, "limit=1")
			}
		}
	})
}

func TestManyDeletesShareReads(t *testing.T) {
	bubble(t, func(t *testing.T) {
		p := newProject(spread(500, 5*time.Second, 30*time.Second)...)
		p.gone = true
		w := p.waiter()
		p.all(t, func(ctx context.Context, i int) error { return w.Deleted(ctx, name(i)) })
		_, reads := p.lonely()
		assert.LessOrEqual(t, p.lists+p.singles, reads/20)

		p = newProject(make([]time.Duration, 100)...)
		p.gone = true
		w = p.waiter()
		p.all(t, func(ctx context.Context, i int) error { return w.Deleted(ctx, name(i)) })
		assert.GreaterOrEqual(t, p.singles, 92, "what was never listed may be another project's: asked for singly")
	})
}

func TestListRefused(t *testing.T) {
	bubble(t, func(t *testing.T) {
		p := newProject(spread(50, ms(500), 20*time.Second)...)
		p.refuse = func(time.Duration) int { return 403 }
		p.all(t, p.active(p.waiter()))
		assert.Equal(t, 1, p.lists, "not asked again")
	})
}

func TestListFailsForAWhile(t *testing.T) {
	bubble(t, func(t *testing.T) {
		p := newProject(spread(50, 20*time.Second, 40*time.Second)...)
		p.refuse = func(at time.Duration) int {
			if at > 5*time.Second && at < 15*time.Second {
				return 503
			}
			return 0
		}
		p.all(t, p.active(p.waiter()))

		p = newProject(spread(50, 20*time.Second, 40*time.Second)...)
		p.refuse = func(time.Duration) int { return 503 }
		_, err := p.waiter().Active(t.Context(), name(0))
		require.NoError(t, err, "alone it does not matter")
	})
}

// The wait that reads for all may end at any time; the others must not notice.
func TestLeaderLeaves(t *testing.T) {
	bubble(t, func(t *testing.T) {
		p := newProject(spread(60, 20*time.Second, 40*time.Second)...)
		w := p.waiter()
		r := rand.New(rand.NewPCG(9, 10))
		var wg sync.WaitGroup
		for i := range p.until {
			ctx, cancel := context.WithCancel(t.Context())
			stays := i%3 == 0
			if !stays {
				time.AfterFunc(time.Duration(r.Int64N(int64(20*time.Second))), cancel)
			}
			wg.Go(func() {
				defer cancel()
				began := time.Now()
				_, err := w.Active(ctx, name(i))
				if stays {
					assert.NoError(t, err)
					at, _ := look(p.until[i]-began.Sub(p.start), cold)
					assert.LessOrEqual(t, time.Since(began), at+time.Second)
				} else {
					assert.ErrorIs(t, err, context.Canceled)
				}
			})
		}
		wg.Wait()
		assert.Positive(t, p.lists)
	})
}

// A list that began before a wait did must not answer it: the wait may follow a change the list does not show.
func TestNoOldNews(t *testing.T) {
	bubble(t, func(t *testing.T) {
		p := newProject(make([]time.Duration, 40)...)
		for i := range p.until[:39] {
			p.until[i] = 30 * time.Second
		}
		serve := p.serve
		p.serve = func(r *http.Request, at time.Duration) (int, string, http.Header) {
			status, body, h := serve(r, at)
			if strings.HasSuffix(r.URL.Path, "/loadbalancers") {
				p.mu.Unlock() // the answer is made, and is long under way
				time.Sleep(ms(50))
				p.mu.Lock()
			}
			return status, body, h
		}
		w := p.waiter()
		var wg sync.WaitGroup
		for i := range 39 {
			wg.Go(func() { assert.NoError(t, p.active(w)(t.Context(), i)) })
		}
		wg.Go(func() {
			for time.Since(p.start) < 29*time.Second {
				time.Sleep(ms(10))
				began := time.Since(p.start)
				p.mu.Lock()
				p.until[39] = began + ms(30) // a change
				p.mu.Unlock()
				assert.NoError(t, p.active(w)(t.Context(), 39))
				assert.GreaterOrEqual(t, time.Since(p.start), began+ms(30), "settled before the change was done")
			}
		})
		wg.Wait()
	})
}

func TestRateIsLimitedAndFair(t *testing.T) {
	bubble(t, func(t *testing.T) {
		p := newProject(make([]time.Duration, 8)...)
		w := p.waiter(waiter.WithRate(1)) // bursts of ten
		for range 5 {
			p.all(t, p.active(w))
		}
		assert.Len(t, p.times, 40)
		assert.Equal(t, time.Duration(0), p.times[9])
		for i := 11; i < 40; i++ {
			assert.Equal(t, time.Second, p.times[i]-p.times[i-1])
		}
	})
}
