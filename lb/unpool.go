// SPDX-License-Identifier: Apache-2.0

package lb

import (
	"slices"

	"github.com/octaviakit/octaviakit/provider"
)

// The ovn driver never answers for a listener whose default pool is set to null (quirk
// ovn-listener-clear-pool-pending), so a plan does not do that. Octavia itself takes a
// pool that is deleted off its listeners; where the pool stays, the listener is made anew.

// listenerDifferences are what a listener lacks, with the pool that it is not to have any
// more left to the pool's own deletion, or to the listener's.
func (d *differ) listenerDifferences(want Listener, have listenerNode) []difference {
	ds := differences(listenerRows(), want, have.attrs, d)
	i := slices.IndexFunc(ds, func(x difference) bool { return x.name == "default_pool_id" && x.want == nil })
	if i < 0 || !d.caps.HasQuirk(provider.QuirkOVNListenerClearPoolPending) {
		return ds
	}
	if slices.ContainsFunc(d.oldPools, func(p poolNode) bool { return sendsTo(have, p) }) {
		return slices.Delete(ds, i, i+1)
	}
	ds[i].effect = Replaces
	return ds
}
