// SPDX-License-Identifier: Apache-2.0

package neutron_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/octaviakit/octaviakit/fake/internal/neutron"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestRouterJoinsSubnetToOutside(t *testing.T) {
	w := newWorld(t)
	net := w.network()
	sub := w.made(w.demo, http.MethodPost, "/v2.0/subnets", subnet(net, `,"ip_version":4,"cidr":"10.77.0.0/24"`))["id"]
	router := w.made(w.demo, http.MethodPost, "/v2.0/routers", `{"router":{"name":"r"}}`)["id"].(string)
	path, on := "/v2.0/routers/"+router, fmt.Sprintf(`{"subnet_id":%q}`, sub)
	joined := w.made(w.demo, http.MethodPut, path+"/add_router_interface", on)
	assert.Equal(t, sub, joined["subnet_id"])
	w.refused(w.demo, http.MethodPut, path+"/add_router_interface", on, 400, "BadRequest", fmt.Sprintf("Bad router "+
		"request: Cidr 10.77.0.0/24 of subnet %s overlaps with cidr 10.77.0.0/24 of subnet %[1]s.", sub))
	w.refused(w.demo, http.MethodPut, path+"/add_router_interface", `{}`, 400, "BadRequest",
		"Bad router request: Either subnet_id or port_id must be specified.")
	w.refused(w.demo, http.MethodPut, path, fmt.Sprintf(`{"router":{"external_gateway_info":{"network_id":%q}}}`, net), 400,
		"BadRequest", "Bad router request: Network "+net+" is not an external network.")
	w.refused(w.demo, http.MethodDelete, "/v2.0/ports/"+joined["port_id"].(string), "", 409, "ServicePortInUse",
		"Port "+joined["port_id"].(string)+" cannot be deleted directly via the port API: has device owner "+
			"network:router_interface.")

	opened := w.made(w.demo, http.MethodPut, path,
		fmt.Sprintf(`{"router":{"external_gateway_info":{"network_id":%q}}}`, w.ids.External))
	assert.Len(t, opened["external_gateway_info"].(object)["external_fixed_ips"], 1)
	port := w.made(w.demo, http.MethodPost, "/v2.0/ports", fmt.Sprintf(`{"port":{"network_id":%q}}`, net))["id"]
	fip := w.made(w.demo, http.MethodPost, "/v2.0/floatingips", w.fip(fmt.Sprintf(`,"port_id":%q`, port)))
	assert.Equal(t, router, fip["router_id"])

	inUse := "Gateway cannot be updated for router " + router + ", since a gateway to external network " + w.ids.External +
		" is required by one or more floating IPs."
	const type409 = "RouterExternalGatewayInUseByFloatingIp"
	w.refused(w.demo, http.MethodDelete, path, "", 409, type409, inUse)
	w.refused(w.demo, http.MethodPut, path, `{"router":{"external_gateway_info":null}}`, 409, type409, inUse)
	w.refused(w.demo, http.MethodPut, path+"/remove_router_interface", on, 409, "RouterInterfaceInUseByFloatingIP",
		fmt.Sprintf("Router interface for subnet %s on router %s cannot be deleted, as it is required by one or more "+
			"floating IPs.", sub, router))

	moved := w.made(w.admin, http.MethodPut, "/v2.0/ports/"+port.(string), `{"port":{"mac_address":"aa:bb:cc:dd:ee:ff"}}`)
	assert.Equal(t, "aa:bb:cc:dd:ee:ff", moved["mac_address"], "an administrator may change it")

	w.made(w.demo, http.MethodDelete, "/v2.0/floatingips/"+fip["id"].(string), "")
	free := w.FreeIPs(w.ids.ExternalSubnet)
	kept := opened["external_gateway_info"].(object)["external_fixed_ips"].([]any)[0].(object)["ip_address"]
	again := w.made(w.demo, http.MethodPut, path, fmt.Sprintf(`{"router":{"external_gateway_info":{"network_id":%q,
		"external_fixed_ips":[{"subnet_id":%q,"ip_address":%q},{"subnet_id":%[2]q}]}}}`, w.ids.External, w.ids.ExternalSubnet, kept))
	both := again["external_gateway_info"].(object)["external_fixed_ips"].([]any)
	assert.Len(t, both, 2)
	assert.Equal(t, kept, both[0].(object)["ip_address"], "an address may stay as another one comes")
	assert.Equal(t, free-1, w.FreeIPs(w.ids.ExternalSubnet))
	w.made(w.demo, http.MethodPut, path, `{"router":{"external_gateway_info":null}}`)
	assert.Equal(t, free+1, w.FreeIPs(w.ids.ExternalSubnet))
	w.made(w.demo, http.MethodPut, path+"/remove_router_interface", on)
	w.refused(w.demo, http.MethodPut, path+"/remove_router_interface", on, 404, "RouterInterfaceNotFoundForSubnet",
		fmt.Sprintf("Router %s has no interface on subnet %s", router, sub))
	w.made(w.demo, http.MethodDelete, path, "")
	w.refused(w.demo, http.MethodGet, path, "", 404, "RouterNotFound", "Router "+router+" could not be found")
}

