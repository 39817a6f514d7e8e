// SPDX-License-Identifier: Apache-2.0

package member_test

import (
	"net/netip"
	"testing"

	"github.com/octaviakit/octaviakit/internal/octavia"
	"github.com/octaviakit/octaviakit/member"
	"github.com/octaviakit/octaviakit/provider"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// Octavia keeps an address as it was written, and a batch knows it by that.
func TestMembersKeepTheSpellingThatOctaviaHas(t *testing.T) {
	bubble(t, func(t *testing.T) {
		for _, r := range []provider.Release{provider.Queens, provider.Zed, provider.Epoxy} {
			s := newStage(t, provider.Amphora, r, 1, seconds(1))
			p := s.pools[0]
			theirs := map[string]string{}
			for _, spelled := range []string{"2001:DB8::1", "2001:db8:0:0:0:0:0:2", "2001:0db8::0003", "2001:db8::4"} {
				made, err := octavia.Create(t.Context(), s.client, "lbaas/pools/"+p.ID+"/members", "member", octavia.Object{
					"address": spelled, "protocol_port": 80, "weight": 7,
				})
				require.NoError(t, err)
				theirs[spelled] = made["id"].(string)
				s.settle(p)
			}
			six := func(last string, port uint16) member.Spec {
				return member.Spec{Address: netip.MustParseAddr("2001:db8::" + last), Port: port}
			}
			s.cloud.ForgetCalls()
			same := []member.Spec{six("1", 80), six("2", 80), six("3", 80), six("4", 80)}
			require.NoError(t, s.sync(p, same))
			assert.Empty(t, s.changes())

			same[1].Weight = new(9) // one changes, one goes, two come
			require.NoError(t, s.sync(p, append(same[:3:3], six("5", 80), six("1", 81))))
			got := s.list(p)
			require.Len(t, got, 5)
			for _, m := range got {
				if id, old := theirs[m.Spelling]; old {
					assert.Equal(t, id, m.ID, "%v: %s is the one that was there", r, m.Spelling)
					assert.Contains(t, []int{7, 9}, m.Weight)
				}
			}

			b := member.NewBatcher(s.w, s.how)
			require.NoError(t, b.Remove(t.Context(), p, six("3", 80).Key(), six("1", 81).Key()))
			assert.Equal(t, []string{"[2001:db8::1]:80", "[2001:db8::2]:80", "[2001:db8::5]:80"}, s.keys(p))
		}
	})
}

// Two spellings of one address are two members to Octavia, and one too many.
func TestTheSecondSpellingGoes(t *testing.T) {
	bubble(t, func(t *testing.T) {
		s := newStage(t, provider.Amphora, provider.Epoxy, 1, seconds(1))
		p := s.pools[0]
		for _, spelled := range []string{"2001:DB8::1", "2001:db8::1", "2001:db8::0:1"} {
			_, err := octavia.Create(t.Context(), s.client, "lbaas/pools/"+p.ID+"/members", "member", octavia.Object{
				"address": spelled, "protocol_port": 80,
			})
			require.NoError(t, err)
			s.settle(p)
		}
		b := member.NewBatcher(s.w, s.how)
		one := member.Spec{Address: netip.MustParseAddr("2001:db8::1"), Port: 80, Weight: new(3)}
		require.NoError(t, b.Put(t.Context(), p, one))
		got := s.list(p)
		require.Len(t, got, 1)
		assert.Equal(t, "2001:db8::1", got[0].Spelling)
		assert.Equal(t, 3, got[0].Weight)
	})
}

// Octavia stores a subnet's ID in small letters with dashes, whatever it was given.
func TestSubnetsAreTheSameHoweverTheyAreSpelled(t *testing.T) {
	t.Parallel()
	const id = "2f1d3c1e-8f0a-4f0e-9a53-0d6f8f3f7a11"
	have := []member.Member{{Address: netip.MustParseAddr("10.0.0.1"), Port: 80, SubnetID: id}}
	for _, spelled := range []string{id, "2F1D3C1E-8F0A-4F0E-9A53-0D6F8F3F7A11", "2f1d3c1e8f0a4f0e9a530d6f8f3f7a11"} {
		assert.Empty(t, member.Diff(have, []member.Spec{{Address: have[0].Address, Port: 80, SubnetID: spelled}}), spelled)
	}
	other := member.Diff(have, []member.Spec{{Address: have[0].Address, Port: 80, SubnetID: "2f1d3c1e-8f0a-4f0e-9a53-0d6f8f3f7a12"}})
	assert.Len(t, other.Remove, 1)
}
