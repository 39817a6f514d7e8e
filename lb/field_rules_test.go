// SPDX-License-Identifier: Apache-2.0

package lb_test

import (
	"fmt"
	"math/rand/v2"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/octaviakit/octaviakit/fake"
	"github.com/octaviakit/octaviakit/floatingip"
	"github.com/octaviakit/octaviakit/internal/form"
	"github.com/octaviakit/octaviakit/internal/golden"
	"github.com/octaviakit/octaviakit/lb"
	"github.com/octaviakit/octaviakit/member"
	"github.com/octaviakit/octaviakit/monitor"
	"github.com/octaviakit/octaviakit/provider"
)

// docs/fields.md is the table.
func TestFieldRulesAreDocumented(t *testing.T) {
	t.Parallel()
	var b strings.Builder
	b.WriteString("# What a difference means\n\n" +
		"Written from the tables that plans are made from (`lb.FieldRules`): what happens when a field of the Spec is not what the\n" +
		"cloud has. **update**: changed in place. **move**: changed in place, and traffic goes elsewhere. **replace**: the object is\n" +
		"made anew, beside the old one where that is possible. **identity**: another value is another object. **choice**: it matters\n" +
		"when the object is made or goes, and is no difference afterwards.\n\n" +
		"A field that the Spec leaves out is a **server default**: a new object gets what the last column says, an existing one keeps\n" +
		"what it has. *required* means that the Spec has to say it. A listener whose port and protocol the Spec\n" +
		"gives to another name is renamed in place, also where names are swapped or move on.\n")
	var kind lb.Kind
	for _, r := range lb.FieldRules() {
		if r.Kind != kind {
			kind = r.Kind
			fmt.Fprintf(&b, "\n## %s\n\n| in the Spec | at Octavia | a difference | left out |\n|---|---|---|---|\n", kind)
		}
		spec, absent := "the order of the list", r.Absent
		if r.Spec != "" {
			spec = "`" + r.Spec + "`"
		}
		if absent == "" {
			absent = "*required*"
		}
		at := "–"
		if r.Field != "" {
			at = "`" + r.Field + "`"
		}
		fmt.Fprintf(&b, "| %s | %s | %s | %s |\n", spec, at, r.Effect, absent)
	}
	golden.Assert(t, b.String(), "../docs/fields.md")
}

// Every field of a Spec is in the table, and the table has no other.
func TestFieldRulesAreComplete(t *testing.T) {
	t.Parallel()
	structural := []string{"pools", "listeners", "members", "monitor", "policies", "rules", "floatingIP", "shared", "externalMembers", "memberSubnetID"}
	whole := []string{"session", "additional"}
	var in func(kind lb.Kind, prefix string, of reflect.Type) []string
	in = func(kind lb.Kind, prefix string, of reflect.Type) []string {
		var out []string
		for _, f := range form.Fields(of) {
			inner := f.Go.Type
			if inner.Kind() == reflect.Pointer {
				inner = inner.Elem()
			}
			switch {
			case prefix == "" && slices.Contains(structural, f.Name):
			case inner.Kind() == reflect.Struct && strings.Contains(inner.PkgPath(), "/lb") && !slices.Contains(whole, f.Name):
				out = append(out, in(kind, prefix+f.Name+".", inner)...)
			default:
				out = append(out, string(kind)+" "+prefix+f.Name)
			}
		}
		return out
	}
	var want, got []string
	for kind, of := range map[lb.Kind]reflect.Type{
		lb.KindLoadBalancer: reflect.TypeFor[lb.Spec](), lb.KindFloatingIP: reflect.TypeFor[floatingip.Spec](),
		lb.KindPool: reflect.TypeFor[lb.Pool](), lb.KindMember: reflect.TypeFor[member.Spec](), lb.KindHealthMonitor: reflect.TypeFor[monitor.Spec](),
		lb.KindListener: reflect.TypeFor[lb.Listener](), lb.KindL7Policy: reflect.TypeFor[lb.Policy](), lb.KindL7Rule: reflect.TypeFor[lb.Rule](),
	} {
		want = append(want, in(kind, "", of)...)
	}
	for _, r := range lb.FieldRules() {
		if r.Spec != "" {
			got = append(got, string(r.Kind)+" "+r.Spec)
		}
	}
	assert.ElementsMatch(t, want, got)
}

