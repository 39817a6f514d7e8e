// SPDX-License-Identifier: Apache-2.0

package fake_test

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/octaviakit/octaviakit/fake"
	"github.com/octaviakit/octaviakit/provider"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

const populated = `{"loadbalancer":{"name":"shop","vip_subnet_id":"{sub}","provider":"%s","listeners":[
	{"name":"web","protocol":"TCP","protocol_port":80,"default_pool":{"name":"nodes","protocol":"TCP","lb_algorithm":"%s",
	"members":[{"address":"10.1.0.1","protocol_port":80,"subnet_id":"{msub}"},{"address":"10.1.0.2","protocol_port":80,"subnet_id":"{msub}"}],
	"healthmonitor":{"type":"TCP","delay":5,"timeout":3,"max_retries":2}}}]}}`

func TestDueTimesAreExact(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := fake.New(fake.WithLatency(fake.AmphoraLike))
		a := as(t, c, "demo")
		start := time.Now()
		id := a.made("/loadbalancers", `{"loadbalancer":{"vip_subnet_id":"{sub}"}}`)

		time.Sleep(45*time.Second - time.Nanosecond)
		assert.Equal(t, "PENDING_CREATE", a.get("/loadbalancers/"+id).one().str("provisioning_status"))
		time.Sleep(time.Nanosecond)
		lb := a.get("/loadbalancers/" + id).one()
		assert.Equal(t, "ACTIVE", lb.str("provisioning_status"))

		time.Sleep(time.Hour) // settled lazily, yet dated when it was due
		a.put("/loadbalancers/"+id, `{"loadbalancer":{"name":"x"}}`).ok(200)
		time.Sleep(time.Hour)
		spans := c.Spans(id)
		require.Len(t, spans, 2)
		assert.Equal(t, start.Add(45*time.Second), spans[0].End)
		assert.Equal(t, time.Second, spans[1].Duration())
		assert.Equal(t, "PUT", spans[1].Call.Method)
		assert.Equal(t, 200, spans[1].Call.Status)
	})
}

func TestManualClock(t *testing.T) {
	clock := fake.NewManualClock(time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC))
	c := fake.New(fake.WithLatency(fake.AmphoraLike), fake.WithClock(clock.Now))
	a := as(t, c, "demo")
	lb := a.post("/loadbalancers", `{"loadbalancer":{"vip_subnet_id":"{sub}"}}`).ok(201).one()
	assert.Equal(t, "2026-01-02T03:04:05", lb.str("created_at"))
	assert.Nil(t, lb["updated_at"])
	due, pending := c.NextDue()
	require.True(t, pending)
	assert.Equal(t, 45*time.Second, due.Sub(clock.Now()))
	clock.Advance(45 * time.Second)
	lb = a.get("/loadbalancers/" + lb.str("id")).one()
	assert.Equal(t, "ACTIVE", lb.str("provisioning_status"))
	assert.Equal(t, "2026-01-02T03:04:50", lb.str("updated_at"))
}

// On ovn the load balancer is ACTIVE long before its children (2025.1: one request per
// object, one after the other).
func TestOVNSettlesAfterActive(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := fake.New(fake.WithProvider(provider.OVN, provider.Epoxy), fake.WithLatency(fake.OVNLike))
		a := as(t, c, "demo")
		id := a.made("/loadbalancers", sprintf(populated, "ovn", "SOURCE_IP_PORT"))
		time.Sleep(1500 * time.Millisecond)
		assert.Equal(t, "ACTIVE", a.get("/loadbalancers/"+id).one().str("provisioning_status"))
		pool := a.get("/pools").many()[0]
		assert.Equal(t, "PENDING_CREATE", pool.str("provisioning_status"))
		a.put("/pools/"+pool.str("id")+"/members", `{"members":[]}`).refused(409, "Pool "+pool.str("id")+" is immutable and cannot be updated.")
		time.Sleep(2500 * time.Millisecond) // listener, pool, two members, monitor
		assert.NotContains(t, a.get("/loadbalancers/"+id+"/status").Text, "PENDING")
		assert.Equal(t, 1, c.Cycles(id))
	})
}

func TestOVNBatchFreesTheLockEarly(t *testing.T) {
	for release, last := range map[provider.Release]time.Duration{provider.Epoxy: 5 * time.Second, provider.Gazpacho: 500 * time.Millisecond} {
		t.Run(release.String(), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				c := fake.New(fake.WithProvider(provider.OVN, release), fake.WithLatency(fake.OVNLike))
				a := as(t, c, "demo")
				lb := a.made("/loadbalancers", `{"loadbalancer":{"vip_subnet_id":"{sub}"}}`)
				time.Sleep(time.Minute)
				p := a.made("/pools", `{"pool":{"loadbalancer_id":"`+lb+`","protocol":"TCP","lb_algorithm":"SOURCE_IP_PORT"}}`)
				time.Sleep(time.Minute)
				a.put("/pools/"+p+"/members", batchOf(10)).ok(202)
				time.Sleep(500 * time.Millisecond)
				assert.Equal(t, "ACTIVE", a.get("/loadbalancers/"+lb).one().str("provisioning_status"))
				time.Sleep(last - 500*time.Millisecond - time.Nanosecond)
				if last > 500*time.Millisecond {
					assert.Contains(t, a.get("/pools/"+p+"/members").Text, "PENDING_CREATE")
				}
				time.Sleep(time.Nanosecond)
				assert.NotContains(t, a.get("/pools/"+p+"/members").Text, "PENDING_CREATE")
			})
		})
	}
}

func TestLagBetweenParentAndChildren(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := fake.New(fake.WithLatency(fake.AmphoraLike), fake.WithLag(time.Second))
		a := as(t, c, "demo")
		id := a.made("/loadbalancers", sprintf(populated, "amphora", "ROUND_ROBIN"))
		time.Sleep(45 * time.Second)
		tree := a.get("/loadbalancers/" + id + "/status").Text
		assert.Contains(t, tree, "ACTIVE")
		assert.Contains(t, tree, "PENDING_CREATE")
		time.Sleep(time.Second)
		assert.NotContains(t, a.get("/loadbalancers/"+id+"/status").Text, "PENDING_CREATE")
	})
}

func TestJitterDependsOnTheSeed(t *testing.T) {
	took := func(seed uint64) (all []time.Duration) {
		synctest.Test(t, func(t *testing.T) {
			c := fake.New(fake.WithLatency(fake.AmphoraLike), fake.WithSeed(seed), fake.WithJitter(0.5))
			a := as(t, c, "demo")
			for range 3 {
				id := a.made("/loadbalancers", `{"loadbalancer":{"vip_subnet_id":"{sub}"}}`)
				time.Sleep(time.Hour)
				all = append(all, c.Spans(id)[0].Duration())
			}
		})
		return all
	}
	first, again := took(1), took(1)
	assert.Equal(t, first, again)
	assert.NotEqual(t, took(1), took(2))
}
