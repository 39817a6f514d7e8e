// SPDX-License-Identifier: Apache-2.0

package lb_test

import (
	"net/netip"
	"strconv"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/octaviakit/octaviakit/fake"
	"github.com/octaviakit/octaviakit/floatingip"
	"github.com/octaviakit/octaviakit/lb"
	"github.com/octaviakit/octaviakit/member"
	"github.com/octaviakit/octaviakit/monitor"
	"github.com/octaviakit/octaviakit/provider"
)

// shop fills in a small web shop: one pool of two, watched, behind one listener.
func shop(s *lb.Spec) {
	s.Pools = []lb.Pool{{
		Name: "web", Protocol: lb.HTTP, Members: members(2, 8080), Monitor: new(monitor.HTTP("/healthz")),
	}}
	s.Listeners = []lb.Listener{{Name: "http", Protocol: lb.HTTP, Port: 80, Pool: "web"}}
}

// members are 10.1.0.11 and on.
func members(n int, port uint16) []member.Spec {
	out := make([]member.Spec, n)
	for i := range out {
		out[i] = member.Spec{Address: netip.AddrFrom4([4]byte{10, 1, byte((11 + i) / 256), byte((11 + i) % 256)}), Port: port}
	}
	return out
}

// service is what a Kubernetes Service of some ports becomes on either provider.
// Monitors are left out where ovn cannot be trusted with them.
func service(cloud *fake.Cloud, c cell, ports, nodes int) lb.Spec {
	protocol, probe := lb.HTTP, new(monitor.HTTP("/healthz"))
	if c.provider == provider.OVN {
		protocol, probe = lb.TCP, new(monitor.TCP())
	}
	if caps, err := provider.Lookup(c.provider, c.release); err != nil || !caps.Trust(provider.HealthMonitor) {
		probe = nil
	}
	s := lb.Spec{
		Name: "service", Provider: c.provider, VIP: lb.VIP{SubnetID: cloud.SubnetID()},
		FloatingIP: &floatingip.Spec{Network: cloud.ExternalNetworkID()},
	}
	for i := range ports {
		name := "p" + strconv.Itoa(i)
		ms := members(nodes, uint16(30000+i))
		for j := range ms {
			ms[j].SubnetID = cloud.MemberSubnetID()
		}
		s.Pools = append(s.Pools, lb.Pool{Name: name, Protocol: protocol, Members: ms, Monitor: probe})
		s.Listeners = append(s.Listeners, lb.Listener{Name: name, Protocol: protocol, Port: uint16(80 + i), Pool: name})
	}
	return s
}

func lookup(t *testing.T, n provider.Name, r provider.Release) provider.Capabilities {
	t.Helper()
	c, err := provider.Lookup(n, r)
	require.NoError(t, err)
	return c
}

// subnetted are members on the cloud's member subnet, see fill.
func subnetted(n int, port uint16) []member.Spec {
	out := members(n, port)
	for i := range out {
		out[i].SubnetID = "MEMBERS"
	}
	return out
}
