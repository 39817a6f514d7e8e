// SPDX-License-Identifier: Apache-2.0

package waiter

import "time"

// The schedule is a pure function that the public API shows only through its
// effects; its claims are about thousands of durations, so it is tested directly.

// Next is next, for an operation with the given median and spread (zero: unknown).
func Next(elapsed, median, spread time.Duration) time.Duration {
	return next(elapsed, estimate{median, spread})
}

// RetryDelay is retryDelay.
func RetryDelay(id string, n int) time.Duration { return retryDelay(id, n) }
