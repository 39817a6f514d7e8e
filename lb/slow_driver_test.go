// SPDX-License-Identifier: Apache-2.0

package lb_test

import (
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/octaviakit/octaviakit/fake"
	"github.com/octaviakit/octaviakit/lb"
	"github.com/octaviakit/octaviakit/provider"
)

// A driver that is busy with other load balancers pauses for longer than what is stranded is
// given, and is at work all the same: nothing is written that the plan does not have. (A
// creation on a real 2025.1 took three cycles instead of one.)
func TestASlowDriverIsNotHurried(t *testing.T) {
	for _, pause := range []time.Duration{25 * time.Second, 50 * time.Second} {
		synctest.Test(t, func(t *testing.T) {
			c := cell{provider.OVN, provider.Epoxy}
			cloud := fake.New(fake.WithProvider(c.provider, c.release), fake.WithLatency(func(string, string) time.Duration { return pause }))
			e := engine(cloud)
			spec := service(cloud, c, 2, 6)
			phase := func(name string) {
				t.Helper()
				plan, err := e.Plan(t.Context(), spec)
				require.NoError(t, err)
				before, began := cloud.Cycles(""), time.Now()
				g, err := e.Ensure(t.Context(), spec)
				require.NoError(t, err, name)
				settled(t, g)
				assert.Equal(t, plan.Cycles(), cloud.Cycles("")-before, name)
				t.Logf("%v a request: %-16s %2d cycles, %v", pause, name, plan.Cycles(), time.Since(began).Round(time.Second))
			}
			phase("create")
			spec.Pools = slices.Clone(spec.Pools)
			for i := range spec.Pools {
				spec.Pools[i].Members = spec.Pools[i].Members[:3]
			}
			phase("nodes less")
			more := service(cloud, c, 3, 6)
			spec.Pools, spec.Listeners = append(spec.Pools, more.Pools[2]), more.Listeners
			phase("a port more")
			spec.Pools, spec.Listeners = more.Pools, more.Listeners
			phase("nodes more")
			spec.Pools, spec.Listeners = spec.Pools[:2], spec.Listeners[:2]
			phase("a port less")
			spec.Pools = slices.Clone(spec.Pools)
			spec.Pools[0].Monitor = nil
			phase("a monitor less")
			require.NoError(t, e.Delete(t.Context(), spec.Name))
		})
	}
}

// While a driver is at work on those of a large batch that stay, nothing moves.
func TestALargeBatchIsNotStuck(t *testing.T) {
	for _, stepwise := range []bool{false, true} {
		synctest.Test(t, func(t *testing.T) {
			c := cell{provider.OVN, provider.Epoxy}
			cloud := fake.New(fake.WithProvider(c.provider, c.release), fake.WithLatency(func(string, string) time.Duration { return 4 * time.Second }))
			e := engine(cloud, lb.WithApproval(func(*lb.Plan) error { return nil }))
			spec := service(cloud, c, 1, 150)
			nodes := spec.Pools[0].Members
			spec.Pools[0].Members = nodes[:100]
			_, err := e.Ensure(t.Context(), spec)
			require.NoError(t, err)
			before := cloud.Cycles("")
			spec.Pools[0].Members = nodes[50:]
			if stepwise {
				steps(t, e, cloud, spec)
			} else {
				g, err := e.Ensure(t.Context(), spec)
				require.NoError(t, err)
				settled(t, g)
			}
			assert.Equal(t, 1, cloud.Cycles("")-before, "by steps: %v", stepwise)
		})
	}
}
