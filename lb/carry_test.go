// SPDX-License-Identifier: Apache-2.0

package lb_test

import (
	"context"
	"fmt"
	"net/netip"
	"slices"
	"testing"
	"testing/synctest"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/octaviakit/octaviakit/fake"
	"github.com/octaviakit/octaviakit/lb"
	"github.com/octaviakit/octaviakit/member"
	"github.com/octaviakit/octaviakit/monitor"
	"github.com/octaviakit/octaviakit/provider"
)

// kept is a service whose members are somebody else's, each with all that a member can have,
// and what it becomes.
func kept(cloud *fake.Cloud, c cell, to func(*lb.Spec)) (before, after lb.Spec) {
	before = service(cloud, c, 1, 3)
	before.Pools[0].Protocol, before.Listeners[0].Protocol, before.Pools[0].Monitor = lb.TCP, lb.TCP, new(monitor.TCP())
	before.Pools[0].ExternalMembers = true
	m := &before.Pools[0].Members[0]
	m.Name, m.Tags = "node-1", []string{"rack=1"}
	if c.provider == provider.Amphora {
		m.Weight, m.Backup, m.MonitorPort, m.MonitorAddress = new(7), new(true), new(uint16(32000)), new(netip.MustParseAddr("10.1.0.99"))
	}
	after = before
	after.Pools = slices.Clone(before.Pools)
	after.Pools[0].Members = nil
	to(&after)
	return before, after
}

// elsewhere puts the VIP into another subnet.
func elsewhere(cloud *fake.Cloud) func(*lb.Spec) {
	return func(s *lb.Spec) { s.VIP.SubnetID = cloud.MemberSubnetID() }
}

// of are the members of a load balancer's only pool, without what is new with each.
func of(t *testing.T, cloud *fake.Cloud, name string) []member.Member {
	t.Helper()
	g, err := engine(cloud).Observe(t.Context(), name)
	require.NoError(t, err)
	settled(t, g)
	var out []member.Member
	for n := range g.Nodes() {
		if n.Kind == lb.KindPool {
			ms, err := member.List(t.Context(), cloud.LoadBalancer(), n.ID)
			require.NoError(t, err)
			out = append(out, ms...)
		}
	}
	for i := range out {
		out[i].ID, out[i].Operating = "", ""
	}
	return out
}

// A load balancer of the same provider takes over members with all that they have.
func TestMembersOfOthersKeepAllTheyHave(t *testing.T) {
	in(t, func(t *testing.T, c cell, cloud *fake.Cloud) {
		before, after := kept(cloud, c, elsewhere(cloud))
		_, err := engine(cloud).Ensure(t.Context(), before)
		require.NoError(t, err)
		want := of(t, cloud, before.Name)
		plan, err := engine(cloud).Plan(t.Context(), after)
		require.NoError(t, err)
		assert.NotContains(t, plan.String(), "of members of others")
		_, err = engine(cloud, agree()).Ensure(t.Context(), after)
		require.NoError(t, err)
		assert.Equal(t, want, of(t, cloud, before.Name))
	})
}

// What another provider does not know is left behind, and the plan says so.
func TestAPlanSaysWhatMembersOfOthersLose(t *testing.T) {
	c := cell{provider.Amphora, provider.Epoxy}
	synctest.Test(t, func(t *testing.T) {
		cloud := c.cloud()
		before, after := kept(cloud, c, func(s *lb.Spec) { s.Provider = provider.OVN })
		_, err := engine(cloud).Ensure(t.Context(), before)
		require.NoError(t, err)
		plan, err := engine(cloud).Plan(t.Context(), after)
		require.NoError(t, err)
		var notes []string
		for s := range plan.Steps() {
			for _, c := range s.Changes {
				if c.Kind == lb.KindMember && c.Note != "" {
					notes = append(notes, c.Note)
				}
			}
		}
		assert.Equal(t, []string{"loses weight, backup, monitorAddress, monitorPort"}, notes)
		assert.Contains(t, fmt.Sprint(plan.Concerns()), "what this provider does not know of members of others is lost, of 1 member")
		want := of(t, cloud, before.Name)
		_, err = engine(cloud, agree()).Ensure(t.Context(), after)
		require.NoError(t, err)
		want[0].Backup, want[0].MonitorPort, want[0].MonitorAddress = false, 0, netip.Addr{}
		assert.Equal(t, want, of(t, cloud, before.Name), "its name, weight and tags it keeps")
	})
}

// A program that dies at any call of the replacement loses none of them.
func TestCrashLosesNoMembersOfOthers(t *testing.T) {
	for _, c := range cells() {
		t.Run(c.String(), func(t *testing.T) {
			t.Parallel()
			for n, busy := first(t), true; busy; n += stride() {
				synctest.Test(t, func(t *testing.T) {
					cloud := c.cloud()
					before, after := kept(cloud, c, elsewhere(cloud))
					_, err := engine(cloud).Ensure(t.Context(), before)
					require.NoError(t, err)
					want := of(t, cloud, before.Name)
					busy = crash(t, cloud, n, func(ctx context.Context, e *lb.Engine) error {
						_, err := e.Ensure(ctx, after)
						return err
					}, agree())
					_, err = engine(cloud, agree()).Ensure(t.Context(), after)
					require.NoError(t, err)
					assert.Equal(t, want, of(t, cloud, before.Name), "died at call %d", n)
				})
			}
		})
	}
}
