// SPDX-License-Identifier: Apache-2.0

package lb_test

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/octaviakit/octaviakit/fake"
	"github.com/octaviakit/octaviakit/lb"
	"github.com/octaviakit/octaviakit/member"
	"github.com/octaviakit/octaviakit/provider"
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

// Members that are all taken out of service serve nobody, as if they were gone.
func TestTakingAllOutOfServiceNeedsConsent(t *testing.T) {
	t.Parallel()
	c := cell{provider.Amphora, provider.Epoxy}
	tests := map[string]struct {
		before, after func(*member.Spec, int)
		want          []string
	}{
		"weights of 0": {
			nil, func(m *member.Spec, _ int) { m.Weight = new(0) },
			[]string{"step 1 interrupts pool p0: 3 not as wished, which takes all members out of service"},
		},
		"administratively down": {
			nil, func(m *member.Spec, _ int) { m.AdminStateUp = new(false) },
			[]string{"step 1 interrupts pool p0: 3 not as wished, which takes all members out of service"},
		},
		"all but one": {nil, func(m *member.Spec, i int) { m.Weight = new(min(i, 1) * 5) }, nil},
		"the one that was left": {
			func(m *member.Spec, i int) { m.Weight = new(i / 2) }, func(m *member.Spec, _ int) { m.Weight = new(0) },
			[]string{"step 1 interrupts pool p0: 1 not as wished, which takes all members out of service"},
		},
		"others are out already": {func(m *member.Spec, _ int) { m.Weight = new(0) }, func(m *member.Spec, i int) {
			m.Weight, m.AdminStateUp = new(0), new(i > 0)
		}, nil},
		"one goes, one comes": {nil, func(m *member.Spec, i int) {
			if m.Weight = new(0); i == 2 {
				m.Port, m.Weight = 99, nil
			}
		}, nil},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			cloud := fake.New()
			spec := func(how func(*member.Spec, int)) lb.Spec {
				s := service(cloud, c, 1, 3)
				for i := range s.Pools[0].Members {
					if how != nil {
						how(&s.Pools[0].Members[i], i)
					}
				}
				return s
			}
			_, err := engine(cloud).Ensure(t.Context(), spec(tc.before))
			require.NoError(t, err)
			plan, err := engine(cloud).Plan(t.Context(), spec(tc.after))
			require.NoError(t, err)
			var got []string
			for _, c := range plan.Concerns() {
				got = append(got, c.String())
			}
			assert.Equal(t, tc.want, got, "%s", plan)
			if _, err = engine(cloud).Ensure(t.Context(), spec(tc.after)); tc.want != nil {
				require.ErrorIs(t, err, lb.ErrDisruptive)
			} else {
				require.NoError(t, err)
			}
		})
	}
}

// A weight means nothing to ovn; what is administratively down is out of service there, too.
func TestTakingAllOutOfServiceNeedsConsentOnOVN(t *testing.T) {
	t.Parallel()
	c := cell{provider.OVN, provider.Epoxy}
	cloud := c.cloud()
	s := service(cloud, c, 1, 2)
	_, err := engine(cloud).Ensure(t.Context(), s)
	require.NoError(t, err)
	for i := range s.Pools[0].Members {
		s.Pools[0].Members[i].AdminStateUp = new(false)
	}
	_, err = engine(cloud).Ensure(t.Context(), s)
	require.ErrorIs(t, err, lb.ErrDisruptive)
}
