// SPDX-License-Identifier: Apache-2.0

package waiter

import (
	"context"
	"time"
)

// takeBelow makes what it can of news of a load balancer that is no longer PENDING. Reads
// of what only this wait wants to know keep to its schedule once it is about children.
func (r *run) takeBelow(ctx context.Context, n news) (done bool, err error) {
	due := r.quiet.pending == "" || time.Since(r.began) >= r.grid
	busy := n.tree != nil && len(r.awaited(n.tree)) > 0
	own := n.tree == nil || len(n.tree.Failed()) > 0 || len(n.members) > 0 && (busy && r.blind() || !busy && !r.vouched(n))
	switch {
	case !due && (own || !busy && (r.o.whole || len(r.also) > 0)):
		return false, nil
	case own:
		return r.step(ctx)
	case len(n.members) > 0 && busy:
		r.heard(ctx, n.tree, false)
		return false, nil
	}
	r.attempts++
	return r.weigh(ctx, n.tree.plus(n.members))
}

// inOrder reports whether the driver turns a load balancer ACTIVE last, after all that is
// below: the amphora worker does (MarkLBActiveInDB with mark_subobjects), but for
// listeners, of which there are lists (MarkLBAndListenersActiveInDB).
func (n news) inOrder() bool {
	return n.driver == "amphora" || n.driver == "amphorav2" || n.driver == "octavia"
}

// vouched reports whether members are ACTIVE if all that lists show is. They are when a
// load balancer that was being created turns ACTIVE on amphora: they were marked with
// their pools, and had one failed, the load balancer would be in ERROR. Where the worker
// forgets the children of a single POST (before 10.1.0 and 11.0.1), it forgets the pools as
// well, and they stay PENDING. Later changes vouch for nothing: a member whose change
// fails is in ERROR below an ACTIVE pool (MembersToErrorOnRevertTask). Nor does the
// ovn driver, which turns a pool ACTIVE with the first member of a batch.
func (r *run) vouched(n news) bool { return n.inOrder() && r.lock == pendingCreate }

// blind reports whether it is time to look at the tree: whether the members of a pool that
// stays PENDING make progress only that says.
func (r *run) blind() bool {
	const longest = 5 * time.Second
	if r.trust.IsZero() {
		r.trust = time.Now()
	}
	return r.o.touchSoon > 0 || time.Since(r.trust) >= longest
}
