// SPDX-License-Identifier: Apache-2.0

package lb

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"slices"

	"github.com/octaviakit/octaviakit/internal/fault"
	"github.com/octaviakit/octaviakit/internal/mark"
	"github.com/octaviakit/octaviakit/internal/octavia"
	"github.com/octaviakit/octaviakit/waiter"
)

// Octavia lets any number of load balancers have one name, so two programs that look at
// the same moment both find nothing and both make one. Whoever has made one looks once
// more, before its address is told to anybody: of two, at least the one that came second
// sees the other. The times have whole seconds, so within one the first may turn out to be
// the second; it then sees so before it gives its own an address, if that is later.

// outranked is ErrStale if what was made in this run is not the one that counts any more:
// for who is about to give it an address long after it was made.
func (r *run) outranked(ctx context.Context) error {
	if !r.fresh {
		return nil
	}
	found, err := r.namesakes(ctx, r.made)
	if err != nil {
		return err
	}
	for _, o := range found {
		if slices.Contains(ownersOf(o), r.owner) && byAge(o, r.made) < 0 {
			return fmt.Errorf("%w: %q was made by somebody else at the same time (%s)", ErrStale, r.plan.name, str(o, "id"))
		}
	}
	return nil
}

// namesakes are the others of the same name, but for those that are about to go.
func (r *run) namesakes(ctx context.Context, made octavia.Object) ([]octavia.Object, error) {
	found, err := collect(octavia.List(ctx, r.octavia, "lbaas/loadbalancers", "loadbalancers", url.Values{"name": {str(made, "name")}}))
	return slices.DeleteFunc(found, func(o octavia.Object) bool {
		id := str(o, "id")
		return id == str(made, "id") || id == r.ids[oldPath] || str(o, "provisioning_status") == pendingDelete
	}), err
}

// alreadyThere is ErrStale if somebody was faster: another program of the owner's, whose
// load balancer is then the one that counts (see choose), or another owner who shares
// one, who is then joined.
func (r *run) alreadyThere(ctx context.Context, made octavia.Object) error {
	found, err := r.namesakes(ctx, made)
	if err != nil {
		return err
	}
	for _, o := range found {
		switch {
		case slices.Contains(ownersOf(o), r.owner):
			if str(o, "created_at") <= str(made, "created_at") { // in the same second: both look again
				return fmt.Errorf("%w: %q was made by somebody else at the same time (%s)", ErrStale, r.plan.name, str(o, "id"))
			}
		case r.plan.want.Shared && mark.SharedAs(tagsOf(o)) != "" && !r.hasty && byAge(o, made) < 0:
			return r.yield(ctx, str(made, "id"), ownersText(ownersOf(o)))
		}
	}
	return nil
}

// yield takes back a load balancer that nobody knows yet, so that its owner joins another.
func (r *run) yield(ctx context.Context, id, them string) error {
	if _, err := r.waiter.Active(ctx, id); err != nil && !errors.Is(err, waiter.ErrFailed) {
		return err
	}
	if err := octavia.Delete(ctx, r.octavia, "lbaas/loadbalancers/"+id+cascade); err != nil && !fault.Is(err, fault.NotFound) {
		return err
	}
	r.memory.forget(id)
	r.told.forget(id)
	if err := r.waiter.Deleted(ctx, id); err != nil {
		return err
	}
	return fmt.Errorf("%w: %q was made and shared by %s at the same time", ErrStale, r.plan.name, them)
}
