// SPDX-License-Identifier: Apache-2.0

package provider_test

import (
	"errors"
	"slices"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/octaviakit/octaviakit/provider"
)

func lookup(t *testing.T, n provider.Name, r provider.Release) provider.Capabilities {
	t.Helper()
	c, err := provider.Lookup(n, r)
	require.NoError(t, err)
	return c
}

// byMinor is the column for a cloud of which only the API minor is known.
func byMinor(t *testing.T, n provider.Name, minor int) provider.Capabilities {
	t.Helper()
	s := provider.ReleasesForAPI(minor)
	c, err := provider.LookupSpan(n, s, s)
	require.NoError(t, err)
	return c
}

func TestHas(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name    provider.Name
		release provider.Release
		feature provider.Feature
		has     bool
		trust   bool
	}{
		{provider.Amphora, provider.Queens, provider.ListenerTCP, true, true},
		{provider.Amphora, provider.Queens, provider.ListenerUDP, false, false},
		{provider.Amphora, provider.Victoria, provider.ListenerSCTP, false, false},
		{provider.Amphora, provider.Wallaby, provider.ListenerSCTP, true, true},
		{provider.OVN, provider.Rocky, provider.ListenerTCP, false, false},
		{provider.OVN, provider.Stein, provider.ListenerTCP, true, true},
		{provider.OVN, provider.Hibiscus, provider.ListenerHTTP, false, false},
		{provider.OVN, provider.Stein, provider.AlgorithmRoundRobin, true, true},
		{provider.OVN, provider.Train, provider.AlgorithmRoundRobin, false, false},
		{provider.OVN, provider.Wallaby, provider.HealthMonitor, false, false},
		{provider.OVN, provider.Xena, provider.HealthMonitor, true, false},
		{provider.OVN, provider.Bobcat, provider.HealthMonitor, true, true},
		{provider.OVN, provider.Zed, provider.AdditionalVIPs, false, false},
		{provider.OVN, provider.Caracal, provider.AdditionalVIPs, true, true},
		{provider.Amphora, provider.Hibiscus, provider.RateLimiting, false, false},
		{provider.Amphora, provider.Hibiscus, "no-such-row", false, false},
	} {
		c := lookup(t, tt.name, tt.release)
		assert.Equal(t, tt.has, c.Has(tt.feature), "%s at %s has %s", tt.name, tt.release, tt.feature)
		assert.Equal(t, tt.trust, c.Trust(tt.feature), "%s at %s trusts %s", tt.name, tt.release, tt.feature)
	}
}

func TestHasIsAboutAll(t *testing.T) {
	t.Parallel()
	c := lookup(t, provider.OVN, provider.Epoxy)
	assert.True(t, c.Has())
	assert.True(t, c.Has(provider.ListenerTCP, provider.PoolTCP))
	assert.False(t, c.Has(provider.ListenerTCP, provider.PoolHTTP))
	assert.False(t, c.Trust(provider.ListenerTCP, provider.LoadBalancerAdminState), "reversed until 2025.2")
}

func TestZeroCapabilitiesCanDoNothing(t *testing.T) {
	t.Parallel()
	var c provider.Capabilities
	assert.False(t, c.Has(provider.ListenerTCP))
	assert.False(t, c.Trust(provider.ListenerTCP))
	require.Error(t, c.Require(provider.ListenerTCP))
	assert.Empty(t, slices.Collect(c.All()))
	assert.Empty(t, slices.Collect(c.Quirks()))
	assert.Empty(t, c.Provider())
	assert.False(t, c.Release().Valid())
	assert.Empty(t, c.Algorithm())
	assert.Empty(t, c.MonitorType("TCP", false))
	assert.Equal(t, provider.DrainNone, c.Drain())
	assert.False(t, c.EarlyFloatingIP() || c.BatchMembers() || c.BatchEmpties() || c.BatchRemovesIPv6() ||
		c.SingleCallCreate() || c.MonitorInCreate() || c.MemberSubnetRequired())
}

