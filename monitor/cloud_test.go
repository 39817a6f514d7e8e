// SPDX-License-Identifier: Apache-2.0

package monitor_test

import (
	"context"
	"os"
	"testing"
	"time"

	"github.com/gophercloud/gophercloud/v2/openstack"
	"github.com/gophercloud/gophercloud/v2/openstack/config"
	"github.com/gophercloud/gophercloud/v2/openstack/config/clouds"
	"github.com/octaviakit/octaviakit/internal/octavia"
	"github.com/octaviakit/octaviakit/monitor"
	"github.com/octaviakit/octaviakit/observe"
	"github.com/octaviakit/octaviakit/waiter"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// TestOnACloud makes, changes and removes the monitor of a pool below a listener of a real
// cloud: OCTAVIAKIT_CLOUD is an entry of clouds.yaml, OCTAVIAKIT_SUBNET the ID of a subnet,
// OCTAVIAKIT_PROVIDER a provider. It deletes what it makes. (ovn before 2023.1 needs a
// metadata port in the subnet, which an administrator makes.)
func TestOnACloud(t *testing.T) {
	cloud, subnet, driver := os.Getenv("OCTAVIAKIT_CLOUD"), os.Getenv("OCTAVIAKIT_SUBNET"), os.Getenv("OCTAVIAKIT_PROVIDER")
	if cloud == "" || subnet == "" {
		t.Skip("OCTAVIAKIT_CLOUD and OCTAVIAKIT_SUBNET are not set")
	}
	auth, endpoint, _, err := clouds.Parse(clouds.WithCloudName(cloud))
	require.NoError(t, err)
	session, err := config.NewProviderClient(t.Context(), auth)
	require.NoError(t, err)
	c, err := openstack.NewLoadBalancerV2(session, endpoint)
	require.NoError(t, err)
	w := waiter.New(c, waiter.WithObserver(observe.Func(func(_ context.Context, e observe.Event) {
		if e.Kind != observe.Poll {
			t.Logf("  %-8s %-20s %s read %d times, %.2fs, %v", e.Kind, e.Action, e.Object, e.Attempt, e.Elapsed.Seconds(), e.Err)
		}
	})))
	algorithm := "ROUND_ROBIN"
	if driver == "ovn" {
		algorithm = "SOURCE_IP_PORT"
	}
	lb, err := octavia.Create(t.Context(), c, "lbaas/loadbalancers", "loadbalancer", octavia.Object{
		"name": "octaviakit-monitor-test", "vip_subnet_id": subnet, "provider": driver,
	})
	require.NoError(t, err)
	id := lb["id"].(string)
	t.Cleanup(func() {
		_, err := w.Mutate(context.Background(), id, func(ctx context.Context) error {
			return octavia.Delete(ctx, c, "lbaas/loadbalancers/"+id+"?cascade=true")
		}, waiter.UntilGone())
		assert.NoError(t, err)
	})
	var listener, pool octavia.Object
	_, err = w.Mutate(t.Context(), id, func(ctx context.Context) (err error) {
		listener, err = octavia.Create(ctx, c, "lbaas/listeners", "listener", octavia.Object{"loadbalancer_id": id, "protocol": "TCP", "protocol_port": 80})
		return err
	})
	require.NoError(t, err)
	_, err = w.Mutate(t.Context(), id, func(ctx context.Context) (err error) {
		pool, err = octavia.Create(ctx, c, "lbaas/pools", "pool", octavia.Object{"listener_id": listener["id"], "protocol": "TCP", "lb_algorithm": algorithm})
		return err
	})
	require.NoError(t, err)
	step := func(what string, do func() error) {
		start := time.Now()
		require.NoError(t, do(), what)
		t.Logf("%-9s %5.2fs", what, time.Since(start).Seconds())
		s, err := w.Active(t.Context(), id)
		require.NoError(t, err)
		assert.Empty(t, s.Pending())
	}
	ensure := func(s monitor.Spec) func() error {
		return func() error {
			_, err := monitor.Ensure(t.Context(), w, id, pool["id"].(string), s)
			return err
		}
	}
	step("make", ensure(monitor.Spec{}))
	step("unchanged", ensure(monitor.Spec{}))
	step("change", ensure(monitor.Spec{Delay: 9 * time.Second}))
	step("remove", func() error { return monitor.Remove(t.Context(), w, id, pool["id"].(string)) })
}
