// SPDX-License-Identifier: Apache-2.0

package fake_test

import (
	"testing"

	"github.com/octaviakit/octaviakit/fake"
	"github.com/octaviakit/octaviakit/provider"
)

// What goes with something else stays counted, of L7 to this day and of ovn's monitors for some releases.
func TestQuotasForgetWhatWentWithItsParent(t *testing.T) {
	a := as(t, fake.New(), "demo")
	lb := a.made("/loadbalancers", `{"loadbalancer":{"vip_subnet_id":"{sub}"}}`)
	listener := func() string {
		return a.made("/listeners", `{"listener":{"loadbalancer_id":"`+lb+`","protocol":"HTTP","protocol_port":80}}`)
	}
	l := listener()
	policy := `{"l7policy":{"listener_id":"` + l + `","action":"REJECT"}}`
	a.made("/l7policies", policy)
	a.del("/listeners/" + l).ok(204)
	admin := as(t, a.cloud, "admin")
	admin.put("/quotas/"+a.cloud.ProjectID("demo"), `{"quota":{"listener":1,"l7policy":1}}`).ok(202)
	again := listener()
	a.post("/l7policies", `{"l7policy":{"listener_id":"`+again+`","action":"REJECT"}}`).refused(403, "Quota has been met for resources: L7 Policy")

	for release, status := range map[provider.Release]int{provider.Zed: 403, provider.Epoxy: 201} {
		a, _, _, p := ovn(t, release)
		monitor := `{"healthmonitor":{"pool_id":"` + p + `","type":"TCP","delay":5,"timeout":3,"max_retries":2}}`
		as(t, a.cloud, "admin").put("/quotas/"+a.cloud.ProjectID("demo"), `{"quota":{"healthmonitor":1}}`).ok(202)
		h := a.made("/healthmonitors", monitor)
		a.del("/healthmonitors/" + h).ok(204)
		a.made("/healthmonitors", monitor)
		lb := a.get("/loadbalancers").many()[0].str("id")
		a.del("/pools/" + p).ok(204)
		p = a.made("/pools", `{"pool":{"loadbalancer_id":"`+lb+`","protocol":"TCP","lb_algorithm":"SOURCE_IP_PORT"}}`)
		a.post("/healthmonitors", `{"healthmonitor":{"pool_id":"`+p+`","type":"TCP","delay":5,"timeout":3,"max_retries":2}}`).ok(status)
	}
}
