// SPDX-License-Identifier: Apache-2.0

package fake_test

import (
	"testing"

	"github.com/octaviakit/octaviakit/fake"
	"github.com/octaviakit/octaviakit/provider"
	"github.com/stretchr/testify/assert"
)

// A batch that names a member twice is accepted before 2024.2, and on amphora holds the load balancer for good.
func TestBatchNamesAMemberTwice(t *testing.T) {
	a := as(t, fake.New(fake.WithProvider(provider.Amphora, provider.Zed)), "demo")
	lb := a.made("/loadbalancers", `{"loadbalancer":{"vip_subnet_id":"{sub}"}}`)
	p := a.made("/pools", `{"pool":{"loadbalancer_id":"`+lb+`","protocol":"TCP","lb_algorithm":"ROUND_ROBIN"}}`)
	const one = `{"address":"192.0.2.1","protocol_port":80}`
	a.put("/pools/"+p+"/members", `{"members":[`+one+`]}`).ok(202)
	assert.Equal(t, "ACTIVE", a.get("/loadbalancers/"+lb).one().str("provisioning_status"))
	a.put("/pools/"+p+"/members", `{"members":[`+one+`,`+one+`]}`).ok(202)
	assert.Equal(t, "PENDING_UPDATE", a.get("/loadbalancers/"+lb).one().str("provisioning_status"))
	assert.Equal(t, "PENDING_UPDATE", a.get("/pools/" + p + "/members").many()[0].str("provisioning_status"))
	a.put("/pools/"+p, `{"pool":{}}`).ok(409)
}
