// SPDX-License-Identifier: Apache-2.0

package lb

import (
	"context"
	"errors"
	"net/netip"
	"slices"
	"time"

	"github.com/octaviakit/octaviakit/internal/fault"
	"github.com/octaviakit/octaviakit/internal/octavia"
	"github.com/octaviakit/octaviakit/observe"
	"github.com/octaviakit/octaviakit/waiter"
)

// Progress is what one Step did and found.
type Progress struct {
	Graph   *Graph        // as observed before the step; nil if nothing existed
	Address netip.Addr    // where clients reach the load balancer; zero until known
	Did     *Step         // the call that was made; nil if none was
	Left    int           // calls that remain after it, as far as is known now
	Done    bool          // everything is as wanted
	After   time.Duration // come back then; zero when Done
}

// soon is the longest that a Step stays away after a call that takes long.
const soon = 10 * time.Second

// atOnce is when to come back for what need not wait.
const atOnce = 100 * time.Millisecond

// again is when to come back where nothing better is known.
const again = time.Second

// Step is Ensure for controllers: it makes at most one mutating call, never waits, and
// says when to come back: at once where there is something to do meanwhile. Called again and again it ends where Ensure ends, from any state, also when
// calls of several programs mix.
//
// An error that passes (a lost reply, a lock that somebody else holds, a 503) is
// not returned: Progress says when to try again. What Ensure would refuse, Step
// refuses with the same errors.
func (e *Engine) Step(ctx context.Context, s Spec) (Progress, error) {
	if err := e.check(s); err != nil {
		return Progress{}, err
	}
	if d := e.waiter.Quiet(); d > 0 {
		return Progress{After: d}, nil
	}
	ctx = octavia.Single(e.waiter.Heed(ctx))
	g, err := e.observe(ctx, s.Name)
	if err != nil {
		return e.later(ctx, Progress{}, err)
	}
	p := Progress{Graph: g, After: again}
	if g != nil {
		p.Address = e.known(s, g)
		e.tellAddress(ctx, g.ID(), g.Name(), p.Address)
	}
	plan, err := e.diff(ctx, s, g)
	if err != nil {
		return e.later(ctx, p, err)
	}
	if g != nil && g.busy() != nil {
		return e.meanwhile(ctx, p, plan)
	}
	if g != nil {
		e.pace.rest(g.ID())
	}
	if plan.Empty() {
		p.Done, p.After = true, 0
		e.spent.forget(g.ID())
		e.complete(ctx, g, s)
		return p, nil
	}
	if err := e.approved(plan); err != nil {
		return p, err
	}
	return e.first(ctx, p, plan)
}

// known is the address that clients shall use, zero while a floating IP is wanted
// and not there.
func (e *Engine) known(s Spec, g *Graph) netip.Addr {
	if s.FloatingIP == nil {
		return g.VIP()
	}
	if fip, ok := g.FloatingIP(); ok {
		return fip.Address
	}
	return netip.Addr{}
}

// meanwhile does what may be done while the load balancer is PENDING: give it its
// floating IP, where the provider allows, and unless it was made twice: which of them counts
// is certain once they have settled.
func (e *Engine) meanwhile(ctx context.Context, p Progress, plan *Plan) (Progress, error) {
	p.Left = len(plan.steps)
	busy := p.Graph.busy()
	for _, s := range plan.steps {
		if e.memory.noted(addressOf(p.Graph.ID())) {
			break
		}
		if s.isEarly() && !s.op.floating.release && busy == p.Graph && len(busy.extra) == 0 && busy.root.Provisioning != pendingDelete {
			r := e.newRun(plan, p.Graph)
			err := r.step(ctx, s, nil)
			p.Did, p.Address, p.Left = &s, r.known, p.Left-1
			e.remember(ctx, r, s, err)
			return e.later(ctx, p, r.only(s, err))
		}
	}
	if pools := busy.stranded(); len(pools) > 0 {
		r := e.freeingRun(busy, pools)
		r.hasty = true
		s := pools[0].free(leftPending)
		err := r.step(ctx, s, nil)
		p.Did = &s
		return e.later(ctx, p, r.only(s, err))
	}
	c, err := e.waiter.Check(ctx, busy.ID(), append(e.untilSettled(busy, func() {}), e.pace.of(busy.ID())...)...)
	e.tellServing(ctx, busy.ID(), busy.Name(), c.Status, busy.listenerIDs())
	if errors.Is(err, waiter.ErrFailed) || errors.Is(err, waiter.ErrGone) || e.stuck(busy.ID(), err) {
		err = nil // the next Step plans for what has become of it
	}
	p.After = max(c.After, atOnce)
	return e.later(ctx, p, err)
}

