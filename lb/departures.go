// SPDX-License-Identifier: Apache-2.0

package lb

import (
	"sync"
	"time"
)

// departures are what Steps have deleted and what is still there: the driver may take the
// members of an ovn pool one by one, and the pool reads ACTIVE meanwhile. To delete it once
// more only makes the driver's queue longer, unless it has forgotten the call.
type departures struct {
	mu    sync.Mutex
	under map[string]departure // by ID
}

// departure is one of them.
type departure struct {
	members  int
	since    time.Time // deleted, or less by a member
	patience time.Duration
}

// manyDepartures bounds them: what is gone is not asked for again, and is forgotten at last.
const manyDepartures = 1024

// leave notes that something was deleted. At each repetition more time is given.
func (d *departures) leave(id string, members int) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.under == nil || len(d.under) >= manyDepartures {
		d.under = map[string]departure{}
	}
	patience := max(aWhile, 2*d.under[id].patience)
	d.under[id] = departure{members, time.Now(), patience}
}

// leaves reports whether something was deleted and seems about to go: not for long has
// nothing become of it, as long as its members take to go, or a moment.
func (d *departures) leaves(id string, members int) bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	x, deleted := d.under[id]
	if !deleted {
		return false
	}
	if members != x.members {
		x.patience = max(x.patience, 2*time.Since(x.since))
		x.members, x.since = members, time.Now()
		d.under[id] = x
	}
	return time.Since(x.since) < x.patience
}

// quiet is for how long nothing has become of what was deleted, zero if it was not.
func (d *departures) quiet(id string) time.Duration {
	d.mu.Lock()
	defer d.mu.Unlock()
	if x, deleted := d.under[id]; deleted {
		return time.Since(x.since)
	}
	return 0
}
