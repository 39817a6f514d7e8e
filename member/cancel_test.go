// SPDX-License-Identifier: Apache-2.0

package member_test

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/octaviakit/octaviakit/fake"
	"github.com/octaviakit/octaviakit/internal/cut"
	"github.com/octaviakit/octaviakit/member"
	"github.com/octaviakit/octaviakit/provider"
	"github.com/octaviakit/octaviakit/waiter"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// assertCut checks what somebody is told whose context ended.
func assertCut(t *testing.T, x *cut.Cut, p member.Pool, err error, began time.Time) {
	t.Helper()
	_, when, ok := x.Ended()
	if !ok {
		assert.NoError(t, err)
		return
	}
	assert.Zero(t, time.Since(when).Truncate(time.Millisecond), "returns at once")
	if x.How == cut.Answered && err == nil {
		return // by what it wanted to know
	}
	assert.ErrorIs(t, err, context.Canceled)
	var e *member.EndedError
	if assert.ErrorAs(t, err, &e) {
		assert.Equal(t, p.ID, e.Pool)
		assert.InDelta(t, when.Sub(began), e.Waited, float64(time.Millisecond))
	}
}

// mindful is want, with what an error says that members had which are out.
func mindful(want []member.Spec, err error) []member.Spec {
	want = slices.Clone(want)
	for _, one := range all(err) {
		i := slices.IndexFunc(want, func(s member.Spec) bool { return s.Key() == one.Key })
		if one.Out != nil && i >= 0 {
			want[i] = *one.Out
		}
	}
	return want
}

// all are the members' errors in a tree of errors.
func all(err error) []*member.Error {
	switch e := err.(type) { //nolint:errorlint // walks the tree itself
	case *member.Error:
		return []*member.Error{e}
	case interface{ Unwrap() []error }:
		var out []*member.Error
		for _, x := range e.Unwrap() {
			out = append(out, all(x)...)
		}
		return out
	case interface{ Unwrap() error }:
		return all(e.Unwrap())
	}
	return nil
}

// syncs are changes of a pool of six, the first of which somebody has given a weight or a name.
func syncs() map[string]func(*stage) []member.Spec {
	return map[string]func(*stage) []member.Spec{
		"a mixed batch": func(s *stage) []member.Spec {
			want := append(s.specs(1, 5), s.specs(20, 23)...)
			want[2].Name = "changed"
			return want
		},
		"a replacement": func(s *stage) []member.Spec {
			want := s.specs(1, 7)
			want[0].SubnetID, want[1].SubnetID = s.cloud.SubnetID(), s.cloud.SubnetID()
			return want
		},
	}
}

func TestSyncCancelledAtEachCall(t *testing.T) {
	t.Parallel()
	for _, on := range []struct {
		name    provider.Name
		release provider.Release
	}{{provider.Amphora, provider.Epoxy}, {provider.OVN, provider.Train}, {provider.OVN, provider.Epoxy}} {
		for name, want := range syncs() {
			for _, f := range []fake.Fault{
				{Path: "/nowhere"},
				{Method: http.MethodPut, Effect: fake.LoseReply},
				{Method: http.MethodPost, Effect: fake.LoseReply},
				{Method: http.MethodDelete, Effect: fake.Throttle, RetryAfter: 4 * time.Second},
			} {
				t.Run(fmt.Sprint(on, " ", name, " ", f), func(t *testing.T) {
					t.Parallel()
					usual := -1
					hows := []cut.How{cut.Done}
					if f.Method == "" {
						hows = cut.All()
					}
					cut.Every(t, func(t *testing.T, nth int, how cut.How) *cut.Cut {
						s := newStage(t, on.name, on.release, 1, seconds(2))
						if usual < 0 {
							_, usual = s.cutSync(t, want(s), f, 1e6, how)
							s = newStage(t, on.name, on.release, 1, seconds(2))
						}
						x, cycles := s.cutSync(t, want(s), f, nth, how)
						more := 1
						if s.how.Caps.HasQuirk(provider.QuirkOVNBatchCreateAllActive) {
							more = 2 // members that are about to go read ACTIVE: whoever comes anew takes them for left over
						}
						assert.LessOrEqual(t, cycles, usual+more)
						return x
					}, hows...)
				})
			}
		}
	}
}

