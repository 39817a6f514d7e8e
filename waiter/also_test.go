// SPDX-License-Identifier: Apache-2.0

package waiter_test

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/octaviakit/octaviakit/fake"
	"github.com/octaviakit/octaviakit/internal/octavia"
	"github.com/octaviakit/octaviakit/provider"
	"github.com/octaviakit/octaviakit/waiter"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestAlso(t *testing.T) {
	bubble(t, func(t *testing.T) {
		c := newCloud(func(r *http.Request, at time.Duration) (int, string, http.Header) {
			switch {
			case strings.HasSuffix(r.URL.Path, "/l7policies/pol"):
				if at < ms(3000) {
					return 200, `{"l7policy": {"id": "pol", "name": "", "provisioning_status": "PENDING_CREATE"}}`, nil
				}
				return 200, `{"l7policy": {"id": "pol", "name": "", "provisioning_status": "ACTIVE"}}`, nil
			case strings.HasSuffix(r.URL.Path, "/rules/r"):
				return fault(404, "L7 Rule r not found.")
			}
			return 200, activeAfter(ms(400))(at), nil
		})
		s, err := c.waiter().Active(t.Context(), lbID, waiter.Also("lbaas/l7policies/pol", "lbaas/l7policies/pol/rules/r", "lbaas/pools/p1", "lbaas/l7policies/pol"))
		require.NoError(t, err)
		assert.GreaterOrEqual(t, time.Since(c.start), ms(3000))
		_, ok := s.Find("pol")
		assert.True(t, ok)
		for i, call := range c.calls {
			assert.NotContains(t, call, "pools/p1", "the tree has it already")
			if c.times[i] < ms(400) {
				assert.Contains(t, call, "/status", "only read once the tree is settled")
			}
		}

		c = newCloud(func(r *http.Request, _ time.Duration) (int, string, http.Header) {
			if strings.Contains(r.URL.Path, "/pools/") {
				return 200, `{"pool": {"id": "p9", "name": "lone", "provisioning_status": "ERROR"}}`, nil
			}
			return 200, tree("ACTIVE"), nil
		})
		_, err = c.waiter().Active(t.Context(), lbID, waiter.Also("lbaas/pools/p9"))
		require.ErrorIs(t, err, waiter.ErrFailed)
		assert.Contains(t, err.Error(), "pool lone (p9) ERROR")
	})
}

// A pool without a listener is looked into: its members may be PENDING although it is ACTIVE.
func TestAlsoLooksIntoPools(t *testing.T) {
	bubble(t, func(t *testing.T) {
		gone := false
		c := newCloud(func(r *http.Request, at time.Duration) (int, string, http.Header) {
			switch {
			case strings.HasSuffix(r.URL.Path, "/members") && gone:
				return 404, `{"code": 404, "title": "Bad Request", "description": "Pool p9 not found."}`, nil
			case strings.HasSuffix(r.URL.Path, "/members") && at < ms(4000):
				return 200, `{"members": [{"id": "m9", "address": "10.0.0.9", "protocol_port": 80, "provisioning_status": "PENDING_CREATE"}]}`, nil
			case strings.HasSuffix(r.URL.Path, "/members"):
				return 200, `{"members": [{"id": "m9", "address": "10.0.0.9", "protocol_port": 80, "provisioning_status": "ACTIVE"}]}`, nil
			case strings.HasSuffix(r.URL.Path, "/pools/p9"):
				return 200, `{"pool": {"id": "p9", "provisioning_status": "ACTIVE", "members": [{"id": "m9"}], "healthmonitor_id": "h9"}}`, nil
			case strings.HasSuffix(r.URL.Path, "/healthmonitors/h9"):
				return 200, `{"healthmonitor": {"id": "h9", "provisioning_status": "ACTIVE"}}`, nil
			}
			return 200, tree("ACTIVE"), nil
		})
		s, err := c.waiter().Active(t.Context(), lbID, waiter.Also("lbaas/pools/p9"))
		require.NoError(t, err)
		assert.GreaterOrEqual(t, time.Since(c.start), ms(4000))
		for _, id := range []string{"p9", "m9", "h9"} {
			_, ok := s.Find(id)
			assert.True(t, ok, id)
		}
		gone = true
		_, err = c.waiter().Active(t.Context(), lbID, waiter.Also("lbaas/pools/p9"))
		require.NoError(t, err, "the pool went in between; the load balancer did not")
	})
}

