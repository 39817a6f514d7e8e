// SPDX-License-Identifier: Apache-2.0

package lb_test

import (
	"errors"
	"net/netip"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/octaviakit/octaviakit/internal/golden"
	"github.com/octaviakit/octaviakit/lb"
	"github.com/octaviakit/octaviakit/member"
	"github.com/octaviakit/octaviakit/monitor"
	"github.com/octaviakit/octaviakit/provider"
)

// What cannot be done is refused all at once and before any call; the words are golden.
func TestRefusedAllAtOnceBeforeAnyCall(t *testing.T) {
	t.Parallel()
	ovn := cell{provider.OVN, provider.Epoxy}
	for _, r := range []struct {
		name string
		cell cell
		spec func(*lb.Spec)
	}{
		{"everything on ovn", ovn, both(terminated, l7, func(s *lb.Spec) {
			s.Flavor, s.Provider, s.Listeners[0].AllowedCIDRs = "fast", provider.OVN, []netip.Prefix{netip.MustParsePrefix("192.0.2.0/24")}
			s.Pools[0].Algorithm, s.Pools[0].Session = lb.RoundRobin, &lb.SessionPersistence{Type: "HTTP_COOKIE"}
			s.Pools[0].Members[0].Weight, s.Pools[0].Members[0].Backup, s.Pools[0].Members[0].MonitorPort = new(0), new(true), new(uint16(1))
			s.Listeners[0].ConnLimit, s.Listeners[0].InsertHeaders = new(100), map[string]string{"X-Forwarded-For": "true"}
		})},
		{"persistence on ovn train", cell{provider.OVN, provider.Train}, both(tcpWithoutMonitor, func(s *lb.Spec) {
			s.Pools[0].Session = &lb.SessionPersistence{Type: "SOURCE_IP"}
		})},
		{"http monitor on ovn", ovn, both(tcp, func(s *lb.Spec) { s.Pools[0].Monitor = new(monitor.HTTP("/healthz")) })},
		{"sctp monitor on ovn", ovn, both(datagram(lb.SCTP, monitor.Spec{}))},
		{"one port twice on stein", cell{provider.Amphora, provider.Stein}, both(shop, datagram(lb.UDP, monitor.Spec{}), func(s *lb.Spec) {
			s.Listeners[1].Port = 80
		})},
		{"vip security groups before epoxy", cell{provider.Amphora, provider.Caracal}, both(shop, func(s *lb.Spec) {
			s.VIP.SecurityGroupIDs = []string{"2f1d3c1e-8f0a-4f0e-9a53-0d6f8f3f7a11"}
		})},
		{"dual stack on wallaby", cell{provider.Amphora, provider.Wallaby}, both(shop, func(s *lb.Spec) {
			s.VIP.Additional = []lb.AdditionalVIP{{SubnetID: "6a7b8c9d-0e1f-4a2b-8c3d-4e5f60718293"}}
		})},
		{"cidrs of both versions on zed", cell{provider.Amphora, provider.Zed}, both(shop, allowed("192.0.2.0/24", "2001:db8::/32"), dual)},
		{"tags on rocky", cell{provider.Amphora, provider.Rocky}, both(shop, func(s *lb.Spec) { s.Tags, s.Pools[0].Tags = []string{"a"}, []string{"b"} })},
		{"faults of the spec itself", cell{provider.Amphora, provider.Epoxy}, both(shop, https, l7, func(s *lb.Spec) {
			s.VIP.Address = netip.MustParseAddr("224.0.0.1")
			s.Listeners[1].Port = 80
			s.Listeners = append(s.Listeners, lb.Listener{Name: "metrics", Protocol: lb.Prometheus, Port: 80}, lb.Listener{Name: "udp", Protocol: lb.UDP, Port: 80, Pool: "web"})
			s.Listeners[0].Policies[0].RedirectPool, s.Listeners[0].Policies[1].RedirectHTTPCode = "nowhere", 200
			s.Pools[0].Monitor.MaxRetries, s.Pools[0].Members = 11, append(members(1, 8080), members(1, 8080)...)
			s.Pools[1].Session = &lb.SessionPersistence{Type: "APP_COOKIE", Timeout: 5}
			s.Pools[1].TLS = &lb.PoolTLS{CRLContainerRef: new("x")}
		})},
		{"faults and wishes together", ovn, both(shop, func(s *lb.Spec) {
			s.Flavor, s.Pools[0].Members[0].Port = "fast", 0
			s.Listeners = append(s.Listeners, lb.Listener{Name: "twice", Protocol: lb.TCP, Port: 80, Pool: "web"})
		})},
	} {
		t.Run(r.name, func(t *testing.T) {
			t.Parallel()
			cloud := r.cell.cloud()
			s := lb.Spec{Name: "shop", Provider: r.cell.provider, VIP: lb.VIP{SubnetID: cloud.SubnetID()}}
			r.spec(&s)
			s = fill(s, cloud, world{})
			caps := lookup(t, r.cell.provider, r.cell.release)
			_, err := lb.Diff("test", s, nil, caps)
			require.Error(t, err)
			text := strings.ReplaceAll(err.Error(), cloud.MemberSubnetID(), "MEMBERS")
			golden.Assert(t, r.name+", "+r.cell.String()+"\n\n"+text, "testdata/refused-"+strings.ReplaceAll(r.name, " ", "-")+".golden")

			_, again := engine(cloud, lb.WithCapabilities(caps)).Ensure(t.Context(), s)
			require.EqualError(t, again, err.Error())
			assert.Empty(t, cloud.Mutations())
			assert.Empty(t, slices.Collect(cloud.Calls()), "before any call")
		})
	}
}

