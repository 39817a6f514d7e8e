// SPDX-License-Identifier: Apache-2.0

package lb_test

import (
	"encoding/json"
	"maps"
	"net/http"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/octaviakit/octaviakit/fake"
	"github.com/octaviakit/octaviakit/internal/golden"
	"github.com/octaviakit/octaviakit/lb"
	"github.com/octaviakit/octaviakit/provider"
)

// adoptionCells are those of the stories, and one that knows no tags.
func adoptionCells() []cell { return append(cells(), cell{provider.Amphora, provider.Rocky}) }

// What other software made is adopted in as many cycles as the report says, stays what
// it is, needs nothing, and then changes only where the Spec does.
func TestAdoptPeers(t *testing.T) {
	for name, make := range peers() {
		for _, c := range adoptionCells() {
			t.Run(name+"/"+c.String(), func(t *testing.T) {
				t.Parallel()
				synctest.Test(t, func(t *testing.T) {
					cloud := c.cloud()
					p := newPeer(t, c, cloud)
					a := lb.Adoption{Name: make(p)}
					g := adopt(t, cloud, a)
					useless(t, cloud, g)
					change(t, cloud, g)
				})
			})
		}
	}
}

// adopt plans and adopts, and demands that nothing but marks and names changes.
func adopt(t *testing.T, cloud *fake.Cloud, a lb.Adoption) *lb.Graph {
	t.Helper()
	e := engine(cloud)
	before := cloud.Dump()
	report, err := e.PlanAdopt(t.Context(), a)
	require.NoError(t, err)
	require.Equal(t, before, cloud.Dump(), "a report changes nothing")

	cycles := cloud.Cycles("")
	g, err := e.Adopt(t.Context(), a)
	require.NoError(t, err)
	settled(t, g)
	assert.Equal(t, report.Plan.Cycles(), cloud.Cycles("")-cycles, "%s", report)
	assert.Equal(t, report.Spec, g.Spec(), "the report knows what will be")
	assert.Empty(t, g.Unsaid())
	return g
}

// useless demands that Ensure of what is there does nothing, and Adopt once more neither.
func useless(t *testing.T, cloud *fake.Cloud, g *lb.Graph) {
	t.Helper()
	before, e := len(cloud.Mutations()), engine(cloud)
	_, err := e.Ensure(t.Context(), g.Spec())
	require.NoError(t, err)
	_, err = e.Adopt(t.Context(), lb.Adoption{ID: g.ID()})
	require.NoError(t, err)
	assert.Len(t, cloud.Mutations(), before)
	report, err := e.PlanAdopt(t.Context(), lb.Adoption{ID: g.ID()})
	require.NoError(t, err)
	assert.True(t, report.Plan.Empty())
}

// change takes a member out of service: one cycle, and every object stays.
func change(t *testing.T, cloud *fake.Cloud, g *lb.Graph) {
	t.Helper()
	s := g.Spec()
	s.Pools[0].Members[0].AdminStateUp = new(false)
	cycles := cloud.Cycles("")
	now, err := engine(cloud).Ensure(t.Context(), s)
	require.NoError(t, err)
	assert.Equal(t, 1, cloud.Cycles("")-cycles)
	assert.Equal(t, ids(g), ids(now))
	assert.Equal(t, s, now.Spec())
}

// ids are what must never change.
func ids(g *lb.Graph) map[string]lb.Kind {
	out := map[string]lb.Kind{}
	for n := range g.Nodes() {
		out[n.ID] = n.Kind
	}
	return out
}

func TestAdoptionReports(t *testing.T) {
	for name, make := range peers() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				c := cells()[0]
				cloud := c.cloud()
				p := newPeer(t, c, cloud)
				report, err := engine(cloud).PlanAdopt(t.Context(), lb.Adoption{Name: make(p)})
				require.NoError(t, err)
				golden.Assert(t, masked(report.String()), filepath.Join("testdata", "adopt-"+name+".golden"))
				if name == "cloud-provider-openstack" {
					data, err := json.MarshalIndent(report, "", "  ")
					require.NoError(t, err)
					golden.Assert(t, masked(string(data)), filepath.Join("testdata", "adopt.json"))
				}
			})
		})
	}
}

// Adoption keeps every object: no call but PUTs, whatever has to be named; and what is not
// named yet is not ours yet, lest an Ensure after a crash removes it.
func TestAdoptMakesAndDeletesNothing(t *testing.T) {
	in(t, func(t *testing.T, c cell, cloud *fake.Cloud) {
		p := newPeer(t, c, cloud)
		a := lb.Adoption{Name: p.nameless()}
		before := len(cloud.Mutations())
		adopt(t, cloud, a)
		var marked bool
		for _, call := range cloud.Mutations()[before:] {
			assert.Equal(t, http.MethodPut, call.Method, call.Path)
			marked = marked || strings.Contains(call.Path, "/loadbalancers/")
			assert.False(t, marked && (strings.Contains(call.Path, "/pools/") || strings.Contains(call.Path, "/listeners/")), "the mark comes last")
		}
		assert.True(t, marked)
	})
}

func TestAdoptionNames(t *testing.T) {
	in(t, func(t *testing.T, c cell, cloud *fake.Cloud) {
		g := adopt(t, cloud, lb.Adoption{Name: newPeer(t, c, cloud).nameless()})
		s := g.Spec()
		listeners, pools := map[string]string{}, map[string]bool{}
		for _, l := range s.Listeners {
			listeners[l.Name] = l.Pool
		}
		for _, p := range s.Pools {
			pools[p.Name] = true
		}
		assert.Equal(t, map[string]string{"web": "pool", "tcp-443": "pool-tcp-443", "tcp-8080": "tcp-8080"}, listeners)
		assert.Equal(t, []string{"pool", "pool-tcp-443", "tcp-8080"}, slices.Sorted(maps.Keys(pools)))
	})
}

// The report knows what the software that made it will do, and that a name matters.
func TestAdoptionWarnings(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct{ kept, renamed string }{
		"cloud-provider-openstack":       {"deletes a load balancer whose name begins with kube_service_", "deletes listeners that have its tag"},
		"cluster-api-provider-openstack": {"deletes it and its floating IP", "makes another one when it misses this one"},
		"kuryr-kubernetes":               {"deletes it with its Service", "deletes it with its Service"},
	} {
		onCloud(t, cells()[0], func(t *testing.T, cloud *fake.Cloud, p *peer) {
			a := lb.Adoption{Name: peers()[name](p)}
			kept, err := engine(cloud).PlanAdopt(t.Context(), a)
			require.NoError(t, err)
			a.As = "shop"
			renamed, err := engine(cloud).PlanAdopt(t.Context(), a)
			require.NoError(t, err)
			assert.Equal(t, name, kept.MadeBy)
			assert.Contains(t, kept.String(), tc.kept)
			assert.Contains(t, renamed.String(), tc.renamed)
			if tc.kept != tc.renamed {
				assert.NotContains(t, renamed.String(), tc.kept)
			}
			assert.Equal(t, 1, renamed.Plan.Cycles(), "name and mark in one PUT")
			g := adopt(t, cloud, a)
			assert.Equal(t, "shop", g.Name())
			useless(t, cloud, g)
		})
	}
}
