// SPDX-License-Identifier: Apache-2.0

package provider_test

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/octaviakit/octaviakit/provider"
)

// TestBrokenClouds: what cannot be read is assumed towards the old, and said.
func TestBrokenClouds(t *testing.T) {
	t.Parallel()
	t.Run("providers forbidden", func(t *testing.T) {
		t.Parallel()
		c := detect(t, map[string]reply{"/": versions(27), listed: forbidden}, plain)
		_, ok := c.Providers()
		assert.False(t, ok)
		assert.True(t, says(c, true, "403"))
		_, err := c.For(provider.OVN)
		require.NoError(t, err, "not known to be missing")
	})
	t.Run("a driver breaks the list", func(t *testing.T) {
		t.Parallel()
		c := detect(t, map[string]reply{"/": versions(27), listed: {status: 500, body: "boom"}}, plain)
		_, ok := c.Providers()
		assert.False(t, ok)
		assert.True(t, says(c, true, "the list answers 500"))
	})
	t.Run("a driver is listed but does not load", func(t *testing.T) {
		t.Parallel()
		c := detect(t, map[string]reply{
			"/": versions(27), listed: providers("amphora", "ovn"),
			"/v2.0/lbaas/providers/ovn/flavor_capabilities": {status: 501, body: `{"faultcode": "Server", "faultstring": "Provider 'ovn' was not found.", "debuginfo": null}`},
		}, plain)
		assert.True(t, says(c, false, "ovn is listed but its driver does not load"))
		var absent *provider.NotEnabledError
		_, err := c.For(provider.OVN)
		require.ErrorAs(t, err, &absent)
		caps, err := c.For("")
		require.NoError(t, err)
		assert.Equal(t, provider.Amphora, caps.Provider())
	})
	t.Run("a driver that has no flavors is not broken", func(t *testing.T) {
		t.Parallel()
		c := detect(t, map[string]reply{
			"/": versions(27), listed: providers("ovn"),
			"/v2.0/lbaas/providers/ovn/flavor_capabilities": {status: 501, body: `{"faultcode": "Server", "faultstring": "Provider 'ovn' does not support a requested action: This provider does not support getting the supported flavor metadata.", "debuginfo": null}`},
		}, plain)
		_, err := c.For(provider.OVN)
		require.NoError(t, err)
	})
	t.Run("queens", func(t *testing.T) {
		t.Parallel()
		c := detect(t, map[string]reply{"/": versions(0, "v1")}, plain)
		names, ok := c.Providers()
		assert.True(t, ok)
		assert.Equal(t, []provider.Name{provider.Amphora}, names)
		_, err := c.For(provider.OVN)
		var absent *provider.NotEnabledError
		require.ErrorAs(t, err, &absent)
	})
	refused := reply{status: 400, body: `{"faultcode": "Client", "faultstring": "One or more arguments are either duplicate or invalid", "debuginfo": null}`}
	accepted := reply{status: 200, body: `{"pools": [], "pools_links": []}`}
	t.Run("a proxy hides the root", func(t *testing.T) {
		t.Parallel()
		c := detect(t, map[string]reply{
			"/": {status: 200, kind: "text/html", body: "<html>welcome</html>"}, listed: providers("amphora", "ovn"),
			"/v2.0/lbaas/listeners?hsts_max_age=-1":     accepted,
			"/v2.0/lbaas/loadbalancers?vip_sg_ids=none": refused,
			"/v2.0/lbaas/pools?octaviakit=none":         refused,
		}, plain)
		_, ok := c.APIMinor()
		assert.False(t, ok)
		assert.Equal(t, provider.Span{Floor: provider.Bobcat, Ceiling: provider.Dalmatian}, c.API())
		assert.True(t, says(c, true, "lists no versions"))
		assert.True(t, says(c, false, "2023.2 Bobcat or newer: its objects have a hsts_max_age"))
		assert.True(t, says(c, false, "2024.2 Dalmatian or older: its objects have no vip_sg_ids"))
	})
	t.Run("a proxy hides the root and filters are off", func(t *testing.T) {
		t.Parallel()
		c := detect(t, map[string]reply{
			listed:                                  providers("amphora"),
			"/v2.0/lbaas/listeners?hsts_max_age=-1": accepted,
			"/v2.0/lbaas/loadbalancers?vip_sg_ids=none": accepted,
			"/v2.0/lbaas/pools?octaviakit=none":         accepted,
		}, plain)
		assert.Equal(t, provider.Span{Floor: provider.Rocky, Ceiling: provider.Hibiscus}, c.API(), "what accepts anything proves nothing")
	})
	t.Run("an old API behind a hidden root", func(t *testing.T) {
		t.Parallel()
		c := detect(t, map[string]reply{
			listed: providers("amphora"), "/ application/xml": speaksXML,
			"/v2.0/lbaas/pools?alpn_protocols=none":            refused,
			"/v2.0/lbaas/pools?tls_versions=none":              refused,
			"/v2.0/lbaas/loadbalancers?availability_zone=none": accepted,
			"/v2.0/lbaas/pools?octaviakit=none":                refused,
		}, plain)
		assert.Equal(t, provider.At(provider.Ussuri), c.API())
	})
}
