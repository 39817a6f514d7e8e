// SPDX-License-Identifier: Apache-2.0

package lb_test

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/octaviakit/octaviakit/fake"
	"github.com/octaviakit/octaviakit/lb"
)

// A node list that was half read must not halve the service.
func TestRemovingTooMuchNeedsConsent(t *testing.T) {
	in(t, func(t *testing.T, c cell, cloud *fake.Cloud) {
		careful := engine(cloud, lb.WithMaxRemove(0.3))
		_, err := careful.Ensure(t.Context(), service(cloud, c, 2, 10))
		require.NoError(t, err)
		before := len(cloud.Mutations())

		_, err = careful.Ensure(t.Context(), service(cloud, c, 2, 6))
		require.ErrorIs(t, err, lb.ErrDisruptive)
		assert.Contains(t, err.Error(), "4 of 10 members go")
		_, err = careful.Step(t.Context(), service(cloud, c, 2, 6))
		require.ErrorIs(t, err, lb.ErrDisruptive)
		assert.Len(t, cloud.Mutations(), before)

		_, err = careful.Ensure(t.Context(), service(cloud, c, 2, 7))
		require.NoError(t, err, "three of ten may go")
		agreed := engine(cloud, lb.WithMaxRemove(0.3), lb.WithApproval(func(p *lb.Plan) error {
			assert.InDelta(t, 3.0/7, p.Removes(), 1e-9)
			return nil
		}))
		_, err = agreed.Ensure(t.Context(), service(cloud, c, 2, 4))
		require.NoError(t, err)

		var field *lb.FieldError
		_, err = engine(cloud, lb.WithMaxRemove(30)).Ensure(t.Context(), service(cloud, c, 1, 1))
		require.ErrorAs(t, err, &field)
	})
}
