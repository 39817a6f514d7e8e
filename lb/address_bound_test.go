// SPDX-License-Identifier: Apache-2.0

package lb_test

import (
	"context"
	"net/netip"
	"testing"
	"testing/synctest"

	"github.com/gophercloud/gophercloud/v2/openstack/networking/v2/extensions/attributestags"
	"github.com/gophercloud/gophercloud/v2/openstack/networking/v2/extensions/layer3/floatingips"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/octaviakit/octaviakit/fake"
	"github.com/octaviakit/octaviakit/floatingip"
	"github.com/octaviakit/octaviakit/lb"
)

// reserved is an address that somebody else has reserved, with words and a tag of theirs.
func reserved(t *testing.T, cloud *fake.Cloud, port string) floatingips.FloatingIP {
	t.Helper()
	f, err := floatingips.Create(t.Context(), cloud.Network(), floatingips.CreateOpts{
		FloatingNetworkID: cloud.ExternalNetworkID(), Description: "theirs", PortID: port,
	}).Extract()
	require.NoError(t, err)
	require.NoError(t, attributestags.Add(t.Context(), cloud.Network(), "floatingips", f.ID, "billing").ExtractErr())
	return *f
}

func named(f floatingips.FloatingIP) *floatingip.Spec {
	return &floatingip.Spec{Address: netip.MustParseAddr(f.FloatingIP)}
}

// free demands that an address is there, as it was before anybody bound it.
func free(t *testing.T, cloud *fake.Cloud, f floatingips.FloatingIP) {
	t.Helper()
	for _, now := range addresses(t, cloud) {
		if now.ID == f.ID {
			assert.Empty(t, now.PortID)
			assert.Equal(t, "theirs", now.Description)
			assert.Equal(t, []string{"billing"}, now.Tags)
			return
		}
	}
	t.Errorf("%s is gone", f.FloatingIP)
}

// An address that somebody has reserved and the Spec named comes off when the Spec does not
// name it any more, by Ensure and by Step, and stays whose it is.
func TestAReservedAddressComesOffAgain(t *testing.T) {
	in(t, func(t *testing.T, c cell, cloud *fake.Cloud) {
		one, two := reserved(t, cloud, ""), reserved(t, cloud, "")
		ensure := map[string]func(lb.Spec){
			"ensured": func(s lb.Spec) {
				_, err := engine(cloud, agree()).Ensure(t.Context(), s)
				require.NoError(t, err)
			},
			"stepped": func(s lb.Spec) { steps(t, engine(cloud, agree()), cloud, s) },
		}
		for name, make := range ensure {
			spec := service(cloud, c, 1, 2)
			spec.Name = name
			for _, f := range []floatingips.FloatingIP{one, two} {
				spec.FloatingIP = named(f)
				make(spec)
				g, err := engine(cloud).Observe(t.Context(), name)
				require.NoError(t, err)
				assert.Equal(t, f.FloatingIP, g.Address().String())
				again, err := engine(cloud).Plan(t.Context(), spec)
				require.NoError(t, err)
				assert.True(t, again.Empty(), "%s", again)
			}
			free(t, cloud, one)
			spec.FloatingIP = nil
			make(spec)
			free(t, cloud, two)
			require.NoError(t, engine(cloud).Delete(t.Context(), name))
		}
	})
}

// It outlives its load balancer, and nothing on it tells of that; for Delete, and StepDelete.
func TestAReservedAddressOutlivesItsLoadBalancer(t *testing.T) {
	in(t, func(t *testing.T, c cell, cloud *fake.Cloud) {
		f := reserved(t, cloud, "")
		spec := service(cloud, c, 1, 2)
		spec.FloatingIP = named(f)
		for _, remove := range []func(){
			func() { require.NoError(t, engine(cloud).Delete(t.Context(), spec.Name)) },
			func() { stepsAway(t, engine(cloud), cloud, spec.Name) },
		} {
			_, err := engine(cloud).Ensure(t.Context(), spec)
			require.NoError(t, err)
			remove()
			free(t, cloud, f)
		}
	})
}

