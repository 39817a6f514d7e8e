// SPDX-License-Identifier: Apache-2.0

package octavia_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/gophercloud/gophercloud/v2"
	"github.com/octaviakit/octaviakit/internal/fault"
	"github.com/octaviakit/octaviakit/internal/octavia"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

type transport func(*http.Request) (int, string, error)

func (f transport) RoundTrip(r *http.Request) (*http.Response, error) {
	status, body, err := f(r)
	if err != nil {
		return nil, err
	}
	return &http.Response{
		StatusCode: status, Header: http.Header{"Content-Type": {"application/json"}},
		Body: io.NopCloser(strings.NewReader(body)), Request: r,
	}, nil
}

func client(f transport) *gophercloud.ServiceClient {
	p := &gophercloud.ProviderClient{HTTPClient: http.Client{Transport: f}}
	p.SetToken("secret")
	return &gophercloud.ServiceClient{
		ProviderClient: p, Endpoint: "http://cloud.example/load-balancer/",
		ResourceBase: "http://cloud.example/load-balancer/v2.0/", Type: "load-balancer",
	}
}

func body(t *testing.T, r *http.Request) string {
	t.Helper()
	raw, err := io.ReadAll(r.Body)
	require.NoError(t, err)
	return string(raw)
}

func TestRequests(t *testing.T) {
	var got []string
	c := client(func(r *http.Request) (int, string, error) {
		line := r.Method + " " + r.URL.RequestURI()
		if r.Body != nil {
			line += " " + body(t, r)
		}
		got = append(got, line)
		switch {
		case r.Method == "DELETE":
			return 204, "", nil
		case strings.HasSuffix(r.URL.Path, "/members"), strings.HasSuffix(r.URL.Path, "/failover"):
			return 202, "", nil
		case r.Method == "POST":
			return 201, `{"pool": {"id": "p", "weight": 7}}`, nil
		default:
			return 200, `{"pool": {"id": "p"}}`, nil
		}
	})
	ctx := t.Context()

	o, err := octavia.Create(ctx, c, "lbaas/pools", "pool", octavia.Object{"name": "", "session_persistence": nil})
	require.NoError(t, err)
	assert.Equal(t, octavia.Object{"id": "p", "weight": 7.0}, o)
	_, err = octavia.Update(ctx, c, "lbaas/pools/p", "pool", nil)
	require.NoError(t, err)
	require.NoError(t, octavia.Put(ctx, c, "lbaas/loadbalancers/l/failover"))
	_, err = octavia.Get(ctx, c, "lbaas/pools/p?fields=id", "pool")
	require.NoError(t, err)
	require.NoError(t, octavia.Delete(ctx, c, "lbaas/loadbalancers/l?cascade=true"))
	require.NoError(t, octavia.PutMembers(ctx, c, "p", nil, false))
	require.NoError(t, octavia.PutMembers(ctx, c, "p", []octavia.Object{{"weight": 0}}, true))

	assert.Equal(t, []string{
		`POST /load-balancer/v2.0/lbaas/pools {"pool":{"name":"","session_persistence":null}}`,
		`PUT /load-balancer/v2.0/lbaas/pools/p {"pool":{}}`,
		`PUT /load-balancer/v2.0/lbaas/loadbalancers/l/failover`,
		`GET /load-balancer/v2.0/lbaas/pools/p?fields=id`,
		`DELETE /load-balancer/v2.0/lbaas/loadbalancers/l?cascade=true`,
		`PUT /load-balancer/v2.0/lbaas/pools/p/members {"members":[]}`,
		`PUT /load-balancer/v2.0/lbaas/pools/p/members?additive_only=true {"members":[{"weight":0}]}`,
	}, got)
}

func TestErrorsAreFaults(t *testing.T) {
	for name, c := range map[string]struct {
		f    transport
		want fault.Kind
	}{
		"locked": {func(*http.Request) (int, string, error) {
			return 409, `{"faultstring": "Pool x is immutable and cannot be updated."}`, nil
		}, fault.Locked},
		"reply lost":    {func(*http.Request) (int, string, error) { return 0, "", io.ErrUnexpectedEOF }, fault.Lost},
		"cut off":       {func(*http.Request) (int, string, error) { return 200, `{"pool": {`, nil }, fault.Lost},
		"no JSON":       {func(*http.Request) (int, string, error) { return 200, `<html>login</html>`, nil }, fault.Lost},
		"no object":     {func(*http.Request) (int, string, error) { return 200, `{"pools": []}`, nil }, fault.Lost},
		"body too late": {func(*http.Request) (int, string, error) { return 504, ``, nil }, fault.Transient},
	} {
		_, err := octavia.Update(t.Context(), client(c.f), "lbaas/pools/x?token=hush", "pool", octavia.Object{})
		var f *fault.Error
		require.ErrorAs(t, err, &f, name)
		assert.Equal(t, c.want, f.Kind, name)
		assert.Contains(t, f.Op, "PUT ", name)
		assert.Contains(t, f.Op, "lbaas/pools/x", name)
		assert.NotContains(t, f.Error(), "hush", name)
	}
}

