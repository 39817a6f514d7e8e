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
// sees the other.

// alreadyThere is ErrStale if somebody was faster: another program of the owner's, whose
// load balancer is then the one that counts (see choose), or another owner who shares
// one, who is then joined.
func (r *run) alreadyThere(ctx context.Context, made octavia.Object) error {
	id := str(made, "id")
	found, err := collect(octavia.List(ctx, r.octavia, "lbaas/loadbalancers", "loadbalancers", url.Values{"name": {str(made, "name")}}))
	if err != nil {
		return err
	}
	for _, o := range found {
		switch {
		case str(o, "id") == id || str(o, "id") == r.ids[oldPath] || str(o, "provisioning_status") == pendingDelete:
		case slices.Contains(ownersOf(o), r.owner):
			if str(o, "created_at") <= str(made, "created_at") { // in the same second: both look again
				return fmt.Errorf("%w: %q was made by somebody else at the same time (%s)", ErrStale, r.plan.name, str(o, "id"))
			}
		case r.plan.want.Shared && mark.SharedAs(tagsOf(o)) != "" && !r.hasty && byAge(o, made) < 0:
			return r.yield(ctx, id, ownersText(ownersOf(o)))
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
