// SPDX-License-Identifier: Apache-2.0

package lb_test

import (
	"strings"
	"testing"

	"github.com/gophercloud/gophercloud/v2/openstack/networking/v2/extensions/layer3/floatingips"
	"github.com/gophercloud/gophercloud/v2/openstack/networking/v2/ports"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/octaviakit/octaviakit/fake"
	"github.com/octaviakit/octaviakit/internal/octavia"
	"github.com/octaviakit/octaviakit/lb"
	"github.com/octaviakit/octaviakit/provider"
)

func noName(string) bool { return false }

// swept lists orphans and sweeps them, and demands that nothing stays on the list.
func swept(t *testing.T, e *lb.Engine, keep func(string) bool) []lb.Orphan {
	t.Helper()
	orphans, err := e.Orphans(t.Context(), keep)
	require.NoError(t, err)
	require.NoError(t, e.Sweep(t.Context(), orphans))
	left, err := e.Orphans(t.Context(), keep)
	require.NoError(t, err)
	assert.Empty(t, left)
	return orphans
}

// vanish deletes a load balancer behind the Engine's back.
func (p *peer) vanish(id string) {
	p.Helper()
	require.NoError(p, octavia.Delete(p.Context(), p.client, "lbaas/loadbalancers/"+id+"?cascade=true"))
	require.NoError(p, p.wait.Deleted(p.Context(), id))
}

// What is wanted under a name is not an orphan of that name, whatever the mark makes of
// it and whether its load balancer is there: the next Ensure takes the address up again.
func TestAWantedAddressIsNoOrphan(t *testing.T) {
	in(t, func(t *testing.T, c cell, cloud *fake.Cloud) {
		p := newPeer(t, c, cloud)
		for _, name := range []string{"plain", "a, b", "prod/é {1}", strings.Repeat("long", 100)} {
			spec := service(cloud, c, 1, 1)
			spec.Name = name
			g, err := engine(cloud).Ensure(t.Context(), spec)
			require.NoError(t, err)
			keep := func(n string) bool { return n == lb.StoredName(name) }
			orphans, err := engine(cloud).Orphans(t.Context(), keep)
			require.NoError(t, err)
			assert.Empty(t, orphans, name)
			if name == "plain" {
				p.vanish(g.ID())
				assert.Empty(t, swept(t, engine(cloud), keep))
				require.Len(t, addresses(t, cloud), 1)
			}
			assert.NotEmpty(t, swept(t, engine(cloud), noName))
			assert.Equal(t, fresh(c), cloud.Dump())
		}
	})
}

// A list that is old by now does no harm to what was made since under the same name.
func TestAnOldListSweepsNothingNew(t *testing.T) {
	in(t, func(t *testing.T, c cell, cloud *fake.Cloud) {
		e, spec := engine(cloud), service(cloud, c, 1, 1)
		_, err := e.Ensure(t.Context(), spec)
		require.NoError(t, err)
		orphans, err := e.Orphans(t.Context(), noName)
		require.NoError(t, err)
		require.Len(t, orphans, 2)
		require.NoError(t, e.Delete(t.Context(), spec.Name))
		_, err = engine(cloud).Ensure(t.Context(), spec)
		require.NoError(t, err)
		before := cloud.Dump()
		require.NoError(t, e.Sweep(t.Context(), orphans))
		assert.Equal(t, before, cloud.Dump())
	})
}

// The caller's port outlives its load balancer, with our address on it.
func TestAnAddressOnThePortOfTheCallerIsSwept(t *testing.T) {
	in(t, func(t *testing.T, c cell, cloud *fake.Cloud) {
		if !lookup(t, c.provider, c.release).Has(provider.VIPPort) {
			return
		}
		spec, _ := withItsPort(t, c, cloud)
		g, err := engine(cloud).Ensure(t.Context(), spec)
		require.NoError(t, err)
		orphans, err := engine(cloud).Orphans(t.Context(), noName)
		require.NoError(t, err)
		require.Len(t, orphans, 2)
		before := cloud.Dump()
		require.NoError(t, engine(cloud).Sweep(t.Context(), orphans[1:]))
		assert.Equal(t, before, cloud.Dump(), "not while the load balancer is there")
		newPeer(t, c, cloud).vanish(g.ID())
		assert.Len(t, swept(t, engine(cloud), noName), 1)
		assert.Empty(t, addresses(t, cloud))
	})
}

// An address that somebody has given to a server, or to a load balancer that stays, is in
// use there, whatever it was made for.
func TestAMovedAddressIsNotSwept(t *testing.T) {
	in(t, func(t *testing.T, c cell, cloud *fake.Cloud) {
		server, err := ports.Create(t.Context(), cloud.Network(), ports.CreateOpts{
			NetworkID: cloud.NetworkID(), FixedIPs: []ports.IP{{SubnetID: cloud.SubnetID()}}, DeviceOwner: "compute:nova", DeviceID: "server",
		}).Extract()
		require.NoError(t, err)
		stays := service(cloud, c, 1, 1)
		stays.Name, stays.FloatingIP = "stays", nil
		g, err := engine(cloud).Ensure(t.Context(), stays)
		require.NoError(t, err)
		unseen, err := ports.Create(t.Context(), cloud.Network(), ports.CreateOpts{ // whose load balancer we may not see
			NetworkID: cloud.NetworkID(), FixedIPs: []ports.IP{{SubnetID: cloud.SubnetID()}}, Name: "ovn-lb-vip-" + g.ID(),
		}).Extract()
		require.NoError(t, err)
		for _, port := range []string{server.ID, g.VIPPortID(), unseen.ID} {
			before := len(addresses(t, cloud))
			goes, err := engine(cloud).Ensure(t.Context(), service(cloud, c, 1, 1))
			require.NoError(t, err)
			f, _ := goes.FloatingIP()
			_, err = floatingips.Update(t.Context(), cloud.Network(), f.ID, floatingips.UpdateOpts{PortID: &port}).Extract()
			require.NoError(t, err)
			orphans := swept(t, engine(cloud), func(n string) bool { return n == "stays" })
			assert.Len(t, orphans, 1, "the load balancer")
			assert.Len(t, addresses(t, cloud), before+1)
		}
	})
}

// Whoever says nothing of what to keep does not mean nothing.
func TestOrphansOfWhat(t *testing.T) {
	t.Parallel()
	cloud := fake.New()
	_, err := engine(cloud, lb.WithObserver(nil)).Orphans(t.Context(), nil)
	var f *lb.FieldError
	require.ErrorAs(t, err, &f)
	assert.Equal(t, "keep", f.Path)
	assert.Empty(t, cloud.Polls())
	_, err = engine(cloud, lb.WithObserver(nil)).Ensure(t.Context(), service(cloud, cells()[0], 1, 1))
	require.NoError(t, err, "nobody observes")
}

// Whoever has no network client is told so.
func TestSweepWithoutANetworkClient(t *testing.T) {
	t.Parallel()
	err := lb.New(fake.New().LoadBalancer(), "test").Sweep(t.Context(), []lb.Orphan{{Kind: lb.KindFloatingIP, ID: "x", Text: "203.0.113.9"}})
	var f *lb.FieldError
	require.ErrorAs(t, err, &f)
	assert.Equal(t, "network", f.Path)
	require.ErrorContains(t, err, "203.0.113.9")
}
