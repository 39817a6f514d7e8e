// SPDX-License-Identifier: Apache-2.0

package lb

import (
	"context"

	"github.com/octaviakit/octaviakit/provider"
)

// idle is the empty plan for a load balancer with which there is nothing to do whatever
// release the cloud is of, so that an Engine which knows nothing yet need not ask; nil if
// there may be something to do, or if the release is known already.
func (e *Engine) idle(ctx context.Context, s Spec, have *Graph) *Plan {
	if have == nil || have.busy() != nil || len(have.failures()) > 0 || e.caps.ready(have.Provider()) {
		return nil
	}
	s, err := e.flavorID(ctx, s)
	if err != nil || e.roomFor(have) != nil {
		return nil
	}
	var plan *Plan
	for _, caps := range have.possible() {
		plan, err = diff(e.owner, s, have, e.creation.made(caps), RetryChild)
		if err != nil || !plan.Empty() {
			return nil
		}
	}
	if plan != nil {
		plan.wish, plan.removal = s.digest(), &e.removal
	}
	return plan
}

// possible is what the provider can do at each release that the cloud may be of, by what
// it has shown, and what can be relied on at all of them.
func (g *Graph) possible() []provider.Capabilities {
	least := provider.Shown("loadbalancers", g.root.attrs)
	for _, l := range g.listeners {
		least = max(least, provider.Shown("listeners", l.attrs))
	}
	for _, p := range g.pools {
		least = max(least, provider.Shown("pools", p.attrs))
	}
	releases := provider.Releases()
	newest := releases[len(releases)-1]
	spans := []provider.Span{{Floor: least, Ceiling: newest}}
	for r := least; r <= newest; r++ {
		spans = append(spans, provider.At(r))
	}
	var out []provider.Capabilities
	for _, s := range spans {
		if caps, err := provider.LookupSpan(g.Provider(), s, s); err == nil {
			out = append(out, caps)
		}
	}
	return out
}
