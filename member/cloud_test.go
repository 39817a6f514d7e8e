// SPDX-License-Identifier: Apache-2.0

package member_test

import (
	"cmp"
	"context"
	"net/netip"
	"os"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/gophercloud/gophercloud/v2"
	"github.com/gophercloud/gophercloud/v2/openstack"
	"github.com/gophercloud/gophercloud/v2/openstack/config"
	"github.com/gophercloud/gophercloud/v2/openstack/config/clouds"
	"github.com/octaviakit/octaviakit/internal/octavia"
	"github.com/octaviakit/octaviakit/member"
	"github.com/octaviakit/octaviakit/observe"
	"github.com/octaviakit/octaviakit/provider"
	"github.com/octaviakit/octaviakit/waiter"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// TestOnACloud changes members on a real cloud with both providers:
//
//	OCTAVIAKIT_CLOUD=demo OCTAVIAKIT_RELEASE=2025.1 OCTAVIAKIT_SUBNET=ID go test -run OnACloud -v -timeout 1h ./member
//
// OCTAVIAKIT_CLOUD is an entry of clouds.yaml, OCTAVIAKIT_MEMBERS how many members
// to use [200]. It deletes what it makes.
func TestOnACloud(t *testing.T) {
	name := os.Getenv("OCTAVIAKIT_CLOUD")
	if name == "" {
		t.Skip("OCTAVIAKIT_CLOUD is not set")
	}
	release, err := provider.ParseRelease(os.Getenv("OCTAVIAKIT_RELEASE"))
	require.NoError(t, err)
	count, err := strconv.Atoi(cmp.Or(os.Getenv("OCTAVIAKIT_MEMBERS"), "200"))
	require.NoError(t, err)
	auth, endpoint, _, err := clouds.Parse(clouds.WithCloudName(name))
	require.NoError(t, err)
	session, err := config.NewProviderClient(t.Context(), auth)
	require.NoError(t, err)
	client, err := openstack.NewLoadBalancerV2(session, endpoint)
	require.NoError(t, err)
	for _, n := range provider.Names() {
		t.Run(string(n), func(t *testing.T) {
			how, err := provider.Lookup(n, release)
			require.NoError(t, err)
			s := &realStage{T: t, client: client, w: waiter.New(client, waiter.WithObserver(told(t))), how: member.How{Caps: how}, subnet: os.Getenv("OCTAVIAKIT_SUBNET")}
			p := s.make(n)
			s.step("one batch", func() error { return member.Sync(t.Context(), s.w, p, s.specs(0, count), s.how) })
			s.count(p, count)
			s.step("nothing to do", func() error { return member.Sync(t.Context(), s.w, p, s.specs(0, count), s.how) })
			s.step("writers", func() error { return s.writers(p, count) })
			s.count(p, count)
			s.step("half of them others", func() error {
				return member.Sync(t.Context(), s.w, p, s.specs(count/2, count/2+count), s.how)
			})
			s.count(p, count)
			s.step("and back", func() error { return member.Sync(t.Context(), s.w, p, s.specs(0, count), s.how) })
			s.count(p, count)
			d := member.Drainer{Waiter: s.w, How: s.how}
			before, err := member.List(t.Context(), client, p.ID)
			require.NoError(t, err)
			s.step("drain", func() error { _, err := d.Drain(t.Context(), p, s.spec(0).Key(), s.spec(1).Key()); return err })
			s.step("restore", func() error { return d.Restore(t.Context(), p) })
			after, err := member.List(t.Context(), client, p.ID)
			require.NoError(t, err)
			assert.Len(t, after, len(before))
			s.step("empty", func() error { return member.Sync(t.Context(), s.w, p, nil, s.how) })
			s.count(p, 0)
		})
	}
}

// told logs what each cycle cost.
func told(t *testing.T) observe.Observer {
	return observe.Func(func(_ context.Context, e observe.Event) {
		if e.Kind != observe.Poll && e.Action != "" {
			t.Logf("  %-8s %-18s read %2d times, %6.2fs, %v", e.Kind, e.Action, e.Attempt, e.Elapsed.Seconds(), e.Err)
		}
	})
}

type realStage struct {
	*testing.T
	client *gophercloud.ServiceClient
	w      *waiter.Waiter
	how    member.How
	subnet string
}

func (s *realStage) make(n provider.Name) member.Pool {
	s.Helper()
	lb, err := octavia.Create(s.Context(), s.client, "lbaas/loadbalancers", "loadbalancer", octavia.Object{
		"name": "octaviakit-member-test", "vip_subnet_id": s.subnet, "provider": string(n),
	})
	require.NoError(s, err)
	id := lb["id"].(string)
	s.Cleanup(func() {
		ctx := context.WithoutCancel(s.Context())
		_, err := s.w.Mutate(ctx, id, func(ctx context.Context) error {
			return octavia.Delete(ctx, s.client, "lbaas/loadbalancers/"+id+"?cascade=true")
		}, waiter.UntilGone())
		assert.NoError(s, err)
	})
	var pool octavia.Object
	_, err = s.w.Active(s.Context(), id)
	require.NoError(s, err)
	listener, err := octavia.Create(s.Context(), s.client, "lbaas/listeners", "listener", octavia.Object{
		"loadbalancer_id": id, "protocol": "TCP", "protocol_port": 80,
	})
	require.NoError(s, err)
	_, err = s.w.Mutate(s.Context(), id, func(ctx context.Context) (err error) {
		pool, err = octavia.Create(ctx, s.client, "lbaas/pools", "pool", octavia.Object{
			"listener_id": listener["id"], "protocol": "TCP", "lb_algorithm": s.how.Caps.Algorithm(),
		})
		return err
	})
	require.NoError(s, err)
	return member.Pool{ID: pool["id"].(string), LoadBalancerID: id}
}

// writers change members at a time, each its own, and end with all of them there.
func (s *realStage) writers(p member.Pool, count int) error {
	b := member.NewBatcher(s.w, s.how)
	var wg sync.WaitGroup
	for w := range 8 {
		wg.Go(func() {
			for n := w; n < count; n += 8 * 5 { // each fifth of its own
				assert.NoError(s, b.Remove(s.Context(), p, s.spec(n).Key()))
				assert.NoError(s, b.Put(s.Context(), p, s.spec(n)))
			}
		})
	}
	wg.Wait()
	return b.Close(s.Context())
}

func (s *realStage) step(name string, do func() error) {
	s.Helper()
	start := time.Now()
	require.NoError(s, do(), name)
	s.Logf("%-20s %6.2fs", name, time.Since(start).Seconds())
}

func (s *realStage) count(p member.Pool, want int) {
	s.Helper()
	ms, err := member.List(s.Context(), s.client, p.ID)
	require.NoError(s, err)
	assert.Len(s, ms, want)
	for _, m := range ms {
		assert.Equal(s, "ACTIVE", m.Provisioning, m.Key())
	}
}

func (s *realStage) spec(n int) member.Spec {
	return member.Spec{Address: netip.AddrFrom4([4]byte{10, 11, 50 + byte(n>>8), byte(n)}), Port: 80, SubnetID: s.subnet}
}

func (s *realStage) specs(from, to int) []member.Spec {
	var out []member.Spec
	for n := from; n < to; n++ {
		out = append(out, s.spec(n))
	}
	return out
}
