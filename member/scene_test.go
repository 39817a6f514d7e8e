// SPDX-License-Identifier: Apache-2.0

package member_test

import (
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
