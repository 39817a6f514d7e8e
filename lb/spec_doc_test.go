// SPDX-License-Identifier: Apache-2.0

package lb_test

import (
	"os"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/octaviakit/octaviakit/lb"
)

// The Spec that docs/spec.md shows is a good one, and says in Go what it says there.
func TestDocumentedSpec(t *testing.T) {
	t.Parallel()
	data, err := os.ReadFile("testdata/spec.yaml")
	require.NoError(t, err)
	s, err := lb.ParseSpec(data)
	require.NoError(t, err)
	require.NoError(t, s.Validate())
	thereAndBack(t, s)
	assert.Equal(t, new(0), s.Pools[0].Members[1].Weight)
	assert.Nil(t, s.Pools[0].Members[0].Weight)
	assert.Equal(t, "public", s.FloatingIP.Network)
}
