// SPDX-License-Identifier: Apache-2.0

package lb_test

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/octaviakit/octaviakit/lb"
	"github.com/octaviakit/octaviakit/monitor"
	"github.com/octaviakit/octaviakit/provider"
)

// However ports, nodes and monitors come and go, the members of what stays watched are
// probed still, on drivers that forget them, too: see probing, which carried looks at.
func TestWhatStaysIsProbed(t *testing.T) {
	t.Parallel()
	for _, r := range []provider.Release{provider.Xena, provider.Zed, provider.Bobcat, provider.Epoxy, provider.Flamingo} {
		c := cell{provider.OVN, r}
		caps := lookup(t, c.provider, c.release)
		for seed := range uint64(200) {
			g := rand.New(rand.NewPCG(seed, uint64(r)))
			first, second := watchedPorts(g), watchedPorts(g)
			plan, err := lb.Diff("test", first, nil, caps)
			require.NoError(t, err)
			have := carried(t, seed, c, plan, nil, first)
			plan, err = lb.Diff("test", second, have, caps)
			require.NoError(t, err)
			end := carried(t, seed, c, plan, have, second)
			left, err := lb.Diff("test", second, end, caps)
			require.NoError(t, err)
			require.True(t, left.Empty(), "seed %d on %v\n%s\nleft to do:\n%s", seed, c, plan, left)
		}
	}
}

// watchedPorts are some ports of one set of nodes, most of them watched.
func watchedPorts(g *rand.Rand) lb.Spec {
	s := lb.Spec{Name: "any", Provider: provider.OVN, VIP: lb.VIP{SubnetID: imagined(cell{}).subnet}}
	nodes := 1 + g.IntN(4)
	for i := range 4 {
		if g.IntN(3) == 0 {
			continue
		}
		protocol, probe := lb.TCP, monitor.TCP()
		if g.IntN(4) == 0 {
			protocol, probe = lb.UDP, monitor.UDP()
		}
		p := lb.Pool{
			Name: fmt.Sprint("p", i), Protocol: protocol,
			Members: members(max(nodes-g.IntN(2), 1), uint16(30000+i)), MemberSubnetID: imagined(cell{}).members,
		}
		if g.IntN(4) > 0 {
			p.Monitor = &probe
		}
		s.Pools = append(s.Pools, p)
		s.Listeners = append(s.Listeners, lb.Listener{Name: p.Name, Protocol: protocol, Port: uint16(80 + i), Pool: p.Name})
	}
	return s
}
