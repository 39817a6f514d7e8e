// SPDX-License-Identifier: Apache-2.0

package provider_test

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/octaviakit/octaviakit/fake"
	"github.com/octaviakit/octaviakit/internal/octavia"
	"github.com/octaviakit/octaviakit/provider"
)

// What a cloud shows is never taken for newer than the cloud is, and is as old as the
// last release that added something.
func TestShownIsAFloor(t *testing.T) {
	t.Parallel()
	for _, r := range provider.Releases() {
		t.Run(r.String(), func(t *testing.T) {
			t.Parallel()
			cloud := fake.New(fake.WithProvider(provider.Amphora, r))
			body := map[string]any{
				"name": "x", "vip_subnet_id": cloud.SubnetID(),
				"pools":     []any{map[string]any{"name": "p", "protocol": "TCP", "lb_algorithm": "ROUND_ROBIN"}},
				"listeners": []any{map[string]any{"name": "l", "protocol": "TCP", "protocol_port": 80, "default_pool": map[string]any{"name": "p"}}},
			}
			_, err := octavia.Create(t.Context(), cloud.LoadBalancer(), "lbaas/loadbalancers", "loadbalancer", body)
			require.NoError(t, err)
			for _, collection := range []string{"loadbalancers", "listeners", "pools"} {
				for o, err := range octavia.List(t.Context(), cloud.LoadBalancer(), "lbaas/"+collection, collection, nil) {
					require.NoError(t, err)
					shown := provider.Shown(collection, o)
					assert.LessOrEqual(t, shown, r, collection)
					if collection == "loadbalancers" && r >= provider.Epoxy {
						assert.Equal(t, provider.Epoxy, shown)
					}
				}
			}
		})
	}
	assert.Equal(t, provider.Queens, provider.Shown("members", map[string]any{"tags": nil}))
}
