// SPDX-License-Identifier: Apache-2.0

package member_test

import (
	"fmt"
	"net/http"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/gophercloud/gophercloud/v2"
	"github.com/octaviakit/octaviakit/fake"
	"github.com/octaviakit/octaviakit/internal/octavia"
	"github.com/octaviakit/octaviakit/member"
	"github.com/octaviakit/octaviakit/provider"
	"github.com/octaviakit/octaviakit/waiter"
	"github.com/stretchr/testify/require"
)

// stage is a fake cloud with load balancers, each with a listener and its pools.
type stage struct {
	testing.TB
	cloud  *fake.Cloud
	client *gophercloud.ServiceClient
	w      *waiter.Waiter
	how    member.How
	pools  []member.Pool
}

// seconds is a latency: every change takes so long.
func seconds(n int) fake.Option {
	return fake.WithLatency(func(string, string) time.Duration { return time.Duration(n) * time.Second })
}

func newStage(t testing.TB, n provider.Name, r provider.Release, lbs int, opts ...fake.Option) *stage {
	t.Helper()
	c := fake.New(append([]fake.Option{fake.WithProvider(n, r)}, opts...)...)
	how, err := provider.Lookup(n, r)
	require.NoError(t, err)
	s := &stage{TB: t, cloud: c, client: c.LoadBalancer(), how: member.How{Caps: how}}
	s.w = waiter.New(s.client, waiter.WithRate(0))
	for i := range lbs {
		s.pools = append(s.pools, s.pool(i))
	}
	c.ForgetCalls()
	return s
}

func (s *stage) pool(i int) member.Pool {
	s.Helper()
	lb, err := octavia.Create(s.Context(), s.client, "lbaas/loadbalancers", "loadbalancer", octavia.Object{
		"name": fmt.Sprint("lb-", i), "vip_subnet_id": s.cloud.SubnetID(),
	})
	require.NoError(s, err)
	p := member.Pool{LoadBalancerID: lb["id"].(string)}
	s.settle(p)
	listener, err := octavia.Create(s.Context(), s.client, "lbaas/listeners", "listener", octavia.Object{
		"loadbalancer_id": lb["id"], "protocol": "TCP", "protocol_port": 80,
	})
	require.NoError(s, err)
	s.settle(p)
	return s.addPool(p.LoadBalancerID, octavia.Object{"listener_id": listener["id"]})
}

func (s *stage) addPool(lb string, parent octavia.Object) member.Pool {
	s.Helper()
	parent["protocol"], parent["lb_algorithm"] = "TCP", s.how.Caps.Algorithm()
	pool, err := octavia.Create(s.Context(), s.client, "lbaas/pools", "pool", parent)
	require.NoError(s, err)
	p := member.Pool{ID: pool["id"].(string), LoadBalancerID: lb}
	s.settle(p)
	return p
}

func (s *stage) settle(p member.Pool) {
	s.Helper()
	_, err := s.w.Active(s.Context(), p.LoadBalancerID)
	require.NoError(s, err)
}

// spec is a member that both providers take.
func (s *stage) spec(n int) member.Spec {
	return member.Spec{Address: netip.AddrFrom4([4]byte{10, 1, byte(n >> 8), byte(n)}), Port: 80, SubnetID: s.cloud.MemberSubnetID()}
}

func (s *stage) specs(from, to int) []member.Spec {
	var out []member.Spec
	for n := from; n < to; n++ {
		out = append(out, s.spec(n))
	}
	return out
}

func (s *stage) list(p member.Pool) []member.Member {
	s.Helper()
	out, err := member.List(s.Context(), s.client, p.ID)
	require.NoError(s, err)
	return out
}

// keys is who is in the pool, as text.
func (s *stage) keys(p member.Pool) []string {
	s.Helper()
	var out []string
	for _, m := range s.list(p) {
		out = append(out, m.Key().String())
	}
	return out
}

func (s *stage) sync(p member.Pool, want []member.Spec) error {
	s.Helper()
	return member.Sync(s.Context(), s.w, p, want, s.how)
}

// changes lists the mutating calls as "PUT members", without IDs.
func (s *stage) changes() []string {
	var out []string
	for _, c := range s.cloud.Mutations() {
		what := "members"
		if _, rest, _ := strings.Cut(c.Path, "/members"); rest != "" || c.Method == http.MethodPost {
			what = "member"
		}
		if c.Query != "" {
			what += " additive"
		}
		line := c.Method + " " + what
		if c.Status >= 400 || c.Status == 0 {
			line += fmt.Sprint(" ", c.Status)
		}
		out = append(out, line)
	}
	return out
}
