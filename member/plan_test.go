// SPDX-License-Identifier: Apache-2.0

package member_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/netip"
	"slices"
	"strings"
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

// andAdminState is what Sync remembers of members that it replaces.
func andAdminState(want []member.Spec, have []member.Member) []member.Spec {
	out := slices.Clone(want)
	for i, s := range out {
		for _, m := range have {
			if m.Key() == s.Key() && s.AdminStateUp == nil {
				out[i].AdminStateUp = new(m.AdminStateUp)
			}
		}
	}
	return out
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
func hows(t *testing.T) map[string]member.How {
	t.Helper()
	out := map[string]member.How{"unknown": {}, "shared": {Share: true}}
	for _, c := range []struct {
		name provider.Name
		at   []provider.Release
	}{
		{provider.Amphora, []provider.Release{provider.Queens, provider.Rocky, provider.Train, provider.Epoxy}},
		{provider.OVN, []provider.Release{
			provider.Stein, provider.Train, provider.Ussuri, provider.Victoria, provider.Xena, provider.Zed, provider.Epoxy,
		}},
	} {
		for _, r := range c.at {
			caps, err := provider.Lookup(c.name, r)
			require.NoError(t, err)
			for _, share := range []bool{false, true} {
				for _, limit := range []int{0, 2} {
					out[fmt.Sprintf("%s %s share=%t max=%d", c.name, r, share, limit)] = member.How{Caps: caps, Share: share, MaxBatch: limit}
				}
			}
		}
	}
	return out
}

func caps(t *testing.T, n provider.Name, r provider.Release) provider.Capabilities {
	t.Helper()
	c, err := provider.Lookup(n, r)
	require.NoError(t, err)
	return c
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

func TestDriverDefectsAreWorkedAround(t *testing.T) {
	t.Parallel()
	have, want := pool(2)
	ovn := func(r provider.Release) member.How { return member.How{Caps: caps(t, provider.OVN, r)} }

	assert.Equal(t, []string{"POST member 10.0.0.1:80", "POST member 10.0.0.2:80"}, plan(nil, want, ovn(provider.Train)), "batch answers 500")
	assert.Equal(t, []string{"POST member 10.0.0.1:80", "POST member 10.0.0.2:80"}, plan(nil, want, ovn(provider.Victoria)), "not into an empty pool")
	_, three := pool(3)
	assert.Equal(t, []string{"POST member 10.0.0.1:80", "PUT members additive: 2 added or changed"}, plan(nil, three, ovn(provider.Victoria)))
	trio, _ := pool(3)
	assert.Equal(t, []string{"PUT members: 1 in all, 0 changed, 2 removed", "DELETE member id-3"},
		plan(trio, nil, member.How{Caps: caps(t, provider.Amphora, provider.Train)}), "an empty batch answers 500")
	assert.Equal(t, []string{"PUT members: 0 in all, 0 changed, 2 removed"}, plan(have, nil, member.How{Caps: caps(t, provider.Amphora, provider.Epoxy)}))

	down := []member.Spec{spec(3), spec(4)}
	down[1].AdminStateUp = new(false)
	rs := member.Requests(nil, member.Diff(nil, down), ovn(provider.Zed))
	require.Len(t, rs, 2, "created in service, then taken out")
	assert.NotContains(t, rs[0].Members[1], "admin_state_up")
	assert.Equal(t, false, rs[1].Members[0]["admin_state_up"])
	assert.Len(t, plan(nil, down, ovn(provider.Epoxy)), 1)
}

// ovn before 10.0.0 works on each member that a batch names, changed or not.
func TestFewRemovalsFromALargePoolOnOVN(t *testing.T) {
	t.Parallel()
	have, want := pool(40)
	ovn := func(r provider.Release) member.How { return member.How{Caps: caps(t, provider.OVN, r)} }
	assert.Equal(t, []string{"DELETE member id-1", "DELETE member id-2"}, plan(have, want[2:], ovn(provider.Epoxy)))
	assert.Equal(t, []string{
		"PUT members additive: 2 added or changed", "DELETE member id-1", "DELETE member id-2",
	}, plan(have, append(want[2:40:40], spec(50), spec(51)), ovn(provider.Epoxy)))
	assert.Equal(t, []string{"PUT members: 38 in all, 0 changed, 2 removed"}, plan(have, want[2:], ovn(provider.Hibiscus)), "three requests at most")
	assert.Equal(t, []string{"PUT members: 31 in all, 0 changed, 9 removed"}, plan(have, want[9:], ovn(provider.Epoxy)), "too many cycles")
	few, all := pool(7)
	assert.Equal(t, []string{"PUT members: 5 in all, 0 changed, 2 removed"}, plan(few, all[2:], ovn(provider.Epoxy)))
}

func TestTagsGetCompanyWhereTheyNeedIt(t *testing.T) {
	t.Parallel()
	m := seen(1)
	m.Weight = 7
	s := spec(1)
	s.Tags = []string{"blue"}
	for r, body := range map[provider.Release]map[string]any{
		provider.Train: {"tags": []string{"blue"}, "weight": 7},
		provider.Epoxy: {"tags": []string{"blue"}},
	} {
		rs := member.Requests([]member.Member{m}, member.Diff([]member.Member{m}, []member.Spec{s}), member.How{Caps: caps(t, provider.Amphora, r)})
		require.Len(t, rs, 1)
		assert.Equal(t, []map[string]any{body}, rs[0].Members, r)
	}
}

func TestHowValidateKnowsTheDriver(t *testing.T) {
	t.Parallel()
	odd := spec(1)
	odd.Weight, odd.Backup, odd.MonitorPort, odd.MonitorAddress = new(0), new(true), new(uint16(8080)), new(at(9))
	require.NoError(t, member.How{}.Validate([]member.Spec{odd}), "nothing is known")
	require.NoError(t, member.How{Caps: caps(t, provider.Amphora, provider.Epoxy)}.Validate([]member.Spec{odd}))
	err := member.How{Caps: caps(t, provider.OVN, provider.Epoxy)}.Validate([]member.Spec{spec(2), odd, {}})
	require.ErrorIs(t, err, errors.ErrUnsupported)
	for _, path := range []string{"members[1].weight", "members[1].backup", "members[1].monitorPort", "members[1].monitorAddress", "members[2].address"} {
		assert.ErrorContains(t, err, path)
	}
	err = member.How{Caps: caps(t, provider.OVN, provider.Train)}.Validate([]member.Spec{spec(2)})
	assert.Equal(t, []string{"members[0].subnetID"}, paths(err))
}
