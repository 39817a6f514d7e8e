// SPDX-License-Identifier: Apache-2.0

package member_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/octaviakit/octaviakit/fake"
	"github.com/octaviakit/octaviakit/internal/cut"
	"github.com/octaviakit/octaviakit/internal/octavia"
	"github.com/octaviakit/octaviakit/member"
	"github.com/octaviakit/octaviakit/provider"
	"github.com/octaviakit/octaviakit/waiter"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// anew is a pool whose drained members can only be put back by making them anew.
type anew struct {
	on     provider.Release
	size   int
	drain  int
	cycles int // of a Restore that nothing disturbs
}

func anews() []anew {
	return []anew{
		{provider.Epoxy, 1, 1, 4},
		{provider.Epoxy, 2, 2, 4},
		{provider.Epoxy, 3, 2, 2},
		{provider.Epoxy, 8, 2, 5}, // one by one, see Requests
		{provider.Antelope, 3, 1, 2},
	}
}

// rich are members with all that ovn lets them have.
func (a anew) rich(s *stage) []member.Spec {
	want := s.specs(1, a.size+1)
	for i := range want {
		want[i].Name, want[i].Tags = strings.Repeat("ä", 250-i), []string{"theirs", fmt.Sprint("no, ", i), strings.Repeat("x", 255)}
	}
	return want
}

func (a anew) keys(want []member.Spec) []member.Key {
	var out []member.Key
	for _, s := range want[:a.drain] {
		out = append(out, s.Key())
	}
	return out
}

// play drains, and lets the process that restores die at a call. before is what was.
func (a anew) play(t *testing.T, nth int, how cut.How) (s *stage, x *cut.Cut, want []member.Spec, before []member.Member) {
	t.Helper()
	s = newStage(t, provider.OVN, a.on, 1, seconds(2))
	p := s.pools[0]
	want = a.rich(s)
	require.NoError(t, s.sync(p, want))
	s.monitor(p)
	before = s.list(p)
	_, err := s.drainer().Drain(t.Context(), p, a.keys(want)...)
	require.NoError(t, err)
	s.cloud.ForgetCalls()
	x = cut.Client(s.client, nth, how)
	err = s.drainer().Restore(cut.Mortal(t.Context(), 0), p)
	if _, _, ok := x.Ended(); !ok {
		require.NoError(t, err)
		assert.Equal(t, a.cycles, s.cloud.Cycles(p.LoadBalancerID))
	}
	s.w = waiter.New(s.client, waiter.WithRate(0))
	return s, x, want, before
}

// between is a play whose crash comes between the two cycles.
func (a anew) between(t *testing.T) (s *stage, want []member.Spec, before []member.Member) {
	t.Helper()
	for nth := 1; s == nil || len(s.list(s.pools[0])) != a.size-a.drain; nth++ {
		require.Less(t, nth, 20)
		s, _, want, before = a.play(t, nth, cut.Before)
	}
	return s, want, before
}

// assertBack checks that all is as it was, and nothing remembers that it was not.
func (s *stage) assertBack(t *testing.T, before []member.Member) {
	t.Helper()
	after := s.list(s.pools[0])
	require.Len(t, after, len(before))
	if len(before) == 0 {
		before = after
	}
	for i := range after { // neither health nor a replaced member's ID is ours to restore
		after[i].Operating, after[i].ID = before[i].Operating, before[i].ID
	}
	assert.Equal(t, before, after)
	pool, err := octavia.Get(t.Context(), s.client, "lbaas/pools/"+s.pools[0].ID, "pool")
	require.NoError(t, err)
	assert.Equal(t, []any{}, pool["tags"])
}

func everyAnew(t *testing.T, of []anew, play func(t *testing.T, a anew, nth int, how cut.How) *cut.Cut) {
	t.Helper()
	t.Parallel()
	for _, a := range of {
		t.Run(fmt.Sprint(a), func(t *testing.T) {
			t.Parallel()
			cut.Every(t, func(t *testing.T, nth int, how cut.How) *cut.Cut { return play(t, a, nth, how) }, cut.Before, cut.Done)
		})
	}
}

