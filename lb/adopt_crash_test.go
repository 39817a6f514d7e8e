// SPDX-License-Identifier: Apache-2.0

package lb_test

import (
	"context"
	"testing"
	"testing/synctest"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/octaviakit/octaviakit/fake"
	"github.com/octaviakit/octaviakit/lb"
	"github.com/octaviakit/octaviakit/provider"
)

// half makes a load balancer that has names to be given, and nothing else.
func half(t *testing.T, c cell, cloud *fake.Cloud) {
	t.Helper()
	p := newPeer(t, c, cloud)
	p.nodes = 0
	p.balancer(body{"name": "by-hand"})
	p.port(80, "", "pool", "", nil, nil)
	p.publish("by hand")
	p.child("lbaas/pools", "pool", body{"name": "pool", "protocol": "TCP", "lb_algorithm": p.algorithm(), "loadbalancer_id": p.lb})
}

// adopted returns what an uninterrupted adoption leaves, and what it costs.
func adopted(t *testing.T, c cell, a lb.Adoption) (dump string, cycles int) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		cloud := c.cloud()
		half(t, c, cloud)
		_, err := engine(cloud).Adopt(t.Context(), a)
		require.NoError(t, err)
		dump, cycles = masked(cloud.Dump()), cloud.Cycles("")
	})
	return dump, cycles
}

// A program that dies at any call of an adoption, and is run again, ends where an
// uninterrupted one ends, in as many cycles; by its old name, too, if it has another by then.
func TestAdoptCrashAtEveryCall(t *testing.T) {
	for _, c := range []cell{{provider.Amphora, provider.Epoxy}, {provider.OVN, provider.Epoxy}, {provider.Amphora, provider.Rocky}} {
		t.Run(c.String(), func(t *testing.T) {
			t.Parallel()
			a := lb.Adoption{Name: "by-hand", As: "shop"}
			want, cycles := adopted(t, c, a)
			crashed := true
			for n := first(t); crashed; n += stride() {
				synctest.Test(t, func(t *testing.T) {
					cloud := c.cloud()
					half(t, c, cloud)
					crashed = crash(t, cloud, n, func(ctx context.Context, e *lb.Engine) error {
						_, err := e.Adopt(ctx, a)
						return err
					})
					g, err := engine(cloud).Adopt(t.Context(), a)
					require.NoError(t, err, "second run after dying at call %d", n)
					settled(t, g)
					assert.Equal(t, want, masked(cloud.Dump()), "died at call %d", n)
					assert.Equal(t, cycles, cloud.Cycles(""), "died at call %d", n)
				})
			}
		})
	}
}

// Where only a reply is lost, or the lock is somebody else's, one Adopt gets there by itself.
func TestAdoptDisturbedAtEveryCall(t *testing.T) {
	faults := map[string]fake.Fault{
		"lost": {Effect: fake.LoseReply}, "locked": {Method: "PUT", Effect: fake.Refuse, Status: 409, Message: locked}, "out": {Effect: fake.Refuse, Status: 503},
	}
	for name, fault := range faults {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := cells()[0]
			a := lb.Adoption{Name: "by-hand"}
			want, _ := adopted(t, c, a)
			hit := true
			for n := first(t); hit; n += stride() {
				synctest.Test(t, func(t *testing.T) {
					cloud := c.cloud()
					half(t, c, cloud)
					cloud.ForgetCalls()
					fault.After = n
					cloud.Inject(fault)
					_, err := engine(cloud).Adopt(t.Context(), a)
					require.NoError(t, err, "call %d", n)
					assert.Equal(t, want, masked(cloud.Dump()), "call %d", n)
					hit = false
					for call := range cloud.Calls() {
						hit = hit || call.Fault != ""
					}
				})
			}
		})
	}
}

const locked = "Load Balancer 00000000-0000-0000-0000-000000000000 is immutable and cannot be updated."
