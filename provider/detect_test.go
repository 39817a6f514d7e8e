// SPDX-License-Identifier: Apache-2.0

package provider_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/gophercloud/gophercloud/v2"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/octaviakit/octaviakit/provider"
)

// site answers requests in process, by "path" or "path accept-header". What is
// not scripted is 404, as Octavia's router says it.
type site struct {
	t       *testing.T
	answers map[string]reply
	seen    []string
	latency time.Duration
	gets    atomic.Int32
}

type reply struct {
	status int
	kind   string
	body   string
	err    error
}

func (s *site) RoundTrip(r *http.Request) (*http.Response, error) {
	assert.Equal(s.t, http.MethodGet, r.Method, "detection must not change anything")
	s.gets.Add(1)
	path := r.URL.RequestURI()
	if s.latency > 0 {
		select {
		case <-time.After(s.latency):
		case <-r.Context().Done():
		}
	} else {
		s.seen = append(s.seen, path)
	}
	a, ok := s.answers[path+" "+r.Header.Get("Accept")]
	if !ok {
		a, ok = s.answers[path]
	}
	if !ok {
		a = reply{status: 404, body: `{"code": 404, "title": "Not Found", "description": ""}`}
	}
	if err := errors.Join(a.err, r.Context().Err()); err != nil {
		return nil, err
	}
	if a.kind == "" {
		a.kind = "application/json"
	}
	return &http.Response{
		StatusCode: a.status, Header: http.Header{"Content-Type": {a.kind}},
		Body: io.NopCloser(bytes.NewBufferString(a.body)), Request: r,
	}, nil
}

func (s *site) client(endpoint string) *gophercloud.ServiceClient {
	pc := &gophercloud.ProviderClient{TokenID: "token", HTTPClient: http.Client{Transport: s}}
	base := strings.ReplaceAll(endpoint, "v2.0/", "") + "v2.0/" // as openstack.NewLoadBalancerV2 does
	return &gophercloud.ServiceClient{ProviderClient: pc, Endpoint: endpoint, ResourceBase: base, Type: "load-balancer"}
}

// versions is a version list up to v2.minor, in the order that Octavia gives.
func versions(minor int, extra ...string) reply {
	ids := extra
	for i := range minor + 1 {
		ids = append(ids, fmt.Sprintf("v2.%d", i))
	}
	for i := range ids {
		ids[i] = `{"id": "` + ids[i] + `", "status": "SUPPORTED"}`
	}
	return reply{status: 200, body: `{"versions": [` + strings.Join(ids, ", ") + `]}`}
}

func providers(names ...string) reply {
	for i, n := range names {
		names[i] = `{"name": "` + n + `", "description": "The ` + n + ` driver."}`
	}
	return reply{status: 200, body: `{"providers": [` + strings.Join(names, ", ") + `]}`}
}

const (
	plain  = "http://cloud.test:9876/"
	listed = "/v2.0/lbaas/providers"
)

var (
	forbidden = reply{status: 403, body: `{"faultcode": "Client", "faultstring": "Policy does not allow this request to be performed.", "debuginfo": null}`}
	speaksXML = reply{status: 200, kind: "application/xml; charset=UTF-8", body: "<result></result>"}
	onlyJSON  = reply{status: 406, body: `{"code": 406, "title": "Not Acceptable", "description": "Only content type application/json is accepted."}`}
)

func detect(t *testing.T, answers map[string]reply, endpoint string, opts ...provider.Option) provider.Cloud {
	t.Helper()
	s := &site{t: t, answers: answers}
	c, err := provider.Detect(t.Context(), s.client(endpoint), opts...)
	require.NoError(t, err)
	return c
}

// says reports whether a note with the text is among the conclusions.
func says(c provider.Cloud, assumed bool, text string) bool {
	for _, n := range c.Notes() {
		if n.Assumed == assumed && strings.Contains(n.Text, text) {
			return true
		}
	}
	return false
}

