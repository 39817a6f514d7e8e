// SPDX-License-Identifier: Apache-2.0

package monitor_test

import (
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/octaviakit/octaviakit/internal/fault"
	"github.com/octaviakit/octaviakit/monitor"
	"github.com/octaviakit/octaviakit/provider"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestBodyFillsDefaults(t *testing.T) {
	t.Parallel()
	assert.Equal(t, map[string]any{
		"type": "TCP", "delay": 5, "timeout": 3, "max_retries": 3, "max_retries_down": 3,
	}, monitor.Spec{}.Body())
	http := monitor.HTTP("/healthz")
	http.HTTPVersion, http.DomainName, http.AdminStateUp, http.Tags = "1.1", "a.example", new(false), []string{"b", "a", "b"}
	assert.Equal(t, map[string]any{
		"type": "HTTP", "delay": 5, "timeout": 3, "max_retries": 3, "max_retries_down": 3, "http_method": "GET",
		"url_path": "/healthz", "expected_codes": "200", "http_version": json.Number("1.1"), "domain_name": "a.example",
		"admin_state_up": false, "tags": []string{"a", "b"},
	}, http.Body())
	assert.NotContains(t, monitor.UDP().Body(), "url_path", "other types refuse it, even null")
}

func TestValidate(t *testing.T) {
	t.Parallel()
	http := func(edit func(*monitor.Spec)) monitor.Spec { s := monitor.HTTP("/"); edit(&s); return s }
	for name, tc := range map[string]struct {
		spec monitor.Spec
		pool string
		want []string
	}{
		"zero":                {monitor.Spec{}, "TCP", nil},
		"http":                {monitor.HTTP("/healthz?x=1"), "HTTP", nil},
		"timeout is delay":    {monitor.Spec{Delay: 3 * time.Second}, "", []string{"timeout"}},
		"fraction":            {monitor.Spec{Delay: 5500 * time.Millisecond}, "", []string{"delay"}},
		"negative":            {monitor.Spec{Delay: -time.Second, Timeout: -2 * time.Second}, "", []string{"delay", "timeout"}},
		"retries":             {monitor.Spec{MaxRetries: 11, MaxRetriesDown: -1}, "", []string{"maxRetries", "maxRetriesDown"}},
		"udp often":           {monitor.Spec{Type: "UDP-CONNECT", Delay: 2 * time.Second, Timeout: time.Second}, "UDP", []string{"delay"}},
		"udp":                 {monitor.Spec{Type: "UDP-CONNECT", Delay: 3 * time.Second, Timeout: time.Second}, "UDP", nil},
		"udp on tcp":          {monitor.UDP(), "TCP", []string{"type"}},
		"udp, unknown pool":   {monitor.UDP(), "", nil},
		"ping on udp":         {monitor.Spec{Type: "PING"}, "UDP", []string{"type"}},
		"http on sctp":        {monitor.HTTP("/"), "SCTP", nil},
		"no such type":        {monitor.Spec{Type: "GOPHER"}, "TCP", []string{"type"}},
		"http fields on tcp":  {monitor.Spec{URLPath: "/", ExpectedCodes: "200"}, "", []string{"urlPath", "expectedCodes"}},
		"path":                {monitor.HTTP("healthz"), "", []string{"urlPath"}},
		"path with space":     {monitor.HTTP("/a b"), "", []string{"urlPath"}},
		"path with a host":    {monitor.HTTP("//healthz"), "", []string{"urlPath"}},
		"only slashes":        {monitor.HTTP("//"), "", []string{"urlPath"}},
		"three slashes":       {monitor.HTTP("///healthz"), "", nil},
		"slashes further on":  {monitor.HTTP("/a//b/é%zz"), "", nil},
		"path with nbsp":      {monitor.HTTP("/a\u00a0b"), "", []string{"urlPath"}},
		"long path":           {monitor.HTTP("/" + strings.Repeat("a", 2047)), "", nil},
		"path too long":       {monitor.HTTP("/" + strings.Repeat("a", 2048)), "", []string{"urlPath"}},
		"too many codes":      {http(func(s *monitor.Spec) { s.ExpectedCodes = strings.Repeat("200,", 16) + "200" }), "", []string{"expectedCodes"}},
		"too long a delay":    {monitor.Spec{Delay: 1 << 32 * time.Second}, "", []string{"delay"}},
		"codes mixed":         {http(func(s *monitor.Spec) { s.ExpectedCodes = "200,202-204" }), "", []string{"expectedCodes"}},
		"codes range":         {http(func(s *monitor.Spec) { s.ExpectedCodes = "200-204" }), "", nil},
		"codes list":          {http(func(s *monitor.Spec) { s.ExpectedCodes = "200, 202" }), "", nil},
		"method":              {http(func(s *monitor.Spec) { s.HTTPMethod = "get" }), "", []string{"httpMethod"}},
		"domain without 1.1":  {http(func(s *monitor.Spec) { s.DomainName = "a.example" }), "", []string{"domainName"}},
		"version":             {http(func(s *monitor.Spec) { s.HTTPVersion = "2" }), "", []string{"httpVersion"}},
		"empty tag":           {monitor.Spec{Tags: []string{""}}, "", []string{"tags[0]"}},
		"two faults reported": {monitor.Spec{Type: "X", MaxRetries: 99}, "TCP", []string{"maxRetries", "type"}},
	} {
		assert.Equal(t, tc.want, paths(tc.spec.Validate(tc.pool)), name)
	}
}

func paths(err error) []string {
	if err == nil {
		return nil
	}
	var out []string
	for _, e := range err.(interface{ Unwrap() []error }).Unwrap() {
		var f *fault.FieldError
		if errors.As(e, &f) {
			out = append(out, f.Path)
		}
	}
	return out
}

func TestRequires(t *testing.T) {
	t.Parallel()
	assert.Equal(t, []provider.Feature{"health-monitor", "hm-type-tcp"}, slices.Collect(monitor.Spec{}.Requires()))
	s := monitor.HTTPS("/")
	s.HTTPVersion, s.Tags = "1.1", []string{"t"}
	assert.Equal(t, []provider.Feature{
		"health-monitor", "hm-http-method-url-codes", "hm-http-version-domain-name", "hm-type-https", "tags",
	}, slices.Collect(s.Requires()))
}

// read is a monitor as it comes back from Octavia.
func read(t *testing.T, s monitor.Spec, more map[string]any) map[string]any {
	t.Helper()
	raw, err := json.Marshal(s.Body())
	require.NoError(t, err)
	out := map[string]any{
		"id": "hm", "name": "", "admin_state_up": true, "http_method": nil, "url_path": nil, "expected_codes": nil,
		"http_version": nil, "domain_name": nil, "tags": []any{},
	}
	require.NoError(t, json.Unmarshal(raw, &out))
	for k, v := range more {
		out[k] = v
	}
	return out
}

func TestDiffOfEqualIsEmpty(t *testing.T) {
	t.Parallel()
	versioned := monitor.HTTP("/x")
	versioned.HTTPVersion, versioned.DomainName = "1.1", "a.example"
	ten := monitor.HTTP("/x")
	ten.HTTPVersion = "1.0"
	for _, s := range []monitor.Spec{{}, monitor.HTTP("/x"), monitor.UDP(), versioned, ten, {Type: "PING", Tags: []string{"b", "a"}}} {
		changes, update, replace := monitor.Diff(read(t, s, nil), s)
		assert.Empty(t, changes)
		assert.Nil(t, update)
		assert.False(t, replace)
	}
	changes, _, _ := monitor.Diff(read(t, monitor.HTTP(""), map[string]any{"http_version": 1.0, "expected_codes": "200"}), monitor.HTTP("/"))
	assert.Empty(t, changes, "1.0 is what no version means")
	changes, _, _ = monitor.Diff(read(t, monitor.TCP(), map[string]any{"name": "x", "admin_state_up": false, "tags": []any{"t"}}), monitor.TCP())
	assert.Empty(t, changes, "what is not set is left alone")
}

func TestDiffSendsWhatDiffersAndTheNumbers(t *testing.T) {
	t.Parallel()
	s := monitor.HTTP("/new")
	s.Delay, s.AdminStateUp, s.Tags = 10*time.Second, new(false), []string{}
	have := read(t, monitor.HTTP("/old"), map[string]any{"tags": []any{"t"}, "http_version": 1.1, "domain_name": "a.example"})
	changes, update, replace := monitor.Diff(have, s)
	assert.False(t, replace)
	assert.Equal(t, []monitor.Change{
		{"admin_state_up", "true", "false"},
		{"delay", "5", "10"},
		{"domain_name", "a.example", ""},
		{"http_version", "1.1", ""},
		{"tags", "t", ""},
		{"url_path", "/old", "/new"},
	}, changes)
	assert.Equal(t, map[string]any{
		"admin_state_up": false, "delay": 10, "timeout": 3, "max_retries": 3, "max_retries_down": 3,
		"domain_name": nil, "http_version": nil, "tags": []string{}, "url_path": "/new",
	}, update, "cleared fields are null, the four numbers travel together")
}

func TestDiffOfAnotherTypeReplaces(t *testing.T) {
	t.Parallel()
	have := read(t, monitor.TCP(), map[string]any{"name": "kept", "admin_state_up": false, "tags": []any{"t"}})
	changes, update, replace := monitor.Diff(have, monitor.HTTP("/"))
	assert.True(t, replace)
	assert.Nil(t, update)
	assert.Contains(t, changes, monitor.Change{Field: "type", Old: "TCP", New: "HTTP"})
	heir := monitor.HTTP("/").Inherit(have).Body()
	assert.Equal(t, "kept", heir["name"])
	assert.Equal(t, false, heir["admin_state_up"])
	assert.Equal(t, []string{"t"}, heir["tags"])
}
