// SPDX-License-Identifier: Apache-2.0

package floatingip_test

import (
	"context"
	"net/netip"
	"testing"
	"testing/synctest"

	"github.com/gophercloud/gophercloud/v2"
	"github.com/gophercloud/gophercloud/v2/openstack/networking/v2/extensions/attributestags"
	"github.com/gophercloud/gophercloud/v2/openstack/networking/v2/extensions/layer3/floatingips"
	"github.com/gophercloud/gophercloud/v2/openstack/networking/v2/extensions/quotas"
	"github.com/gophercloud/gophercloud/v2/openstack/networking/v2/ports"
	"github.com/gophercloud/gophercloud/v2/openstack/networking/v2/subnets"
	"github.com/octaviakit/octaviakit/fake"
	"github.com/octaviakit/octaviakit/floatingip"
	"github.com/octaviakit/octaviakit/internal/fault"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func mine() floatingip.Mark   { return floatingip.Mark{Owner: "me", Key: "web"} }
func theirs() floatingip.Mark { return floatingip.Mark{Owner: "them", Key: "web"} }

type stage struct {
	*testing.T
	cloud *fake.Cloud
	net   *gophercloud.ServiceClient
}

func newStage(t *testing.T) stage {
	t.Helper()
	c := fake.New()
	return stage{t, c, c.Network()}
}

func (s stage) port(ips ...string) string {
	s.Helper()
	var fixed []ports.IP
	for _, ip := range ips {
		fixed = append(fixed, ports.IP{SubnetID: s.cloud.SubnetID(), IPAddress: ip})
	}
	opts := ports.CreateOpts{NetworkID: s.cloud.NetworkID()}
	if len(ips) > 0 {
		opts.FixedIPs = fixed
	} else {
		opts.FixedIPs = []ports.IP{{SubnetID: s.cloud.SubnetID()}}
	}
	p, err := ports.Create(s.Context(), s.net, opts).Extract()
	require.NoError(s, err)
	return p.ID
}

func (s stage) ensure(port string, spec floatingip.Spec) floatingip.FloatingIP {
	s.Helper()
	f, err := floatingip.Ensure(s.Context(), s.net, port, spec, mine())
	require.NoError(s, err)
	assert.Equal(s, port, f.PortID)
	return f
}

// all is every floating IP there is, by address.
func (s stage) all() map[string]floatingips.FloatingIP {
	s.Helper()
	page, err := floatingips.List(s.net, floatingips.ListOpts{}).AllPages(s.Context())
	require.NoError(s, err)
	list, err := floatingips.ExtractFloatingIPs(page)
	require.NoError(s, err)
	out := map[string]floatingips.FloatingIP{}
	for _, f := range list {
		out[f.FloatingIP] = f
	}
	return out
}

// reserve makes a floating IP outside of the package.
func (s stage) reserve(port, description string) floatingips.FloatingIP {
	s.Helper()
	f, err := floatingips.Create(s.Context(), s.net, floatingips.CreateOpts{
		FloatingNetworkID: s.cloud.ExternalNetworkID(), PortID: port, Description: description,
	}).Extract()
	require.NoError(s, err)
	return *f
}

// calls counts the mutating calls since the start.
func (s stage) calls() int { return len(s.cloud.Mutations()) }

func TestEnsureAllocatesBindsAndMarksInOneCall(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	port := s.port()
	before := s.calls()
	f := s.ensure(port, floatingip.Spec{Description: "for web"})
	assert.Equal(t, 1, s.calls()-before)
	assert.Equal(t, mine(), f.Mark)
	assert.Equal(t, "for web", f.Description)
	assert.Equal(t, "for web [octaviakit.owner=me octaviakit.key=web]", s.all()[f.Address.String()].Description)

	s.cloud.ForgetCalls()
	again := s.ensure(port, floatingip.Spec{})
	assert.Equal(t, f.ID, again.ID, "the second time nothing is to do")
	assert.Equal(t, "ACTIVE", again.Status)
	assert.Zero(t, s.calls())
	assert.Len(t, s.cloud.Polls(), 1)

	f = s.ensure(port, floatingip.Spec{Description: "for the web"})
	assert.Equal(t, "for the web", f.Description)
	found, ok, err := floatingip.Find(t.Context(), s.net, port, mine())
	require.NoError(t, err)
	assert.True(t, ok)
	assert.Equal(t, f, found)
}

func TestLostRepliesLeakNothing(t *testing.T) {
	t.Parallel()
	for _, fault := range []fake.Fault{
		{Effect: fake.LoseReply}, {Effect: fake.LoseSend}, {Status: 502}, {Status: 503},
	} {
		synctest.Test(t, func(t *testing.T) {
			s := newStage(t)
			port := s.port()
			fault.Path = "/floatingips*" // each call in turn
			for fault.After = range 3 {
				s.cloud.Inject(fault)
				f := s.ensure(port, floatingip.Spec{})
				assert.Len(t, s.all(), 1, fault)
				assert.Contains(t, s.all(), f.Address.String())
				s.cloud.ClearFaults()
				s.cloud.Inject(fault)
				require.NoError(t, floatingip.Release(t.Context(), s.net, port, floatingip.Spec{}, mine()))
				s.cloud.ClearFaults()
				assert.Empty(t, s.all())
			}
		})
	}
}

func TestOrphansAreUsedBeforeNewOnesAreMade(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	s.reserve("", "somebody's [octaviakit.owner=them octaviakit.key=web]")
	s.reserve("", "free, but nobody said so")
	orphan := s.reserve("", "[octaviakit.owner=me octaviakit.key=web]")
	f, ok, err := floatingip.Find(t.Context(), s.net, s.port(), mine())
	require.NoError(t, err)
	require.True(t, ok)
	assert.Equal(t, orphan.ID, f.ID)
	assert.Equal(t, orphan.ID, s.ensure(s.port(), floatingip.Spec{}).ID)
	assert.Len(t, s.all(), 3)
}

func TestGivenAddress(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	free := s.reserve("", "reserved by hand")
	spec := floatingip.Spec{Address: netip.MustParseAddr(free.FloatingIP)}
	port := s.port()
	f := s.ensure(port, spec)
	assert.Equal(t, free.ID, f.ID)
	assert.Equal(t, floatingip.Mark{}, f.Mark, "what somebody reserved stays theirs")
	require.NoError(t, floatingip.Release(t.Context(), s.net, port, spec, mine()))
	require.Contains(t, s.all(), free.FloatingIP, "detached, not deleted")
	assert.Empty(t, s.all()[free.FloatingIP].PortID)

	busy := s.reserve(s.port(), "")
	_, err := floatingip.Ensure(t.Context(), s.net, port, floatingip.Spec{Address: netip.MustParseAddr(busy.FloatingIP)}, mine())
	require.ErrorIs(t, err, floatingip.ErrInUse)

	foreign := s.reserve("", "[octaviakit.owner=them]")
	_, err = floatingip.Ensure(t.Context(), s.net, port, floatingip.Spec{Address: netip.MustParseAddr(foreign.FloatingIP)}, mine())
	require.ErrorIs(t, err, floatingip.ErrInUse, "marked by another owner")
}

func TestGivenAddressOfOursMovesInOneCall(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	f := s.ensure(s.port(), floatingip.Spec{})
	other := s.port()
	s.cloud.ForgetCalls()
	moved := s.ensure(other, floatingip.Spec{Address: f.Address})
	assert.Equal(t, f.ID, moved.ID)
	assert.Equal(t, 1, s.calls())
}

func TestGivenAddressTakesTheOldOnesPlace(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	port := s.port()
	old := s.ensure(port, floatingip.Spec{})
	free := s.reserve("", "")
	f := s.ensure(port, floatingip.Spec{Address: netip.MustParseAddr(free.FloatingIP)})
	assert.Equal(t, free.ID, f.ID)
	assert.NotContains(t, s.all(), old.Address.String(), "ours, and not needed any more")

	kept := s.port()
	old = s.ensure(kept, floatingip.Spec{})
	busy := s.reserve(s.port(), "")
	_, err := floatingip.Ensure(t.Context(), s.net, kept, floatingip.Spec{Address: netip.MustParseAddr(busy.FloatingIP)}, mine())
	require.ErrorIs(t, err, floatingip.ErrInUse)
	assert.Equal(t, kept, s.all()[old.Address.String()].PortID, "refused before anything changed")
}

func TestGivenAddressIsAllocatedIfPolicyLets(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	s.net = s.cloud.NetworkAs("admin")
	port := s.port()
	f := s.ensure(port, floatingip.Spec{Address: netip.MustParseAddr("203.0.113.77")})
	assert.Equal(t, "203.0.113.77", f.Address.String())
	assert.Equal(t, mine(), f.Mark)
	f = s.ensure(port, floatingip.Spec{Address: netip.MustParseAddr("203.0.113.78")})
	assert.Equal(t, "203.0.113.78", f.Address.String())
	assert.Len(t, s.all(), 1, "the old one went")
}

func TestSubnetsAreTriedInTurn(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	admin := s.cloud.NetworkAs("admin")
	subnet := func(name, cidr string, tags ...string) string {
		n, err := subnets.Create(t.Context(), admin, subnets.CreateOpts{
			NetworkID: s.cloud.ExternalNetworkID(), Name: name, CIDR: cidr, IPVersion: 4, EnableDHCP: new(false),
		}).Extract()
		require.NoError(t, err)
		_, err = attributestags.ReplaceAll(t.Context(), admin, "subnets", n.ID, attributestags.ReplaceAllOpts{Tags: tags}).Extract()
		require.NoError(t, err)
		return n.ID
	}
	subnet("edge-1", "198.51.100.0/30", "edge") // one address, the gateway aside
	subnet("edge-2", "198.51.100.8/30", "edge", "slow")
	within := func(f floatingip.FloatingIP, cidr string) {
		assert.True(t, netip.MustParsePrefix(cidr).Contains(f.Address), "%s in %s", f.Address, cidr)
	}
	within(s.ensure(s.port(), floatingip.Spec{Subnet: "edge-*"}), "198.51.100.0/30")
	within(s.ensure(s.port(), floatingip.Spec{SubnetTags: []string{"edge"}}), "198.51.100.8/30")

	_, err := floatingip.Ensure(t.Context(), s.net, s.port(), floatingip.Spec{Subnet: "edge-*"}, mine())
	require.ErrorIs(t, err, floatingip.ErrExhausted)
	var f *fault.Error
	require.ErrorAs(t, err, &f)
	assert.Equal(t, fault.Exhausted, f.Kind)

	_, err = floatingip.Ensure(t.Context(), s.net, s.port(), floatingip.Spec{Subnet: "nowhere"}, mine())
	var field *fault.FieldError
	require.ErrorAs(t, err, &field)
	assert.Equal(t, "subnet", field.Path)
	assert.Contains(t, field.Problem, "edge-1")
}

func TestNetworkByNameOrTheOnlyOne(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	assert.Equal(t, s.cloud.ExternalNetworkID(), s.ensure(s.port(), floatingip.Spec{Network: "public"}).NetworkID)
	assert.Equal(t, s.cloud.ExternalNetworkID(), s.ensure(s.port(), floatingip.Spec{Network: s.cloud.ExternalNetworkID()}).NetworkID)
	_, err := floatingip.Ensure(t.Context(), s.net, s.port(), floatingip.Spec{Network: "internet"}, mine())
	var field *fault.FieldError
	require.ErrorAs(t, err, &field)
	assert.Equal(t, "network", field.Path)
	assert.Contains(t, field.Problem, "public")
}

func TestSeveralFixedIPs(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	port := s.port("10.0.0.50", "10.0.0.51")
	assert.Equal(t, "10.0.0.50", s.ensure(port, floatingip.Spec{}).FixedIP.String())
	f := s.ensure(port, floatingip.Spec{FixedIP: netip.MustParseAddr("10.0.0.51")})
	assert.Equal(t, "10.0.0.51", f.FixedIP.String())
}

func TestPortWithoutIPv4(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	p, err := ports.Create(t.Context(), s.net, ports.CreateOpts{
		NetworkID: s.cloud.NetworkID(), FixedIPs: []ports.IP{{SubnetID: s.cloud.Subnet6ID()}},
	}).Extract()
	require.NoError(t, err)
	_, err = floatingip.Ensure(t.Context(), s.net, p.ID, floatingip.Spec{}, mine())
	assert.ErrorIs(t, err, floatingip.ErrNoIPv4)
}

func TestQuota(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	_, err := quotas.Update(t.Context(), s.cloud.NetworkAs("admin"), s.cloud.ProjectID("demo"), quotas.UpdateOpts{FloatingIP: new(0)}).Extract()
	require.NoError(t, err)
	_, err = floatingip.Ensure(t.Context(), s.net, s.port(), floatingip.Spec{}, mine())
	require.ErrorIs(t, err, floatingip.ErrQuota)
	var f *fault.Error
	require.ErrorAs(t, err, &f)
	assert.Equal(t, fault.Quota, f.Kind)
}

func TestBadInputMakesNoCall(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	six := netip.MustParseAddr("2001:db8::1")
	_, err := floatingip.Ensure(t.Context(), s.net, "", floatingip.Spec{Address: six, FixedIP: six, Subnet: "[" /* no pattern */}, floatingip.Mark{})
	for _, path := range []string{"port", "address", "fixedIP", "subnet", "owner"} {
		assert.ErrorContains(t, err, path+": ")
	}
	assert.Empty(t, s.cloud.Polls())

	_, err = floatingip.Ensure(t.Context(), nil, "port", floatingip.Spec{}, mine())
	require.ErrorContains(t, err, "network: ")
	require.ErrorContains(t, floatingip.Release(t.Context(), nil, "", floatingip.Spec{}, mine()), "network: ")
	require.ErrorContains(t, floatingip.Discard(t.Context(), nil, floatingip.FloatingIP{Mark: mine()}), "network: ")
}

// An address that nobody has marked is moved from the port that is named, and from no other.
// What was observed is released as long as it still is as it was.
func TestConcurrentEnsuresShareOneAddress(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	port := s.port()
	results := make(chan floatingip.FloatingIP)
	for range 8 {
		go func() {
			f, err := floatingip.Ensure(context.WithoutCancel(t.Context()), s.net, port, floatingip.Spec{}, mine())
			assert.NoError(t, err)
			results <- f
		}()
	}
	first := <-results
	for range 7 {
		assert.Equal(t, first.ID, (<-results).ID)
	}
	assert.Len(t, s.all(), 1)
}
