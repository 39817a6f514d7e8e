// SPDX-License-Identifier: Apache-2.0

package lb_test

import (
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"unicode"
	"unicode/utf8"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/octaviakit/octaviakit/fake"
	"github.com/octaviakit/octaviakit/floatingip"
	"github.com/octaviakit/octaviakit/lb"
	"github.com/octaviakit/octaviakit/member"
	"github.com/octaviakit/octaviakit/monitor"
	"github.com/octaviakit/octaviakit/provider"
)

func TestStoredName(t *testing.T) {
	t.Parallel()
	for _, fits := range []string{"", "web", strings.Repeat("a", 255), strings.Repeat("ä", 255)} {
		assert.Equal(t, fits, lb.StoredName(fits))
	}
	long := strings.Repeat("ä", 256)
	cut := lb.StoredName(long)
	assert.Equal(t, strings.Repeat("ä", 222)+"-080cf4f42be27583303f1d18f51c4f66", cut, "stable: it is how a load balancer is found again")
	assert.Equal(t, 255, utf8.RuneCountInString(cut))
	assert.Equal(t, cut, lb.StoredName(cut))
	assert.NotEqual(t, cut, lb.StoredName(long+"b"), "what is cut off still tells them apart")
}

// long are names that differ only behind the 255 characters that are stored.
func long(end string) string { return strings.Repeat("long-", 60) + end }

func longNamed(cloud *fake.Cloud, end string) lb.Spec {
	return lb.Spec{
		Name: long(end), VIP: lb.VIP{SubnetID: cloud.SubnetID()}, FloatingIP: &floatingip.Spec{},
		Pools: []lb.Pool{
			{Name: long("a"), Protocol: lb.HTTP, Members: []member.Spec{{Address: members(1, 80)[0].Address, Port: 80, Name: long("m")}}},
			{Name: long("b"), Protocol: lb.HTTP, Monitor: &monitor.Spec{Name: long("hm")}},
		},
		Listeners: []lb.Listener{
			{Name: long("a"), Protocol: lb.HTTP, Port: 80, Pool: long("a"), Policies: []lb.Policy{
				{Name: long("p"), Action: lb.RedirectToPool, RedirectPool: long("b")}, {Name: long("q"), Action: lb.Reject},
			}},
			{Name: long("b"), Protocol: lb.HTTP, Port: 81, Pool: long("b")},
		},
	}
}

// Names of any length work throughout: made, found again, told apart, removed; with
// tags and without.
func TestLongNames(t *testing.T) {
	t.Parallel()
	for _, release := range []provider.Release{provider.Epoxy, provider.Rocky} {
		synctest.Test(t, func(t *testing.T) {
			cloud := cell{provider.Amphora, release}.cloud()
			e := engine(cloud)
			one, two := longNamed(cloud, "one"), longNamed(cloud, "two")
			require.NoError(t, one.Validate())
			for _, s := range []lb.Spec{one, two} {
				g, err := e.Ensure(t.Context(), s)
				require.NoError(t, err)
				settled(t, g)
				assert.Equal(t, lb.StoredName(s.Name), g.Name())
				plan, err := e.Plan(t.Context(), s)
				require.NoError(t, err)
				assert.True(t, plan.Empty(), "%s", plan)
			}
			var names []string
			for n, err := range e.Names(t.Context()) {
				require.NoError(t, err)
				names = append(names, n)
			}
			assert.Equal(t, []string{lb.StoredName(one.Name), lb.StoredName(two.Name)}, names)
			require.NoError(t, e.Delete(t.Context(), names[0]), "by the stored name")
			require.NoError(t, e.Delete(t.Context(), two.Name), "by the whole name")
			assert.Equal(t, fresh(cell{provider.Amphora, release}), cloud.Dump(), "nothing is left")
		})
	}
}

func TestNamesThatAreStoredAlikeAreOne(t *testing.T) {
	t.Parallel()
	s := lb.Spec{Name: "web", VIP: lb.VIP{SubnetID: anID}, Pools: []lb.Pool{
		{Name: long("a"), Protocol: lb.TCP}, {Name: lb.StoredName(long("a")), Protocol: lb.TCP},
	}}
	assert.Len(t, faults(t, s.Validate()), 1)
}

// A pool's MemberSubnetID is that of each member without one, in what is made, in
// what is compared, and in what is refused.
func TestMemberSubnetOfThePool(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		cloud := cell{provider.OVN, provider.Train}.cloud()
		s := lb.Spec{Name: "shop", Provider: provider.OVN, VIP: lb.VIP{SubnetID: cloud.SubnetID()}}
		s.Pools = []lb.Pool{{Name: "web", Protocol: lb.TCP, Members: members(3, 80)}}
		e := engine(cloud)
		_, err := e.Ensure(t.Context(), s)
		require.ErrorContains(t, err, `pools["web"].members[0].subnetID: ovn at`)

		s.Pools[0].MemberSubnetID = cloud.MemberSubnetID()
		before := slices.Clone(s.Pools[0].Members)
		_, err = e.Ensure(t.Context(), s)
		require.NoError(t, err)
		assert.Equal(t, before, s.Pools[0].Members, "the Spec is not written to")
		g, err := e.Ensure(t.Context(), s)
		require.NoError(t, err)
		got, err := member.List(t.Context(), cloud.LoadBalancer(), poolID(g, "pool/web"))
		require.NoError(t, err)
		require.Len(t, got, 3)
		for _, m := range got {
			assert.Equal(t, cloud.MemberSubnetID(), m.SubnetID)
		}
	})
}

func poolID(g *lb.Graph, path string) string {
	for n := range g.Nodes() {
		if n.Path == path {
			return n.ID
		}
	}
	return ""
}

