// SPDX-License-Identifier: Apache-2.0

package neutron_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func (w *world) network() string {
	w.t.Helper()
	return w.made(w.demo, http.MethodPost, "/v2.0/networks", `{"network":{"name":"n"}}`)["id"].(string)
}

// subnet is the body of a subnet of a network.
func subnet(network, more string) string {
	return fmt.Sprintf(`{"subnet":{"network_id":%q%s}}`, network, more)
}

func TestSubnetDefaults(t *testing.T) {
	w := newWorld(t)
	for more, want := range map[string][3]any{
		`,"ip_version":4,"cidr":"10.77.0.0/29"`:                            {"10.77.0.1", "10.77.0.2", "10.77.0.6"},
		`,"ip_version":4,"cidr":"10.78.0.0/24","gateway_ip":"10.99.0.1"`:   {"10.99.0.1", "10.78.0.1", "10.78.0.254"},
		`,"ip_version":4,"cidr":"10.78.0.0/24","gateway_ip":null`:          {nil, "10.78.0.1", "10.78.0.254"},
		`,"ip_version":6,"cidr":"fd77::/64"`:                               {"fd77::1", "fd77::2", "fd77::ffff:ffff:ffff:ffff"},
		`,"ip_version":6,"cidr":"fd77::/64","ipv6_ra_mode":"slaac"`:        {"fd77::", "fd77::1", "fd77::ffff:ffff:ffff:ffff"},
		`,"ip_version":4,"cidr":"10.77.0.0/24","gateway_ip":"10.77.0.254"`: {"10.77.0.254", "10.77.0.1", "10.77.0.253"},
	} {
		s := w.made(w.demo, http.MethodPost, "/v2.0/subnets", subnet(w.network(), more))
		pool := s["allocation_pools"].([]any)[0].(object)
		assert.Equal(t, want, [3]any{s["gateway_ip"], pool["start"], pool["end"]}, more)
	}
}

func TestSubnetRefusals(t *testing.T) {
	w := newWorld(t)
	net := w.network()
	w.made(w.demo, http.MethodPost, "/v2.0/subnets", subnet(net, `,"ip_version":4,"cidr":"10.77.0.0/24"`))
	const operation = "Invalid input for operation: "
	for more, want := range map[string][2]string{
		`,"cidr":"10.78.0.0/24"`: {
			"HTTPBadRequest", "Failed to parse request. Required attribute 'ip_version' not specified",
		},
		`,"ip_version":5,"cidr":"10.78.0.0/24"`: {
			"HTTPBadRequest", "Invalid input for ip_version. Reason: 5 is not in valid_values.",
		},
		`,"ip_version":4`: {
			"BadRequest", "Bad subnets request: a subnetpool must be specified in the absence of a cidr.",
		},
		`,"ip_version":4,"cidr":"foo"`: {"InvalidInput", operation + "foo is not in a CIDR format."},
		`,"ip_version":4,"cidr":"fd77::/64"`: {
			"InvalidInput", operation + "cidr 'fd77::/64' does not match the ip_version '4'.",
		},
		`,"ip_version":4,"cidr":"10.77.0.0/29"`: {
			"InvalidInput", operation + "Requested subnet with cidr: 10.77.0.0/29 for network: " + net +
				" overlaps with another subnet.",
		},
		`,"ip_version":4,"cidr":"10.79.0.0/24","allocation_pools":[{"start":"10.79.1.10","end":"10.79.1.11"}]`: {
			"OutOfBoundsAllocationPool", "The allocation pool 10.79.1.10-10.79.1.11 spans beyond the subnet cidr 10.79.0.0/24.",
		},
		`,"ip_version":4,"cidr":"10.79.0.0/24","allocation_pools":[{"start":"10.79.0.20","end":"10.79.0.11"}]`: {
			"InvalidAllocationPool", "The allocation pool {'start': '10.79.0.20', 'end': '10.79.0.11'} is not valid.",
		},
	} {
		w.refused(w.demo, http.MethodPost, "/v2.0/subnets", subnet(net, more), 400, want[0], want[1])
	}
	w.refused(w.demo, http.MethodPost, "/v2.0/subnets", subnet(w.ids.External, `,"ip_version":4,"cidr":"10.78.0.0/24"`),
		403, "HTTPForbidden", "Tenant demo not allowed to create subnet on this network")
}

