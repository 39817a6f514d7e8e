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
