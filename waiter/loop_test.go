// SPDX-License-Identifier: Apache-2.0

package waiter_test

import (
	"container/heap"
	"testing"
	"time"

	"github.com/octaviakit/octaviakit/provider"
	"github.com/octaviakit/octaviakit/waiter"
	"github.com/stretchr/testify/assert"
)

// agenda is what a reconciler has to look at, the earliest first.
type agenda []appointment

type appointment struct {
	at time.Time
	i  int
}

func (a agenda) Len() int           { return len(a) }
func (a agenda) Less(i, j int) bool { return a[i].at.Before(a[j].at) }
func (a agenda) Swap(i, j int)      { a[i], a[j] = a[j], a[i] }
func (a *agenda) Push(x any)        { *a = append(*a, x.(appointment)) }
func (a *agenda) Pop() any {
	last := (*a)[len(*a)-1]
	*a = (*a)[:len(*a)-1]
	return last
}

// reconciler is one goroutine that asks after each load balancer when its time has come, and
// not before, until all are settled; it returns how long that took each.
func reconciler(t *testing.T, w func(i int) *waiter.Waiter, ids []string) []time.Duration {
	t.Helper()
	return reconcile(t, w, ids, 0)
}

// reconcile is a reconciler that hears of another load balancer after so long each.
func reconcile(t *testing.T, w func(i int) *waiter.Waiter, ids []string, each time.Duration) []time.Duration {
	t.Helper()
	began := time.Now()
	seen := make([]time.Duration, len(ids))
	var todo agenda
	for i := range ids {
		todo = append(todo, appointment{began.Add(time.Duration(i) * each), i})
	}
	for len(todo) > 0 {
		next := heap.Pop(&todo).(appointment)
		time.Sleep(time.Until(next.at))
		p, err := w(next.i).Check(t.Context(), ids[next.i])
		if !assert.NoError(t, err) {
			return seen
		}
		if p.Settled {
			assert.Empty(t, p.Status.Pending())
			seen[next.i] = time.Since(began)
			continue
		}
		heap.Push(&todo, appointment{time.Now().Add(p.After), next.i})
	}
	return seen
}

// It costs one goroutine that goes from one to the next what it costs as many waits, or a bit
// more where they begin one after the other: waits put themselves off until a tick has passed.
func TestChecksOneByOneShareLists(t *testing.T) {
	for _, each := range []time.Duration{0, 100 * time.Millisecond} {
		t.Run(each.String(), func(t *testing.T) {
			bubble(t, func(t *testing.T) {
				one := manyCreates(t, 100, provider.Amphora, "members", func(t *testing.T, w func(int) *waiter.Waiter, ids []string) []time.Duration {
					return reconcile(t, w, ids, each)
				})
				many := manyCreates(t, 100, provider.Amphora, "members", func(t *testing.T, w func(int) *waiter.Waiter, ids []string) []time.Duration {
					return await(t, w, ids, each)
				})
				assert.LessOrEqual(t, one.calls, many.calls*7/5)
				assert.LessOrEqual(t, one.later, time.Second, "one tick")
			})
		})
	}
}