func TestAddressesRunOut(t *testing.T) {
	w := newWorld(t)
	net := w.network()
	sub := w.made(w.demo, http.MethodPost, "/v2.0/subnets", subnet(net, `,"ip_version":4,"cidr":"10.78.0.0/24",
		"allocation_pools":[{"start":"10.78.0.10","end":"10.78.0.11"}]`))["id"].(string)
	body := fmt.Sprintf(`{"port":{"network_id":%q}}`, net)
	require.Equal(t, 2, w.FreeIPs(sub))
	first := w.made(w.demo, http.MethodPost, "/v2.0/ports", body)
	w.made(w.demo, http.MethodPost, "/v2.0/ports", body)
	assert.Zero(t, w.FreeIPs(sub))
	w.refused(w.demo, http.MethodPost, "/v2.0/ports", body, 409, "IpAddressGenerationFailure",
		"No more IP addresses available on network "+net+".")
	w.refused(w.demo, http.MethodDelete, "/v2.0/subnets/"+sub, "", 409, "SubnetInUse", "Unable to complete operation on "+
		"subnet "+sub+": One or more ports have an IP allocation from this subnet.")

	path := "/v2.0/ports/" + first["id"].(string)
	w.made(w.demo, http.MethodPut, path, `{"port":{"fixed_ips":[]}}`)
	assert.Equal(t, 1, w.FreeIPs(sub))
	outside := w.made(w.demo, http.MethodPut, path, `{"port":{"fixed_ips":[{"ip_address":"10.78.0.99"}]}}`)
	assert.Equal(t, []any{object{"subnet_id": sub, "ip_address": "10.78.0.99"}}, outside["fixed_ips"],
		"outside the pools, but of the subnet")
	assert.Equal(t, 1, w.FreeIPs(sub))
	w.refused(w.demo, http.MethodPut, path, `{"port":{"fixed_ips":[{"ip_address":"10.78.0.11"}]}}`, 409,
		"IpAddressAlreadyAllocated", "IP address 10.78.0.11 already allocated in subnet "+sub)
	kept, _ := w.Port(first["id"].(string))
	assert.Equal(t, "10.78.0.99", kept.FixedIPs[0].Address.String(), "a refused change changes nothing")
}

func TestNetworkInUse(t *testing.T) {
	w := newWorld(t)
	net := w.network()
	a := w.made(w.demo, http.MethodPost, "/v2.0/ports", fmt.Sprintf(`{"port":{"network_id":%q}}`, net))
	w.refused(w.demo, http.MethodDelete, "/v2.0/networks/"+net, "", 409, "NetworkInUse", fmt.Sprintf("Unable to complete "+
		"operation on network %s. There are one or more ports still in use on the network, id for these ports is: %s.",
		net, a["id"]))
	w.made(w.demo, http.MethodDelete, "/v2.0/ports/"+a["id"].(string), "")
	w.made(w.demo, http.MethodDelete, "/v2.0/networks/"+net, "")
	w.refused(w.demo, http.MethodGet, "/v2.0/networks/"+net, "", 404, "NetworkNotFound",
		"Network "+net+" could not be found.")
	w.refused(w.demo, http.MethodDelete, "/v2.0/networks/"+w.ids.External, "", 403, "PolicyNotAuthorized",
		"rule:delete_network is disallowed by policy")
	w.refused(w.demo, http.MethodPut, "/v2.0/networks/"+w.ids.Network, `{"network":{"shared":true}}`, 403,
		"PolicyNotAuthorized", "(rule:update_network and rule:update_network:shared) is disallowed by policy")
}

