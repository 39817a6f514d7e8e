// SPDX-License-Identifier: Apache-2.0

package lb_test

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/octaviakit/octaviakit/fake"
	"github.com/octaviakit/octaviakit/internal/octavia"
)

// Who renames a load balancer behind our back does not make us make another: it is known
// by its mark, and gets its name again.
func TestARenamedLoadBalancerIsFound(t *testing.T) {
	in(t, func(t *testing.T, c cell, cloud *fake.Cloud) {
		e, spec := engine(cloud), service(cloud, c, 1, 2)
		first, err := e.Ensure(t.Context(), spec)
		require.NoError(t, err)
		rename := func() {
			_, err = octavia.Update(t.Context(), cloud.LoadBalancer(), "lbaas/loadbalancers/"+first.ID(), "loadbalancer", octavia.Object{"name": "mine"})
			require.NoError(t, err)
			require.NoError(t, waitFor(t, cloud, first))
		}
		rename()
		orphans, err := e.Orphans(t.Context(), func(name string) bool { return name == spec.Name })
		require.NoError(t, err)
		assert.Empty(t, orphans)
		g, err := e.Ensure(t.Context(), spec)
		require.NoError(t, err)
		assert.Equal(t, first.ID(), g.ID())
		assert.Equal(t, spec.Name, g.Name())
		rename()
		require.NoError(t, e.Delete(t.Context(), spec.Name))
		assert.Equal(t, fresh(c), cloud.Dump())
	})
}
