// SPDX-License-Identifier: Apache-2.0

package member

import (
	"context"

	"github.com/octaviakit/octaviakit/waiter"
)

// Pool names a pool and the load balancer whose lock it shares.
type Pool struct{ ID, LoadBalancerID string }

// Sync makes the pool's members match want and waits until settled.
func Sync(ctx context.Context, w *waiter.Waiter, p Pool, want []Spec, how How) error { panic("stub") }