func TestSecurityGroups(t *testing.T) {
	w := newWorld(t)
	group := w.made(w.demo, http.MethodPost, "/v2.0/security-groups", `{"security_group":{"name":"g"}}`)
	id := group["id"].(string)
	assert.Len(t, group["security_group_rules"], 2)
	assert.True(t, w.ShowsSecurityGroup(w.demo, id))
	assert.False(t, w.ShowsSecurityGroup(w.demo2, id))
	assert.False(t, w.ShowsSecurityGroup(w.demo, absent))
	body := fmt.Sprintf(`{"security_group_rule":{"security_group_id":%q,"direction":"ingress","protocol":"tcp",
		"port_range_min":80,"port_range_max":80}}`, id)
	rule := w.made(w.demo, http.MethodPost, "/v2.0/security-group-rules", body)["id"].(string)
	w.refused(w.demo, http.MethodPost, "/v2.0/security-group-rules", body, 409, "SecurityGroupRuleExists",
		"Security group rule already exists. Rule id is "+rule+".")
	port := w.made(w.demo, http.MethodPost, "/v2.0/ports",
		fmt.Sprintf(`{"port":{"network_id":%q,"security_groups":[%q]}}`, w.ids.Network, id))["id"].(string)
	w.refused(w.demo, http.MethodDelete, "/v2.0/security-groups/"+id, "", 409, "SecurityGroupInUse",
		"Security Group "+id+" in use.")
	w.refused(w.demo, http.MethodPost, "/v2.0/ports",
		fmt.Sprintf(`{"port":{"network_id":%q,"security_groups":[%q]}}`, w.ids.Network, absent), 404,
		"SecurityGroupNotFound", "Security group "+absent+" does not exist")
	w.made(w.demo, http.MethodDelete, "/v2.0/ports/"+port, "")
	w.made(w.demo, http.MethodDelete, "/v2.0/security-groups/"+id, "")
	w.refused(w.demo, http.MethodGet, "/v2.0/security-group-rules/"+rule, "", 404, "SecurityGroupRuleNotFound",
		"Security group rule "+rule+" does not exist")
	_, o := w.call(w.demo, http.MethodGet, "/v2.0/security-groups", "")
	first := o["security_groups"].([]any)[0].(object)["id"].(string)
	w.refused(w.demo, http.MethodDelete, "/v2.0/security-groups/"+first, "", 409, "SecurityGroupCannotRemoveDefault",
		"Insufficient rights for removing default security group.")
	w.made(w.admin, http.MethodDelete, "/v2.0/security-groups/"+first, "")
	w.refused(w.demo, http.MethodPost, "/v2.0/security-groups", `{"security_group":{"name":"default"}}`, 409,
		"SecurityGroupDefaultAlreadyExists", "Default security group already exists.")
}

func TestQoSPolicies(t *testing.T) {
	w := newWorld(t)
	w.refused(w.demo, http.MethodPost, "/v2.0/qos/policies", `{"policy":{"name":"q"}}`, 403, "PolicyNotAuthorized",
		"rule:create_policy is disallowed by policy")
	id := w.made(w.admin, http.MethodPost, "/v2.0/qos/policies", `{"policy":{"name":"q"}}`)["id"].(string)
	assert.True(t, w.ShowsQoSPolicy(w.admin, id))
	assert.False(t, w.ShowsQoSPolicy(w.demo, id), "until it is shared")
	w.refused(w.demo, http.MethodGet, "/v2.0/qos/policies/"+id, "", 404, "QosPolicyNotFound",
		"QoS policy "+id+" could not be found.")
	w.made(w.admin, http.MethodPut, "/v2.0/qos/policies/"+id, `{"policy":{"shared":true}}`)
	assert.True(t, w.ShowsQoSPolicy(w.demo, id))
	w.made(w.demo, http.MethodPut, "/v2.0/networks/"+w.ids.Network, fmt.Sprintf(`{"network":{"qos_policy_id":%q}}`, id))
	w.refused(w.admin, http.MethodDelete, "/v2.0/qos/policies/"+id, "", 409, "QosPolicyInUse",
		"QoS Policy "+id+" is used by network "+w.ids.Network+".")
	w.made(w.demo, http.MethodPut, "/v2.0/networks/"+w.ids.Network, `{"network":{"qos_policy_id":null}}`)
	w.made(w.admin, http.MethodDelete, "/v2.0/qos/policies/"+id, "")
	assert.False(t, w.ShowsQoSPolicy(w.demo, id))
}