func TestSpanIsConservative(t *testing.T) {
	t.Parallel()
	// v2.26 is Zed or 2023.1: what only 2023.1 has is not promised, what only Zed suffers from is feared.
	c := byMinor(t, provider.OVN, 26)
	assert.Equal(t, provider.Zed, c.Release())
	assert.Equal(t, provider.Span{Floor: provider.Zed, Ceiling: provider.Antelope}, c.API())
	assert.False(t, c.Has(provider.MonitorInPopulated))
	assert.True(t, lookup(t, provider.OVN, provider.Antelope).Has(provider.MonitorInPopulated))
	assert.True(t, c.HasQuirk(provider.QuirkOVNHMListenerPending))
	assert.False(t, lookup(t, provider.OVN, provider.Antelope).HasQuirk(provider.QuirkOVNHMListenerPending))

	// A quirk that begins inside the span is feared as well, and what ends inside is not had.
	span := provider.Span{Floor: provider.Stein, Ceiling: provider.Train}
	c, err := provider.LookupSpan(provider.OVN, span, span)
	require.NoError(t, err)
	assert.True(t, c.HasQuirk(provider.QuirkOVNBatchSignatureTrain))
	assert.False(t, c.Has(provider.AlgorithmRoundRobin))
	assert.Equal(t, "ROUND_ROBIN", c.Algorithm(), "the floor decides where nothing holds throughout")
}

func TestDriverOfAnotherRelease(t *testing.T) {
	t.Parallel()
	// An old API under a new driver does not know the attribute; a new API over an old driver is no help either.
	oldAPI, err := provider.LookupSpan(provider.OVN, provider.At(provider.Yoga), provider.At(provider.Caracal))
	require.NoError(t, err)
	assert.False(t, oldAPI.Has(provider.AdditionalVIPs))
	assert.Equal(t, provider.Invalid, oldAPI.Entry(provider.AdditionalVIPs).Otherwise)
	assert.True(t, oldAPI.Has(provider.PersistenceSourceIP))
	assert.False(t, oldAPI.HasQuirk(provider.QuirkOVNBatchPartialApply), "a defect of the driver")
	assert.True(t, oldAPI.HasQuirk(provider.QuirkPendingAfterProviderDenial), "a defect of the API")

	oldDriver, err := provider.LookupSpan(provider.OVN, provider.At(provider.Epoxy), provider.At(provider.Zed))
	require.NoError(t, err)
	assert.False(t, oldDriver.Has(provider.AdditionalVIPs))
	assert.Equal(t, provider.Ignored, oldDriver.Entry(provider.AdditionalVIPs).Otherwise)

	amphora, err := provider.LookupSpan(provider.Amphora, provider.At(provider.Yoga), provider.At(provider.Epoxy))
	require.NoError(t, err)
	assert.Equal(t, provider.At(provider.Yoga), amphora.Driver(), "amphora is part of Octavia")
}

func TestRequire(t *testing.T) {
	t.Parallel()
	c := lookup(t, provider.OVN, provider.Zed)
	require.NoError(t, c.Require())
	require.NoError(t, c.Require(provider.ListenerTCP, provider.PoolTCP))

	err := c.Require(provider.ListenerTCP, provider.ListenerHTTP, provider.AdditionalVIPs, provider.ListenerHTTP)
	require.ErrorIs(t, err, errors.ErrUnsupported)
	joined, ok := err.(interface{ Unwrap() []error })
	require.True(t, ok)
	require.Len(t, joined.Unwrap(), 2, "each missing feature once")

	var first *provider.UnsupportedError
	require.ErrorAs(t, joined.Unwrap()[0], &first)
	assert.Equal(t, provider.ListenerHTTP, first.Feature)
	assert.Zero(t, first.Since)
	assert.Equal(t, "ovn at Zed cannot do listener-protocol-http: no release can; "+
		"the cloud would answer 501 ('OVN provider does not support HTTP protocol')", first.Error())

	var second *provider.UnsupportedError
	require.ErrorAs(t, joined.Unwrap()[1], &second)
	assert.Equal(t, provider.Caracal, second.Since)
	assert.Equal(t, provider.Ignored, second.Otherwise)
	assert.Contains(t, second.Error(), "since 2024.1 Caracal; the cloud would accept it without effect")
}

func TestRequireOfWhatWasTakenAway(t *testing.T) {
	t.Parallel()
	var u *provider.UnsupportedError
	require.ErrorAs(t, lookup(t, provider.OVN, provider.Train).Require(provider.AlgorithmRoundRobin), &u)
	assert.Zero(t, u.Since, "a newer release will not help")
}

func TestOtherwiseDependsOnTheRelease(t *testing.T) {
	t.Parallel()
	for r, want := range map[provider.Release]provider.Outcome{
		provider.Stein: provider.Ignored, provider.Ussuri: provider.Ignored,
		provider.Victoria: provider.Refused, provider.Epoxy: provider.Refused,
	} {
		e := lookup(t, provider.OVN, r).Entry(provider.AllowedCIDRs)
		assert.False(t, e.OK)
		if r.APIMinor() < e.APIMinor {
			want = provider.Invalid // the API does not know the field
		}
		assert.Equal(t, want, e.Otherwise, r)
	}
	assert.Equal(t, provider.Ignored, lookup(t, provider.OVN, provider.Zed).Entry(provider.PersistenceHTTPCookie).Otherwise)
	assert.Equal(t, provider.Broken, lookup(t, provider.OVN, provider.Epoxy).Entry(provider.PersistenceHTTPCookie).Otherwise)
}

