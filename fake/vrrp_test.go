// SPDX-License-Identifier: Apache-2.0

package fake_test

import (
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/octaviakit/octaviakit/fake"
	"github.com/octaviakit/octaviakit/provider"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// What real Octavias (Zed and 2025.1) made of the same in Neutron.

const networkURL = "http://neutron.fake/network/v2.0/"

func (a *api) neutron(method, path, body string) reply {
	a.t.Helper()
	return a.do(method, networkURL+path, body)
}

// portNamed is the one port whose name begins so, as the user sees it.
func (a *api) portNamed(prefix string) doc {
	a.t.Helper()
	found := slices.DeleteFunc(a.neutron("GET", "ports", "").ok(200).many(), func(p doc) bool {
		return !strings.HasPrefix(p.str("name"), prefix)
	})
	require.Len(a.t, found, 1, prefix)
	return found[0]
}

const vrrp = "octavia-lb-vrrp-"

// tight is a subnet with so many addresses left.
func (a *api) tight(last string) string {
	network := a.neutron("POST", "networks", `{"network": {"name": "tight"}}`).ok(201).id()
	return a.neutron("POST", "subnets", `{"subnet": {"network_id": "`+network+`", "ip_version": 4, "cidr": "10.7.0.0/24",
		"gateway_ip": null, "allocation_pools": [{"start": "10.7.0.10", "end": "`+last+`"}]}}`).ok(201).id()
}

func TestAmphoraHasAPortOfItsOwn(t *testing.T) {
	cloud := fake.New(fake.WithProvider(provider.Amphora, provider.Epoxy))
	demo, admin := as(t, cloud, "demo"), as(t, cloud, "admin")
	policy := admin.neutron("POST", "qos/policies", `{"policy": {"name": "slow", "shared": true}}`).ok(201).id()
	id := demo.made("/loadbalancers", `{"loadbalancer": {"vip_subnet_id": "{sub}", "additional_vips": [{"subnet_id": "{sub6}"}],
		"vip_qos_policy_id": "`+policy+`"}}`)
	lb := demo.get("/loadbalancers/" + id).ok(200).one()
	amphora := admin.get("/amphorae").ok(200).many()[0]

	port, vip := demo.portNamed(vrrp), demo.portNamed("octavia-lb-"+id)
	assert.Equal(t, vrrp+amphora.str("id"), port["name"])
	assert.Equal(t, amphora["vrrp_port_id"], port["id"])
	assert.Equal(t, amphora["compute_id"], port["device_id"])
	assert.Equal(t, "compute:nova", port["device_owner"])
	assert.Equal(t, cloud.ProjectID("service"), port["project_id"], "the network's owner sees it all the same")
	assert.Equal(t, []any{map[string]any{"subnet_id": cloud.SubnetID(), "ip_address": amphora["vrrp_ip"]}}, port["fixed_ips"],
		"in the VIP's subnet, none in those of the additional VIPs")
	assert.Equal(t, []any{
		map[string]any{"ip_address": lb["vip_address"], "mac_address": port["mac_address"]},
		map[string]any{"ip_address": "fd00::2", "mac_address": port["mac_address"]},
	}, port["allowed_address_pairs"])
	assert.Equal(t, vip["security_groups"], port["security_groups"])
	assert.Equal(t, policy, port["qos_policy_id"])
	assert.Nil(t, vip["qos_policy_id"], "the policy is the amphora's, not the VIP port's")

	usage := demo.neutron("GET", "quotas/{demo}/details", "").ok(200).one()["port"].(map[string]any)
	others := demo.neutron("GET", "ports?project_id={demo}", "").many()
	assert.EqualValues(t, len(others), usage["used"], "and the user's quota does not count it")
	assert.Empty(t, as(t, cloud, "demo2").neutron("GET", "ports?device_owner=compute:nova", "").many())

	demo.del("/loadbalancers/" + id).ok(204)
	assert.Empty(t, admin.neutron("GET", "ports?device_owner=compute:nova", "").many())
}

func TestQoSOfAmphorae(t *testing.T) {
	cloud := fake.New(fake.WithProvider(provider.Amphora, provider.Zed))
	demo, admin := as(t, cloud, "demo"), as(t, cloud, "admin")
	policy := admin.neutron("POST", "qos/policies", `{"policy": {"name": "slow", "shared": true}}`).ok(201).id()
	id := demo.made("/loadbalancers", `{"loadbalancer": {"vip_subnet_id": "{sub}"}}`)
	assert.Nil(t, demo.portNamed(vrrp)["qos_policy_id"])
	demo.put("/loadbalancers/"+id, `{"loadbalancer": {"vip_qos_policy_id": "`+policy+`"}}`).ok(200)
	assert.Equal(t, policy, demo.portNamed(vrrp)["qos_policy_id"])

	admin.put("/loadbalancers/"+id+"/failover", "").ok(202)
	assert.Nil(t, demo.portNamed(vrrp)["qos_policy_id"], "a failover forgets it")
	demo.put("/loadbalancers/"+id, `{"loadbalancer": {"name": "x"}}`).ok(200)
	assert.Equal(t, policy, demo.portNamed(vrrp)["qos_policy_id"], "any update of the load balancer remembers")

	demo.put("/loadbalancers/"+id, `{"loadbalancer": {"vip_qos_policy_id": null}}`).ok(200)
	assert.Nil(t, demo.get("/loadbalancers/" + id).one()["vip_qos_policy_id"])
	assert.Equal(t, policy, demo.portNamed(vrrp)["qos_policy_id"], "what Octavia says is gone still holds")
}

func TestTwoAmphorae(t *testing.T) {
	cloud := fake.New()
	demo, admin := as(t, cloud, "demo"), as(t, cloud, "admin")
	subnet := demo.tight("10.7.0.12")
	profile := admin.made("/flavorprofiles", `{"flavorprofile": {"name": "ha", "provider_name": "amphora",
		"flavor_data": "{\"loadbalancer_topology\": \"ACTIVE_STANDBY\"}"}}`)
	flavor := admin.made("/flavors", `{"flavor": {"name": "ha", "flavor_profile_id": "`+profile+`"}}`)
	demo.made("/loadbalancers", `{"loadbalancer": {"vip_subnet_id": "`+subnet+`", "flavor_id": "`+flavor+`"}}`)

	both := admin.get("/amphorae").ok(200).many()
	require.Len(t, both, 2)
	assert.Equal(t, []any{"MASTER", 100.0, "BACKUP", 90.0}, []any{both[0]["role"], both[0]["vrrp_priority"], both[1]["role"], both[1]["vrrp_priority"]})
	protocols := map[any]bool{}
	for _, r := range admin.neutron("GET", "security-group-rules?direction=ingress&project_id="+cloud.ProjectID("service"), "").many() {
		protocols[r["protocol"]] = true
	}
	assert.Equal(t, map[any]bool{"51": true, "112": true}, protocols, "VRRP and its authentication")

	demo.post("/loadbalancers", `{"loadbalancer": {"vip_subnet_id": "`+subnet+`"}}`).
		refused(500, "Provider 'amphora' reports error: ConflictException: 409")
}

func TestSubnetWithoutRoomForAnAmphora(t *testing.T) {
	for release, left := range map[provider.Release]int{provider.Zed: 1, provider.Epoxy: 0} {
		cloud := fake.New(fake.WithProvider(provider.Amphora, release))
		demo := as(t, cloud, "demo")
		subnet := demo.tight("10.7.0.10")
		id := demo.made("/loadbalancers", `{"loadbalancer": {"vip_subnet_id": "`+subnet+`"}}`)
		assert.Equal(t, "ERROR", demo.get("/loadbalancers/" + id).one()["provisioning_status"])
		assert.Empty(t, as(t, cloud, "admin").get("/amphorae").many())
		assert.Len(t, demo.neutron("GET", "ports?fixed_ips=subnet_id="+subnet, "").many(), left,
			"of the VIP, which Octavia takes back since 2023.2")
		demo.del("/loadbalancers/" + id).ok(204)
		demo.get("/loadbalancers/" + id).ok(404)
	}
}

func TestFailoverWithoutRoomForAnAmphora(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		cloud := fake.New(fake.WithLatency(fake.AmphoraLike))
		demo, admin := as(t, cloud, "demo"), as(t, cloud, "admin")
		subnet := demo.tight("10.7.0.11")
		id := demo.made("/loadbalancers", `{"loadbalancer": {"vip_subnet_id": "`+subnet+`"}}`)
		time.Sleep(time.Minute)
		before := demo.portNamed(vrrp)
		admin.put("/loadbalancers/"+id+"/failover", "").ok(202)
		time.Sleep(3 * time.Minute)
		assert.Equal(t, "PENDING_UPDATE", demo.get("/loadbalancers/" + id).one()["provisioning_status"], "it asks again and again")
		time.Sleep(time.Minute)
		assert.Equal(t, "ERROR", demo.get("/loadbalancers/" + id).one()["provisioning_status"])
		old := admin.get("/amphorae").many()
		require.Len(t, old, 1)
		assert.Equal(t, "ERROR", old[0]["status"])
		assert.Equal(t, before["id"], demo.portNamed(vrrp)["id"], "the old one stays as it was")

		admin.do("DELETE", "http://octavia.fake/load-balancer/v2/octavia/amphorae/"+old[0].str("id"), "").ok(204)
		admin.put("/loadbalancers/"+id+"/failover", "").ok(202)
	})
}

