// SPDX-License-Identifier: Apache-2.0

package fake_test

import (
	"context"
	"fmt"
	"net/http"
	gopath "path"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/gophercloud/gophercloud/v2"
	"github.com/gophercloud/gophercloud/v2/openstack/loadbalancer/v2/loadbalancers"
	"github.com/octaviakit/octaviakit/fake"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func sprintf(format string, args ...any) string { return fmt.Sprintf(format, args...) }

func batchOf(n int) string {
	s := ""
	for i := range n {
		s += sprintf(`,{"address":"10.1.%d.%d","protocol_port":80,"subnet_id":"{msub}"}`, i/250, i%250+1)
	}
	return `{"members":[` + s[1:] + `]}`
}

func create(t *testing.T, c *fake.Cloud) (*loadbalancers.LoadBalancer, error) {
	return loadbalancers.Create(t.Context(), c.LoadBalancer(), loadbalancers.CreateOpts{VipSubnetID: c.SubnetID()}).Extract()
}

func TestFaultEffects(t *testing.T) {
	lbs := func(t *testing.T, c *fake.Cloud) []doc { return as(t, c, "demo").get("/loadbalancers").many() }

	t.Run("refuse", func(t *testing.T) {
		c := fake.New()
		c.Inject(fake.Fault{Method: "POST", Path: "/lbaas/loadbalancers", Status: 503, Message: "no workers", Times: 2})
		for range 2 {
			_, err := create(t, c)
			require.True(t, gophercloud.ResponseCodeIs(err, 503), "%v", err)
			assert.ErrorContains(t, err, "no workers")
		}
		_, err := create(t, c)
		require.NoError(t, err)
		assert.Len(t, lbs(t, c), 1)
	})
	t.Run("lose the reply", func(t *testing.T) {
		c := fake.New()
		c.Inject(fake.Fault{Method: "POST", Effect: fake.LoseReply})
		_, err := create(t, c)
		require.Error(t, err)
		assert.Len(t, lbs(t, c), 1, "the work was done")
	})
	t.Run("lose the request", func(t *testing.T) {
		c := fake.New()
		c.Inject(fake.Fault{Method: "POST", Effect: fake.LoseSend})
		_, err := create(t, c)
		require.Error(t, err)
		assert.Empty(t, lbs(t, c))
		assert.Zero(t, c.Mutations()[0].Status)
		assert.Equal(t, `lose-send method="POST"`, c.Mutations()[0].Fault)
	})
	t.Run("end in ERROR", func(t *testing.T) {
		c := fake.New()
		c.Inject(fake.Fault{Effect: fake.EndInError})
		_, err := create(t, c)
		require.NoError(t, err)
		assert.Equal(t, "ERROR", lbs(t, c)[0].str("provisioning_status"))
	})
	t.Run("stick", func(t *testing.T) {
		clock := fake.NewManualClock(time.Unix(0, 0))
		c := fake.New(fake.WithClock(clock.Now))
		c.Inject(fake.Fault{Effect: fake.Stick})
		_, err := create(t, c)
		require.NoError(t, err)
		clock.Advance(30 * time.Minute)
		assert.Equal(t, "PENDING_CREATE", lbs(t, c)[0].str("provisioning_status"))
	})
	t.Run("throttle", func(t *testing.T) {
		c := fake.New()
		c.Inject(fake.Fault{Effect: fake.Throttle, RetryAfter: 1500 * time.Millisecond})
		r := as(t, c, "demo").get("/loadbalancers").ok(http.StatusTooManyRequests)
		assert.Equal(t, "2", r.Header.Get("Retry-After"))
	})
	t.Run("expire the token", func(t *testing.T) {
		c := fake.New()
		lbc := c.LoadBalancer()
		c.Inject(fake.Fault{Effect: fake.ExpireToken, After: 1})
		_, err := loadbalancers.List(lbc, nil).AllPages(t.Context())
		require.NoError(t, err)
		_, err = loadbalancers.List(lbc, nil).AllPages(t.Context())
		require.NoError(t, err, "gophercloud logs in again")
		assert.Len(t, c.Polls(), 3)
	})
	t.Run("partial batch", func(t *testing.T) {
		c := fake.New()
		a := as(t, c, "demo")
		lb := a.made("/loadbalancers", `{"loadbalancer":{"vip_subnet_id":"{sub}"}}`)
		p := a.made("/pools", `{"pool":{"loadbalancer_id":"`+lb+`","protocol":"TCP","lb_algorithm":"ROUND_ROBIN"}}`)
		c.Inject(fake.Fault{Method: "PUT", Path: "/lbaas/pools/*/members", Effect: fake.PartialBatch})
		a.put("/pools/"+p+"/members", batchOf(4)).ok(202)
		assert.Len(t, a.get("/pools/"+p+"/members?provisioning_status=ERROR").many(), 2)
		assert.Len(t, a.get("/pools/"+p+"/members?provisioning_status=ACTIVE").many(), 2)
		assert.Equal(t, "ACTIVE", a.get("/loadbalancers/"+lb).one().str("provisioning_status"))
	})
	t.Run("project", func(t *testing.T) {
		c := fake.New()
		c.Inject(fake.Fault{Project: "demo2"})
		as(t, c, "demo").get("/loadbalancers").ok(200)
		as(t, c, "demo2").get("/loadbalancers").ok(500)
	})
}

func TestFaultDelayHonoursTheContext(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := fake.New()
		c.Inject(fake.Fault{Effect: fake.Slow, Delay: time.Minute, Times: -1})
		start := time.Now()
		as(t, c, "demo").get("/loadbalancers").ok(200)
		assert.Equal(t, time.Minute, time.Since(start))

		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		_, err := loadbalancers.List(c.LoadBalancer(), nil).AllPages(ctx)
		require.ErrorIs(t, err, context.DeadlineExceeded)
		assert.Equal(t, time.Minute+time.Second, time.Since(start))
	})
}

