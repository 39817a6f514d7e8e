// SPDX-License-Identifier: Apache-2.0

package lb_test

import (
	"math/rand/v2"
	"testing"
	"testing/synctest"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/octaviakit/octaviakit/lb"
)

// Whatever an Engine can make, its graph can say: the plan for the graph's own Spec is
// empty, and so is the plan for the Spec that it was made from.
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
	made, err := e.Ensure(t.Context(), g.Spec("any"))
	require.NoError(t, err)

	s := made.Spec()
	written, err := s.YAML()
	require.NoError(t, err)
	assert.Empty(t, made.Unsaid(), "%s", written)
	plan, err := lb.Diff("test", s, made, caps)
	require.NoError(t, err, "%s", written)
	assert.True(t, plan.Empty(), "%s\n%s", plan, written)
	thereAndBack(t, s)

	before := cloud.Dump()
	again, err := e.Ensure(t.Context(), s)
	require.NoError(t, err)
	assert.Equal(t, before, cloud.Dump())
	assert.Equal(t, s, again.Spec(), "the same words for the same thing")
}
