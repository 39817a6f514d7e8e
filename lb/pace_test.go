// SPDX-License-Identifier: Apache-2.0

package lb_test

import (
	"net/http"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/octaviakit/octaviakit/fake"
	"github.com/octaviakit/octaviakit/lb"
	"github.com/octaviakit/octaviakit/provider"
	"github.com/octaviakit/octaviakit/waiter"
)

// When Octavia asks one for quiet, all are quiet, and come back one by one.
func TestRetryAfterHoldsForAll(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := cell{provider.Amphora, provider.Epoxy}
		cloud := c.cloud()
		cloud.Inject(fake.Fault{Path: "/lbaas/loadbalancers/*/status", After: 20, Effect: fake.Throttle, RetryAfter: 30 * time.Second})
		wish(t, engine(cloud), 4, fleet(cloud, c, 8))
		var asked time.Time
		for call := range cloud.Calls() {
			if call.Status == 429 {
				asked = call.At
			} else if !asked.IsZero() && call.At.After(asked) && strings.HasPrefix(call.Path, "/load-balancer/") { // at that moment others were on their way
				assert.GreaterOrEqual(t, call.At.Sub(asked), 30*time.Second, "%s %s", call.Method, call.Path)
			}
		}
		assert.NotZero(t, asked)
	})
}

// Reads and changes of all workers share one rate, Neutron's among them: in no span of
// time are there more than the burst, ten seconds' worth, and what the rate allows.
func TestOneRateForAll(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := cell{provider.OVN, provider.Hibiscus}
		cloud := fake.New(fake.WithProvider(c.provider, c.release))
		const rate = 2
		e := engine(cloud, lb.WithWaiter(waiter.New(cloud.LoadBalancer(), waiter.WithRate(rate))),
			lb.WithCapabilities(lookup(t, c.provider, c.release)))
		var wg sync.WaitGroup
		for _, s := range fleet(cloud, c, 20) {
			wg.Go(func() {
				_, err := e.Ensure(t.Context(), s)
				assert.NoError(t, err)
				assert.NoError(t, e.Delete(t.Context(), s.Name))
			})
		}
		wg.Wait()
		var at []time.Time
		neutron := 0
		for call := range cloud.Calls() {
			switch {
			case strings.HasPrefix(call.Path, "/identity/"):
				continue
			case strings.HasPrefix(call.Path, "/network/"):
				neutron++
			}
			at = append(at, call.At)
		}
		require.Greater(t, neutron, 60)
		for i := range at {
			for j := i; j < len(at); j++ {
				allowed := rate*10 + rate*at[j].Sub(at[i]).Seconds() + 1
				require.LessOrEqual(t, float64(j-i+1), allowed, "calls %d to %d, in %s", i, j, at[j].Sub(at[i]))
			}
		}
	})
}

// Step waits for nothing, not for quiet either.
func TestStepIsQuietWithoutWaiting(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := cell{provider.OVN, provider.Epoxy}
		cloud := c.cloud()
		cloud.Inject(fake.Fault{Effect: fake.Throttle, RetryAfter: 20 * time.Second})
		e, spec := engine(cloud), service(cloud, c, 1, 1)
		for range 2 {
			p, err := e.Step(t.Context(), spec)
			require.NoError(t, err)
			assert.Equal(t, 20*time.Second, p.After)
		}
		assert.Len(t, cloud.Polls(), 1)
		time.Sleep(20 * time.Second)
		p, err := e.Step(t.Context(), spec)
		require.NoError(t, err)
		assert.NotNil(t, p.Did)
	})
}

// A service that asks for patience again and again gets it, from Ensure as from Delete.
func TestPatienceIsNoSetback(t *testing.T) {
	in(t, func(t *testing.T, c cell, cloud *fake.Cloud) {
		spec := service(cloud, c, 1, 1)
		busy := fake.Fault{Method: http.MethodGet, Path: "/lbaas/loadbalancers", Effect: fake.Throttle, RetryAfter: 5 * time.Second, Times: 10}
		cloud.Inject(busy)
		_, err := engine(cloud).Ensure(t.Context(), spec)
		require.NoError(t, err)
		cloud.Inject(busy)
		require.NoError(t, engine(cloud).Delete(t.Context(), spec.Name))
		assert.Equal(t, fresh(c), cloud.Dump())
	})
}