func TestQuotas(t *testing.T) {
	w := newWorld(t)
	limits := w.made(w.demo, http.MethodGet, "/v2.0/quotas/demo", "")
	assert.EqualValues(t, 500, limits["floatingip"])
	w.refused(w.demo, http.MethodGet, "/v2.0/quotas/demo2", "", 403, "PolicyNotAuthorized",
		"rule:get_quota is disallowed by policy")
	w.refused(w.demo, http.MethodPut, "/v2.0/quotas/demo", `{"quota":{"floatingip":0}}`, 403, "PolicyNotAuthorized",
		"rule:update_quota is disallowed by policy")
	w.refused(w.admin, http.MethodPut, "/v2.0/quotas/demo", `{"quota":{"port":5,"bogus":0}}`, 400, "HTTPBadRequest",
		"Unrecognized attribute(s) 'bogus'")
	w.refused(w.admin, http.MethodPut, "/v2.0/quotas/demo", `{"quota":{"floatingip":"x"}}`, 400, "InvalidInput",
		"Invalid input for operation: 'x' is not an integer.")
	w.made(w.admin, http.MethodPut, "/v2.0/quotas/demo", `{"quota":{"port":5}}`)
	details := w.made(w.demo, http.MethodGet, "/v2.0/quotas/demo/details.json", "")
	assert.Equal(t, object{"limit": 5.0, "used": 5.0, "reserved": 0.0}, details["port"], "the router's interfaces and OVN's own ports count")
	w.refused(w.demo, http.MethodPost, "/v2.0/ports", fmt.Sprintf(`{"port":{"network_id":%q}}`, w.ids.Network), 409,
		"OverQuota", "Quota exceeded for resources: ['port'].")
	_, err := w.CreatePort(neutron.Port{NetworkID: w.ids.Network, ProjectID: "demo"})
	require.EqualError(t, err, "Quota exceeded for resources: ['port'].")
	w.made(w.admin, http.MethodDelete, "/v2.0/quotas/demo", "")
	w.refused(w.admin, http.MethodDelete, "/v2.0/quotas/demo", "", 404, "TenantQuotaNotFound",
		"Quota for project demo could not be found.")
	w.port()
}

func TestForeignersSeeNothing(t *testing.T) {
	w := newWorld(t)
	port := w.port()["id"].(string)
	w.refused(w.demo2, http.MethodGet, "/v2.0/ports/"+port, "", 404, "PortNotFound", "Port "+port+" could not be found.")
	w.refused(w.demo2, http.MethodPost, "/v2.0/ports", fmt.Sprintf(`{"port":{"network_id":%q}}`, w.ids.Network), 404,
		"NetworkNotFound", "Network "+w.ids.Network+" could not be found.")
	w.refused(w.demo2, http.MethodPost, "/v2.0/floatingips", w.fip(fmt.Sprintf(`,"port_id":%q`, port)), 404,
		"PortNotFound", "Port "+port+" could not be found.")
	_, o := w.call(w.demo2, http.MethodGet, "/v2.0/ports?network_id="+w.ids.Network, "")
	assert.Empty(t, o["ports"])
	_, o = w.call(w.admin, http.MethodGet, "/v2.0/ports?id="+port, "")
	assert.Len(t, o["ports"], 1)
}

func TestDumpIsStable(t *testing.T) {
	w := newWorld(t)
	port, err := w.CreatePort(neutron.Port{
		Name: "octavia-lb-" + absent, NetworkID: w.ids.Network, ProjectID: "demo", DeviceOwner: "Octavia",
		DeviceID: "lb-" + absent, FixedIPs: []neutron.FixedIP{{SubnetID: w.ids.Subnet}},
	})
	require.NoError(t, err)
	w.made(w.demo, http.MethodPost, "/v2.0/floatingips",
		w.fip(fmt.Sprintf(`,"port_id":%q,"description":"mine"`, port.ID)))
	w.made(w.demo, http.MethodPost, "/v2.0/floatingips", w.fip(""))
	seen := map[string]string{absent: "lb-1"}
	name := func(id string) string {
		if seen[id] == "" {
			seen[id] = fmt.Sprintf("id-%d", len(seen))
		}
		return seen[id]
	}
	want := strings.Join([]string{
		`id-1 down "octavia-lb-lb-1" 10.0.0.2 owner="Octavia" device="lb-lb-1"`,
		`id-2 ACTIVE 203.0.113.3 -> id-1 10.0.0.2 "mine"`,
		`id-3 DOWN 203.0.113.4 unattached ""`, "",
	}, "\n")
	assert.Equal(t, want, w.Dump(name))
	assert.Equal(t, want, w.Dump(name))
}
