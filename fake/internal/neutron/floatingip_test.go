// SPDX-License-Identifier: Apache-2.0

package neutron_test

import (
	"fmt"
	"net/http"
	"net/netip"
	"testing"

	"github.com/octaviakit/octaviakit/fake/internal/neutron"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

const absent = "11111111-2222-4333-8444-555555555555"

// fip is the body of a floating IP on the external network.
func (w *world) fip(more string) string {
	return fmt.Sprintf(`{"floatingip":{"floating_network_id":%q%s}}`, w.ids.External, more)
}

func TestFloatingIPRefusals(t *testing.T) {
	w := newWorld(t)
	port, lonely := w.port()["id"].(string), w.made(w.demo, http.MethodPost, "/v2.0/networks", `{"network":{"name":"x"}}`)
	subnet := w.made(w.demo, http.MethodPost, "/v2.0/subnets",
		fmt.Sprintf(`{"subnet":{"network_id":%q,"ip_version":4,"cidr":"10.9.0.0/24"}}`, lonely["id"]))["id"]
	portOn := func(network any, ips string) string {
		return w.made(w.demo, http.MethodPost, "/v2.0/ports",
			fmt.Sprintf(`{"port":{"network_id":%q,"fixed_ips":[%s]}}`, network, ips))["id"].(string)
	}
	unreachable := portOn(lonely["id"], fmt.Sprintf(`{"subnet_id":%q}`, subnet))
	v6 := portOn(w.ids.Network, fmt.Sprintf(`{"subnet_id":%q}`, w.ids.Subnet6))
	two := portOn(w.ids.Network, fmt.Sprintf(`{"subnet_id":%q},{"subnet_id":%[1]q}`, w.ids.Subnet))
	taken := w.made(w.demo, http.MethodPost, "/v2.0/floatingips", w.fip(fmt.Sprintf(`,"port_id":%q`, port)))
	onPort := func(id string) string { return w.fip(fmt.Sprintf(`,"port_id":%q`, id)) }

	for name, c := range map[string]struct {
		body    string
		status  int
		typ     string
		message string
	}{
		"no such network": {
			fmt.Sprintf(`{"floatingip":{"floating_network_id":%q}}`, absent), 404, "NetworkNotFound",
			"Network " + absent + " could not be found.",
		},
		"not external": {
			fmt.Sprintf(`{"floatingip":{"floating_network_id":%q}}`, w.ids.Network), 400, "BadRequest",
			"Bad floatingip request: Network " + w.ids.Network + " is not a valid external network.",
		},
		"no such port": {
			onPort(absent), 404, "PortNotFound", "Port " + absent + " could not be found.",
		},
		"no such subnet": {
			w.fip(fmt.Sprintf(`,"subnet_id":%q`, absent)), 404, "SubnetNotFound", "Subnet " + absent + " could not be found.",
		},
		"foreign subnet": {
			w.fip(fmt.Sprintf(`,"subnet_id":%q`, w.ids.Subnet)), 400, "InvalidInput",
			"Invalid input for operation: Failed to create port on network " + w.ids.External +
				", because fixed_ips included invalid subnet " + w.ids.Subnet + ".",
		},
		"IPv6 only": {
			onPort(v6), 400, "BadRequest",
			"Bad floatingip request: Cannot add floating IP to port " + v6 + " that has no fixed IPv4 addresses.",
		},
		"several addresses": {
			onPort(two), 400, "BadRequest", "Bad floatingip request: Port " + two + " has multiple fixed IPv4 addresses.  " +
				"Must provide a specific IPv4 address when assigning a floating IP.",
		},
		"not the port's address": {
			w.fip(fmt.Sprintf(`,"port_id":%q,"fixed_ip_address":"10.0.0.99"`, two)), 400, "BadRequest",
			"Bad floatingip request: Port " + two + " does not have fixed ip 10.0.0.99.",
		},
		"address without a port": {
			w.fip(`,"fixed_ip_address":"10.0.0.99"`), 400, "BadRequest",
			"Bad floatingip request: fixed_ip_address cannot be specified without a port_id.",
		},
		"no router": {
			onPort(unreachable), 404, "ExternalGatewayForFloatingIPNotFound", fmt.Sprintf("External network %s is not "+
				"reachable from subnet %s.  Therefore, cannot associate Port %s with a Floating IP.",
				w.ids.External, subnet, unreachable),
		},
		"tags at creation": {
			w.fip(`,"tags":["a"]`), 400, "HTTPBadRequest", "Attribute 'tags' not allowed in POST",
		},
		"chosen address": {
			w.fip(`,"floating_ip_address":"203.0.113.77"`), 403, "PolicyNotAuthorized",
			"(rule:create_floatingip and rule:create_floatingip:floating_ip_address) is disallowed by policy",
		},
		"nothing said": {
			`{"floatingip":{}}`, 400, "HTTPBadRequest",
			"Failed to parse request. Required attribute 'floating_network_id' not specified",
		},
	} {
		t.Run(name, func(t *testing.T) {
			free := w.FreeIPs(w.ids.ExternalSubnet)
			w.refused(w.demo, http.MethodPost, "/v2.0/floatingips", c.body, c.status, c.typ, c.message)
			assert.Equal(t, free, w.FreeIPs(w.ids.ExternalSubnet), "the address of a refused floating IP is given back")
		})
	}

	other := w.made(w.demo, http.MethodPost, "/v2.0/floatingips", w.fip(""))
	w.refused(w.demo, http.MethodPut, "/v2.0/floatingips/"+other["id"].(string),
		fmt.Sprintf(`{"floatingip":{"port_id":%q}}`, port), 409, "FloatingIPPortAlreadyAssociated", fmt.Sprintf(
			"Cannot associate floating IP %s (%s) with port %s using fixed IP %s, as that fixed IP already has a floating IP "+
				"on external network %s.", other["floating_ip_address"], other["id"], port, taken["fixed_ip_address"],
			w.ids.External))
}

func TestFloatingIPAddressesRunOut(t *testing.T) {
	w := newWorld(t)
	for w.FreeIPs(w.ids.ExternalSubnet) > 0 {
		w.made(w.demo, http.MethodPost, "/v2.0/floatingips", w.fip(""))
	}
	w.refused(w.demo, http.MethodPost, "/v2.0/floatingips", w.fip(""), 409, "IpAddressGenerationFailure",
		"No more IP addresses available on network "+w.ids.External+".")
	_, o := w.call(w.demo, http.MethodGet, "/v2.0/floatingips?limit=1", "")
	first := o["floatingips"].([]any)[0].(object)
	w.made(w.demo, http.MethodDelete, "/v2.0/floatingips/"+first["id"].(string), "")
	again := w.made(w.demo, http.MethodPost, "/v2.0/floatingips", w.fip(""))
	assert.Equal(t, first["floating_ip_address"], again["floating_ip_address"])
}

func TestFloatingIPWithoutIPv4Outside(t *testing.T) {
	w := newWorld(t)
	net := w.made(w.admin, http.MethodPost, "/v2.0/networks", `{"network":{"name":"six","router:external":true}}`)["id"]
	w.made(w.admin, http.MethodPost, "/v2.0/subnets",
		fmt.Sprintf(`{"subnet":{"network_id":%q,"ip_version":6,"cidr":"2001:db8::/64"}}`, net))
	w.refused(w.demo, http.MethodPost, "/v2.0/floatingips",
		fmt.Sprintf(`{"floatingip":{"floating_network_id":%q}}`, net), 400, "ExternalIpAddressExhausted",
		fmt.Sprintf("Unable to find any IP address on external network %s.", net))
}

func TestFloatingIPQuota(t *testing.T) {
	w := newWorld(t)
	w.SetQuota("demo", "floatingip", 1)
	w.made(w.demo, http.MethodPost, "/v2.0/floatingips", w.fip(""))
	w.refused(w.demo, http.MethodPost, "/v2.0/floatingips", w.fip(""), 409, "OverQuota",
		"Quota exceeded for resources: ['floatingip'].")
	w.made(w.demo2, http.MethodPost, "/v2.0/floatingips", w.fip(""))
}

func TestFloatingIPMoves(t *testing.T) {
	w := newWorld(t)
	one, two := w.port(), w.port()
	fip := w.made(w.demo, http.MethodPost, "/v2.0/floatingips", w.fip(fmt.Sprintf(`,"port_id":%q`, one["id"])))
	path := "/v2.0/floatingips/" + fip["id"].(string)

	moved := w.made(w.demo, http.MethodPut, path, fmt.Sprintf(`{"floatingip":{"port_id":%q}}`, two["id"]))
	assert.Equal(t, two["id"], moved["port_id"])
	assert.Equal(t, "10.0.0.3", moved["fixed_ip_address"])
	assert.Equal(t, "ACTIVE", moved["status"])

	told := w.made(w.demo, http.MethodPut, path, `{"floatingip":{"description":"only"}}`)
	assert.Equal(t, two["id"], told["port_id"], "what is not said stays")

	w.made(w.demo, http.MethodPut, path, `{"floatingip":{}}`)
	free := w.made(w.demo, http.MethodGet, path, "")
	assert.Nil(t, free["port_id"], "an empty body dissociates")
	assert.Equal(t, "DOWN", free["status"])
	assert.Equal(t, "only", free["description"])

	w.made(w.demo, http.MethodPut, path, fmt.Sprintf(`{"floatingip":{"port_id":%q}}`, one["id"]))
	gone := w.made(w.demo, http.MethodPut, path, `{"floatingip":{"port_id":null}}`)
	assert.Nil(t, gone["port_id"])
	assert.Nil(t, gone["fixed_ip_address"])
	assert.Nil(t, gone["router_id"])
}

func TestFloatingIPOfOthersIsNotThere(t *testing.T) {
	w := newWorld(t)
	fip := w.made(w.demo, http.MethodPost, "/v2.0/floatingips", w.fip(""))["id"].(string)
	path := "/v2.0/floatingips/" + fip
	for _, method := range []string{http.MethodGet, http.MethodDelete} {
		w.refused(w.demo2, method, path, "", 404, "FloatingIPNotFound", "Floating IP "+fip+" could not be found")
	}
	_, o := w.call(w.demo2, http.MethodGet, "/v2.0/floatingips", "")
	assert.Empty(t, o["floatingips"])
	w.refused(w.reader, http.MethodDelete, path, "", 403, "PolicyNotAuthorized",
		"rule:delete_floatingip is disallowed by policy")
	w.refused(w.reader, http.MethodPost, "/v2.0/floatingips", w.fip(""), 403, "PolicyNotAuthorized",
		"rule:create_floatingip is disallowed by policy")
	assert.Equal(t, fip, w.made(w.admin, http.MethodGet, path, "")["id"])
}

func TestAdminChoosesTheAddress(t *testing.T) {
	w := newWorld(t)
	chosen := w.fip(`,"floating_ip_address":"203.0.113.77"`)
	assert.Equal(t, "203.0.113.77", w.made(w.admin, http.MethodPost, "/v2.0/floatingips", chosen)["floating_ip_address"])
	w.refused(w.admin, http.MethodPost, "/v2.0/floatingips", chosen, 409, "IpAddressAlreadyAllocated",
		"IP address 203.0.113.77 already allocated in subnet "+w.ids.ExternalSubnet)
	w.refused(w.admin, http.MethodPost, "/v2.0/floatingips", w.fip(`,"floating_ip_address":"10.9.9.9"`), 400,
		"InvalidIpForNetwork", "IP address 10.9.9.9 is not a valid IP for any of the subnets on the specified network.")
}

func TestServicePorts(t *testing.T) {
	w := newWorld(t)
	wish := neutron.Port{
		Name: "octavia-lb-1", NetworkID: w.ids.Network, ProjectID: "demo", DeviceID: "lb-1", DeviceOwner: "Octavia",
		FixedIPs: []neutron.FixedIP{{SubnetID: w.ids.Subnet, Address: netip.MustParseAddr("10.0.0.10")}},
	}
	port, err := w.CreatePort(wish)
	require.NoError(t, err)
	assert.Equal(t, wish.FixedIPs, port.FixedIPs)
	assert.False(t, port.AdminStateUp)
	assert.Len(t, port.SecurityGroups, 1, "the project's default group")

	_, err = w.CreatePort(wish)
	var refused *neutron.Error
	require.ErrorAs(t, err, &refused)
	assert.Equal(t, 409, refused.Status)
	assert.EqualError(t, err, "IP address 10.0.0.10 already allocated in subnet "+w.ids.Subnet)

	wish.FixedIPs[0].Address = netip.MustParseAddr("192.0.2.9")
	_, err = w.CreatePort(wish)
	require.ErrorAs(t, err, &refused)
	assert.Equal(t, "InvalidIpForSubnet", refused.Type)
	assert.EqualError(t, err, "IP address 192.0.2.9 is not a valid IP for the specified subnet.")

	wish.NetworkID = absent
	_, err = w.CreatePort(wish)
	require.ErrorAs(t, err, &refused)
	assert.Equal(t, "NetworkNotFound", refused.Type)

	w.UpdatePort(port.ID, func(p *neutron.Port) { p.DeviceID, p.NetworkID = "lb-2", "elsewhere" })
	after, ok := w.Port(port.ID)
	require.True(t, ok)
	assert.Equal(t, "lb-2", after.DeviceID)
	assert.Equal(t, w.ids.Network, after.NetworkID)

	free := w.FreeIPs(w.ids.Subnet)
	w.DeletePort(port.ID)
	w.DeletePort(port.ID)
	_, ok = w.Port(port.ID)
	assert.False(t, ok)
	assert.Equal(t, free+1, w.FreeIPs(w.ids.Subnet))
}
