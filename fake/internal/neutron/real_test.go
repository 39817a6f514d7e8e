// SPDX-License-Identifier: Apache-2.0

package neutron_test

import (
	"fmt"
	"net/http"
	"testing"
	"time"

	"github.com/octaviakit/octaviakit/fake/internal/neutron"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// What real Neutrons (Zed and 2025.1) answered to the same requests.

func TestRulesAreConsistent(t *testing.T) {
	w := newWorld(t)
	group := w.made(w.demo, http.MethodPost, "/v2.0/security-groups", `{"security_group":{"name":"g"}}`)["id"]
	rule := func(more string) string {
		return fmt.Sprintf(`{"security_group_rule":{"security_group_id":%q,"direction":"ingress",%s}}`, group, more)
	}
	const path = "/v2.0/security-group-rules"
	for more, want := range map[string][2]string{
		`"protocol":"tcp","port_range_min":90,"port_range_max":80`: {
			"SecurityGroupInvalidPortRange", "For TCP/UDP protocols, port_range_min must be <= port_range_max",
		},
		`"port_range_min":80,"port_range_max":80`: {
			"SecurityGroupProtocolRequiredWithPorts", "Must also specify protocol if port range is given.",
		},
		`"ethertype":"IPv6","remote_ip_prefix":"10.0.0.0/8"`: {
			"SecurityGroupRuleParameterConflict", "Conflicting value ethertype IPv6 for CIDR 10.0.0.0/8",
		},
	} {
		w.refused(w.demo, http.MethodPost, path, rule(more), 400, want[0], want[1])
	}
	w.made(w.demo, http.MethodPost, path, rule(`"protocol":"icmp"`))
}

func TestPortAsTheRealOne(t *testing.T) {
	w := newWorld(t)
	path := "/v2.0/ports/" + w.port()["id"].(string)
	assert.NotContains(t, w.made(w.demo, http.MethodGet, path, ""), "binding:vif_type")
	assert.Equal(t, "unbound", w.made(w.admin, http.MethodGet, path, "")["binding:vif_type"])
	w.refused(w.demo, http.MethodPut, path, `{"port":{"port_security_enabled":false}}`, 409, "PortSecurityPortHasSecurityGroup",
		"Port has security group associated. Cannot disable port security or IP address until security group is removed.")
	w.refused(w.demo, http.MethodPut, path, `{"port":{"binding:host_id":"h"}}`, 403, "PolicyNotAuthorized",
		"(rule:update_port and rule:update_port:binding:host_id) is disallowed by policy")
	port := w.made(w.demo, http.MethodPut, path, `{"port":{"allowed_address_pairs":[{"ip_address":"10.9.9.9"}]}}`)
	assert.Equal(t, []any{object{"ip_address": "10.9.9.9", "mac_address": port["mac_address"]}}, port["allowed_address_pairs"])

	one := w.made(w.demo, http.MethodPost, "/v2.0/ports", fmt.Sprintf(`{"port":{"network_id":%q,"tags":["x"]}}`, w.ids.Network))
	assert.Empty(t, one["tags"])
	assert.Empty(t, w.made(w.demo, http.MethodGet, "/v2.0/ports/"+one["id"].(string), "")["tags"], "they are not even stored")
}

func TestMarkersNobodyKnows(t *testing.T) {
	w := newWorld(t)
	w.refused(w.demo, http.MethodGet, "/v2.0/networks?limit=1&marker=zork", "", 404, "NetworkNotFound", "Network zork could not be found.")
	status, _ := w.call(w.demo, http.MethodGet, "/v2.0/subnets?limit=1&marker=zork", "")
	assert.Equal(t, 200, status)
}

// Neutron 22 and before let readers write, and quotas be set below what is used.
func TestLenientBefore2023(t *testing.T) {
	for _, lenient := range []bool{true, false} {
		w := newWorld(t)
		n := neutron.New(neutron.Env{Now: time.Now, NewID: w.newID, Lenient: lenient})
		w.Neutron, w.ids = n, n.Seed("admin", "demo", "demo2")
		network := fmt.Sprintf(`{"port":{"network_id":%q}}`, w.ids.Network)
		status, _ := w.call(w.reader, http.MethodPost, "/v2.0/ports", network)
		assert.Equal(t, map[bool]int{true: 201, false: 403}[lenient], status)

		w.port()
		status, o := w.call(w.admin, http.MethodPut, "/v2.0/quotas/demo", `{"quota":{"network":1}}`)
		require.Equal(t, map[bool]int{true: 200, false: 400}[lenient], status)
		if !lenient {
			assert.Equal(t, "Quota limit 1 for network must be greater than or equal to already used 2",
				o["NeutronError"].(object)["message"])
		}
	}
}