// What plans say about differences is what the table says, and all of the table is said.
func TestPlansSayWhatTheTableSays(t *testing.T) {
	t.Parallel()
	rules := map[string]lb.Effect{}
	for _, r := range lb.FieldRules() {
		rules[string(r.Kind)+" "+r.Field] = r.Effect
	}
	seen := map[string]bool{}
	note := func(kind lb.Kind, fields []lb.Field) {
		for _, f := range fields {
			key := string(kind) + " " + f.Name
			seen[key] = true
			if kind == lb.KindListener && f.Name == "name" { // on the same port: see docs/spec.md
				continue
			}
			if key == "listener default_pool_id" && f.Effect == lb.Replaces { // taken away on ovn: see unpool.go
				continue
			}
			assert.Equal(t, rules[key], f.Effect, key)
		}
	}
	noteAll := func(plan *lb.Plan) {
		note(lb.KindLoadBalancer, plan.Replaces())
		for s := range plan.Steps() {
			for _, change := range s.Changes {
				note(change.Kind, change.Fields)
			}
		}
	}
	for _, plan := range plansOfStories(t) {
		noteAll(plan)
	}
	c := cell{provider.Amphora, provider.Epoxy} // which can do it all
	const seeds = uint64(40)
	for seed := range seeds {
		g := &generator{rand.New(rand.NewPCG(seed, 3)), imagined(c), lookup(t, c.provider, c.release)}
		want, rich := g.Spec("any"), seed%2 == 0
		if rich {
			want = lb.Spec{Name: "any", Flavor: "fast", VIP: lb.VIP{SubnetID: g.subnet}}
			both(terminated, l7)(&want)
		}
		var have *lb.Graph
		was := want
		for i := range 30 {
			plan, err := lb.Diff("test", want, have, g.caps)
			if vipDoesNotFit(err) {
				want = g.Tweak(was)
				continue
			}
			require.NoError(t, err)
			noteAll(plan)
			have, was = carried(t, seed, c, plan, have, want), want
			if want = g.Tweak(want); i%5 == 0 && !rich {
				want = g.another(want)
			}
		}
	}
	for key, effect := range rules {
		switch {
		case effect == lb.Identifies || effect == lb.Chooses || strings.HasPrefix(key, "floatingip "):
		case key == "loadbalancer vip_port_id": // a port that is another one is a second load balancer beside
		default:
			assert.True(t, seen[key], "no plan shows %s", key)
		}
	}
}

// plansOfStories carries all stories out on the model.
func plansOfStories(t *testing.T) []*lb.Plan {
	t.Helper()
	cloud := fake.New()
	var out []*lb.Plan
	for _, st := range slices.Concat(stories(), moreStories()) {
		if st.before == nil || st.harm != nil {
			continue
		}
		if st.cell == (cell{}) {
			st.cell = cell{provider.Amphora, provider.Epoxy}
		}
		caps, w := lookup(t, st.cell.provider, st.cell.release), imagined(st.cell)
		s := lb.Spec{Name: "shop", Provider: st.cell.provider, VIP: lb.VIP{SubnetID: cloud.SubnetID()}}
		st.before(&s)
		plan, err := lb.Diff("test", fill(s, cloud, w), nil, caps)
		require.NoError(t, err)
		have := carried(t, 0, st.cell, plan, nil, fill(s, cloud, w))
		st.after(&s)
		if s.Provider != st.cell.provider {
			caps = lookup(t, s.Provider, st.cell.release)
		}
		plan, err = lb.Diff("test", fill(s, cloud, w), have, caps)
		require.NoError(t, err, st.name)
		end := carried(t, 0, st.cell, plan, have, fill(s, cloud, w))
		left, err := lb.Diff("test", fill(s, cloud, w), end, caps)
		require.NoError(t, err)
		require.True(t, left.Empty(), "%s\n%s\nleft to do:\n%s", st.name, plan, left)
		out = append(out, plan)
	}
	return out
}
