// SPDX-License-Identifier: Apache-2.0

package lb_test

import (
	"errors"
	"net/http"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/octaviakit/octaviakit/fake"
	"github.com/octaviakit/octaviakit/floatingip"
	"github.com/octaviakit/octaviakit/lb"
	"github.com/octaviakit/octaviakit/monitor"
	"github.com/octaviakit/octaviakit/provider"
	"github.com/octaviakit/octaviakit/waiter"
)

// cell is a provider at a release, which is what behaviour depends on.
type cell struct {
	provider provider.Name
	release  provider.Release
}

// forgets reports whether the end of a pool stops the probes of others: see probes.go.
func (c cell) forgets() bool {
	caps, err := provider.Lookup(c.provider, c.release)
	return err == nil && caps.HasQuirk(provider.QuirkOVNPoolDeleteClearsMappings)
}

func (c cell) String() string { return string(c.provider) + "-" + c.release.String() }

func (c cell) latency() fake.Latency {
	if c.provider == provider.OVN {
		return fake.OVNLike
	}
	return fake.AmphoraLike
}

func (c cell) cloud() *fake.Cloud {
	return fake.New(fake.WithProvider(c.provider, c.release), fake.WithLatency(c.latency()))
}

// cells are those that differ in how a load balancer is made.
func cells() []cell {
	return []cell{
		{provider.Amphora, provider.Epoxy}, // one POST
		{provider.Amphora, provider.Zed},   // one POST loses the children
		{provider.OVN, provider.Epoxy},     // settled long after ACTIVE
		{provider.OVN, provider.Zed},
	}
}

// in runs a test for every cell, in virtual time.
func in(t *testing.T, test func(t *testing.T, c cell, cloud *fake.Cloud)) {
	t.Helper()
	for _, c := range cells() {
		t.Run(c.String(), func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) { test(t, c, c.cloud()) })
		})
	}
}

func engine(cloud *fake.Cloud, opts ...lb.Option) *lb.Engine {
	return lb.New(cloud.LoadBalancer(), "test", append([]lb.Option{lb.WithNetwork(cloud.Network())}, opts...)...)
}

// settled demands that every object is ACTIVE.
func settled(t *testing.T, g *lb.Graph) {
	t.Helper()
	for n := range g.Nodes() {
		assert.Equal(t, "ACTIVE", n.Provisioning, n.Path)
	}
}

func TestLifeOfAService(t *testing.T) {
	in(t, func(t *testing.T, c cell, cloud *fake.Cloud) {
		e := engine(cloud)
		ctx := t.Context()
		ensure := func(s lb.Spec) (*lb.Graph, int) {
			plan, err := e.Plan(ctx, s)
			require.NoError(t, err)
			before := cloud.Cycles("")
			g, err := e.Ensure(ctx, s)
			require.NoError(t, err)
			settled(t, g)
			used := cloud.Cycles("") - before
			assert.Equal(t, plan.Cycles(), used, "prediction and ledger agree\n%s", plan)
			return g, used
		}

		spec := service(cloud, c, 3, 20)
		g, _ := ensure(spec)
		assert.True(t, g.Address().IsValid())
		again, cycles := ensure(spec)
		assert.Zero(t, cycles, "nothing changed")
		assert.Equal(t, g.ID(), again.ID())

		_, cycles = ensure(service(cloud, c, 3, 21))
		assert.Equal(t, 3, cycles, "one node more: one cycle a pool")
		_, cycles = ensure(spec)
		assert.Equal(t, 3, cycles, "one node less: one cycle a pool")
		_, cycles = ensure(service(cloud, c, 4, 20))
		if spec.Pools[0].Monitor != nil {
			cycles--
		}
		assert.Equal(t, 3, cycles, "a port more: pool, members, listener, and the monitor if there is one")
		_, cycles = ensure(spec)
		if c.forgets() && spec.Pools[0].Monitor != nil {
			cycles -= 2
		}
		assert.Equal(t, 2, cycles, "a port less: listener, pool, and a monitor anew where the end of a pool stops its probes")

		require.NoError(t, e.Delete(ctx, spec.Name))
		assert.Equal(t, fresh(c), cloud.Dump(), "nothing is left")
		require.NoError(t, e.Delete(ctx, spec.Name), "absence is success")
	})
}

// fresh is what a cloud looks like that nothing was done to.
func fresh(c cell) string { return c.cloud().Dump() }

