// SPDX-License-Identifier: Apache-2.0

package fake_test

import (
	"testing"
	"time"

	"github.com/octaviakit/octaviakit/fake"
	"github.com/octaviakit/octaviakit/provider"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// ovn returns a cloud whose default is ovn, with a load balancer, TCP listener and pool.
func ovn(t *testing.T, release provider.Release, opts ...fake.Option) (a *api, lb, listener, pool string) {
	c := fake.New(append([]fake.Option{fake.WithProvider(provider.OVN, release)}, opts...)...)
	a = as(t, c, "demo")
	lb = a.made("/loadbalancers", `{"loadbalancer":{"vip_subnet_id":"{sub}"}}`)
	listener = a.made("/listeners", `{"listener":{"loadbalancer_id":"`+lb+`","protocol":"TCP","protocol_port":80}}`)
	pool = a.made("/pools", `{"pool":{"listener_id":"`+listener+`","protocol":"TCP","lb_algorithm":"SOURCE_IP_PORT"}}`)
	return a, lb, listener, pool
}

const option = "Provider 'ovn' does not support a requested option: "

func TestOVNRefusals(t *testing.T) {
	a, lb, l, p := ovn(t, provider.Epoxy)
	under := `{"loadbalancer_id":"` + lb + `",`
	for _, x := range []struct{ path, body, words string }{
		{"/listeners", `{"listener":` + under + `"protocol":"HTTP","protocol_port":81}}`, option + "OVN provider does not support HTTP protocol"},
		{"/listeners", `{"listener":` + under + `"protocol":"TCP","protocol_port":81,"allowed_cidrs":["10.0.0.0/8"]}}`, option + "OVN provider does not support allowed_cidrs option"},
		{"/pools", `{"pool":` + under + `"protocol":"PROXY","lb_algorithm":"SOURCE_IP_PORT"}}`, option + "OVN provider does not support PROXY protocol"},
		{"/pools", `{"pool":` + under + `"protocol":"TCP","lb_algorithm":"ROUND_ROBIN"}}`, option + "OVN provider does not support ROUND_ROBIN algorithm"},
		{"/pools", `{"pool":` + under + `"protocol":"TCP","lb_algorithm":"SOURCE_IP"}}`, option + "OVN provider does not support SOURCE_IP algorithm"},
		{"/pools/" + p + "/members", `{"member":{"address":"10.1.0.1","protocol_port":80,"subnet_id":"{msub}","monitor_port":81}}`, option + "OVN Load Balancer does not support different member monitor address or port."},
		{"/pools/" + p + "/members", `{"member":{"address":"fd00::5","protocol_port":80,"subnet_id":"{sub6}"}}`, option + "OVN provider does not support mixing IPv4/IPv6 configuration within the same Load Balancer."},
		{"/pools/" + p + "/members", `{"member":{"address":"10.1.0.1","protocol_port":80}}`, option + "Subnet is required, or Loadbalancer associated with Pool must have a subnet, for Member creation with OVN Provider Driver if it is not the same as LB VIP subnet"},
		{"/healthmonitors", `{"healthmonitor":{"pool_id":"` + p + `","type":"PING","delay":1,"timeout":1,"max_retries":1}}`, option + "OVN provider does not support PING health monitor type. Supported types: UDP-CONNECT, TCP"},
		{"/l7policies", `{"l7policy":{"listener_id":"` + l + `","action":"REJECT"}}`, "Provider 'ovn' does not support a requested action: This provider does not support creating l7policies."},
	} {
		a.post(x.path, x.body).refused(501, x.words)
		assert.Equal(t, "ACTIVE", a.get("/loadbalancers/"+lb).one().str("provisioning_status"), "rolled back")
	}
	as(t, a.cloud, "admin").put("/loadbalancers/"+lb+"/failover", "").refused(501, option+"OVN provider does not support loadbalancer failover")
	a.post("/pools", `{"pool":`+under+`"protocol":"TCP","lb_algorithm":"SOURCE_IP_PORT","session_persistence":{"type":"HTTP_COOKIE"}}}`).
		refused(500, "Provider 'ovn' reports error: 'dict' object has no attribute 'type'")
	a.made("/pools/"+p+"/members", `{"member":{"address":"10.0.3.4","protocol_port":80}}`) // in the VIP's subnet
	assert.Equal(t, 4, a.cloud.Cycles(lb), "refusals take no lock")
}

func TestQuirks(t *testing.T) {
	t.Run("zed amphora loses the children of a populated create", func(t *testing.T) {
		c := fake.New(fake.WithProvider(provider.Amphora, provider.Zed))
		a := as(t, c, "demo")
		created := a.post("/loadbalancers", sprintf(populated, "amphora", "ROUND_ROBIN")).ok(201)
		assert.Contains(t, created.Text, `"healthmonitor": null`, "populated-create-response-hm-null")
		lb := created.id()
		assert.Equal(t, "ACTIVE", a.get("/loadbalancers/"+lb).one().str("provisioning_status"))
		l := a.get("/listeners").many()[0]
		require.Equal(t, "PENDING_CREATE", l.str("provisioning_status"))
		a.put("/listeners/"+l.str("id"), `{"listener":{}}`).ok(200)
		assert.Equal(t, "ACTIVE", a.get("/listeners/"+l.str("id")).one().str("provisioning_status"), "a touch frees the listener")
		assert.Equal(t, "PENDING_CREATE", a.get("/pools").many()[0].str("provisioning_status"), "and nothing else")

		patched := as(t, fake.New(fake.WithProvider(provider.Amphora, provider.Zed), fake.WithoutQuirk("populated-create-children-lost")), "demo")
		lb = patched.made("/loadbalancers", sprintf(populated, "amphora", "ROUND_ROBIN"))
		assert.NotContains(t, patched.get("/loadbalancers/"+lb+"/status").Text, "PENDING")
	})
	t.Run("zed ovn leaves the listener behind a new monitor", func(t *testing.T) {
		a, _, l, p := ovn(t, provider.Zed)
		a.made("/healthmonitors", `{"healthmonitor":{"pool_id":"`+p+`","type":"TCP","delay":5,"timeout":3,"max_retries":2}}`)
		assert.Equal(t, "PENDING_UPDATE", a.get("/listeners/"+l).one().str("provisioning_status"))
		a.put("/listeners/"+l, `{"listener":{}}`).ok(200)
		assert.Equal(t, "ACTIVE", a.get("/listeners/"+l).one().str("provisioning_status"))
	})
	t.Run("train ovn has no batch", func(t *testing.T) {
		a, lb, _, p := ovn(t, provider.Train)
		r := a.put("/pools/"+p+"/members", `{"members":[{"address":"10.1.0.1","protocol_port":80,"subnet_id":"{msub}"}]}`)
		assert.Equal(t, 500, r.Status)
		assert.Contains(t, r.fault(), "member_batch_update()")
		assert.Equal(t, "ACTIVE", a.get("/loadbalancers/"+lb).one().str("provisioning_status"))
	})
	t.Run("xena ovn builds no monitor in a populated create", func(t *testing.T) {
		a := as(t, fake.New(fake.WithProvider(provider.OVN, provider.Zed)), "demo")
		lb := a.made("/loadbalancers", sprintf(populated, "ovn", "SOURCE_IP_PORT"))
		a.get("/loadbalancers/" + lb)
		assert.Equal(t, "PENDING_CREATE", a.get("/healthmonitors").many()[0].str("provisioning_status"))
		assert.Equal(t, "ACTIVE", a.get("/pools").many()[0].str("provisioning_status"))
	})
	t.Run("ovn ignores what it cannot do", func(t *testing.T) {
		a, lb, _, p := ovn(t, provider.Epoxy)
		a.made("/listeners", `{"listener":{"loadbalancer_id":"`+lb+`","protocol":"TCP","protocol_port":81,"connection_limit":5,"timeout_client_data":1}}`)
		a.made("/pools/"+p+"/members", `{"member":{"address":"10.1.0.1","protocol_port":80,"subnet_id":"{msub}","weight":9,"backup":true}}`)
	})
	t.Run("an old batch that changes nothing locks for good", func(t *testing.T) {
		c := fake.New(fake.WithQuirk("batch-noop-locks-lb"))
		a := as(t, c, "demo")
		lb := a.made("/loadbalancers", `{"loadbalancer":{"vip_subnet_id":"{sub}"}}`)
		p := a.made("/pools", `{"pool":{"loadbalancer_id":"`+lb+`","protocol":"TCP","lb_algorithm":"ROUND_ROBIN"}}`)
		a.put("/pools/"+p+"/members", `{"members":[]}`).ok(202)
		assert.Equal(t, "PENDING_UPDATE", a.get("/loadbalancers/"+lb).one().str("provisioning_status"))
	})
}

func TestReleasesDecideWhatIsKnown(t *testing.T) {
	for release, want := range map[provider.Release]struct {
		minor int
		field string
		has   bool
	}{
		provider.Queens: {0, "tags", false},
		provider.Train:  {13, "tags", true},
		provider.Zed:    {26, "vip_sg_ids", false},
		provider.Epoxy:  {30, "vip_sg_ids", true},
	} {
		t.Run(release.String(), func(t *testing.T) {
			a := as(t, fake.New(fake.WithProvider(provider.Amphora, release)), "demo")
			versions := a.do("GET", "http://octavia.fake/load-balancer/", "").ok(200).many()
			assert.Len(t, versions, want.minor+1)
			assert.Equal(t, "CURRENT", versions[want.minor].str("status"))
			lb := a.post("/loadbalancers", `{"loadbalancer":{"vip_subnet_id":"{sub}"}}`).ok(201).one()
			assert.Equal(t, want.has, lb[want.field] != nil)
			r := a.post("/loadbalancers", `{"loadbalancer":{"vip_subnet_id":"{sub}","`+want.field+`":[]}}`)
			if want.has {
				r.ok(201)
			} else {
				r.refused(400, "Unknown attribute for argument load_balancer.loadbalancer: "+want.field)
			}
		})
	}
}

// A pool that is down makes its listener ERROR on ovn, not on amphora.
func TestHealthRollsUp(t *testing.T) {
	for name, want := range map[string]string{"amphora": "ONLINE", "ovn": "ERROR"} {
		t.Run(name, func(t *testing.T) {
			algorithm := map[string]string{"amphora": "ROUND_ROBIN", "ovn": "SOURCE_IP_PORT"}[name]
			c := fake.New()
			a := as(t, c, "demo")
			lb := a.made("/loadbalancers", sprintf(populated, name, algorithm))
			p := a.get("/pools").many()[0].str("id")
			ms := a.get("/pools/" + p + "/members").many()
			require.Len(t, ms, 2)
			assert.Equal(t, "ONLINE", ms[0].str("operating_status"))

			c.SetMemberHealth(ms[0].str("id"), false)
			assert.Equal(t, "DEGRADED", a.get("/pools/"+p).one().str("operating_status"))
			assert.Equal(t, "DEGRADED", a.get("/loadbalancers/"+lb).one().str("operating_status"))
			c.SetMemberHealth(ms[1].str("id"), false)
			assert.Equal(t, "ERROR", a.get("/pools/"+p).one().str("operating_status"))
			assert.Equal(t, "ERROR", a.get("/loadbalancers/"+lb).one().str("operating_status"))
			assert.Equal(t, want, a.get("/listeners").many()[0].str("operating_status"))
			c.SetMemberHealth(ms[0].str("id"), true)
			c.SetMemberHealth(ms[1].str("id"), true)
			assert.Equal(t, "ONLINE", a.get("/loadbalancers/"+lb).one().str("operating_status"))
		})
	}
}

func TestBrokenObjects(t *testing.T) {
	c := fake.New()
	a := as(t, c, "demo")
	lb := a.made("/loadbalancers", sprintf(populated, "amphora", "ROUND_ROBIN"))
	p := a.get("/pools").many()[0].str("id")
	c.Break(p)
	a.post("/pools/"+p+"/members", `{"member":{"address":"10.1.0.9","protocol_port":80}}`).refused(409, "Pool "+p+" is immutable and cannot be updated.")
	a.put("/pools/"+p, `{"pool":{"name":"again"}}`).ok(200)
	assert.Equal(t, "ACTIVE", a.get("/pools/"+p).one().str("provisioning_status"), "the way back")
	c.Break(lb)
	a.put("/loadbalancers/"+lb, `{"loadbalancer":{"name":"x"}}`).refused(409, "Invalid state ERROR of loadbalancer resource "+lb)
	a.del("/loadbalancers/"+lb).refused(400, "Validation failure: Cannot delete Load Balancer "+lb+" - it has children")
	a.del("/loadbalancers/" + lb + "?cascade=true").ok(204)
	a.get("/loadbalancers/" + lb).ok(404)
}

// Defects that show in how accepted work ends.
func TestDefectsInOutcomes(t *testing.T) {
	status := func(a *api, path string) string { return a.get(path).one().str("provisioning_status") }
	t.Run("tag-update-error", func(t *testing.T) {
		a := as(t, fake.New(fake.WithProvider(provider.Amphora, provider.Train)), "demo")
		lb := a.made("/loadbalancers", `{"loadbalancer":{"vip_subnet_id":"{sub}"}}`)
		a.put("/loadbalancers/"+lb, `{"loadbalancer":{"tags":["a"],"name":"x"}}`).ok(200)
		assert.Equal(t, "ACTIVE", status(a, "/loadbalancers/"+lb))
		a.put("/loadbalancers/"+lb, `{"loadbalancer":{"tags":["b"]}}`).ok(200)
		assert.Equal(t, "ERROR", status(a, "/loadbalancers/"+lb))
	})
	t.Run("ovn-pool-update-persistence-only", func(t *testing.T) {
		a, _, _, p := ovn(t, provider.Epoxy)
		a.put("/pools/"+p, `{"pool":{"session_persistence":{"type":"SOURCE_IP"}}}`).ok(200)
		assert.Equal(t, "ERROR", status(a, "/pools/"+p))
		a.put("/pools/"+p, `{"pool":{"session_persistence":{"type":"SOURCE_IP"},"admin_state_up":true}}`).ok(200)
		assert.Equal(t, "ACTIVE", status(a, "/pools/"+p))
	})
	t.Run("ovn-hm-delete-pool-pending", func(t *testing.T) {
		a, lb, _, p := ovn(t, provider.Antelope)
		a.made("/pools", `{"pool":{"loadbalancer_id":"`+lb+`","protocol":"TCP","lb_algorithm":"SOURCE_IP_PORT"}}`)
		h := a.made("/healthmonitors", `{"healthmonitor":{"pool_id":"`+p+`","type":"TCP","delay":5,"timeout":3,"max_retries":2}}`)
		a.del("/healthmonitors/" + h).ok(204)
		assert.Equal(t, "PENDING_UPDATE", status(a, "/pools/"+p))
		assert.Equal(t, "ACTIVE", status(a, "/loadbalancers/"+lb))
	})
	t.Run("ovn-pool-update-listener-pending", func(t *testing.T) {
		a, lb, l, p := ovn(t, provider.Epoxy)
		a.put("/pools/"+p, `{"pool":{"name":"other"}}`).ok(200)
		assert.Equal(t, "ACTIVE", status(a, "/pools/"+p))
		assert.Equal(t, "PENDING_UPDATE", status(a, "/listeners/"+l))
		assert.Equal(t, "ACTIVE", status(a, "/loadbalancers/"+lb))
		a.put("/pools/"+p, `{"pool":{"admin_state_up":true}}`).ok(200)
		assert.Equal(t, "ACTIVE", status(a, "/listeners/"+l), "such an update frees it")
	})
	t.Run("ovn-listener-create-beside-hm", func(t *testing.T) {
		a, lb, l, p := ovn(t, provider.Zed)
		a.made("/healthmonitors", `{"healthmonitor":{"pool_id":"`+p+`","type":"TCP","delay":5,"timeout":3,"max_retries":2}}`)
		a.put("/listeners/"+l, `{"listener":{}}`).ok(200)
		udp := a.made("/listeners", `{"listener":{"loadbalancer_id":"`+lb+`","protocol":"UDP","protocol_port":81}}`)
		assert.Equal(t, "ACTIVE", status(a, "/listeners/"+udp), "it is in another row of OVN")
		tcp := a.made("/listeners", `{"listener":{"loadbalancer_id":"`+lb+`","protocol":"TCP","protocol_port":81}}`)
		assert.Equal(t, "PENDING_CREATE", status(a, "/listeners/"+tcp))
		assert.Equal(t, "PENDING_UPDATE", status(a, "/loadbalancers/"+lb))
		a.del("/loadbalancers/"+lb+"?cascade=true").refused(409, "Invalid state PENDING_UPDATE of loadbalancer resource "+lb)
	})
	t.Run("ovn-listener-clear-pool-pending", func(t *testing.T) {
		a, lb, l, p := ovn(t, provider.Epoxy)
		a.put("/listeners/"+l, `{"listener":{"default_pool_id":"`+p+`"}}`).ok(200)
		assert.Equal(t, "ACTIVE", status(a, "/loadbalancers/"+lb))
		a.put("/listeners/"+l, `{"listener":{"default_pool_id":null}}`).ok(200)
		assert.Equal(t, "PENDING_UPDATE", status(a, "/listeners/"+l))
		a.del("/loadbalancers/"+lb+"?cascade=true").refused(409, "Invalid state PENDING_UPDATE of loadbalancer resource "+lb)
	})
	t.Run("ovn-listener-create-beside-hm: one that went with its pool", func(t *testing.T) {
		a, lb, l, p := ovn(t, provider.Zed)
		a.made("/pools", `{"pool":{"loadbalancer_id":"`+lb+`","protocol":"TCP","lb_algorithm":"SOURCE_IP_PORT"}}`)
		a.made("/healthmonitors", `{"healthmonitor":{"pool_id":"`+p+`","type":"TCP","delay":5,"timeout":3,"max_retries":2}}`)
		a.del("/listeners/" + l).ok(204)
		a.del("/pools/" + p).ok(204)
		a.made("/listeners", `{"listener":{"loadbalancer_id":"`+lb+`","protocol":"TCP","protocol_port":81}}`)
		assert.Equal(t, "PENDING_UPDATE", status(a, "/loadbalancers/"+lb))
	})
	t.Run("populated-create-pool-tls", func(t *testing.T) {
		a := as(t, fake.New(), "demo")
		graph := func(more string) string {
			return `{"loadbalancer":{"vip_subnet_id":"{sub}","pools":[{"name":"p","protocol":"HTTP","lb_algorithm":"ROUND_ROBIN","tls_enabled":true` + more + `}]}}`
		}
		a.post("/loadbalancers", graph("")).refused(500, "'tls_ciphers'")
		a.post("/loadbalancers", graph(`,"tls_ciphers":null,"tls_versions":null`)).refused(500, "'alpn_protocols'")
		a.post("/loadbalancers", graph(`,"tls_ciphers":null,"tls_versions":null,"alpn_protocols":null`)).ok(201)
	})
	t.Run("allowed-cidrs-additional-vips", func(t *testing.T) {
		a := as(t, fake.New(fake.WithProvider(provider.Amphora, provider.Zed)), "demo")
		lb := a.made("/loadbalancers", `{"loadbalancer":{"vip_subnet_id":"{sub}","additional_vips":[{"subnet_id":"{sub6}"}]}}`)
		a.post("/listeners", `{"listener":{"loadbalancer_id":"`+lb+`","protocol":"TCP","protocol_port":80,"allowed_cidrs":["2001:db8::/32"]}}`).
			refused(400, "Validation failure: CIDR 2001:db8::/32 IP version incompatible with VIP 10.0.0.2 IP version.")
	})
	t.Run("ovn-batch-ipv6-delete", func(t *testing.T) {
		c := fake.New(fake.WithProvider(provider.OVN, provider.Yoga))
		a := as(t, c, "demo")
		lb := a.made("/loadbalancers", `{"loadbalancer":{"vip_subnet_id":"{sub6}"}}`)
		p := a.made("/pools", `{"pool":{"loadbalancer_id":"`+lb+`","protocol":"TCP","lb_algorithm":"SOURCE_IP_PORT"}}`)
		a.put("/pools/"+p+"/members", `{"members":[{"address":"fd00::5","protocol_port":80,"subnet_id":"{sub6}"}]}`).ok(202)
		a.put("/pools/"+p+"/members", `{"members":[]}`).ok(202)
		assert.Equal(t, "ERROR", a.get("/pools/" + p + "/members").many()[0].str("provisioning_status"))
	})
	t.Run("pending-after-provider-denial", func(t *testing.T) {
		a, lb, _, p := ovn(t, provider.Yoga)
		a.put("/pools/"+p, `{"pool":{"lb_algorithm":"ROUND_ROBIN"}}`).ok(501)
		assert.Equal(t, "PENDING_UPDATE", status(a, "/loadbalancers/"+lb))
	})
	t.Run("last-listener-delete-failover", func(t *testing.T) {
		clock := fake.NewManualClock(startOfTime())
		c := fake.New(fake.WithProvider(provider.Amphora, provider.Zed), fake.WithClock(clock.Now), fake.WithLatency(fake.AmphoraLike))
		a := as(t, c, "demo")
		lb := a.made("/loadbalancers", `{"loadbalancer":{"vip_subnet_id":"{sub}"}}`)
		clock.Advance(time.Hour)
		l := a.made("/listeners", `{"listener":{"loadbalancer_id":"`+lb+`","protocol":"TCP","protocol_port":80}}`)
		clock.Advance(time.Hour)
		a.del("/listeners/" + l).ok(204)
		clock.Advance(time.Hour)
		assert.Equal(t, 90*time.Second, c.Spans(lb)[2].Duration())
	})
	t.Run("ovn-one-protocol-per-lb", func(t *testing.T) {
		a, lb, _, _ := ovn(t, provider.Train)
		a.post("/listeners", `{"listener":{"loadbalancer_id":"`+lb+`","protocol":"UDP","protocol_port":53}}`).
			refused(501, option+"The loadbalancer "+lb+" does not support UDP protocol")
	})
}

// Octavia hands the ovn driver all members of a pool for an additive batch, so what comes
// next waits behind an update of each (observed on 8.0.0).
func TestAnAdditiveBatchKeepsOVNBusyWithTheOthers(t *testing.T) {
	t.Parallel()
	took := func(release provider.Release) time.Duration {
		now := time.Unix(0, 0)
		c := fake.New(fake.WithProvider(provider.OVN, release), fake.WithClock(func() time.Time { return now }),
			fake.WithLatency(func(string, string) time.Duration { return time.Second }))
		a := as(t, c, "demo")
		settle := func(lb string) { now = now.Add(time.Hour); a.get("/loadbalancers/" + lb).ok(200) }
		lb := a.made("/loadbalancers", `{"loadbalancer":{"vip_subnet_id":"{sub}"}}`)
		settle(lb)
		p := a.made("/pools", `{"pool":{"loadbalancer_id":"`+lb+`","protocol":"TCP","lb_algorithm":"SOURCE_IP_PORT"}}`)
		settle(lb)
		batch := func(query, n string) {
			a.put("/pools/"+p+"/members"+query, `{"members":[{"address":"10.0.1.`+n+`","protocol_port":80,"subnet_id":"{sub}"},{"address":"10.0.2.`+n+`","protocol_port":80,"subnet_id":"{sub}"}]}`).ok(202)
		}
		batch("", "1")
		settle(lb)
		batch("?additive_only=true", "2")
		now = now.Add(2 * time.Second)
		a.put("/pools/"+p, `{"pool":{"name":"x","admin_state_up":true}}`).ok(200)
		settle(lb)
		spans := c.Spans(lb)
		return spans[len(spans)-1].Duration()
	}
	assert.Equal(t, 3*time.Second, took(provider.Epoxy), "two updates of others, and its own")
	assert.Equal(t, time.Second, took(provider.Hibiscus))
}
