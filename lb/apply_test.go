// SPDX-License-Identifier: Apache-2.0

package lb_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/octaviakit/octaviakit/fake"
)

// Apply returns when everything is ACTIVE: also a pool that no listener names, which is in
// no status tree.
func TestApplyWaitsForPoolsWithoutAListener(t *testing.T) {
	in(t, func(t *testing.T, c cell, cloud *fake.Cloud) {
		s := service(cloud, c, 2, 3)
		s.Listeners = s.Listeners[:1]
		e := engine(cloud)
		for _, nodes := range []int{3, 5} {
			for i, p := range service(cloud, c, 2, nodes).Pools {
				s.Pools[i].Members = p.Members
			}
			plan, err := e.Plan(t.Context(), s)
			require.NoError(t, err)
			g, err := e.Apply(t.Context(), plan)
			require.NoError(t, err)
			settled(t, g)
		}
	})
}
