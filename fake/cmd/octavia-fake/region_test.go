// SPDX-License-Identifier: Apache-2.0

package main

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// browser talks to a region without a socket, with demo's token where a test asks for one.
type browser struct {
	t     *testing.T
	r     *region
	token string
}

func open(t *testing.T, args ...string) *browser {
	t.Helper()
	cfg, err := parse(args, io.Discard)
	require.NoError(t, err)
	return &browser{t: t, r: newRegion(cfg)}
}

func (b *browser) do(method, path, body string) *httptest.ResponseRecorder {
	b.t.Helper()
	q := httptest.NewRequest(method, "http://fake.test"+path, strings.NewReader(body))
	q.Header.Set("Content-Type", "application/json")
	q.Header.Set("X-Auth-Token", b.token)
	rec := httptest.NewRecorder()
	b.r.ServeHTTP(rec, q)
	return rec
}

func (b *browser) get(path string, into any) {
	b.t.Helper()
	rec := b.do(http.MethodGet, path, "")
	require.Equal(b.t, http.StatusOK, rec.Code, rec.Body)
	require.NoError(b.t, json.Unmarshal(rec.Body.Bytes(), into), rec.Body)
}

func (b *browser) logIn() {
	b.t.Helper()
	rec := b.do(http.MethodPost, "/identity/v3/auth/tokens", `{"auth":{"identity":{"methods":["password"],"password":{
		"user":{"name":"demo","password":"fake","domain":{"name":"Default"}}}}}}`)
	require.Equal(b.t, http.StatusCreated, rec.Code, rec.Body)
	b.token = rec.Header().Get("X-Subject-Token")
}

// create makes a load balancer and returns the answer.
func (b *browser) create(name string) *httptest.ResponseRecorder {
	b.t.Helper()
	var o struct{ Subnets []struct{ ID string } }
	b.get("/network/v2.0/subnets?name=private-v4", &o)
	require.Len(b.t, o.Subnets, 1)
	return b.do(http.MethodPost, "/load-balancer/v2/lbaas/loadbalancers",
		`{"loadbalancer":{"name":"`+name+`","vip_subnet_id":"`+o.Subnets[0].ID+`"}}`)
}

// status is the provisioning status of the only load balancer.
func (b *browser) status() string {
	b.t.Helper()
	var s struct {
		Graphs [][]struct{ Kind, Name, Provisioning string }
	}
	b.get("/-/state", &s)
	require.Len(b.t, s.Graphs, 1)
	require.Len(b.t, s.Graphs[0], 1)
	return s.Graphs[0][0].Provisioning
}

func TestClockIsAdvanced(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := open(t, "-latency", "10s,2s,4s")
		b.logIn()
		require.Equal(t, http.StatusCreated, b.create("web").Code)
		assert.Equal(t, "PENDING_CREATE", b.status())
		b.do(http.MethodPost, "/-/advance?by=9s", "")
		assert.Equal(t, "PENDING_CREATE", b.status())
		var o struct {
			By  string
			Now time.Time
		}
		rec := b.do(http.MethodPost, "/-/advance", "")
		require.NoError(t, json.Unmarshal(rec.Body.Bytes(), &o))
		assert.Equal(t, "1s", o.By, "to the next change")
		assert.Equal(t, 10*time.Second, time.Until(o.Now))
		assert.Equal(t, "ACTIVE", b.status())
		assert.Contains(t, b.do(http.MethodPost, "/-/advance", "").Body.String(), `"0s"`)
		for query, body := range map[string]string{"?by=1m": "", "": "1m", "?": "by=1m", "?#": `{"by":"1m"}`} {
			assert.Contains(t, b.do(http.MethodPost, "/-/advance"+query, body).Body.String(), `"by": "1m0s"`)
		}
		for _, query := range []string{"by=zork", "by=-1s", "seconds=3"} {
			rec := b.do(http.MethodPost, "/-/advance?"+query, "")
			assert.Equal(t, http.StatusBadRequest, rec.Code)
			assert.Contains(t, rec.Body.String(), "by=DURATION")
		}
	})
}

