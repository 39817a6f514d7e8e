// SPDX-License-Identifier: Apache-2.0

package member_test

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/octaviakit/octaviakit/fake"
	"github.com/octaviakit/octaviakit/internal/octavia"
	"github.com/octaviakit/octaviakit/member"
	"github.com/octaviakit/octaviakit/provider"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// Whatever interleaves: a wish is reported once, with those that it stands for, and not before
// the pool is as wished and the load balancer at rest.
func TestSyncerReportsEachWishOnceWhenItIsInForce(t *testing.T) {
	for _, on := range []struct {
		n provider.Name
		r provider.Release
	}{{provider.Amphora, provider.Epoxy}, {provider.OVN, provider.Epoxy}, {provider.OVN, provider.Train}} {
		for seed := range uint64(3) {
			t.Run(fmt.Sprint(on.n, " ", on.r, " ", seed), func(t *testing.T) {
				bubble(t, func(t *testing.T) { wishing(t, on.n, on.r, seed) })
			})
		}
	}
}

func wishing(t *testing.T, n provider.Name, on provider.Release, seed uint64) {
	t.Helper()
	r := rand.New(rand.NewPCG(seed, 3)) //nolint:gosec // a test wants the same sequence again
	s := newStage(t, n, on, 2, fake.WithLatency(pick(r, fake.AmphoraLike, fake.OVNLike)), fake.WithSeed(seed))
	lb := s.pools[0].LoadBalancerID
	s.pools = append(s.pools, s.addPool(lb, octavia.Object{"loadbalancer_id": lb})) // two share a lock
	for range seed * 3 {
		f := pick(r, passingFaults()...)(r)
		f.After = r.IntN(40)
		s.cloud.Inject(f)
	}
	var mu sync.Mutex
	wished, told := map[member.Pool]int{}, map[member.Pool]int{}
	last := map[member.Pool]int{}
	theirs := s.cloud.LoadBalancer()
	sy := member.NewSyncer(s.w, s.how, func(res member.Result) {
		assert.NoError(t, res.Err)
		assert.Positive(t, res.Coalesced)
		mu.Lock()
		told[res.Pool] += res.Coalesced
		last[res.Pool] = len(res.Members)
		mu.Unlock()
		if seed > 0 {
			return // a fault may hit the reading
		}
		have, err := member.List(t.Context(), theirs, res.Pool.ID)
		assert.NoError(t, err)
		var got, want []string
		for _, m := range have {
			assert.Equal(t, "ACTIVE", m.Provisioning)
			got = append(got, m.Key().String())
		}
		for _, m := range res.Members {
			want = append(want, m.Key().String())
		}
		assert.Equal(t, strings.Join(want, " "), strings.Join(got, " "))
		o, err := octavia.Get(t.Context(), theirs, "lbaas/loadbalancers/"+res.Pool.LoadBalancerID, "loadbalancer")
		assert.NoError(t, err)
		assert.Equal(t, "ACTIVE", o["provisioning_status"])
	}, member.WithConcurrency(2))
	final := map[member.Pool][]member.Spec{}
	for range 40 {
		p := pick(r, s.pools...)
		from := 1 + r.IntN(4)
		final[p] = s.specs(from, from+r.IntN(6))
		require.NoError(t, sy.Set(p, final[p]))
		wished[p]++
		time.Sleep(time.Duration(r.IntN(3000)) * time.Millisecond)
	}
	require.NoError(t, sy.Close(t.Context())) // with much in flight
	s.cloud.ClearFaults()
	assert.Equal(t, wished, told, "each once")
	for p, want := range final {
		assert.Len(t, s.list(p), len(want))
		assert.Len(t, want, last[p], "the last report is of the last wish")
	}
}
