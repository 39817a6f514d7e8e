// SPDX-License-Identifier: Apache-2.0

package lb_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/octaviakit/octaviakit/lb"
	"github.com/octaviakit/octaviakit/provider"
)

// Whatever becomes of the list, a policy moves only if it must: what goes costs its
// deletion, what is new its two calls, and of those that stay all move but the most that
// are in order already. A policy that something else changes of moves along.
func TestPoliciesMoveAsLittleAsTheyCan(t *testing.T) {
	t.Parallel()
	c := cell{provider.Amphora, provider.Epoxy}
	caps := lookup(t, c.provider, c.release)
	for _, had := range []string{"", "a", "abc", "abcd", "xabyc", "abxcd"} {
		have := made(t, c, listing(c, had))
		for _, wanted := range arrangements("abcdn") {
			for _, touched := range []string{"", "a", "c"} {
				want := listing(c, wanted)
				cost := 0
				for i := range want.Listeners[0].Policies {
					p := &want.Listeners[0].Policies[i]
					if p.Name == touched {
						p.Description = new("other")
					}
					if !strings.Contains(had, p.Name) {
						cost += 2
					}
				}
				for _, p := range had {
					if !strings.ContainsRune(wanted, p) {
						cost++
					}
				}
				plan, err := lb.Diff("test", want, have, caps)
				require.NoError(t, err)
				what := fmt.Sprintf("%q becomes %q, %q changed\n%s", had, wanted, touched, plan)
				carried(t, 0, c, plan, have, want)
				require.Equal(t, cost+fewestPuts(had, wanted, touched), plan.Cycles(), what)
				assert.False(t, plan.Disruptive(), what)
			}
		}
	}
}

// made is the graph of a Spec, on the model.
func made(t *testing.T, c cell, s lb.Spec) *lb.Graph {
	t.Helper()
	plan, err := lb.Diff("test", s, nil, lookup(t, c.provider, c.release))
	require.NoError(t, err)
	return carried(t, 0, c, plan, nil, s)
}

// listing is a web shop whose policies have names of one letter.
func listing(c cell, names string) lb.Spec {
	s := lb.Spec{Name: "shop", Provider: c.provider, VIP: lb.VIP{SubnetID: "00000000-0000-4000-8000-000000000001"}}
	shop(&s)
	for _, n := range strings.Split(names, "") {
		s.Listeners[0].Policies = append(s.Listeners[0].Policies, lb.Policy{
			Name: n, Action: lb.Reject, Rules: []lb.Rule{{Type: lb.Path, CompareType: lb.StartsWith, Value: "/" + n}},
		})
	}
	return s
}

// arrangements are all lists of different letters out of some.
func arrangements(letters string) []string {
	out := []string{""}
	for i, l := range letters {
		for _, rest := range arrangements(letters[:i] + letters[i+1:]) {
			out = append(out, string(l)+rest)
		}
	}
	return out
}

// fewestPuts tries every set of policies that could stay where they are.
func fewestPuts(had, wanted, touched string) int {
	fewest := len(wanted)
	for set := range 1 << len(wanted) {
		puts, places := 0, []int{}
		for i, p := range wanted {
			place := strings.IndexRune(had, p)
			stays := set&(1<<i) != 0
			switch {
			case place < 0:
			case !stays || string(p) == touched:
				puts++
			}
			if place >= 0 && stays {
				places = append(places, place)
			}
		}
		if slices.IsSorted(places) {
			fewest = min(fewest, puts)
		}
	}
	return fewest
}
