// SPDX-License-Identifier: Apache-2.0

package lb_test

import (
	"errors"
	"net/netip"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/octaviakit/octaviakit/fake"
	"github.com/octaviakit/octaviakit/floatingip"
	"github.com/octaviakit/octaviakit/lb"
	"github.com/octaviakit/octaviakit/provider"
)

// On ovn each additional VIP has a port of its own, so a floating IP needs a first VIP of IPv4: a
// wish that cannot come true is refused before anything is made.
func TestAFloatingIPNeedsAFirstVIPOfIPv4(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		provider provider.Name
		wish     func(*fake.Cloud, *lb.Spec)
		refused  string
	}{
		"by subnet":            {provider.OVN, func(*fake.Cloud, *lb.Spec) {}, "floatingIP"},
		"by address":           {provider.OVN, func(_ *fake.Cloud, s *lb.Spec) { s.VIP.Address = netip.MustParseAddr("fd00::77") }, "floatingIP"},
		"the other way round":  {provider.OVN, func(c *fake.Cloud, s *lb.Spec) { swap(c, s) }, ""},
		"to the additional":    {provider.OVN, func(c *fake.Cloud, s *lb.Spec) { swap(c, s); fixed(s) }, "floatingIP.fixedIP"},
		"without floating IP":  {provider.OVN, func(_ *fake.Cloud, s *lb.Spec) { s.FloatingIP = nil }, ""},
		"on amphora: one port": {provider.Amphora, func(*fake.Cloud, *lb.Spec) {}, ""},
	} {
		cloud := fake.New(fake.WithProvider(tc.provider, provider.Epoxy))
		s := lb.Spec{
			Name: "dual", Provider: tc.provider, FloatingIP: &floatingip.Spec{},
			VIP: lb.VIP{SubnetID: cloud.Subnet6ID(), Additional: []lb.AdditionalVIP{{SubnetID: cloud.SubnetID()}}},
		}
		tc.wish(cloud, &s)
		_, err := engine(cloud).Ensure(t.Context(), s)
		if tc.refused == "" {
			require.NoError(t, err, name)
			continue
		}
		u, ok := errors.AsType[*lb.UnsupportedError](err)
		require.True(t, ok, "%s: %v", name, err)
		assert.Equal(t, tc.refused, u.Path, name)
		assert.Contains(t, u.Error(), "instead: the IPv4 subnet as vip, and the IPv6 one in vip.additional", name)
		assert.Empty(t, cloud.Mutations(), name)
	}
}

// Whoever wishes for it later is told before any call, too.
func TestAFloatingIPForAFirstVIPOfIPv6ComesTooLate(t *testing.T) {
	t.Parallel()
	cloud := fake.New(fake.WithProvider(provider.OVN, provider.Epoxy))
	s := lb.Spec{
		Name: "dual", Provider: provider.OVN,
		VIP: lb.VIP{SubnetID: cloud.Subnet6ID(), Additional: []lb.AdditionalVIP{{SubnetID: cloud.SubnetID()}}},
	}
	_, err := engine(cloud).Ensure(t.Context(), s)
	require.NoError(t, err)
	made := len(cloud.Mutations())
	s.FloatingIP = &floatingip.Spec{}
	_, err = engine(cloud).Ensure(t.Context(), s)
	u, ok := errors.AsType[*lb.UnsupportedError](err)
	require.True(t, ok, "%v", err)
	assert.Equal(t, "floatingIP", u.Path)
	assert.Len(t, cloud.Mutations(), made)
}

// swap makes the IPv4 subnet the first.
func swap(c *fake.Cloud, s *lb.Spec) {
	s.VIP.SubnetID, s.VIP.Additional[0].SubnetID = c.SubnetID(), c.Subnet6ID()
}

// fixed asks for a floating IP on an additional VIP.
func fixed(s *lb.Spec) {
	a := netip.MustParseAddr("10.0.0.99")
	s.VIP.Additional[0].Address, s.FloatingIP.FixedIP = a, a
}
