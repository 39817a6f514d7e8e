// SPDX-License-Identifier: Apache-2.0

package fake_test

import (
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/octaviakit/octaviakit/fake"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// api speaks raw HTTP to a cloud as one user.
type api struct {
	t      testing.TB
	cloud  *fake.Cloud
	token  string
	accept *string // the header, empty for none; nil: JSON
}

func as(t testing.TB, c *fake.Cloud, user string) *api {
	return &api{t: t, cloud: c, token: c.ProviderClient(user).Token()}
}

// doc is a decoded answer.
type doc map[string]any

// reply is an answer with helpers that read like assertions.
type reply struct {
	t      testing.TB
	Status int
	Text   string
	Doc    doc
	Header http.Header
}

// seeds puts the IDs of what is there from the start in the place of {sub} and its like.
func seeds(c *fake.Cloud) *strings.Replacer {
	return strings.NewReplacer("{sub}", c.SubnetID(), "{sub6}", c.Subnet6ID(), "{net}", c.NetworkID(), "{msub}", c.MemberSubnetID(),
		"{sub2}", c.Demo2SubnetID(), "{none}", "00000000-0000-0000-0000-000000000001",
		"{demo}", c.ProjectID("demo"), "{demo2}", c.ProjectID("demo2"))
}

// do sends a request to Octavia; the path is what follows /v2/lbaas. {sub}, {net} and so
// on are the seeded networks.
func (a *api) do(method, path, body string) reply {
	a.t.Helper()
	c := a.cloud
	seeded := seeds(c)
	switch {
	case strings.HasPrefix(path, "/amphorae"):
		path = "http://octavia.fake/load-balancer/v2/octavia" + path
	case strings.HasPrefix(path, "/"):
		path = "http://octavia.fake/load-balancer/v2/lbaas" + path
	}
	var in io.Reader
	if body != "" {
		in = strings.NewReader(seeded.Replace(body))
	}
	req, err := http.NewRequestWithContext(a.t.Context(), method, seeded.Replace(path), in)
	require.NoError(a.t, err)
	req.Header.Set("X-Auth-Token", a.token)
	if body != "" {
		req.Header.Set("Content-Type", "application/json")
	}
	switch {
	case a.accept == nil:
		req.Header.Set("Accept", "application/json")
	case *a.accept != "":
		req.Header.Set("Accept", *a.accept)
	}
	res, err := c.RoundTrip(req)
	require.NoError(a.t, err)
	text, err := io.ReadAll(res.Body)
	require.NoError(a.t, err)
	out := reply{t: a.t, Status: res.StatusCode, Text: string(text), Header: res.Header}
	if len(text) > 0 && strings.HasPrefix(res.Header.Get("Content-Type"), "application/json") {
		if text[0] == '{' {
			require.NoError(a.t, json.Unmarshal(text, &out.Doc), "%s", text)
		}
	}
	return out
}

func (a *api) get(path string) reply         { a.t.Helper(); return a.do("GET", path, "") }
func (a *api) post(path, body string) reply  { a.t.Helper(); return a.do("POST", path, body) }
func (a *api) put(path, body string) reply   { a.t.Helper(); return a.do("PUT", path, body) }
func (a *api) del(path string) reply         { a.t.Helper(); return a.do("DELETE", path, "") }
func (a *api) made(path, body string) string { a.t.Helper(); return a.post(path, body).ok(201).id() }

// ok requires a status.
func (r reply) ok(status int) reply {
	r.t.Helper()
	require.Equal(r.t, status, r.Status, r.Text)
	return r
}

// refused requires a fault with these words.
func (r reply) refused(status int, words string) {
	r.t.Helper()
	assert.Equal(r.t, status, r.Status, r.Text)
	assert.Equal(r.t, words, r.fault())
}

func (r reply) fault() string {
	s, _ := r.Doc["faultstring"].(string)
	return s
}

// one is the object inside the wrapper.
func (r reply) one() doc {
	for _, v := range r.Doc {
		if m, isMap := v.(map[string]any); isMap {
			return m
		}
	}
	return nil
}

func (r reply) id() string { return r.one().str("id") }

// many are the objects of a list.
func (r reply) many() []doc {
	var all []doc
	for k, v := range r.Doc {
		list, isList := v.([]any)
		if !isList || strings.HasSuffix(k, "_links") {
			continue
		}
		for _, x := range list {
			all = append(all, x.(map[string]any))
		}
	}
	return all
}

func (d doc) str(key string) string {
	s, _ := d[key].(string)
	return s
}
