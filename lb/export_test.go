// SPDX-License-Identifier: Apache-2.0

package lb

// Remembers is how many entries the Engine's memories have.
func (e *Engine) Remembers() int {
	return len(e.memory.below) + len(e.memory.whole) + len(e.memory.names) + len(e.memory.bare) + len(e.told.address) + len(e.told.serving) +
		len(e.told.ready) + len(e.pace.under) + len(e.spent.per) + len(e.lost.ids)
}