func TestDetectByVersion(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name    string
		answers map[string]reply
		minor   int
		span    provider.Span
	}{
		{"queens", map[string]reply{"/": versions(0, "v1")}, 0, provider.At(provider.Queens)},
		{"train", map[string]reply{"/": versions(13, "v1"), listed: providers("octavia", "amphora", "ovn")}, 13, provider.At(provider.Train)},
		{"wallaby or xena", map[string]reply{"/": versions(24), listed: providers("amphora")}, 24, provider.Span{Floor: provider.Wallaby, Ceiling: provider.Xena}},
		{"xena", map[string]reply{"/": versions(24), listed: providers("amphora", "amphorav1")}, 24, provider.At(provider.Xena)},
		{"zed", map[string]reply{"/": versions(26), "/ application/xml": speaksXML, listed: providers("amphora")}, 26, provider.At(provider.Zed)},
		{"2023.1", map[string]reply{"/": versions(26), "/ application/xml": onlyJSON, listed: providers("amphora")}, 26, provider.At(provider.Antelope)},
		{"zed or 2023.1", map[string]reply{"/": versions(26), listed: providers("amphora")}, 26, provider.Span{Floor: provider.Zed, Ceiling: provider.Antelope}},
		{"2023.2", map[string]reply{"/": versions(27), listed: providers("amphora")}, 27, provider.At(provider.Bobcat)},
		{
			"2024.2",
			map[string]reply{
				"/": versions(28), listed: providers("amphora"),
				"/v2.0/lbaas/loadbalancers?fields=additional_vips": {status: 200, body: `{"loadbalancers": [{"additional_vips": []}, {"additional_vips": [{"subnet_id": "s", "ip_address": "a", "port_id": "p"}]}]}`},
			},
			28, provider.At(provider.Dalmatian),
		},
		{
			"2024.1 or 2024.2",
			map[string]reply{
				"/": versions(28), listed: providers("amphora"),
				"/v2.0/lbaas/loadbalancers?fields=additional_vips": {status: 200, body: `{"loadbalancers": [{"additional_vips": [{"subnet_id": "s", "ip_address": "a"}]}]}`},
			},
			28,
			provider.Span{Floor: provider.Caracal, Ceiling: provider.Dalmatian},
		},
		{
			"2025.1 seen by an administrator",
			map[string]reply{
				"/": versions(30), listed: providers("amphora"),
				"/v2.0/lbaas/providers/amphora/availability_zone_capabilities": {status: 200, body: `{"availability_zone_capabilities": [{"name": "compute_zone"}]}`},
			},
			30, provider.At(provider.Epoxy),
		},
		{
			"2025.2 or later",
			map[string]reply{
				"/": versions(30), listed: providers("octavia"),
				"/v2.0/lbaas/providers/octavia/availability_zone_capabilities": {status: 200, body: `{"availability_zone_capabilities": [{"name": "compute_zone"}, {"name": "volume_zone"}]}`},
			},
			30,
			provider.Span{Floor: provider.Flamingo, Ceiling: provider.Hibiscus},
		},
		{
			"2025.1 or later",
			map[string]reply{
				"/": versions(30), listed: providers("amphora"),
				"/v2.0/lbaas/providers/amphora/availability_zone_capabilities": forbidden,
			},
			30,
			provider.Span{Floor: provider.Epoxy, Ceiling: provider.Hibiscus},
		},
		{"not yet known", map[string]reply{"/": versions(33), listed: providers("amphora")}, 33, provider.At(provider.Hibiscus)},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			c := detect(t, tt.answers, plain)
			minor, ok := c.APIMinor()
			assert.True(t, ok)
			assert.Equal(t, tt.minor, minor)
			assert.Equal(t, tt.span, c.API())
			assert.Equal(t, tt.span, c.OVNDriver(), "assumed to be of Octavia's release")
			caps, err := c.For(provider.Amphora)
			require.NoError(t, err)
			assert.Equal(t, tt.span.Floor, caps.Release())
		})
	}
}

// TestMaximumByNumber: "v2.9" sorts after "v2.26" as text, and the list need not be in order.
func TestMaximumByNumber(t *testing.T) {
	t.Parallel()
	c := detect(t, map[string]reply{"/": {status: 300, body: `{"versions": [{"id": "v2.26"}, {"id": "v2.9"}, {"id": "v1"}, {"id": "v3.99"}, {"id": "v2.x"}, {"id": "v2"}]}`}}, plain)
	minor, _ := c.APIMinor()
	assert.Equal(t, 26, minor)
}

