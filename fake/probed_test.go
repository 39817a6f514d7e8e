// SPDX-License-Identifier: Apache-2.0

package fake_test

import (
	"testing"

	"github.com/octaviakit/octaviakit/fake"
	"github.com/octaviakit/octaviakit/provider"
	"github.com/stretchr/testify/assert"
)

// What ovn's monitors reach, and what they make of what they do not.
func TestProbesNeedPorts(t *testing.T) {
	status := func(a *api, path string) string { return a.get(path).one().str("provisioning_status") }
	t.Run("ovn-hm-member-without-port", func(t *testing.T) {
		for _, r := range []provider.Release{provider.Zed, provider.Epoxy} {
			c := fake.New(fake.WithProvider(provider.OVN, r), fake.WithoutServers())
			a := as(t, c, "demo")
			node := func(address string) {
				a.neutron("POST", "ports", `{"port":{"network_id":"`+c.MemberNetworkID()+`","fixed_ips":[{"subnet_id":"{msub}","ip_address":"`+address+`"}]}}`).ok(201)
			}
			node("10.1.0.7")
			watched := func(address string) (lb, member, monitor string) {
				lb = a.made("/loadbalancers", `{"loadbalancer":{"vip_subnet_id":"{sub}"}}`)
				l := a.made("/listeners", `{"listener":{"loadbalancer_id":"`+lb+`","protocol":"TCP","protocol_port":80}}`)
				p := a.made("/pools", `{"pool":{"listener_id":"`+l+`","protocol":"TCP","lb_algorithm":"SOURCE_IP_PORT"}}`)
				m := a.made("/pools/"+p+"/members", `{"member":{"address":"`+address+`","protocol_port":80,"subnet_id":"{msub}"}}`)
				h := a.made("/healthmonitors", `{"healthmonitor":{"pool_id":"`+p+`","type":"TCP","delay":5,"timeout":3,"max_retries":2}}`)
				return lb, "/pools/" + p + "/members/" + m, "/healthmonitors/" + h
			}
			_, reached, monitor := watched("10.1.0.7")
			assert.Equal(t, "ACTIVE", status(a, monitor))
			assert.Equal(t, "ONLINE", a.get(reached).one().str("operating_status"))
			lb, missed, monitor := watched("10.1.0.8")
			assert.Equal(t, "ACTIVE", status(a, "/loadbalancers/"+lb))
			if r == provider.Zed {
				assert.Equal(t, "ERROR", status(a, monitor))
				assert.Equal(t, "ERROR", a.get(monitor).one().str("operating_status"))
				continue
			}
			assert.Equal(t, "ACTIVE", status(a, monitor))
			assert.Equal(t, "ERROR", a.get(missed).one().str("operating_status"))
			assert.Equal(t, "ERROR", a.get("/loadbalancers/"+lb).one().str("operating_status"))
			node("10.1.0.8")
			a.put(missed, `{"member":{"weight":2}}`).ok(200)
			assert.Equal(t, "NO_MONITOR", a.get(missed).one().str("operating_status"), "so it says")
			assert.Equal(t, "ERROR", a.get("/loadbalancers/"+lb).one().str("operating_status"))
			a.put(missed, `{"member":{"admin_state_up":true}}`).ok(200)
			assert.Equal(t, "ERROR", a.get(missed).one().str("operating_status"), "it is not looked for again")
			a.del(monitor).ok(204)
			assert.Equal(t, "NO_MONITOR", a.get(missed).one().str("operating_status"))
		}
	})
	t.Run("ovn-hm-member-without-port: later members", func(t *testing.T) {
		for r, want := range map[provider.Release][]string{provider.Zed: {"ONLINE", "ERROR", "ERROR"}, provider.Epoxy: {"ONLINE", "ERROR", "ONLINE"}} {
			a, _, _, p := ovn(t, r, fake.WithoutServers())
			add := func(address string) {
				a.made("/pools/"+p+"/members", `{"member":{"address":"`+address+`","protocol_port":80,"subnet_id":"{msub}"}}`)
			}
			for _, address := range []string{"10.1.0.7", "10.1.0.9"} {
				a.neutron("POST", "ports", `{"port":{"network_id":"`+a.cloud.MemberNetworkID()+`","fixed_ips":[{"subnet_id":"{msub}","ip_address":"`+address+`"}]}}`).ok(201)
			}
			add("10.1.0.7")
			a.made("/healthmonitors", `{"healthmonitor":{"pool_id":"`+p+`","type":"TCP","delay":5,"timeout":3,"max_retries":2}}`)
			add("10.1.0.8")
			add("10.1.0.9")
			var got []string
			for _, m := range a.get("/pools/" + p + "/members").many() {
				assert.Equal(t, "ACTIVE", m.str("provisioning_status"))
				got = append(got, m.str("operating_status"))
			}
			assert.Equal(t, want, got, r)
		}
	})
	t.Run("ovn-hm-network-without-metadata-port", func(t *testing.T) {
		for release, want := range map[provider.Release]string{provider.Zed: "ERROR", provider.Antelope: "ACTIVE", provider.Epoxy: "ACTIVE"} {
			a := as(t, fake.New(fake.WithProvider(provider.OVN, release)), "demo")
			net := a.neutron("POST", "networks", `{"network":{"name":"bare"}}`).ok(201).one().str("id")
			sub := a.neutron("POST", "subnets", `{"subnet":{"network_id":"`+net+`","ip_version":4,"cidr":"10.9.0.0/24"}}`).ok(201).one().str("id")
			a.neutron("POST", "ports", `{"port":{"network_id":"`+net+`","fixed_ips":[{"ip_address":"10.9.0.7"}]}}`).ok(201)
			lb := a.made("/loadbalancers", `{"loadbalancer":{"vip_subnet_id":"`+sub+`"}}`)
			p := a.made("/pools", `{"pool":{"loadbalancer_id":"`+lb+`","protocol":"TCP","lb_algorithm":"SOURCE_IP_PORT"}}`)
			a.made("/pools/"+p+"/members", `{"member":{"address":"10.9.0.7","protocol_port":80}}`)
			body := `{"healthmonitor":{"pool_id":"` + p + `","type":"TCP","delay":5,"timeout":3,"max_retries":2}}`
			h := a.made("/healthmonitors", body)
			assert.Equal(t, want, status(a, "/healthmonitors/"+h), release)
			a.del("/healthmonitors/" + h).ok(204)
			as(t, a.cloud, "admin").neutron("POST", "ports", `{"port":{"network_id":"`+net+`","device_owner":"network:distributed"}}`).ok(201)
			h = a.made("/healthmonitors", body)
			assert.Equal(t, "ACTIVE", status(a, "/healthmonitors/"+h), release)
		}
	})
	t.Run("ovn-hm-member-without-port: none", func(t *testing.T) {
		for _, o := range [][]fake.Option{nil, {fake.WithoutServers(), fake.WithoutQuirk(provider.QuirkOVNHMMemberWithoutPort)}} {
			a, lb, _, p := ovn(t, provider.Epoxy, o...)
			a.made("/pools/"+p+"/members", `{"member":{"address":"10.1.0.8","protocol_port":80,"subnet_id":"{msub}"}}`)
			a.made("/healthmonitors", `{"healthmonitor":{"pool_id":"`+p+`","type":"TCP","delay":5,"timeout":3,"max_retries":2}}`)
			assert.Equal(t, "ONLINE", a.get("/loadbalancers/"+lb).one().str("operating_status"))
		}
	})
}
