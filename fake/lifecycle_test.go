// SPDX-License-Identifier: Apache-2.0

package fake_test

import (
	"testing"

	"github.com/gophercloud/gophercloud/v2"
	"github.com/gophercloud/gophercloud/v2/openstack"
	"github.com/gophercloud/gophercloud/v2/openstack/loadbalancer/v2/listeners"
	"github.com/gophercloud/gophercloud/v2/openstack/loadbalancer/v2/loadbalancers"
	"github.com/gophercloud/gophercloud/v2/openstack/loadbalancer/v2/monitors"
	"github.com/gophercloud/gophercloud/v2/openstack/loadbalancer/v2/pools"
	"github.com/gophercloud/gophercloud/v2/openstack/networking/v2/extensions/layer3/floatingips"
	"github.com/octaviakit/octaviakit/fake"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// The whole life of a load balancer, step by step, through gophercloud.
func TestLifecycle(t *testing.T) {
	c := fake.New()
	ctx := t.Context()
	lbc, net := c.LoadBalancer(), c.Network()

	lb, err := loadbalancers.Create(ctx, lbc, loadbalancers.CreateOpts{Name: "shop", VipSubnetID: c.SubnetID()}).Extract()
	require.NoError(t, err)
	assert.Equal(t, "PENDING_CREATE", lb.ProvisioningStatus)
	assert.NotEmpty(t, lb.VipAddress)
	assert.False(t, lb.CreatedAt.IsZero())

	l, err := listeners.Create(ctx, lbc, listeners.CreateOpts{LoadbalancerID: lb.ID, Protocol: "TCP", ProtocolPort: 80}).Extract()
	require.NoError(t, err, "zero latency: settled at the next look")
	p, err := pools.Create(ctx, lbc, pools.CreateOpts{ListenerID: l.ID, Protocol: "TCP", LBMethod: "ROUND_ROBIN"}).Extract()
	require.NoError(t, err)
	m, err := pools.CreateMember(ctx, lbc, p.ID, pools.CreateMemberOpts{Address: "10.1.0.10", ProtocolPort: 8080, SubnetID: c.MemberSubnetID()}).Extract()
	require.NoError(t, err)
	assert.Equal(t, "NO_MONITOR", m.OperatingStatus)
	_, err = monitors.Create(ctx, lbc, monitors.CreateOpts{PoolID: p.ID, Type: "TCP", Delay: 5, Timeout: 3, MaxRetries: 2}).Extract()
	require.NoError(t, err)
	require.NoError(t, pools.BatchUpdateMembers(ctx, lbc, p.ID, []pools.BatchUpdateMemberOpts{
		{Address: "10.1.0.10", ProtocolPort: 8080}, {Address: "10.1.0.11", ProtocolPort: 8080},
	}).ExtractErr())
	fip, err := floatingips.Create(ctx, net, floatingips.CreateOpts{FloatingNetworkID: c.ExternalNetworkID(), PortID: lb.VipPortID}).Extract()
	require.NoError(t, err)
	assert.Equal(t, lb.VipAddress, fip.FixedIP)

	tree, err := loadbalancers.GetStatuses(ctx, lbc, lb.ID).Extract()
	require.NoError(t, err)
	assert.Equal(t, "ONLINE", tree.Loadbalancer.OperatingStatus)
	require.Len(t, tree.Loadbalancer.Listeners, 1)
	require.Len(t, tree.Loadbalancer.Listeners[0].Pools, 1)
	assert.Len(t, tree.Loadbalancer.Listeners[0].Pools[0].Members, 2)
	assert.Equal(t, "ONLINE", tree.Loadbalancer.Listeners[0].Pools[0].Members[0].OperatingStatus)
	assert.Equal(t, 6, c.Cycles(lb.ID))

	require.NoError(t, loadbalancers.Delete(ctx, lbc, lb.ID, loadbalancers.DeleteOpts{Cascade: true}).ExtractErr())
	_, err = loadbalancers.Get(ctx, lbc, lb.ID).Extract()
	assert.True(t, gophercloud.ResponseCodeIs(err, 404), "%v", err)
	fip, err = floatingips.Get(ctx, net, fip.ID).Extract()
	require.NoError(t, err)
	assert.Empty(t, fip.PortID)
	assert.Equal(t, 7, c.Cycles(lb.ID))
}

// The three ways to a client: handed out, from the catalogue, by logging in.
func TestClients(t *testing.T) {
	c := fake.New()
	use := func(t *testing.T, lbc *gophercloud.ServiceClient) {
		pages, err := loadbalancers.List(lbc, loadbalancers.ListOpts{}).AllPages(t.Context())
		require.NoError(t, err)
		all, err := loadbalancers.ExtractLoadBalancers(pages)
		require.NoError(t, err)
		assert.Empty(t, all)
	}
	t.Run("handed out", func(t *testing.T) { use(t, c.LoadBalancer()) })
	t.Run("catalogue", func(t *testing.T) {
		lbc, err := openstack.NewLoadBalancerV2(c.ProviderClient("demo"), gophercloud.EndpointOpts{})
		require.NoError(t, err)
		use(t, lbc)
	})
	t.Run("login", func(t *testing.T) {
		pc, err := openstack.NewClient(c.AuthURL())
		require.NoError(t, err)
		pc.HTTPClient = *c.HTTPClient()
		require.NoError(t, openstack.Authenticate(t.Context(), pc, gophercloud.AuthOptions{
			IdentityEndpoint: c.AuthURL(), Username: "demo", Password: "fake", TenantName: "demo", DomainName: "Default",
		}))
		lbc, err := openstack.NewLoadBalancerV2(pc, gophercloud.EndpointOpts{})
		require.NoError(t, err)
		use(t, lbc)
		_, err = openstack.NewNetworkV2(pc, gophercloud.EndpointOpts{})
		require.NoError(t, err)
	})
	t.Run("expired", func(t *testing.T) {
		lbc := c.LoadBalancer()
		c.ExpireTokens()
		use(t, lbc)
	})
}
