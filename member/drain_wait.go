// SPDX-License-Identifier: Apache-2.0

package member

import (
	"context"
	"fmt"
	"time"

	"github.com/octaviakit/octaviakit/internal/fault"
	"github.com/octaviakit/octaviakit/internal/octavia"
	"github.com/octaviakit/octaviakit/provider"
)

// statsEvery is how often the listeners' connections are read: amphorae report
// them with their heartbeats, every 10s by default.
const statsEvery = 10 * time.Second

// wait waits for the grace period, or until nothing is connected any more.
// Octavia counts connections per listener and not per member, so other members'
// connections keep it waiting, until grace is over. A reading that fails in passing is
// made again at the next heartbeat: the members are out of service, come what may.
func (d Drainer) wait(ctx context.Context, p Pool, by provider.Drain) (connections int, err error) {
	end := time.Now().Add(d.Grace)
	for {
		connections = -1
		if by == provider.DrainByWeight { // ovn answers statistics with zeros, or not at all
			if connections, err = d.connections(ctx, p); err != nil && !passing(err) {
				return -1, err
			}
		}
		left := time.Until(end)
		// The first heartbeat after the change is the first that can be believed.
		if left <= 0 || connections == 0 && d.Grace-left >= statsEvery {
			return connections, nil
		}
		if by == provider.DrainByWeight {
			left = min(left, statsEvery)
		}
		t := time.NewTimer(left)
		select {
		case <-t.C:
		case <-ctx.Done():
			t.Stop()
			return connections, fmt.Errorf("draining pool %s, %s left: %w", p.ID, counted(connections), fault.Ended(ctx))
		}
	}
}

func counted(connections int) string {
	if connections < 0 {
		return "an unknown number of connections"
	}
	return fmt.Sprint(connections, " connections")
}

// connections adds up the active ones of the listeners that use the pool.
func (d Drainer) connections(ctx context.Context, p Pool) (int, error) {
	pool, err := octavia.Get(ctx, d.Waiter.Client(), "lbaas/pools/"+p.ID, "pool")
	if err != nil {
		return -1, fmt.Errorf("pool %s: %w", p.ID, err)
	}
	sum := 0
	listeners, _ := pool["listeners"].([]any)
	for _, l := range listeners {
		ref, _ := l.(map[string]any)
		id, _ := ref["id"].(string)
		stats, err := octavia.Get(ctx, d.Waiter.Client(), "lbaas/listeners/"+id+"/stats", "stats")
		if err != nil {
			return -1, fmt.Errorf("connections of listener %s: %w", id, err)
		}
		n, _ := stats["active_connections"].(float64)
		sum += int(n)
	}
	return sum, nil
}
