// SPDX-License-Identifier: Apache-2.0

package member_test

import (
	"errors"
	"testing"

	"github.com/octaviakit/octaviakit/member"
	"github.com/octaviakit/octaviakit/provider"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

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
		"POST member 10.0.0.50:80", "POST member 10.0.0.51:80", "DELETE member id-1", "DELETE member id-2",
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
