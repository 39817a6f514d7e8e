// SPDX-License-Identifier: Apache-2.0

package lb_test

import (
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/octaviakit/octaviakit/fake"
	"github.com/octaviakit/octaviakit/lb"
	"github.com/octaviakit/octaviakit/monitor"
	"github.com/octaviakit/octaviakit/provider"
)

// steps drives Step as a controller does, and returns how often it was called.
func steps(t *testing.T, e *lb.Engine, cloud *fake.Cloud, s lb.Spec) (calls int) {
	t.Helper()
	for calls = 1; calls < 500; calls++ {
		before := len(cloud.Mutations())
		start := time.Now()
		p, err := e.Step(t.Context(), s)
		require.NoError(t, err)
		assert.LessOrEqual(t, len(cloud.Mutations())-before, 1, "one mutation")
		assert.Zero(t, time.Since(start), "Step does not wait")
		if p.Done {
			settled(t, p.Graph)
			return calls
		}
		require.Positive(t, p.After)
		<-time.After(p.After)
	}
	t.Fatal("Step does not come to an end")
	return 0
}

func TestStepEndsWhereEnsureEnds(t *testing.T) {
	in(t, func(t *testing.T, c cell, cloud *fake.Cloud) {
		spec := service(cloud, c, 2, 3)
		steps(t, engine(cloud), cloud, spec)
		left, err := engine(cloud).Plan(t.Context(), spec)
		require.NoError(t, err)
		assert.True(t, left.Empty(), "left to do:\n%s", left)

		spec.Pools[0].Members = spec.Pools[0].Members[1:]
		steps(t, engine(cloud), cloud, spec)
		assert.Equal(t, 1, steps(t, engine(cloud), cloud, spec), "nothing to do: one look")
	})
}

func TestStepKnowsTheAddressAtOnceOnAmphora(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := cell{provider.Amphora, provider.Epoxy}
		cloud := c.cloud()
		e, spec := engine(cloud), service(cloud, c, 1, 1)
		p, err := e.Step(t.Context(), spec)
		require.NoError(t, err)
		assert.Equal(t, "POST /lbaas/loadbalancers", p.Did.Call)
		require.Less(t, p.After, time.Second, "the floating IP need not wait")
		time.Sleep(p.After)
		p, err = e.Step(t.Context(), spec)
		require.NoError(t, err)
		assert.Equal(t, "POST /floatingips", p.Did.Call)
		assert.True(t, p.Address.IsValid())
		assert.False(t, p.Done)
	})
}

// Who comes back when told to is not much slower than who waits.
func TestStepsComeBackInTime(t *testing.T) {
	in(t, func(t *testing.T, c cell, cloud *fake.Cloud) {
		begin := time.Now()
		_, err := engine(cloud).Ensure(t.Context(), service(cloud, c, 2, 3))
		require.NoError(t, err)
		waited := time.Since(begin)
		other := c.cloud()
		begin = time.Now()
		calls := steps(t, engine(other), other, service(other, c, 2, 3))
		assert.Less(t, time.Since(begin), waited*5/4+5*time.Second)
		assert.Less(t, calls, 50)
	})
}

func TestStepTakesUpALostReply(t *testing.T) {
	in(t, func(t *testing.T, c cell, cloud *fake.Cloud) {
		cloud.Inject(fake.Fault{Method: "POST", Path: "/lbaas/loadbalancers", Effect: fake.LoseReply})
		steps(t, engine(cloud), cloud, service(cloud, c, 1, 2))
		found := 0
		for _, err := range engine(cloud).Names(t.Context()) {
			require.NoError(t, err)
			found++
		}
		assert.Equal(t, 1, found)
	})
}

// An ovn pool reads ACTIVE while its members are still being taken out: deleting it
// again and again would only lengthen the driver's queue.
func TestStepDeletesAPoolOnce(t *testing.T) {
	in(t, func(t *testing.T, c cell, cloud *fake.Cloud) {
		e := engine(cloud)
		steps(t, e, cloud, service(cloud, c, 2, 8))
		cloud.ForgetCalls()
		steps(t, e, cloud, service(cloud, c, 1, 8))
		var pools int
		for _, m := range cloud.Mutations() {
			if m.Method == "DELETE" && strings.Contains(m.Path, "/lbaas/pools/") {
				pools++
			}
		}
		assert.Equal(t, 1, pools)
	})
}

// What a change of a monitor leaves PENDING on ovn is freed by the next Step, not once
// it counts as stuck; a program that dies before it does so leaves it to the next one.
func TestStepFreesWhatAMonitorStrands(t *testing.T) {
	for _, release := range []provider.Release{provider.Zed, provider.Epoxy} {
		for _, blocks := range []bool{false, true} {
			synctest.Test(t, func(t *testing.T) {
				c := cell{provider.OVN, release}
				cloud := c.cloud()
				spec := service(cloud, c, 2, 3)
				for i := range spec.Pools {
					spec.Pools[i].Monitor = new(monitor.TCP())
				}
				steps(t, engine(cloud), cloud, spec)
				spec.Pools[1].Monitor.Delay = 10 * time.Second
				p, err := engine(cloud).Step(t.Context(), spec)
				require.NoError(t, err)
				require.Equal(t, "PUT /lbaas/healthmonitors/{healthmonitor}", p.Did.Call)
				<-time.After(p.After)
				begin := time.Now()
				if blocks {
					_, err = engine(cloud).Ensure(t.Context(), spec)
					require.NoError(t, err)
				} else {
					steps(t, engine(cloud), cloud, spec)
				}
				assert.Less(t, time.Since(begin), 10*time.Second)
			})
		}
	}
}