func (s *stage) cutSync(t *testing.T, want []member.Spec, f fake.Fault, nth int, how cut.How) (*cut.Cut, int) {
	t.Helper()
	p := s.pools[0]
	first := s.specs(1, 7)
	first[0].Name, first[0].Tags = "somebody's", []string{"theirs"}
	require.NoError(t, s.sync(p, first))
	before := s.list(p)[0]
	s.cloud.ForgetCalls()
	s.cloud.Inject(f)
	x, began := cut.Client(s.client, nth, how), time.Now()
	err := member.Sync(cut.Mortal(t.Context(), 0), s.w, p, want, s.how)
	assertCut(t, x, p, err, began)
	require.NoError(t, s.sync(p, mindful(want, err)))
	require.NoError(t, s.sync(p, want))
	s.cloud.ClearFaults()
	got := s.list(p)
	require.Len(t, got, len(want))
	for i, m := range got {
		assert.Equal(t, want[i].Key(), m.Key())
		assert.Equal(t, want[i].SubnetID, m.SubnetID)
		assert.Equal(t, "ACTIVE", m.Provisioning)
	}
	assert.Equal(t, before.Name, got[0].Name, "what nobody asked to change")
	assert.Equal(t, before.Tags, got[0].Tags)
	return x, s.cloud.Cycles(p.LoadBalancerID)
}

func TestDrainAndRestoreCancelledAtEachCall(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		on      provider.Name
		release provider.Release
	}{
		"amphora":                         {provider.Amphora, provider.Epoxy},
		"ovn":                             {provider.OVN, provider.Hibiscus},
		"ovn, where it must be made anew": {provider.OVN, provider.Epoxy},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			cut.Every(t, func(t *testing.T, nth int, how cut.How) *cut.Cut {
				return cutDrain(t, newStage(t, c.on, c.release, 1, seconds(2)), nth, how)
			})
		})
	}
}

func cutDrain(t *testing.T, s *stage, nth int, how cut.How) *cut.Cut {
	t.Helper()
	p := s.pools[0]
	want := s.specs(1, 5)
	want[0].Name, want[0].Tags = "somebody's", []string{"theirs"}
	if s.how.Caps.Has(provider.MemberWeight) {
		want[0].Weight = new(7)
	}
	require.NoError(t, s.sync(p, want))
	s.monitor(p)
	before := s.list(p)
	s.cloud.ForgetCalls()
	d := s.drainer()
	d.Grace = 30 * time.Second
	keys := []member.Key{want[0].Key(), want[1].Key()}
	x, began := cut.Client(s.client, nth, how), time.Now()
	ctx := cut.Mortal(t.Context(), 0)
	_, err := d.Drain(ctx, p, keys...)
	if err == nil {
		began = time.Now()
		err = d.Restore(ctx, p)
	}
	assertCut(t, x, p, err, began)
	require.NoError(t, s.sync(p, mindful(s.specs(1, 5), err)))
	require.NoError(t, d.Restore(t.Context(), p))
	after := s.list(p)
	for i := range after { // neither health nor a replaced member's ID is ours to restore
		after[i].Operating, after[i].ID = before[i].Operating, before[i].ID
	}
	assert.Equal(t, before, after)
	assert.LessOrEqual(t, s.cloud.Cycles(p.LoadBalancerID), 4)
	return x
}

// The calls are the Batcher's own: whoever stops waiting harms nobody, not even his own change.
func TestBatcherCallerCancelledAtEachCall(t *testing.T) {
	t.Parallel()
	usual := -1
	cut.Every(t, func(t *testing.T, nth int, how cut.How) *cut.Cut {
		if usual < 0 {
			_, usual = cutBatcher(t, 1e6, how)
		}
		x, calls := cutBatcher(t, nth, how)
		assert.LessOrEqual(t, calls, usual+2, "how many of the others' removals gather is chance")
		return x
	})
}

