// SPDX-License-Identifier: Apache-2.0

package lb_test

import (
	"context"
	"net/netip"
	"testing"
	"testing/synctest"
	"time"

	"github.com/gophercloud/gophercloud/v2/openstack/networking/v2/extensions/layer3/floatingips"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/octaviakit/octaviakit/fake"
	"github.com/octaviakit/octaviakit/floatingip"
	"github.com/octaviakit/octaviakit/internal/octavia"
	"github.com/octaviakit/octaviakit/lb"
	"github.com/octaviakit/octaviakit/provider"
	"github.com/octaviakit/octaviakit/waiter"
)

// move is a service on one provider and the same on the other.
type move struct {
	release  provider.Release
	from, to provider.Name
	reserved bool // its address is somebody's who has reserved it
}

func moves() []move {
	return []move{
		{provider.Epoxy, provider.Amphora, provider.OVN, false},
		{provider.Epoxy, provider.OVN, provider.Amphora, true},
		{provider.Zed, provider.OVN, provider.Amphora, false}, // whose single POST loses the children
	}
}

func (m move) String() string {
	return string(m.from) + " to " + string(m.to) + " on " + m.release.String()
}

func (m move) cloud() *fake.Cloud { return cell{m.from, m.release}.cloud() }

func (m move) specs(cloud *fake.Cloud) (before, after lb.Spec) {
	before = service(cloud, cell{provider.OVN, m.release}, 2, 3) // what both can do
	after = before
	before.Provider, after.Provider = m.from, m.to
	if m.reserved {
		address := m.reserve(cloud)
		before.FloatingIP, after.FloatingIP = &floatingip.Spec{Address: address}, &floatingip.Spec{Address: address}
	}
	return before, after
}

// reserve makes an address that is nobody's we know.
func (m move) reserve(cloud *fake.Cloud) netip.Addr {
	f, err := floatingips.Create(context.Background(), cloud.Network(), floatingips.CreateOpts{
		FloatingNetworkID: cloud.ExternalNetworkID(), Description: "reserved",
	}).Extract()
	if err != nil {
		panic(err)
	}
	return netip.MustParseAddr(f.FloatingIP)
}

// untouched is the cloud before there was a load balancer.
func (m move) untouched() string {
	cloud := m.cloud()
	m.specs(cloud)
	return cloud.Dump()
}

func agree() lb.Option { return lb.WithApproval(func(*lb.Plan) error { return nil }) }

func TestAReplacementNeedsConsent(t *testing.T) {
	t.Parallel()
	m := moves()[0]
	cloud := fake.New(fake.WithProvider(m.from, m.release))
	before, after := m.specs(cloud)
	_, err := engine(cloud).Ensure(t.Context(), before)
	require.NoError(t, err)
	dump := cloud.Dump()
	_, err = engine(cloud).Ensure(t.Context(), after)
	require.ErrorIs(t, err, lb.ErrDisruptive)
	var replace *lb.ReplaceError
	require.ErrorAs(t, err, &replace)
	assert.Equal(t, []lb.Field{{Name: "provider", Old: "amphora", New: "ovn", Effect: lb.Replaces}}, replace.Fields)
	assert.Empty(t, replace.Because)
	assert.Equal(t, dump, cloud.Dump(), "nothing is done unasked")
}

// An address that somebody else bound is not ours to move.
func TestAForeignFloatingIPForbidsReplacement(t *testing.T) {
	t.Parallel()
	m := moves()[0]
	cloud := fake.New(fake.WithProvider(m.from, m.release))
	before, after := m.specs(cloud)
	before.FloatingIP = nil
	g, err := engine(cloud).Ensure(t.Context(), before)
	require.NoError(t, err)
	_, err = floatingip.Ensure(t.Context(), cloud.Network(), g.VIPPortID(), floatingip.Spec{}, floatingip.Mark{Owner: "somebody else"})
	require.NoError(t, err)
	_, err = engine(cloud, agree()).Ensure(t.Context(), after)
	var replace *lb.ReplaceError
	require.ErrorAs(t, err, &replace)
	assert.Contains(t, replace.Because, "not ours to move")
}

// A program that dies at any call of a migration, and is run again, ends where an
// uninterrupted one ends: one load balancer on the new provider, the same address, at
// most one cycle more.
func TestCrashAtEveryCallOfAReplacement(t *testing.T) {
	for _, m := range moves() {
		t.Run(m.String(), func(t *testing.T) {
			t.Parallel()
			want, cycles := replaced(t, m)
			crashed := true
			for n := first(t); crashed; n += stride() {
				synctest.Test(t, func(t *testing.T) {
					cloud := m.cloud()
					before, after := m.specs(cloud)
					g, err := engine(cloud).Ensure(t.Context(), before)
					require.NoError(t, err)
					address := g.Address()
					crashed = crash(t, cloud, n, func(ctx context.Context, e *lb.Engine) error {
						_, err := e.Ensure(ctx, after)
						return err
					}, agree())
					g, err = engine(cloud, agree()).Ensure(t.Context(), after)
					require.NoError(t, err, "second run after dying at call %d", n)
					settled(t, g)
					assert.Equal(t, address, g.Address(), "died at call %d", n)
					assert.Equal(t, want, replacedDump(cloud), "died at call %d", n)
					assert.LessOrEqual(t, cloud.Cycles(""), cycles+1, "died at call %d", n)
				})
			}
		})
	}
}

