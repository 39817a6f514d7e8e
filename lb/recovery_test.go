// SPDX-License-Identifier: Apache-2.0

package lb_test

import (
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/gophercloud/gophercloud/v2"
	"github.com/gophercloud/gophercloud/v2/openstack"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/octaviakit/octaviakit/fake"
	"github.com/octaviakit/octaviakit/lb"
	"github.com/octaviakit/octaviakit/provider"
	"github.com/octaviakit/octaviakit/waiter"
)

// An Engine that is an administrator's needs no other client.
func TestAnAdministratorsEngineFailsOver(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := cell{provider.Amphora, provider.Epoxy}
		cloud := c.cloud()
		spec, old := broken(t, c, cloud, true)
		client, err := openstack.NewClient(cloud.AuthURL())
		require.NoError(t, err)
		client.HTTPClient = http.Client{Transport: cloud}
		require.NoError(t, openstack.Authenticate(t.Context(), client, gophercloud.AuthOptions{
			IdentityEndpoint: cloud.AuthURL(), Username: "admin", Password: "fake", DomainName: "Default", TenantName: "admin",
		}))
		octavia, err := openstack.NewLoadBalancerV2(client, gophercloud.EndpointOpts{})
		require.NoError(t, err)
		g, err := lb.New(octavia, "test", lb.WithNetwork(cloud.Network())).Ensure(t.Context(), spec)
		require.NoError(t, err)
		assert.Equal(t, old.ID(), g.ID())
	})
}

func TestRemedies(t *testing.T) {
	t.Parallel()
	usual, gentle := lb.DefaultRecovery(), lb.DefaultRecovery()
	gentle.Replace = false
	for name, tc := range map[string]struct {
		policy lb.Recovery
		of     lb.Ailment
		want   lb.Remedy
	}{
		"a child":                       {usual, lb.Ailment{}, lb.RetryChild},
		"a child once more":             {usual, lb.Ailment{Retried: 1}, lb.RetryChild},
		"a child often enough":          {usual, lb.Ailment{Retried: 2}, lb.Hopeless},
		"amphora":                       {usual, lb.Ailment{Whole: true, Fails: true}, lb.Failover},
		"amphora, failed over":          {usual, lb.Ailment{Whole: true, Fails: true, FailedOver: 1}, lb.ReplaceFailed},
		"ovn":                           {usual, lb.Ailment{Whole: true}, lb.ReplaceFailed},
		"shared amphora":                {usual, lb.Ailment{Whole: true, Fails: true, Shared: true}, lb.Failover},
		"shared amphora, failed over":   {usual, lb.Ailment{Whole: true, Fails: true, Shared: true, FailedOver: 1}, lb.Hopeless},
		"shared ovn":                    {usual, lb.Ailment{Whole: true, Shared: true}, lb.Hopeless},
		"ovn, which must not be made":   {gentle, lb.Ailment{Whole: true}, lb.Hopeless},
		"nothing is to be done: child":  {lb.Recovery{}, lb.Ailment{}, lb.Hopeless},
		"nothing is to be done: it all": {lb.Recovery{}, lb.Ailment{Whole: true, Fails: true}, lb.Hopeless},
	} {
		assert.Equal(t, tc.want, tc.policy.Remedy(tc.of), name)
	}
}

// mayFailOver is the usual policy with an administrator's client.
func mayFailOver(cloud *fake.Cloud) lb.Option {
	r := lb.DefaultRecovery()
	r.Admin = cloud.LoadBalancerAs("admin")
	return lb.WithRecovery(r)
}

