// SPDX-License-Identifier: Apache-2.0

package lb_test

import (
	"net/netip"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/octaviakit/octaviakit/fake"
	"github.com/octaviakit/octaviakit/floatingip"
	"github.com/octaviakit/octaviakit/internal/octavia"
	"github.com/octaviakit/octaviakit/lb"
	"github.com/octaviakit/octaviakit/provider"
)

// Where the Spec leaves the VIP to the cloud, what does not go with the one that it gave is
// refused before the first call, all of it, and not in the middle of a plan.
func TestWhatDoesNotGoWithTheVIPIsRefusedBeforeAnyCall(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := cell{provider.Amphora, provider.Epoxy}
		cloud := c.cloud()
		w := newWorld(t, c, cloud)
		six := lb.Spec{Name: "six", Provider: c.provider, VIP: lb.VIP{SubnetID: cloud.Subnet6ID()}}
		guarded := lb.Spec{Name: "guarded", Provider: c.provider, VIP: lb.VIP{SubnetID: cloud.SubnetID(), SecurityGroupIDs: []string{w.group}}}
		for _, s := range []*lb.Spec{&six, &guarded} {
			shop(s)
			_, err := engine(cloud).Ensure(t.Context(), *s)
			require.NoError(t, err)
		}
		six.VIP = lb.VIP{NetworkID: cloud.NetworkID()}
		six.FloatingIP = &floatingip.Spec{Network: cloud.ExternalNetworkID()}
		six.Tags = []string{"first"} // which would be done before
		six.Listeners[0].AllowedCIDRs = []netip.Prefix{netip.MustParsePrefix("192.0.2.0/24")}
		six.Pools = append(six.Pools, lb.Pool{Name: "dns", Protocol: lb.UDP, Members: members(1, 53)})
		six.Listeners = append(six.Listeners, lb.Listener{Name: "dns", Protocol: lb.UDP, Port: 53, Pool: "dns"})
		unfit(t, cloud, six, `listeners["http"].allowedCIDRs[0]`, "floatingIP: needs an IPv4 address", `pools["dns"].members[0].address`)

		guarded.VIP.SecurityGroupIDs = nil
		guarded.Tags = []string{"first"}
		guarded.Listeners[0].AllowedCIDRs = []netip.Prefix{netip.MustParsePrefix("192.0.2.0/24")}
		unfit(t, cloud, guarded, "does not go with vip.securityGroupIDs")
		guarded.VIP.SecurityGroupIDs = []string{}
		g, err := engine(cloud).Ensure(t.Context(), guarded)
		require.NoError(t, err)
		assert.Empty(t, g.Spec().VIP.SecurityGroupIDs)
	})
}

// What somebody has set by hand beside CIDRs that are there is no reason to stop: nothing is
// to be said about them.
func TestCIDRsThatAreThereStayBesideSecurityGroups(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := cell{provider.Amphora, provider.Epoxy}
		cloud := c.cloud()
		w := newWorld(t, c, cloud)
		s := lb.Spec{Name: "open", Provider: c.provider, VIP: lb.VIP{SubnetID: cloud.SubnetID()}}
		shop(&s)
		s.Listeners[0].AllowedCIDRs = []netip.Prefix{netip.MustParsePrefix("192.0.2.0/24")}
		g, err := engine(cloud).Ensure(t.Context(), s)
		require.NoError(t, err)
		_, err = octavia.Update(t.Context(), cloud.LoadBalancer(), "lbaas/loadbalancers/"+g.ID(), "loadbalancer", body{"vip_sg_ids": []string{w.group}})
		require.NoError(t, err)
		time.Sleep(time.Minute)

		s.Pools[0].Members = s.Pools[0].Members[:1]
		g, err = engine(cloud).Ensure(t.Context(), s)
		require.NoError(t, err)
		assert.Len(t, g.Spec().Pools[0].Members, 1)
		s.Listeners[0].AllowedCIDRs = []netip.Prefix{netip.MustParsePrefix("198.51.100.0/24")}
		unfit(t, cloud, s, "does not go with vip.securityGroupIDs")
	})
}

// unfit demands that a Spec is refused in some words, without a mutating call.
func unfit(t *testing.T, cloud *fake.Cloud, s lb.Spec, words ...string) {
	t.Helper()
	require.NoError(t, s.Validate())
	before := len(cloud.Mutations())
	_, err := engine(cloud).Ensure(t.Context(), s)
	for _, w := range words {
		assert.ErrorContains(t, err, w)
	}
	assert.Len(t, cloud.Mutations(), before)
}
