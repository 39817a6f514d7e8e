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
	"github.com/octaviakit/octaviakit/provider"
)

func TestShopSurvivesALostReply(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		cloud := fake.New(
			fake.WithProvider(provider.Amphora, provider.Epoxy),
			fake.WithLatency(fake.AmphoraLike),
		)
		cloud.Inject(fake.Fault{Method: "POST", Path: "/lbaas/loadbalancers", Effect: fake.LoseReply})
		spec := lb.Spec{Name: "shop", VIP: lb.VIP{SubnetID: cloud.SubnetID()}}
		start := time.Now()

		shop, err := lb.New(cloud.LoadBalancer(), "test").Ensure(t.Context(), spec)

		require.NoError(t, err)
		cloud.Expect(t).Cycles(shop.ID()).Once()       // it found its own orphan instead of creating twice
		assert.Less(t, time.Since(start), time.Minute) // virtual: the test takes milliseconds
	})
}
