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

func TestSyncerConvergesManySideBySide(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := cell{provider.Amphora, provider.Epoxy}
		cloud := c.cloud()
		var mu sync.Mutex
		results := map[string][]lb.Result{}
		s := lb.NewSyncer(engine(cloud), 10, func(r lb.Result) {
			mu.Lock()
			defer mu.Unlock()
			results[r.Name] = append(results[r.Name], r)
		})
		begin := time.Now()
		for i := range 10 {
			spec := service(cloud, c, 1, 2)
			spec.Name = fmt.Sprintf("service-%d", i)
			require.NoError(t, s.Set(spec))
		}
		time.Sleep(time.Second)
		for range 20 { // a burst of changes while the load balancer is being made
			spec := service(cloud, c, 1, 3)
			spec.Name = "service-0"
			require.NoError(t, s.Set(spec))
		}
		require.NoError(t, s.Close(t.Context()))

		assert.Less(t, time.Since(begin), 75*time.Second, "one after the other would take 450 s")
		for i := range 10 {
			require.NotEmpty(t, results[fmt.Sprintf("service-%d", i)])
		}
		last := results["service-0"]
		require.Len(t, last, 2)
		require.NoError(t, last[1].Err)
		assert.Equal(t, 20, last[1].Coalesced, "the burst is one change")
		assert.Equal(t, 2, cloud.Cycles(last[1].Graph.ID()))
		require.ErrorIs(t, s.Set(service(cloud, c, 1, 1)), lb.ErrClosed)
	})
}

// What became of a wish is told when it is known, not when those who wait have had their
// turn; and no more than so many are at work meanwhile.
func TestResultsDoNotWaitForOthers(t *testing.T) {
	const workers = 3
	for many, late := range map[int]time.Duration{1: 4 * time.Second, 20: 6 * time.Second} {
		synctest.Test(t, func(t *testing.T) {
			c := cell{provider.Amphora, provider.Epoxy}
			cloud := c.cloud()
			var mu sync.Mutex
			told := map[string]time.Time{}
			s := lb.NewSyncer(engine(cloud), workers, func(r lb.Result) {
				mu.Lock()
				defer mu.Unlock()
				assert.NoError(t, r.Err)
				told[r.Graph.ID()] = time.Now()
			})
			for _, spec := range fleet(cloud, c, many) {
				require.NoError(t, s.Set(spec))
			}
			require.NoError(t, s.Close(t.Context()))
			spans := cloud.Spans("")
			require.Len(t, spans, many)
			for _, a := range spans {
				assert.Less(t, told[a.LB].Sub(a.End), late)
				atWork := 0
				for _, b := range spans {
					if !b.Start.After(a.Start) && b.End.After(a.Start) {
						atWork++
					}
				}
				assert.LessOrEqual(t, atWork, workers)
			}
		})
	}
}

func TestSweepTakesWhatNobodyWants(t *testing.T) {
	t.Parallel()
	cloud := fake.New()
	c := cell{provider.Amphora, provider.Epoxy}
	e := engine(cloud)
	for _, name := range []string{"wanted", "left over"} {
		spec := service(cloud, c, 1, 1)
		spec.Name = name
		_, err := e.Ensure(t.Context(), spec)
		require.NoError(t, err)
	}
	theirs := service(cloud, c, 1, 1)
	theirs.Name = "theirs"
	_, err := lb.New(cloud.LoadBalancer(), "somebody else", lb.WithNetwork(cloud.Network())).Ensure(t.Context(), theirs)
	require.NoError(t, err)
	before := cloud.Dump()

	keep := func(name string) bool { return name == "wanted" }
	orphans, err := e.Orphans(t.Context(), keep)
	require.NoError(t, err)
	require.Len(t, orphans, 2)
	assert.Equal(t, []string{"left over", "left over"}, []string{orphans[0].Name, orphans[1].Name})
	assert.Equal(t, []lb.Kind{lb.KindLoadBalancer, lb.KindFloatingIP}, []lb.Kind{orphans[0].Kind, orphans[1].Kind})
	assert.Equal(t, before, cloud.Dump(), "looking changes nothing")

	require.NoError(t, e.Sweep(t.Context(), orphans))
	orphans, err = e.Orphans(t.Context(), keep)
	require.NoError(t, err)
	assert.Empty(t, orphans)
	assert.Contains(t, cloud.Dump(), `"wanted"`)
	assert.Contains(t, cloud.Dump(), `"theirs"`)
}

func TestNamesThatNoTagCanHold(t *testing.T) {
	t.Parallel()
	cloud := fake.New()
	spec := service(cloud, cell{provider.Amphora, provider.Epoxy}, 1, 1)
	spec.Name = "a, b " + fmt.Sprintf("%0200d", 7)
	for range 2 {
		_, err := engine(cloud).Ensure(t.Context(), spec)
		require.NoError(t, err)
	}
	assert.Len(t, cloud.Mutations(), 2, "made once, and its floating IP")
	require.NoError(t, engine(cloud).Delete(t.Context(), spec.Name))
	assert.Equal(t, fake.New().Dump(), cloud.Dump())
}
