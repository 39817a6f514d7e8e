// SPDX-License-Identifier: Apache-2.0

package lb

import (
	"context"
	"fmt"
	"math/bits"
	"net/netip"
	"strings"

	"github.com/octaviakit/octaviakit/observe"
	"github.com/octaviakit/octaviakit/waiter"
)

func (r *run) event(ctx context.Context, ev observe.Event) {
	ev.LoadBalancer, ev.Object = r.ids[loadBalancerPath], r.plan.name
	r.observer.Observe(ctx, ev)
}

// address reports the first milestone: clients can be told where to go.
func (r *run) address(ctx context.Context, address string) {
	if a, err := netip.ParseAddr(address); err == nil {
		r.known = a
		r.tellAddress(ctx, r.ids[loadBalancerPath], r.plan.name, a)
	}
}

// report reports the second milestone, as far as the provider tells.
func (r *run) report(ctx context.Context, status *waiter.Status) {
	ours := map[string]bool{}
	for path, id := range r.ids {
		if strings.HasPrefix(path, string(KindListener)+"/") {
			ours[id] = true
		}
	}
	r.tellServing(ctx, r.ids[loadBalancerPath], r.plan.name, status, ours)
}

// action names what a step does for events: "create pool".
func (s Step) action() string {
	if len(s.Changes) == 0 {
		return s.Call
	}
	c := s.Changes[0]
	return c.Action.String() + " " + string(c.Kind)
}

// operation names what a step does for learned durations: what changes many objects
// takes longer, on ovn in proportion, so sizes are told apart by powers of two.
func (s Step) operation() string {
	return fmt.Sprintf("%s, size %d", s.action(), bits.Len(uint(len(s.Changes))))
}