// broken is a service whose load balancer has just ended in ERROR.
func broken(t *testing.T, c cell, cloud *fake.Cloud, floating bool, change ...func(*lb.Spec)) (lb.Spec, *lb.Graph) {
	t.Helper()
	spec := service(cloud, c, 2, 3)
	both(change...)(&spec)
	if !floating {
		spec.FloatingIP = nil
	}
	g, err := engine(cloud).Ensure(t.Context(), spec)
	require.NoError(t, err)
	cloud.Inject(fake.Fault{Method: "PUT", Path: "/lbaas/loadbalancers/*", Effect: fake.EndInError})
	tagged := spec
	tagged.Tags = []string{"x"}
	_, err = engine(cloud, lb.WithRecovery(lb.Recovery{})).Ensure(t.Context(), tagged)
	require.ErrorIs(t, err, waiter.ErrFailed)
	var sick *lb.RecoveryError
	require.ErrorAs(t, err, &sick)
	require.Equal(t, lb.KindLoadBalancer, sick.Failed[0].Kind)
	return spec, g
}

func TestAmphoraInErrorIsFailedOver(t *testing.T) {
	for _, stepped := range []bool{false, true} {
		synctest.Test(t, func(t *testing.T) {
			c := cell{provider.Amphora, provider.Epoxy}
			cloud := c.cloud()
			spec, old := broken(t, c, cloud, true)
			before := cloud.Cycles("")
			e := engine(cloud, mayFailOver(cloud))
			plan, err := e.Plan(t.Context(), spec)
			require.NoError(t, err)
			require.Contains(t, plan.String(), "PUT /lbaas/loadbalancers/{loadbalancer}/failover")
			assert.False(t, plan.Disruptive())
			if stepped {
				steps(t, e, cloud, spec)
			}
			g, err := e.Ensure(t.Context(), spec)
			require.NoError(t, err)
			settled(t, g)
			assert.Equal(t, old.ID(), g.ID())
			assert.Equal(t, old.Address(), g.Address())
			assert.Equal(t, plan.Cycles(), cloud.Cycles("")-before)
		})
	}
}

// Members of a project may not fail over by Octavia's own policy: the refusal is no end,
// but nothing is deleted unasked either.
func TestALiveVIPIsNeverDeletedUnasked(t *testing.T) {
	in(t, func(t *testing.T, c cell, cloud *fake.Cloud) {
		spec, old := broken(t, c, cloud, true)
		dump := cloud.Dump()
		_, err := engine(cloud).Ensure(t.Context(), spec)
		require.ErrorIs(t, err, lb.ErrDisruptive)
		require.ErrorContains(t, err, "in ERROR")
		assert.Equal(t, dump, cloud.Dump())

		g, err := engine(cloud, agree()).Ensure(t.Context(), spec)
		require.NoError(t, err)
		settled(t, g)
		assert.NotEqual(t, old.ID(), g.ID())
		assert.Equal(t, old.Address(), g.Address(), "the floating IP has moved")
		require.NoError(t, engine(cloud).Delete(t.Context(), spec.Name))
		assert.Equal(t, fresh(c), cloud.Dump())
	})
}

func TestAnInternalOneComesBackWithItsAddress(t *testing.T) {
	in(t, func(t *testing.T, c cell, cloud *fake.Cloud) {
		spec, old := broken(t, c, cloud, false)
		g, err := engine(cloud, agree()).Ensure(t.Context(), spec)
		require.NoError(t, err)
		assert.NotEqual(t, old.ID(), g.ID())
		assert.Equal(t, old.VIP(), g.VIP())
	})
}

func TestAChildInErrorIsWrittenAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := cell{provider.OVN, provider.Epoxy}
		cloud := c.cloud()
		spec := service(cloud, c, 1, 3)
		cloud.Inject(fake.Fault{Path: "/lbaas/pools/*/members", Effect: fake.PartialBatch, Times: 2})
		_, err := engine(cloud).Ensure(t.Context(), spec)
		require.NoError(t, err)
		more := service(cloud, c, 1, 6)
		g, err := engine(cloud).Ensure(t.Context(), more)
		require.NoError(t, err)
		settled(t, g)
	})
}

