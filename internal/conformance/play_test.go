// SPDX-License-Identifier: Apache-2.0

package conformance_test

import (
	"encoding/json"
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/gophercloud/gophercloud/v2"
	"github.com/octaviakit/octaviakit/internal/conformance"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// canned is a cloud that answers by "METHOD path", each answer in turn, the last for ever.
type canned struct {
	answers map[string][]string // "201 {…}"
	asked   []string
}

func (c *canned) RoundTrip(r *http.Request) (*http.Response, error) {
	body := ""
	if r.Body != nil {
		b, err := io.ReadAll(r.Body)
		if err != nil {
			return nil, err
		}
		body = string(b)
	}
	key := r.Method + " " + r.URL.RequestURI()
	c.asked = append(c.asked, strings.TrimSpace(r.Header.Get("X-Auth-Token")+" "+key+" "+body))
	code, text := 404, ""
	if all := c.answers[key]; len(all) > 0 {
		code, text = int(all[0][0]-'0')*100+int(all[0][1]-'0')*10+int(all[0][2]-'0'), all[0][4:]
		if len(all) > 1 {
			c.answers[key] = all[1:]
		}
	}
	return &http.Response{
		StatusCode: code, Header: http.Header{"Content-Type": {"application/json; charset=utf-8"}},
		Body: io.NopCloser(strings.NewReader(text)), Request: r,
	}, nil
}

const (
	lb1   = "aaaaaaaa-0000-0000-0000-000000000001"
	other = "bbbbbbbb-0000-0000-0000-000000000002"
)

// cannedSite has the networks that Discover wants.
func cannedSite(t *testing.T, c *canned) *conformance.Site {
	t.Helper()
	c.answers["GET /n/v2.0/subnets?project_id=11111111111111111111111111111111"] = []string{`200 {"subnets": [
		{"id": "sssssssss4", "name": "b", "ip_version": 4, "network_id": "nnnnnnnnn1", "cidr": "10.10.0.0/16"},
		{"id": "sssssssss6", "name": "a", "ip_version": 6, "network_id": "nnnnnnnnn1", "cidr": "fd00::/64"},
		{"id": "mmmmmmmmm4", "name": "c", "ip_version": 4, "network_id": "nnnnnnnnn2", "cidr": "10.11.0.0/16"}]}`}
	c.answers["GET /n/v2.0/networks?router:external=true"] = []string{`200 {"networks": [{"id": "externalnet"}]}`}
	c.answers["GET /n/v2.0/subnets?ip_version=4&project_id=22222222222222222222222222222222"] = []string{`200 {"subnets": [{"id": "subnetofdemo2", "cidr": "10.20.0.0/16"}]}`}
	c.answers["GET /n/v2.0/subnets?ip_version=4&network_id=externalnet"] = []string{`200 {"subnets": [{"id": "externalsub", "cidr": "198.51.100.0/24"}]}`}
	s := &conformance.Site{
		Users:   map[string]*gophercloud.ProviderClient{},
		Octavia: "http://cloud/o", Neutron: "http://cloud/n", Keystone: "http://cloud/k",
		Projects: map[string]string{"project": strings.Repeat("1", 32), "project2": strings.Repeat("2", 32)},
	}
	for _, user := range users {
		pc := &gophercloud.ProviderClient{HTTPClient: http.Client{Transport: c}}
		pc.SetToken(user)
		s.Users[user] = pc
	}
	require.NoError(t, s.Discover(t.Context()))
	c.asked = nil
	return s
}

func TestPlay(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		tree := func(lb, pool string) string {
			return `200 {"statuses": {"loadbalancer": {"provisioning_status": "` + lb + `", "pools": [{"provisioning_status": "` + pool + `"}]}}}`
		}
		c := &canned{answers: map[string][]string{
			"POST /o/v2/lbaas/loadbalancers": {`201 {"loadbalancer": {"id": "` + lb1 + `", "vip_address": "10.10.0.17", "vip_subnet_id": "sssssssss4",
				"created_at": "2026-11-22T10:00:00", "updated_at": null, "vip_port_id": "` + other + `", "tags": ["b", "a"], "n": 1.0,
				"project_id": "11111111111111111111111111111111"}}`},
			"GET /o/v2/lbaas/loadbalancers/" + lb1 + "/status": {
				tree("PENDING_CREATE", "PENDING_CREATE"), tree("ACTIVE", "PENDING_CREATE"), tree("ACTIVE", "ACTIVE"),
			},
			"GET /o/v2/x?sort=name": {`200 {"x": [{"name": "b", "y": [{"id": 2}, {"id": 1}]}, {"name": "a"}], "links": "http://cloud/o/v2/x?marker=` + lb1 + `"}`},
			"GET /o/v2/x":           {`200 {"x": [{"name": "b"}, {"name": "a"}]}`},
			"PUT /o/v2/y":           {`400 {"faultstring": "Value: 'q'. Value should be one of: TCP, HTTP, SCTP"}`},
			"GET /o/plain":          {`200 just text`},
			"PUT /o/v2/z":           {`400 {"faultstring": "Unknown attributes for argument pool_.pool: b, a"}`},
			"DELETE /o/v2/lbaas/loadbalancers/" + lb1 + "?cascade=true": {"409 {}", "409 {}", "204 "},
		}}
		s, err := conformance.Parse("s", `
== first
POST lbaas/loadbalancers
  {"loadbalancer": {"vip_subnet_id": "$subnet",
  "name": "100$$"}}
  > lb loadbalancer.id
settle $lb
pause 1h
== second
as observer
GET x?sort=name
GET x
as nobody
PUT y
GET /plain
PUT z
`)
		require.NoError(t, err)
		assert.Equal(t, 6, s.Count())
		site := cannedSite(t, c)
		began := time.Now()
		got, err := site.Play(t.Context(), s)
		require.NoError(t, err)
		assert.InDelta(t, time.Hour.Seconds(), time.Since(began).Seconds(), 10)

		assert.Equal(t, `demo POST /o/v2/lbaas/loadbalancers {"loadbalancer": {"vip_subnet_id": "sssssssss4","name": "100$"}}`, c.asked[0])
		assert.Len(t, c.asked, 1+3+5+4, "three looks until settled, and a delete refused twice, then gone")
		assert.Equal(t, "PUT /o/v2/y", c.asked[6], "nobody has no token")
		require.Len(t, got, 6)
		assert.Equal(t, map[string]any{"loadbalancer": map[string]any{
			"id": "$lb", "vip_address": "$net.auto", "vip_subnet_id": "$subnet", "created_at": "$time", "updated_at": nil,
			"vip_port_id": "$uuid", "tags": []any{"b", "a"}, "n": json.Number("1.0"), "project_id": "$project",
		}}, got[0].Body)
		assert.Equal(t, map[string]any{
			"x": []any{map[string]any{"name": "b", "y": []any{
				map[string]any{"id": json.Number("1")}, map[string]any{"id": json.Number("2")},
			}}, map[string]any{"name": "a"}},
			"links": "$endpoint/o/v2/x?marker=$lb",
		}, got[1].Body, "what was sorted stays, and what is inside it has no order")
		assert.Equal(t, map[string]any{"x": []any{map[string]any{"name": "a"}, map[string]any{"name": "b"}}}, got[2].Body)
		assert.Equal(t, "observer", got[2].As)
		assert.Equal(t, map[string]any{"faultstring": "Value: 'q'. Value should be one of: HTTP, SCTP, TCP"}, got[3].Body)
		assert.Equal(t, 400, got[3].Status)
		assert.Equal(t, "just text", got[4].Body)
		assert.Equal(t, map[string]any{"faultstring": "Unknown attributes for argument pool_.pool: a, b"}, got[5].Body)
	})
}

