// SPDX-License-Identifier: Apache-2.0

package fake_test

import (
	"testing"

	"github.com/octaviakit/octaviakit/provider"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// Health checks of ovn come from a port of their own since 2023.1, one for each subnet that has members to be probed.
func TestHealthChecksComeFromAPort(t *testing.T) {
	for release, want := range map[provider.Release]int{provider.Zed: 0, provider.Bobcat: 1, provider.Epoxy: 1} {
		a, lb, _, pool := ovn(t, release)
		probers := func() []doc { return a.neutron("GET", "ports?name=ovn-lb-hm-"+a.cloud.SubnetID(), "").ok(200).many() }
		node := a.neutron("POST", "ports", `{"port": {"network_id": "{net}", "fixed_ips": [{"subnet_id": "{sub}", "ip_address": "10.0.9.9"}]}}`)
		node.ok(201)
		member := a.made("/pools/"+pool+"/members", `{"member": {"address": "10.0.9.9", "protocol_port": 80, "subnet_id": "{sub}"}}`)
		assert.Empty(t, probers(), "nothing probes yet")
		monitor := a.made("/healthmonitors", `{"healthmonitor": {"pool_id": "`+pool+`", "type": "TCP", "delay": 5, "timeout": 3, "max_retries": 2}}`)
		require.Len(t, probers(), want, release)
		if want == 0 {
			continue
		}
		port := probers()[0]
		owner := map[bool]string{true: "network:distributed", false: "ovn-lb-hm:distributed"}[release < provider.Caracal]
		assert.Equal(t, owner, port["device_owner"])
		assert.Equal(t, port["name"], port["device_id"])
		assert.Equal(t, false, port["port_security_enabled"])
		assert.Equal(t, a.cloud.ProjectID("demo"), port["project_id"])

		a.del("/pools/" + pool + "/members/" + member).ok(204)
		assert.Empty(t, probers(), "with its last member")
		a.made("/pools/"+pool+"/members", `{"member": {"address": "10.0.9.9", "protocol_port": 80, "subnet_id": "{sub}"}}`)
		require.Len(t, probers(), 1)
		a.del("/healthmonitors/" + monitor).ok(204)
		assert.Empty(t, probers(), "with its last monitor")
		a.made("/healthmonitors", `{"healthmonitor": {"pool_id": "`+pool+`", "type": "TCP", "delay": 5, "timeout": 3, "max_retries": 2}}`)
		require.Len(t, probers(), 1)
		a.del("/loadbalancers/" + lb + "?cascade=true").ok(204)
		a.get("/loadbalancers/" + lb).ok(404)
		assert.Empty(t, probers(), "with its last load balancer")
	}
}
