// SPDX-License-Identifier: Apache-2.0

package lb_test

import (
	"fmt"
	"slices"
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
// changed since the Engine last looked, that costs lists and nothing for each: from the
// first time on, for what the Syncer has made itself.
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
				for range 2 {
					cloud.ForgetCalls()
					wish(t, e, workers, specs)
					assert.Empty(t, cloud.Mutations())
					assert.LessOrEqual(t, calls(cloud), 10, "load balancers and floating IPs, and for the last wishes once more")
					time.Sleep(time.Minute)
				}
			})
		})
	}
}

// An Engine that has never looked reads the lists of the project once for all load
// balancers, and the members of each pool: what no list shows.
func TestAFirstResyncReadsOnlyMembersOneByOne(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := cell{provider.Amphora, provider.Epoxy}
		cloud := c.cloud()
		specs := fleet(cloud, c, 20)
		wish(t, engine(cloud), 0, specs)
		cloud.ForgetCalls()
		wish(t, engine(cloud), 0, specs)
		assert.Empty(t, cloud.Mutations())
		assert.LessOrEqual(t, calls(cloud), 2*len(specs)+10, "two pools each")
	})
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

// Who calls Ensure for one after the other can share the lists, too, and sees then what
// others change a little later.
func TestASequenceOfLooksSharesListsWithinTheFreshness(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := cell{provider.Amphora, provider.Epoxy}
		cloud := c.cloud()
		specs := fleet(cloud, c, 20)
		wish(t, engine(cloud), 0, specs)
		e := engine(cloud, lb.WithFreshness(10*time.Second), lb.WithApproval(func(*lb.Plan) error { return nil }))
		all := func() int {
			cloud.ForgetCalls()
			for _, spec := range specs {
				g, err := e.Ensure(t.Context(), spec)
				require.NoError(t, err)
				settled(t, g)
			}
			return calls(cloud)
		}
		assert.LessOrEqual(t, all(), 2*len(specs)+5, "two pools each, and lists")
		time.Sleep(time.Minute)
		assert.Equal(t, 2, all(), "load balancers and floating IPs")

		smaller := service(cloud, c, 1, 2)
		smaller.Name = specs[7].Name
		other := engine(cloud, lb.WithApproval(func(*lb.Plan) error { return nil }))
		_, err := other.Ensure(t.Context(), smaller)
		require.NoError(t, err)
		time.Sleep(11 * time.Second)
		all()
		plan, err := engine(cloud).Plan(t.Context(), specs[7])
		require.NoError(t, err)
		assert.True(t, plan.Empty(), "mended: %v", plan)

		specs[3].Listeners[0].ConnLimit = new(7)
		all()
		plan, err = engine(cloud).Plan(t.Context(), specs[3])
		require.NoError(t, err)
		assert.True(t, plan.Empty(), "what the Engine changes itself spoils the survey: %v", plan)
		require.NoError(t, e.Delete(t.Context(), specs[5].Name))
		_, err = e.Plan(t.Context(), specs[5])
		require.NoError(t, err)
		all()
	})
}

// A change in the very second of the last one is seen, whenever it comes, also on a cloud
// that settles at once: updated_at has whole seconds.
func TestAChangeInTheSameSecondIsSeen(t *testing.T) {
	for at := time.Duration(0); at < 3*time.Second; at += 150 * time.Millisecond {
		synctest.Test(t, func(t *testing.T) {
			cloud := fake.New(fake.WithProvider(provider.Amphora, provider.Epoxy), fake.WithLatency(fake.Instantly))
			spec := service(cloud, cell{provider.Amphora, provider.Epoxy}, 1, 2)
			spec.Name = "service"
			changed := spec
			changed.Pools = slices.Clone(spec.Pools)
			changed.Pools[0].Members = slices.Clone(spec.Pools[0].Members)
			changed.Pools[0].Members[0].Weight = new(7)
			e, other := engine(cloud), engine(cloud)
			time.Sleep(700 * time.Millisecond)
			_, err := e.Ensure(t.Context(), spec)
			require.NoError(t, err)
			time.Sleep(at)
			_, err = e.Ensure(t.Context(), changed) // from here on the Engine may remember
			require.NoError(t, err)
			spec.Pools[0].Members[0].Weight = new(1)
			_, err = other.Ensure(t.Context(), spec)
			require.NoError(t, err)
			plan, err := e.Plan(t.Context(), changed)
			require.NoError(t, err)
			assert.False(t, plan.Empty(), "%s after", at)
		})
	}
}
