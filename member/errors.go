// SPDX-License-Identifier: Apache-2.0

package member

import (
	"errors"
	"fmt"
)

// ErrContended: somebody else keeps undoing the change, or Octavia does not carry it out.
var ErrContended = errors.New("member: the pool does not come to rest as wanted")

// ErrClosed: the Batcher or Syncer was closed before the change was accepted.
var ErrClosed = errors.New("member: closed")

// Error blames one member. A batch that is refused as a whole is split until the
// bad members are known, so that their neighbours do not suffer for them.
type Error struct {
	Pool string
	Key  Key
	Err  error // usually a *fault.Error with Octavia's words, or a *waiter.Error if the member ended in ERROR
}

// Error names pool, member and cause.
func (e *Error) Error() string { return fmt.Sprintf("pool %s: member %s: %v", e.Pool, e.Key, e.Err) }

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.Err }

// ConsentError: the change would remove more of the pool than How.MaxRemove
// allows. Nothing was removed. Set How.Consent, or a larger share, to go ahead.
type ConsentError struct {
	Pool     string
	Removing int
	Of       int     // members in the pool
	Share    float64 // the share that is allowed
}

// Error gives the numbers.
func (e *ConsentError) Error() string {
	return fmt.Sprintf("pool %s: removing %d of %d members needs consent (allowed without: %.0f%%)",
		e.Pool, e.Removing, e.Of, 100*e.Share)
}
