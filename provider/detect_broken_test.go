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
		c := detect(t, map[string]reply{"/": versions(27), listed: providers("amphora", "ovn"),
			"/v2.0/lbaas/providers/ovn/flavor_capabilities": {status: 501, body: `{"faultcode": "Server", "faultstring": "Provider 'ovn' was not found.", "debuginfo": null}`}}, plain)
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
		c := detect(t, map[string]reply{"/": versions(27), listed: providers("ovn"),
			"/v2.0/lbaas/providers/ovn/flavor_capabilities": {status: 501, body: `{"faultcode": "Server", "faultstring": "Provider 'ovn' does not support a requested action: This provider does not support getting the supported flavor metadata.", "debuginfo": null}`}}, plain)
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
	t.Run("a proxy hides the root", func(t *testing.T) {
		t.Parallel()
		c := detect(t, map[string]reply{"/": {status: 200, kind: "text/html", body: "<html>welcome</html>"}, listed: providers("amphora", "ovn"),
			"/v2.0/lbaas/quotas/defaults": {status: 200, body: `{"quota": {"loadbalancer": 10, "l7policy": -1}}`}}, plain)
		_, ok := c.APIMinor()
		assert.False(t, ok)
		assert.Equal(t, provider.Span{Floor: provider.Victoria, Ceiling: provider.Hibiscus}, c.API(), "L7 quotas came with Victoria")
		assert.True(t, says(c, true, "lists no versions"))
		assert.True(t, says(c, false, "Victoria or newer"))
	})
	t.Run("old quotas behind a hidden root", func(t *testing.T) {
		t.Parallel()
		c := detect(t, map[string]reply{listed: providers("amphora"), "/ application/xml": speaksXML,
			"/v2.0/lbaas/quotas/defaults": {status: 200, body: `{"quota": {"loadbalancer": 10}}`}}, plain)
		assert.Equal(t, provider.Span{Floor: provider.Rocky, Ceiling: provider.Ussuri}, c.API())
	})
}
