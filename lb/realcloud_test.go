// SPDX-License-Identifier: Apache-2.0

package lb_test

import (
	"cmp"
	"context"
	"net/http"
	"net/netip"
	"os"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/gophercloud/gophercloud/v2"
	"github.com/gophercloud/gophercloud/v2/openstack"
	"github.com/gophercloud/gophercloud/v2/openstack/config"
	"github.com/gophercloud/gophercloud/v2/openstack/config/clouds"
	"github.com/gophercloud/gophercloud/v2/openstack/networking/v2/ports"
	"github.com/gophercloud/gophercloud/v2/openstack/networking/v2/subnets"
	"github.com/stretchr/testify/require"

	"github.com/octaviakit/octaviakit/lb"
	"github.com/octaviakit/octaviakit/provider"
)

// realCloud is the cloud that OCTAVIAKIT_CLOUD names in clouds.yaml, for one
// provider, OCTAVIAKIT_PROVIDER or amphora. Where OCTAVIAKIT_SUBNET names no
// subnet, one of IPv4 with a router serves, so that floating IPs reach it.
type realCloud struct {
	*testing.T
	octavia, network *gophercloud.ServiceClient
	caps             provider.Capabilities
	provider         provider.Name
	subnet           subnets.Subnet
	calls            *mutations
}

// newReal skips the test where no cloud is named.
func newReal(t *testing.T) *realCloud {
	t.Helper()
	name := os.Getenv("OCTAVIAKIT_CLOUD")
	if name == "" {
		t.Skip("set OCTAVIAKIT_CLOUD to an entry of clouds.yaml")
	}
	auth, endpoint, tls, err := clouds.Parse(clouds.WithCloudName(name))
	require.NoError(t, err)
	client, err := config.NewProviderClient(t.Context(), auth, config.WithTLSConfig(tls))
	require.NoError(t, err)
	r := &realCloud{T: t, provider: provider.Name(cmp.Or(os.Getenv("OCTAVIAKIT_PROVIDER"), "amphora"))}
	r.calls = &mutations{next: cmp.Or(client.HTTPClient.Transport, http.DefaultTransport)}
	client.HTTPClient.Transport = r.calls
	r.octavia, err = openstack.NewLoadBalancerV2(client, endpoint)
	require.NoError(t, err)
	r.network, err = openstack.NewNetworkV2(client, endpoint)
	require.NoError(t, err)
	cloud, err := provider.Detect(t.Context(), r.octavia)
	require.NoError(t, err)
	r.caps, err = cloud.For(r.provider)
	require.NoError(t, err)
	r.subnet = r.pickSubnet()
	t.Log("provider", r.provider, "driver", r.caps.Driver(), "API", r.caps.API())
	return r
}

func (r *realCloud) pickSubnet() subnets.Subnet {
	r.Helper()
	if id := os.Getenv("OCTAVIAKIT_SUBNET"); id != "" {
		s, err := subnets.Get(r.Context(), r.network, id).Extract()
		require.NoError(r, err)
		return *s
	}
	pages, err := ports.List(r.network, ports.ListOpts{DeviceOwner: "network:router_interface"}).AllPages(r.Context())
	require.NoError(r, err)
	all, err := ports.ExtractPorts(pages)
	require.NoError(r, err)
	for _, p := range all {
		for _, ip := range p.FixedIPs {
			s, err := subnets.Get(r.Context(), r.network, ip.SubnetID).Extract()
			require.NoError(r, err)
			if s.IPVersion == 4 {
				return *s
			}
		}
	}
	require.Fail(r, "no router has an interface in an IPv4 subnet; name a subnet by OCTAVIAKIT_SUBNET")
	return subnets.Subnet{}
}

func (r *realCloud) engine(opts ...lb.Option) *lb.Engine {
	return lb.New(r.octavia, "octaviakit-test", append([]lb.Option{lb.WithNetwork(r.network)}, opts...)...)
}

// nodePorts makes the Neutron ports of nodes, as clouds have them: ovn's monitors
// need them on some releases. They go with the test.
func (r *realCloud) nodePorts(nodes int) {
	r.Helper()
	for i := range nodes {
		p, err := ports.Create(r.Context(), r.network, ports.CreateOpts{
			Name: "octaviakit-test-node", NetworkID: r.subnet.NetworkID,
			FixedIPs: []ports.IP{{SubnetID: r.subnet.ID, IPAddress: r.node(i).String()}},
		}).Extract()
		require.NoError(r, err)
		r.Cleanup(func() {
			if err := ports.Delete(context.WithoutCancel(r.Context()), r.network, p.ID).ExtractErr(); err != nil {
				r.Errorf("left behind: port %s: %v", p.ID, err)
			}
		})
	}
}

// node is the address of a node.
func (r *realCloud) node(i int) netip.Addr {
	base := netip.MustParsePrefix(r.subnet.CIDR).Masked().Addr().As4()
	return netip.AddrFrom4([4]byte{base[0], base[1], base[2] + 3, byte(10 + i)})
}

// cleanUp deletes what is named, whatever became of the test.
func (r *realCloud) cleanUp(name string) {
	r.Cleanup(func() {
		if err := r.engine().Delete(context.WithoutCancel(r.Context()), name); err != nil {
			r.Errorf("left behind: %s: %v", name, err)
		}
	})
}

// mutations counts the calls that change something, token requests aside, and
// how many of them locked a load balancer. It can cut the line after some.
type mutations struct {
	next          http.RoundTripper
	all, locks    atomic.Int64
	cut           context.CancelFunc // called after the next mutation, once
	cutAfterCalls atomic.Int64
}

func (m *mutations) RoundTrip(q *http.Request) (*http.Response, error) {
	if q.Method == http.MethodGet || strings.Contains(q.URL.Path, "/auth/tokens") {
		return m.next.RoundTrip(q)
	}
	p, err := m.next.RoundTrip(q)
	m.all.Add(1)
	if err == nil && p.StatusCode < 300 && strings.Contains(q.URL.Path, "/lbaas/") {
		m.locks.Add(1)
	}
	if m.cutAfterCalls.Add(-1) == 0 {
		m.cut()
	}
	return p, err
}

// reset forgets what was counted so far.
func (m *mutations) reset() { m.all.Store(0); m.locks.Store(0) }

// cutAfter returns a context that is cancelled after n mutations from now.
func (m *mutations) cutAfter(ctx context.Context, n int64) context.Context {
	ctx, m.cut = context.WithCancel(ctx) //nolint:gosec // cut is called by RoundTrip, or never needed
	m.cutAfterCalls.Store(n)
	return ctx
}
