// SPDX-License-Identifier: Apache-2.0

package conformance_test

import (
	"os"
	"strings"
	"testing"

	"github.com/gophercloud/gophercloud/v2"
	"github.com/gophercloud/gophercloud/v2/openstack"
	"github.com/gophercloud/gophercloud/v2/openstack/config"
	"github.com/gophercloud/gophercloud/v2/openstack/config/clouds"
	"github.com/gophercloud/gophercloud/v2/openstack/identity/v3/tokens"
	"github.com/octaviakit/octaviakit/internal/conformance"
	"github.com/stretchr/testify/require"
)

var users = []string{"demo", "demo2", "admin", "observer", "norole"}

// realSite logs in to a real cloud: entry is demo's in clouds.yaml, the others go by their names.
func realSite(t *testing.T, entry string) *conformance.Site {
	t.Helper()
	s := &conformance.Site{Users: map[string]*gophercloud.ProviderClient{}, Projects: map[string]string{}}
	for _, user := range users {
		name := user
		if user == "demo" {
			name = entry
		}
		auth, endpoint, tls, err := clouds.Parse(clouds.WithCloudName(name), clouds.WithLocations(cloudsFile()))
		require.NoError(t, err, name)
		auth.AllowReauth = true
		pc, err := config.NewProviderClient(t.Context(), auth, config.WithTLSConfig(tls))
		require.NoError(t, err, name)
		s.Users[user] = pc
		if user == "demo" {
			endpoints(t, s, pc, endpoint)
		}
	}
	s.Projects["project"], s.Projects["project2"] = project(t, s.Users["demo"]), project(t, s.Users["demo2"])
	require.NoError(t, s.Discover(t.Context()))
	return s
}

func cloudsFile() string {
	if f := os.Getenv("OS_CLIENT_CONFIG_FILE"); f != "" {
		return f
	}
	return "clouds.yaml"
}

// endpoints sets a site's, without version.
func endpoints(t *testing.T, s *conformance.Site, pc *gophercloud.ProviderClient, opts gophercloud.EndpointOpts) {
	t.Helper()
	lb, err := openstack.NewLoadBalancerV2(pc, opts)
	require.NoError(t, err)
	network, err := openstack.NewNetworkV2(pc, opts)
	require.NoError(t, err)
	trim := func(s string) string {
		s = strings.TrimSuffix(s, "/")
		return strings.TrimSuffix(strings.TrimSuffix(strings.TrimSuffix(s, "/v2.0"), "/v2"), "/v3")
	}
	s.Octavia, s.Neutron, s.Keystone = trim(lb.Endpoint), trim(network.Endpoint), trim(pc.IdentityEndpoint)
}

func project(t *testing.T, pc *gophercloud.ProviderClient) string {
	t.Helper()
	result, ok := pc.GetAuthResult().(tokens.CreateResult)
	require.True(t, ok)
	p, err := result.ExtractProject()
	require.NoError(t, err)
	return p.ID
}
