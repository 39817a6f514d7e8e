// SPDX-License-Identifier: Apache-2.0

package lb_test

import (
	"net/http"
	"testing"
	"testing/synctest"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/octaviakit/octaviakit/fake"
	"github.com/octaviakit/octaviakit/internal/octavia"
	"github.com/octaviakit/octaviakit/lb"
	"github.com/octaviakit/octaviakit/member"
	"github.com/octaviakit/octaviakit/provider"
)

// A pool that is made anew for another protocol, and one that takes another's place, are as
// good as the same pool to who is served: a Spec that has lost its members at the same time
// needs consent as any other.
func TestConsentIsNeededWhereverMembersAreLost(t *testing.T) {
	t.Parallel()
	const half = 0.5
	tests := map[string]struct {
		after func(*lb.Spec)
		want  []string
	}{
		"another protocol": {func(s *lb.Spec) { s.Pools[0].Protocol = lb.PROXY }, nil},
		"another protocol, fewer members": {func(s *lb.Spec) {
			s.Pools[0].Protocol, s.Pools[0].Members = lb.PROXY, s.Pools[0].Members[:1]
		}, []string{"step 4 removes 75% of the members of pool p0: replaced by the one of that name, which serves"}},
		"another protocol, no members": {func(s *lb.Spec) { s.Pools[0].Protocol, s.Pools[0].Members = lb.PROXY, nil }, []string{
			"step 2 interrupts listener p0: traffic moves to pool/p0, which has no members",
			"step 3 empties pool p0: replaced by the one of that name, which has no members",
		}},
		"another name, no members": {func(s *lb.Spec) {
			s.Pools[0].Name, s.Pools[0].Members, s.Listeners[0].Pool = "p", nil, "p"
		}, []string{"step 2 interrupts listener p0: traffic moves to pool/p, which has no members"}},
		"another name, half of the members": {func(s *lb.Spec) {
			s.Pools[0].Name, s.Pools[0].Members, s.Listeners[0].Pool = "p", s.Pools[0].Members[:2], "p"
		}, nil},
		"another name, to be filled by others": {func(s *lb.Spec) {
			s.Pools[0].Name, s.Pools[0].Members, s.Pools[0].ExternalMembers, s.Listeners[0].Pool = "p", nil, true, "p"
		}, []string{"step 2 interrupts listener p0: traffic moves to pool/p, which has no members"}},
		"a listener without a pool": {func(s *lb.Spec) { s.Listeners[0].Pool = "" }, nil},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := cell{provider.Amphora, provider.Epoxy}
			cloud := fake.New()
			e := engine(cloud, lb.WithMaxRemove(half))
			spec := func() lb.Spec {
				s := service(cloud, c, 1, 4)
				s.Listeners[0].Protocol, s.Pools[0].Protocol, s.Pools[0].Monitor = lb.TCP, lb.TCP, nil
				return s
			}
			_, err := e.Ensure(t.Context(), spec())
			require.NoError(t, err)
			s := spec()
			tc.after(&s)
			plan, err := e.Plan(t.Context(), s)
			require.NoError(t, err)
			var got []string
			for _, c := range plan.Concerns() {
				got = append(got, c.String())
			}
			assert.Equal(t, tc.want, got, "%s", plan)
			_, err = e.Ensure(t.Context(), s)
			if tc.want != nil {
				require.ErrorIs(t, err, lb.ErrDisruptive)
			} else {
				require.NoError(t, err)
			}
		})
	}
}

// A policy's traffic is traffic, too.
func TestConsentIsNeededWhereAPolicyLosesItsMembers(t *testing.T) {
	t.Parallel()
	cloud := fake.New()
	spec := func(target string) lb.Spec {
		s := service(cloud, cell{provider.Amphora, provider.Epoxy}, 1, 2)
		s.Pools = append(s.Pools, lb.Pool{Name: "api", Protocol: lb.HTTP, Members: members(2, 81)}, lb.Pool{Name: "none", Protocol: lb.HTTP})
		s.Listeners[0].Policies = []lb.Policy{{Name: "api", Action: lb.RedirectToPool, RedirectPool: target, Rules: []lb.Rule{
			{Type: lb.Path, CompareType: lb.StartsWith, Value: "/api"},
		}}}
		return s
	}
	e := engine(cloud)
	_, err := e.Ensure(t.Context(), spec("api"))
	require.NoError(t, err)
	_, err = e.Ensure(t.Context(), spec("none"))
	require.ErrorIs(t, err, lb.ErrDisruptive)
	require.ErrorContains(t, err, "interrupts l7policy api: traffic moves to pool/none, which has no members")
	_, err = e.Ensure(t.Context(), spec("p0"))
	require.NoError(t, err)
}

// Members that are somebody else's come along when their pool is made anew: nobody else
// knows that there is a new one, and traffic must not go to it while it is empty.
func TestMembersOfOthersComeAlongWithTheirPool(t *testing.T) {
	for _, cut := range []bool{false, true} {
		synctest.Test(t, func(t *testing.T) {
			c := cell{provider.Amphora, provider.Epoxy}
			cloud := c.cloud()
			s := service(cloud, c, 1, 0)
			s.Listeners[0].Protocol, s.Pools[0].Protocol, s.Pools[0].Monitor = lb.TCP, lb.TCP, nil
			s.Pools[0].ExternalMembers = true
			e := engine(cloud)
			g, err := e.Ensure(t.Context(), s)
			require.NoError(t, err)
			theirs := members(3, 30000)
			for i := range theirs {
				theirs[i].SubnetID = cloud.MemberSubnetID()
			}
			theirs[0].Weight, theirs[1].Backup, theirs[2].MonitorPort, theirs[2].Tags = new(7), new(true), new(uint16(10256)), []string{"zone=a"}
			var bodies []octavia.Object
			for _, m := range theirs {
				bodies = append(bodies, m.Body())
			}
			pool := poolIDs(g)[0]
			require.NoError(t, octavia.PutMembers(t.Context(), cloud.LoadBalancer(), pool, bodies, false))
			_, err = e.Ensure(t.Context(), s)
			require.NoError(t, err)

			s.Pools[0].Protocol = lb.PROXY
			if cut {
				cloud.Inject(fake.Fault{Method: http.MethodPut, Path: "/lbaas/pools/*/members", Status: http.StatusForbidden})
				_, err = e.Ensure(t.Context(), s)
				require.Error(t, err)
			}
			g, err = engine(cloud).Ensure(t.Context(), s)
			require.NoError(t, err, "and nobody is asked: nothing is interrupted")
			require.NotEqual(t, pool, poolIDs(g)[0])
			have, err := member.List(t.Context(), cloud.LoadBalancer(), poolIDs(g)[0])
			require.NoError(t, err)
			assert.Empty(t, member.Diff(have, theirs))
		})
	}
}
