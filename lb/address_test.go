// SPDX-License-Identifier: Apache-2.0

package lb_test

import (
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/gophercloud/gophercloud/v2/openstack/networking/v2/extensions/quotas"
	"github.com/gophercloud/gophercloud/v2/openstack/networking/v2/ports"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/octaviakit/octaviakit/fake"
	"github.com/octaviakit/octaviakit/floatingip"
	"github.com/octaviakit/octaviakit/lb"
	"github.com/octaviakit/octaviakit/provider"
)

// A floating IP that is refused after the load balancer's POST is a typed error. Nothing
// is lost: the next run goes on where this one ended.
func TestARefusedFloatingIPIsNoEnd(t *testing.T) {
	in(t, func(t *testing.T, c cell, cloud *fake.Cloud) {
		allow := func(n int) {
			_, err := quotas.Update(t.Context(), cloud.NetworkAs("admin"), cloud.ProjectID("demo"), quotas.UpdateOpts{FloatingIP: &n}).Extract()
			require.NoError(t, err)
		}
		allow(0)
		spec := service(cloud, c, 2, 3)
		plan, err := engine(cloud).Plan(t.Context(), spec)
		require.NoError(t, err)
		for range 2 {
			_, err = engine(cloud).Ensure(t.Context(), spec)
			require.ErrorIs(t, err, floatingip.ErrQuota)
			var applied *lb.ApplyError
			require.ErrorAs(t, err, &applied)
			assert.Equal(t, "POST /floatingips", applied.Step.Call)
			assert.NotEmpty(t, applied.ID, "of what was made")
		}
		allow(10)
		g, err := engine(cloud).Ensure(t.Context(), spec)
		require.NoError(t, err)
		settled(t, g)
		assert.NotEqual(t, g.VIP(), g.Address())
		assert.Equal(t, plan.Cycles(), cloud.Cycles(""), "nothing was done twice")
		require.NoError(t, engine(cloud).Delete(t.Context(), spec.Name))
		allow(50)
		assert.Equal(t, fresh(c), cloud.Dump())
	})
}

// Nobody outside reaches the load balancer then, and everything else is as wished: for an
// Ensure, and for Steps, each of which is still one call.
func TestARefusedFloatingIPHoldsNothingUp(t *testing.T) {
	in(t, func(t *testing.T, c cell, cloud *fake.Cloud) {
		_, err := quotas.Update(t.Context(), cloud.NetworkAs("admin"), cloud.ProjectID("demo"), quotas.UpdateOpts{FloatingIP: new(0)}).Extract()
		require.NoError(t, err)
		for i, run := range []func(lb.Spec) error{
			func(s lb.Spec) error { _, err := engine(cloud).Ensure(t.Context(), s); return err },
			func(s lb.Spec) error { return refusedSteps(t, engine(cloud), cloud, s) },
		} {
			for _, nodes := range []int{3, 4} {
				spec := service(cloud, c, 2, nodes)
				spec.Name = []string{"ensured", "stepped"}[i]
				require.ErrorIs(t, run(spec), floatingip.ErrQuota)
				g, err := engine(cloud).Observe(t.Context(), spec.Name)
				require.NoError(t, err)
				settled(t, g)
				inside := spec
				inside.FloatingIP = nil
				plan, err := engine(cloud).Plan(t.Context(), inside)
				require.NoError(t, err)
				assert.True(t, plan.Empty(), "%s", plan)
			}
			require.NoError(t, engine(cloud).Delete(t.Context(), []string{"ensured", "stepped"}[i]))
		}
	})
}

// refusedSteps drives Step until nothing is left that it can do, and returns why.
func refusedSteps(t *testing.T, e *lb.Engine, cloud *fake.Cloud, s lb.Spec) (last error) {
	t.Helper()
	for refusals := 0; refusals < 2; {
		before := len(cloud.Mutations())
		p, err := e.Step(t.Context(), s)
		require.LessOrEqual(t, len(cloud.Mutations())-before, 1)
		require.False(t, p.Done)
		last = err
		if refusals++; err == nil {
			refusals = 0
		}
		<-time.After(max(p.After, time.Second))
	}
	return last
}

// An old load balancer stays as long as its address cannot be taken to the new one.
func TestARefusedAddressKeepsTheOldOne(t *testing.T) {
	for _, m := range moves() {
		synctest.Test(t, func(t *testing.T) {
			cloud := m.cloud()
			before, after := m.specs(cloud)
			was, err := engine(cloud).Ensure(t.Context(), before)
			require.NoError(t, err)
			cloud.Inject(fake.Fault{Method: http.MethodPut, Path: "/floatingips/*", Effect: fake.Refuse, Status: http.StatusForbidden, Times: -1})
			_, err = engine(cloud, agree()).Ensure(t.Context(), after)
			var refused *lb.RefusedError
			require.ErrorAs(t, err, &refused)
			assert.Equal(t, http.StatusForbidden, refused.Status)
			old, err := engine(cloud).Observe(t.Context(), before.Name)
			require.NoError(t, err)
			assert.Equal(t, was.ID(), old.ID())
			assert.Equal(t, was.Address(), old.Address())
			cloud.ClearFaults()
			now, err := engine(cloud, agree()).Ensure(t.Context(), after)
			require.NoError(t, err)
			assert.Equal(t, was.Address(), now.Address())
			assert.Equal(t, m.to, now.Provider())
		})
	}
}