func TestPortBodies(t *testing.T) {
	w := newWorld(t)
	const bad = "HTTPBadRequest"
	for more, want := range map[string][2]string{
		`,"bogus":1,"zork":2`:             {bad, "Unrecognized attribute(s) 'bogus', 'zork'"},
		`,"name":1`:                       {bad, "Invalid input for name. Reason: '1' is not a valid string."},
		`,"name":null`:                    {bad, "Invalid input for name. Reason: 'None' is not a valid string."},
		`,"id":"x"`:                       {bad, "Attribute 'id' not allowed in POST"},
		`,"admin_state_up":"maybe"`:       {"InvalidInput", "Invalid input for operation: 'maybe' cannot be converted to boolean."},
		`,"fixed_ips":"x"`:                {bad, "Invalid input for fixed_ips. Reason: Invalid data format for fixed IP: 'x'."},
		`,"fixed_ips":[1]`:                {bad, "Invalid input for fixed_ips. Reason: Invalid data format for fixed IP: '1'."},
		`,"security_groups":["x"]`:        {bad, "Invalid input for security_groups. Reason: 'x' is not a valid UUID."},
		`,"fixed_ips":[{"subnet_id":""}]`: {bad, "Invalid input for fixed_ips. Reason: '' is not a valid UUID."},
		`,"project_id":"demo2"`: {bad, "Specifying 'project_id' or 'tenant_id' other than the authenticated project in " +
			"request requires admin or advsvc privileges"},
		`,"fixed_ips":[{"ip_address":"10.0.0.0"}]`: {
			"InvalidIpForSubnet", "IP address 10.0.0.0 is not a valid IP for the specified subnet.",
		},
	} {
		w.refused(w.demo, http.MethodPost, "/v2.0/ports",
			fmt.Sprintf(`{"port":{"network_id":%q%s}}`, w.ids.Network, more), 400, want[0], want[1])
	}
	for body, message := range map[string]string{
		`{"port":`: "Body contains invalid data", `[]`: "Body contains invalid data",
		``: "Unable to find 'port' in request body", `{"x":{}}`: "Unable to find 'port' in request body",
	} {
		w.refused(w.demo, http.MethodPost, "/v2.0/ports", body, 400, bad, message)
	}
	w.refused(w.demo, http.MethodPost, "/v2.0/ports", fmt.Sprintf(`{"port":{"network_id":%q}}`, w.ids.External), 403,
		"HTTPForbidden", "Tenant demo not allowed to create port on this network")
}

func TestBulkIsAllOrNothing(t *testing.T) {
	w := newWorld(t)
	free := w.FreeIPs(w.ids.Subnet)
	one := fmt.Sprintf(`{"network_id":%q}`, w.ids.Network)
	status, _ := w.call(w.demo, http.MethodPost, "/v2.0/ports", `{"ports":[`+one+`,{"network_id":"foo"}]}`)
	assert.Equal(t, 400, status)
	assert.Equal(t, free, w.FreeIPs(w.ids.Subnet))
	status, o := w.call(w.demo, http.MethodPost, "/v2.0/ports", `{"ports":[`+one+`,`+one+`]}`)
	assert.Equal(t, 201, status)
	assert.Len(t, o["ports"], 2)
}