// What was deleted is awaited until it is gone, however ACTIVE it reads meanwhile.
func TestAlsoGone(t *testing.T) {
	gone := func(path string) waiter.WaitOption { return waiter.AlsoGone(func() []string { return []string{path} }) }
	bubble(t, func(t *testing.T) {
		c := newCloud(func(r *http.Request, at time.Duration) (int, string, http.Header) {
			switch {
			case !strings.HasSuffix(r.URL.Path, "/pools/p9"):
				return 200, tree("ACTIVE"), nil
			case at < ms(5000):
				return 200, `{"pool": {"id": "p9", "name": "old", "provisioning_status": "ACTIVE"}}`, nil
			}
			return fault(404, "Pool p9 not found.")
		})
		_, err := c.waiter().Active(t.Context(), lbID, gone("lbaas/pools/p9"))
		require.NoError(t, err)
		assert.GreaterOrEqual(t, time.Since(c.start), ms(5000))
	})
	synctest.Test(t, func(t *testing.T) { // never goes
		c := newCloud(func(r *http.Request, _ time.Duration) (int, string, http.Header) {
			if strings.HasSuffix(r.URL.Path, "/pools/p9") {
				return 200, `{"pool": {"id": "p9", "name": "old", "provisioning_status": "ACTIVE"}}`, nil
			}
			return 200, tree("ACTIVE"), nil
		})
		_, err := c.waiter().Active(t.Context(), lbID, gone("lbaas/pools/p9"))
		require.ErrorIs(t, err, waiter.ErrStuck)
		assert.Contains(t, err.Error(), "pool old (p9)")
	})
	synctest.Test(t, func(t *testing.T) { // the tree shows it, or shows it no more
		c := newCloud(func(_ *http.Request, at time.Duration) (int, string, http.Header) {
			return 200, activeAfter(0)(at), nil
		})
		_, err := c.waiter().Active(t.Context(), lbID, gone("lbaas/listeners/not-there"))
		require.NoError(t, err)
		assert.Len(t, c.calls, 1, "a listener is always in the tree")
		_, err = c.waiter().Active(t.Context(), lbID, gone("lbaas/pools/p1"))
		require.ErrorIs(t, err, waiter.ErrStuck)
	})
}

// Where a pool is seen with its members, nobody is asked for by name; where not, each is.
func TestAlsoGoneMembers(t *testing.T) {
	for _, c := range []struct {
		name  string
		tree  string
		also  []string
		gone  []string
		calls int
		stuck bool
	}{
		{name: "gone from the tree", tree: tree("ACTIVE", web("ACTIVE", "ACTIVE", "ACTIVE")), gone: []string{"lbaas/pools/p1/members/m2", "lbaas/pools/p1/members/m3"}, calls: 1},
		{name: "ACTIVE in the tree", tree: tree("ACTIVE", web("ACTIVE", "ACTIVE", "ACTIVE")), gone: []string{"lbaas/pools/p1/members/m1"}, stuck: true},
		{name: "of a pool read itself", tree: tree("ACTIVE"), also: []string{"lbaas/pools/p9"}, gone: []string{"lbaas/pools/p9/members/m2", "lbaas/pools/p9/members/m3"}, calls: 3},
		{name: "of a pool that is not seen", tree: tree("ACTIVE"), gone: []string{"lbaas/pools/p9/members/m2", "lbaas/pools/p9/members/m3"}, calls: 3},
	} {
		t.Run(c.name, func(t *testing.T) {
			bubble(t, func(t *testing.T) {
				cloud := newCloud(func(r *http.Request, _ time.Duration) (int, string, http.Header) {
					switch {
					case strings.HasSuffix(r.URL.Path, "/status"):
						return 200, c.tree, nil
					case strings.HasSuffix(r.URL.Path, "/pools/p9"):
						return 200, `{"pool": {"id": "p9", "provisioning_status": "ACTIVE", "members": [{"id": "m1"}]}}`, nil
					case strings.HasSuffix(r.URL.Path, "/members"):
						return 200, `{"members": [{"id": "m1", "provisioning_status": "ACTIVE"}]}`, nil
					}
					return fault(404, "Member not found.")
				})
				s, err := cloud.waiter().Active(t.Context(), lbID, waiter.Also(c.also...), waiter.AlsoGone(func() []string { return c.gone }))
				if c.stuck {
					require.ErrorIs(t, err, waiter.ErrStuck)
					return
				}
				require.NoError(t, err)
				assert.Empty(t, s.Pending())
				assert.Len(t, cloud.calls, c.calls)
			})
		})
	}
}

