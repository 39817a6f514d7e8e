// SPDX-License-Identifier: Apache-2.0

package lb

import (
	"context"
	"errors"

	"github.com/octaviakit/octaviakit/internal/octavia"
	"github.com/octaviakit/octaviakit/waiter"
)

// StepDelete is Delete for controllers, as Step is Ensure: it makes at most one mutating
// call, never waits, and says when to come back. Called again and again it ends where Delete
// ends: Done, nothing of the owner's is left under the name. What is not there is Done at
// once. Errors that pass are not returned; the others are Delete's.
func (e *Engine) StepDelete(ctx context.Context, name string) (Progress, error) {
	if err := e.usable(name); err != nil {
		return Progress{}, err
	}
	if d := e.waiter.Quiet(); d > 0 {
		return Progress{After: d}, nil
	}
	ctx = octavia.Single(e.waiter.Heed(ctx))
	g, err := e.observe(ctx, name)
	if err != nil {
		return e.later(ctx, Progress{}, err)
	}
	p := Progress{Graph: g, After: again}
	plan, err := e.planDelete(ctx, name, g)
	switch {
	case err != nil:
		return e.later(ctx, p, err)
	case plan.Empty():
		p.Done, p.After = true, 0
		return p, nil
	case g != nil && isPending(g.root.Provisioning):
		return e.departing(ctx, p, plan)
	}
	return e.first(ctx, p, plan)
}

// departing does what may be done while a load balancer is PENDING: release its floating IP
// once it is about to go.
func (e *Engine) departing(ctx context.Context, p Progress, plan *Plan) (Progress, error) {
	p.Left = len(plan.steps)
	for _, s := range plan.steps {
		if s.isEarly() && p.Graph.root.Provisioning == pendingDelete {
			p.Did, p.Left = &s, p.Left-1
			r := e.newRun(plan, p.Graph)
			return e.later(ctx, p, r.only(s, r.step(ctx, s, nil)))
		}
	}
	c, err := e.waiter.Check(ctx, p.Graph.ID(), e.pace.of(p.Graph.ID())...)
	if errors.Is(err, waiter.ErrFailed) || errors.Is(err, waiter.ErrGone) || errors.Is(err, waiter.ErrStuck) {
		err = nil // the next look shows what has become of it
	}
	p.After = max(c.After, atOnce)
	return e.later(ctx, p, err)
}