// A creation that fails takes the VIP's port with it; a failover makes it anew with the same address.
func TestFailoverRebuildsTheVIP(t *testing.T) {
	cloud := fake.New(fake.WithProvider(provider.Amphora, provider.Epoxy))
	cloud.Inject(fake.Fault{Method: "POST", Path: "/lbaas/loadbalancers", Effect: fake.EndInError})
	demo := as(t, cloud, "demo")
	id := demo.made("/loadbalancers", `{"loadbalancer": {"vip_subnet_id": "{sub}"}}`)
	lb := demo.get("/loadbalancers/" + id).one()
	demo.neutron("GET", "ports/"+lb.str("vip_port_id"), "").ok(404)
	as(t, cloud, "admin").put("/loadbalancers/"+id+"/failover", "").ok(202)
	now := demo.get("/loadbalancers/" + id).one()
	assert.Equal(t, "ACTIVE", now["provisioning_status"])
	assert.Equal(t, lb["vip_address"], now["vip_address"])
	demo.neutron("GET", "ports/"+now.str("vip_port_id"), "").ok(200)
}

// Groups of the user's are on the ports beside Octavia's, which then passes peers only.
func TestGroupsOfTheUsers(t *testing.T) {
	cloud := fake.New(fake.WithProvider(provider.Amphora, provider.Epoxy))
	demo, admin := as(t, cloud, "demo"), as(t, cloud, "admin")
	group := demo.neutron("POST", "security-groups", `{"security_group": {"name": "mine"}}`).ok(201).id()
	id := demo.made("/loadbalancers", `{"loadbalancer": {"vip_subnet_id": "{sub}", "additional_vips": [{"subnet_id": "{sub6}"}]}}`)
	demo.made("/listeners", `{"listener": {"loadbalancer_id": "`+id+`", "protocol": "TCP", "protocol_port": 80}}`)
	ingress := func() (open []string) {
		for _, r := range admin.neutron("GET", "security-group-rules?direction=ingress&project_id="+cloud.ProjectID("service"), "").many() {
			open = append(open, r.str("ethertype")+" "+sprintf("%v", r["port_range_max"]))
		}
		slices.Sort(open)
		return open
	}
	assert.Equal(t, []string{"IPv4 1025", "IPv4 80", "IPv6 1025", "IPv6 80"}, ingress(), "for the families of all VIPs")
	demo.put("/loadbalancers/"+id, `{"loadbalancer": {"vip_sg_ids": ["`+group+`"]}}`).ok(200)
	for _, name := range []string{vrrp, "octavia-lb-" + id} {
		groups := demo.portNamed(name)["security_groups"].([]any)
		assert.Len(t, groups, 2, name)
		assert.Contains(t, groups, group, name)
	}
	assert.Equal(t, []string{"IPv4 1025", "IPv6 1025"}, ingress())
	demo.put("/loadbalancers/"+id, `{"loadbalancer": {"vip_sg_ids": []}}`).ok(200)
	assert.NotContains(t, demo.portNamed(vrrp)["security_groups"], group)
	assert.Len(t, ingress(), 4)
}

