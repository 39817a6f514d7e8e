// SPDX-License-Identifier: Apache-2.0

package lb_test

import (
	"math/rand/v2"
	"net/http"
	"net/netip"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/octaviakit/octaviakit/fake"
	"github.com/octaviakit/octaviakit/floatingip"
	"github.com/octaviakit/octaviakit/lb"
	"github.com/octaviakit/octaviakit/provider"
)

// A Step makes one mutating call at most and takes no time, whatever goes wrong in it and
// whatever it is about: also a public address, of which a change takes several calls.
func TestStepsStayShortWhateverGoesWrong(t *testing.T) {
	in(t, func(t *testing.T, c cell, cloud *fake.Cloud) {
		r := rand.New(rand.NewPCG(seed(t), uint64(c.release)))
		var reserved netip.Addr
		if r.IntN(2) == 0 {
			reserved = move{}.reserve(cloud)
		}
		e := engine(cloud, agree())
		for range 8 {
			want := anyService(r, cloud, c, reserved)
			for i := range 5 {
				cloud.Inject(fake.Fault{After: r.IntN(40), Effect: pick(r, fake.LoseReply, fake.Refuse), Status: 503 * (i % 2)})
			}
			if r.IntN(3) == 0 {
				e = engine(cloud, agree())
			}
			steps(t, e, cloud, want)
			cloud.ClearFaults()
			plan, err := engine(cloud).Plan(t.Context(), want)
			require.NoError(t, err)
			assert.True(t, plan.Empty(), "%s", plan)
		}
	})
}

// anyService is a service that differs from another in its ports and its address, or its
// provider.
func anyService(r *rand.Rand, cloud *fake.Cloud, c cell, reserved netip.Addr) lb.Spec {
	other := &floatingip.Spec{Address: reserved}
	if !reserved.IsValid() { // which would forbid a replacement unless it is named
		c.provider, other = pick(r, provider.Amphora, provider.OVN), &floatingip.Spec{}
	}
	s := service(cloud, c, 1+r.IntN(2), 1+r.IntN(3))
	s.FloatingIP = pick(r, nil, s.FloatingIP, &floatingip.Spec{Keep: true}, other)
	return s
}

// Who loses the race for an address looks again, and is told of no error.
func TestAStepThatComesSecondLooksAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := cells()[0]
		cloud := c.cloud()
		spec := service(cloud, c, 1, 1)
		_, err := engine(cloud).Step(t.Context(), spec)
		require.NoError(t, err)
		g, err := engine(cloud).Observe(t.Context(), spec.Name)
		require.NoError(t, err)
		first := &hasty{next: cloud, on: http.MethodPost, once: func() {
			_, err := floatingip.Ensure(t.Context(), cloud.Network(), g.VIPPortID(), floatingip.Spec{}, floatingip.Mark{Owner: "test", Key: spec.Name})
			require.NoError(t, err)
		}}
		clients := through(first, cloud.LoadBalancer(), cloud.Network())
		p, err := lb.New(clients[0], "test", lb.WithNetwork(clients[1])).Step(t.Context(), spec)
		require.NoError(t, err)
		assert.LessOrEqual(t, p.After, time.Second)
		require.Nil(t, first.once)
		steps(t, engine(cloud), cloud, spec)
		assert.Len(t, addresses(t, cloud), 1)
	})
}