func TestRetriesHaveABudget(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := cell{provider.OVN, provider.Epoxy}
		cloud := c.cloud()
		_, err := engine(cloud).Ensure(t.Context(), service(cloud, c, 1, 2))
		require.NoError(t, err)
		cloud.Inject(fake.Fault{Path: "/lbaas/pools/*/members", Effect: fake.EndInError, Times: -1})
		e := engine(cloud)
		cloud.ForgetCalls()
		for range 2 { // and the second time it tries nothing at all
			_, err = e.Ensure(t.Context(), service(cloud, c, 1, 6))
			var sick *lb.RecoveryError
			require.ErrorAs(t, err, &sick)
			require.ErrorIs(t, err, waiter.ErrFailed)
			assert.Equal(t, 2, sick.Retried)
			assert.Equal(t, lb.KindMember, sick.Failed[0].Kind)
			assert.Len(t, cloud.Mutations(), 3, "the change and two retries")
		}
		_, err = e.Step(t.Context(), service(cloud, c, 1, 6))
		require.ErrorIs(t, err, waiter.ErrFailed)
		cloud.ClearFaults()
		_, err = e.Ensure(t.Context(), service(cloud, c, 1, 5))
		require.NoError(t, err, "another Spec counts anew")
	})
}

// Members that stay in ERROR keep no pool but their own from its members: of all ports of a
// Service only one misses the new node.
func TestMembersInErrorHoldNoOtherPoolUp(t *testing.T) {
	for _, release := range []provider.Release{provider.Epoxy, provider.Zed} {
		for _, stepped := range []bool{false, true} {
			synctest.Test(t, func(t *testing.T) {
				c := cell{provider.OVN, release}
				cloud := fake.New(fake.WithProvider(c.provider, c.release), fake.WithLatency(c.latency()),
					fake.WithoutQuirk("ovn-batch-create-all-active")) // which would call all of them well
				g, err := engine(cloud).Ensure(t.Context(), service(cloud, c, 3, 2))
				require.NoError(t, err)
				first := poolIDs(g)[0]
				for _, path := range []string{"/members", "/members/*"} {
					cloud.Inject(fake.Fault{Path: "/lbaas/pools/" + first + path, Effect: fake.EndInError, Times: -1})
				}
				spec, e := service(cloud, c, 3, 4), engine(cloud)
				if stepped {
					err = refusedSteps(t, e, cloud, spec)
				} else {
					_, err = e.Ensure(t.Context(), spec)
				}
				var sick *lb.RecoveryError
				require.ErrorAs(t, err, &sick)
				assert.Equal(t, 2, sick.Retried)
				for _, n := range sick.Failed {
					assert.Equal(t, lb.KindMember, n.Kind)
					assert.True(t, strings.HasPrefix(n.Path, "pool/p0/"), n.Path)
				}
				g, err = e.Observe(t.Context(), spec.Name)
				require.NoError(t, err)
				assert.Equal(t, 12, count(g, lb.KindMember), "all have been made")
				cloud.ForgetCalls()
				_, err = e.Ensure(t.Context(), spec)
				require.ErrorIs(t, err, waiter.ErrFailed)
				assert.Empty(t, cloud.Mutations(), "nothing is left to try")
				cloud.ClearFaults()
				g, err = engine(cloud).Ensure(t.Context(), spec)
				require.NoError(t, err)
				settled(t, g)
			})
		}
	}
}

