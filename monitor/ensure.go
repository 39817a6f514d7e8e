// SPDX-License-Identifier: Apache-2.0

package monitor

import (
	"context"

	"github.com/octaviakit/octaviakit/waiter"
)

// Ensure makes the pool's monitor match s with at most one PENDING cycle, two when the type changes. It returns the monitor's ID.
func Ensure(ctx context.Context, w *waiter.Waiter, loadBalancerID, poolID string, s Spec) (string, error) {
	panic("stub")
}

// Remove deletes the pool's monitor. A pool without one is success.
func Remove(ctx context.Context, w *waiter.Waiter, loadBalancerID, poolID string) error {
	panic("stub")
}
