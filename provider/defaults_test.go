// SPDX-License-Identifier: Apache-2.0

package provider_test

import (
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/octaviakit/octaviakit/provider"
)

func TestAlgorithm(t *testing.T) {
	t.Parallel()
	for _, r := range provider.Releases() {
		assert.Equal(t, "ROUND_ROBIN", lookup(t, provider.Amphora, r).Algorithm(), r)
		c := lookup(t, provider.OVN, r)
		switch {
		case r < provider.Stein:
			assert.Empty(t, c.Algorithm(), r)
		case r == provider.Stein:
			assert.Equal(t, "ROUND_ROBIN", c.Algorithm(), r)
		default:
			assert.Equal(t, "SOURCE_IP_PORT", c.Algorithm(), r)
		}
	}
}

func TestMonitorType(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name    provider.Name
		release provider.Release
		pool    string
		local   bool
		want    string
	}{
		{provider.Amphora, provider.Zed, "TCP", false, "TCP"},
		{provider.Amphora, provider.Zed, "HTTP", false, "TCP"},
		{provider.Amphora, provider.Zed, "TCP", true, "HTTP"},
		{provider.Amphora, provider.Zed, "UDP", false, "UDP-CONNECT"},
		{provider.Amphora, provider.Zed, "UDP", true, "HTTP"},
		{provider.Amphora, provider.Train, "UDP", true, "UDP-CONNECT"}, // HTTP on UDP pools came with Ussuri
		{provider.Amphora, provider.Zed, "SCTP", false, "SCTP"},
		{provider.Amphora, provider.Train, "SCTP", false, ""},
		{provider.OVN, provider.Epoxy, "TCP", false, "TCP"},
		{provider.OVN, provider.Epoxy, "TCP", true, "TCP"},
		{provider.OVN, provider.Epoxy, "UDP", true, "UDP-CONNECT"},
		{provider.OVN, provider.Epoxy, "SCTP", false, ""},
		{provider.OVN, provider.Wallaby, "TCP", false, ""},
	} {
		got := lookup(t, tt.name, tt.release).MonitorType(tt.pool, tt.local)
		assert.Equal(t, tt.want, got, "%s at %s, %s pool, local=%v", tt.name, tt.release, tt.pool, tt.local)
	}
}

// TestCallForms pins which forms of calls are chosen where; each column is a
// consequence of quirks, so that a change of the data shows up here.
func TestCallForms(t *testing.T) {
	t.Parallel()
	type forms struct{ single, monitor, batch, ipv6, empty bool }
	for r, want := range map[provider.Release]forms{
		provider.Queens:    {true, true, true, true, false},
		provider.Rocky:     {true, true, false, false, false},
		provider.Train:     {true, true, true, true, false},
		provider.Wallaby:   {true, true, true, true, true},
		provider.Xena:      {false, false, true, true, true},
		provider.Yoga:      {false, false, true, true, true},
		provider.Zed:       {false, false, true, true, true},
		provider.Antelope:  {true, true, true, true, true},
		provider.Epoxy:     {true, true, true, true, true},
		provider.Dalmatian: {true, true, true, true, true},
	} {
		c := lookup(t, provider.Amphora, r)
		got := forms{c.SingleCallCreate(), c.MonitorInCreate(), c.BatchMembers(), c.BatchRemovesIPv6(), c.BatchEmpties()}
		assert.Equal(t, want, got, "amphora at %s", r)
	}
	for r, want := range map[provider.Release]forms{
		provider.Rocky:    {false, false, false, false, false},
		provider.Stein:    {false, false, true, true, false},
		provider.Train:    {false, false, false, false, false},
		provider.Ussuri:   {false, false, false, false, false},
		provider.Victoria: {false, false, false, false, false},
		provider.Wallaby:  {false, false, true, false, true},
		provider.Xena:     {false, false, true, false, true},
		provider.Yoga:     {true, false, true, false, true},
		provider.Zed:      {true, false, true, true, true},
		provider.Antelope: {true, true, true, true, true},
		provider.Epoxy:    {true, true, true, true, true},
	} {
		c := lookup(t, provider.OVN, r)
		got := forms{c.SingleCallCreate(), c.MonitorInCreate(), c.BatchMembers(), c.BatchRemovesIPv6(), c.BatchEmpties()}
		assert.Equal(t, want, got, "ovn at %s", r)
	}
	assert.False(t, byMinor(t, provider.Amphora, 26).SingleCallCreate(), "v2.26 may be Zed")
	assert.False(t, byMinor(t, provider.Amphora, 24).SingleCallCreate(), "v2.24 may be Xena")
}

func TestOrderAndDrain(t *testing.T) {
	t.Parallel()
	for _, r := range provider.Releases()[2:] { // both drivers exist from Stein on
		amphora, ovn := lookup(t, provider.Amphora, r), lookup(t, provider.OVN, r)
		assert.True(t, amphora.EarlyFloatingIP(), r)
		assert.False(t, ovn.EarlyFloatingIP(), r)
		assert.Equal(t, provider.DrainByWeight, amphora.Drain(), r)
		assert.Equal(t, provider.DrainByAdminState, ovn.Drain(), r)
		assert.False(t, amphora.MemberSubnetRequired(), r)
		assert.True(t, ovn.MemberSubnetRequired(), r)
		assert.True(t, amphora.Has(provider.CascadeDelete), r)
		assert.True(t, ovn.Has(provider.CascadeDelete), r)
	}
}
