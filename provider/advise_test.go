// SPDX-License-Identifier: Apache-2.0

package provider_test

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/octaviakit/octaviakit/provider"
)

func advise(t *testing.T, r provider.Requirements, at ...provider.Release) provider.Advice {
	t.Helper()
	var cs []provider.Capabilities
	for _, rel := range at {
		cs = append(cs, lookup(t, provider.Amphora, rel), lookup(t, provider.OVN, rel))
	}
	a, err := provider.Advise(r, cs...)
	require.NoError(t, err)
	require.Len(t, a.Choices, max(len(cs), 2))
	for _, c := range a.Choices {
		refused := slices.ContainsFunc(c.Findings, func(f provider.Finding) bool { return f.Kind == provider.Refusal })
		assert.NotEqual(t, refused, c.Fits)
	}
	return a
}

func choice(t *testing.T, a provider.Advice, n provider.Name) provider.Choice {
	t.Helper()
	i := slices.IndexFunc(a.Choices, func(c provider.Choice) bool { return c.Provider == n })
	require.GreaterOrEqual(t, i, 0)
	return a.Choices[i]
}

func has(c provider.Choice, k provider.FindingKind, row provider.Feature) bool {
	return slices.ContainsFunc(c.Findings, func(f provider.Finding) bool { return f.Kind == k && f.Row == row })
}

func TestAdviseIngress(t *testing.T) {
	t.Parallel()
	a := advise(t, provider.Requirements{Protocols: []string{"HTTP", "TERMINATED_HTTPS"}, L7: true}, provider.Epoxy)
	best, ok := a.Best()
	require.True(t, ok)
	assert.Equal(t, provider.Amphora, best.Provider)
	ovn := choice(t, a, provider.OVN)
	assert.False(t, ovn.Fits)
	assert.True(t, has(ovn, provider.Refusal, provider.ListenerHTTP))
	assert.True(t, has(ovn, provider.Refusal, provider.PolicyRedirectPool))
	for _, u := range ovn.Upgrades {
		for _, f := range u.Ends {
			assert.NotEqual(t, provider.Refusal, f.Kind, "no release of ovn will do HTTP")
		}
	}
}

func TestAdviseLocal(t *testing.T) {
	t.Parallel()
	r := provider.Requirements{Local: true, ClientIP: provider.ClientIPTold, LoadBalancers: 10}
	before := choice(t, advise(t, r, provider.Victoria), provider.OVN)
	assert.False(t, before.Fits)
	require.NotEmpty(t, before.Upgrades)
	assert.Equal(t, provider.Xena, before.Upgrades[0].Release, "health monitors come with Xena")
	assert.Equal(t, provider.HealthMonitor, before.Upgrades[0].Ends[0].Row)

	young := choice(t, advise(t, r, provider.Zed), provider.OVN)
	assert.True(t, young.Fits)
	assert.True(t, has(young, provider.Risk, provider.HealthMonitor))

	after, ok := advise(t, r, provider.Epoxy).Best()
	require.True(t, ok)
	assert.Equal(t, provider.OVN, after.Provider)
	assert.Less(t, after.Points, young.Points)

	a := advise(t, r, provider.Epoxy)
	assert.True(t, has(choice(t, a, provider.Amphora), provider.Advantage, provider.MonitorHTTP), "the health-check node port")
}

func TestAdvisePods(t *testing.T) {
	t.Parallel()
	r := provider.Requirements{Members: provider.Pods, LoadBalancers: 50, HA: true, Machines: 10, ChangesPerHour: 30000}
	a := advise(t, r, provider.Epoxy)
	best, ok := a.Best()
	require.True(t, ok)
	assert.Equal(t, provider.OVN, best.Provider)
	assert.Contains(t, a.String(), "! 100 machines for 50 load balancers, where 10 are allowed")

	r.Machines = 0
	a = advise(t, r, provider.Epoxy)
	best, _ = a.Best()
	assert.Equal(t, provider.OVN, best.Provider, "a hundred machines are no refusal, but they weigh")
	assert.Contains(t, a.String(), "unless they are batched")
}

func TestAdviseClientIP(t *testing.T) {
	t.Parallel()
	a := advise(t, provider.Requirements{ClientIP: provider.ClientIPOnPacket}, provider.Epoxy)
	assert.True(t, has(choice(t, a, provider.Amphora), provider.Refusal, provider.ClientSourceIP))
	assert.True(t, has(choice(t, a, provider.OVN), provider.Advantage, provider.ClientSourceIP))

	a = advise(t, provider.Requirements{ClientIP: provider.ClientIPTold, Protocols: []string{"UDP"}}, provider.Epoxy)
	assert.False(t, choice(t, a, provider.Amphora).Fits)
	a = advise(t, provider.Requirements{ClientIP: provider.ClientIPTold}, provider.Epoxy)
	assert.True(t, has(choice(t, a, provider.Amphora), provider.Risk, provider.PoolPROXY))
	a = advise(t, provider.Requirements{ClientIP: provider.ClientIPTold, Protocols: []string{"TERMINATED_HTTPS"}}, provider.Epoxy)
	assert.True(t, has(choice(t, a, provider.Amphora), provider.Advantage, provider.HeaderXForwarded))
}

