// SPDX-License-Identifier: Apache-2.0

package lb_test

import (
	"context"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/octaviakit/octaviakit/fake"
	"github.com/octaviakit/octaviakit/internal/octavia"
	"github.com/octaviakit/octaviakit/lb"
	"github.com/octaviakit/octaviakit/monitor"
	"github.com/octaviakit/octaviakit/provider"
	"github.com/octaviakit/octaviakit/waiter"
)

func everyName(string) bool { return true }

// detached makes a pool that no listener names.
func detached(t *testing.T, cloud *fake.Cloud, g *lb.Graph, name string, tags ...any) {
	t.Helper()
	algorithm := map[string]string{"ovn": "SOURCE_IP_PORT", "amphora": "ROUND_ROBIN"}[string(g.Provider())]
	body := map[string]any{"loadbalancer_id": g.ID(), "name": name, "protocol": "TCP", "lb_algorithm": algorithm, "tags": append([]any{}, tags...)}
	_, err := octavia.Create(t.Context(), cloud.LoadBalancer(), "lbaas/pools", "pool", body)
	require.NoError(t, err)
}

func TestDetachedPoolsAreSwept(t *testing.T) {
	in(t, func(t *testing.T, c cell, cloud *fake.Cloud) {
		e, spec := engine(cloud), service(cloud, c, 1, 2)
		g, err := e.Ensure(t.Context(), spec)
		require.NoError(t, err)
		other, err := owner(cloud, "them").Ensure(t.Context(), func() lb.Spec { s := spec; s.Name = "theirs"; return s }())
		require.NoError(t, err)
		before := cloud.Dump()
		detached(t, cloud, g, "left over")
		detached(t, cloud, other, "theirs")
		_, err = e.Observe(t.Context(), spec.Name)
		require.NoError(t, err)
		require.NoError(t, waitFor(t, cloud, g, other))

		orphans, err := e.Orphans(t.Context(), everyName)
		require.NoError(t, err)
		require.Len(t, orphans, 1)
		assert.Equal(t, lb.KindPool, orphans[0].Kind)
		assert.Equal(t, "left over", orphans[0].Text)
		require.NoError(t, e.Sweep(t.Context(), orphans))
		require.NoError(t, e.Sweep(t.Context(), orphans), "absence is success")
		orphans, err = e.Orphans(t.Context(), everyName)
		require.NoError(t, err)
		assert.Empty(t, orphans)
		orphans, err = owner(cloud, "them").Orphans(t.Context(), everyName)
		require.NoError(t, err)
		assert.Len(t, orphans, 1, "theirs is for them to sweep")
		require.NoError(t, owner(cloud, "them").Sweep(t.Context(), orphans))
		assert.Equal(t, before, cloud.Dump())
	})
}

// The ovn driver of Zed keeps the health check of a pool that is deleted with its monitor, and
// opens no port beside it any more: the monitor goes first.
func TestAWatchedPoolIsSweptWithItsMonitor(t *testing.T) {
	for _, shared := range []bool{false, true} {
		in(t, func(t *testing.T, c cell, cloud *fake.Cloud) {
			ctx, cancel := context.WithTimeout(t.Context(), time.Hour)
			defer cancel()
			e, spec := engine(cloud), service(cloud, c, 2, 2)
			spec.Shared = shared
			listeners := spec.Listeners
			spec.Listeners = nil
			if lookup(t, c.provider, c.release).Has(provider.HealthMonitor) {
				spec.Pools[0].Monitor = new(monitor.TCP())
			}
			if shared { // with somebody whose pool stays
				theirs := service(cloud, c, 3, 2)
				theirs.Shared, theirs.Pools, theirs.Listeners = true, theirs.Pools[2:], theirs.Listeners[2:]
				theirs.Pools[0].Monitor = nil
				_, err := owner(cloud, "them").Ensure(ctx, theirs)
				require.NoError(t, err)
			}
			_, err := e.Ensure(ctx, spec)
			require.NoError(t, err)

			orphans, err := e.Orphans(ctx, everyName)
			require.NoError(t, err)
			require.Len(t, orphans, 2)
			require.NoError(t, e.Sweep(ctx, orphans))
			g, err := e.Observe(ctx, spec.Name)
			require.NoError(t, err)
			assert.Empty(t, slices.Collect(g.Nodes())[1:])

			spec.Listeners, spec.Pools[0].Monitor = listeners, nil
			_, err = e.Ensure(ctx, spec)
			require.NoError(t, err, "ports can be opened still")
		})
	}
}

// What is swept stops no probes of what stays.
func TestASweepLeavesTheRestProbed(t *testing.T) {
	in(t, func(t *testing.T, c cell, cloud *fake.Cloud) {
		e, spec := engine(cloud), service(cloud, c, 3, 3) // watched where monitors can be trusted
		spec.Listeners = spec.Listeners[:2]
		_, err := e.Ensure(t.Context(), spec)
		require.NoError(t, err)
		orphans, err := e.Orphans(t.Context(), everyName)
		require.NoError(t, err)
		cloud.ForgetCalls()
		require.NoError(t, e.Sweep(t.Context(), orphans))
		anew := 0
		for _, m := range cloud.Mutations() {
			if m.Method == "POST" {
				anew++
			}
		}
		if c.forgets() && spec.Pools[0].Monitor != nil {
			assert.Equal(t, 1, anew, "one monitor brings the addresses of all back")
		} else {
			assert.Zero(t, anew)
		}
		spec.Pools = spec.Pools[:2]
		plan, err := e.Plan(t.Context(), spec)
		require.NoError(t, err)
		assert.True(t, plan.Empty(), plan)
	})
}

// A pool that came into use since it was listed is left alone.
func TestAPoolInUseIsNotSwept(t *testing.T) {
	in(t, func(t *testing.T, c cell, cloud *fake.Cloud) {
		e, spec := engine(cloud), service(cloud, c, 1, 2)
		listeners := spec.Listeners
		spec.Listeners = nil
		_, err := e.Ensure(t.Context(), spec)
		require.NoError(t, err)
		orphans, err := e.Orphans(t.Context(), everyName)
		require.NoError(t, err)
		require.Len(t, orphans, 1)
		spec.Listeners = listeners
		_, err = e.Ensure(t.Context(), spec)
		require.NoError(t, err)
		before := cloud.Dump()
		require.NoError(t, e.Sweep(t.Context(), orphans))
		assert.Equal(t, before, cloud.Dump())
	})
}

// A cloud without Octavia has nothing to sweep, and says so without an error.
func TestACloudWithoutOctavia(t *testing.T) {
	t.Parallel()
	cloud := fake.New()
	cloud.Inject(fake.Fault{Path: "/lbaas/*", Effect: fake.Refuse, Status: 404, Times: -1})
	for _, e := range []*lb.Engine{engine(cloud), lb.New(nil, "test", lb.WithNetwork(cloud.Network())), lb.New(nil, "test")} {
		orphans, err := e.Orphans(t.Context(), everyName)
		require.NoError(t, err)
		assert.Empty(t, orphans)
		require.NoError(t, e.Sweep(t.Context(), orphans))
	}
}

func waitFor(t *testing.T, cloud *fake.Cloud, graphs ...*lb.Graph) error {
	t.Helper()
	w := waiter.New(cloud.LoadBalancer())
	for _, g := range graphs {
		if _, err := w.Active(t.Context(), g.ID()); err != nil {
			return err
		}
	}
	return nil
}
