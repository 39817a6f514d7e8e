// SPDX-License-Identifier: Apache-2.0

package waiter_test

import (
	"context"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/gophercloud/gophercloud/v2"
	"github.com/octaviakit/octaviakit/fake"
	"github.com/octaviakit/octaviakit/internal/octavia"
	"github.com/octaviakit/octaviakit/provider"
	"github.com/octaviakit/octaviakit/waiter"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// The same waits, against a stateful Octavia.

type object = octavia.Object

func populated(c *fake.Cloud, members int) object {
	var list []object
	for i := range members {
		list = append(list, object{"address": fmt.Sprintf("10.1.0.%d", i+1), "protocol_port": 80, "subnet_id": c.MemberSubnetID()})
	}
	return object{"name": "shop", "vip_subnet_id": c.SubnetID(), "listeners": []object{{
		"name": "web", "protocol": "TCP", "protocol_port": 80,
		"default_pool": object{"name": "nodes", "protocol": "TCP", "lb_algorithm": "SOURCE_IP_PORT", "members": list},
	}}}
}

func create(t *testing.T, c *gophercloud.ServiceClient, body object) string {
	t.Helper()
	lb, err := octavia.Create(t.Context(), c, "lbaas/loadbalancers", "loadbalancer", body)
	require.NoError(t, err)
	return lb["id"].(string)
}

func id(t *testing.T, s *waiter.Status, kind string) string {
	t.Helper()
	for _, o := range s.Objects {
		if o.Kind == kind {
			return o.ID
		}
	}
	require.Fail(t, "no "+kind)
	return ""
}

func TestLifeOnOVN(t *testing.T) {
	bubble(t, func(t *testing.T) {
		cloud := fake.New(fake.WithProvider(provider.OVN, provider.Epoxy), fake.WithLatency(fake.OVNLike))
		c := cloud.LoadBalancer()
		w := waiter.New(c)
		lb := create(t, c, populated(cloud, 3))
		s, err := w.Active(t.Context(), lb)
		require.NoError(t, err)
		assert.Len(t, s.Objects, 6)
		assert.Empty(t, s.Pending())

		pool := id(t, s, "pool")
		_, err = w.Mutate(t.Context(), lb, func(ctx context.Context) error {
			return octavia.PutMembers(ctx, c, pool, []object{{"address": "10.1.0.9", "protocol_port": 80, "subnet_id": cloud.MemberSubnetID()}}, true)
		}, waiter.AssumeSettled())
		require.NoError(t, err)
		assert.Equal(t, 2, cloud.Cycles(lb))

		_, err = w.Mutate(t.Context(), lb, func(ctx context.Context) error {
			return octavia.Delete(ctx, c, "lbaas/loadbalancers/"+lb+"?cascade=true")
		}, waiter.UntilGone())
		require.NoError(t, err)
		assert.Len(t, cloud.Mutations(), 3)
	})
}

// Two programs and many callers on one load balancer: nobody sees a 409, nothing is lost or doubled.
func TestNoLockRefusalEscapes(t *testing.T) {
	bubble(t, func(t *testing.T) {
		cloud := fake.New(fake.WithLatency(fake.AmphoraLike), fake.WithJitter(0.5))
		c := cloud.LoadBalancer()
		lb := create(t, c, object{"vip_subnet_id": cloud.SubnetID()})
		ws := []*waiter.Waiter{waiter.New(c), waiter.New(c)}
		var wg sync.WaitGroup
		const n = 24
		for i := range n {
			wg.Go(func() {
				_, err := ws[i%2].Mutate(t.Context(), lb, func(ctx context.Context) error {
					_, err := octavia.Create(ctx, c, "lbaas/listeners", "listener", object{
						"loadbalancer_id": lb, "protocol": "TCP", "protocol_port": 1000 + i,
					})
					return err
				})
				assert.NoError(t, err)
			})
		}
		wg.Wait()
		s, err := ws[0].Active(t.Context(), lb)
		require.NoError(t, err)
		assert.Len(t, s.Objects, n+1)
		assert.Equal(t, n+1, cloud.Cycles(lb))
	})
}

func TestLostRepliesAreConfirmed(t *testing.T) {
	bubble(t, func(t *testing.T) {
		cloud := fake.New(fake.WithLatency(fake.AmphoraLike))
		c := cloud.LoadBalancer()
		lb := create(t, c, object{"vip_subnet_id": cloud.SubnetID()})
		w := waiter.New(c)
		for i, effect := range []fake.Effect{fake.LoseReply, fake.LoseSend} {
			cloud.Inject(fake.Fault{Method: "POST", Path: "/lbaas/listeners", Effect: effect, Times: 1})
			port := 80 + i
			_, err := w.Mutate(t.Context(), lb, func(ctx context.Context) error {
				_, err := octavia.Create(ctx, c, "lbaas/listeners", "listener", object{
					"loadbalancer_id": lb, "protocol": "TCP", "protocol_port": port,
				})
				return err
			}, waiter.Confirm(func(ctx context.Context) (bool, error) {
				for o, err := range octavia.List(ctx, c, "lbaas/listeners", "listeners", nil) {
					if err != nil || o["protocol_port"] == float64(port) {
						return err == nil, err
					}
				}
				return false, nil
			}))
			require.NoError(t, err)
		}
		s, err := w.Active(t.Context(), lb)
		require.NoError(t, err)
		assert.Len(t, s.Objects, 3)
		assert.Equal(t, 3, cloud.Cycles(lb))
	})
}

// Amphora of Xena to Zed loses the children of a single POST: they stay PENDING_CREATE for good.
func TestLostChildrenAreStuck(t *testing.T) {
	bubble(t, func(t *testing.T) {
		cloud := fake.New(fake.WithProvider(provider.Amphora, provider.Zed), fake.WithLatency(fake.AmphoraLike))
		c := cloud.LoadBalancer()
		body := populated(cloud, 1)
		body["listeners"].([]object)[0]["default_pool"].(object)["lb_algorithm"] = "ROUND_ROBIN"
		lb := create(t, c, body)
		_, err := waiter.New(c, waiter.WithStall(20*time.Second)).Active(t.Context(), lb)
		require.ErrorIs(t, err, waiter.ErrStuck)
		var e *waiter.Error
		require.ErrorAs(t, err, &e)
		assert.Len(t, e.Failed, 3)
	})
}

func TestManyCreatesOnTheFake(t *testing.T) {
	bubble(t, func(t *testing.T) {
		for _, below := range []string{"a monitored pool", "members"} {
			got := manyCreates(t, 200, provider.Amphora, below, atOnce)
			assert.LessOrEqual(t, got.calls, got.alone/40, below)
			assert.LessOrEqual(t, got.later, time.Second, "one tick")
		}
		got := manyCreates(t, 200, provider.OVN, "a monitored pool", atOnce)
		assert.LessOrEqual(t, got.calls, got.alone/20)
		assert.LessOrEqual(t, got.later, 250*time.Millisecond, "one tick")
		// Of members on ovn only its own tree or pool tells, so each load balancer that has some costs one call, and another
		// where they are still being made: the driver makes them last, after the monitor.
		got = manyCreates(t, 200, provider.OVN, "members", atOnce)
		assert.LessOrEqual(t, got.calls, 2*200)
		assert.LessOrEqual(t, got.later, 250*time.Millisecond)
	})
}

// crowd is what became of waits for many load balancers, beside lonely waits.
type crowd struct {
	calls, alone int
	later        time.Duration // at most, than a lonely wait would have seen it
}

// waits are ways to wait for many load balancers; each returns how long it took them.
type waits func(t *testing.T, w func(i int) *waiter.Waiter, ids []string) []time.Duration

// manyCreates waits for n load balancers that are created at once, with something below,
// and for their like in a twin of the cloud, each alone.
func manyCreates(t *testing.T, n int, on provider.Name, below string, how waits) crowd {
	t.Helper()
	latency := fake.AmphoraLike
	if on == provider.OVN {
		latency = fake.OVNLike
	}
	twin := func(together bool) ([]time.Duration, int) {
		cloud := fake.New(fake.WithProvider(on, provider.Epoxy), fake.WithLatency(latency), fake.WithJitter(0.3))
		ids := createMany(t, cloud, n, on, below)
		seen := how(t, waiters(cloud, together), ids)
		return seen, len(cloud.Polls())
	}
	seen, calls := twin(true)
	lonely, alone := twin(false)
	out := crowd{calls: calls, alone: alone}
	for i := range seen {
		out.later = max(out.later, seen[i]-lonely[i])
	}
	t.Logf("%s, %s below: %d calls instead of %d: 1/%.1f, at most %v later", on, below, calls, alone, float64(alone)/float64(calls), out.later)
	return out
}

// waiters are one for all or one for each.
func waiters(cloud *fake.Cloud, together bool) func(i int) *waiter.Waiter {
	one, each := waiter.New(cloud.LoadBalancer()), map[int]*waiter.Waiter{}
	var mu sync.Mutex
	return func(i int) *waiter.Waiter {
		mu.Lock()
		defer mu.Unlock()
		if !together && each[i] == nil {
			each[i] = waiter.New(cloud.LoadBalancer())
		}
		if !together {
			return each[i]
		}
		return one
	}
}

func createMany(t *testing.T, cloud *fake.Cloud, n int, on provider.Name, below string) []string {
	t.Helper()
	ids := make([]string, n)
	for i := range ids {
		body := crowded(cloud, i, below)
		if on == provider.OVN && below != "nothing" {
			body["listeners"].([]object)[0]["default_pool"].(object)["lb_algorithm"] = "SOURCE_IP_PORT"
		}
		ids[i] = create(t, cloud.LoadBalancer(), body)
	}
	cloud.ForgetCalls()
	return ids
}

// atOnce waits for all in a goroutine each.
func atOnce(t *testing.T, w func(i int) *waiter.Waiter, ids []string) []time.Duration {
	t.Helper()
	return await(t, w, ids, 0)
}

// await is atOnce, but each begins so long after the one before.
func await(t *testing.T, w func(i int) *waiter.Waiter, ids []string, each time.Duration) []time.Duration {
	t.Helper()
	began, seen := time.Now(), make([]time.Duration, len(ids))
	var wg sync.WaitGroup
	for i, lb := range ids {
		wg.Go(func() {
			time.Sleep(time.Duration(i) * each)
			s, err := w(i).Active(t.Context(), lb)
			assert.NoError(t, err)
			assert.Empty(t, s.Pending())
			seen[i] = time.Since(began)
		})
	}
	wg.Wait()
	return seen
}

func crowded(cloud *fake.Cloud, i int, below string) object {
	body := object{"name": fmt.Sprintf("lb-%d", i), "vip_subnet_id": cloud.Subnet6ID()}
	if below == "nothing" {
		return body
	}
	pool := object{
		"name": "p", "protocol": "TCP", "lb_algorithm": "ROUND_ROBIN",
		"healthmonitor": object{"type": "TCP", "delay": 5, "timeout": 3, "max_retries": 2},
	}
	if below == "members" {
		pool["members"] = []object{{"address": "fd00::b:1", "protocol_port": 80, "subnet_id": cloud.Subnet6ID()}}
	}
	body["listeners"] = []object{{"protocol": "TCP", "protocol_port": 80, "default_pool": pool}}
	return body
}
