// SPDX-License-Identifier: Apache-2.0

package member_test

import (
	"slices"
	"testing"

	"github.com/octaviakit/octaviakit/internal/octavia"
	"github.com/octaviakit/octaviakit/member"
	"github.com/octaviakit/octaviakit/provider"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestRestoreRespectsWhatOthersDidSince(t *testing.T) {
	bubble(t, func(t *testing.T) {
		s := newStage(t, provider.Amphora, provider.Epoxy, 1)
		p := s.pools[0]
		require.NoError(t, s.sync(p, s.specs(1, 3)))
		_, err := s.drainer().Drain(t.Context(), p, s.spec(1).Key())
		require.NoError(t, err)
		by := s.spec(1)
		by.Weight = new(3)
		require.NoError(t, s.sync(p, []member.Spec{by, s.spec(2)}))
		require.NoError(t, s.drainer().Restore(t.Context(), p))
		m := s.list(p)[0]
		assert.Equal(t, 3, m.Weight)
		_, drained := m.Drained()
		assert.False(t, drained)
	})
}

func TestRestoreReplacesWhereTheDriverForgets(t *testing.T) {
	bubble(t, func(t *testing.T) {
		s := newStage(t, provider.OVN, provider.Epoxy, 1)
		p := s.pools[0]
		require.NoError(t, s.sync(p, s.specs(1, 4)))
		s.monitor(p)
		old := s.list(p)[0].ID
		_, err := s.drainer().Drain(t.Context(), p, s.spec(1).Key())
		require.NoError(t, err)
		require.NoError(t, s.drainer().Restore(t.Context(), p))
		i := slices.IndexFunc(s.list(p), func(m member.Member) bool { return m.Key() == s.spec(1).Key() })
		require.GreaterOrEqual(t, i, 0)
		m := s.list(p)[i]
		assert.NotEqual(t, old, m.ID, "LP 2112110")
		assert.True(t, m.AdminStateUp)
		assert.Empty(t, m.Tags)
	})
}

// What was out of service before the drain is not remade to be so again.
func TestRestoreOfADisabledMemberDoesNotReplaceIt(t *testing.T) {
	bubble(t, func(t *testing.T) {
		s := newStage(t, provider.OVN, provider.Epoxy, 1)
		p := s.pools[0]
		want := s.specs(1, 4)
		want[0].AdminStateUp = new(false)
		require.NoError(t, s.sync(p, want))
		s.monitor(p)
		before := s.list(p)
		_, err := s.drainer().Drain(t.Context(), p, want[0].Key())
		require.NoError(t, err)
		require.NoError(t, s.drainer().Restore(t.Context(), p))
		after := s.list(p)[0]
		after.Operating = before[0].Operating // ovn has forgotten that it is disabled
		assert.Equal(t, before[0], after)
	})
}

// Somebody may have put a member back that is still marked.
func TestDrainOfAMarkedMemberThatServesAgain(t *testing.T) {
	bubble(t, func(t *testing.T) {
		s := newStage(t, provider.Amphora, provider.Epoxy, 1)
		p := s.pools[0]
		require.NoError(t, s.sync(p, s.specs(1, 3)))
		_, err := s.drainer().Drain(t.Context(), p, s.spec(1).Key())
		require.NoError(t, err)
		back := s.spec(1)
		back.Weight = new(9)
		b := member.NewBatcher(s.w, s.how)
		require.NoError(t, b.Put(t.Context(), p, back))
		assert.Equal(t, 9, s.list(p)[0].Weight)
		_, err = s.drainer().Drain(t.Context(), p, back.Key())
		require.NoError(t, err)
		assert.Equal(t, 0, s.list(p)[0].Weight)
		assert.Len(t, s.list(p)[0].Tags, 1)
		require.NoError(t, s.drainer().Restore(t.Context(), p))
		assert.Equal(t, 9, s.list(p)[0].Weight, "as it was last")
	})
}

// A controller whose Spec names the tags goes on while a member is drained.
func TestSyncDoesNotForgetADrain(t *testing.T) {
	bubble(t, func(t *testing.T) {
		for _, n := range provider.Names() {
			s := newStage(t, n, provider.Hibiscus, 1)
			p := s.pools[0]
			want := s.specs(1, 5)
			for i := range want {
				want[i].Tags = []string{"mine"}
			}
			require.NoError(t, s.sync(p, want))
			before := s.list(p)
			_, err := s.drainer().Drain(t.Context(), p, want[0].Key())
			require.NoError(t, err)
			s.cloud.ForgetCalls()
			require.NoError(t, s.sync(p, want))
			assert.Empty(t, s.changes(), "nothing differs")
			want[0].Tags = []string{"mine", "new"}
			require.NoError(t, s.sync(p, want[:3]))
			require.NoError(t, s.drainer().Restore(t.Context(), p))
			after := s.list(p)
			assert.Equal(t, want[0].Tags, after[0].Tags)
			after[0].Tags, after[0].Operating, before[0].Operating = before[0].Tags, "", ""
			assert.Equal(t, before[0], after[0])
		}
	})
}

// monitor gives the pool a monitor.
func (s *stage) monitor(p member.Pool) {
	s.Helper()
	_, err := octavia.Create(s.Context(), s.client, "lbaas/healthmonitors", "healthmonitor", octavia.Object{
		"pool_id": p.ID, "type": "TCP", "delay": 5, "timeout": 3, "max_retries": 3,
	})
	require.NoError(s, err)
	s.settle(p)
}
