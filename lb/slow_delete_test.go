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
	synctest.Test(t, func(t *testing.T) {
		c := cell{provider.OVN, provider.Epoxy}
		cloud := fake.New(fake.WithProvider(c.provider, c.release), fake.WithLatency(func(kind, status string) time.Duration {
			if kind == "member" && status == "PENDING_DELETE" {
				return 20 * time.Second
			}
			return time.Second
		}))
		spec := service(cloud, c, 2, 5)
		_, err := engine(cloud).Ensure(t.Context(), spec)
		require.NoError(t, err)
		spec.Pools, spec.Listeners = spec.Pools[:1], spec.Listeners[:1]
		plan, err := engine(cloud).Plan(t.Context(), spec)
		require.NoError(t, err)
		before := cloud.Cycles("")
		_, err = engine(cloud).Ensure(t.Context(), spec)
		require.NoError(t, err)
		assert.Equal(t, plan.Cycles(), cloud.Cycles("")-before)
	})
}
