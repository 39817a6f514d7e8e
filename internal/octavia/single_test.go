// SPDX-License-Identifier: Apache-2.0

package octavia_test

import (
	"net/http"
	"testing"

	"github.com/octaviakit/octaviakit/internal/octavia"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// One mutating call goes through, refused or not; reads do not count.
func TestSingle(t *testing.T) {
	t.Parallel()
	var sent []string
	c := client(func(r *http.Request) (int, string, error) {
		sent = append(sent, r.Method)
		if r.Method == http.MethodPut {
			return 503, `{}`, nil
		}
		return 200, `{"pool": {"id": "p"}}`, nil
	})
	assert.False(t, octavia.IsSingle(t.Context()))
	ctx := octavia.Single(t.Context())
	assert.True(t, octavia.IsSingle(ctx))
	for range 2 {
		_, err := octavia.Get(ctx, c, "lbaas/pools/p", "pool")
		require.NoError(t, err)
	}
	_, err := octavia.Update(ctx, c, "lbaas/pools/p", "pool", nil)
	require.Error(t, err)
	require.NotErrorIs(t, err, octavia.ErrLater)
	require.ErrorIs(t, octavia.Delete(ctx, c, "lbaas/pools/p"), octavia.ErrLater)
	require.ErrorContains(t, octavia.PutMembers(ctx, c, "p", nil, false), "PUT /load-balancer/v2.0/lbaas/pools/p/members")
	assert.Equal(t, []string{"GET", "GET", "PUT"}, sent)
}
