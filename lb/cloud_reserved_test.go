// SPDX-License-Identifier: Apache-2.0

package lb_test

import (
	"context"
	"net/netip"
	"testing"

	"github.com/gophercloud/gophercloud/v2/openstack/networking/v2/extensions/attributestags"
	"github.com/gophercloud/gophercloud/v2/openstack/networking/v2/extensions/external"
	"github.com/gophercloud/gophercloud/v2/openstack/networking/v2/extensions/layer3/floatingips"
	"github.com/gophercloud/gophercloud/v2/openstack/networking/v2/networks"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/octaviakit/octaviakit/floatingip"
	"github.com/octaviakit/octaviakit/lb"
)

// TestRealReservedAddress binds an address on a real cloud that somebody else has reserved,
// and lets it go again, once by a Spec without it and once by a deletion: it is as it was
// then. Run it as TestRealService.
func TestRealReservedAddress(t *testing.T) {
	r := newReal(t)
	theirs := r.reserve()
	spec := lb.Spec{Name: "octaviakit-reserved-" + string(r.provider), Provider: r.provider, VIP: lb.VIP{SubnetID: r.subnet.ID}}
	r.cleanUp(spec.Name)
	for _, drop := range []func() error{
		func() error { _, err := r.engine().Ensure(t.Context(), spec); return err },
		func() error { return r.engine().Delete(t.Context(), spec.Name) },
	} {
		with := spec
		with.FloatingIP = &floatingip.Spec{Address: netip.MustParseAddr(theirs.FloatingIP)}
		g, err := r.engine().Ensure(t.Context(), with)
		require.NoError(t, err)
		bound, ok := g.FloatingIP()
		require.True(t, ok)
		assert.Equal(t, theirs.ID, bound.ID)
		plan, err := r.engine().Plan(t.Context(), with)
		require.NoError(t, err)
		assert.True(t, plan.Empty(), "%s", plan)

		require.NoError(t, drop())
		now, err := floatingips.Get(t.Context(), r.network, theirs.ID).Extract()
		require.NoError(t, err, "it is theirs, and stays")
		assert.Empty(t, now.PortID)
		assert.Equal(t, "reserved by hand", now.Description)
		assert.Equal(t, []string{"somebody's"}, now.Tags)
	}
}

// reserve allocates an address as an operator does, in the first network outside. It goes with the test.
func (r *realCloud) reserve() *floatingips.FloatingIP {
	r.Helper()
	pages, err := networks.List(r.network, external.ListOptsExt{ListOptsBuilder: networks.ListOpts{}, External: new(true)}).AllPages(r.Context())
	require.NoError(r, err)
	outside, err := networks.ExtractNetworks(pages)
	require.NoError(r, err)
	require.NotEmpty(r, outside)
	f, err := floatingips.Create(r.Context(), r.network, floatingips.CreateOpts{
		FloatingNetworkID: outside[0].ID, Description: "reserved by hand",
	}).Extract()
	require.NoError(r, err)
	r.Cleanup(func() {
		if err := floatingips.Delete(context.WithoutCancel(r.Context()), r.network, f.ID).ExtractErr(); err != nil {
			r.Errorf("left behind: floating IP %s: %v", f.ID, err)
		}
	})
	require.NoError(r, attributestags.Add(r.Context(), r.network, "floatingips", f.ID, "somebody's").ExtractErr())
	return f
}
