// SPDX-License-Identifier: Apache-2.0

package lb

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"slices"
	"sync/atomic"

	"github.com/gophercloud/gophercloud/v2"

	"github.com/octaviakit/octaviakit/internal/coalesce"
	"github.com/octaviakit/octaviakit/internal/mark"
	"github.com/octaviakit/octaviakit/internal/octavia"
	"github.com/octaviakit/octaviakit/observe"
	"github.com/octaviakit/octaviakit/provider"
	"github.com/octaviakit/octaviakit/waiter"
)

// Engine plans and applies load balancers against one project. It holds no
// goroutine and is safe for concurrent use; work on different load balancers runs
// in parallel, work on one is serialised by Octavia's lock.
type Engine struct {
	octavia  *gophercloud.ServiceClient
	network  *gophercloud.ServiceClient // nil: no floating IPs
	owner    string
	waiter   *waiter.Waiter
	observer observe.Observer
	caps     capabilities
	memory   memory
	flavors  flavors
	quotas   quotas
	surveys  coalesce.Share[string, *survey]
	recent   recent
	wishes   atomic.Uint64 // how many were made to Syncers, so that they know which survey is younger
	approve  func(*Plan) error
	recovery Recovery
	spent    spending
	vacated  vacated
	creation Creation
	lost     losses
	pace     pace
	told     milestones
	removal  float64 // share of a pool's members that may go without approval
	crowd    int     // how many owners may share a load balancer; 0: any number
}

// New returns an Engine that owns what carries owner's mark, and nothing else.
// owner must be unique among the programs that share a project: a cluster's UID, a
// stack's name. There is no default, since a shared default is how one cluster
// comes to delete another's load balancer; an unusable owner is reported by every
// method, as a *FieldError.
func New(client *gophercloud.ServiceClient, owner string, opts ...Option) *Engine {
	e := &Engine{octavia: client, owner: owner, observer: observe.Tee(), removal: 1, recovery: DefaultRecovery()}
	e.caps.known = map[provider.Name]provider.Capabilities{}
	for _, o := range opts {
		o.apply(e)
	}
	if client != nil && e.caps.detector == nil {
		e.caps.detector = provider.NewDetector(client, 0)
	}
	if client != nil && e.waiter == nil {
		e.waiter = waiter.New(client, waiter.WithObserver(e.observer))
	}
	return e
}

// Observe reads what exists under a name, or returns ErrNotFound. Everything is read
// anew, operating statuses too.
func (e *Engine) Observe(ctx context.Context, name string) (*Graph, error) {
	ctx = e.paced(ctx)
	if err := e.usable(name); err != nil {
		return nil, err
	}
	g, err := e.look(ctx, name, &memory{}, e.survey)
	if err != nil {
		return nil, err
	}
	if g == nil {
		return nil, fmt.Errorf("%w: %q", ErrNotFound, name)
	}
	return g, nil
}

// Plan observes and diffs. It changes nothing, and does not wait: on a load
// balancer that is PENDING it is a preview.
func (e *Engine) Plan(ctx context.Context, s Spec) (*Plan, error) {
	ctx = e.paced(ctx)
	if err := e.check(s); err != nil {
		return nil, err
	}
	have, err := e.observe(ctx, s.Name)
	if err != nil {
		return nil, err
	}
	return e.diff(ctx, s, have)
}

// PlanDelete plans the removal of everything the named load balancer owns. It
// returns ErrNotFound if nothing of it is left.
func (e *Engine) PlanDelete(ctx context.Context, name string) (*Plan, error) {
	ctx = e.paced(ctx)
	if err := e.usable(name); err != nil {
		return nil, err
	}
	g, err := e.observe(ctx, name)
	if err != nil {
		return nil, err
	}
	plan, err := e.planDelete(ctx, name, g)
	if err == nil && plan.Empty() {
		err = fmt.Errorf("%w: %q", ErrNotFound, name)
	}
	return plan, err
}

// Names yields the names of the load balancers that the Engine's owner has, in the
// order of their creation.
func (e *Engine) Names(ctx context.Context) iter.Seq2[string, error] {
	return func(yield func(string, error) bool) {
		ctx := e.paced(ctx)
		if err := e.usable("-"); err != nil {
			yield("", err)
			return
		}
		seen := map[string]bool{} // one that is being replaced has two
		for o, err := range octavia.List(ctx, e.octavia, "lbaas/loadbalancers", "loadbalancers", nil) {
			if err != nil {
				yield("", err)
				return
			}
			name := nameOf(o)
			if !slices.Contains(ownersOf(o), e.owner) || seen[name] {
				continue
			}
			seen[name] = true
			if !yield(name, nil) {
				return
			}
		}
	}
}

// paced makes calls keep to the one rate of all who share the Waiter.
func (e *Engine) paced(ctx context.Context) context.Context {
	if e.waiter == nil {
		return ctx
	}
	return e.waiter.Pace(ctx)
}

// usable reports what makes any call pointless.
func (e *Engine) usable(name string) error {
	if !(e.removal >= 0 && e.removal <= 1) { // NaN, too
		return &FieldError{Path: "WithMaxRemove", Problem: fmt.Sprintf("is %v; must be a share from 0 to 1", e.removal)}
	}
	if e.octavia == nil {
		return &FieldError{Path: "client", Problem: "is nil; give New a load-balancer client"}
	}
	if name == "" {
		return &FieldError{Path: "name", Problem: "is empty; load balancers are found by name"}
	}
	return e.owned()
}

// owned reports an owner whose marks could not be written and found again.
func (e *Engine) owned() error { return mark.Validate(e.owner, "") }

// check refuses, without a call and all at once, a Spec that no cloud could serve: faulty,
// or beyond what its provider can do at any release.
func (e *Engine) check(s Spec) error {
	errs := []error{s.Validate()}
	if caps, ok := e.caps.best(s.Provider); ok {
		errs = append(errs, s.Refusals(caps))
	}
	if s.FloatingIP != nil && e.network == nil {
		errs = append(errs, ErrNoNetwork)
	}
	if err := errors.Join(errs...); err != nil {
		return err
	}
	e.memory.wishes(StoredName(s.Name), s.FloatingIP != nil)
	return e.usable(s.Name)
}

func (e *Engine) diff(ctx context.Context, s Spec, have *Graph) (*Plan, error) {
	name := s.Provider
	if have != nil && name == "" {
		name = have.Provider()
	}
	if plan := e.idle(ctx, s, have); plan != nil {
		return plan, nil
	}
	caps, err := e.caps.of(ctx, name)
	if err != nil {
		return nil, err
	}
	caps = e.creation.made(caps)
	if caps.Has(provider.Flavors) { // else Diff refuses the wish
		if s, err = e.flavorID(ctx, s); err != nil {
			return nil, err
		}
	}
	var again VIP
	if have == nil {
		s, again = e.comesBack(s)
	}
	plan, err := e.mend(ctx, s, have, caps)
	if err != nil {
		return nil, err
	}
	if len(again.addresses()) > 0 {
		plan.vacates = again
	}
	plan.removal = &e.removal
	if err := e.roomFor(have); err != nil {
		return nil, err
	}
	return plan, nil
}
