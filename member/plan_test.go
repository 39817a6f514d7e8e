// SPDX-License-Identifier: Apache-2.0

package member_test

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"net/netip"
	"strings"
	"testing"

	"github.com/octaviakit/octaviakit/member"
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
	for seed := range uint64(400) {
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
	for name, how := range hows() {
		d := member.Diff(have, want)
		m := newModel(t, have)
		rs := member.Requests(have, d, how)
		assertFits(t, rs)
		for _, q := range rs {
			m.apply(q)
		}
		now := m.list()
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

func keysOf(want []member.Spec) map[member.Key]member.Spec {
	out := map[member.Key]member.Spec{}
	for _, s := range want {
		out[s.Key()] = s
	}
	return out
}

func assertLeftAlone(t *testing.T, old, now member.Member, s member.Spec, msg string) {
	t.Helper()
	if s.Weight == nil {
		assert.Equal(t, old.Weight, now.Weight, msg)
	}
	if s.AdminStateUp == nil {
		assert.Equal(t, old.AdminStateUp, now.AdminStateUp, msg)
	}
	if s.Backup == nil {
		assert.Equal(t, old.Backup, now.Backup, msg)
	}
	if s.MonitorPort == nil {
		assert.Equal(t, old.MonitorPort, now.MonitorPort, msg)
	}
	if s.MonitorAddress == nil {
		assert.Equal(t, old.MonitorAddress, now.MonitorAddress, msg)
	}
	if s.Name == "" {
		assert.Equal(t, old.Name, now.Name, msg)
	}
	if s.Tags == nil {
		assert.Equal(t, old.Tags, now.Tags, msg)
	}
	if s.SubnetID == "" {
		assert.Equal(t, old.SubnetID, now.SubnetID, msg)
	}
}

// scene is a pool that many have touched, and somebody's wish.
func scene(r *rand.Rand) (have []member.Member, want []member.Spec) {
	pick := func() bool { return r.IntN(3) == 0 }
	for i := range r.IntN(12) {
		x := seen(i + 1)
		if pick() {
			x.Address = netip.MustParseAddr(fmt.Sprintf("2001:db8::%x", i+1))
			x.Spelling = x.Address.String()
			if pick() {
				x.Spelling = strings.ToUpper(x.Spelling)
			}
		}
		x.Weight, x.Backup, x.AdminStateUp = r.IntN(3), pick(), !pick()
		if pick() {
			x.MonitorPort, x.MonitorAddress, x.SubnetID = 8080, at(99), "subnet-1"
			x.Name, x.Tags = "somebody's", []string{"mine"}
		}
		have = append(have, x)
		if !pick() {
			want = append(want, wish(r, member.Spec{Address: x.Address, Port: x.Port}))
		}
	}
	for i := range r.IntN(4) {
		want = append(want, wish(r, spec(100+i)))
	}
	return have, want
}

func wish(r *rand.Rand, s member.Spec) member.Spec {
	pick := func() bool { return r.IntN(4) == 0 }
	if pick() {
		s.Weight = new(r.IntN(3))
	}
	if pick() {
		s.Backup, s.AdminStateUp = new(pick()), new(pick())
	}
	if pick() {
		s.MonitorPort, s.MonitorAddress = new(uint16(0)), new(netip.Addr{})
	}
	if pick() {
		s.MonitorPort = new(uint16(9090))
	}
	if pick() {
		s.Tags = []string{}
	}
	if pick() {
		s.Name, s.SubnetID = "ours", fmt.Sprint("subnet-", r.IntN(3))
	}
	return s
}

// hows are the ways to send, by name.
func hows() map[string]member.How {
	return map[string]member.How{
		"unknown": {},
		"shared":  {Share: true},
	}
}
