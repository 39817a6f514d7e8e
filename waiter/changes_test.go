// SPDX-License-Identifier: Apache-2.0

package waiter_test

import (
	"context"
	"sync"
	"testing"
	"time"

	"github.com/octaviakit/octaviakit/fake"
	"github.com/octaviakit/octaviakit/internal/octavia"
	"github.com/octaviakit/octaviakit/provider"
	"github.com/octaviakit/octaviakit/waiter"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// changeMany changes the members of n load balancers at once, each in a Mutate, and in a
// twin of the cloud with a Waiter each.
func changeMany(t *testing.T, n int, on provider.Name, opts ...waiter.WaitOption) crowd {
	t.Helper()
	twin := func(together bool) ([]time.Duration, int) {
		latency := fake.AmphoraLike
		if on == provider.OVN {
			latency = fake.OVNLike
		}
		cloud := fake.New(fake.WithProvider(on, provider.Epoxy), fake.WithLatency(latency)) // no jitter: the twins' calls have no order
		w := waiters(cloud, together)
		ids := createMany(t, cloud, n, on, "members")
		atOnce(t, w, ids)
		pools := poolsOf(t, cloud)
		time.Sleep(time.Minute)
		cloud.ForgetCalls()
		return mutateAll(t, cloud, w, ids, pools, opts), len(cloud.Polls())
	}
	seen, calls := twin(true)
	lonely, alone := twin(false)
	out := crowd{calls: calls, alone: alone}
	for i := range seen {
		out.later = max(out.later, seen[i]-lonely[i])
	}
	t.Logf("%s, members changed: %d calls instead of %d: 1/%.1f, at most %v later", on, calls, alone, float64(alone)/float64(calls), out.later)
	return out
}

func mutateAll(t *testing.T, cloud *fake.Cloud, w func(int) *waiter.Waiter, ids []string, pools map[string]string, opts []waiter.WaitOption) []time.Duration {
	t.Helper()
	began, seen := time.Now(), make([]time.Duration, len(ids))
	var wg sync.WaitGroup
	for i, lb := range ids {
		wg.Go(func() {
			s, err := w(i).Mutate(t.Context(), lb, func(ctx context.Context) error {
				return octavia.PutMembers(ctx, w(i).Client(), pools[lb], []object{
					{"address": "fd00::b:2", "protocol_port": 80, "subnet_id": cloud.Subnet6ID()},
					{"address": "fd00::b:3", "protocol_port": 80, "subnet_id": cloud.Subnet6ID()},
				}, true)
			}, opts...)
			assert.NoError(t, err)
			assert.Empty(t, s.Pending())
			seen[i] = time.Since(began)
		})
	}
	wg.Wait()
	return seen
}

// poolsOf are the pools by load balancer.
func poolsOf(t *testing.T, cloud *fake.Cloud) map[string]string {
	t.Helper()
	out := map[string]string{}
	for o, err := range octavia.List(t.Context(), cloud.LoadBalancer(), "lbaas/pools", "pools", nil) {
		require.NoError(t, err)
		lb, _ := o["loadbalancers"].([]any)[0].(object)
		out[lb["id"].(string)] = o["id"].(string)
	}
	return out
}

// Of members that were changed only their own tree or pool tells, and a wait that is shared
// reads it once, when lists have shown that it is time: that is the least. On ovn, where a
// load balancer is ACTIVE before what is below it, it is read again.
func TestManyChangesReadEachTreeOnce(t *testing.T) {
	for on, most := range map[provider.Name]int{provider.Amphora: 1, provider.OVN: 2} {
		t.Run(string(on), func(t *testing.T) {
			bubble(t, func(t *testing.T) {
				const n = 60
				got := changeMany(t, n, on, waiter.AssumeSettled())
				assert.LessOrEqual(t, got.calls, most*n+25)
				assert.LessOrEqual(t, got.later, 250*time.Millisecond, "one tick")
				got = changeMany(t, n, on)
				assert.LessOrEqual(t, got.calls, (1+most)*n+35, "before and after")
			})
		})
	}
}
