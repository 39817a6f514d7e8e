// SPDX-License-Identifier: Apache-2.0

package lb_test

import (
	"fmt"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/octaviakit/octaviakit/fake"
	"github.com/octaviakit/octaviakit/lb"
	"github.com/octaviakit/octaviakit/provider"
)

// fleet is so many load balancers of two ports each.
func fleet(cloud *fake.Cloud, c cell, n int) []lb.Spec {
	out := make([]lb.Spec, n)
	for i := range out {
		out[i] = service(cloud, c, 2, 3)
		out[i].Name = fmt.Sprintf("service-%02d", i)
	}
	return out
}

// wish sets all Specs and waits until each is reported.
func wish(t *testing.T, e *lb.Engine, workers int, specs []lb.Spec) {
	t.Helper()
	var mu sync.Mutex
	met := 0
	s := lb.NewSyncer(e, workers, func(r lb.Result) {
		mu.Lock()
		defer mu.Unlock()
		met++
		assert.NoError(t, r.Err)
		assert.NotNil(t, r.Graph)
	})
	for _, spec := range specs {
		require.NoError(t, s.Set(spec))
	}
	require.NoError(t, s.Close(t.Context()))
	require.Equal(t, len(specs), met)
}

func calls(cloud *fake.Cloud) int { return len(cloud.Polls()) + len(cloud.Mutations()) }

// A controller wishes anew for everything it has, every few minutes. When nothing
// changed since the Engine last looked, that costs lists and nothing for each.
func TestAResyncReadsSharedLists(t *testing.T) {
	for _, workers := range []int{0, 1, 2, 8} {
		t.Run(fmt.Sprintf("%d workers", workers), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				c := cell{provider.Amphora, provider.Epoxy}
				cloud := c.cloud()
				many := 50
				if raced {
					many = 20
				}
				specs := fleet(cloud, c, many)
				e := engine(cloud)
				wish(t, e, workers, specs)
				time.Sleep(time.Minute)
				wish(t, e, workers, specs) // what was read in the second of a change is read once more
				time.Sleep(time.Minute)
				cloud.ForgetCalls()
				wish(t, e, workers, specs)
				assert.Empty(t, cloud.Mutations())
				// Two lists for a survey, and another survey for wishes that were made while
				// one was under way: with 8 workers up to 9, as the scheduler will have it.
				assert.LessOrEqual(t, calls(cloud), 2*(max(workers, 4)+1))
			})
		})
	}
}

// Who calls Ensure from many goroutines shares the lists, too.
func TestConcurrentLooksShareLists(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := cell{provider.Amphora, provider.Epoxy}
		cloud := c.cloud()
		specs := fleet(cloud, c, 40)
		e := engine(cloud)
		all := func() {
			var wg sync.WaitGroup
			for _, spec := range specs {
				wg.Go(func() { _, err := e.Ensure(t.Context(), spec); assert.NoError(t, err) })
			}
			wg.Wait()
			time.Sleep(time.Minute)
		}
		all()
		all()
		cloud.ForgetCalls()
		all()
		assert.Empty(t, cloud.Mutations())
		assert.LessOrEqual(t, calls(cloud), len(specs)+10)
	})
}

// What happened before a wish is seen when it is met, also by a Syncer that answers
// most wishes from one survey.
func TestAResyncIsNotBlind(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := cell{provider.Amphora, provider.Epoxy}
		cloud := c.cloud()
		specs := fleet(cloud, c, 10)
		e := engine(cloud)
		for range 3 {
			wish(t, e, 2, specs)
			time.Sleep(time.Minute)
		}
		other := engine(cloud, lb.WithApproval(func(*lb.Plan) error { return nil }))
		smaller := service(cloud, c, 1, 2)
		smaller.Name = specs[7].Name
		_, err := other.Ensure(t.Context(), smaller)
		require.NoError(t, err)
		require.NoError(t, other.Delete(t.Context(), specs[3].Name))

		wish(t, e, 2, specs)
		for _, i := range []int{3, 7} {
			plan, err := engine(cloud).Plan(t.Context(), specs[i])
			require.NoError(t, err)
			assert.True(t, plan.Empty(), "%v", plan)
		}
	})
}
