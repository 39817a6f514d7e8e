// SPDX-License-Identifier: Apache-2.0

package lb_test

import (
	"cmp"
	"errors"
	"math/rand/v2"
	"os"
	"strconv"
	"testing"
	"testing/synctest"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/octaviakit/octaviakit/lb"
	"github.com/octaviakit/octaviakit/provider"
)

// generatedCells differ in what can be asked for.
func generatedCells() []cell {
	return append(cells(),
		cell{provider.Amphora, provider.Rocky}, cell{provider.Amphora, provider.Ussuri},
		cell{provider.OVN, provider.Ussuri}, cell{provider.OVN, provider.Caracal},
	)
}

// What passes Validate and Refusals is never refused: any such Spec can be made, and
// be made into any other, in as many cycles as the plan says, and then nothing is left.
func TestWhatIsSoundIsNeverRefused(t *testing.T) {
	t.Parallel()
	for _, c := range generatedCells() {
		t.Run(c.String(), func(t *testing.T) {
			t.Parallel()
			for seed := range generated(t) {
				synctest.Test(t, func(t *testing.T) { makeAndChange(t, c, seed) })
				if t.Failed() {
					t.Fatalf("seed %d", seed)
				}
			}
		})
	}
}

// generated is how many Specs each cell is tried with: OCTAVIAKIT_SPECS, else a few.
func generated(t *testing.T) uint64 {
	t.Helper()
	few := "15"
	if raced {
		few = "4"
	}
	n, err := strconv.ParseUint(cmp.Or(os.Getenv("OCTAVIAKIT_SPECS"), few), 10, 32)
	require.NoError(t, err)
	return n
}

func makeAndChange(t *testing.T, c cell, seed uint64) {
	cloud := c.cloud()
	g := &generator{rand.New(rand.NewPCG(seed, 0)), newWorld(t, c, cloud), lookup(t, c.provider, c.release)}
	e := engine(cloud, lb.WithApproval(func(*lb.Plan) error { return nil }))
	first := g.Spec("any")
	for _, s := range []lb.Spec{first, g.Change(first)} {
		_, made := e.Ensure(t.Context(), s)
		written, _ := s.YAML()
		left, err := e.Plan(t.Context(), s)
		require.NoError(t, errors.Join(made, err), "seed %d\n%s\n%v", seed, written, left)
		assert.True(t, left.Empty(), "left to do:\n%s\n%s", left, written)
		thereAndBack(t, s)
	}
	require.NoError(t, e.Delete(t.Context(), "any"))
}
