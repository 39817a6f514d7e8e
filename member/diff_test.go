// SPDX-License-Identifier: Apache-2.0

package member_test

import (
	"net/netip"
	"testing"

	"github.com/octaviakit/octaviakit/member"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestDiffComparesOnlyWhatIsSet(t *testing.T) {
	t.Parallel()
	foreign := seen(1)
	foreign.Weight, foreign.Backup, foreign.AdminStateUp, foreign.Name = 0, true, false, "drained by hand"
	foreign.MonitorPort, foreign.Tags, foreign.SubnetID = 8080, []string{"x"}, "s"
	assert.True(t, member.Diff([]member.Member{foreign}, []member.Spec{spec(1)}).Empty())

	want := spec(1)
	want.Weight, want.MonitorPort, want.Tags, want.Name = new(5), new(uint16(0)), []string{}, "drained by hand"
	d := member.Diff([]member.Member{foreign}, []member.Spec{want})
	require.Len(t, d.Update, 1)
	assert.Equal(t, []member.Change{
		{Field: "monitor_port", Old: "8080", New: "none"},
		{Field: "tags", Old: "x", New: ""},
		{Field: "weight", Old: "0", New: "5"},
	}, d.Update[0].Changes)
}

func TestDiffSortsByKey(t *testing.T) {
	t.Parallel()
	d := member.Diff([]member.Member{seen(9), seen(3), seen(200)}, []member.Spec{spec(30), spec(4), spec(200)})
	require.Len(t, d.Add, 2)
	require.Len(t, d.Remove, 2)
	assert.Equal(t, []member.Key{spec(4).Key(), spec(30).Key()}, []member.Key{d.Add[0].Key(), d.Add[1].Key()})
	assert.Equal(t, []string{"id-3", "id-9"}, []string{d.Remove[0].ID, d.Remove[1].ID})
}

func TestDiffSpellingsOfOneAddress(t *testing.T) {
	t.Parallel()
	six := netip.MustParseAddr("2001:db8::1")
	loud := member.Member{ID: "a", Address: six, Spelling: "2001:DB8::1", Port: 80, Weight: 1, AdminStateUp: true}
	plain := loud
	plain.ID, plain.Spelling = "b", "2001:db8::1"
	want := []member.Spec{{Address: six, Port: 80}}

	assert.True(t, member.Diff([]member.Member{loud}, want).Empty(), "one of them is left as it is spelled")
	d := member.Diff([]member.Member{loud, plain}, want)
	assert.Empty(t, d.Add)
	require.Len(t, d.Remove, 1)
	assert.Equal(t, "a", d.Remove[0].ID, "the canonical one stays")
}

func TestDiffReplacesForAnotherSubnetAndKeepsTheRest(t *testing.T) {
	t.Parallel()
	old := seen(1)
	old.SubnetID, old.Weight, old.Name = "old", 7, "kept"
	want := spec(1)
	want.SubnetID, want.Tags = "new", []string{"t"}
	d := member.Diff([]member.Member{old}, []member.Spec{want})
	require.Len(t, d.Remove, 1)
	require.Len(t, d.Add, 1)
	assert.Empty(t, d.Update)
	assert.Equal(t, 7, *d.Add[0].Weight)
	assert.Equal(t, "kept", d.Add[0].Name)
	assert.Equal(t, []string{"t"}, d.Add[0].Tags)
	want.SubnetID = ""
	want.Tags = nil
	assert.True(t, member.Diff([]member.Member{old}, []member.Spec{want}).Empty(), "no subnet leaves it")
}

func TestDiffLastOfADuplicateCounts(t *testing.T) {
	t.Parallel()
	heavy := spec(1)
	heavy.Weight = new(9)
	d := member.Diff(nil, []member.Spec{spec(1), heavy})
	require.Len(t, d.Add, 1)
	assert.Equal(t, 9, *d.Add[0].Weight)
}