func TestCreateCostsOneCycleWhereTheProviderCan(t *testing.T) {
	for c, want := range map[cell]int{
		{provider.Amphora, provider.Epoxy}: 1,
		{provider.OVN, provider.Epoxy}:     1,
		{provider.Amphora, provider.Zed}:   1 + 3*4,
		{provider.OVN, provider.Zed}:       1,
	} {
		cloud := fake.New(fake.WithProvider(c.provider, c.release))
		plan, err := engine(cloud).Plan(t.Context(), service(cloud, c, 3, 80))
		require.NoError(t, err)
		assert.Equal(t, want, plan.Cycles(), "%s\n%s", c, plan)
	}
}

func TestAddressComesEarlyOnAmphora(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		cloud := cell{provider.Amphora, provider.Epoxy}.cloud()
		start := time.Now()
		_, err := engine(cloud).Ensure(t.Context(), service(cloud, cell{provider.Amphora, provider.Epoxy}, 1, 2))
		require.NoError(t, err)
		for call := range cloud.Calls() {
			if call.Method == http.MethodPost && strings.HasSuffix(call.Path, "/floatingips") {
				assert.Less(t, call.At.Sub(start), time.Second, "before the amphora has booted")
				return
			}
		}
		t.Error("no floating IP was made")
	})
}

func TestBadInputMakesNoCall(t *testing.T) {
	t.Parallel()
	cloud := fake.New()
	spec := service(cloud, cell{provider.OVN, provider.Epoxy}, 1, 1)
	tests := map[string]struct {
		owner string
		spec  func() lb.Spec
		want  []string
	}{
		"two faults": {"test", func() lb.Spec {
			s := spec
			s.Name, s.VIP = "", lb.VIP{}
			return s
		}, []string{"name: ", "vip: "}},
		"HTTP on ovn": {"test", func() lb.Spec {
			s := service(cloud, cell{provider.Amphora, provider.Epoxy}, 1, 1)
			s.Provider = provider.OVN
			return s
		}, []string{"listener-protocol-http", "ovn", "no release can"}},
		"no owner": {"", func() lb.Spec { return spec }, []string{"owner: "}},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			e := lb.New(cloud.LoadBalancer(), tc.owner, lb.WithNetwork(cloud.Network()))
			cloud.ForgetCalls()
			_, err := e.Ensure(t.Context(), tc.spec())
			for _, want := range tc.want {
				require.ErrorContains(t, err, want)
			}
			assert.Empty(t, slices.Collect(cloud.Calls()))
		})
	}
}

func TestRefusalsAreTypedAndLeaveNothing(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		option fake.Option
		spoil  func(*lb.Spec)
		check  func(*testing.T, error)
	}{
		"quota": {fake.WithQuota("loadbalancer", 0), func(*lb.Spec) {}, func(t *testing.T, err error) {
			r, ok := errors.AsType[*lb.RefusedError](err)
			require.True(t, ok, "%v", err)
			assert.Equal(t, "Load Balancer", r.Resource)
		}},
		"unknown subnet": {fake.WithSeed(2), func(s *lb.Spec) { s.VIP.SubnetID = "00000000-0000-4000-8000-000000000001" }, func(t *testing.T, err error) {
			r, ok := errors.AsType[*lb.RefusedError](err)
			require.True(t, ok, "%v", err)
			assert.Equal(t, 400, r.Status)
			assert.ErrorContains(t, err, "Subnet 00000000-0000-4000-8000-000000000001 not found.")
		}},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			cloud := fake.New(tc.option)
			before := cloud.Dump()
			spec := service(cloud, cell{provider.Amphora, provider.Epoxy}, 1, 1)
			tc.spoil(&spec)
			_, err := engine(cloud).Ensure(t.Context(), spec)
			var failed *lb.ApplyError
			require.ErrorAs(t, err, &failed)
			tc.check(t, err)
			assert.Equal(t, before, cloud.Dump())
		})
	}
}

func TestOthersAreNotTouched(t *testing.T) {
	t.Parallel()
	cloud := fake.New()
	theirs := lb.New(cloud.LoadBalancer(), "somebody else", lb.WithNetwork(cloud.Network()))
	spec := service(cloud, cell{provider.Amphora, provider.Epoxy}, 1, 1)
	_, err := theirs.Ensure(t.Context(), spec)
	require.NoError(t, err)
	before := cloud.Dump()

	ours := engine(cloud)
	_, err = ours.Ensure(t.Context(), spec)
	require.ErrorIs(t, err, lb.ErrNotOwned)
	require.ErrorIs(t, ours.Delete(t.Context(), spec.Name), lb.ErrNotOwned)
	assert.Equal(t, before, cloud.Dump())
}