// Kuryr's names have slashes; names in plans are as they are, in paths escaped.
func TestNamesOfAnyCharacters(t *testing.T) {
	in(t, func(t *testing.T, c cell, cloud *fake.Cloud) {
		spec := service(cloud, c, 1, 2)
		spec.Name, spec.Pools[0].Name, spec.Listeners[0].Name = "shop/web", "shop/web:TCP:80", "{shop/web}%2F"
		spec.Listeners[0].Pool = spec.Pools[0].Name
		e := engine(cloud)
		plan, err := e.Plan(t.Context(), spec)
		require.NoError(t, err)
		assert.Contains(t, plan.String(), "loadbalancer shop/web ")
		assert.Contains(t, plan.String(), "listener {shop/web}%2F ")
		g, err := e.Ensure(t.Context(), spec)
		require.NoError(t, err)
		assert.Equal(t, "shop/web", g.Name())

		spec.Pools[0].Members = spec.Pools[0].Members[:1]
		plan, err = e.Plan(t.Context(), spec)
		require.NoError(t, err)
		assert.Contains(t, plan.String(), "    pool shop/web:TCP:80\n")
		_, err = e.Ensure(t.Context(), spec)
		require.NoError(t, err)
		require.NoError(t, e.Delete(t.Context(), spec.Name))
		assert.Equal(t, fresh(c), cloud.Dump())
	})
}

// What a name or a description has in it does not change how a plan reads.
func TestAPlanReadsTheSameWhateverItIsAbout(t *testing.T) {
	t.Parallel()
	spec := lb.Spec{Name: "shop", VIP: lb.VIP{SubnetID: fake.New().SubnetID()}}
	shop(&spec)
	plain, err := lb.Diff("test", spec, nil, lookup(t, provider.Amphora, provider.Zed))
	require.NoError(t, err)
	odd := "web\n\n!  1. DELETE\x1b[2K\u2028\r"
	spec.Pools[0].Name, spec.Listeners[0].Pool, spec.Listeners[0].Name = odd, odd, odd
	plan, err := lb.Diff("test", spec, nil, lookup(t, provider.Amphora, provider.Zed))
	require.NoError(t, err)
	assert.Equal(t, strings.Count(plain.String(), "\n"), strings.Count(plan.String(), "\n"), "%s", plan)
	assert.False(t, strings.ContainsFunc(plan.String(), func(r rune) bool { return r != '\n' && unicode.IsControl(r) || r == '\u2028' }))
	assert.Contains(t, plan.String(), `web\n\n!  1. DELETE\x1b[2K\u2028\r`)
}

// Octavia stores IDs in small letters with dashes, whatever it was given: another spelling is
// the same thing, and nothing is made anew for it.
func TestIDsAreTheSameHoweverTheyAreSpelled(t *testing.T) {
	t.Parallel()
	spellings := map[string]func(string) string{
		"capitals":  strings.ToUpper,
		"no dashes": func(id string) string { return strings.ReplaceAll(id, "-", "") },
	}
	for name, spelled := range spellings {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				c := cell{provider.Amphora, provider.Epoxy}
				cloud := c.cloud()
				w := newWorld(t, c, cloud)
				s := lb.Spec{
					Name: "shop", Flavor: spelled(w.fast),
					VIP: lb.VIP{
						SubnetID: spelled(w.subnet), NetworkID: spelled(w.network), QoSPolicyID: new(spelled(w.qos)),
						SecurityGroupIDs: []string{spelled(w.group)}, Additional: []lb.AdditionalVIP{{SubnetID: spelled(w.subnet6)}},
					},
					Pools: []lb.Pool{
						{Name: "a", Protocol: lb.TCP, MemberSubnetID: spelled(w.members), Members: members(2, 80)},
						{Name: "b", Protocol: lb.TCP, Members: []member.Spec{{Address: members(1, 81)[0].Address, Port: 81, SubnetID: spelled(w.members)}}},
					},
				}
				e := engine(cloud)
				g, err := e.Ensure(t.Context(), s)
				require.NoError(t, err)
				left, err := e.Plan(t.Context(), s)
				require.NoError(t, err)
				assert.True(t, left.Empty(), "%s", left)
				assert.Equal(t, w.subnet, g.Spec().VIP.SubnetID)

				s.VIP.Additional = append(s.VIP.Additional, lb.AdditionalVIP{SubnetID: w.subnet})
				require.ErrorContains(t, s.Validate(), "vip.additional[1].subnetID: is used by another VIP")
			})
		})
	}
}

func TestMembersHaveNamesOfAnyLetters(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		cloud := cell{provider.Amphora, provider.Epoxy}.cloud()
		s := lb.Spec{Name: "shop", VIP: lb.VIP{SubnetID: cloud.SubnetID()}, Pools: []lb.Pool{{
			Name: "web", Protocol: lb.TCP, Members: members(1, 80), Monitor: &monitor.Spec{Name: strings.Repeat("日", 300)},
		}}}
		s.Pools[0].Members[0].Name, s.Pools[0].Members[0].Tags = strings.Repeat("ä", 300), []string{strings.Repeat("é", 255)}
		s.Pools[0].Monitor.Tags = []string{strings.Repeat("é", 255)}
		e := engine(cloud)
		_, err := e.Ensure(t.Context(), s)
		require.NoError(t, err)
		left, err := e.Plan(t.Context(), s)
		require.NoError(t, err)
		assert.True(t, left.Empty(), "%s", left)

		s.Pools[0].Members[0].Tags = []string{strings.Repeat("é", 256)}
		require.ErrorContains(t, s.Validate(), "256 characters")
	})
}
