// SPDX-License-Identifier: Apache-2.0

package fake_test

import (
	"testing"
	"time"

	"github.com/octaviakit/octaviakit/fake"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// shop is a load balancer with one of everything under a clock that stands.
type shop struct {
	*api
	clock                                       *fake.ManualClock
	lb, listener, pool, member, monitor, policy string
	rule                                        string
}

func newShop(t *testing.T) *shop {
	clock := fake.NewManualClock(startOfTime())
	c := fake.New(fake.WithClock(clock.Now), fake.WithLatency(fake.AmphoraLike))
	s := &shop{api: as(t, c, "demo"), clock: clock}
	build := func(path, body string) string {
		defer clock.Advance(time.Hour)
		return s.made(path, body)
	}
	s.lb = build("/loadbalancers", `{"loadbalancer":{"vip_subnet_id":"{sub}"}}`)
	s.listener = build("/listeners", `{"listener":{"loadbalancer_id":"`+s.lb+`","protocol":"HTTP","protocol_port":80}}`)
	s.pool = build("/pools", `{"pool":{"listener_id":"`+s.listener+`","protocol":"HTTP","lb_algorithm":"ROUND_ROBIN"}}`)
	s.member = build("/pools/"+s.pool+"/members", `{"member":{"address":"10.1.0.1","protocol_port":80}}`)
	s.monitor = build("/healthmonitors", `{"healthmonitor":{"pool_id":"`+s.pool+`","type":"HTTP","delay":5,"timeout":3,"max_retries":3}}`)
	s.policy = build("/l7policies", `{"l7policy":{"listener_id":"`+s.listener+`","action":"REJECT"}}`)
	s.rule = build("/l7policies/"+s.policy+"/rules", `{"rule":{"type":"PATH","compare_type":"EQUAL_TO","value":"/"}}`)
	return s
}

func (s *shop) paths() map[string]string {
	return map[string]string{
		"loadbalancer": "/loadbalancers/" + s.lb, "listener": "/listeners/" + s.listener, "pool": "/pools/" + s.pool,
		"member": "/pools/" + s.pool + "/members/" + s.member, "healthmonitor": "/healthmonitors/" + s.monitor,
		"l7policy": "/l7policies/" + s.policy, "rule": "/l7policies/" + s.policy + "/rules/" + s.rule,
	}
}

// statuses are the first letters of everybody's provisioning status: A for ACTIVE, and
// C, U, D for PENDING_CREATE, _UPDATE, _DELETE.
func (s *shop) statuses() string {
	short := map[string]string{"ACTIVE": "A", "PENDING_CREATE": "C", "PENDING_UPDATE": "U", "PENDING_DELETE": "D", "ERROR": "E"}
	out := ""
	for _, kind := range []string{"loadbalancer", "listener", "pool", "member", "healthmonitor", "l7policy", "rule"} {
		out += short[s.get(s.paths()[kind]).one().str("provisioning_status")]
	}
	return out
}

// Who is PENDING, from the acceptance of each kind of change to its end.
func TestWhoIsLocked(t *testing.T) {
	for _, x := range []struct{ method, kind, body, want string }{
		{"PUT", "loadbalancer", `{"loadbalancer":{}}`, "UAAAAAA"},
		{"DELETE", "loadbalancer?cascade=true", "", "DAAAAAA"},
		{"PUT", "listener", `{"listener":{}}`, "UUAAAAA"},
		{"DELETE", "listener", "", "UDAAAAA"},
		{"PUT", "pool", `{"pool":{}}`, "UUUAAAA"},
		{"DELETE", "pool", "", "UUDAAAA"},
		{"PUT", "member", `{"member":{}}`, "UUUUAAA"},
		{"DELETE", "member", "", "UUUDAAA"},
		{"PUT", "healthmonitor", `{"healthmonitor":{}}`, "UUUAUAA"},
		{"DELETE", "healthmonitor", "", "UUUADAA"},
		{"PUT", "l7policy", `{"l7policy":{"name":"x"}}`, "UUAAAUA"},
		{"DELETE", "l7policy", "", "UUAAADA"},
		{"PUT", "rule", `{"rule":{}}`, "UUAAAUU"},
		{"DELETE", "rule", "", "UUAAAUD"},
	} {
		t.Run(x.method+" "+x.kind, func(t *testing.T) {
			s := newShop(t)
			require.Equal(t, "AAAAAAA", s.statuses())
			cycles := s.cloud.Cycles(s.lb)
			kind, query := x.kind, ""
			if kind == "loadbalancer?cascade=true" {
				kind, query = "loadbalancer", "?cascade=true"
			}
			r := s.do(x.method, s.paths()[kind]+query, x.body)
			require.Less(t, r.Status, 300, r.Text)
			assert.Equal(t, x.want, s.statuses())
			assert.Equal(t, cycles+1, s.cloud.Cycles(s.lb))
			s.clock.Advance(time.Hour)
			if x.method == "PUT" {
				assert.Equal(t, "AAAAAAA", s.statuses())
			} else {
				s.get(s.paths()[kind]).ok(404)
			}
		})
	}
}

// The four ways in which Octavia says busy, and who hears which.
func TestLockMessages(t *testing.T) {
	s := newShop(t)
	member := `{"member":{"address":"10.1.0.2","protocol_port":80}}`
	rule := `{"rule":{"type":"PATH","compare_type":"EQUAL_TO","value":"/x"}}`
	lbBusy := "Load Balancer " + s.lb + " is immutable and cannot be updated."
	poolBusy := "Pool " + s.pool + " is immutable and cannot be updated."

	s.put("/loadbalancers/"+s.lb, `{"loadbalancer":{}}`).ok(200)
	whole := "Invalid state PENDING_UPDATE of loadbalancer resource " + s.lb
	s.put("/loadbalancers/"+s.lb, `{"loadbalancer":{}}`).refused(409, whole)
	s.del("/loadbalancers/"+s.lb+"?cascade=true").refused(409, whole)
	as(t, s.cloud, "admin").put("/loadbalancers/"+s.lb+"/failover", "").refused(409, whole)
	s.put("/listeners/"+s.listener, `{"listener":{}}`).refused(409, lbBusy)
	s.post("/pools/"+s.pool+"/members", member).refused(409, lbBusy)
	s.post("/l7policies/"+s.policy+"/rules", rule).refused(409, lbBusy)
	s.clock.Advance(time.Hour)

	s.put("/pools/"+s.pool, `{"pool":{}}`).ok(200)
	s.post("/pools/"+s.pool+"/members", member).refused(409, poolBusy)
	s.put("/pools/"+s.pool+"/members", `{"members":[]}`).refused(409, poolBusy)
	s.del("/healthmonitors/"+s.monitor).refused(409, poolBusy)
	s.put("/listeners/"+s.listener, `{"listener":{}}`).refused(409, lbBusy)
	s.put("/pools/"+s.pool, `{"pool":{}}`).refused(409, lbBusy)
	s.clock.Advance(time.Hour)

	s.put("/l7policies/"+s.policy, `{"l7policy":{"name":"x"}}`).ok(200)
	s.post("/l7policies/"+s.policy+"/rules", rule).refused(409, "L7Policy "+s.policy+" is immutable and cannot be updated.")
	s.put("/l7policies/"+s.policy, `{"l7policy":{"name":"x"}}`).refused(409, lbBusy)
	s.clock.Advance(time.Hour)

	s.del("/loadbalancers/"+s.lb).refused(400, "Validation failure: Cannot delete Load Balancer "+s.lb+" - it has children")
}

// What a failed worker leaves: the object in ERROR, the lock free; the load balancer
// itself in ERROR only when it was the object.
func TestWorkerFailures(t *testing.T) {
	for _, x := range []struct{ kind, body, want string }{
		{"loadbalancer", `{"loadbalancer":{}}`, "EAAAAAA"},
		{"listener", `{"listener":{}}`, "AEAAAAA"},
		{"pool", `{"pool":{}}`, "AAEAAAA"},
		{"member", `{"member":{}}`, "AAAEAAA"},
		{"healthmonitor", `{"healthmonitor":{}}`, "AAAAEAA"},
		{"l7policy", `{"l7policy":{"name":"x"}}`, "AAAAAEA"},
		{"rule", `{"rule":{}}`, "AAAAAAE"},
	} {
		t.Run(x.kind, func(t *testing.T) {
			s := newShop(t)
			s.cloud.Inject(fake.Fault{Effect: fake.EndInError})
			s.put(s.paths()[x.kind], x.body).ok(200)
			s.clock.Advance(time.Hour)
			assert.Equal(t, x.want, s.statuses())
		})
	}
}

func TestQuotas(t *testing.T) {
	c := fake.New(fake.WithQuota("loadbalancer", 1), fake.WithQuota("member", 2))
	a := as(t, c, "demo")
	lb := a.made("/loadbalancers", `{"loadbalancer":{"vip_subnet_id":"{sub}"}}`)
	a.post("/loadbalancers", `{"loadbalancer":{"vip_subnet_id":"{sub}"}}`).refused(403, "Quota has been met for resources: Load Balancer")
	p := a.made("/pools", `{"pool":{"loadbalancer_id":"`+lb+`","protocol":"TCP","lb_algorithm":"ROUND_ROBIN"}}`)
	a.put("/pools/"+p+"/members", batchOf(3)).refused(403, "Quota has been met for resources: Member")
	a.put("/pools/"+p+"/members", batchOf(2)).ok(202)
	a.put("/pools/"+p+"/members", `{"members":[{"address":"10.9.0.1","protocol_port":80},{"address":"10.9.0.2","protocol_port":80}]}`).ok(202)
	a.del("/loadbalancers/" + lb + "?cascade=true").ok(204)
	a.made("/loadbalancers", `{"loadbalancer":{"vip_subnet_id":"{sub}"}}`)
	as(t, c, "admin").put("/quotas/"+c.ProjectID("demo"), `{"quota":{"pool":0}}`).ok(202)
	a.post("/loadbalancers", `{"loadbalancer":{"vip_subnet_id":"{sub}"}}`).ok(403)
	assert.Len(t, a.get("/loadbalancers").many(), 1)
}

// Half of a batch's update is a replacement, the other half a merge.
func TestBatchResetsWhatIsNotSent(t *testing.T) {
	c := fake.New()
	a := as(t, c, "demo")
	lb := a.made("/loadbalancers", `{"loadbalancer":{"vip_subnet_id":"{sub}"}}`)
	p := a.made("/pools", `{"pool":{"loadbalancer_id":"`+lb+`","protocol":"TCP","lb_algorithm":"ROUND_ROBIN"}}`)
	m := a.made("/pools/"+p+"/members", `{"member":{"name":"m","address":"10.1.0.1","protocol_port":80,"weight":9,"backup":true,
		"admin_state_up":false,"monitor_port":81,"monitor_address":"10.1.0.9","tags":["t"],"subnet_id":"{msub}"}}`)
	a.put("/pools/"+p+"/members", `{"members":[{"address":"10.1.0.1","protocol_port":80}]}`).ok(202)
	got := a.get("/pools/" + p + "/members/" + m).one()
	assert.Equal(t, "m", got.str("name"))
	assert.Equal(t, []any{"t"}, got["tags"])
	assert.Equal(t, c.MemberSubnetID(), got.str("subnet_id"))
	assert.EqualValues(t, 1, got["weight"])
	assert.Equal(t, false, got["backup"])
	assert.Equal(t, true, got["admin_state_up"])
	assert.Nil(t, got["monitor_port"])
	assert.Nil(t, got["monitor_address"])
}
