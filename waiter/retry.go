// SPDX-License-Identifier: Apache-2.0

package waiter

import (
	"hash/fnv"
	"strconv"
	"time"

	"github.com/cenkalti/backoff/v4"
)

// Intervals between failed reads: the five that are tolerated by default span half a
// minute, as long as a restart of the API takes.
const (
	retryFirst  = 500 * time.Millisecond
	retryFactor = 2.5
	retryMax    = 30 * time.Second

	// Intervals between attempts at a lock that reads as free and is not.
	lockFirst  = 100 * time.Millisecond
	lockFactor = 2
	lockMax    = 5 * time.Second

	jitter = 0.2 // share of an interval by which it may be longer
)

// retryDelay is the interval after the nth consecutive failure (from 1). The jitter
// comes from who waits and how often it failed, not from a random source: many
// waits spread, and each behaves the same way every time.
func retryDelay(id string, n int) time.Duration {
	return nth(id, n, backoff.NewExponentialBackOff(
		backoff.WithInitialInterval(retryFirst), backoff.WithMultiplier(retryFactor), backoff.WithMaxInterval(retryMax),
		backoff.WithMaxElapsedTime(0), backoff.WithRandomizationFactor(0)))
}

func lockDelay(id string, n int) time.Duration {
	return nth(id, n, backoff.NewExponentialBackOff(
		backoff.WithInitialInterval(lockFirst), backoff.WithMultiplier(lockFactor), backoff.WithMaxInterval(lockMax),
		backoff.WithMaxElapsedTime(0), backoff.WithRandomizationFactor(0)))
}

func nth(id string, n int, b *backoff.ExponentialBackOff) time.Duration {
	const enough = 20 // the cap is reached long before
	var d time.Duration
	for range min(n, enough) {
		d = b.NextBackOff()
	}
	h := fnv.New32a()
	_, _ = h.Write([]byte(id + strconv.Itoa(n)))
	return d + scale(d, jitter*float64(h.Sum32()%1024)/1024)
}