func TestLostReplyAtEveryCallOfAReplacement(t *testing.T) {
	for _, m := range moves() {
		t.Run(m.String(), func(t *testing.T) {
			t.Parallel()
			want, cycles := replaced(t, m)
			hit := true
			for n := first(t); hit; n += stride() {
				synctest.Test(t, func(t *testing.T) {
					cloud := m.cloud()
					before, after := m.specs(cloud)
					_, err := engine(cloud).Ensure(t.Context(), before)
					require.NoError(t, err)
					cloud.Inject(fake.Fault{After: n, Effect: fake.LoseReply})
					_, err = engine(cloud, agree()).Ensure(t.Context(), after)
					require.NoError(t, err, "reply %d lost", n)
					assert.Equal(t, want, replacedDump(cloud), "reply %d lost", n)
					assert.LessOrEqual(t, cloud.Cycles(""), cycles+1, "reply %d lost", n)
					hit = false
					for call := range cloud.Calls() {
						hit = hit || call.Fault != ""
					}
				})
			}
		})
	}
}

func replaced(t *testing.T, m move) (dump string, cycles int) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		cloud := m.cloud()
		before, after := m.specs(cloud)
		_, err := engine(cloud).Ensure(t.Context(), before)
		require.NoError(t, err)
		_, err = engine(cloud, agree()).Ensure(t.Context(), after)
		require.NoError(t, err)
		dump, cycles = replacedDump(cloud), cloud.Cycles("")
	})
	return dump, cycles
}

// replacedDump leaves out which one was replaced.
func replacedDump(cloud *fake.Cloud) string { return masked(cloud.Dump()) }

func TestStepsReplace(t *testing.T) {
	for _, m := range moves() {
		t.Run(m.String(), func(t *testing.T) {
			t.Parallel()
			want, _ := replaced(t, m)
			synctest.Test(t, func(t *testing.T) {
				cloud := m.cloud()
				before, after := m.specs(cloud)
				steps(t, engine(cloud), cloud, before)
				steps(t, engine(cloud, agree()), cloud, after)
				assert.Equal(t, want, replacedDump(cloud))
			})
		})
	}
}

// A Spec that is changed back while the replacement is under way keeps the old one;
// a deletion takes both.
func TestAReplacementCalledOff(t *testing.T) {
	for _, m := range moves() {
		t.Run(m.String(), func(t *testing.T) {
			t.Parallel()
			crashed := true
			for n := first(t); crashed; n += stride() {
				remove := n%2 == 0
				synctest.Test(t, func(t *testing.T) {
					cloud := m.cloud()
					before, after := m.specs(cloud)
					g, err := engine(cloud).Ensure(t.Context(), before)
					require.NoError(t, err)
					crashed = crash(t, cloud, n, func(ctx context.Context, e *lb.Engine) error {
						_, err := e.Ensure(ctx, after)
						return err
					}, agree())
					if remove {
						require.NoError(t, engine(cloud).Delete(t.Context(), before.Name), "died at call %d", n)
						assert.Equal(t, m.untouched(), cloud.Dump(), "died at call %d", n)
						return
					}
					back, err := engine(cloud, agree()).Ensure(t.Context(), before)
					require.NoError(t, err, "died at call %d", n)
					assert.Equal(t, m.from, back.Provider())
					assert.Equal(t, g.Address(), back.Address(), "died at call %d", n)
					names := 0
					for range engine(cloud).Names(t.Context()) {
						names++
					}
					assert.Equal(t, 1, names)
					plan, err := engine(cloud).Plan(t.Context(), before)
					require.NoError(t, err)
					assert.True(t, plan.Empty(), "%v", plan)
				})
			}
		})
	}
}

// Two programs that begin at the same moment make two; the older one stays.
func TestMadeTwiceIsMadeOne(t *testing.T) {
	in(t, func(t *testing.T, c cell, cloud *fake.Cloud) {
		spec := service(cloud, c, 1, 2)
		spec.FloatingIP = nil
		bare := lb.Spec{Name: spec.Name, Provider: spec.Provider, VIP: spec.VIP}
		first, err := engine(cloud).Ensure(t.Context(), bare)
		require.NoError(t, err)
		twin(t, cloud, spec.Name)
		twin(t, cloud, spec.Name)

		g, err := engine(cloud).Ensure(t.Context(), spec)
		require.NoError(t, err)
		assert.Equal(t, first.ID(), g.ID(), "the oldest stays")
		require.NoError(t, engine(cloud).Delete(t.Context(), spec.Name))
		assert.Equal(t, fresh(c), cloud.Dump())
	})
}

// twin makes one more load balancer of a name with the engines' mark.
func twin(t *testing.T, cloud *fake.Cloud, name string) {
	t.Helper()
	time.Sleep(time.Second) // created_at has whole seconds
	c := cloud.LoadBalancer()
	made, err := octavia.Create(t.Context(), c, "lbaas/loadbalancers", "loadbalancer", octavia.Object{
		"name": name, "vip_subnet_id": cloud.SubnetID(), "tags": []any{"octaviakit.key=" + name, "octaviakit.owner=test"},
	})
	require.NoError(t, err)
	_, err = waiter.New(c).Active(t.Context(), made["id"].(string))
	require.NoError(t, err)
}
