// SPDX-License-Identifier: Apache-2.0

package monitor_test

import (
	"testing"

	"github.com/octaviakit/octaviakit/monitor"
	"github.com/octaviakit/octaviakit/provider"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestChoose(t *testing.T) {
	t.Parallel()
	const local = 31000
	for _, tc := range []struct {
		provider provider.Name
		release  provider.Release
		pool     string
		port     uint16
		want     monitor.Type // "": none
		member   uint16
		short    string
	}{
		{provider.Amphora, provider.Epoxy, "TCP", 0, monitor.TypeTCP, 0, ""},
		{provider.Amphora, provider.Epoxy, "HTTP", 0, monitor.TypeTCP, 0, ""},
		{provider.Amphora, provider.Epoxy, "PROXY", 0, monitor.TypeTCP, 0, ""},
		{provider.Amphora, provider.Epoxy, "UDP", 0, monitor.TypeUDP, 0, ""},
		{provider.Amphora, provider.Epoxy, "SCTP", 0, monitor.TypeSCTP, 0, ""},
		{provider.Amphora, provider.Epoxy, "TCP", local, monitor.TypeHTTP, local, ""},
		{provider.Amphora, provider.Epoxy, "UDP", local, monitor.TypeHTTP, local, ""},
		{provider.Amphora, provider.Queens, "UDP", 0, "", 0, "no probe for UDP"},
		{provider.OVN, provider.Epoxy, "TCP", 0, monitor.TypeTCP, 0, ""},
		{provider.OVN, provider.Epoxy, "UDP", 0, monitor.TypeUDP, 0, ""},
		{provider.OVN, provider.Epoxy, "SCTP", 0, "", 0, "no probe for SCTP"},
		{provider.OVN, provider.Epoxy, "TCP", local, monitor.TypeTCP, 0, "cannot probe the health-check node port"},
		{provider.OVN, provider.Zed, "TCP", 0, "", 0, "cannot be trusted"},
		{provider.OVN, provider.Train, "TCP", local, "", 0, "no probe"},
	} {
		caps, err := provider.Lookup(tc.provider, tc.release)
		require.NoError(t, err)
		got, ok := monitor.Choose(caps, tc.pool, tc.port)
		assert.Equal(t, tc.want != "", ok, "%+v", tc)
		assert.Equal(t, tc.want, got.Spec.Type, "%+v", tc)
		assert.Equal(t, tc.member, got.MemberPort, "%+v", tc)
		assert.Contains(t, got.Shortfall, tc.short, "%+v", tc)
		if ok {
			require.NoError(t, got.Spec.Validate(tc.pool), "%+v", tc)
			require.NoError(t, caps.Require(collect(got.Spec)...), "%+v", tc)
		}
		assert.Equal(t, tc.short == "", got.Shortfall == "", "%+v", tc)
	}
}

func collect(s monitor.Spec) []provider.Feature {
	var out []provider.Feature
	for f := range s.Requires() {
		out = append(out, f)
	}
	return out
}

// Without a type it is the pool's protocol that decides.
func TestEnsureTakesTheTypeFromThePool(t *testing.T) {
	bubble(t, func(t *testing.T) {
		s := newStage(t, provider.Amphora, "UDP")
		id := s.ensure(monitor.Spec{})
		assert.Equal(t, "UDP-CONNECT", s.read(id)["type"])
		assert.Equal(t, id, s.ensure(monitor.Spec{}))
		assert.Equal(t, 1, s.cycles())
	})
}