func TestPlayMissingCapture(t *testing.T) {
	c := &canned{answers: map[string][]string{"GET /o/v2/x": {`409 {}`}}}
	s, err := conformance.Parse("s", "GET x\n  > id x.id\nGET x/$id\n")
	require.NoError(t, err)
	got, err := cannedSite(t, c).Play(t.Context(), s)
	require.ErrorIs(t, err, conformance.ErrCapture)
	assert.ErrorContains(t, err, "s.scn:1: GET x: nothing to capture: x.id in status 409")
	assert.Len(t, got, 2, "the rest is played all the same")
	assert.Equal(t, "demo GET /o/v2/x/no-id", c.asked[1])
}

// Headers are those of the step, and a connection that is closed without an answer is an answer of its own.
func TestPlayHeaders(t *testing.T) {
	var sent []http.Header
	site := cannedSite(t, &canned{answers: map[string][]string{}})
	site.Users["demo"].HTTPClient.Transport = roundTrip(func(r *http.Request) (*http.Response, error) {
		sent = append(sent, r.Header)
		return nil, io.EOF
	})
	text := "== one\nPUT x\n  {}\n  : Accept text/html, a/b\n  : Content-Type\nGET x\n"
	s, err := conformance.Parse("s", text)
	require.NoError(t, err)
	assert.Equal(t, text, s.Text())
	got, err := site.Play(t.Context(), s)
	require.NoError(t, err)
	assert.Equal(t, []string{"text/html, a/b"}, sent[0]["Accept"])
	assert.Empty(t, sent[0]["Content-Type"])
	assert.Equal(t, []string{"application/json"}, sent[1]["Accept"])
	assert.Zero(t, got[0].Status)

	other := slices.Clone(got)
	other[0].Status, other[0].Type, other[0].Body = 500, "text/plain", "Internal Server Error"
	for _, d := range conformance.Compare("s", got, other) {
		assert.NotEmpty(t, d.Reason, d.Field)
	}
	other[0].Status = 400
	assert.Contains(t, conformance.Compare("s", got, other), conformance.Difference{
		Scenario: "s", Step: 1, Section: "one", Request: "PUT x", Field: "status", Real: "0", Fake: "400",
	})
}

