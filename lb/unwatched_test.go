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