// An address that is kept outlives its load balancer, and comes back with the next.
func TestAKeptAddressComesBack(t *testing.T) {
	in(t, func(t *testing.T, c cell, cloud *fake.Cloud) {
		e, spec := engine(cloud), service(cloud, c, 1, 1)
		spec.FloatingIP.Keep = true
		first, err := e.Ensure(t.Context(), spec)
		require.NoError(t, err)
		require.NoError(t, e.Delete(t.Context(), spec.Name))
		orphans, err := e.Orphans(t.Context(), func(string) bool { return false })
		require.NoError(t, err)
		assert.Empty(t, orphans, "it is no orphan")
		cloud.ForgetCalls()
		require.NoError(t, e.Delete(t.Context(), spec.Name))
		assert.Empty(t, cloud.Mutations())
		again, err := e.Ensure(t.Context(), spec)
		require.NoError(t, err)
		assert.Equal(t, first.Address(), again.Address())

		spec.FloatingIP.Keep = false
		_, err = e.Ensure(t.Context(), spec)
		require.NoError(t, err)
		require.NoError(t, e.Delete(t.Context(), spec.Name))
		assert.Equal(t, fresh(c), cloud.Dump(), "not kept any more")
	})
}

// Step, and an Ensure that goes on where another one died, do it, too.
func TestAnAddressThatWasThereFirstIsPutBackByStep(t *testing.T) {
	for _, c := range []cell{{provider.Amphora, provider.Epoxy}, {provider.OVN, provider.Hibiscus}} {
		t.Run(c.String(), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				cloud := c.cloud()
				spec, fip := withItsPort(t, c, cloud)
				time.Sleep(time.Minute)
				cloud.ForgetCalls()
				e := engine(cloud, lb.WithCapabilities(lookup(t, c.provider, c.release)))
				steps(t, e, cloud, spec)
				putBack(t, c, cloud)
				g, err := e.Observe(t.Context(), spec.Name)
				require.NoError(t, err)
				assert.Equal(t, fip.Address, g.Address())
				assert.Equal(t, 1, steps(t, e, cloud, spec), "and only once")
			})
		})
	}
}

// withItsPort is a service whose VIP port is there already, with an address of ours.
func withItsPort(t *testing.T, c cell, cloud *fake.Cloud) (lb.Spec, floatingip.FloatingIP) {
	t.Helper()
	port, err := ports.Create(t.Context(), cloud.Network(), ports.CreateOpts{
		NetworkID: cloud.NetworkID(), FixedIPs: []ports.IP{{SubnetID: cloud.SubnetID()}},
	}).Extract()
	require.NoError(t, err)
	fip, err := floatingip.Ensure(t.Context(), cloud.Network(), port.ID, floatingip.Spec{}, floatingip.Mark{Owner: "test", Key: "service"})
	require.NoError(t, err)
	spec := service(cloud, c, 1, 1)
	spec.VIP = lb.VIP{PortID: port.ID}
	return spec, fip
}

// putBack demands that the address was taken off and put back, if the driver misses early ones.
func putBack(t *testing.T, c cell, cloud *fake.Cloud) {
	t.Helper()
	moves := 0
	for call := range cloud.Calls() {
		if call.Method == http.MethodPut && strings.Contains(call.Path, "/floatingips/") {
			moves++
		}
	}
	if lookup(t, c.provider, c.release).EarlyFloatingIP() {
		assert.Zero(t, moves)
	} else {
		assert.Equal(t, 2, moves, "off and on")
	}
}

// ovn hears of an address by an event, which it drops while its load balancer is not
// there: one that was on the port before is taken off and put back.
func TestAnAddressThatWasThereFirstIsPutBack(t *testing.T) {
	for _, c := range []cell{{provider.Amphora, provider.Epoxy}, {provider.OVN, provider.Hibiscus}} {
		t.Run(c.String(), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) { thereFirst(t, c, c.cloud()) })
		})
	}
}

func thereFirst(t *testing.T, c cell, cloud *fake.Cloud) {
	t.Helper()
	spec, fip := withItsPort(t, c, cloud)
	cloud.ForgetCalls()
	g, err := engine(cloud, lb.WithCapabilities(lookup(t, c.provider, c.release))).Ensure(t.Context(), spec)
	require.NoError(t, err)
	assert.Equal(t, fip.Address, g.Address())
	putBack(t, c, cloud)
}
