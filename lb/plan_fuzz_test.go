// SPDX-License-Identifier: Apache-2.0

package lb_test

import (
	"encoding/json"
	"errors"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/octaviakit/octaviakit/lb"
	"github.com/octaviakit/octaviakit/provider"
)

// everyCell is each provider at each release that has it.
func everyCell() []cell {
	var out []cell
	for _, n := range provider.Names() {
		for _, r := range provider.Releases() {
			if caps, err := provider.Lookup(n, r); err == nil && caps.Has(provider.ListenerTCP) {
				out = append(out, cell{n, r})
			}
		}
	}
	return out
}

// imagined is a world of which only the names matter.
func imagined(c cell) world {
	w := world{
		provider: c.provider, subnet: "00000000-0000-4000-8000-000000000001", subnet6: "00000000-0000-4000-8000-000000000002",
		network: "00000000-0000-4000-8000-000000000003", members: "00000000-0000-4000-8000-000000000004",
		public: "public", qos: "00000000-0000-4000-8000-000000000005", group: "00000000-0000-4000-8000-000000000006",
	}
	if c.provider == provider.Amphora && c.release >= provider.Stein {
		w.flavor, w.plain = "fast", "00000000-0000-4000-8000-000000000007"
	}
	return w
}

// FuzzPlan carries plans out on a pure model of Octavia: from any graph to any Spec, on
// every provider and release. Octavia would refuse none of the calls, no state in between
// breaks a law, the end is what the Spec says, and nothing is left to do.
func FuzzPlan(f *testing.F) {
	for i := range everyCell() {
		f.Add(uint64(i), uint8(i))
	}
	f.Add(uint64(2258), uint8(2)) // all members of a pool replaced, of which a batch must leave one
	f.Add(uint64(2020), uint8(2)) // traffic moves to a pool without members
	f.Fuzz(func(t *testing.T, seed uint64, which uint8) { planOnModel(t, seed, which) })
}

// TestPlansOnTheModel is FuzzPlan with more seeds than a fuzz target's.
func TestPlansOnTheModel(t *testing.T) {
	t.Parallel()
	for i := range everyCell() {
		for seed := range generated(t) {
			planOnModel(t, 1000*uint64(i)+seed, uint8(i))
			if t.Failed() {
				return
			}
		}
	}
}

// vipDoesNotFit reports a Spec that leaves the VIP to the cloud, and does not go with the one that is there.
func vipDoesNotFit(err error) bool {
	path := ""
	if field, ok := errors.AsType[*lb.FieldError](err); ok {
		path = field.Path
	}
	if wish, ok := errors.AsType[*lb.UnsupportedError](err); ok {
		path = wish.Path
	}
	return strings.Contains(path, ".members[") || strings.Contains(path, "allowedCIDRs") || strings.HasPrefix(path, "floatingIP")
}

func planOnModel(t *testing.T, seed uint64, which uint8) {
	t.Helper()
	all := everyCell()
	c := all[int(which)%len(all)]
	g := &generator{rand.New(rand.NewPCG(seed, 1)), imagined(c), lookup(t, c.provider, c.release)}
	first := g.Spec("any")
	plan, err := lb.Diff("test", first, nil, g.caps)
	require.NoError(t, err)
	made := carried(t, seed, c, plan, nil, first)
	left, err := lb.Diff("test", first, made, g.caps)
	require.NoError(t, err)
	require.True(t, left.Empty(), "seed %d on %v, left to do:\n%s", seed, c, left)

	have := made.Disturb(g.Rand)
	second := g.another(first)
	plan, err = lb.Diff("test", second, have, g.caps)
	if replace := (*lb.ReplaceError)(nil); errors.As(err, &replace) && replace.Because != "" {
		return
	}
	if vipDoesNotFit(err) {
		return
	}
	require.NoError(t, err)
	end := carried(t, seed, c, plan, have, second)
	left, err = lb.Diff("test", second, end, g.caps)
	require.NoError(t, err)
	require.True(t, left.Empty(), "seed %d on %v\n%s\nleft to do:\n%s", seed, c, plan, left)
}

// carried carries a plan out and judges every state and the end.
func carried(t *testing.T, seed uint64, c cell, plan *lb.Plan, have *lb.Graph, want lb.Spec) *lb.Graph {
	t.Helper()
	laws := lb.NewLaws(plan, have, want, lookup(t, c.provider, c.release))
	end, err := plan.Carry(have, laws.Look)
	require.NoError(t, errors.Join(err, laws.Err()), "seed %d on %v\n%s", seed, c, plan)
	if plan.Empty() {
		return have
	}
	require.NoError(t, end.Gives(want), "seed %d on %v\n%s", seed, c, plan)
	return end
}

// The same question gets the same answer, to the byte, in every form, however the lists
// of the Spec are ordered.
func TestPlansAreDeterministic(t *testing.T) {
	t.Parallel()
	for i, c := range everyCell() {
		seed := uint64(i)
		g := &generator{rand.New(rand.NewPCG(seed, 2)), imagined(c), lookup(t, c.provider, c.release)}
		first := g.Spec("any")
		plan, err := lb.Diff("test", first, nil, g.caps)
		require.NoError(t, err)
		have := carried(t, seed, c, plan, nil, first).Disturb(g.Rand)
		second := g.Change(first)
		var forms string
		times := 100
		if raced { // whose answer does not depend on it
			times = 10
		}
		for range times {
			again, err := lb.Diff("test", shuffled(g.Rand, second), have, g.caps)
			require.NoError(t, err)
			written, err := json.Marshal(again)
			require.NoError(t, err)
			all := again.String() + string(written) + again.Mermaid() + again.DOT()
			if forms == "" {
				forms = all
			}
			require.Equal(t, forms, all)
		}
		assert.NotEmpty(t, forms)
	}
}

// shuffled changes the order of all lists whose order means nothing.
func shuffled(r *rand.Rand, s lb.Spec) lb.Spec {
	s.Pools, s.Listeners = slices.Clone(s.Pools), slices.Clone(s.Listeners)
	swap := func(n int, f func(i, j int)) { r.Shuffle(n, f) }
	swap(len(s.Pools), func(i, j int) { s.Pools[i], s.Pools[j] = s.Pools[j], s.Pools[i] })
	swap(len(s.Listeners), func(i, j int) { s.Listeners[i], s.Listeners[j] = s.Listeners[j], s.Listeners[i] })
	for i := range s.Pools {
		ms := slices.Clone(s.Pools[i].Members)
		swap(len(ms), func(i, j int) { ms[i], ms[j] = ms[j], ms[i] })
		s.Pools[i].Members = ms
	}
	return s
}
