// SPDX-License-Identifier: Apache-2.0

package fake_test

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/octaviakit/octaviakit/fake"
	"github.com/octaviakit/octaviakit/provider"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// A failover makes the amphora anew, whichever way it is asked for.
func TestFailoverReplacesTheAmphora(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		cloud := fake.New(fake.WithProvider(provider.Amphora, provider.Epoxy), fake.WithLatency(fake.AmphoraLike))
		id := as(t, cloud, "demo").made("/loadbalancers", `{"loadbalancer": {"vip_subnet_id": "{sub}"}}`)
		time.Sleep(5 * time.Minute)
		admin := as(t, cloud, "admin")
		amphorae := func() []doc { return admin.get("/amphorae?loadbalancer_id=" + id).ok(200).many() }
		amphora := func() doc {
			require.Len(t, amphorae(), 1)
			return amphorae()[0]
		}
		seen := map[string]bool{amphora().str("id"): true}
		for _, path := range []func() string{
			func() string { return "/loadbalancers/" + id + "/failover" },
			func() string { return "/amphorae/" + amphora().str("id") + "/failover" },
		} {
			admin.put(path(), "").ok(202)
			both := amphorae()
			require.Len(t, both, 2)
			assert.Equal(t, "PENDING_DELETE", both[0].str("status"))
			assert.Equal(t, "BOOTING", both[1].str("status"))
			assert.Nil(t, both[1]["vrrp_ip"], "it has no port yet")
			time.Sleep(5 * time.Minute)
			now := amphora()
			assert.Equal(t, "ALLOCATED", now.str("status"))
			assert.False(t, seen[now.str("id")], "a new one")
			seen[now.str("id")] = true
		}
	})
}

func TestCapabilitiesAreFiltered(t *testing.T) {
	admin := as(t, fake.New(), "admin")
	all := admin.get("/providers/amphora/flavor_capabilities?name=compute_flavor&fields=name").ok(200).many()
	assert.Equal(t, []doc{{"name": "compute_flavor"}}, all)
	assert.Empty(t, admin.get("/providers/amphora/flavor_capabilities?name=bogus").ok(200).many())
}

// What has no time of creation is listed by id.
func TestFlavorsAreListedByID(t *testing.T) {
	admin := as(t, fake.New(), "admin")
	for _, name := range []string{"c", "a", "b", "d"} {
		profile := admin.made("/flavorprofiles", `{"flavorprofile": {"name": "`+name+`", "provider_name": "amphora", "flavor_data": "{}"}}`)
		admin.made("/flavors", `{"flavor": {"name": "`+name+`", "flavor_profile_id": "`+profile+`"}}`)
	}
	for _, path := range []string{"/flavors", "/flavorprofiles"} {
		last := ""
		for _, o := range admin.get(path).ok(200).many() {
			assert.Greater(t, o.str("id"), last, path)
			last = o.str("id")
		}
	}
}

func TestEveryAnswerHasARequestID(t *testing.T) {
	a := as(t, fake.New(), "demo")
	first, second := a.get("/loadbalancers").Header.Get("X-Openstack-Request-Id"), a.get("/nowhere").Header.Get("X-Openstack-Request-Id")
	assert.Regexp(t, "^req-[0-9a-f-]{36}$", first)
	assert.NotEqual(t, first, second)
}

// Octavia looks for subnets, networks and ports with the caller's own eyes.
func TestOtherPeoplesNetworksAreNotFound(t *testing.T) {
	cloud := fake.New()
	demo := as(t, cloud, "demo")
	demo.post("/loadbalancers", `{"loadbalancer": {"vip_subnet_id": "{sub2}"}}`).refused(400, "Subnet "+cloud.Demo2SubnetID()+" not found.")
	as(t, cloud, "admin").post("/loadbalancers", `{"loadbalancer": {"vip_subnet_id": "{sub2}"}}`).ok(201)
}

func TestRegexesAreRefusedInPythonsWords(t *testing.T) {
	a := as(t, fake.New(), "demo")
	lb := a.made("/loadbalancers", `{"loadbalancer": {"vip_subnet_id": "{sub}"}}`)
	l := a.made("/listeners", `{"listener": {"loadbalancer_id": "`+lb+`", "protocol": "HTTP", "protocol_port": 80}}`)
	p := a.made("/l7policies", `{"l7policy": {"listener_id": "`+l+`", "action": "REJECT"}}`)
	for expr, words := range map[string]string{
		"*a": "nothing to repeat at position 0", "é(b": "missing ), unterminated subpattern at position 1",
		"a)": "unbalanced parenthesis at position 1", "x[a": "unterminated character set at position 1",
		"[z-a]": "bad character range z-a at position 1", "a**": "multiple repeat at position 2",
	} {
		a.post("/l7policies/"+p+"/rules", `{"rule": {"type": "PATH", "compare_type": "REGEX", "value": "`+expr+`"}}`).
			refused(400, "Error parsing L7Rule: Unable to parse regular expression: "+words)
	}
	for _, expr := range []string{"(?=look)ahead", `(a)\\1`, "a{2,3}"} {
		a.post("/l7policies/"+p+"/rules", `{"rule": {"type": "PATH", "compare_type": "REGEX", "value": "`+expr+`"}}`).ok(201)
	}
}
