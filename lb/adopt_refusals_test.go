// SPDX-License-Identifier: Apache-2.0

package lb_test

import (
	"cmp"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/gophercloud/gophercloud/v2/openstack/networking/v2/extensions/layer3/floatingips"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/octaviakit/octaviakit/fake"
	"github.com/octaviakit/octaviakit/floatingip"
	"github.com/octaviakit/octaviakit/internal/octavia"
	"github.com/octaviakit/octaviakit/lb"
	"github.com/octaviakit/octaviakit/member"
	"github.com/octaviakit/octaviakit/provider"
	"github.com/octaviakit/octaviakit/waiter"
)

// onCloud runs a test on one cloud, in virtual time, with a peer to make things.
func onCloud(t *testing.T, c cell, test func(t *testing.T, cloud *fake.Cloud, p *peer)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		cloud := c.cloud()
		test(t, cloud, newPeer(t, c, cloud))
	})
}

// refused demands that both methods end in an error, and that nothing changes.
func refused(t *testing.T, cloud *fake.Cloud, a lb.Adoption, why error, says string) {
	t.Helper()
	before := cloud.Dump()
	_, planned := engine(cloud).PlanAdopt(t.Context(), a)
	_, err := engine(cloud).Adopt(t.Context(), a)
	for _, err := range []error{planned, err} {
		require.ErrorIs(t, err, why)
		require.ErrorContains(t, err, says)
	}
	assert.Equal(t, before, cloud.Dump())
}

func TestAdoptBadInput(t *testing.T) {
	t.Parallel()
	cloud := fake.New()
	for name, a := range map[string]lb.Adoption{
		"name": {}, "id": {ID: "shop"}, "name ": {ID: cloud.SubnetID(), Name: "shop"},
	} {
		_, err := engine(cloud).Adopt(t.Context(), a)
		var f *lb.FieldError
		require.ErrorAs(t, err, &f)
		assert.Equal(t, strings.TrimSpace(name), f.Path)
		_, again := engine(cloud).PlanAdopt(t.Context(), a)
		assert.Equal(t, err, again)
	}
	_, err := lb.New(cloud.LoadBalancer(), "").Adopt(t.Context(), lb.Adoption{Name: "shop"})
	require.ErrorContains(t, err, "owner")
	assert.Empty(t, cloud.Polls(), "no call is made")
	assert.Empty(t, cloud.Mutations())
}

func TestAdoptRefusals(t *testing.T) {
	t.Parallel()
	c := cells()[0]
	onCloud(t, c, func(t *testing.T, cloud *fake.Cloud, p *peer) {
		refused(t, cloud, lb.Adoption{Name: "shop"}, lb.ErrNotFound, `"shop"`)
		refused(t, cloud, lb.Adoption{ID: cloud.SubnetID()}, lb.ErrNotFound, cloud.SubnetID())

		p.balancer(body{"name": "twice"})
		first := p.lb
		p.balancer(body{"name": "twice"})
		refused(t, cloud, lb.Adoption{Name: "twice"}, lb.ErrAmbiguous, first)
		refused(t, cloud, lb.Adoption{Name: "twice"}, lb.ErrAmbiguous, p.lb)
		adopt(t, cloud, lb.Adoption{ID: first})
		refused(t, cloud, lb.Adoption{ID: p.lb}, lb.ErrAmbiguous, first)
		adopt(t, cloud, lb.Adoption{ID: p.lb, As: "another"})

		p.balancer(body{"name": "shared", "tags": []string{"octaviakit.owner=test", "octaviakit.owner=them", "octaviakit.shared=internal"}})
		refused(t, cloud, lb.Adoption{Name: "shared", As: "mine"}, lb.ErrShared, "test, them")

		p.balancer(body{"name": "theirs", "tags": []string{"octaviakit.owner=them"}})
		refused(t, cloud, lb.Adoption{Name: "theirs"}, lb.ErrNotOwned, `"them"`)
		p.balancer(body{"name": "theirs-too", "description": "shop [octaviakit.owner=them]"})
		refused(t, cloud, lb.Adoption{Name: "theirs-too"}, lb.ErrNotOwned, `"them"`)

		p.balancer(body{"name": ""})
		_, err := engine(cloud).Adopt(t.Context(), lb.Adoption{ID: p.lb})
		var f *lb.FieldError
		require.ErrorAs(t, err, &f)
		assert.Equal(t, "as", f.Path)
		assert.Equal(t, "named", adopt(t, cloud, lb.Adoption{ID: p.lb, As: "named"}).Name())
	})
}

