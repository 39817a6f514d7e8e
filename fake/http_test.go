// SPDX-License-Identifier: Apache-2.0

package fake_test

import (
	"net/http"
	"testing"

	"github.com/octaviakit/octaviakit/fake"
	"github.com/octaviakit/octaviakit/provider"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// What the scenarios http, odd-path and json hold to a real cloud, once more where a program could trip over it.
func TestOddRequests(t *testing.T) {
	a := as(t, fake.New(), "demo")
	lb := a.made("/loadbalancers", `{"loadbalancer":{"name":"a;b","vip_subnet_id":"{sub}"}}`)
	p := a.made("/pools", `{"pool":{"loadbalancer_id":"`+lb+`","protocol":"HTTP","lb_algorithm":"ROUND_ROBIN"}}`)

	a.do("DELETE", "/pools", `[]`).refused(400, "Request must be a JSON dict")
	a.do("DELETE", "/pools/"+p, `{"a":1}`).refused(400, `Unknown argument: "a"`)
	a.do("DELETE", "/flavors", `{}`).refused(400, `Missing argument: "flavor_id"`)
	a.put("/pools", `{"pool":[]}`).refused(500, "'list' object has no attribute 'keys'")
	a.put("/pools", `{"pool":{}}`).refused(400, `Missing argument: "id"`)
	a.get("/pools/" + p).ok(200)

	for _, q := range []string{"limit=1&limit=1", "sort=name&sort=id", "sort_key=id&sort_key=name"} {
		r := a.get("/pools?" + q).ok(500)
		assert.Equal(t, "Internal Server Error", r.Text, q)
	}
	a.get("/pools?name=%ff").ok(400)
	assert.Empty(t, a.get("/loadbalancers?name=%zz").ok(200).many(), "what means nothing stands for itself, and is no filter less")
	assert.Len(t, a.get("/loadbalancers?name=a%3Bb").ok(200).many(), 1)
	a.get("/loadbalancers?name=a;b").refused(400, "One or more arguments are either duplicate or invalid")
	assert.Len(t, a.get("/loadbalancers?limit=%201_0").ok(200).many(), 1)

	assert.Equal(t, p, a.get("/pools/"+p+"%20").ok(200).id())
	assert.Equal(t, p, a.get("/pools//"+p+".json").ok(200).id())
	a.do("GET", "http://octavia.fake/load-balancer//v2/lbaas/pools", "").ok(404)

	a.put("/pools/"+p, `{"pool":{"name":"\ud83d\ude00"}}`).refused(500, "Something unknown went wrong")
	a.put("/pools/"+p, `{"pool":{"name":"\ud83d"}}`).refused(500, "Invalid Parameter: Encoding directive wasn't provided.")
	a.put("/pools/"+p, `{"pool":{"name":NaN}}`).refused(400, "Invalid input for field/attribute name. Value: 'nan'. Value should be string")

	head := a.do("HEAD", "/pools", "").ok(405)
	assert.Empty(t, head.Text)
	a.do(http.MethodHead, "http://octavia.fake/load-balancer/", "").ok(200)
}

// From 2023.1 on Octavia weighs what a client accepts.
func TestAccept(t *testing.T) {
	for accept, want := range map[string][2]int{
		"application/json; charset=utf-8": {200, 406},
		"application/json;q=0":            {200, 406},
		"text/html, */*;q=0.1":            {200, 200},
		"APPLICATION/JSON":                {200, 200},
		"text/xml":                        {406, 406},
	} {
		for i, release := range []provider.Release{provider.Zed, provider.Antelope} {
			a := as(t, fake.New(fake.WithProvider(provider.Amphora, release)), "demo")
			a.accept = &accept
			require.Equal(t, want[i], a.get("/pools").Status, "%s at %s", accept, release)
		}
	}
}