func cutBatcher(t *testing.T, nth int, how cut.How) (*cut.Cut, int) {
	t.Helper()
	s := newStage(t, provider.Amphora, provider.Epoxy, 2, seconds(3))
	b := member.NewBatcher(s.w, s.how, member.WithLinger(time.Second))
	x, began := cut.Client(s.client, nth, how), time.Now()
	gone := cut.Mortal(t.Context(), 3)
	x.Bystander(gone)
	var wg sync.WaitGroup
	for i := range 8 {
		p := s.pools[i%2]
		wg.Go(func() {
			if i == 3 {
				err := b.Put(gone, p, s.spec(i))
				if err != nil { // else it was in force before
					assertCut(t, x, p, err, began)
				}
				return
			}
			assert.NoError(t, b.Put(t.Context(), p, s.spec(i)), "%d is harmed", i)
			assert.NoError(t, b.Remove(t.Context(), p, s.spec(i).Key()))
		})
	}
	wg.Wait()
	require.NoError(t, b.Close(t.Context()))
	assert.Empty(t, s.list(s.pools[0]))
	assert.Equal(t, []string{s.spec(3).Key().String()}, s.keys(s.pools[1]), "abandoned is not undone")
	for _, c := range s.cloud.Mutations() {
		assert.Less(t, c.Status, 400, "nothing is made twice")
	}
	return x, len(s.cloud.Mutations())
}

// Close loses patience at the nth call: everybody is told, and who makes the changes again
// gets what was wished, for one cycle more at most.
func TestCloseWithoutPatienceAtEachCall(t *testing.T) {
	t.Parallel()
	usual := -1
	cut.Every(t, func(t *testing.T, nth int, how cut.How) *cut.Cut {
		if usual < 0 {
			_, usual = cutClose(t, 1e6, how)
		}
		x, cycles := cutClose(t, nth, how)
		assert.LessOrEqual(t, cycles, usual+1)
		return x
	})
}

func cutClose(t *testing.T, nth int, how cut.How) (*cut.Cut, int) {
	t.Helper()
	s := newStage(t, provider.Amphora, provider.Epoxy, 1, seconds(3))
	p := s.pools[0]
	require.NoError(t, s.sync(p, s.specs(1, 5)))
	s.cloud.ForgetCalls()
	x := cut.Client(s.client, nth, how)
	ctx := cut.Mortal(t.Context(), 0)
	x.Bystander(ctx)
	change := func(ctx context.Context) {
		b := member.NewBatcher(waiter.New(s.client), s.how, member.WithLinger(time.Second))
		told := func(err error) {
			if _, _, ok := x.Ended(); !ok || ctx == t.Context() {
				assert.NoError(t, err)
			} else if err != nil {
				assert.ErrorAs(t, err, new(*member.EndedError))
				assert.ErrorIs(t, err, context.Canceled)
			}
		}
		var wg sync.WaitGroup
		for i := range 4 {
			wg.Go(func() { told(b.Put(t.Context(), p, s.spec(10+i))) })
			wg.Go(func() { told(b.Remove(t.Context(), p, s.spec(1+i).Key())) })
		}
		synctest.Wait()
		if err := b.Close(ctx); err != nil {
			_, when, _ := x.Ended()
			assert.ErrorIs(t, err, context.Canceled)
			assert.Zero(t, time.Since(when).Truncate(time.Millisecond))
		}
		wg.Wait()
	}
	change(ctx)
	if _, _, ok := x.Ended(); ok {
		change(t.Context())
	}
	assert.Equal(t, []string{"10.1.0.10:80", "10.1.0.11:80", "10.1.0.12:80", "10.1.0.13:80"}, s.keys(p))
	return x, s.cloud.Cycles(p.LoadBalancerID)
}
