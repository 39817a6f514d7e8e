// SPDX-License-Identifier: Apache-2.0

package lb_test

import (
	"fmt"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/octaviakit/octaviakit/fake"
	"github.com/octaviakit/octaviakit/lb"
	"github.com/octaviakit/octaviakit/provider"
	"github.com/octaviakit/octaviakit/waiter"
)

// What a controller with 500 load balancers of two ports each, a third of them public, pays in
// calls for wishing anew for all of them, when nothing has changed: just after it has made
// them, later, and after it was started anew. Who reads each by itself, as the peers do,
// pays 4 calls and 3 for each pool, each time: "peers".
func BenchmarkResync(b *testing.B) {
	const many, pools = 500, 2
	c := cell{provider.OVN, provider.Hibiscus}
	for b.Loop() {
		cloud := fake.New(fake.WithProvider(c.provider, c.release), fake.WithLatency(fake.Instantly),
			fake.WithQuota("loadbalancer", -1))
		specs := make([]lb.Spec, many)
		for i := range specs {
			specs[i] = service(cloud, c, pools, 3)
			specs[i].Name = fmt.Sprintf("service-%03d", i)
			if i%3 > 0 {
				specs[i].FloatingIP = nil // the fake's external network has 250 addresses
			}
		}
		unpaced := func() *lb.Engine {
			client := cloud.LoadBalancer()
			return lb.New(client, "test", lb.WithNetwork(cloud.Network()), lb.WithWaiter(waiter.New(client, waiter.WithRate(0))))
		}
		e := unpaced()
		report := func(phase string, e *lb.Engine) {
			cloud.ForgetCalls()
			wishAll(b, e, specs)
			b.ReportMetric(float64(calls(cloud)), "calls/"+phase)
		}
		report("creation", e)
		report("first", e)
		report("later", e)
		report("restarted", unpaced())
	}
	b.ReportMetric(many*(4+3*pools), "calls/peers")
}

func wishAll(b *testing.B, e *lb.Engine, specs []lb.Spec) {
	b.Helper()
	var mu sync.Mutex
	var failed []error
	s := lb.NewSyncer(e, 0, func(r lb.Result) {
		mu.Lock()
		defer mu.Unlock()
		if r.Err != nil {
			failed = append(failed, r.Err)
		}
	})
	for _, spec := range specs {
		require.NoError(b, s.Set(spec))
	}
	require.NoError(b, s.Close(b.Context()))
	require.Empty(b, failed)
}
