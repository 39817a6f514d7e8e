// SPDX-License-Identifier: Apache-2.0

package fake_test

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/octaviakit/octaviakit/fake"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// FuzzRequest: whatever is sent, the answer is Octavia's own kind of answer, never a
// panic and never a 5xx that Octavia would not give.
func FuzzRequest(f *testing.F) {
	f.Add("POST", "loadbalancers", "", `{"loadbalancer":{"vip_subnet_id":"{sub}","listeners":[{"protocol":"TCP","protocol_port":80}]}}`)
	f.Add("PUT", "pools/{pool}/members", "additive_only=true", `{"members":[{"address":"10.1.0.1","protocol_port":80}]}`)
	f.Add("POST", "listeners", "", `{"listener":{"loadbalancer_id":"{lb}","protocol":"TCP","protocol_port":1e99}}`)
	f.Add("POST", "healthmonitors", "", `{"healthmonitor":{"pool_id":"{pool}","type":"HTTP","delay":1,"timeout":1,"max_retries":1}}`)
	f.Add("POST", "l7policies", "", `{"l7policy":{"listener_id":"{listener}","action":"REJECT","position":2147483647}}`)
	f.Add("GET", "loadbalancers", "limit=1&marker=x&sort=name:desc&fields=id&tags=a,b", "")
	f.Add("GET", "listeners/{listener}/stats/x", "%zz=%", "")
	f.Add("PUT", "quotas/x", "", `{"quota":{"member":null}}`)
	f.Add("PATCH", "//..//", "", `[[[[[[`)
	f.Fuzz(func(t *testing.T, method, path, query, body string) {
		c := fake.New()
		a := as(t, c, "demo")
		lb := a.post("/loadbalancers", sprintf(populated, "amphora", "ROUND_ROBIN")).ok(201).one()
		ids := strings.NewReplacer("{sub}", c.SubnetID(), "{lb}", lb.str("id"), "{pool}", a.get("/pools").many()[0].str("id"),
			"{listener}", a.get("/listeners").many()[0].str("id"))
		req := &http.Request{
			Method: method, Header: http.Header{"X-Auth-Token": {a.token}, "Content-Type": {"application/json"}}, Body: io.NopCloser(strings.NewReader(ids.Replace(body))),
			URL: &url.URL{Scheme: "http", Host: "octavia.fake", Path: "/load-balancer/v2/lbaas/" + ids.Replace(path), RawQuery: query},
		}
		res, err := c.RoundTrip(req.WithContext(t.Context()))
		require.NoError(t, err)
		text, err := io.ReadAll(res.Body)
		require.NoError(t, err)
		if strings.HasPrefix(res.Header.Get("Content-Type"), "application/json") {
			_, err := parseAny(text)
			require.NoError(t, err, "%s", text)
		}
		assert.NotEmpty(t, c.Dump())
	})
}

func TestBodiesTooLargeAndTooDeep(t *testing.T) {
	c := fake.New()
	a := as(t, c, "demo")
	big := a.post("/loadbalancers", `{"loadbalancer":{"name":"`+strings.Repeat("x", 10<<20)+`"}}`)
	assert.Equal(t, http.StatusRequestEntityTooLarge, big.Status)
	assert.Contains(t, big.Text, "413 Request Entity Too Large")
	assert.Contains(t, big.Header.Get("Content-Type"), "text/plain")

	deep := a.post("/loadbalancers", strings.Repeat(`{"a":`, 15000)+"1"+strings.Repeat("}", 15000))
	assert.Equal(t, http.StatusBadRequest, deep.Status)
}

// Eight concurrent creates below one load balancer: one is accepted, seven meet the lock.
func TestOneOfManyGetsTheLock(t *testing.T) {
	clock := fake.NewManualClock(startOfTime())
	c := fake.New(fake.WithClock(clock.Now), fake.WithLatency(fake.AmphoraLike))
	a := as(t, c, "demo")
	lb := a.made("/loadbalancers", `{"loadbalancer":{"vip_subnet_id":"{sub}"}}`)
	clock.Advance(time.Hour)
	var mu sync.Mutex
	codes := map[int]int{}
	var wg sync.WaitGroup
	for port := range 8 {
		wg.Go(func() {
			r := a.post("/listeners", fmt.Sprintf(`{"listener":{"loadbalancer_id":%q,"protocol":"TCP","protocol_port":%d}}`, lb, port+1))
			mu.Lock()
			defer mu.Unlock()
			codes[r.Status]++
		})
	}
	wg.Wait()
	assert.Equal(t, map[int]int{201: 1, 409: 7}, codes)
}

// Everything at once from many goroutines, for the race detector.
func TestConcurrentUse(t *testing.T) {
	c := fake.New()
	var wg sync.WaitGroup
	for i := range 8 {
		wg.Go(func() {
			a := as(t, c, []string{"demo", "demo2", "admin", "observer"}[i%4])
			for range 20 {
				a.post("/loadbalancers", sprintf(populated, "amphora", "ROUND_ROBIN"))
				for _, lb := range a.get("/loadbalancers?limit=3").many() {
					a.del("/loadbalancers/" + lb.str("id") + "?cascade=true")
				}
				_ = c.Dump()
				c.Inject(fake.Fault{Method: "DELETE", Effect: fake.Slow})
				for range c.Calls() {
					break
				}
			}
		})
	}
	wg.Wait()
}

func parseAny(text []byte) (any, error) {
	var v any
	err := json.Unmarshal(text, &v)
	return v, err
}