// Traffic does not move to a pool whose members are in ERROR, nor when they have been tried
// again: what serves goes on.
func TestTrafficWaitsForMembersInError(t *testing.T) {
	in(t, func(t *testing.T, c cell, _ *fake.Cloud) {
		cloud := fake.New(fake.WithProvider(c.provider, c.release), fake.WithLatency(c.latency()), fake.WithoutQuirk("ovn-batch-create-all-active"))
		spec := service(cloud, c, 2, 2)
		spare := spec.Pools[1].Members
		spec.Pools[1].Members, spec.Listeners = nil, spec.Listeners[:1]
		g, err := engine(cloud).Ensure(t.Context(), spec)
		require.NoError(t, err)
		cloud.Inject(fake.Fault{Path: "/lbaas/pools/" + poolIDs(g)[1] + "/members", Effect: fake.EndInError, Times: -1})
		cloud.ForgetCalls()
		spec.Pools[1].Members, spec.Listeners[0].Pool = spare, "p1"
		_, err = engine(cloud).Ensure(t.Context(), spec)
		var sick *lb.RecoveryError
		require.ErrorAs(t, err, &sick)
		assert.Equal(t, 2, sick.Retried)
		assert.Len(t, cloud.Mutations(), 3, "the members, three times")
		g, err = engine(cloud).Observe(t.Context(), spec.Name)
		require.NoError(t, err)
		assert.Equal(t, "p0", g.Spec().Listeners[0].Pool)
		cloud.ClearFaults()
		g, err = engine(cloud).Ensure(t.Context(), spec)
		require.NoError(t, err)
		assert.Equal(t, "p1", g.Spec().Listeners[0].Pool)
	})
}

// Addresses that no floating IP stands for come back also where steps make the load balancer anew, or the reply
// to the deletion is lost.
func TestAnInternalAddressOutlivesItsLoadBalancer(t *testing.T) {
	for _, stepwise := range []bool{false, true} {
		in(t, func(t *testing.T, c cell, cloud *fake.Cloud) {
			first := service(cloud, c, 1, 1) // it has the lowest address, which is the next to be given
			first.Name, first.FloatingIP = "first", nil
			dual := func(s *lb.Spec) {
				s.VIP.Additional = []lb.AdditionalVIP{{SubnetID: strings.ToUpper(cloud.Subnet6ID())}}
			}
			if !lookup(t, c.provider, c.release).Has(provider.AdditionalVIPs) {
				dual = func(*lb.Spec) {}
			}
			dual(&first)
			_, err := engine(cloud).Ensure(t.Context(), first)
			require.NoError(t, err)
			spec, old := broken(t, c, cloud, false, dual)
			require.NoError(t, engine(cloud).Delete(t.Context(), "first"))
			e := engine(cloud, agree())
			if stepwise {
				steps(t, e, cloud, spec)
			}
			cloud.Inject(fake.Fault{Method: http.MethodDelete, Effect: fake.LoseReply})
			g, err := e.Ensure(t.Context(), spec)
			require.NoError(t, err)
			assert.NotEqual(t, old.ID(), g.ID())
			assert.Equal(t, old.Spec().VIP, g.Spec().VIP)
		})
	}
}

// Who is faster may have it: then it is another one, and no error.
func TestAnInternalAddressThatIsTaken(t *testing.T) {
	for _, stepwise := range []bool{false, true} {
		in(t, func(t *testing.T, c cell, cloud *fake.Cloud) {
			spec, old := broken(t, c, cloud, false)
			faster := &hasty{next: cloud, on: http.MethodPost, once: func() {
				theirs := service(cloud, c, 1, 1)
				theirs.Name, theirs.FloatingIP, theirs.VIP.Address = "theirs", nil, old.VIP()
				_, err := engine(cloud).Ensure(t.Context(), theirs)
				require.NoError(t, err)
			}}
			clients := through(faster, cloud.LoadBalancer(), cloud.Network())
			e := lb.New(clients[0], "test", lb.WithNetwork(clients[1]), agree())
			if stepwise {
				for done := false; !done; {
					p, err := e.Step(t.Context(), spec)
					require.NoError(t, err)
					done = p.Done
					<-time.After(p.After)
				}
			}
			g, err := e.Ensure(t.Context(), spec)
			require.NoError(t, err)
			require.Nil(t, faster.once)
			assert.NotEqual(t, old.VIP(), g.VIP())
		})
	}
}
