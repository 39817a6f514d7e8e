// SPDX-License-Identifier: Apache-2.0

package lb_test

import (
	"context"
	"math/rand/v2"
	"os"
	"strconv"
	"testing"
	"testing/synctest"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/octaviakit/octaviakit/fake"
	"github.com/octaviakit/octaviakit/lb"
	"github.com/octaviakit/octaviakit/provider"
)

// Every story is told again with something going wrong at one of its calls: the reply is
// lost, the request is lost, the service is out for a moment, or the program dies and is
// run again. It must end as if nothing had happened, with at most one cycle more, and
// nothing may be left once it is deleted.
//
// A run tries a few calls of each story, others for each OCTAVIAKIT_SEED; all of them with
// OCTAVIAKIT_SWEEP=all. Stories of no release in particular are told at one with defects
// or without, in turn.
func TestStoriesSurviveTheLossOfAnyCall(t *testing.T) {
	for i, st := range stories() {
		if st.cell == (cell{}) {
			st.cell = cell{provider.Amphora, provider.Epoxy}
			releases := []provider.Release{provider.Epoxy, provider.Zed, provider.Train}
			if r := releases[(uint64(i)+seed(t))%3]; st.possible(t, r) {
				st.cell.release = r
			}
		}
		t.Run(st.name, func(t *testing.T) {
			t.Parallel()
			var calm outcome
			synctest.Test(t, func(t *testing.T) { calm = st.tell(t, calmly) })
			for name, m := range mishaps() {
				for _, n := range sample(t, calm.calls) {
					t.Run(name+" "+strconv.Itoa(n), func(t *testing.T) {
						synctest.Test(t, func(t *testing.T) {
							got := st.tell(t, func(t *testing.T, cloud *fake.Cloud, spec lb.Spec) { m(t, cloud, spec, n) })
							assert.Equal(t, calm.dump, got.dump)
							assert.LessOrEqual(t, got.cycles, calm.cycles+1, "cycles")
							assert.Equal(t, calm.deleted, got.deleted, "something is left")
						})
					})
				}
			}
		})
	}
}

// possible reports whether a release can do what the story wants.
func (st story) possible(t *testing.T, r provider.Release) bool {
	t.Helper()
	s := lb.Spec{Name: "shop", Provider: st.cell.provider}
	if st.before != nil {
		st.before(&s)
	}
	before := s.Refusals(lookup(t, s.Provider, r))
	st.after(&s)
	return !st.world && before == nil && s.Refusals(lookup(t, s.Provider, r)) == nil
}

// outcome is what a story comes to.
type outcome struct {
	calls, cycles int
	dump, deleted string
}

// tell plays a story up to its last change, which is made by change, and then deletes all.
func (st story) tell(t *testing.T, change func(*testing.T, *fake.Cloud, lb.Spec)) outcome {
	t.Helper()
	cloud, _, spec := st.scene(t)
	before := cloud.Cycles("")
	cloud.ForgetCalls()
	change(t, cloud, spec)
	out := outcome{calls: calls(cloud), cycles: cloud.Cycles("") - before, dump: masked(cloud.Dump())}
	require.NoError(t, engine(cloud).Delete(t.Context(), spec.Name))
	out.deleted = masked(cloud.Dump())
	return out
}

func calmly(t *testing.T, cloud *fake.Cloud, spec lb.Spec) {
	t.Helper()
	g, err := engine(cloud, agree()).Ensure(t.Context(), spec)
	require.NoError(t, err)
	settled(t, g)
}

// mishaps make a change to a Spec while the n-th call goes wrong.
func mishaps() map[string]func(*testing.T, *fake.Cloud, lb.Spec, int) {
	with := func(f fake.Fault) func(*testing.T, *fake.Cloud, lb.Spec, int) {
		return func(t *testing.T, cloud *fake.Cloud, spec lb.Spec, n int) {
			t.Helper()
			f := f
			f.After = n
			cloud.Inject(f)
			calmly(t, cloud, spec)
		}
	}
	return map[string]func(*testing.T, *fake.Cloud, lb.Spec, int){
		"reply lost":   with(fake.Fault{Effect: fake.LoseReply}),
		"request lost": with(fake.Fault{Effect: fake.LoseSend}),
		"out":          with(fake.Fault{Effect: fake.Refuse, Status: 503}),
		"died": func(t *testing.T, cloud *fake.Cloud, spec lb.Spec, n int) {
			t.Helper()
			crash(t, cloud, n, func(ctx context.Context, e *lb.Engine) error {
				_, err := e.Ensure(ctx, spec)
				return err
			}, agree())
			calmly(t, cloud, spec)
		},
	}
}

// sample chooses which of so many calls go wrong in this run.
func sample(t *testing.T, calls int) []int {
	t.Helper()
	if os.Getenv("OCTAVIAKIT_SWEEP") == "all" {
		out := make([]int, calls)
		for i := range out {
			out[i] = i
		}
		return out
	}
	few := 2
	if raced {
		few = 1
	}
	return rand.New(rand.NewPCG(seed(t), 0)).Perm(calls)[:min(few, calls)]
}

// stride is how far apart the calls are at which a sweep lets something go wrong: each
// one, with the race detector each third, from where the seed says. OCTAVIAKIT_SWEEP=all
// is each one in any case.
func stride() int {
	if raced && os.Getenv("OCTAVIAKIT_SWEEP") != "all" {
		return 3
	}
	return 1
}

func first(t *testing.T) int {
	t.Helper()
	return int(seed(t) % uint64(stride()))
}

// seed is that of OCTAVIAKIT_SEED [1].
func seed(t *testing.T) uint64 {
	t.Helper()
	text := os.Getenv("OCTAVIAKIT_SEED")
	if text == "" {
		return 1
	}
	n, err := strconv.ParseUint(text, 10, 64)
	require.NoError(t, err, "OCTAVIAKIT_SEED")
	return n
}
