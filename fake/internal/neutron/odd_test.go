// SPDX-License-Identifier: Apache-2.0

package neutron_test

import (
	"fmt"
	"net/http"
	"testing"

	"github.com/stretchr/testify/assert"
)

// What OVN and DHCP have of their own in a network goes with it, and with its subnets (neutron/common/_constants.py,
// AUTO_DELETE_PORT_OWNERS).
func TestAutomaticPortsGoWithTheirNetwork(t *testing.T) {
	w := newWorld(t)
	for _, owner := range []string{"network:dhcp", "network:distributed"} {
		net := w.made(w.demo, http.MethodPost, "/v2.0/networks", `{"network":{}}`)["id"].(string)
		sub := w.made(w.demo, http.MethodPost, "/v2.0/subnets", fmt.Sprintf(`{"subnet":{"network_id":%q,"ip_version":4,"cidr":"10.9.0.0/24"}}`, net))["id"].(string)
		port := w.made(w.demo, http.MethodPost, "/v2.0/ports", fmt.Sprintf(`{"port":{"network_id":%q,"device_owner":%q}}`, net, owner))["id"].(string)
		w.made(w.demo, http.MethodDelete, "/v2.0/subnets/"+sub, "")
		assert.Empty(t, w.made(w.demo, http.MethodGet, "/v2.0/ports/"+port, "")["fixed_ips"])
		w.made(w.demo, http.MethodPost, "/v2.0/subnets", fmt.Sprintf(`{"subnet":{"network_id":%q,"ip_version":4,"cidr":"10.9.0.0/24"}}`, net))
		w.made(w.demo, http.MethodDelete, "/v2.0/networks/"+net, "")
		w.refused(w.demo, http.MethodGet, "/v2.0/ports/"+port, "", 404, "PortNotFound", "Port "+port+" could not be found.")
	}
}

func TestOddBodiesAreRefused(t *testing.T) {
	w := newWorld(t)
	w.refused(w.demo, http.MethodPost, "/v2.0/ports", `{"port":{"project_id":[],"tenant_id":[]}}`, 400, "HTTPBadRequest",
		"Specifying 'project_id' or 'tenant_id' other than the authenticated project in request requires admin or advsvc privileges")
	w.refused(w.demo, http.MethodPost, "/v2.0/ports", `{"ports":[]}`, 400, "HTTPBadRequest", "Resources required")
	w.refused(w.demo, http.MethodGet, "/v2.0/ports?zero=1&nought=2", "", 400, "HTTPBadRequest",
		"['nought', 'zero'] is invalid attribute for filtering")
	for range 20 { // the same each time
		w.refused(w.demo, http.MethodPost, "/v2.0/ports", fmt.Sprintf(`{"port":{"network_id":%q,"fixed_ips":[{"subnet_id":"x","ip_address":"y"}]}}`, w.ids.Network),
			400, "HTTPBadRequest", "Invalid input for fixed_ips. Reason: 'y' is not a valid IP address.")
	}
}

func TestARouterKeepsToItsInterfaces(t *testing.T) {
	w := newWorld(t)
	again := w.made(w.demo, http.MethodPost, "/v2.0/ports", fmt.Sprintf(`{"port":{"network_id":%q,"fixed_ips":[{"subnet_id":%q}]}}`, w.ids.Network, w.ids.Subnet))["id"].(string)
	w.refused(w.demo, http.MethodPut, "/v2.0/routers/"+w.ids.Router+"/add_router_interface", fmt.Sprintf(`{"port_id":%q}`, again), 400, "BadRequest",
		fmt.Sprintf("Bad router request: Cidr 10.0.0.0/16 of subnet %s overlaps with cidr 10.0.0.0/16 of subnet %s.", w.ids.Subnet, w.ids.Subnet))

	router := w.made(w.demo, http.MethodPost, "/v2.0/routers", `{"router":{}}`)["id"].(string)
	w.made(w.demo, http.MethodPut, "/v2.0/routers/"+router+"/add_router_interface", fmt.Sprintf(`{"port_id":%q}`, again))
	w.made(w.demo, http.MethodPut, "/v2.0/ports/"+again, `{"port":{"fixed_ips":[]}}`)
	left := w.made(w.demo, http.MethodPut, "/v2.0/routers/"+router+"/remove_router_interface", fmt.Sprintf(`{"port_id":%q}`, again))
	assert.Empty(t, left["subnet_ids"], "it had none any more")
}

func TestSortingIsTheDatabases(t *testing.T) {
	w := newWorld(t)
	for _, name := range []string{"B", "a", "c"} {
		w.made(w.demo, http.MethodPost, "/v2.0/networks", fmt.Sprintf(`{"network":{"name":%q,"description":"sorted"}}`, name))
	}
	order := func(query, field string) []any {
		_, o := w.call(w.demo, http.MethodGet, "/v2.0/networks?"+query, "")
		var got []any
		for _, n := range o["networks"].([]any) {
			got = append(got, n.(object)[field])
		}
		return got
	}
	assert.Equal(t, []any{"a", "B", "c"}, order("description=sorted&sort_key=name&sort_dir=asc", "name"))
	ids := order("description=sorted", "id")
	for i := range 10 {
		w.made(w.demo, http.MethodPut, "/v2.0/networks/"+ids[min(i, 1)].(string), `{"network":{}}`)
	}
	assert.Equal(t, []any{10.0, 2.0, 1.0}, order("description=sorted&sort_key=revision_number&sort_dir=desc", "revision_number"))
}
