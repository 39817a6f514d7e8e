// SPDX-License-Identifier: Apache-2.0

package member_test

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"net/netip"
	"testing"

	"github.com/octaviakit/octaviakit/member"
	"github.com/octaviakit/octaviakit/provider"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func plan(have []member.Member, want []member.Spec, how member.How) []string {
	var out []string
	for _, r := range member.Requests(have, member.Diff(have, want), how) {
		out = append(out, r.String())
	}
	return out
}

func pool(n int) ([]member.Member, []member.Spec) {
	var have []member.Member
	var want []member.Spec
	for i := range n {
		have, want = append(have, seen(i+1)), append(want, spec(i+1))
	}
	return have, want
}

func TestOneChangeIsOneSingleCall(t *testing.T) {
	t.Parallel()
	have, want := pool(3)
	assert.Empty(t, plan(have, want, member.How{}))
	assert.Equal(t, []string{"POST member 10.0.0.4:80"}, plan(have, append(want, spec(4)), member.How{}))
	assert.Equal(t, []string{"DELETE member id-3"}, plan(have, want[:2], member.How{}))
	want[0].Weight = new(0)
	assert.Equal(t, []string{"PUT member id-1"}, plan(have, want, member.How{}))
	r := member.Requests(have, member.Diff(have, want), member.How{})
	assert.Equal(t, []map[string]any{{"weight": 0}}, r[0].Members, "nothing but what changes")
}

func TestExactPutEchoesWhatItDoesNotOwn(t *testing.T) {
	t.Parallel()
	have, want := pool(3)
	have[0].Weight, have[0].AdminStateUp, have[0].Backup, have[0].MonitorPort = 0, false, true, 8080
	have[0].MonitorAddress, have[0].SubnetID, have[0].Name = at(9), "s", "n"
	want[1].Weight = new(5)
	r := member.Requests(have, member.Diff(have, want[:2]), member.How{})
	require.Len(t, r, 1)
	assert.Equal(t, "PUT members: 2 in all, 1 changed, 1 removed", r[0].String())
	assert.Equal(t, map[string]any{
		"address": "10.0.0.1", "protocol_port": 80, "weight": 0, "admin_state_up": false, "backup": true,
		"monitor_address": "10.0.0.9", "monitor_port": 8080, "subnet_id": "s",
	}, r[0].Members[0], "name and tags are kept by omission")
	assert.NotContains(t, r[0].Members[1], "monitor_port", "ovn refuses a batch that names it, even null")
	assert.Equal(t, 5, r[0].Members[1]["weight"])
}

func TestReplacementsTakeTwoCyclesTogether(t *testing.T) {
	t.Parallel()
	have, want := pool(4)
	for i := range have {
		have[i].SubnetID, want[i].SubnetID = "old", "new"
	}
	want[3].SubnetID = "old"
	assert.Equal(t, []string{
		"PUT members: 1 in all, 0 changed, 3 removed",
		"PUT members: 4 in all, 3 changed, 0 removed",
	}, plan(have, want, member.How{}))
}

func TestLargePoolsFitTheBodyLimit(t *testing.T) {
	t.Parallel()
	have, want := pool(1000)
	for i := range have {
		have[i].SubnetID = "354c9a49-1295-4e45-a7c6-5e3cd3a8e161"
	}
	rs := member.Requests(have, member.Diff(have, want[:998]), member.How{})
	require.Len(t, rs, 1, "echoes without defaults still fit")
	assertFits(t, rs)

	for i := range have {
		have[i].MonitorAddress, have[i].MonitorPort = netip.MustParseAddr(fmt.Sprintf("2001:db8:1111:2222:3333:4444:5555:%x", i)), 8080
	}
	rs = member.Requests(have, member.Diff(have, want[:998]), member.How{})
	require.Len(t, rs, 2, "what does not fit is deleted one by one")
	assert.Equal(t, "DELETE member id-1000", rs[1].String())
}

func assertFits(t *testing.T, rs []member.Request) {
	t.Helper()
	for _, r := range rs {
		raw, err := json.Marshal(map[string]any{"members": r.Members})
		require.NoError(t, err)
		assert.LessOrEqual(t, len(raw), 114688)
	}
}

// TestRequestsReachTheWish plays random plans against a model of Octavia: the
// wish comes true, and no field that it leaves alone changes.
func TestRequestsReachTheWish(t *testing.T) {
	t.Parallel()
	for seed := range uint64(40) {
		reachTheWish(t, seed)
	}
}

func FuzzRequests(f *testing.F) {
	f.Add(uint64(1))
	f.Fuzz(reachTheWish)
}