// One that somebody has bound by hand stays where it is.
func TestAnAddressBoundByHandStays(t *testing.T) {
	in(t, func(t *testing.T, c cell, cloud *fake.Cloud) {
		spec := service(cloud, c, 1, 2)
		spec.FloatingIP = nil
		g, err := engine(cloud).Ensure(t.Context(), spec)
		require.NoError(t, err)
		f := reserved(t, cloud, g.VIPPortID())
		before := cloud.Dump()
		for _, want := range []*floatingip.Spec{nil, named(f), nil} {
			spec.FloatingIP = want
			g, err = engine(cloud).Ensure(t.Context(), spec)
			require.NoError(t, err)
			assert.Equal(t, f.FloatingIP, g.Address().String())
			assert.Equal(t, before, cloud.Dump())
		}
	})
}

// Whatever call a program dies at, the next run ends where an uninterrupted one does.
func TestCrashAroundAReservedAddress(t *testing.T) {
	for _, c := range cells() {
		t.Run(c.String(), func(t *testing.T) {
			t.Parallel()
			for n, busy := first(t), true; busy; n += stride() {
				synctest.Test(t, func(t *testing.T) { busy = crashAround(t, c, n) })
			}
		})
	}
}

// crashAround dies at the n-th call of each change in turn; it reports whether any came that far.
func crashAround(t *testing.T, c cell, n int) (busy bool) {
	t.Helper()
	cloud := c.cloud()
	one, two := reserved(t, cloud, ""), reserved(t, cloud, "")
	spec := service(cloud, c, 1, 1)
	for _, f := range []*floatingips.FloatingIP{&one, &two, nil, &two} {
		if spec.FloatingIP = nil; f != nil {
			spec.FloatingIP = named(*f)
		}
		busy = crash(t, cloud, n, func(ctx context.Context, e *lb.Engine) error {
			_, err := e.Ensure(ctx, spec)
			return err
		}, agree()) || busy
		g, err := engine(cloud, agree()).Ensure(t.Context(), spec)
		require.NoError(t, err, "died at call %d", n)
		for _, other := range []*floatingips.FloatingIP{&one, &two} {
			if other != f {
				free(t, cloud, *other)
			}
		}
		if f == nil {
			assert.Equal(t, g.VIP(), g.Address(), "died at call %d", n)
		} else {
			assert.Equal(t, f.FloatingIP, g.Address().String(), "died at call %d", n)
		}
	}
	busy = crash(t, cloud, n, func(ctx context.Context, e *lb.Engine) error { return e.Delete(ctx, spec.Name) }) || busy
	require.NoError(t, engine(cloud).Delete(t.Context(), spec.Name))
	free(t, cloud, one)
	free(t, cloud, two)
	return busy
}

// Of several owners who share it, the one who bound it leaves, and the last one takes it off.
func TestAReservedAddressIsHandedOver(t *testing.T) {
	in(t, func(t *testing.T, c cell, cloud *fake.Cloud) {
		f := reserved(t, cloud, "")
		a, b := owner(cloud, "a"), owner(cloud, "b")
		for port, e := range map[uint16]*lb.Engine{80: a, 81: b} {
			spec := share(cloud, c, port)
			spec.FloatingIP = named(f)
			_, err := e.Ensure(t.Context(), spec)
			require.NoError(t, err)
		}
		first, last := a, b
		if g, _ := a.Observe(t.Context(), "service"); !boundFor(g, "a") {
			first, last = b, a
		}
		require.NoError(t, first.Delete(t.Context(), "service"))
		g, err := last.Observe(t.Context(), "service")
		require.NoError(t, err)
		assert.Equal(t, f.FloatingIP, g.Address().String())
		require.NoError(t, last.Delete(t.Context(), "service"))
		free(t, cloud, f)
	})
}

func boundFor(g *lb.Graph, owner string) bool {
	f, _ := g.FloatingIP()
	return f.BoundFor(floatingip.Mark{Owner: owner, Key: "service"})
}