// first carries out the plan's first call without waiting for it to settle.
func (e *Engine) first(ctx context.Context, p Progress, plan *Plan) (Progress, error) {
	r := e.newRun(plan, p.Graph)
	r.hasty = true
	s := e.next(plan, p.Graph)
	if s.op.method == "DELETE" && e.leaving(p.Graph, r.ids[s.removed()]) || slices.ContainsFunc(r.takesAway(s.op), e.memory.noted) {
		p.Left = len(plan.steps)
		p.After = max(p.After, e.memory.quiet(r.ids[s.removed()])/8) // it takes what it takes
		return p, nil
	}
	p.Did, p.Left = &s, len(plan.steps)-1
	err := r.step(ctx, s, nil)
	e.remember(ctx, r, s, err)
	if err == nil {
		e.pace.begin(r.ids[loadBalancerPath], s.operation(), plan.provider)
		p.After = min(max(again, s.Takes/4), soon)
		if p.Left > 0 && plan.steps[1].isEarly() {
			p.After = atOnce
		}
		if len(r.deleted) > 0 {
			e.memory.leave(r.ids[s.removed()], membersOf(p.Graph, r.ids[s.removed()]))
		}
		for _, path := range r.emptied {
			e.memory.note(path, max(aWhile, s.op.members.request.Slow()))
		}
	}
	if r.known.IsValid() {
		p.Address = r.known
	}
	return e.later(ctx, p, r.only(s, err))
}

// only is the error of a step that was all that was to be made.
func (r *run) only(s Step, err error) error {
	if err == nil {
		return nil
	}
	return &ApplyError{LoadBalancer: r.plan.name, ID: r.ids[loadBalancerPath], Step: s, Total: max(1, len(r.plan.steps)), Err: err}
}

// leaving reports whether what a Step has deleted is about to go: that was a moment ago, or
// a member of the pool has gone since, or is about to, as they go.
func (e *Engine) leaving(g *Graph, id string) bool {
	return e.memory.leaves(id, membersOf(g, id))
}

// membersOf counts the members of a pool.
func membersOf(g *Graph, id string) int {
	if g != nil {
		for _, p := range g.pools {
			if p.ID == id {
				return len(p.members)
			}
		}
	}
	return 0
}

// next is the step to make: the first, unless that is about an address that was refused a
// moment ago and something else is left that does without.
func (e *Engine) next(plan *Plan, g *Graph) Step {
	i := 0
	if g != nil && e.memory.noted(addressOf(g.ID())) {
		i = max(0, slices.IndexFunc(plan.steps, func(s Step) bool { return s.op.floating == nil && !s.deletes() }))
	}
	return plan.steps[i]
}

// remember notes that an address was refused.
func (e *Engine) remember(ctx context.Context, r *run, s Step, err error) {
	if err != nil && r.bears(ctx, s, err) {
		e.memory.note(addressOf(r.ids[loadBalancerPath]), aWhile)
	}
}

// addressOf is what a refusal is noted under.
func addressOf(id string) string { return "address of " + id }

// later turns an error that passes into advice.
func (e *Engine) later(ctx context.Context, p Progress, err error) (Progress, error) {
	if errors.Is(err, octavia.ErrLater) { // what is left is another Step's
		p.After = atOnce
		return p, nil
	}
	if err == nil || ctx.Err() != nil || !worthAnotherRound(err) && !mends(err) {
		return p, err
	}
	e.observer.Observe(ctx, observe.Event{Kind: observe.Retry, Err: err})
	p.After = again
	if f := fault.Of(err); f != nil {
		p.After = max(p.After, f.After)
	}
	return p, nil
}
