// SPDX-License-Identifier: Apache-2.0

package lb_test

import (
	"testing"
	"testing/synctest"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/octaviakit/octaviakit/fake"
	"github.com/octaviakit/octaviakit/internal/octavia"
	"github.com/octaviakit/octaviakit/provider"
)

// A pool may be the only one to know what its only member was, which a drain is about to make
// anew: a Spec that names the pool's tags does not take that away.
func TestEnsureForgetsNoMemberThatIsOut(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := cell{provider.OVN, provider.Epoxy}
		cloud := fake.New(fake.WithProvider(c.provider, c.release))
		e := engine(cloud)
		spec := service(cloud, c, 1, 1)
		spec.Pools[0].Tags, spec.Pools[0].Members, spec.Pools[0].ExternalMembers = []string{"mine"}, nil, true
		g, err := e.Ensure(t.Context(), spec)
		require.NoError(t, err)
		settled(t, g)
		record := `octaviakit.out=10.1.0.1:80=1/1={"address":"10.1.0.1","port":80}`
		id := ""
		for o, err := range octavia.List(t.Context(), cloud.LoadBalancer(), "lbaas/pools", "pools", nil) {
			require.NoError(t, err)
			id, _ = o["id"].(string)
		}
		_, err = octavia.Update(t.Context(), cloud.LoadBalancer(), "lbaas/pools/"+id, "pool", octavia.Object{
			"tags": []string{"mine", record}, "admin_state_up": true,
		})
		require.NoError(t, err)
		spec.Pools[0].Tags = []string{"mine", "new"}
		_, err = e.Ensure(t.Context(), spec)
		require.NoError(t, err)
		pool, err := octavia.Get(t.Context(), cloud.LoadBalancer(), "lbaas/pools/"+id, "pool")
		require.NoError(t, err)
		assert.Equal(t, []any{"mine", "new", record}, pool["tags"])
	})
}
