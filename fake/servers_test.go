// SPDX-License-Identifier: Apache-2.0

package fake_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/octaviakit/octaviakit/fake"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// Servers are there for members however they are made, once for each address, and stay.
func TestWithServers(t *testing.T) {
	a := as(t, fake.New(fake.WithServers()), "demo")
	before := a.cloud.Dump()
	servers := func() []string {
		var at []string
		for _, p := range a.neutron("GET", "ports?device_owner=compute:nova", "").ok(200).many() {
			if address, ok := strings.CutPrefix(p.str("name"), "server-"); ok { // no amphora's
				at = append(at, address)
			}
		}
		slices.Sort(at)
		return at
	}
	lb := a.made("/loadbalancers", `{"loadbalancer":{"vip_subnet_id":"{sub}","pools":[{"name":"p","protocol":"TCP","lb_algorithm":"ROUND_ROBIN","members":[
		{"address":"10.1.0.7","protocol_port":80,"subnet_id":"{msub}"},{"address":"10.0.0.9","protocol_port":80}]}]}}`)
	assert.Equal(t, []string{"10.0.0.9", "10.1.0.7"}, servers())
	p := "/pools/" + a.get("/pools").many()[0].str("id") + "/members"
	a.put(p+"?additive_only=true", `{"members":[{"address":"10.1.0.7","protocol_port":81,"subnet_id":"{msub}"},{"address":"10.0.0.10","protocol_port":80}]}`).ok(202)
	a.made(p, `{"member":{"address":"192.0.2.1","protocol_port":80}}`)
	require.Equal(t, []string{"10.0.0.10", "10.0.0.9", "10.1.0.7"}, servers(), "none twice, and none where the subnet is not")
	a.del("/loadbalancers/" + lb + "?cascade=true").ok(204)
	assert.Len(t, servers(), 3, "a server outlives what balances it")
	assert.Equal(t, before, a.cloud.Dump(), "and was there before")
}
