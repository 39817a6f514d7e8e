// SPDX-License-Identifier: Apache-2.0

package fake_test

import (
	"encoding/xml"
	"errors"
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/octaviakit/octaviakit/fake"
	"github.com/octaviakit/octaviakit/internal/golden"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

const webGraph = `{"loadbalancer":{"name":"web & co","vip_subnet_id":"{sub}","listeners":[
	{"name":"http","protocol":"HTTP","protocol_port":80,"default_pool":{"name":"app"},"l7policies":[{"name":"api",
		"action":"REDIRECT_TO_POOL","redirect_pool":{"name":"app"},
		"rules":[{"type":"PATH","compare_type":"STARTS_WITH","value":"/api"}]}]},
	{"name":"alt","protocol":"HTTP","protocol_port":8080,"default_pool":{"name":"app"}}],
	"pools":[{"name":"app","protocol":"HTTP","lb_algorithm":"ROUND_ROBIN",
		"healthmonitor":{"type":"HTTP","delay":5,"timeout":3,"max_retries":3},
		"members":[{"address":"10.1.0.5","protocol_port":80},{"address":"10.1.0.6","protocol_port":80,"weight":3}]}]}}`

// float attaches a floating IP to a load balancer.
func (a *api) float(lb string) string {
	a.t.Helper()
	port := a.get("/loadbalancers/" + lb).Doc["loadbalancer"].(map[string]any)["vip_port_id"].(string)
	made := a.do("POST", "http://octavia.fake/network/v2.0/floatingips",
		`{"floatingip":{"floating_network_id":"`+a.cloud.ExternalNetworkID()+`","port_id":"`+port+`"}}`).ok(201)
	return made.Doc["floatingip"].(map[string]any)["id"].(string)
}

// story lives through every kind of thing that a timeline shows, and returns the load balancer.
func story(t *testing.T, c *fake.Cloud) string {
	demo := as(t, c, "demo")
	lb := demo.made("/loadbalancers", webGraph)
	fip := demo.float(lb)
	demo.post("/listeners", `{"listener":{"protocol":"TCP","protocol_port":81,"loadbalancer_id":"`+lb+`"}}`).ok(409)
	time.Sleep(46 * time.Second)
	c.Inject(fake.Fault{Method: http.MethodPost, Path: "/lbaas/listeners", Effect: fake.EndInError})
	demo.made("/listeners", `{"listener":{"name":"broken","protocol":"TCP","protocol_port":81,"loadbalancer_id":"`+lb+`"}}`)
	time.Sleep(time.Hour)
	demo.do("PUT", "http://octavia.fake/network/v2.0/floatingips/"+fip, `{"floatingip":{"port_id":null}}`).ok(200)
	demo.del("/loadbalancers/" + lb + "?cascade=true").ok(204)
	time.Sleep(4 * time.Second)
	return lb
}

func TestTimelineSVG(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := fake.New(fake.WithLatency(fake.AmphoraLike))
		story(t, c)
		svg := c.TimelineSVG()
		requireXML(t, svg)
		for _, want := range []string{
			"loadbalancer web &amp; co", "listener http", "listener alt", "member 10.1.0.6:80", "listener broken", "floating IP 203.0.113.3",
			"PENDING_CREATE for 45s, then ACTIVE", "then ERROR", "PENDING_DELETE since 4s", "59m", "→ 409",
		} {
			assert.Contains(t, svg, want)
		}
		golden.Assert(t, svg, "testdata/timeline.svg")
		assert.Equal(t, svg, c.TimelineSVG())
	})
}

// Where there are many, alike objects share a row.
func TestTimelineOfMany(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := fake.New(fake.WithLatency(fake.AmphoraLike))
		as(t, c, "demo").made("/loadbalancers", big(0))
		time.Sleep(time.Minute)
		svg := c.TimelineSVG()
		requireXML(t, svg)
		assert.Contains(t, svg, "member ×240")
		assert.NotContains(t, svg, "member 10.1.0.1")
		assert.Contains(t, svg, ">45s<", "what a long bar says")
	})
}

