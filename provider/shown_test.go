// SPDX-License-Identifier: Apache-2.0

package provider_test

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/octaviakit/octaviakit/fake"
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
			client := cloud.LoadBalancer()
			_, err := client.Post(t.Context(), client.ServiceURL("lbaas", "loadbalancers"), map[string]any{"loadbalancer": body}, new(any), nil)
			require.NoError(t, err)
			for _, collection := range []string{"loadbalancers", "listeners", "pools"} {
				var answer map[string][]map[string]any
				_, err := client.Get(t.Context(), client.ServiceURL("lbaas", collection), &answer, nil)
				require.NoError(t, err)
				require.Len(t, answer[collection], 1)
				for _, o := range answer[collection] {
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
