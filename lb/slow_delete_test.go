// SPDX-License-Identifier: Apache-2.0

package lb_test

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/octaviakit/octaviakit/fake"
	"github.com/octaviakit/octaviakit/provider"
)

// A pool whose members take their time to go is not deleted a second time: a real 2025.1
// took fifteen seconds for each.
func TestASlowDeletionIsNotBegunAgain(t *testing.T) {
	for _, stepwise := range []bool{false, true} {
		synctest.Test(t, func(t *testing.T) {
			c := cell{provider.OVN, provider.Epoxy}
			cloud := fake.New(fake.WithProvider(c.provider, c.release), fake.WithLatency(func(kind, status string) time.Duration {
				if kind == "member" && status == "PENDING_DELETE" {
					return 20 * time.Second
				}
				return time.Second
			}))
			spec := service(cloud, c, 2, 5)
			e := engine(cloud)
			_, err := e.Ensure(t.Context(), spec)
			require.NoError(t, err)
			spec.Pools, spec.Listeners = spec.Pools[:1], spec.Listeners[:1]
			plan, err := e.Plan(t.Context(), spec)
			require.NoError(t, err)
			before := cloud.Cycles("")
			if stepwise {
				steps(t, e, cloud, spec)
			} else {
				_, err = e.Ensure(t.Context(), spec)
				require.NoError(t, err)
			}
			assert.Equal(t, plan.Cycles(), cloud.Cycles("")-before, "by steps: %v", stepwise)
		})
	}
}

// ... however long they take.
func TestAVerySlowDeletionIsNotBegunAgain(t *testing.T) {
	for _, stepwise := range []bool{false, true} {
		for _, anew := range []bool{false, true} {
			synctest.Test(t, func(t *testing.T) {
				const each = 130 * time.Second
				c := cell{provider.OVN, provider.Epoxy}
				cloud := fake.New(fake.WithProvider(c.provider, c.release), fake.WithLatency(func(kind, _ string) time.Duration {
					if kind == "member" {
						return each
					}
					return time.Second
				}))
				spec := service(cloud, c, 2, 5)
				e := engine(cloud)
				_, err := e.Ensure(t.Context(), spec)
				require.NoError(t, err)
				spec.Pools, spec.Listeners = spec.Pools[:1], spec.Listeners[:1]
				if anew {
					e = engine(cloud)
				}
				plan, err := e.Plan(t.Context(), spec)
				require.NoError(t, err)
				before, began := cloud.Cycles(""), time.Now()
				if stepwise {
					steps(t, e, cloud, spec)
				} else {
					_, err = e.Ensure(t.Context(), spec)
					require.NoError(t, err)
				}
				t.Logf("by steps: %v, anew: %v: %d cycles, %v", stepwise, anew, cloud.Cycles("")-before, time.Since(began))
				assert.Equal(t, plan.Cycles(), cloud.Cycles("")-before)
			})
		}
	}
}

// Ovn reports all members ACTIVE when the first of a batch is made, those to go as well:
// no call is made twice, neither by Ensure nor by Step.
func TestMembersOfABatchAreWaitedFor(t *testing.T) {
	for _, stepwise := range []bool{false, true} {
		synctest.Test(t, func(t *testing.T) {
			c := cell{provider.OVN, provider.Epoxy}
			cloud := fake.New(fake.WithProvider(c.provider, c.release), fake.WithLatency(func(string, string) time.Duration { return 2 * time.Second }))
			spec := service(cloud, c, 1, 9)
			nodes := spec.Pools[0].Members
			spec.Pools[0].Members = nodes[:6]
			e := engine(cloud)
			_, err := e.Ensure(t.Context(), spec)
			require.NoError(t, err)
			cloud.ForgetCalls()
			spec.Pools[0].Members = nodes[3:]
			if stepwise {
				steps(t, e, cloud, spec)
			} else {
				g, err := e.Ensure(t.Context(), spec)
				require.NoError(t, err)
				settled(t, g)
			}
			assert.Len(t, cloud.Mutations(), 1, "by steps: %v", stepwise)
		})
	}
}