// Whoever comes after a crash knows only what the cloud shows, and that is all it takes.
func TestRestoreAfterACrashAtEachCall(t *testing.T) {
	everyAnew(t, anews(), func(t *testing.T, a anew, nth int, how cut.How) *cut.Cut {
		t.Helper()
		s, x, want, before := a.play(t, nth, how)
		require.NoError(t, s.drainer().Restore(t.Context(), s.pools[0], a.keys(want)...))
		s.assertBack(t, before)
		// Members that are about to go read ACTIVE: whoever comes anew takes them for left over.
		assert.LessOrEqual(t, s.cloud.Cycles(s.pools[0].LoadBalancerID), a.cycles+1)
		return x
	})
}

// A controller that knows less than what was there comes first.
func TestSyncAfterACrashInRestoreAtEachCall(t *testing.T) {
	everyAnew(t, anews()[1:3], func(t *testing.T, a anew, nth int, how cut.How) *cut.Cut {
		t.Helper()
		s, x, _, before := a.play(t, nth, how)
		require.NoError(t, s.sync(s.pools[0], s.specs(1, a.size+1)))
		got := s.list(s.pools[0])
		require.Len(t, got, a.size)
		for i, m := range got {
			assert.Equal(t, before[i].Name, m.Name, "nobody asked to change it")
		}
		require.NoError(t, s.drainer().Restore(t.Context(), s.pools[0]))
		s.assertBack(t, before)
		return x
	})
}

// One who wants them gone comes first: nothing brings them back.
func TestRemoveAfterACrashInRestoreAtEachCall(t *testing.T) {
	everyAnew(t, anews()[1:3], func(t *testing.T, a anew, nth int, how cut.How) *cut.Cut {
		t.Helper()
		s, x, want, before := a.play(t, nth, how)
		b := member.NewBatcher(s.w, s.how)
		require.NoError(t, b.Remove(t.Context(), s.pools[0], a.keys(want)...))
		require.NoError(t, s.drainer().Restore(t.Context(), s.pools[0]))
		s.assertBack(t, before[a.drain:])
		return x
	})
}

// Whoever remembers a member that is out may go, too: another one remembers it then.
func TestRecordOutlivesWhoHasIt(t *testing.T) {
	bubble(t, func(t *testing.T) {
		a := anew{provider.Epoxy, 5, 2, 2}
		s, want, before := a.between(t)
		p := s.pools[0]
		has := func(m member.Member) bool {
			return slices.ContainsFunc(m.Tags, func(t string) bool { return strings.HasPrefix(t, "octaviakit.out=") })
		}
		i := slices.IndexFunc(s.list(p), has)
		require.GreaterOrEqual(t, i, 0)
		gone := s.list(p)[i].Key()
		b := member.NewBatcher(s.w, s.how)
		require.NoError(t, b.Remove(t.Context(), p, gone))
		tagged := want[4]
		tagged.Tags = []string{"mine"}
		require.NoError(t, b.Put(t.Context(), p, tagged))
		_, err := s.drainer().Drain(t.Context(), p, want[3].Key(), want[0].Key())
		require.NoError(t, err, "who is out is drained")
		require.NoError(t, s.drainer().Restore(t.Context(), p))
		before[4].Tags = []string{"mine"}
		s.assertBack(t, slices.DeleteFunc(before, func(m member.Member) bool { return m.Key() == gone }))
	})
}

// A member that Octavia refuses to take back stays on record.
func TestRestoreOfOneThatIsRefusedKeepsTheRecord(t *testing.T) {
	bubble(t, func(t *testing.T) {
		a := anew{provider.Epoxy, 5, 2, 2}
		s, want, before := a.between(t)
		p := s.pools[0]
		s.cloud.Inject(fake.Fault{Path: "/lbaas/pools/*/members", Method: "PUT", Status: 400, Message: "no", Times: 1})
		s.cloud.Inject(fake.Fault{Path: "/lbaas/pools/*/members", Method: "POST", Status: 400, Message: "no", Times: 1})
		err := s.drainer().Restore(t.Context(), p)
		var one *member.Error
		require.ErrorAs(t, err, &one)
		assert.Equal(t, want[0].Key(), one.Key)
		require.Len(t, s.list(p), 4, "its neighbour is back")
		s.w = waiter.New(s.client, waiter.WithRate(0))
		require.NoError(t, s.drainer().Restore(t.Context(), p))
		s.assertBack(t, before)
	})
}
