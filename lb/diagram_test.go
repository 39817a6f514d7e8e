// SPDX-License-Identifier: Apache-2.0

package lb_test

import (
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/octaviakit/octaviakit/fake"
	"github.com/octaviakit/octaviakit/internal/golden"
	"github.com/octaviakit/octaviakit/lb"
)

func TestDiagramsAndJSON(t *testing.T) {
	t.Parallel()
	cloud := fake.New()
	e := engine(cloud)
	spec := lb.Spec{Name: "shop", VIP: lb.VIP{SubnetID: cloud.SubnetID()}}
	both(shop, l7, https, floating)(&spec)
	g, err := e.Ensure(t.Context(), spec)
	require.NoError(t, err)
	golden.Assert(t, g.Mermaid(), "testdata/graph.mermaid")
	golden.Assert(t, g.DOT(), "testdata/graph.dot")

	spec.Listeners[0].Protocol = lb.TCP // replaced: its port is free only in between
	spec.Listeners[0].Policies = nil
	spec.Pools[0].Members = members(4, 8080)
	plan, err := e.Plan(t.Context(), spec)
	require.NoError(t, err)
	golden.Assert(t, plan.Mermaid(), "testdata/plan.mermaid")
	golden.Assert(t, plan.DOT(), "testdata/plan.dot")
	text, err := json.MarshalIndent(plan, "", "  ")
	require.NoError(t, err)
	golden.Assert(t, masked(string(text)), "testdata/plan.json")
	assert.True(t, json.Valid(text))
}

// Names are anybody's: no name breaks a diagram.
func TestDiagramsOfOddNames(t *testing.T) {
	t.Parallel()
	cloud := fake.New()
	e := engine(cloud)
	spec := lb.Spec{Name: `a "b" <c> & {d} [e]`, VIP: lb.VIP{SubnetID: cloud.SubnetID()}}
	both(shop, l7, https, floating)(&spec)
	for i, name := range []string{`web "prod" <b>bold</b>`, "päivää 日本 ☃", "tls#1;`x` *y* _z_ {w} [v] (u) |t| \\n %2F /"} {
		old := spec.Pools[i].Name
		spec.Pools[i].Name = name
		for j := range spec.Listeners {
			if spec.Listeners[j].Pool == old {
				spec.Listeners[j].Pool = name
			}
			for k := range spec.Listeners[j].Policies {
				if p := &spec.Listeners[j].Policies[k]; p.RedirectPool == old {
					p.RedirectPool = name
				}
			}
		}
	}
	spec.Listeners[0].Policies[0].Name, spec.Listeners[1].Name = "end", "class click"
	g, err := e.Ensure(t.Context(), spec)
	require.NoError(t, err)
	spec.Pools[0].Members, spec.Pools[2].Protocol, spec.Listeners[0].Policies = members(9, 8080)[1:], lb.TCP, nil
	spec.Listeners[0].Name, spec.Listeners[1].Port = "\"-->\"", 8443
	plan, err := e.Plan(t.Context(), spec)
	require.NoError(t, err)
	for name, text := range map[string]string{
		"graph-odd.mermaid": g.Mermaid(), "graph-odd.dot": g.DOT(), "plan-odd.mermaid": plan.Mermaid(), "plan-odd.dot": plan.DOT(),
	} {
		golden.Assert(t, text, "testdata/"+name)
	}
}