// Members of two IP versions behind one VIP are more than ovn can do, and amphora for UDP:
// that is said before anything is made.
func TestMembersOfAnotherIPVersion(t *testing.T) {
	t.Parallel()
	four, six := netip.MustParseAddr("10.1.0.11"), netip.MustParseAddr("fd00::11")
	both := func(c cell, p lb.Protocol) lb.Spec {
		return lb.Spec{Name: "shop", Provider: c.provider, VIP: lb.VIP{SubnetID: anID}, Pools: []lb.Pool{
			{Name: "a", Protocol: p, MemberSubnetID: anID, Members: []member.Spec{{Address: four, Port: 80}}},
			{Name: "b", Protocol: p, MemberSubnetID: anID, Members: []member.Spec{{Address: four, Port: 81}, {Address: six, Port: 81}}},
		}, Listeners: []lb.Listener{{Name: "a", Protocol: p, Port: 80, Pool: "a"}, {Name: "b", Protocol: p, Port: 81, Pool: "b"}}}
	}
	ovn, amphora := cell{provider.OVN, provider.Epoxy}, cell{provider.Amphora, provider.Epoxy}
	for _, tc := range []struct {
		cell cell
		spec lb.Spec
		path string // "": not refused
	}{
		{ovn, both(ovn, lb.TCP), `pools["b"].members[1].address`},
		{cell{provider.OVN, provider.Train}, both(ovn, lb.TCP), `pools["b"].members[1].address`},
		{amphora, both(amphora, lb.UDP), `pools["b"].members[1].address`},
		{amphora, both(amphora, lb.TCP), ""},
		{amphora, with(both(amphora, lb.UDP), func(s *lb.Spec) { s.Listeners = nil }), ""},
		{amphora, with(both(amphora, lb.UDP), func(s *lb.Spec) {
			s.VIP.Additional = []lb.AdditionalVIP{{SubnetID: strings.Replace(anID, anID[:1], "0", 1)}}
		}), ""},
		{ovn, with(both(ovn, lb.TCP), func(s *lb.Spec) {
			s.Pools, s.Listeners, s.VIP.Address = s.Pools[:1], nil, netip.MustParseAddr("fd00::1")
		}), `pools["a"].members[0].address`},
	} {
		var refused *lb.UnsupportedError
		err := tc.spec.Refusals(lookup(t, tc.cell.provider, tc.cell.release))
		require.Equal(t, tc.path != "", errors.As(err, &refused), "%v on %s", err, tc.cell)
		if tc.path != "" {
			assert.Equal(t, tc.path, refused.Path)
			assert.Equal(t, provider.MemberMixedFamily, refused.Err.Feature)
			require.ErrorIs(t, err, errors.ErrUnsupported)
		}
	}
}