func TestFaultsAreInjectedAsLines(t *testing.T) {
	b := open(t)
	b.logIn()
	rec := b.do(http.MethodPost, "/-/faults", "# a comment\n\nrefuse method=\"POST\" status=503 times=2\n")
	require.Equal(t, http.StatusOK, rec.Code, rec.Body)
	assert.Equal(t, http.StatusServiceUnavailable, b.create("web").Code)
	rec = b.do(http.MethodPost, "/-/faults", "refuse status=502\nzork\nrefuse colour=red\n")
	assert.Equal(t, http.StatusBadRequest, rec.Code)
	assert.Contains(t, rec.Body.String(), "zork")
	assert.Contains(t, rec.Body.String(), "colour", "all that is wrong is said at once")
	assert.Equal(t, "refuse method=\"POST\" times=2 status=503\n", b.do(http.MethodGet, "/-/faults", "").Body.String(), "all or none")
	assert.Equal(t, http.StatusNoContent, b.do(http.MethodDelete, "/-/faults", "").Code)
	assert.Equal(t, http.StatusCreated, b.create("web").Code)
	assert.Empty(t, b.do(http.MethodGet, "/-/faults", "").Body.String())
	b.do(http.MethodPost, "/-/faults", "refuse status=502 path=\"/subnets\"\nslow delay=1s times=-1")
	assert.Equal(t, http.StatusBadGateway, b.do(http.MethodGet, "/network/v2.0/subnets", "").Code)
	assert.Equal(t, "slow times=-1 delay=1s\n", b.do(http.MethodGet, "/-/faults", "").Body.String(), "what has hit is over")
}

func TestCallsAndReset(t *testing.T) {
	b := open(t, "-provider", "ovn", "-release", "zed")
	b.logIn()
	require.Equal(t, http.StatusCreated, b.create("web").Code)
	var calls []struct {
		Method, Path, User string
		Status             int
		Body               struct{ Loadbalancer struct{ Name string } }
	}
	b.get("/-/calls", &calls)
	last := calls[len(calls)-1]
	assert.Equal(t, "POST", last.Method)
	assert.Equal(t, "demo", last.User)
	assert.Equal(t, 201, last.Status)
	assert.Equal(t, "web", last.Body.Loadbalancer.Name)
	assert.NotContains(t, b.do(http.MethodGet, "/-/calls", "").Body.String(), "password")
	assert.Contains(t, b.do(http.MethodGet, "/-/dump", "").Body.String(), `loadbalancer-1 ACTIVE/ONLINE "web" ovn`)
	assert.Contains(t, b.do(http.MethodGet, "/-/timeline.svg", "").Body.String(), "loadbalancer web")

	b.do(http.MethodDelete, "/-/calls", "")
	b.get("/-/calls", &calls)
	assert.Empty(t, calls)
	assert.Equal(t, http.StatusNoContent, b.do(http.MethodPost, "/-/reset", "").Code)
	assert.Empty(t, strings.TrimSpace(b.do(http.MethodGet, "/-/dump", "").Body.String()))
	assert.Equal(t, http.StatusUnauthorized, b.do(http.MethodGet, "/network/v2.0/subnets", "").Code, "tokens are gone")
}

func TestLinksLeadBack(t *testing.T) {
	b := open(t)
	for _, path := range []string{"/identity/", "/network/", "/load-balancer/"} {
		rec := b.do(http.MethodGet, path, "")
		assert.Contains(t, rec.Body.String(), `http://fake.test`+path+"v")
	}
}

func TestControlPaths(t *testing.T) {
	b := open(t)
	for path, want := range map[string]int{
		"GET /-/": 200, "GET /": 302, "GET /-": 307, "GET /-/zork": 404, "GET /-/reset": 405, "GET /-/advance": 405,
		"POST /-/dump": 405, "GET /identity/": 300, "GET /network/": 200, "GET /load-balancer/": 200, "GET /zork": 404,
	} {
		method, path, _ := strings.Cut(path, " ")
		rec := b.do(method, path, "")
		assert.Equal(t, want, rec.Code, "%s %s: %s", method, path, rec.Body)
	}
	assert.Contains(t, b.do(http.MethodGet, "/-/", "").Body.String(), "<!doctype html>")
}
