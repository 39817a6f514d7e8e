// SPDX-License-Identifier: Apache-2.0

package member

// abilities is what the planner may rely on.
type abilities struct {
	batch          bool // the exact batch PUT works
	additive       bool // ?additive_only=true, API 2.11
	emptyBatch     bool // a batch may empty a pool
	batchIntoEmpty bool // a batch may fill an empty pool
	batchRemove6   bool // a batch may remove IPv6 members
}

func (h How) abilities() abilities {
	return abilities{batch: true, emptyBatch: true, batchIntoEmpty: true, batchRemove6: true}
}