func TestFaultsCountUnderConcurrency(t *testing.T) {
	c := fake.New()
	c.Inject(fake.Fault{Method: "GET", After: 10, Times: 5, Status: 502})
	var mu sync.Mutex
	codes := map[int]int{}
	token := c.ProviderClient("demo").Token()
	var wg sync.WaitGroup
	for range 50 {
		wg.Go(func() {
			req, _ := http.NewRequest("GET", "http://octavia.fake/load-balancer/v2/lbaas/loadbalancers", nil)
			req.Header.Set("X-Auth-Token", token)
			res, err := c.RoundTrip(req)
			if err == nil {
				mu.Lock()
				defer mu.Unlock()
				codes[res.StatusCode]++
			}
		})
	}
	wg.Wait()
	assert.Equal(t, map[int]int{200: 45, 502: 5}, codes)
}

func TestFaultMatchesBothPrefixes(t *testing.T) {
	for _, pattern := range []string{"/lbaas/loadbalancers", "/loadbalancers"} {
		for _, prefix := range []string{"/v2/lbaas", "/v2.0", "/v2.0/lbaas"} {
			c := fake.New()
			c.Inject(fake.Fault{Method: "get", Path: pattern, Status: 502})
			as(t, c, "demo").do("GET", "http://octavia.fake/load-balancer"+prefix+"/loadbalancers", "").ok(502)
			assert.Empty(t, c.Faults(), "it has hit")
		}
	}
}

func TestFaultOfOctaviaSparesNeutron(t *testing.T) {
	c := fake.New()
	c.Inject(fake.Fault{Path: "/lbaas/*", Status: 502, Times: -1})
	as(t, c, "demo").do("GET", "http://octavia.fake/network/v2.0/floatingips", "").ok(200)
	as(t, c, "demo").do("GET", "http://octavia.fake/load-balancer/v2.0/listeners", "").ok(502)
}

func TestParseFault(t *testing.T) {
	for _, f := range []fake.Fault{
		{},
		{Method: "POST", Path: "/lbaas/pools/*/members", Project: "demo", After: 1, Times: -1, Status: 409, Message: `say "no" = never`, Delay: time.Second},
		{Effect: fake.Throttle, RetryAfter: 90 * time.Second},
		{Effect: fake.PartialBatch, Times: 3},
	} {
		got, err := fake.ParseFault(f.String())
		require.NoError(t, err, f.String())
		assert.Equal(t, f, got)
	}
	assert.Equal(t, `refuse method="POST" path="/lbaas/listeners" times=2 status=503`,
		fake.Fault{Method: "POST", Path: "/lbaas/listeners", Times: 2, Status: 503}.String())
	for line, word := range map[string]string{
		"explode": "explode", "refuse times": "times", "refuse colour=red": "colour", "refuse status=x": "status", `refuse path="`: "path", `refuse path="/[a"`: "syntax error in pattern",
	} {
		_, err := fake.ParseFault(line)
		require.Error(t, err, line)
		assert.ErrorContains(t, err, word)
	}
}

func FuzzParseFault(f *testing.F) {
	f.Add("POST", "/lbaas/*", "demo", "msg", 1, 2, 503, int64(5), uint8(0))
	f.Fuzz(func(t *testing.T, method, path, project, message string, after, times, status int, delay int64, effect uint8) {
		in := fake.Fault{
			Method: method, Path: path, Project: project, Message: message, After: after, Times: times, Status: status,
			Delay: time.Duration(delay), RetryAfter: time.Duration(delay / 2), Effect: fake.Effect(effect % uint8(fake.Slow+1)),
		}
		out, err := fake.ParseFault(in.String())
		if _, bad := gopath.Match(path, ""); bad != nil {
			require.ErrorIs(t, err, gopath.ErrBadPattern)
			return
		}
		require.NoError(t, err)
		assert.Equal(t, in, out)
	})
}

// What failed to be made was never up.
func TestErrorFromTheStartIsOffline(t *testing.T) {
	c := fake.New()
	c.Inject(fake.Fault{Method: "POST", Path: "/lbaas/loadbalancers", Effect: fake.EndInError})
	demo := as(t, c, "demo")
	broken := demo.made("/loadbalancers", `{"loadbalancer":{"vip_subnet_id":"{sub}"}}`)
	lb := demo.get("/loadbalancers/" + broken).one()
	assert.Equal(t, "ERROR OFFLINE", lb.str("provisioning_status")+" "+lb.str("operating_status"))

	whole := demo.made("/loadbalancers", `{"loadbalancer":{"vip_subnet_id":"{sub}"}}`)
	c.Inject(fake.Fault{Method: "POST", Path: "/lbaas/listeners", Effect: fake.EndInError})
	failed := demo.made("/listeners", `{"listener":{"protocol":"TCP","protocol_port":80,"loadbalancer_id":"`+whole+`"}}`)
	l := demo.get("/listeners/" + failed).one()
	assert.Equal(t, "ERROR OFFLINE", l.str("provisioning_status")+" "+l.str("operating_status"))
	lb = demo.get("/loadbalancers/" + whole).one()
	assert.Equal(t, "ACTIVE ONLINE", lb.str("provisioning_status")+" "+lb.str("operating_status"))
}