func TestEndpointForms(t *testing.T) {
	t.Parallel()
	for endpoint, prefix := range map[string]string{
		"http://cloud.test:9876/":                     "",
		"http://cloud.test:9876/v2.0/":                "",
		"http://cloud.test:9876/v2/":                  "",
		"https://cloud.test/load-balancer/":           "/load-balancer",
		"https://cloud.test/load-balancer/v2.0/":      "/load-balancer",
		"https://cloud.test/load-balancer/v2/":        "/load-balancer",
		"https://cloud.test/region/v1/load-balancer/": "/region/v1/load-balancer", // not Octavia's version
	} {
		c := detect(t, map[string]reply{prefix + "/": versions(26), prefix + listed: providers("amphora", "ovn")}, endpoint, provider.WithoutHints())
		minor, ok := c.APIMinor()
		assert.True(t, ok, endpoint)
		assert.Equal(t, 26, minor, endpoint)
		names, ok := c.Providers()
		assert.True(t, ok, endpoint)
		assert.Equal(t, []provider.Name{provider.Amphora, provider.OVN}, names, endpoint)
	}
}

func TestProviders(t *testing.T) {
	t.Parallel()
	c := detect(t, map[string]reply{"/": versions(26), listed: providers("ovn", "octavia", "amphorav2", "amphora", "f5")}, plain)
	names, ok := c.Providers()
	require.True(t, ok)
	assert.Equal(t, []provider.Name{"amphora", "f5", "ovn"}, names)
	ps, ok := c.Listed()
	require.True(t, ok)
	require.Len(t, ps, 5)
	assert.Equal(t, provider.Listed{Name: "amphora", Description: "The amphora driver."}, ps[0])
	assert.True(t, says(c, false, "octavia is amphora"))
	assert.True(t, says(c, true, "the ovn driver is of Octavia's release"))

	var unknown *provider.UnknownError
	_, err := c.For("f5")
	require.ErrorAs(t, err, &unknown, "enabled, but nothing is known of it")
	var absent *provider.NotEnabledError
	_, err = c.For("a10")
	require.ErrorAs(t, err, &absent)
	assert.Equal(t, `provider "a10" is not enabled on this cloud: enabled are amphora, f5, ovn`, absent.Error())
}

func TestDefaultProvider(t *testing.T) {
	t.Parallel()
	both := map[string]reply{"/": versions(27), listed: providers("amphora", "ovn")}
	c := detect(t, both, plain)
	_, ok := c.Default()
	assert.False(t, ok)
	caps, err := c.For("")
	require.NoError(t, err)
	assert.Equal(t, provider.Amphora, caps.Provider(), "Octavia's own default")
	assert.True(t, says(c, true, "the default provider is not told"))

	caps, err = detect(t, both, plain, provider.WithDefaultProvider("ovn")).For("")
	require.NoError(t, err)
	assert.Equal(t, provider.OVN, caps.Provider())

	caps, err = detect(t, map[string]reply{"/": versions(27), listed: providers("ovn")}, plain).For("")
	require.NoError(t, err)
	assert.Equal(t, provider.OVN, caps.Provider(), "the only one")
}

func TestOverrides(t *testing.T) {
	t.Parallel()
	answers := map[string]reply{"/": versions(26), listed: providers("amphora", "ovn")}
	c := detect(t, answers, plain, provider.WithRelease(provider.Antelope), provider.WithOVNDriver(provider.Caracal))
	assert.Equal(t, provider.At(provider.Antelope), c.API())
	assert.Equal(t, provider.At(provider.Caracal), c.OVNDriver())
	assert.True(t, says(c, false, "Octavia is 2023.1 Antelope, as told"))
	caps, err := c.For(provider.OVN)
	require.NoError(t, err)
	assert.Equal(t, provider.At(provider.Caracal), caps.Driver())
	assert.True(t, caps.Has(provider.DualStackVIP))

	c = detect(t, answers, plain, provider.WithRelease(provider.Epoxy))
	assert.True(t, says(c, true, "2025.1 Epoxy as told, although API v2.26"))

	c = detect(t, map[string]reply{"/": versions(26), listed: forbidden}, plain, provider.WithProviders("octavia"))
	names, ok := c.Providers()
	assert.True(t, ok)
	assert.Equal(t, []provider.Name{provider.Amphora}, names)

	s := &site{t: t, answers: answers}
	_, err = provider.Detect(t.Context(), s.client(plain), provider.WithRelease(99))
	var unknown *provider.UnknownError
	require.ErrorAs(t, err, &unknown)
	assert.Empty(t, s.seen, "refused before any call")
}