// Octavia changes nothing of what is in ERROR; the report says so beforehand.
func TestAdoptInError(t *testing.T) {
	t.Parallel()
	onCloud(t, cells()[0], func(t *testing.T, cloud *fake.Cloud, p *peer) {
		p.balancer(body{"name": "broken"})
		cloud.Break(p.lb)
		before := cloud.Dump()
		report, err := engine(cloud).PlanAdopt(t.Context(), lb.Adoption{Name: "broken"})
		require.NoError(t, err)
		assert.Contains(t, report.String(), "it is in ERROR")
		_, err = engine(cloud).Adopt(t.Context(), lb.Adoption{Name: "broken"})
		require.ErrorIs(t, err, waiter.ErrFailed)
		require.ErrorContains(t, err, p.lb)
		assert.Equal(t, before, cloud.Dump())
	})
}

// What is PENDING is reported as it is and waited out by Adopt; what is going is not there.
func TestAdoptPending(t *testing.T) {
	in(t, func(t *testing.T, c cell, cloud *fake.Cloud) {
		p := newPeer(t, c, cloud)
		name := p.cpo()
		_, err := octavia.Update(t.Context(), p.client, "lbaas/loadbalancers/"+p.lb, "loadbalancer", body{"description": "changed"})
		require.NoError(t, err)
		report, err := engine(cloud).PlanAdopt(t.Context(), lb.Adoption{Name: name})
		require.NoError(t, err)
		assert.Contains(t, report.String(), "it is PENDING_UPDATE")
		g := adopt(t, cloud, lb.Adoption{Name: name})
		assert.Equal(t, "changed", *g.Spec().Description)

		require.NoError(t, octavia.Delete(t.Context(), p.client, "lbaas/loadbalancers/"+p.lb+"?cascade=true"))
		refused(t, cloud, lb.Adoption{Name: name}, lb.ErrNotFound, name)
		_, err = engine(cloud).Adopt(t.Context(), lb.Adoption{ID: p.lb})
		require.ErrorIs(t, err, lb.ErrNotFound)
	})
}

func addresses(t *testing.T, cloud *fake.Cloud) []floatingips.FloatingIP {
	t.Helper()
	page, err := floatingips.List(cloud.Network(), floatingips.ListOpts{}).AllPages(t.Context())
	require.NoError(t, err)
	fips, err := floatingips.ExtractFloatingIPs(page)
	require.NoError(t, err)
	return fips
}

// A floating IP of another owner is left alone, and so is one that shall be.
func TestAdoptFloatingIP(t *testing.T) {
	t.Parallel()
	onCloud(t, cells()[0], func(t *testing.T, cloud *fake.Cloud, p *peer) {
		description := func() string { return addresses(t, cloud)[0].Description }
		p.balancer(body{"name": "shop"})
		p.publish("for the shop")
		report, err := lb.New(cloud.LoadBalancer(), "test").PlanAdopt(t.Context(), lb.Adoption{Name: "shop"})
		require.NoError(t, err)
		assert.Contains(t, report.String(), "the Engine has no network client")
		adopt(t, cloud, lb.Adoption{Name: "shop", LeaveFloatingIP: true})
		assert.Equal(t, "for the shop", description())
		g := adopt(t, cloud, lb.Adoption{Name: "shop"})
		assert.Equal(t, "for the shop [octaviakit.owner=test octaviakit.key=shop]", description())
		adopt(t, cloud, lb.Adoption{ID: g.ID(), As: "web"})
		assert.Equal(t, "for the shop [octaviakit.owner=test octaviakit.key=web]", description())

		fip, _ := g.FloatingIP()
		_, err = floatingips.Update(t.Context(), cloud.Network(), fip.ID, floatingips.UpdateOpts{
			Description: new("[octaviakit.owner=them]"),
		}).Extract()
		require.NoError(t, err)
		report, err = engine(cloud).PlanAdopt(t.Context(), lb.Adoption{Name: "web"})
		require.NoError(t, err)
		assert.Contains(t, report.String(), `has the mark of "them" and is left alone`)
		adopt(t, cloud, lb.Adoption{Name: "web"})
		assert.Equal(t, "[octaviakit.owner=them]", description())

		require.NoError(t, engine(cloud).Delete(t.Context(), "web"))
		_, there, err := floatingip.Find(t.Context(), cloud.Network(), "", floatingip.Mark{Owner: "them"})
		require.NoError(t, err)
		assert.True(t, there, "who does not own it does not delete it")
	})
}

// hasty is somebody who does something at the moment when our first PUT is on its way.
type hasty struct {
	next http.RoundTripper
	on   string // another method [PUT]
	once func()
}

func (h *hasty) RoundTrip(r *http.Request) (*http.Response, error) {
	if once := h.once; r.Method == cmp.Or(h.on, http.MethodPut) && once != nil {
		h.once = nil
		once()
	}
	return h.next.RoundTrip(r)
}