func TestAdviseNeeds(t *testing.T) {
	t.Parallel()
	for row, r := range map[provider.Feature]provider.Requirements{
		provider.AllowedCIDRs:           {AllowedCIDRs: true},
		provider.MemberWeight:           {Weights: true},
		provider.LoadBalancerStatistics: {Statistics: true},
		provider.PolicyRedirectPool:     {L7: true},
		provider.HSTS:                   {Also: []provider.Feature{provider.HSTS}},
	} {
		a := advise(t, r, provider.Epoxy)
		assert.True(t, choice(t, a, provider.Amphora).Fits, row)
		assert.True(t, has(choice(t, a, provider.OVN), provider.Refusal, row), row)
	}
	dual := provider.Requirements{DualStack: true}
	ovn := choice(t, advise(t, dual, provider.Zed), provider.OVN)
	require.False(t, ovn.Fits)
	assert.Equal(t, provider.Caracal, ovn.Upgrades[slices.IndexFunc(ovn.Upgrades, func(u provider.Upgrade) bool {
		return slices.ContainsFunc(u.Ends, func(f provider.Finding) bool { return f.Row == provider.DualStackVIP })
	})].Release)

	passed := choice(t, advise(t, provider.Requirements{Protocols: []string{"HTTPS"}}, provider.Epoxy), provider.OVN)
	assert.True(t, passed.Fits, "TLS that is passed through is TCP")
	mixed := provider.Requirements{Protocols: []string{"TCP", "UDP"}}
	assert.False(t, choice(t, advise(t, mixed, provider.Train), provider.OVN).Fits, "one protocol a load balancer until Ussuri")
	assert.True(t, choice(t, advise(t, mixed, provider.Ussuri), provider.OVN).Fits)
}

func TestAdviseInput(t *testing.T) {
	t.Parallel()
	_, err := provider.Advise(provider.Requirements{Protocols: []string{"TCP", "QUIC"}})
	var u *provider.UnknownError
	require.ErrorAs(t, err, &u)
	assert.Equal(t, "QUIC", u.Value)

	a, err := provider.Advise(provider.Requirements{})
	require.NoError(t, err)
	require.Len(t, a.Choices, 2)
	assert.Equal(t, provider.At(provider.Gazpacho), a.Choices[0].At, "the newest published release")

	none, err := provider.Advise(provider.Requirements{L7: true}, lookup(t, provider.OVN, provider.Epoxy))
	require.NoError(t, err)
	_, ok := none.Best()
	assert.False(t, ok)
	_, ok = provider.Advice{}.Best()
	assert.False(t, ok)

	var nothing provider.Capabilities
	a, err = provider.Advise(provider.Requirements{}, nothing)
	require.NoError(t, err)
	assert.False(t, a.Choices[0].Fits, "what can do nothing fits nothing")
	require.NotErrorIs(t, err, errors.ErrUnsupported)
}

// TestAdviseIsStable: the order of candidates does not change the advice, and the
// same question has the same answer to the byte.
func TestAdviseIsStable(t *testing.T) {
	t.Parallel()
	r := provider.Requirements{Name: "x", Local: true, LoadBalancers: 4, ChangesPerHour: 100, Protocols: []string{"UDP", "TCP"}}
	var cs []provider.Capabilities
	for _, rel := range provider.Releases()[2:] {
		cs = append(cs, lookup(t, provider.Amphora, rel), lookup(t, provider.OVN, rel))
	}
	first, err := provider.Advise(r, cs...)
	require.NoError(t, err)
	slices.Reverse(cs)
	again, err := provider.Advise(r, cs...)
	require.NoError(t, err)
	assert.Equal(t, first.String(), again.String())
	for i := 1; i < len(first.Choices); i++ {
		assert.False(t, !first.Choices[i-1].Fits && first.Choices[i].Fits, "what fits comes first")
	}
}

func TestAdviceReport(t *testing.T) {
	t.Parallel()
	a := advise(t, provider.Requirements{Name: "Local services", Local: true, ClientIP: provider.ClientIPTold, LoadBalancers: 10}, provider.Victoria)
	assert.Equal(t, strings.TrimLeft(`
Local services
1. amphora at Victoria: fits, 22 points against it
   - members learn the client's address only by the PROXY protocol, which they must speak
   - 10 machines for 10 load balancers
   - about 90 s until a new load balancer serves
   + nodes are probed at their health-check node port (TCP)
2. ovn at Victoria: does not fit
   ! no health monitors for TCP: with externalTrafficPolicy: Local nodes without a pod would get traffic and drop it
   > Xena ends: no health monitors for TCP
`, "\n"), a.String())
}
