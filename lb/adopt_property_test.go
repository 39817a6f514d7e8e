// SPDX-License-Identifier: Apache-2.0

package lb_test

import (
	"context"
	"math/rand/v2"
	"sync"
	"testing"

	"github.com/gophercloud/gophercloud/v2/openstack/networking/v2/extensions/layer3/floatingips"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/octaviakit/octaviakit/fake"
	"github.com/octaviakit/octaviakit/internal/octavia"
	"github.com/octaviakit/octaviakit/lb"
)

// disown takes the marks off a load balancer and its floating IP.
func disown(t *testing.T, cloud *fake.Cloud, g *lb.Graph) {
	t.Helper()
	s, b := g.Spec(), body{"description": ""}
	if s.Description != nil {
		b["description"] = *s.Description
	}
	if o, err := octavia.Get(t.Context(), cloud.LoadBalancer(), "lbaas/loadbalancers/"+g.ID(), "loadbalancer"); assert.NoError(t, err) {
		if _, tagged := o["tags"]; tagged {
			b["tags"] = append([]string{}, s.Tags...)
		}
	}
	_, err := octavia.Update(t.Context(), cloud.LoadBalancer(), "lbaas/loadbalancers/"+g.ID(), "loadbalancer", b)
	require.NoError(t, err)
	if f, ok := g.FloatingIP(); ok {
		_, err := floatingips.Update(t.Context(), cloud.Network(), f.ID, floatingips.UpdateOpts{Description: new("")}).Extract()
		require.NoError(t, err)
	}
	_, err = newPeer(t, cell{}, cloud).wait.Active(t.Context(), g.ID())
	require.NoError(t, err)
}

// Whatever names there are, each object has one of its own afterwards, the oldest of a
// name keeps it, and a crash anywhere makes no difference.
func TestAdoptAnyNames(t *testing.T) {
	t.Parallel()
	for seed := range generated(t) {
		c := cells()[0]
		onCloud(t, c, func(t *testing.T, cloud *fake.Cloud, p *peer) {
			r := rand.New(rand.NewPCG(seed, 3))
			p.nodes = 0
			p.balancer(body{"name": "shop"})
			had := map[string]string{}
			for i := range 4 {
				l, pool := pick(r, "", "web", "tcp-81", "web-tcp-82"), pick(r, "", "web", "tcp-81", "web-tcp-82")
				p.port(80+i, l, pool, "", nil, nil)
			}
			before, err := engine(cloud).PlanAdopt(t.Context(), lb.Adoption{Name: "shop"})
			require.NoError(t, err)
			for s := range before.Plan.Steps() {
				had[s.Changes[0].ID] = s.Changes[0].Fields[0].New
			}
			crash(t, cloud, r.IntN(40), func(ctx context.Context, e *lb.Engine) error {
				_, err := e.Adopt(ctx, lb.Adoption{Name: "shop"})
				return err
			})
			g := adopt(t, cloud, lb.Adoption{Name: "shop"})
			require.NoError(t, g.Spec().Validate(), "seed %d", seed)
			for n := range g.Nodes() {
				if to, renamed := had[n.ID]; renamed && n.Kind != lb.KindLoadBalancer {
					assert.Equal(t, to, n.Name, "seed %d", seed)
				}
			}
		})
	}
}

// Of two owners who adopt at the same moment one gets it, and the other is told.
func TestAdoptRace(t *testing.T) {
	in(t, func(t *testing.T, c cell, cloud *fake.Cloud) {
		a := lb.Adoption{Name: newPeer(t, c, cloud).cpo()}
		errs := make([]error, 2)
		var wg sync.WaitGroup
		for i, name := range []string{"a", "b"} {
			wg.Go(func() { _, errs[i] = owner(cloud, name).Adopt(t.Context(), a) })
		}
		wg.Wait()
		winner := 0
		if errs[0] != nil {
			winner = 1
		}
		require.NoError(t, errs[winner])
		require.ErrorIs(t, errs[1-winner], lb.ErrNotOwned)
		g, err := owner(cloud, []string{"a", "b"}[winner]).Observe(t.Context(), a.Name)
		require.NoError(t, err)
		assert.Len(t, g.Owners(), 1)
	})
}