func TestCancelledWithACause(t *testing.T) {
	ctx, cancel := context.WithCancelCause(t.Context())
	why := errors.New("shutting down")
	cancel(why)
	_, err := octavia.Get(ctx, client(func(r *http.Request) (int, string, error) {
		return 0, "", context.Cause(r.Context())
	}), "lbaas/pools/x", "pool")
	assert.True(t, fault.Is(err, fault.Canceled))
}

// collection is Octavia's paging: next link when the page is full, filters dropped
// from it, an unknown marker refused.
type collection struct {
	ids   []string
	cap   int // pagination_max_limit
	links bool
	calls []string
}

func (c *collection) serve(r *http.Request) (int, string, error) {
	q := r.URL.Query()
	c.calls = append(c.calls, q.Encode())
	if q.Get("name") == "" {
		return 500, `{"faultstring": "filter lost"}`, nil
	}
	limit := c.cap
	if n, err := strconv.Atoi(q.Get("limit")); err == nil {
		limit = min(n, c.cap)
	}
	from := 0
	if m := q.Get("marker"); m != "" {
		i := slices.Index(c.ids, m)
		if i < 0 {
			return 400, fmt.Sprintf(`{"faultstring": "Supplied pagination marker '%s' is not valid."}`, m), nil
		}
		from = i + 1
	}
	page := c.ids[from:min(from+limit, len(c.ids))]
	out := map[string]any{}
	list := []any{}
	for _, id := range page {
		list = append(list, map[string]any{"id": id})
	}
	out["pools"] = list
	if c.links && len(page) == limit {
		out["pools_links"] = []any{map[string]any{"rel": "next", "href": "http://cloud.example/v2/lbaas/pools?limit=1"}}
	}
	raw, err := json.Marshal(out)
	return 200, string(raw), err
}

func names(t *testing.T, c *gophercloud.ServiceClient, q url.Values) []string {
	t.Helper()
	var got []string
	for o, err := range octavia.List(t.Context(), c, "lbaas/pools", "pools", q) {
		require.NoError(t, err)
		got = append(got, o["id"].(string))
	}
	return got
}

func TestListPagesByMarker(t *testing.T) {
	all := []string{"a", "b", "c", "d", "e", "f"}
	for _, c := range []struct {
		limit string
		cap   int
		links bool
		calls int
	}{
		{"", 1000, true, 1},
		{"", 4, true, 2},
		{"2", 1000, true, 4},  // the last page was full, so one empty page more
		{"2", 1000, false, 4}, // no links at all
		{"100", 4, true, 2},   // the server cuts the limit
		{"6", 1000, true, 2},
	} {
		server := &collection{ids: all, cap: c.cap, links: c.links}
		q := url.Values{"name": {"x"}}
		if c.limit != "" {
			q.Set("limit", c.limit)
		}
		assert.Equal(t, all, names(t, client(server.serve), q))
		assert.Len(t, server.calls, c.calls, "%+v", c)
		assert.Empty(t, q.Get("marker"), "the caller's query must stay as it was")
	}
}

func TestListSurvivesChange(t *testing.T) {
	server := &collection{ids: []string{"a", "b", "c", "d", "e"}, cap: 2, links: true}
	var got []string
	for o, err := range octavia.List(t.Context(), client(server.serve), "lbaas/pools", "pools", url.Values{"name": {"x"}}) {
		require.NoError(t, err)
		got = append(got, o["id"].(string))
		if len(got) == 2 { // the marker's object goes, and a page boundary shifts
			server.ids = []string{"a", "c", "d", "e", "f"}
		}
	}
	assert.Equal(t, []string{"a", "b", "c", "d", "e", "f"}, got)
}

func TestListStops(t *testing.T) {
	server := &collection{ids: []string{"a", "b", "c", "d"}, cap: 2, links: true}
	for range octavia.List(t.Context(), client(server.serve), "lbaas/pools", "pools", url.Values{"name": {"x"}}) {
		break
	}
	assert.Len(t, server.calls, 1)

	stuck := client(func(*http.Request) (int, string, error) {
		return 200, `{"pools": [{"id": "a"}], "pools_links": [{"rel": "next"}]}`, nil
	})
	var last error
	n := 0
	for _, err := range octavia.List(t.Context(), stuck, "lbaas/pools", "pools", nil) {
		last = err
		n++
	}
	require.Error(t, last)
	assert.Equal(t, 2, n)

	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	for _, err := range octavia.List(ctx, client(func(r *http.Request) (int, string, error) { return 0, "", r.Context().Err() }), "lbaas/pools", "pools", nil) {
		assert.True(t, fault.Is(err, fault.Canceled))
	}
}

func TestListAsksForTheID(t *testing.T) {
	server := &collection{ids: []string{"a"}, cap: 2, links: true}
	names(t, client(server.serve), url.Values{"name": {"x"}, "fields": {"provisioning_status"}})
	assert.Equal(t, []string{"fields=provisioning_status&fields=id&name=x"}, server.calls)
}
