// SPDX-License-Identifier: Apache-2.0

package lb_test

import (
	"math/rand/v2"
	"testing"
	"testing/synctest"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/octaviakit/octaviakit/fake"
	"github.com/octaviakit/octaviakit/lb"
)

// Whatever an Engine can make, its graph can say: the plan for the graph's own Spec is
// empty. And once nobody owns it any more, adoption takes it back in one cycle; then there
// is nothing left to do for the Spec that it was made from.
func TestSpecOfWhatIsThere(t *testing.T) {
	t.Parallel()
	for _, c := range generatedCells() {
		t.Run(c.String(), func(t *testing.T) {
			t.Parallel()
			for seed := range generated(t) {
				synctest.Test(t, func(t *testing.T) { makeAndDescribe(t, c, seed) })
				if t.Failed() {
					t.Fatalf("seed %d", seed)
				}
			}
		})
	}
}

func makeAndDescribe(t *testing.T, c cell, seed uint64) {
	cloud := c.cloud()
	caps := lookup(t, c.provider, c.release)
	g := &generator{rand.New(rand.NewPCG(seed, 1)), newWorld(t, c, cloud), caps}
	e := engine(cloud)
	spec := g.Spec("any")
	made, err := e.Ensure(t.Context(), spec)
	require.NoError(t, err)

	s := made.Spec()
	written, err := s.YAML()
	require.NoError(t, err)
	assert.Empty(t, made.Unsaid(), "%s", written)
	plan, err := lb.Diff("test", s, made, caps)
	require.NoError(t, err, "%s", written)
	assert.True(t, plan.Empty(), "%s\n%s", plan, written)
	thereAndBack(t, s)

	disown(t, cloud, made)
	cycles := cloud.Cycles("")
	again := adopt(t, cloud, lb.Adoption{ID: made.ID()})
	assert.Equal(t, 1, cloud.Cycles("")-cycles)
	assert.Equal(t, s, again.Spec(), "the same words for the same thing")
	plan, err = e.Plan(t.Context(), spec)
	require.NoError(t, err)
	assert.True(t, plan.Empty(), "%s", plan)
	require.NoError(t, e.Delete(t.Context(), "any"))
	assert.Empty(t, addresses(t, cloud), "the floating IP was marked, and so released")
}

// What a Spec cannot say is listed, and where it matters the Spec is faulty, so that
// nobody acts on half of it.
func TestUnsaid(t *testing.T) {
	t.Parallel()
	onCloud(t, cells()[0], func(t *testing.T, cloud *fake.Cloud, p *peer) {
		p.balancer(body{"name": "shop", "tags": []string{"octaviakit.owner=test", "octaviakit.key=shop"}})
		p.port(80, "web", "pool", "", node("a", 8080), nil)
		p.port(443, "", "pool", "", node("b", 8080), nil)
		slow := p.child("lbaas/pools", "pool", body{"name": "", "protocol": "HTTP", "lb_algorithm": "ROUND_ROBIN", "loadbalancer_id": p.lb})
		p.child("lbaas/healthmonitors", "healthmonitor", body{
			"pool_id": slow, "type": "PING", "delay": 5, "timeout": 5, "max_retries": 3, "tags": []string{"octaviakit.owner=test"},
		})
		p.child("lbaas/listeners", "listener", body{
			"name": "http", "protocol": "HTTP", "protocol_port": 8080, "loadbalancer_id": p.lb, "default_pool_id": slow, "tags": []string{"a,b"},
		})
		p.balancer(body{"name": "shop", "tags": []string{"octaviakit.owner=test", "octaviakit.key=shop"}})

		g, err := engine(cloud).Observe(t.Context(), "shop")
		require.NoError(t, err)
		var paths []string
		for _, u := range g.Unsaid() {
			paths = append(paths, u.Path)
		}
		assert.Equal(t, []string{
			"listener/http.default_pool_id", "listener/http.tags",
			"pools[0].name", "pools[0].monitor.timeout", `pools["pool"]`, "listeners[0].name", "loadbalancer",
		}, paths)
		assert.Equal(t, "loadbalancer ("+p.lb+"): has the same name and mark", g.Unsaid()[6].String())
		assert.Contains(t, g.Unsaid()[0].String(), "refers to a pool without a name")
		require.Error(t, g.Spec().Validate())
		assert.Nil(t, g.Spec().Pools[0].Monitor.Tags, "marks are no tags")
	})
}
