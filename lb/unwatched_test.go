// SPDX-License-Identifier: Apache-2.0

package lb_test

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/octaviakit/octaviakit/fake"
	"github.com/octaviakit/octaviakit/lb"
	"github.com/octaviakit/octaviakit/monitor"
	"github.com/octaviakit/octaviakit/provider"
	"github.com/octaviakit/octaviakit/waiter"
)

// hopeless lets every monitor settle in ERROR, as the real ovn of Zed does where members
// have no Neutron ports or their network has none for probes.
func hopeless(cloud *fake.Cloud) {
	for _, method := range []string{"POST", "PUT"} {
		cloud.Inject(fake.Fault{Method: method, Path: "/lbaas/healthmonitors*", Effect: fake.EndInError, Times: -1})
		cloud.Inject(fake.Fault{Method: method, Path: "/lbaas/healthmonitors/*", Effect: fake.EndInError, Times: -1})
	}
}

// probed is a Service with a monitor on every pool.
func probed(c cell, cloud *fake.Cloud, ports int) lb.Spec {
	s := service(cloud, c, ports, 3)
	for i := range s.Pools {
		s.Pools[i].Monitor = new(monitor.TCP())
	}
	return s
}

// Monitors that cannot be had hold nothing else up, are tried again as often as the policy
// says, and then cost no more calls.
func TestMonitorsInErrorHoldNothingUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := cell{provider.OVN, provider.Zed}
		cloud := c.cloud()
		hopeless(cloud)
		e := engine(cloud)
		_, err := e.Ensure(t.Context(), probed(c, cloud, 3))
		require.ErrorIs(t, err, waiter.ErrFailed)
		unwatched(t, e, 3)

		mutations := cloud.Cycles("")
		_, err = e.Ensure(t.Context(), probed(c, cloud, 3))
		require.ErrorIs(t, err, waiter.ErrFailed, "unchanged, and still not as wanted")
		assert.Equal(t, mutations, cloud.Cycles(""), "no call that could not help")

		_, err = e.Ensure(t.Context(), probed(c, cloud, 4))
		require.ErrorIs(t, err, waiter.ErrFailed)
		unwatched(t, e, 4)
	})
}

func TestStepsGoRoundMonitorsInError(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := cell{provider.OVN, provider.Zed}
		cloud := c.cloud()
		hopeless(cloud)
		e := engine(cloud)
		var err error
		for range 100 {
			var p lb.Progress
			if p, err = e.Step(t.Context(), probed(c, cloud, 3)); err != nil || p.Done {
				break
			}
			<-time.After(p.After)
		}
		var sick *lb.RecoveryError
		require.ErrorAs(t, err, &sick)
		assert.Len(t, sick.Failed, 3)
		unwatched(t, e, 3)
	})
}

// unwatched demands that all serves, but for its monitors.
func unwatched(t *testing.T, e *lb.Engine, ports int) {
	t.Helper()
	g, err := e.Observe(t.Context(), "service")
	require.NoError(t, err)
	assert.True(t, g.Address().IsValid())
	count := map[lb.Kind]int{}
	for n := range g.Nodes() {
		count[n.Kind]++
		if n.Kind == lb.KindHealthMonitor {
			assert.Equal(t, "ERROR", n.Provisioning)
		} else {
			assert.Equal(t, "ACTIVE", n.Provisioning, n.Path)
		}
	}
	assert.Equal(t, ports, count[lb.KindListener])
	assert.Equal(t, ports, count[lb.KindHealthMonitor])
	assert.Equal(t, 3*ports, count[lb.KindMember])
}

// Members that settle in ERROR hold up what comes after them, but for the monitors that the
// plan has taken away by then: they come back, and the other pools are watched.
func TestMonitorsComeBackBesideMembersInError(t *testing.T) {
	for _, tc := range []struct {
		release      provider.Release
		ports, nodes int
		unwell       string // of the second pool
	}{
		{provider.Zed, 4, 5, "/members"},   // a port is opened beside monitors
		{provider.Zed, 2, 5, "/members"},   // a monitor's end stops the probes of others
		{provider.Epoxy, 2, 5, "/members"}, // a pool's end does
		{provider.Epoxy, 2, 1, "/members"}, // and members go
	} {
		for _, stepwise := range []bool{false, true} {
			synctest.Test(t, func(t *testing.T) {
				c := cell{provider.OVN, tc.release}
				cloud := fake.New(fake.WithProvider(c.provider, c.release), fake.WithLatency(c.latency()),
					fake.WithoutQuirk("ovn-batch-create-all-active"))
				g, err := engine(cloud).Ensure(t.Context(), probed(c, cloud, 3))
				require.NoError(t, err)
				cloud.Inject(fake.Fault{Path: "/lbaas/pools/" + poolIDs(g)[1] + tc.unwell, Effect: fake.EndInError, Times: -1})
				spec, e := service(cloud, c, tc.ports, tc.nodes), engine(cloud, agree())
				for i := range spec.Pools {
					spec.Pools[i].Monitor = new(monitor.TCP())
				}
				if stepwise {
					err = refusedSteps(t, e, cloud, spec)
				} else {
					_, err = e.Ensure(t.Context(), spec)
				}
				var sick *lb.RecoveryError
				require.ErrorAs(t, err, &sick)
				g, err = engine(cloud).Observe(t.Context(), spec.Name)
				require.NoError(t, err)
				assert.Equal(t, 3, count(g, lb.KindPool), "what comes after waits")
				assert.Equal(t, 3, count(g, lb.KindHealthMonitor), "%v by steps %v: %v", tc, stepwise, err)
				cloud.ClearFaults()
				g, err = engine(cloud, agree()).Ensure(t.Context(), spec)
				require.NoError(t, err)
				assert.Equal(t, tc.ports, count(g, lb.KindHealthMonitor))
			})
		}
	}
}