func TestEmptyingAPoolNeedsConsent(t *testing.T) {
	t.Parallel()
	cloud := fake.New()
	spec := service(cloud, cell{provider.Amphora, provider.Epoxy}, 1, 2)
	spec.FloatingIP = nil
	_, err := engine(cloud).Ensure(t.Context(), spec)
	require.NoError(t, err)

	spec.Pools[0].Members = nil
	_, err = engine(cloud).Ensure(t.Context(), spec)
	require.ErrorIs(t, err, lb.ErrDisruptive)
	require.ErrorContains(t, err, "empties the pool")

	yes := lb.WithApproval(func(p *lb.Plan) error { assert.True(t, p.Disruptive()); return nil })
	_, err = engine(cloud, yes).Ensure(t.Context(), spec)
	require.NoError(t, err)
}

func TestFloatingIPIsReleasedWhenNoLongerWanted(t *testing.T) {
	t.Parallel()
	cloud := fake.New()
	spec := service(cloud, cell{provider.Amphora, provider.Epoxy}, 1, 1)
	_, err := engine(cloud).Ensure(t.Context(), spec)
	require.NoError(t, err)
	spec.FloatingIP = nil
	g, err := engine(cloud).Ensure(t.Context(), spec)
	require.NoError(t, err)
	_, bound := g.FloatingIP()
	assert.False(t, bound)
	spec.FloatingIP = &floatingip.Spec{}
	g, err = engine(cloud).Ensure(t.Context(), spec)
	require.NoError(t, err)
	assert.NotEqual(t, g.VIP(), g.Address())
}

func TestDeleteIsTriedAgainAfterError(t *testing.T) {
	in(t, func(t *testing.T, c cell, cloud *fake.Cloud) {
		spec := service(cloud, c, 1, 1)
		_, err := engine(cloud).Ensure(t.Context(), spec)
		require.NoError(t, err)
		cloud.Inject(fake.Fault{Method: "DELETE", Path: "/lbaas/loadbalancers/*", Effect: fake.EndInError})

		require.NoError(t, engine(cloud).Delete(t.Context(), spec.Name))

		assert.Equal(t, fresh(c), cloud.Dump())
	})
}

// ovn of Zed leaves a listener PENDING_UPDATE for good when its pool's monitor is
// made for members that have no Neutron port. The touch frees it.
func TestAListenerLeftPendingIsFreed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := cell{provider.OVN, provider.Zed}
		cloud := c.cloud()
		spec := service(cloud, c, 1, 2)
		_, err := engine(cloud).Ensure(t.Context(), spec)
		require.NoError(t, err)
		spec.Pools[0].Monitor = new(monitor.TCP())

		_, err = engine(cloud).Ensure(t.Context(), spec)
		if err != nil { // the monitor itself may have failed: that is a true answer
			require.ErrorIs(t, err, waiter.ErrFailed)
		}
		assert.NotContains(t, cloud.Dump(), "PENDING")
	})
}

// A Spec that names no provider means the one that serves, not the cloud's default.
func TestTheProviderIsTheLoadBalancersOwn(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		cloud := cell{provider.Amphora, provider.Epoxy}.cloud()
		e := engine(cloud)
		s := lb.Spec{Name: "shop", Provider: provider.OVN, VIP: lb.VIP{SubnetID: cloud.SubnetID()}}
		tcpWithoutMonitor(&s)
		_, err := e.Ensure(t.Context(), fill(s, cloud, world{}))
		require.NoError(t, err)
		s.Provider = ""
		s.Pools = append(s.Pools, lb.Pool{Name: "more", Protocol: lb.TCP})
		g, err := e.Ensure(t.Context(), fill(s, cloud, world{}))
		require.NoError(t, err)
		assert.Equal(t, provider.OVN, g.Provider())
		assert.Equal(t, lb.SourceIPPort, g.Spec().Pools[0].Algorithm)
		s.Pools[1].Algorithm = lb.RoundRobin
		_, err = e.Ensure(t.Context(), fill(s, cloud, world{}))
		require.ErrorIs(t, err, errors.ErrUnsupported)
	})
}