type roundTrip func(*http.Request) (*http.Response, error)

func (f roundTrip) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

// What a defect of the real cloud has left PENDING for good ends a run, with a word about it.
func TestCleaningGivesUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const lb = "/o/v2/lbaas/loadbalancers/" + lb1
		c := &canned{answers: map[string][]string{
			"POST /o/v2/lbaas/loadbalancers": {`201 {"loadbalancer": {"id": "` + lb1 + `"}}`},
			"DELETE " + lb + "?cascade=true": {`409 {"faultstring": "immutable"}`},
		}}
		s, err := conformance.Parse("s", "POST lbaas/loadbalancers\n")
		require.NoError(t, err)
		_, err = cannedSite(t, c).Play(t.Context(), s)
		assert.ErrorContains(t, err, "still map[faultstring:immutable] after 6m0s")
	})
}

// What others play with in projects of their own stays.
func TestSweep(t *testing.T) {
	const lb = "/o/v2/lbaas/loadbalancers"
	c := &canned{answers: map[string][]string{
		"GET " + lb: {`200 {"loadbalancers": [{"id": "` + lb1 + `", "name": "play-x", "project_id": "11111111111111111111111111111111"},
			{"id": "` + other + `", "name": "play-x", "project_id": "33333333333333333333333333333333"},
			{"id": "` + other + `", "name": "mine", "project_id": "11111111111111111111111111111111"}]}`},
		"DELETE " + lb + "/" + lb1 + "?cascade=true": {"204 ", "404 {}"},
	}}
	site := cannedSite(t, c)
	require.NoError(t, site.Sweep(t.Context()))
	assert.Contains(t, c.asked, "admin DELETE "+lb+"/"+lb1+"?cascade=true")
	assert.NotContains(t, strings.Join(c.asked, "\n"), "DELETE "+lb+"/"+other)
}

func TestParseRefusals(t *testing.T) {
	for text, want := range map[string]string{
		"get x":            `s.scn:1: "get x" is no step`,
		"GET x y":          "is no step",
		"  {}":             "belongs to no step",
		"\nGET x\n  > a":   "s.scn:3: \"> a\": want > variable path.to.field",
		"NEUTRON settle x": "is no step",
		"pause soon":       `"pause soon": want pause DURATION`,
	} {
		_, err := conformance.Parse("s", text)
		assert.ErrorContains(t, err, want)
	}
}

func TestCompare(t *testing.T) {
	answer := func(status int, body any) conformance.Answer {
		return conformance.Answer{Section: "s", Request: "GET x", Status: status, Body: body}
	}
	recorded := []conformance.Answer{answer(200, map[string]any{
		"a": 1, "b": []any{"x", map[string]any{"operating_status": "OFFLINE", "c": nil}}, "gone": true,
	})}
	assert.Empty(t, conformance.Compare("s", recorded, recorded))

	differences := conformance.Compare("s", recorded, []conformance.Answer{answer(201, map[string]any{
		"a": "1", "b": []any{"x", map[string]any{"operating_status": "ONLINE", "c": "<c>"}}, "new": 2,
	})})
	var got []string
	for _, d := range differences {
		got = append(got, d.Field+" "+d.Real+" "+d.Fake)
		assert.Equal(t, strings.HasSuffix(d.Field, ".operating_status"), d.Reason != "", d.Field)
	}
	assert.Equal(t, []string{
		"status 200 201", `body.a 1 "1"`, `body.b[1].c null "<c>"`, `body.b[1].operating_status "OFFLINE" "ONLINE"`,
		"body.gone true absent", "body.new absent 2",
	}, got)

	short := conformance.Compare("s", recorded, nil)
	require.Len(t, short, 1)
	assert.Equal(t, "steps", short[0].Field)
}

// Steps to the other services are compared, but for those that only prepare.
func TestOtherServices(t *testing.T) {
	c := &canned{answers: map[string][]string{}}
	site := cannedSite(t, c)
	c.answers["GET /n/v2.0/ports"] = []string{`200 {"ports": [{"mac_address": "fa:16:3e:00:11:22", "revision_number": 7}]}`}
	c.answers["GET /k/v3/auth/tokens"] = []string{`401 {}`}
	c.answers["GET /k/"] = []string{`300 {}`}
	s, err := conformance.Parse("x", "NEUTRON GET ports\nNETWORK GET ports\nIDENTITY GET auth/tokens\nIDENTITY GET /")
	require.NoError(t, err)
	answers, err := site.Play(t.Context(), s)
	require.NoError(t, err)
	assert.Equal(t, []conformance.Answer{
		{Request: "NETWORK GET ports", Status: 200, Body: map[string]any{"ports": []any{
			map[string]any{"mac_address": "$mac", "revision_number": "$number"},
		}}},
		{Request: "IDENTITY GET auth/tokens", Status: 401, Body: map[string]any{}},
		{Request: "IDENTITY GET /", Status: 300, Body: map[string]any{}},
	}, answers)
}