// The members of a detached pool, which no tree shows, are PENDING for longer than the
// ovn load balancer; L7 objects are nowhere in it either.
func TestWholeFindsWhatTheTreeOmits(t *testing.T) {
	bubble(t, func(t *testing.T) {
		cloud := fake.New(fake.WithProvider(provider.OVN, provider.Epoxy), fake.WithLatency(fake.OVNLike))
		c := cloud.LoadBalancer()
		w := waiter.New(c)
		lb := create(t, c, populated(cloud, 2))
		_, err := w.Active(t.Context(), lb, waiter.Whole())
		require.NoError(t, err)
		var pool object
		_, err = w.Mutate(t.Context(), lb, func(ctx context.Context) (err error) {
			pool, err = octavia.Create(ctx, c, "lbaas/pools", "pool", object{"loadbalancer_id": lb, "protocol": "TCP", "lb_algorithm": "SOURCE_IP_PORT"})
			return err
		})
		require.NoError(t, err)
		var members []object
		for i := range 5 {
			members = append(members, object{"address": fmt.Sprintf("10.1.0.%d", i+1), "protocol_port": 80, "subnet_id": cloud.MemberSubnetID()})
		}
		require.NoError(t, octavia.PutMembers(t.Context(), c, pool["id"].(string), members, false))
		s, err := w.Active(t.Context(), lb)
		require.NoError(t, err)
		assert.Len(t, s.Objects, 5, "load balancer, listener, pool and two members")
		early := time.Now()
		s, err = w.Active(t.Context(), lb, waiter.Whole())
		require.NoError(t, err)
		assert.Greater(t, time.Since(early), time.Second)
		assert.Len(t, s.Objects, 5+1+5)
		assert.Empty(t, s.Pending())
	})
}

func TestWholeFindsL7Objects(t *testing.T) {
	bubble(t, func(t *testing.T) {
		cloud := fake.New(fake.WithLatency(fake.AmphoraLike))
		c := cloud.LoadBalancer()
		w := waiter.New(c)
		lb := create(t, c, object{"vip_subnet_id": cloud.SubnetID(), "listeners": []object{{
			"protocol": "HTTP", "protocol_port": 80, "l7policies": []object{{
				"action": "REJECT", "rules": []object{{"type": "PATH", "compare_type": "STARTS_WITH", "value": "/x"}},
			}},
		}}})
		s, err := w.Active(t.Context(), lb, waiter.Whole())
		require.NoError(t, err)
		cloud.Break(id(t, s, "l7rule"))
		_, err = w.Active(t.Context(), lb)
		require.NoError(t, err, "the tree knows nothing of it")
		_, err = w.Active(t.Context(), lb, waiter.Whole())
		require.ErrorIs(t, err, waiter.ErrFailed)
		assert.ErrorContains(t, err, "l7rule")
	})
}