func TestListsFilterSortAndPage(t *testing.T) {
	w := newWorld(t)
	var all []string
	for _, name := range []string{"c", "a", "b"} {
		p := w.made(w.demo, http.MethodPost, "/v2.0/ports",
			fmt.Sprintf(`{"port":{"network_id":%q,"name":%q}}`, w.ids.MemberNetwork, name))
		all = append(all, p["id"].(string))
		w.made(w.demo, http.MethodPut, "/v2.0/ports/"+p["id"].(string)+"/tags", fmt.Sprintf(`{"tags":["x",%q]}`, name))
	}
	list := func(query string) (names string, links []any) {
		status, o := w.call(w.demo, http.MethodGet, "/v2.0/ports?device_owner=&"+query, "")
		require.Equal(t, 200, status, "%v", o)
		for _, p := range o["ports"].([]any) {
			names += p.(object)["name"].(string)
		}
		links, _ = o["ports_links"].([]any)
		return names, links
	}
	for query, want := range map[string]string{
		"": "cab", "name=a&name=c": "ca", "id=" + all[1]: "a", "tags=x,a": "a", "tags-any=a,b": "ab", "not-tags=x,a": "cb",
		"not-tags-any=a,b": "c", "sort_key=name&sort_dir=desc": "cba", "limit=0": "cab", "admin_state_up=False": "",
		"fixed_ips=ip_address%3D10.1.0.2": "c", "fixed_ips=ip_address_substr%3D10.1": "cab",
		"fixed_ips=ip_address%3D10.1.0.2&fixed_ips=ip_address%3D10.1.0.3": "ca", "page_reverse=true": "bac",
		"limit=2&marker=" + all[0]: "ab", "limit=2&page_reverse=True&marker=" + all[2]: "ca",
		"sort_key=name&sort_dir=asc&limit=1&marker=" + all[1]: "b", "project_id=demo2": "",
		"network_id=" + w.ids.Network: "",
	} {
		names, _ := list(query)
		assert.Equal(t, want, names, query)
	}
	_, links := list("limit=2")
	assert.Equal(t, []any{
		object{"rel": "next", "href": "http://fake/network/v2.0/ports?device_owner=&limit=2&marker=" + all[1]},
		object{
			"rel": "previous", "href": "http://fake/network/v2.0/ports?device_owner=&limit=2&marker=" + all[0] + "&page_reverse=True",
		},
	}, links)
	_, o := w.call(w.demo, http.MethodGet, "/v2.0/ports?name=a&fields=id&fields=name", "")
	assert.Equal(t, []any{object{"id": all[1], "name": "a"}}, o["ports"])

	for query, message := range map[string]string{
		"bogus=1":                        "['bogus'] is invalid attribute for filtering",
		"sort_key=name":                  "The number of sort_keys and sort_dirs must be same",
		"sort_key=bogus&sort_dir=asc":    "['bogus'] is invalid attribute for sort_keys",
		"sort_key=name&sort_dir=sideway": "['sideway'] is invalid value for sort_dirs, valid value is 'asc' and 'desc'",
	} {
		w.refused(w.demo, http.MethodGet, "/v2.0/ports?"+query, "", 400, "HTTPBadRequest", message)
	}
	w.refused(w.demo, http.MethodGet, "/v2.0/ports?limit=-1", "", 400, "BadRequest",
		"Bad limit request: Limit must be an integer 0 or greater and not '-1'.")
	w.refused(w.demo, http.MethodGet, "/v2.0/ports?limit=1&marker=zork", "", 404, "PortNotFound",
		"Port zork could not be found.")
}