func reachTheWish(t *testing.T, seed uint64) {
	t.Helper()
	r := rand.New(rand.NewPCG(seed, 0)) //nolint:gosec // a test wants the same sequence again
	have, want := scene(r)
	for name, how := range hows(t) {
		d := member.Diff(have, want)
		m := newModel(t, have)
		rs := member.Requests(have, d, how)
		assertFits(t, rs)
		for _, q := range rs {
			m.apply(q)
		}
		now := m.list()
		if how.Caps.HasQuirk(provider.QuirkOVNMemberCreatedDisabledGetsTraffic) && !how.Caps.BatchMembers() {
			for _, q := range member.Requests(now, member.Diff(now, andAdminState(want, have)), how) { // left to the next reading
				m.apply(q)
			}
			now = m.list()
		}
		msg := fmt.Sprintf("seed %d, %s: %v", seed, name, rs)
		assert.True(t, member.Diff(now, want).Empty(), msg)
		assert.Len(t, now, len(keysOf(want)), msg)
		before := map[member.Key]member.Member{}
		for _, x := range have {
			before[x.Key()] = x
		}
		for _, x := range now {
			if old, ok := before[x.Key()]; ok && old.Spelling == x.Spelling {
				s := keysOf(want)[x.Key()]
				assertLeftAlone(t, old, x, s, msg)
			}
		}
	}
}

// An additive batch does not name the others, and Octavia hands them to the driver all the
// same: ovn before 10.0.0 is at work on each of them long after all reads ACTIVE.
func TestAFewOfManyAreChangedOneByOneOnOVN(t *testing.T) {
	t.Parallel()
	how := member.How{Caps: caps(t, provider.OVN, provider.Epoxy)}
	have, want := pool(40)
	for i := range have {
		have[i].SubnetID, want[i].SubnetID = "net", "net"
	}
	want[3].Name, want[9].Name = "three", "nine"
	want = append(want[1:], member.Spec{Address: at(500), Port: 80, SubnetID: "net"})
	assert.Equal(t, []string{"POST member 10.0.1.244:80", "PUT member id-4", "PUT member id-10", "DELETE member id-1"}, plan(have, want, how))
	want[0].Name, want[1].Name, want[12].Name, want[13].Name, want[14].Name, want[15].Name = "a", "b", "c", "d", "e", "f"
	assert.Equal(t, []string{"PUT members additive: 9 added or changed", "DELETE member id-1"}, plan(have, want, how), "of more than eight the batch is quicker")
	assert.Equal(t, []string{"PUT members additive: 3 added or changed"}, plan(have[1:8], want[:7], how), "of few others, too")
}

func TestAdditiveWhereTheCloudHasIt(t *testing.T) {
	t.Parallel()
	have, want := pool(3)
	want = append(want, spec(4), spec(5))
	how := member.How{Caps: caps(t, provider.Amphora, provider.Epoxy)}
	assert.Equal(t, []string{"PUT members additive: 2 added or changed"}, plan(have, want, how))
	assert.Equal(t, []string{"PUT members: 4 in all, 2 changed, 1 removed"}, plan(have, want[1:], how), "one exact PUT is one cycle")
	assert.Equal(t, []string{"PUT members: 5 in all, 2 changed, 0 removed"}, plan(have, want, member.How{Caps: caps(t, provider.Amphora, provider.Stein)}))

	_, many := pool(250)
	assert.Equal(t, []string{"PUT members additive: 250 added or changed"}, plan(nil, many, how))
	how.MaxBatch = 100
	assert.Equal(t, []string{
		"PUT members additive: 100 added or changed", "PUT members additive: 100 added or changed", "PUT members additive: 50 added or changed",
	}, plan(nil, many, how))
}

func TestSharedPoolsAvoidTheExactPut(t *testing.T) {
	t.Parallel()
	have, want := pool(8)
	how := member.How{Caps: caps(t, provider.Amphora, provider.Epoxy), Share: true}
	assert.Equal(t, []string{
		"PUT members additive: 2 added or changed", "DELETE member id-1", "DELETE member id-2",
	}, plan(have, append(want[2:], spec(20), spec(21)), how))
	assert.Equal(t, []string{"PUT members: 3 in all, 0 changed, 5 removed"}, plan(have, want[5:8:8], how), "five cycles are too many")
	how.Caps = caps(t, provider.Amphora, provider.Stein)
	assert.Equal(t, []string{"POST member 10.0.0.20:80", "POST member 10.0.0.21:80"}, plan(have, append(want[:8:8], spec(20), spec(21)), how))
}
