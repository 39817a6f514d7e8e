// SPDX-License-Identifier: Apache-2.0

package member_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"sync"
	"testing"
	"time"

	"github.com/octaviakit/octaviakit/fake"
	"github.com/octaviakit/octaviakit/member"
	"github.com/octaviakit/octaviakit/provider"
	"github.com/octaviakit/octaviakit/waiter"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func (s *stage) drainer() member.Drainer { return member.Drainer{Waiter: s.w, How: s.how} }

func TestDrainAndRestoreUndoExactly(t *testing.T) {
	bubble(t, func(t *testing.T) {
		for _, n := range provider.Names() {
			s := newStage(t, n, provider.Hibiscus, 1, seconds(2))
			p := s.pools[0]
			want := s.specs(1, 5)
			want[0].Tags = []string{"somebody's"}
			if n == provider.Amphora {
				want[0].Weight, want[1].Backup, want[1].AdminStateUp = new(7), new(true), new(false)
			}
			require.NoError(t, s.sync(p, want))
			before := s.list(p)
			s.cloud.ForgetCalls()

			got, err := s.drainer().Drain(t.Context(), p, want[0].Key(), want[1].Key())
			require.NoError(t, err)
			assert.Equal(t, 1, s.cloud.Cycles(p.LoadBalancerID))
			m := s.list(p)[0]
			if n == provider.Amphora {
				assert.Equal(t, provider.DrainByWeight, got.Method)
				assert.Equal(t, 0, m.Weight)
				assert.True(t, m.AdminStateUp)
			} else {
				assert.Equal(t, provider.DrainByAdminState, got.Method)
				assert.False(t, m.AdminStateUp)
				assert.Equal(t, -1, got.Connections, "ovn does not count")
			}
			method, drained := m.Drained()
			assert.True(t, drained)
			assert.Equal(t, got.Method, method)
			assert.Contains(t, m.Tags, "somebody's")

			_, err = s.drainer().Drain(t.Context(), p, want[0].Key())
			require.NoError(t, err)
			assert.Equal(t, 1, s.cloud.Cycles(p.LoadBalancerID), "drained already")

			require.NoError(t, s.drainer().Restore(t.Context(), p))
			after := s.list(p)
			for i := range after { // health is not ours to restore
				after[i].Operating, before[i].Operating = "", ""
			}
			assert.Equal(t, before, after)
			assert.Equal(t, 2, s.cloud.Cycles(p.LoadBalancerID))
		}
	})
}

func TestDrainSurvivesACrashAtEachCall(t *testing.T) {
	for _, n := range provider.Names() {
		for _, effect := range []fake.Effect{fake.LoseReply, fake.LoseSend} {
			t.Run(fmt.Sprint(n, " ", effect), func(t *testing.T) {
				bubble(t, func(t *testing.T) { crashInDrainAndRestore(t, n, effect) })
			})
		}
	}
}

// Each time another process goes on, which knows nothing but what the cloud shows.
func crashInDrainAndRestore(t *testing.T, n provider.Name, effect fake.Effect) {
	t.Helper()
	s := newStage(t, n, provider.Hibiscus, 1, seconds(2))
	p := s.pools[0]
	want := s.specs(1, 4)
	want[1].AdminStateUp = new(false)
	if n == provider.Amphora {
		want[0].Weight = new(7)
	}
	require.NoError(t, s.sync(p, want))
	before := s.list(p)
	another := func() member.Drainer { return member.Drainer{Waiter: waiter.New(s.client), How: s.how} }
	crashing := func(do func(context.Context) error) {
		s.cloud.Inject(fake.Fault{Method: http.MethodPut, Effect: effect})
		ctx, crash := context.WithTimeout(t.Context(), 10*time.Millisecond)
		defer crash()
		require.Error(t, do(ctx))
	}

	crashing(func(ctx context.Context) error {
		_, err := another().Drain(ctx, p, want[0].Key(), want[1].Key())
		return err
	})
	_, err := another().Drain(t.Context(), p, want[0].Key(), want[1].Key())
	require.NoError(t, err)
	for _, m := range s.list(p)[:2] {
		_, drained := m.Drained()
		assert.True(t, drained)
		assert.True(t, m.Weight == 0 || !m.AdminStateUp)
	}
	crashing(func(ctx context.Context) error { return another().Restore(ctx, p) })
	require.NoError(t, another().Restore(t.Context(), p))
	after := s.list(p)
	for i := range after { // health is not ours to restore
		after[i].Operating, before[i].Operating = "", ""
	}
	assert.Equal(t, before, after, "7, and not 0 of a drain that was drained again")
}

