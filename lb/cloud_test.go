// SPDX-License-Identifier: Apache-2.0

package lb_test

import (
	"cmp"
	"context"
	"net/netip"
	"os"
	"strconv"
	"testing"
	"time"

	"github.com/gophercloud/gophercloud/v2"
	"github.com/gophercloud/gophercloud/v2/openstack"
	"github.com/gophercloud/gophercloud/v2/openstack/config"
	"github.com/gophercloud/gophercloud/v2/openstack/config/clouds"
	"github.com/gophercloud/gophercloud/v2/openstack/networking/v2/subnets"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/octaviakit/octaviakit/floatingip"
	"github.com/octaviakit/octaviakit/lb"
	"github.com/octaviakit/octaviakit/member"
	"github.com/octaviakit/octaviakit/monitor"
	"github.com/octaviakit/octaviakit/observe"
	"github.com/octaviakit/octaviakit/provider"
)

// The life of a Kubernetes Service on a real cloud: 3 ports, 20 nodes, monitors, a
// floating IP; created, left alone, a node more and less, a port more and less,
// deleted. Every phase must end settled, in the cycles that its plan predicted.
//
//	OCTAVIAKIT_CLOUD=NAME [OCTAVIAKIT_SUBNET=ID] [OCTAVIAKIT_PROVIDER=ovn] [OCTAVIAKIT_NODES=20] \
//	  go test ./lb -run TestRealService -v -timeout 60m
//
// NAME is an entry of clouds.yaml; without a subnet the first routed one is not
// looked for: the first IPv4 subnet of the project serves.
func TestRealService(t *testing.T) {
	name := os.Getenv("OCTAVIAKIT_CLOUD")
	if name == "" {
		t.Skip("set OCTAVIAKIT_CLOUD to an entry of clouds.yaml")
	}
	r := newReal(t, name)
	defer func() { assert.NoError(t, r.engine.Delete(context.WithoutCancel(t.Context()), r.spec(1, 1).Name)) }()

	r.phase("create", r.spec(3, r.nodes), -1)
	r.phase("nothing changed", r.spec(3, r.nodes), 0)
	r.phase("a node more", r.spec(3, r.nodes+1), 3)
	r.phase("a node less", r.spec(3, r.nodes), 3)
	r.phase("a port more", r.spec(4, r.nodes), -1)
	r.phase("a port less", r.spec(3, r.nodes), 2)
	begin := time.Now()
	require.NoError(t, r.engine.Delete(t.Context(), r.spec(1, 1).Name))
	t.Logf("%-16s %6.1f s", "delete", time.Since(begin).Seconds())
	orphans, err := r.engine.Orphans(t.Context(), func(string) bool { return false })
	require.NoError(t, err)
	assert.Empty(t, orphans)
}

// realCloud is what TestRealService works on.
type realCloud struct {
	*testing.T
	engine   *lb.Engine
	caps     provider.Capabilities
	provider provider.Name
	subnet   subnets.Subnet
	nodes    int
	cycles   int
}

func newReal(t *testing.T, name string) *realCloud {
	t.Helper()
	auth, endpoint, tls, err := clouds.Parse(clouds.WithCloudName(name))
	require.NoError(t, err)
	client, err := config.NewProviderClient(t.Context(), auth, config.WithTLSConfig(tls))
	require.NoError(t, err)
	octavia, err := openstack.NewLoadBalancerV2(client, endpoint)
	require.NoError(t, err)
	network, err := openstack.NewNetworkV2(client, endpoint)
	require.NoError(t, err)
	r := &realCloud{T: t, provider: provider.Name(cmp.Or(os.Getenv("OCTAVIAKIT_PROVIDER"), "amphora"))}
	r.nodes, err = strconv.Atoi(cmp.Or(os.Getenv("OCTAVIAKIT_NODES"), "20"))
	require.NoError(t, err)
	cloud, err := provider.Detect(t.Context(), octavia)
	require.NoError(t, err)
	r.caps, err = cloud.For(r.provider)
	require.NoError(t, err)
	r.subnet = pickSubnet(t, network)
	r.engine = lb.New(octavia, "octaviakit-test", lb.WithNetwork(network), lb.WithObserver(observe.Func(r.see)))
	return r
}

func pickSubnet(t *testing.T, network *gophercloud.ServiceClient) subnets.Subnet {
	t.Helper()
	if id := os.Getenv("OCTAVIAKIT_SUBNET"); id != "" {
		s, err := subnets.Get(t.Context(), network, id).Extract()
		require.NoError(t, err)
		return *s
	}
	pages, err := subnets.List(network, subnets.ListOpts{IPVersion: 4}).AllPages(t.Context())
	require.NoError(t, err)
	all, err := subnets.ExtractSubnets(pages)
	require.NoError(t, err)
	require.NotEmpty(t, all)
	return all[0]
}

func (r *realCloud) see(_ context.Context, e observe.Event) {
	if e.Kind == observe.StepEnd && e.Err == nil && e.Call != "POST /floatingips" {
		r.cycles++
	}
}

// spec is the Service, with monitors where the provider can be trusted with them.
func (r *realCloud) spec(ports, nodes int) lb.Spec {
	s := lb.Spec{
		Name: "octaviakit-test-" + string(r.provider), Provider: r.provider,
		VIP: lb.VIP{SubnetID: r.subnet.ID}, FloatingIP: &floatingip.Spec{},
	}
	base := netip.MustParsePrefix(r.subnet.CIDR).Masked().Addr().As4()
	for i := range ports {
		name := "port-" + strconv.Itoa(i)
		p := lb.Pool{Name: name, Protocol: lb.TCP}
		if r.caps.Trust(provider.HealthMonitor) {
			p.Monitor = new(monitor.TCP())
		}
		for j := range nodes {
			addr := netip.AddrFrom4([4]byte{base[0], base[1], base[2] + 3, byte(10 + j)})
			p.Members = append(p.Members, member.Spec{Address: addr, Port: uint16(30000 + i), SubnetID: r.subnet.ID})
		}
		s.Pools = append(s.Pools, p)
		s.Listeners = append(s.Listeners, lb.Listener{Name: name, Protocol: lb.TCP, Port: uint16(8000 + i), Pool: name})
	}
	return s
}

// phase brings the cloud to a Spec; cycles is how many that must take, -1 what the plan says.
func (r *realCloud) phase(name string, s lb.Spec, cycles int) {
	r.Helper()
	plan, err := r.engine.Plan(r.Context(), s)
	require.NoError(r, err, name)
	if cycles >= 0 {
		assert.Equal(r, cycles, plan.Cycles(), "%s:\n%s", name, plan)
	}
	r.cycles = 0
	begin := time.Now()
	g, err := r.engine.Ensure(r.Context(), s)
	require.NoError(r, err, name)
	settled(r.T, g)
	assert.LessOrEqual(r, r.cycles, plan.Cycles(), "%s: cycles used and predicted", name)
	r.Logf("%-16s %6.1f s, %d cycles", name, time.Since(begin).Seconds(), r.cycles)
}