// Since 2025.1 an update of the load balancer itself stumbles over the amphorae that a failover has deleted.
func TestUpdateAfterFailover(t *testing.T) {
	for release, ends := range map[provider.Release]string{provider.Zed: "ACTIVE", provider.Epoxy: "ERROR"} {
		cloud := fake.New(fake.WithProvider(provider.Amphora, release))
		demo, admin := as(t, cloud, "demo"), as(t, cloud, "admin")
		id := demo.made("/loadbalancers", `{"loadbalancer": {"vip_subnet_id": "{sub}"}}`)
		status := func() string { return demo.get("/loadbalancers/" + id).one().str("provisioning_status") }
		admin.put("/loadbalancers/"+id+"/failover", "").ok(202)
		demo.made("/listeners", `{"listener": {"loadbalancer_id": "`+id+`", "protocol": "TCP", "protocol_port": 80}}`)
		assert.Equal(t, "ACTIVE", status())
		demo.put("/loadbalancers/"+id, `{"loadbalancer": {"name": "new"}}`).ok(200)
		assert.Equal(t, ends, status(), release)
		assert.Equal(t, "new", demo.get("/loadbalancers/" + id).one()["name"])
		admin.put("/loadbalancers/"+id+"/failover", "").ok(202)
		assert.Equal(t, "ACTIVE", status())
	}
}
