// SPDX-License-Identifier: Apache-2.0

package lb_test

import (
	"testing"

	"github.com/gophercloud/gophercloud/v2/openstack/networking/v2/extensions/layer3/floatingips"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/octaviakit/octaviakit/fake"
	"github.com/octaviakit/octaviakit/floatingip"
)

// rebind puts an address on a port, or takes it off.
func rebind(t *testing.T, cloud *fake.Cloud, f floatingip.FloatingIP, port string) {
	t.Helper()
	_, err := floatingips.Update(t.Context(), cloud.Network(), f.ID, floatingips.UpdateOpts{PortID: &port}).Extract()
	require.NoError(t, err)
}

// An address that is kept comes off when it is not wanted any more, once, and back when it is.
func TestAKeptAddressThatIsNotWantedStaysOff(t *testing.T) {
	in(t, func(t *testing.T, c cell, cloud *fake.Cloud) {
		e, spec := engine(cloud), service(cloud, c, 1, 2)
		spec.FloatingIP.Keep = true
		was, err := e.Ensure(t.Context(), spec)
		require.NoError(t, err)
		plan, err := e.Plan(t.Context(), was.Spec())
		require.NoError(t, err)
		assert.True(t, plan.Empty(), "%s", plan)
		internal := spec
		internal.FloatingIP = nil
		for range 2 {
			g, err := e.Ensure(t.Context(), internal)
			require.NoError(t, err)
			assert.Equal(t, g.VIP(), g.Address())
			plan, err := e.Plan(t.Context(), g.Spec())
			require.NoError(t, err)
			assert.True(t, plan.Empty(), "%s", plan)
			assert.Empty(t, addresses(t, cloud)[0].PortID)
		}
		cloud.ForgetCalls()
		_, err = e.Ensure(t.Context(), internal)
		require.NoError(t, err)
		assert.Empty(t, cloud.Mutations())
		g, err := e.Ensure(t.Context(), spec)
		require.NoError(t, err)
		assert.Equal(t, was.Address(), g.Address())
	})
}

// Somebody has put the address of one load balancer on another one of the same owner's:
// there it serves as long as it is there, and it stays what it is.
func TestAnAddressOfAnotherNameIsLeftAlone(t *testing.T) {
	in(t, func(t *testing.T, c cell, cloud *fake.Cloud) {
		e, x, y := engine(cloud), service(cloud, c, 1, 2), service(cloud, c, 1, 2)
		x.Name, y.Name, x.FloatingIP = "x", "y", nil
		gx, err := e.Ensure(t.Context(), x)
		require.NoError(t, err)
		gy, err := e.Ensure(t.Context(), y)
		require.NoError(t, err)
		f, _ := gy.FloatingIP()
		rebind(t, cloud, f, gx.VIPPortID())
		before := cloud.Dump()
		for _, want := range []*floatingip.Spec{nil, {}, {Keep: true}} {
			x.FloatingIP = want
			_, err = e.Ensure(t.Context(), x)
			require.NoError(t, err)
			assert.Equal(t, before, cloud.Dump())
		}
		gy, err = e.Ensure(t.Context(), y)
		require.NoError(t, err)
		assert.NotEqual(t, f.Address, gy.Address())
		require.NoError(t, e.Delete(t.Context(), "x"))
		require.NoError(t, e.Delete(t.Context(), "y"))
		assert.Equal(t, fresh(c), cloud.Dump(), "and it goes with the name that it was made for")
	})
}

// Somebody has bound an address of theirs in the place of ours: ours goes with the load
// balancer all the same.
func TestDeleteTakesAnAddressThatWasPutAside(t *testing.T) {
	in(t, func(t *testing.T, c cell, cloud *fake.Cloud) {
		g, err := engine(cloud).Ensure(t.Context(), service(cloud, c, 1, 2))
		require.NoError(t, err)
		f, _ := g.FloatingIP()
		rebind(t, cloud, f, "")
		theirs, err := floatingips.Create(t.Context(), cloud.Network(), floatingips.CreateOpts{
			FloatingNetworkID: cloud.ExternalNetworkID(), PortID: g.VIPPortID(), Description: "theirs",
		}).Extract()
		require.NoError(t, err)
		require.NoError(t, engine(cloud).Delete(t.Context(), g.Name()))
		left := addresses(t, cloud)
		require.Len(t, left, 1)
		assert.Equal(t, theirs.ID, left[0].ID)
		assert.Equal(t, "theirs", left[0].Description)
	})
}
