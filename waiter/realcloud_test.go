// SPDX-License-Identifier: Apache-2.0

package waiter_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"sync"
	"testing"
	"time"

	"github.com/gophercloud/gophercloud/v2"
	"github.com/gophercloud/gophercloud/v2/openstack"
	"github.com/gophercloud/gophercloud/v2/openstack/config"
	"github.com/gophercloud/gophercloud/v2/openstack/config/clouds"
	"github.com/octaviakit/octaviakit/internal/octavia"
	"github.com/octaviakit/octaviakit/observe"
	"github.com/octaviakit/octaviakit/waiter"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// TestRealCloud runs only if OCTAVIAKIT_CLOUD names an entry of clouds.yaml and
// OCTAVIAKIT_SUBNET a subnet (ID) for the VIP; OCTAVIAKIT_PROVIDER chooses the
// provider [the cloud's default]. It deletes what it made.
func TestRealCloud(t *testing.T) {
	name, subnet := os.Getenv("OCTAVIAKIT_CLOUD"), os.Getenv("OCTAVIAKIT_SUBNET")
	if name == "" || subnet == "" {
		t.Skip("OCTAVIAKIT_CLOUD and OCTAVIAKIT_SUBNET are not set")
	}
	c := realCloud(t, name)
	w := waiter.New(c, waiter.WithObserver(observe.Func(func(_ context.Context, e observe.Event) {
		if e.Kind != observe.Poll {
			t.Logf("%-8s %-20s %-15s pending %d, read %d times, %.2fs, %v", e.Kind, e.Action, e.Status, e.Pending, e.Attempt, e.Elapsed.Seconds(), e.Err)
		}
	})))
	body := object{"name": "octaviakit-waiter", "vip_subnet_id": subnet}
	algorithm := "ROUND_ROBIN"
	if p := os.Getenv("OCTAVIAKIT_PROVIDER"); p != "" {
		body["provider"] = p
		if p == "ovn" {
			algorithm = "SOURCE_IP_PORT"
		}
	}
	lb := create(t, c, body)
	t.Cleanup(func() {
		_, err := w.Mutate(context.Background(), lb, func(ctx context.Context) error {
			return octavia.Delete(ctx, c, "lbaas/loadbalancers/"+lb+"?cascade=true")
		}, waiter.UntilGone(), waiter.Op("loadbalancer delete"))
		assert.NoError(t, err)
	})
	_, err := w.Active(t.Context(), lb, waiter.Op("loadbalancer create"))
	require.NoError(t, err)

	add := func(port int) (pool string) {
		_, err := w.Mutate(t.Context(), lb, func(ctx context.Context) error {
			o, err := octavia.Create(ctx, c, "lbaas/pools", "pool", object{"loadbalancer_id": lb, "protocol": "TCP", "lb_algorithm": algorithm})
			if err == nil {
				pool = o["id"].(string)
			}
			return err
		}, waiter.Op("pool create"))
		require.NoError(t, err)
		_, err = w.Mutate(t.Context(), lb, func(ctx context.Context) error {
			_, err := octavia.Create(ctx, c, "lbaas/listeners", "listener", object{
				"loadbalancer_id": lb, "protocol": "TCP", "protocol_port": port, "default_pool_id": pool,
			})
			return err
		}, waiter.Op("listener create"))
		require.NoError(t, err)
		return pool
	}
	pools := []string{add(80), add(81)}

	var wg sync.WaitGroup
	for i := range 8 { // concurrent writers, two pools, one lock
		wg.Go(func() {
			_, err := w.Mutate(t.Context(), lb, func(ctx context.Context) error {
				return octavia.PutMembers(ctx, c, pools[i%2], []object{{"address": fmt.Sprintf("10.9.9.%d", i+1), "protocol_port": 80, "subnet_id": subnet}}, true)
			}, waiter.Op("member batch"))
			assert.NoError(t, err)
		})
	}
	wg.Wait()
	s, err := w.Active(t.Context(), lb)
	require.NoError(t, err)
	assert.Len(t, s.Objects, 1+2+2+8)
	for _, e := range w.Expectations() {
		t.Logf("learned: %-20s %v ± %v (%d)", e.Op, e.Median.Round(time.Millisecond), e.Spread.Round(time.Millisecond), e.Samples)
	}
}

// TestRealCrowd creates a dozen load balancers with two members each in one call and waits for
// all at once; whoever is told that one is settled finds it so. On amphora of Xena to Zed,
// whose worker may forget the children, all waits end with ErrStuck instead.
func TestRealCrowd(t *testing.T) {
	cloud, subnet := os.Getenv("OCTAVIAKIT_CLOUD"), os.Getenv("OCTAVIAKIT_SUBNET")
	if cloud == "" || subnet == "" {
		t.Skip("OCTAVIAKIT_CLOUD and OCTAVIAKIT_SUBNET are not set")
	}
	c, reads := realCloud(t, cloud), map[bool]int{}
	var mu sync.Mutex
	w := waiter.New(c, waiter.WithStall(30*time.Second), waiter.WithObserver(observe.Func(func(_ context.Context, e observe.Event) {
		mu.Lock()
		defer mu.Unlock()
		reads[e.Kind == observe.Poll]++
	})))
	driver, algorithm := os.Getenv("OCTAVIAKIT_PROVIDER"), "ROUND_ROBIN"
	if driver == "ovn" {
		algorithm = "SOURCE_IP_PORT"
	}
	var wg sync.WaitGroup
	for range 12 {
		lb := create(t, c, object{"name": "octaviakit-crowd", "vip_subnet_id": subnet, "provider": driver, "listeners": []object{{
			"protocol": "TCP", "protocol_port": 80, "default_pool": object{"name": "p", "protocol": "TCP", "lb_algorithm": algorithm, "members": []object{
				{"address": "10.9.9.1", "protocol_port": 80, "subnet_id": subnet}, {"address": "10.9.9.2", "protocol_port": 80, "subnet_id": subnet},
			}},
		}}})
		t.Cleanup(func() {
			_, err := w.Mutate(context.Background(), lb, func(ctx context.Context) error {
				return octavia.Delete(ctx, c, "lbaas/loadbalancers/"+lb+"?cascade=true")
			}, waiter.UntilGone())
			assert.NoError(t, err)
		})
		wg.Go(func() {
			began := time.Now()
			s, err := w.Active(t.Context(), lb)
			t.Logf("%.1fs: %d objects, %v", time.Since(began).Seconds(), len(s.Objects), err)
			if errors.Is(err, waiter.ErrStuck) {
				return
			}
			assert.NoError(t, err)
			assert.Len(t, s.Objects, 5)
			tree, err := octavia.Get(t.Context(), c, "lbaas/loadbalancers/"+lb+"/status", "statuses")
			assert.NoError(t, err)
			assert.NotContains(t, fmt.Sprint(tree), "PENDING")
		})
	}
	wg.Wait()
	t.Logf("looked %d times in all", reads[true])
}

func realCloud(t *testing.T, name string) *gophercloud.ServiceClient {
	t.Helper()
	auth, endpoint, tls, err := clouds.Parse(clouds.WithCloudName(name))
	require.NoError(t, err)
	auth.AllowReauth = true
	p, err := config.NewProviderClient(t.Context(), auth, config.WithTLSConfig(tls))
	require.NoError(t, err)
	c, err := openstack.NewLoadBalancerV2(p, endpoint)
	require.NoError(t, err)
	return c
}