func TestDrainKeepsEnoughInService(t *testing.T) {
	bubble(t, func(t *testing.T) {
		s := newStage(t, provider.Amphora, provider.Epoxy, 1)
		p := s.pools[0]
		want := s.specs(1, 5)
		want[3].AdminStateUp = new(false)
		require.NoError(t, s.sync(p, want))
		s.cloud.ForgetCalls()
		d := s.drainer()
		d.Keep = 2
		_, err := d.Drain(t.Context(), p, want[0].Key(), want[1].Key())
		var keep *member.KeepError
		require.ErrorAs(t, err, &keep)
		assert.Equal(t, member.KeepError{Pool: p.ID, Left: 1, Keep: 2}, *keep)
		assert.Empty(t, s.changes())
		_, err = d.Drain(t.Context(), p, want[0].Key())
		require.NoError(t, err)
	})
}

func TestDrainWaitsForGraceAndLessIfNobodyIsConnected(t *testing.T) {
	bubble(t, func(t *testing.T) {
		for _, n := range provider.Names() {
			s := newStage(t, n, provider.Epoxy, 1)
			p := s.pools[0]
			require.NoError(t, s.sync(p, s.specs(1, 3)))
			d := s.drainer()
			d.Grace = 2 * time.Minute
			got, err := d.Drain(t.Context(), p, s.spec(1).Key())
			require.NoError(t, err)
			if n == provider.OVN {
				assert.GreaterOrEqual(t, got.Took, d.Grace, "it cannot know better")
				continue
			}
			assert.Zero(t, got.Connections)
			assert.Less(t, got.Took, time.Minute)
			assert.GreaterOrEqual(t, got.Took, 10*time.Second, "the first heartbeat after the change")
		}
	})
}

// Statistics that cannot be read for a moment do not end a drain that has begun.
func TestDrainOutlastsStatisticsThatFail(t *testing.T) {
	bubble(t, func(t *testing.T) {
		for _, f := range []fake.Fault{{Status: 503}, {Effect: fake.LoseReply}, {Effect: fake.Throttle, RetryAfter: 3 * time.Second}} {
			s := newStage(t, provider.Amphora, provider.Epoxy, 1)
			p := s.pools[0]
			require.NoError(t, s.sync(p, s.specs(1, 3)))
			f.Method, f.Path, f.Times = http.MethodGet, "/lbaas/listeners/*/stats", 3
			s.cloud.Inject(f)
			d := s.drainer()
			d.Grace = 2 * time.Minute
			got, err := d.Drain(t.Context(), p, s.spec(1).Key())
			require.NoError(t, err)
			assert.Zero(t, got.Connections)
			assert.Less(t, got.Took, time.Minute)
		}
	})
}

// Two who drain at once see each other's members, and stop in time.
func TestDrainsAtOnceKeepEnough(t *testing.T) {
	bubble(t, func(t *testing.T) {
		for _, n := range provider.Names() {
			s := newStage(t, n, provider.Epoxy, 1, seconds(2))
			p := s.pools[0]
			require.NoError(t, s.sync(p, s.specs(1, 6)))
			errs := make([]error, 5)
			var wg sync.WaitGroup
			for i := range errs {
				wg.Go(func() {
					d := member.Drainer{Waiter: waiter.New(s.client), How: s.how, Keep: 2} // a process of its own
					_, errs[i] = d.Drain(t.Context(), p, s.spec(1+i).Key())
				})
			}
			wg.Wait()
			refused := 0
			for _, err := range errs {
				var keep *member.KeepError
				if errors.As(err, &keep) {
					refused++
					continue
				}
				assert.NoError(t, err)
			}
			assert.Equal(t, 2, refused)
		}
	})
}

func TestDrainOfStrangersAndWithoutMeans(t *testing.T) {
	bubble(t, func(t *testing.T) {
		s := newStage(t, provider.Amphora, provider.Epoxy, 1)
		p := s.pools[0]
		_, err := s.drainer().Drain(t.Context(), p, s.spec(9).Key())
		var one *member.Error
		require.ErrorAs(t, err, &one)
		assert.Equal(t, s.spec(9).Key(), one.Key)
		require.NoError(t, s.drainer().Restore(t.Context(), p, s.spec(9).Key()), "nothing to restore")

		_, err = member.Drainer{Waiter: s.w}.Drain(t.Context(), p, s.spec(1).Key())
		assert.ErrorContains(t, err, "how.caps")
		old := s.drainer()
		old.How.Caps = caps(t, provider.Amphora, provider.Rocky)
		_, err = old.Drain(t.Context(), p, s.spec(1).Key())
		assert.ErrorIs(t, err, errors.ErrUnsupported)
		assert.Empty(t, s.changes())
	})
}