func TestTags(t *testing.T) {
	w := newWorld(t)
	path := "/v2.0/networks/" + w.ids.Network + "/tags"
	w.refused(w.demo, http.MethodPut, path, `{"tags":["b","a","b"]}`, 400, "InvalidInput",
		"Invalid input for operation: Duplicate items in the list: 'b'.")
	status, o := w.call(w.demo, http.MethodPut, path, `{"tags":["b","a","a_b","Ab"]}`)
	assert.Equal(t, 200, status)
	assert.Equal(t, object{"tags": []any{"b", "a", "a_b", "Ab"}}, o, "as sent")
	_, o = w.call(w.demo, http.MethodGet, path, "")
	assert.Equal(t, object{"tags": []any{"a", "Ab", "a_b", "b"}}, o, "as the database has them")
	status, o = w.call(w.demo, http.MethodPut, path, `{"tags":["z","b","Z"]}`)
	assert.Equal(t, 409, status)
	assert.Contains(t, fmt.Sprint(o), "Failed to create a duplicate Tag: for attribute(s) ['PRIMARY'] with value(s) ")
	for _, step := range []struct {
		method, tag string
		status      int
	}{
		{http.MethodGet, "/a", 204},
		{http.MethodGet, "/z", 404},
		{http.MethodPut, "/z", 201},
		{http.MethodGet, "/z", 204},
		{http.MethodDelete, "/z", 204},
		{http.MethodDelete, "/z", 404},
		{http.MethodPut, "/" + strings.Repeat("a", 256), 400},
		{http.MethodDelete, "", 204},
	} {
		status, _ := w.call(w.demo, step.method, path+step.tag, "")
		assert.Equal(t, step.status, status, "%s %s", step.method, step.tag)
	}
	assert.Empty(t, w.made(w.demo, http.MethodGet, "/v2.0/networks/"+w.ids.Network, "")["tags"])
	w.refused(w.demo, http.MethodPut, path, `{"tags":[1]}`, 400, "InvalidInput",
		"Invalid input for operation: '1' is not a valid string.")
	w.refused(w.demo, http.MethodPut, path, `{"x":[]}`, 400, "InvalidInput",
		"Invalid input for operation: Invalid tags body.")
	w.refused(w.demo, http.MethodPut, "/v2.0/networks/"+w.ids.External+"/tags", `{"tags":[]}`, 403, "PolicyNotAuthorized",
		"rule:update_network is disallowed by policy")
}

func TestDiscoveryAndTheUnknown(t *testing.T) {
	w := newWorld(t)
	_, o := w.call(w.demo, http.MethodGet, "/", "")
	assert.Equal(t, object{"versions": []any{object{
		"id": "v2.0", "status": "CURRENT", "links": []any{object{"rel": "self", "href": "http://fake/network/v2.0/"}},
	}}}, o)
	for _, path := range []string{"/v2.0", "/v2.0/zork", "/v2.0/ports/a/b/c/d", "/v3/ports"} {
		w.refused(w.demo, http.MethodGet, path, "", 404, "HTTPNotFound", "The resource could not be found.")
	}
	w.refused(w.demo, http.MethodPatch, "/v2.0/ports/x", "", 405, "HTTPMethodNotAllowed", "The server could not comply "+
		"with the request since it is either malformed or otherwise incorrect.")
	assert.Equal(t, "router", w.made(w.demo, http.MethodGet, "/v2.0/extensions/router", "")["alias"])
}

func FuzzServe(f *testing.F) {
	f.Add("POST", "/v2.0/ports", `{"port":{"network_id":"x","fixed_ips":[{"ip_address":"::1"}]}}`)
	f.Add("PUT", "/v2.0/quotas/demo", `{"quota":{"port":1e400}}`)
	f.Add("GET", "/v2.0/ports?fixed_ips=%3D&limit=1&page_reverse=true&sort_key=mtu&sort_dir=asc", "")
	f.Add("POST", "/v2.0/subnets", `{"subnet":{"network_id":"00000002-0000-4000-8000-000000000002","ip_version":4,"cidr":"0.0.0.0/0"}}`)
	f.Add("PUT", "/v2.0/routers/00000008-0000-4000-8000-000000000008/add_router_interface", `{"subnet_id":"x"}`)
	f.Add("POST", "/v2.0/floatingips", `{"floatingip":{"floating_network_id":"x","port_id":{}}}`)
	f.Add("PUT", "/v2.0/networks/x/tags", `{"tags":[{}]}`)
	f.Add("POST", "/v2.0/security-group-rules", `{"security_group_rule":{"protocol":1e99}}`)
	f.Fuzz(func(t *testing.T, method, path, body string) {
		r, err := http.NewRequest(method, "http://fake/network"+path, strings.NewReader(body))
		if err != nil || !strings.HasPrefix(r.URL.Path, "/network") {
			return
		}
		w := newWorld(t)
		rec := httptest.NewRecorder()
		w.Serve(rec, r, r.URL.Path[len("/network"):], w.admin)
		assert.Less(t, rec.Code, 500)
	})
}
