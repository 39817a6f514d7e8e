// SPDX-License-Identifier: Apache-2.0

package fake_test

import (
	"testing"

	"github.com/octaviakit/octaviakit/fake"
	"github.com/octaviakit/octaviakit/internal/golden"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

const everything = `{"loadbalancer":{"name":"shop","description":"all of it","vip_subnet_id":"{sub}","tags":["b","a"],
	"additional_vips":[{"subnet_id":"{sub6}"}],
	"listeners":[
		{"name":"web","protocol":"HTTP","protocol_port":80,"connection_limit":100,"timeout_client_data":1000,
			"insert_headers":{"X-Forwarded-For":"true"},"allowed_cidrs":["192.0.2.7","10.0.0.0/8"],
			"default_pool":{"name":"nodes","protocol":"HTTP","lb_algorithm":"LEAST_CONNECTIONS",
				"session_persistence":{"type":"APP_COOKIE","cookie_name":"c"},
				"members":[{"name":"m","address":"10.1.0.1","protocol_port":8080,"subnet_id":"{msub}","weight":5,"monitor_port":9000},
					{"address":"10.1.0.2","protocol_port":8080,"backup":true,"admin_state_up":false}],
				"healthmonitor":{"type":"HTTP","delay":5,"timeout":3,"max_retries":2,"url_path":"/ready"}},
			"l7policies":[{"name":"api","action":"REDIRECT_TO_POOL","redirect_pool":{"name":"api"},
				"rules":[{"type":"PATH","compare_type":"STARTS_WITH","value":"/api"},{"type":"HEADER","key":"X-A","compare_type":"EQUAL_TO","value":"b","invert":true}]},
				{"action":"REDIRECT_TO_URL","redirect_url":"https://example.com/","position":1}]},
		{"name":"dns","protocol":"UDP","protocol_port":53,"admin_state_up":false}],
	"pools":[{"name":"api","protocol":"HTTP","lb_algorithm":"ROUND_ROBIN"}]}}`

func TestDump(t *testing.T) {
	c := fake.New()
	as(t, c, "demo").post("/loadbalancers", everything).ok(201)
	as(t, c, "demo2").post("/loadbalancers", `{"loadbalancer":{"vip_subnet_id":"{sub2}","provider":"ovn"}}`).ok(201)
	golden.Assert(t, c.Dump(), "testdata/dump.golden")
	assert.Equal(t, c.Dump(), c.String())
}

// The same requests give the same cloud, ids and all.
func TestDeterminism(t *testing.T) {
	build := func() (string, string) {
		c := fake.New(fake.WithSeed(7), fake.WithClock(startOfTime))
		return as(t, c, "demo").post("/loadbalancers", everything).ok(201).Text, c.Dump()
	}
	answer, dump := build()
	for range 10 {
		a, d := build()
		require.Equal(t, answer, a)
		require.Equal(t, dump, d)
	}
}