func TestWithAndWithout(t *testing.T) {
	t.Parallel()
	c := lookup(t, provider.OVN, provider.Wallaby)
	patched := c.With(provider.HealthMonitor, provider.MonitorTCP)
	assert.True(t, patched.Trust(provider.HealthMonitor, provider.MonitorTCP))
	assert.False(t, c.Has(provider.HealthMonitor), "the original is untouched")
	assert.False(t, patched.Without(provider.HealthMonitor).Has(provider.HealthMonitor))
	assert.True(t, patched.Has(provider.HealthMonitor))
	assert.Equal(t, "TCP", patched.MonitorType("TCP", false), "defaults follow")

	q := c.WithoutQuirks(provider.QuirkOVNPopulatedCreateChildrenPending).With(provider.CreatePopulated)
	assert.True(t, q.SingleCallCreate())
	assert.False(t, c.SingleCallCreate())
	assert.True(t, q.WithQuirks(provider.QuirkOVNBatchSignatureUssuri).Has(provider.MemberBatch))
	assert.False(t, q.WithQuirks(provider.QuirkOVNBatchSignatureUssuri).BatchMembers())
}

func TestLookupErrors(t *testing.T) {
	t.Parallel()
	var u *provider.UnknownError
	_, err := provider.Lookup("f5", provider.Zed)
	require.ErrorAs(t, err, &u)
	assert.Equal(t, `unknown provider "f5": known are amphora, ovn`, u.Error())
	_, err = provider.Lookup(provider.OVN, 0)
	require.ErrorAs(t, err, &u)
	assert.Equal(t, "release", u.Kind)
	_, err = provider.LookupSpan(provider.OVN, provider.Span{Floor: provider.Zed, Ceiling: provider.Yoga}, provider.At(provider.Zed))
	require.ErrorAs(t, err, &u, "a span that runs backwards")
}

func TestCanonical(t *testing.T) {
	t.Parallel()
	for _, n := range []provider.Name{"", "octavia", "amphora", "amphorav1", "amphorav2"} {
		assert.Equal(t, provider.Amphora, n.Canonical(), "%q", n)
		assert.Equal(t, provider.Amphora, lookup(t, n, provider.Zed).Provider())
	}
	assert.Equal(t, provider.OVN, provider.OVN.Canonical())
	assert.Equal(t, provider.Name("f5"), provider.Name("f5").Canonical())
}

func TestEntryCannotBeUsedToChangeTheMatrix(t *testing.T) {
	t.Parallel()
	c := lookup(t, provider.OVN, provider.Zed)
	e := c.Entry(provider.MonitorIPv6)
	require.NotEmpty(t, e.Backports)
	e.Backports[0], e.Sources[0] = "mine", "mine"
	assert.NotEqual(t, "mine", c.Entry(provider.MonitorIPv6).Backports[0])
	assert.NotEqual(t, "mine", c.Entry(provider.MonitorIPv6).Sources[0])
	for q := range c.Quirks() {
		q.Sources[0] = "mine"
	}
	for q := range c.Quirks() {
		assert.NotEqual(t, "mine", q.Sources[0])
	}
}

func TestUnsupportedErrorSaysWhatWouldHappen(t *testing.T) {
	t.Parallel()
	for outcome, want := range map[provider.Outcome]string{
		provider.Refused: "answer 501", provider.Invalid: "answer 400", provider.Broken: "answer 500",
		provider.Ignored: "accept it without effect",
	} {
		e := &provider.UnsupportedError{Provider: provider.OVN, Release: provider.Zed, Feature: "x", Otherwise: outcome}
		assert.Contains(t, e.Error(), "the cloud would "+want)
	}
	for _, outcome := range []provider.Outcome{provider.NotApplicable, ""} {
		e := &provider.UnsupportedError{Provider: provider.OVN, Release: provider.Zed, Feature: "x", Since: provider.Epoxy, Otherwise: outcome, Note: "why"}
		assert.Equal(t, "ovn at Zed cannot do x: since 2025.1 Epoxy (why)", e.Error())
	}
}

func TestIterationStops(t *testing.T) {
	t.Parallel()
	c := lookup(t, provider.OVN, provider.Zed)
	n := 0
	for range c.All() {
		n++
		break
	}
	for range c.Quirks() {
		n++
		break
	}
	for range provider.AllQuirks() {
		n++
		break
	}
	assert.Equal(t, 3, n)
}