// A chart of a thousand calls stays small: marks that would drift from their time stand for others.
func TestTimelineOfManyCalls(t *testing.T) {
	c := fake.New(fake.WithClock(fake.NewManualClock(startOfTime()).Now))
	demo := as(t, c, "demo")
	for range 500 {
		demo.get("/loadbalancers")
		demo.post("/loadbalancers", `{}`)
	}
	svg := c.TimelineSVG()
	requireXML(t, svg)
	assert.Contains(t, svg, "500 changes, 500 reads")
	assert.Regexp(t, `POST /load-balancer/v2/lbaas/loadbalancers → 500 and 49\d more`, svg)
	assert.Less(t, len(svg), 10_000)
}

func requireXML(t *testing.T, text string) {
	t.Helper()
	d := xml.NewDecoder(strings.NewReader(text))
	for {
		_, err := d.Token()
		if errors.Is(err, io.EOF) {
			return
		}
		require.NoError(t, err)
	}
}

func TestTimelineOfNothing(t *testing.T) {
	c := fake.New()
	requireXML(t, c.TimelineSVG())
	assert.Contains(t, c.TimelineSVG(), "0 changes, 0 reads")
}

func TestTimelineForgets(t *testing.T) {
	clock := fake.NewManualClock(time.Date(2025, 4, 2, 8, 0, 0, 0, time.UTC))
	c := fake.New(fake.WithClock(clock.Now), fake.WithLatency(fake.OVNLike))
	demo := as(t, c, "demo")
	demo.made("/loadbalancers", `{"loadbalancer":{"name":"one","vip_subnet_id":"{sub}"}}`)
	clock.Advance(time.Minute)
	c.ForgetCalls()
	demo.made("/loadbalancers", `{"loadbalancer":{"name":"two","vip_subnet_id":"{sub}"}}`)
	svg := c.TimelineSVG()
	assert.NotContains(t, svg, "loadbalancer one")
	assert.Contains(t, svg, "loadbalancer two")
}

func TestTimelineOfSome(t *testing.T) {
	c := fake.New(fake.WithClock(fake.NewManualClock(startOfTime()).Now), fake.WithLatency(fake.OVNLike))
	demo := as(t, c, "demo")
	one := demo.made("/loadbalancers", `{"loadbalancer":{"name":"one","vip_subnet_id":"{sub}"}}`)
	two := demo.made("/loadbalancers", `{"loadbalancer":{"name":"two","vip_subnet_id":"{sub}"}}`)
	demo.float(two)
	assert.NotContains(t, c.TimelineSVG(one), "loadbalancer two")
	assert.NotContains(t, c.TimelineSVG(one), "floating IP 203")
	assert.Contains(t, c.TimelineSVG(one, two), "loadbalancer one")
	assert.Contains(t, c.TimelineSVG(two), "floating IP 203")
	assert.NotContains(t, c.TimelineSVG("zork"), "floating IP 203")
}

func TestGraphs(t *testing.T) {
	c := fake.New()
	demo := as(t, c, "demo")
	lb := demo.made("/loadbalancers", webGraph)
	demo.float(lb)
	demo.made("/loadbalancers", `{"loadbalancer":{"vip_subnet_id":"{sub}"}}`)
	names := map[string]string{}
	var lines []string
	graphs := slices.Collect(c.Graphs())
	require.Len(t, graphs, 2)
	require.Len(t, graphs[1], 1)
	for _, n := range graphs[0] {
		names[n.ID] = n.Kind + " " + n.Name
		line := n.Kind + " " + n.Name + " (" + n.Label + ")"
		for _, p := range n.Parents {
			line += " < " + names[p]
		}
		assert.Equal(t, "ACTIVE", n.Provisioning, line)
		lines = append(lines, line)
	}
	assert.Equal(t, []string{
		"floatingip 203.0.113.3 ()",
		"loadbalancer web & co (amphora 10.0.0.2) < floatingip 203.0.113.3",
		"listener http (HTTP :80) < loadbalancer web & co",
		"l7policy api (path /api) < listener http",
		"listener alt (HTTP :8080) < loadbalancer web & co",
		"pool app (HTTP round_robin) < listener http < listener alt < l7policy api",
		"healthmonitor  (HTTP every 5 s) < pool app",
		"member  (10.1.0.5:80) < pool app",
		"member  (10.1.0.6:80 weight 3) < pool app",
	}, lines)
}
