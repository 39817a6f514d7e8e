// SPDX-License-Identifier: Apache-2.0

package main

import (
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/octaviakit/octaviakit/provider"
)

func TestSituations(t *testing.T) {
	var out strings.Builder
	require.NoError(t, run(t.Context(), nil, &out))
	reports := strings.Split(strings.TrimSpace(out.String()), "\n\n")
	require.Len(t, reports, 7)
	for i, first := range []string{
		"1. amphora at Zed", "1. amphora at 2025.1", // ingress
		"1. amphora at Victoria", "1. amphora at Zed", "1. ovn at 2025.1", // local, before and after
		"1. ovn at Wallaby", "1. ovn at 2025.1", // pods
	} {
		assert.Contains(t, reports[i], first)
	}
}

func TestOneRelease(t *testing.T) {
	var out strings.Builder
	require.NoError(t, run(t.Context(), []string{"-release", "2024.1"}, &out))
	assert.Equal(t, 3, strings.Count(out.String(), "ovn at 2024.1 Caracal"))
}

func TestBadInput(t *testing.T) {
	for _, args := range [][]string{
		{"-release", "2024.3"}, {"-ovn-driver", "x"}, {"surplus"}, {"-nonsense"},
	} {
		var out strings.Builder
		require.Error(t, run(t.Context(), args, &out), args)
		assert.Empty(t, out.String())
	}
	var u *provider.UnknownError
	require.ErrorAs(t, run(t.Context(), []string{"-release", "2024.3"}, &strings.Builder{}), &u)
}

// TestCloud runs against a server on loopback, as clouds.yaml names one by its address.
func TestCloud(t *testing.T) {
	srv := httptest.NewServer(nil)
	t.Cleanup(srv.Close)
	answer := func(status int, body string) http.HandlerFunc {
		return func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("X-Subject-Token", "t")
			w.Header().Set("Content-Type", "application/json")
			w.WriteHeader(status)
			_, _ = w.Write([]byte(body))
		}
	}
	mux := http.NewServeMux()
	mux.Handle("POST /v3/auth/tokens", answer(201, `{"token": {"expires_at": "2099-01-01T00:00:00.000000Z", "catalog": [
		{"type": "load-balancer", "endpoints": [{"interface": "public", "region": "R", "region_id": "R", "url": "`+srv.URL+`/load-balancer"}]}]}}`))
	mux.Handle("GET /load-balancer/{$}", answer(200, `{"versions": [{"id": "v2.0", "status": "SUPPORTED"}, {"id": "v2.27", "status": "CURRENT"}]}`))
	mux.Handle("GET /load-balancer/v2.0/lbaas/providers", answer(200, `{"providers": [{"name": "ovn"}]}`))
	srv.Config.Handler = mux
	yaml := filepath.Join(t.TempDir(), "clouds.yaml")
	require.NoError(t, os.WriteFile(yaml, []byte(`clouds: {here: {region_name: R, auth: {auth_url: "`+srv.URL+`/v3",
		username: u, password: p, project_name: p, user_domain_name: Default, project_domain_name: Default}}}`), 0o600))
	t.Setenv("OS_CLIENT_CONFIG_FILE", yaml)

	var out strings.Builder
	require.NoError(t, run(t.Context(), []string{"-cloud", "here", "-ovn-driver", "epoxy"}, &out))
	assert.Contains(t, out.String(), "Octavia 2023.2 Bobcat, API v2.27, providers ovn\n")
	assert.Contains(t, out.String(), "known: the ovn driver is of 2025.1 Epoxy, as told")
	assert.Equal(t, 3, strings.Count(out.String(), "1. ovn at 2025.1 Epoxy"))
	assert.NotContains(t, out.String(), "amphora at", "it is not enabled there")
}