// Tags that appear while the lock is somebody else's are merged, too.
func TestAdoptMergesTags(t *testing.T) {
	t.Parallel()
	onCloud(t, cells()[0], func(t *testing.T, cloud *fake.Cloud, p *peer) {
		p.balancer(body{"name": "shop", "tags": []string{"a"}})
		h := &hasty{next: cloud, once: func() {
			_, err := octavia.Update(t.Context(), p.client, "lbaas/loadbalancers/"+p.lb, "loadbalancer", body{"tags": []string{"a", "b"}})
			require.NoError(t, err)
		}}
		g, err := lb.New(through(h, cloud.LoadBalancer())[0], "test").Adopt(t.Context(), lb.Adoption{Name: "shop"})
		require.NoError(t, err)
		assert.Equal(t, []string{"a", "b"}, g.Spec().Tags)
	})
}

// On a cloud without tags the mark stands at the end of the description, which stays.
func TestAdoptWithoutTags(t *testing.T) {
	t.Parallel()
	onCloud(t, cell{provider.Amphora, provider.Rocky}, func(t *testing.T, cloud *fake.Cloud, p *peer) {
		p.balancer(body{"name": "shop", "description": strings.Repeat("long ", 50)})
		report, err := engine(cloud).PlanAdopt(t.Context(), lb.Adoption{Name: "shop"})
		require.NoError(t, err)
		assert.Contains(t, report.String(), "(the description is cut to make room)")
		p.balancer(body{"name": "web", "description": "for people"})
		g := adopt(t, cloud, lb.Adoption{Name: "web"})
		s := g.Spec()
		assert.Equal(t, "for people", *s.Description)
		s.Description = nil // left alone, not cleared
		plan, err := engine(cloud).Plan(t.Context(), s)
		require.NoError(t, err)
		assert.True(t, plan.Empty(), "%s", plan)
	})
}

// Policies are told apart by name within their listener.
func TestAdoptPolicies(t *testing.T) {
	t.Parallel()
	onCloud(t, cells()[0], func(t *testing.T, cloud *fake.Cloud, p *peer) {
		p.balancer(body{"name": "shop"})
		for _, port := range []int{80, 81} {
			id := p.child("lbaas/listeners", "listener", body{"name": "web", "protocol": "HTTP", "protocol_port": port, "loadbalancer_id": p.lb})
			for _, name := range []string{"", "a", "a"} {
				policy := p.child("lbaas/l7policies", "l7policy", body{"name": name, "action": "REJECT", "listener_id": id})
				p.child("lbaas/l7policies/"+policy+"/rules", "rule", body{"type": "PATH", "compare_type": "STARTS_WITH", "value": "/" + name})
			}
		}
		g := adopt(t, cloud, lb.Adoption{Name: "shop"})
		s := g.Spec()
		require.Len(t, s.Listeners, 2)
		assert.Equal(t, "web-http-81", s.Listeners[1].Name)
		for _, l := range s.Listeners {
			require.Len(t, l.Policies, 3)
			assert.Regexp(t, "^l7policy-[0-9a-f]{8}$", l.Policies[0].Name)
			assert.Equal(t, "a", l.Policies[1].Name)
			assert.Regexp(t, "^a-l7policy-[0-9a-f]{8}$", l.Policies[2].Name)
		}
		useless(t, cloud, g)
	})
}

// What ovn stores and never reads is left alone by the Spec, and reported.
func TestAdoptWhatTheProviderIgnores(t *testing.T) {
	t.Parallel()
	onCloud(t, cell{provider.OVN, provider.Epoxy}, func(t *testing.T, cloud *fake.Cloud, p *peer) {
		p.balancer(body{"name": "shop", "vip_qos_policy_id": newWorld(t, p.cell, cloud).qos})
		weighted := func(i int) body {
			return body{"address": "10.1.0.11", "protocol_port": 80 + i, "weight": 5, "backup": i == 0}
		}
		p.port(80, "web", "web", "", weighted, body{"timeout_client_data": 100000, "connection_limit": 1000})
		report, err := engine(cloud).PlanAdopt(t.Context(), lb.Adoption{Name: "shop"})
		require.NoError(t, err)
		var paths []string
		for _, u := range report.Unsaid {
			paths = append(paths, u.Path)
			assert.Contains(t, u.Problem, "left alone")
		}
		assert.Equal(t, []string{
			"vip.qosPolicyID", `pools["web"].members[0].weight`, `pools["web"].members[0].backup`,
			`pools["web"].members[1].weight`, `listeners["web"].connLimit`, `listeners["web"].timeouts`,
		}, paths)
		g, err := engine(cloud).Adopt(t.Context(), lb.Adoption{Name: "shop"})
		require.NoError(t, err)
		useless(t, cloud, g)
		m, err := member.List(t.Context(), p.client, poolIDs(g)[0])
		require.NoError(t, err)
		assert.Equal(t, 5, m[0].Weight)
	})
}

func poolIDs(g *lb.Graph) (out []string) {
	for n := range g.Nodes() {
		if n.Kind == lb.KindPool {
			out = append(out, n.ID)
		}
	}
	return out
}
