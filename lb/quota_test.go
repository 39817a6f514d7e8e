// SPDX-License-Identifier: Apache-2.0

package lb_test

import (
	"testing"

	"github.com/gophercloud/gophercloud/v2"
	"github.com/gophercloud/gophercloud/v2/openstack"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/octaviakit/octaviakit/fake"
	"github.com/octaviakit/octaviakit/internal/octavia"
	"github.com/octaviakit/octaviakit/lb"
	"github.com/octaviakit/octaviakit/provider"
)

// shortages are the QuotaErrors in an error, by kind.
func shortages(err error) map[lb.Kind]lb.QuotaError {
	out := map[lb.Kind]lb.QuotaError{}
	var walk func(error)
	walk = func(err error) {
		switch e := err.(type) { //nolint:errorlint // looks at every leaf
		case *lb.QuotaError:
			out[e.Kind] = *e
		case interface{ Unwrap() []error }:
			for _, inner := range e.Unwrap() {
				walk(inner)
			}
		case interface{ Unwrap() error }:
			walk(e.Unwrap())
		}
	}
	if err != nil {
		walk(err)
	}
	return out
}

func TestWhatNoQuotaAllowsIsRefusedAllAtOnce(t *testing.T) {
	t.Parallel()
	c := cell{provider.Amphora, provider.Epoxy}
	cloud := fake.New(fake.WithQuota("pool", 2), fake.WithQuota("member", 10), fake.WithQuota("listener", 50))
	e := engine(cloud)
	_, err := e.Ensure(t.Context(), service(cloud, c, 1, 4))
	require.NoError(t, err)
	cloud.ForgetCalls()

	_, planErr := e.Plan(t.Context(), service(cloud, c, 3, 4))
	_, err = e.Ensure(t.Context(), service(cloud, c, 3, 4))
	assert.Equal(t, shortages(planErr), shortages(err))
	assert.Equal(t, map[lb.Kind]lb.QuotaError{
		lb.KindPool:   {Kind: lb.KindPool, Limit: 2, Used: 1, Need: 2},
		lb.KindMember: {Kind: lb.KindMember, Limit: 10, Used: 4, Need: 8},
	}, shortages(err))
	assert.ErrorContains(t, err, "the project may have 2 pools, has 1, and the plan needs 2 more")
	assert.Empty(t, cloud.Mutations())

	_, err = e.Ensure(t.Context(), service(cloud, c, 2, 5))
	require.NoError(t, err, "what fits exactly is allowed")
}

// A replacement frees what it deletes before it makes anew.
func TestWhatAPlanFreesItMayUseAgain(t *testing.T) {
	t.Parallel()
	c := cell{provider.Amphora, provider.Epoxy}
	cloud := fake.New(fake.WithQuota("loadbalancer", 1), fake.WithQuota("pool", 1), fake.WithQuota("member", 3))
	e := engine(cloud, lb.WithApproval(func(*lb.Plan) error { return nil }))
	spec := service(cloud, c, 1, 3)
	g, err := e.Ensure(t.Context(), spec)
	require.NoError(t, err)
	cloud.Break(g.ID())
	_, err = e.Ensure(t.Context(), spec)
	require.NoError(t, err)
}

// Where an operator has lowered a quota below what there is, what is deleted cannot be made
// anew: that is known before it is gone.
func TestWhatCouldNotBeMadeAnewIsNotDeleted(t *testing.T) {
	t.Parallel()
	cloud := fake.New()
	e := engine(cloud, agree())
	spec := service(cloud, cell{provider.Amphora, provider.Epoxy}, 2, 2)
	_, err := e.Ensure(t.Context(), spec)
	require.NoError(t, err)
	_, err = octavia.Update(t.Context(), cloud.LoadBalancerAs("admin"), "lbaas/quotas/"+cloud.ProjectID("demo"), "quota", octavia.Object{"listener": 1})
	require.NoError(t, err)
	cloud.ForgetCalls()

	spec.Listeners[0].Protocol, spec.Pools[0].Protocol, spec.Pools[0].Monitor = lb.TCP, lb.TCP, nil
	_, err = engine(cloud, agree()).Ensure(t.Context(), spec)
	assert.Equal(t, map[lb.Kind]lb.QuotaError{lb.KindListener: {Kind: lb.KindListener, Limit: 1, Used: 2}}, shortages(err))
	require.ErrorContains(t, err, "the project may have 1 listener, has 2, and the plan makes new ones in the place of others")
	assert.Empty(t, cloud.Mutations())
}

// A project that never had anything has no record of quotas; a client that logged in
// by itself knows its project.
func TestAQuotaIsKnownBeforeTheFirstLoadBalancer(t *testing.T) {
	t.Parallel()
	cloud := fake.New(fake.WithQuota("loadbalancer", 0))
	pc, err := openstack.NewClient(cloud.AuthURL())
	require.NoError(t, err)
	pc.HTTPClient = *cloud.HTTPClient()
	require.NoError(t, openstack.Authenticate(t.Context(), pc, gophercloud.AuthOptions{
		IdentityEndpoint: cloud.AuthURL(), Username: "demo", Password: "fake", DomainName: "Default", TenantName: "demo",
	}))
	client, err := openstack.NewLoadBalancerV2(pc, gophercloud.EndpointOpts{})
	require.NoError(t, err)
	e := lb.New(client, "prod-1", lb.WithNetwork(cloud.Network()))
	_, err = e.Ensure(t.Context(), service(cloud, cell{provider.Amphora, provider.Epoxy}, 1, 1))
	assert.Contains(t, shortages(err), lb.KindLoadBalancer)
	assert.Empty(t, cloud.Mutations())
}