func TestDetectErrors(t *testing.T) {
	t.Parallel()
	var d *provider.DetectError
	_, err := provider.Detect(t.Context(), nil)
	require.ErrorAs(t, err, &d)

	s := &site{t: t, answers: map[string]reply{"/": {err: io.ErrUnexpectedEOF}, listed: {err: io.ErrUnexpectedEOF}}}
	_, err = provider.Detect(t.Context(), s.client(plain))
	require.ErrorAs(t, err, &d)
	require.ErrorIs(t, err, io.ErrUnexpectedEOF)

	s = &site{t: t, answers: map[string]reply{"/": versions(26), listed: {status: 401, body: `{"error": {"code": 401}}`}}}
	_, err = provider.Detect(t.Context(), s.client(plain))
	require.ErrorAs(t, err, &d)
	assert.Equal(t, "GET /v2.0/lbaas/providers", d.Op)
	assert.True(t, gophercloud.ResponseCodeIs(err, 401), "gophercloud's error stays in reach")

	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err = provider.Detect(ctx, s.client(plain))
	require.ErrorIs(t, err, context.Canceled)

	s = &site{t: t, answers: map[string]reply{}}
	_, err = provider.Detect(t.Context(), s.client(plain))
	require.ErrorAs(t, err, &d, "a server, but no Octavia")
	assert.True(t, gophercloud.ResponseCodeIs(err, 404))

	s = &site{t: t, answers: map[string]reply{"/": {status: 200, body: `{}`}, listed: {status: 200, body: `{}`}}}
	_, err = provider.Detect(t.Context(), s.client(plain))
	require.ErrorContains(t, err, "not Octavia's", "a server that says 200 to anything")
}

func TestDetectAsksLittle(t *testing.T) {
	t.Parallel()
	s := &site{t: t, answers: map[string]reply{"/": versions(27), listed: providers("amphora")}}
	_, err := provider.Detect(t.Context(), s.client(plain))
	require.NoError(t, err)
	assert.Equal(t, []string{"/", listed}, s.seen, "2023.2 has a version of its own: nothing to narrow")

	s = &site{t: t, answers: map[string]reply{"/": versions(26), listed: providers("amphora", "ovn")}}
	_, err = provider.Detect(t.Context(), s.client(plain), provider.WithoutHints())
	require.NoError(t, err)
	assert.Len(t, s.seen, 2)
}

func TestZeroCloud(t *testing.T) {
	t.Parallel()
	var c provider.Cloud
	_, err := c.For(provider.Amphora)
	require.Error(t, err)
	_, ok := c.APIMinor()
	assert.False(t, ok)
	assert.Empty(t, c.Notes())
}

func TestCloudReport(t *testing.T) {
	t.Parallel()
	c := detect(t, map[string]reply{"/": versions(26), "/ application/xml": speaksXML, listed: providers("amphora", "ovn")}, plain)
	assert.Equal(t, `Octavia Zed, API v2.26, providers amphora, ovn
  known: enabled are amphora, ovn
  known: API v2.26 is that of Zed to 2023.1 Antelope
  known: Zed or older: its root still speaks XML
  assumed: the ovn driver is of Octavia's release: no API tells its version
  assumed: the default provider is not told by the API; amphora is Octavia's own default`, c.String())
}

// A cloud that does not answer now is no old cloud: detection fails, and can be repeated.
func TestDetectDoesNotGuessFromSilence(t *testing.T) {
	for _, status := range []int{http.StatusTooManyRequests, http.StatusServiceUnavailable, http.StatusGatewayTimeout} {
		client := &gophercloud.ServiceClient{ProviderClient: &gophercloud.ProviderClient{}, Endpoint: "http://lb/"}
		client.HTTPClient.Transport = roundTrip(func(r *http.Request) (*http.Response, error) {
			return &http.Response{StatusCode: status, Body: http.NoBody, Request: r, Header: http.Header{}}, nil
		})
		_, err := provider.Detect(t.Context(), client)
		var failed *provider.DetectError
		require.ErrorAs(t, err, &failed, "%d", status)
		client.HTTPClient.Transport = roundTrip(func(*http.Request) (*http.Response, error) { return nil, io.ErrUnexpectedEOF })
		_, err = provider.Detect(t.Context(), client)
		require.ErrorIs(t, err, io.ErrUnexpectedEOF)
	}
}

type roundTrip func(*http.Request) (*http.Response, error)

func (f roundTrip) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }
