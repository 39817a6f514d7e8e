// SPDX-License-Identifier: Apache-2.0

package lb

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"math"
	"net/url"
	"slices"
	"strings"

	"github.com/octaviakit/octaviakit/internal/fault"
	"github.com/octaviakit/octaviakit/internal/octavia"
	"github.com/octaviakit/octaviakit/observe"
	"github.com/octaviakit/octaviakit/provider"
	"github.com/octaviakit/octaviakit/waiter"
)

// Adoption says which load balancer shall become the owner's, whatever software made
// it. ID or Name is needed.
type Adoption struct {
	// ID of the load balancer.
	ID string
	// Name that it has now, in the place of ID; no other of the project may have it.
	// See CloudProviderOpenStackName and its like for those of other software.
	Name string
	// As is the name by which the owner shall know it; absent: the one that it has.
	As string
	// LeaveFloatingIP leaves its floating IP unmarked: it goes on serving and outlives the
	// load balancer, as one that somebody reserved should.
	LeaveFloatingIP bool
}

// PlanAdopt reports what Adopt would find and do. It changes nothing and does not
// wait: of a load balancer that is PENDING it is a preview. Its errors are Adopt's.
func (e *Engine) PlanAdopt(ctx context.Context, a Adoption) (*AdoptionReport, error) {
	ctx = e.paced(ctx)
	if err := e.adoptable(a); err != nil {
		return nil, err
	}
	t, err := e.candidate(ctx, a)
	if err != nil {
		return nil, err
	}
	return t.report(), nil
}

// Adopt puts the owner's mark on a load balancer that other software, or nobody in
// particular, has made, and returns what exists then; the graph's Spec is a wish for
// what is there. Nothing is made anew and nothing else is changed, with two exceptions:
// pools, listeners and policies that have no name, or one that another has, get names of
// their own, since that is how they are found; and a floating IP on the VIP gets the
// mark, too, so that it is released with the load balancer.
//
// It waits for changes in flight, and may be run again after any crash. What is the
// owner's already is left as it is. Errors: ErrNotFound, ErrAmbiguous if several have
// the name, ErrNotOwned if another owner's mark is on it, waiter.ErrFailed if it is in
// ERROR, where Octavia lets nobody change it.
//
// The software that made it does not read marks: stop it first, or it goes on changing
// what is no longer its own. PlanAdopt's report says what can be told of it.
func (e *Engine) Adopt(ctx context.Context, a Adoption) (*Graph, error) {
	ctx = e.paced(ctx)
	if err := e.adoptable(a); err != nil {
		return nil, err
	}
	var last error
	left := math.MaxInt
	for failures := 0; failures < setbacks; {
		t, err := e.settledCandidate(ctx, a)
		if err == nil && t.plan.Empty() {
			return t.graph, nil
		}
		if err == nil {
			err = e.take(ctx, t)
		}
		switch {
		case err == nil && len(t.plan.steps) < left:
			failures, left = 0, len(t.plan.steps)
			continue
		case err == nil: // somebody takes back what we do
			err = fmt.Errorf("%w: %q", ErrNoProgress, t.as)
		case !worthAnotherRound(err):
			return nil, err
		}
		last = err
		failures++
		e.observer.Observe(ctx, observe.Event{Kind: observe.Retry, Object: cmp.Or(a.ID, a.Name), Attempt: failures, Err: err})
		if err := pause(ctx, failures, err); err != nil {
			return nil, errors.Join(err, last)
		}
	}
	return nil, errors.Join(ErrNoProgress, last)
}

// adoptable reports what is wrong before any call.
func (e *Engine) adoptable(a Adoption) error {
	switch {
	case a.ID == "" && a.Name == "":
		return &FieldError{Path: "name", Problem: "is empty; say which load balancer by ID or Name"}
	case a.ID != "" && a.Name != "":
		return &FieldError{Path: "name", Problem: "stands beside an ID; use one of them"}
	case a.ID != "" && !octavia.IsID(a.ID):
		return &FieldError{Path: "id", Problem: fmt.Sprintf("%q is no ID; use the UUID, or Name", a.ID)}
	}
	return e.usable(cmp.Or(a.ID, a.Name))
}

// candidate is a load balancer to be adopted, as found.
type candidate struct {
	Adoption
	owner string
	as    string // stored name
	graph *Graph
	caps  provider.Capabilities
	plan  *Plan
	blind bool // for floating IPs
}

// candidate finds the load balancer, and plans.
func (e *Engine) candidate(ctx context.Context, a Adoption) (*candidate, error) {
	o, err := e.locate(ctx, a)
	if err != nil {
		return nil, err
	}
	t := &candidate{Adoption: a, owner: e.owner, as: cmp.Or(StoredName(a.As), str(o, "name")), blind: e.network == nil}
	if t.as == "" {
		return nil, &FieldError{Path: "as", Problem: "is empty, and so is the name of " + str(o, "id") + "; give it one"}
	}
	if err := e.unclaimed(ctx, o, t.as, a.Name); err != nil {
		return nil, err
	}
	if t.graph, err = e.read(ctx, newSurvey(), o, t.as, &e.memory); err != nil {
		return nil, err
	}
	if f := t.graph.floating; f != nil && f.PortID != t.graph.VIPPortID() { // a leftover of ours
		t.graph.floating = nil
	}
	if t.caps, err = e.caps.of(ctx, t.graph.Provider()); err != nil {
		return nil, err
	}
	t.draw()
	return t, nil
}

// locate finds the load balancer that an Adoption means. One that has its new name
// already was renamed before a crash.
func (e *Engine) locate(ctx context.Context, a Adoption) (octavia.Object, error) {
	if a.ID != "" {
		o, err := octavia.Get(ctx, e.octavia, "lbaas/loadbalancers/"+a.ID, "loadbalancer")
		if fault.Is(err, fault.NotFound) && !fault.Of(err).NoSuchPath() {
			return nil, fmt.Errorf("%w: %s", ErrNotFound, a.ID)
		}
		return o, err
	}
	found, err := e.named(ctx, a.Name)
	if err == nil && len(found) == 0 && a.As != "" {
		found, err = e.named(ctx, a.As)
		found = slices.DeleteFunc(found, func(o octavia.Object) bool { return !slices.Contains(ownersOf(o), e.owner) })
	}
	switch {
	case err != nil:
		return nil, err
	case len(found) == 0:
		return nil, fmt.Errorf("%w: %q", ErrNotFound, a.Name)
	case len(found) > 1:
		return nil, fmt.Errorf("%w: %q: %s; adopt by ID", ErrAmbiguous, a.Name, strings.Join(idsOf(found), ", "))
	}
	return found[0], nil
}

// named lists the load balancers of a name, whosoever, but those that are going.
func (e *Engine) named(ctx context.Context, name string) ([]octavia.Object, error) {
	name = StoredName(name)
	found, err := collect(octavia.List(ctx, e.octavia, "lbaas/loadbalancers", "loadbalancers", url.Values{"name": {name}}))
	return slices.DeleteFunc(found, func(o octavia.Object) bool { return str(o, "provisioning_status") == pendingDelete }), err
}

func idsOf(objects []octavia.Object) []string {
	ids := make([]string, len(objects))
	for i, o := range objects {
		ids[i] = str(o, "id")
	}
	slices.Sort(ids)
	return ids
}

// unclaimed reports another owner's mark, and another load balancer of ours that has
// the name already. asked is the name by which it was found, "" if by ID.
func (e *Engine) unclaimed(ctx context.Context, o octavia.Object, as, asked string) error {
	switch owners := ownersOf(o); {
	case len(owners) > 0 && !slices.Contains(owners, e.owner):
		return fmt.Errorf("%w: %q (%s) has the mark %q", ErrNotOwned, str(o, "name"), str(o, "id"), ownersText(owners))
	case len(owners) > 1 && as != str(o, "name"):
		return fmt.Errorf("%w: %q (%s) is the name that %s know it by", ErrShared, str(o, "name"), str(o, "id"), ownersText(owners))
	}
	if as == StoredName(asked) {
		return nil // it is the only one of that name, whosoever
	}
	same, err := e.named(ctx, as)
	if err != nil {
		return err
	}
	for _, s := range same {
		if str(s, "id") != str(o, "id") && slices.Contains(ownersOf(s), e.owner) {
			return fmt.Errorf("%w: %q: %s has it already, not %s", ErrAmbiguous, as, str(s, "id"), str(o, "id"))
		}
	}
	return nil
}

// settledCandidate is the candidate once nothing in it is PENDING any more.
func (e *Engine) settledCandidate(ctx context.Context, a Adoption) (*candidate, error) {
	for range rounds {
		t, err := e.candidate(ctx, a)
		if err != nil || t.graph.busy() == nil {
			return t, err
		}
		if err := e.waitOut(ctx, t.graph); err != nil {
			return nil, err
		}
	}
	return nil, fmt.Errorf("%w: %q never settles", ErrNoProgress, cmp.Or(a.ID, a.Name))
}

// take makes the first call of the plan. It does not wait for what it begins, as the
// next look does: so tags are merged with what was there a moment ago.
func (e *Engine) take(ctx context.Context, t *candidate) error {
	s := t.plan.steps[0]
	if t.graph.root.Provisioning == failed && s.op.floating == nil {
		return fmt.Errorf("%w: load balancer %q (%s) is in ERROR, where Octavia changes nothing, not its tags either; "+
			"fail it over or have it repaired first", waiter.ErrFailed, t.graph.Name(), t.graph.ID())
	}
	r := e.newRun(t.plan, t.graph)
	r.hasty = true
	if err := r.step(ctx, s, nil); err != nil {
		return &ApplyError{LoadBalancer: t.as, ID: t.graph.ID(), Step: s, Total: len(t.plan.steps), Err: err}
	}
	return nil
}
