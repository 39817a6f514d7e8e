// SPDX-License-Identifier: Apache-2.0

package member_test

import (
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/octaviakit/octaviakit/member"
	"github.com/octaviakit/octaviakit/provider"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestBatcherGuardsReplace(t *testing.T) {
	bubble(t, func(t *testing.T) {
		s := newStage(t, provider.Amphora, provider.Epoxy, 1, seconds(1))
		p := s.pools[0]
		s.how.MaxRemove = 0.5
		b := member.NewBatcher(s.w, s.how, member.WithLinger(time.Second))
		require.NoError(t, b.Put(t.Context(), p, s.specs(1, 11)...))
		var wg sync.WaitGroup
		wg.Go(func() {
			var consent *member.ConsentError
			assert.ErrorAs(t, b.Replace(t.Context(), p, s.specs(1, 2)), &consent)
		})
		synctest.Wait()
		wg.Go(func() { assert.NoError(t, b.Put(t.Context(), p, s.spec(50))) })
		wg.Wait()
		assert.Len(t, s.list(p), 11, "who only adds is not held up")
		require.NoError(t, b.Close(t.Context()))
	})
}

func TestBatcherGuardTellsNamesFromTheRest(t *testing.T) {
	bubble(t, func(t *testing.T) {
		s := newStage(t, provider.Amphora, provider.Epoxy, 1, seconds(1))
		p := s.pools[0]
		s.how.MaxRemove = 0.5
		b := member.NewBatcher(s.w, s.how, member.WithLinger(time.Second))
		require.NoError(t, b.Put(t.Context(), p, s.specs(1, 11)...))
		var consent *member.ConsentError
		var wg sync.WaitGroup
		wg.Go(func() { assert.ErrorAs(t, b.Replace(t.Context(), p, s.specs(1, 2)), &consent) })
		synctest.Wait()
		wg.Go(func() {
			assert.NoError(t, b.Remove(t.Context(), p, s.spec(7).Key()), "somebody else's carelessness is not its own")
		})
		wg.Wait()
		assert.Len(t, s.list(p), 9)

		for n := range 6 {
			wg.Go(func() { assert.ErrorAs(t, b.Remove(t.Context(), p, s.spec(n+1).Key()), new(*member.ConsentError)) })
		}
		wg.Wait()
		assert.Len(t, s.list(p), 9, "six together are too many")
		require.NoError(t, b.Close(t.Context()))
	})
}

func TestSyncGuardsAgainstMassRemoval(t *testing.T) {
	bubble(t, func(t *testing.T) {
		s := newStage(t, provider.Amphora, provider.Epoxy, 1)
		p := s.pools[0]
		require.NoError(t, s.sync(p, s.specs(1, 11)))
		s.how.MaxRemove = 0.3
		s.cloud.ForgetCalls()
		err := s.sync(p, s.specs(5, 11))
		var consent *member.ConsentError
		require.ErrorAs(t, err, &consent)
		assert.Equal(t, member.ConsentError{Pool: p.ID, Removing: 4, Of: 10, Share: 0.3}, *consent)
		assert.Empty(t, s.changes())
		require.NoError(t, s.sync(p, s.specs(4, 11)), "three of ten are allowed")
		s.how.Consent = true
		require.NoError(t, s.sync(p, nil))
	})
}

// Exactly the share is allowed, and one more is not, whatever binary fractions make of it.
func TestGuardAtTheBoundary(t *testing.T) {
	for _, c := range []struct {
		members int
		share   float64
		may     int
	}{
		{1, 0.5, 0}, {1, 1, 1}, {2, 0.5, 1}, {3, 1.0 / 3, 1}, {7, 0.3, 2}, {10, 0.3, 3}, {100, 0.29, 29}, {100, 0.57, 57}, {50, 0.14, 7},
	} {
		synctest.Test(t, func(t *testing.T) {
			s := newStage(t, provider.Amphora, provider.Epoxy, 1)
			p := s.pools[0]
			require.NoError(t, s.sync(p, s.specs(0, c.members)))
			s.how.MaxRemove = c.share
			grown := s.specs(c.may+1, c.members+30) // grows and shrinks in one
			if c.may == c.members {
				require.NoError(t, s.sync(p, nil))
				return
			}
			require.ErrorAs(t, s.sync(p, grown), new(*member.ConsentError), "%v", c)
			assert.Len(t, s.list(p), c.members+30, "who comes is not held up")
			require.NoError(t, member.Sync(t.Context(), s.w, p, s.specs(0, c.members), member.How{Caps: s.how.Caps}))
			require.NoError(t, s.sync(p, s.specs(c.may, c.members)), "%v", c)
			assert.Len(t, s.list(p), c.members-c.may)
		})
	}
	synctest.Test(t, func(t *testing.T) {
		s := newStage(t, provider.Amphora, provider.Epoxy, 1)
		s.how.MaxRemove = 0.1
		require.NoError(t, s.sync(s.pools[0], nil), "an empty pool")
		require.NoError(t, s.sync(s.pools[0], s.specs(0, 3)))
	})
}
