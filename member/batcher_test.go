// SPDX-License-Identifier: Apache-2.0

package member_test

import (
	"context"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/octaviakit/octaviakit/internal/octavia"
	"github.com/octaviakit/octaviakit/member"
	"github.com/octaviakit/octaviakit/provider"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestBatcherGathersWhileACycleIsInFlight(t *testing.T) {
	bubble(t, func(t *testing.T) {
		s := newStage(t, provider.Amphora, provider.Epoxy, 1, seconds(5))
		p := s.pools[0]
		b := member.NewBatcher(s.w, s.how)
		var wg sync.WaitGroup
		for n := range 50 {
			wg.Go(func() { assert.NoError(t, b.Put(t.Context(), p, s.spec(n+1))) })
			time.Sleep(20 * time.Millisecond)
		}
		wg.Wait()
		assert.Equal(t, []string{"POST member", "PUT members additive"}, s.changes())
		assert.Len(t, s.list(p), 50)
		require.NoError(t, b.Close(t.Context()))
		require.ErrorIs(t, b.Put(t.Context(), p, s.spec(1)), member.ErrClosed)
	})
}

func TestBatcherLatestWordWinsFieldByField(t *testing.T) {
	bubble(t, func(t *testing.T) {
		s := newStage(t, provider.Amphora, provider.Epoxy, 1, seconds(5))
		p := s.pools[0]
		b := member.NewBatcher(s.w, s.how)
		var wg sync.WaitGroup
		do := func(f func() error) {
			wg.Go(func() { assert.NoError(t, f()) })
			synctest.Wait()
		}
		weighted, named := s.spec(1), s.spec(1)
		weighted.Weight, named.Name = new(9), "n"
		do(func() error { return b.Put(t.Context(), p, s.spec(99)) }) // occupies the first cycle
		do(func() error { return b.Put(t.Context(), p, weighted) })
		do(func() error { return b.Put(t.Context(), p, named) })
		do(func() error { return b.Put(t.Context(), p, s.spec(2), s.spec(3)) })
		do(func() error { return b.Remove(t.Context(), p, s.spec(2).Key(), s.spec(99).Key(), s.spec(50).Key()) })
		wg.Wait()
		assert.Equal(t, []string{"10.1.0.1:80", "10.1.0.3:80"}, s.keys(p))
		m := s.list(p)[0]
		assert.Equal(t, 9, m.Weight)
		assert.Equal(t, "n", m.Name)
		do(func() error { return b.Replace(t.Context(), p, s.specs(3, 6)) })
		wg.Wait()
		assert.Equal(t, []string{"10.1.0.3:80", "10.1.0.4:80", "10.1.0.5:80"}, s.keys(p))
		require.NoError(t, b.Close(t.Context()))
	})
}

func TestBatcherOrdersThePoolsOfALoadBalancer(t *testing.T) {
	bubble(t, func(t *testing.T) {
		s := newStage(t, provider.Amphora, provider.Epoxy, 1, seconds(5))
		lb := s.pools[0].LoadBalancerID
		pools := append(s.pools, s.addPool(lb, octavia.Object{"loadbalancer_id": lb}), s.addPool(lb, octavia.Object{"loadbalancer_id": lb}))
		s.cloud.ForgetCalls()
		b := member.NewBatcher(s.w, s.how)
		var wg sync.WaitGroup
		for n := range 10 {
			for _, p := range pools {
				wg.Go(func() { assert.NoError(t, b.Put(t.Context(), p, s.spec(n))) })
			}
		}
		wg.Wait()
		for _, c := range s.cloud.Mutations() {
			assert.Less(t, c.Status, 400, "nobody runs into the lock")
		}
		assert.LessOrEqual(t, s.cloud.Cycles(lb), 6)
		require.NoError(t, b.Close(t.Context()))
	})
}

func TestBatcherTellsTheRightCaller(t *testing.T) {
	bubble(t, func(t *testing.T) {
		s := newStage(t, provider.Amphora, provider.Epoxy, 1, seconds(1))
		p := s.pools[0]
		b := member.NewBatcher(s.w, s.how, member.WithLinger(time.Second))
		bad := s.spec(7)
		bad.SubnetID = "00000000-0000-4000-8000-000000000001"
		var wg sync.WaitGroup
		for n := range 10 {
			wg.Go(func() {
				if n == 7 {
					var one *member.Error
					if assert.ErrorAs(t, b.Put(t.Context(), p, bad), &one) {
						assert.Equal(t, bad.Key(), one.Key)
					}
					return
				}
				assert.NoError(t, b.Put(t.Context(), p, s.spec(n)))
			})
		}
		wg.Wait()
		assert.Len(t, s.list(p), 9)
		require.NoError(t, b.Close(t.Context()))
	})
}

func TestBatcherCancelledCallerDoesNotHarmOthers(t *testing.T) {
	bubble(t, func(t *testing.T) {
		s := newStage(t, provider.Amphora, provider.Epoxy, 1, seconds(5))
		p := s.pools[0]
		b := member.NewBatcher(s.w, s.how)
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		var wg sync.WaitGroup
		wg.Go(func() { assert.ErrorIs(t, b.Put(ctx, p, s.spec(1)), context.DeadlineExceeded) })
		synctest.Wait()
		wg.Go(func() { assert.NoError(t, b.Put(t.Context(), p, s.spec(2))) })
		wg.Wait()
		assert.Len(t, s.list(p), 2, "abandoned is not undone")
		require.NoError(t, b.Close(t.Context()))
	})
}

func TestBatcherCloseWithoutPatienceAnswersEverybody(t *testing.T) {
	bubble(t, func(t *testing.T) {
		s := newStage(t, provider.Amphora, provider.Epoxy, 1, seconds(600))
		p := s.pools[0]
		b := member.NewBatcher(s.w, s.how)
		var wg sync.WaitGroup
		for n := range 3 {
			wg.Go(func() { assert.ErrorIs(t, b.Put(t.Context(), p, s.spec(n)), context.Canceled) })
			synctest.Wait()
		}
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		require.ErrorIs(t, b.Close(ctx), context.DeadlineExceeded)
		wg.Wait()
	})
}

func TestBatcherAnswersWhoIsServedWhileOthersAreInTrouble(t *testing.T) {
	bubble(t, func(t *testing.T) {
		s := newStage(t, provider.Amphora, provider.Epoxy, 1, seconds(5))
		p := s.pools[0]
		b := member.NewBatcher(s.w, s.how, member.WithLinger(time.Second))
		bad := s.spec(15)
		bad.SubnetID = "00000000-0000-4000-8000-000000000001"
		start := time.Now()
		took := make([]time.Duration, 16)
		var wg sync.WaitGroup
		for n := range took {
			wg.Go(func() {
				if n == 15 {
					assert.Error(t, b.Put(t.Context(), p, bad))
				} else {
					assert.NoError(t, b.Put(t.Context(), p, s.spec(n)))
				}
				took[n] = time.Since(start)
			})
		}
		wg.Wait()
		assert.Less(t, took[0], 8*time.Second, "in the first half that was accepted")
		assert.Greater(t, took[15], 15*time.Second, "halves of halves until it is known")
		require.NoError(t, b.Close(t.Context()))
	})
}

func TestBatcherGathersUntilTheLockIsFree(t *testing.T) {
	bubble(t, func(t *testing.T) {
		s := newStage(t, provider.Amphora, provider.Epoxy, 1, seconds(10))
		p := s.pools[0]
		_, err := octavia.Update(t.Context(), s.client, "lbaas/loadbalancers/"+p.LoadBalancerID, "loadbalancer", octavia.Object{"name": "busy"})
		require.NoError(t, err)
		s.cloud.ForgetCalls()
		b := member.NewBatcher(s.w, s.how)
		var wg sync.WaitGroup
		for n := range 4 {
			wg.Go(func() { assert.NoError(t, b.Put(t.Context(), p, s.spec(n))) })
			time.Sleep(2 * time.Second)
		}
		wg.Wait()
		assert.Equal(t, []string{"PUT members additive"}, s.changes())
		require.NoError(t, b.Close(t.Context()))
	})
}

// Where batches are broken, ten members are ten calls.
func TestWhatIsNoLongerWantedIsNotBegun(t *testing.T) {
	bubble(t, func(t *testing.T) {
		s := newStage(t, provider.OVN, provider.Train, 1, seconds(5))
		p := s.pools[0]
		b := member.NewBatcher(s.w, s.how)
		var wg sync.WaitGroup
		wg.Go(func() { assert.NoError(t, b.Put(t.Context(), p, s.specs(1, 11)...)) })
		time.Sleep(12 * time.Second) // the third is under way
		wg.Go(func() { assert.NoError(t, b.Remove(t.Context(), p, s.spec(9).Key(), s.spec(10).Key())) })
		wg.Wait()
		assert.Len(t, s.changes(), 8)
		wg.Go(func() {
			assert.NoError(t, b.Replace(t.Context(), p, s.specs(1, 2)))
			assert.Len(t, s.list(p), 1, "told when the last of the others is gone")
		})
		wg.Wait()
		require.NoError(t, b.Close(t.Context()))

		s.cloud.ForgetCalls()
		var got []member.Result
		sy := member.NewSyncer(s.w, s.how, func(r member.Result) { got = append(got, r) })
		require.NoError(t, sy.Set(p, s.specs(1, 11)))
		time.Sleep(12 * time.Second)
		require.NoError(t, sy.Set(p, s.specs(1, 6)))
		require.NoError(t, sy.Close(t.Context()))
		assert.Len(t, s.changes(), 4, "2 to 5")
		require.Len(t, got, 1)
		assert.Equal(t, 2, got[0].Coalesced)
		assert.Len(t, got[0].Members, 5)
	})
}

func TestSyncerMeetsTheLatestWish(t *testing.T) {
	bubble(t, func(t *testing.T) {
		s := newStage(t, provider.Amphora, provider.Epoxy, 1, seconds(5))
		p := s.pools[0]
		var mu sync.Mutex
		var results []member.Result
		sy := member.NewSyncer(s.w, s.how, func(r member.Result) {
			mu.Lock()
			defer mu.Unlock()
			results = append(results, r)
		})
		for n := range 300 {
			require.NoError(t, sy.Set(p, s.specs(1, n+2)))
			time.Sleep(10 * time.Millisecond)
		}
		require.NoError(t, sy.Close(t.Context()))
		assert.Len(t, s.list(p), 300)
		require.Len(t, results, 2)
		assert.Equal(t, 300, results[0].Coalesced+results[1].Coalesced)
		assert.Equal(t, p, results[1].Pool)
		assert.Len(t, results[1].Members, 300)
		assert.Positive(t, results[1].Took)
		for _, r := range results {
			assert.NoError(t, r.Err)
		}
		require.ErrorIs(t, sy.Set(p, nil), member.ErrClosed)
	})
}

func TestSyncerReportsFailuresAndRefusesBadInput(t *testing.T) {
	bubble(t, func(t *testing.T) {
		s := newStage(t, provider.Amphora, provider.Epoxy, 1, seconds(1))
		p := s.pools[0]
		var got []member.Result
		sy := member.NewSyncer(s.w, s.how, func(r member.Result) { got = append(got, r) })
		require.Error(t, sy.Set(p, []member.Spec{{}}))
		bad := s.specs(1, 4)
		bad[1].SubnetID = "00000000-0000-4000-8000-000000000001"
		require.NoError(t, sy.Set(p, bad))
		require.NoError(t, sy.Close(t.Context()))
		require.Len(t, got, 1)
		var one *member.Error
		require.ErrorAs(t, got[0].Err, &one)
		assert.Equal(t, bad[1].Key(), one.Key)
		assert.True(t, strings.HasSuffix(one.Error(), "not found."), one.Error())
	})
}
