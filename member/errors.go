// SPDX-License-Identifier: Apache-2.0

package member

import (
	"errors"
	"fmt"
	"time"
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
	// Out, if not nil, is a member that was taken out to be replaced and may not be back,
	// with all it had; nobody else knows that any more. Wish for it in the place of the Spec that replaced it.
	Out *Spec
}

// Error names pool, member and cause.
func (e *Error) Error() string {
	out := ""
	if e.Out != nil {
		out = " (taken out to be replaced, and may not be back)"
	}
	return fmt.Sprintf("pool %s: member %s%s: %v", e.Pool, e.Key, out, e.Err)
}

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

// EndedError: the context ended before the change was in force. It unwraps to the
// context's error, and to what the call or the wait that was cut off says: a *waiter.Error
// knows what was last seen.
type EndedError struct {
	Pool   string
	Waited time.Duration
	Calls  int  // that were accepted until then
	GoesOn bool // the change is made all the same: a Batcher's
	Err    error
}

// Error says how far it had come.
func (e *EndedError) Error() string {
	goesOn := ""
	if e.GoesOn {
		goesOn = "; the change goes on"
	}
	return fmt.Sprintf("pool %s: after %v and %d calls: %v%s", e.Pool, e.Waited.Round(time.Millisecond), e.Calls, e.Err, goesOn)
}

// Unwrap returns the cause.
func (e *EndedError) Unwrap() error { return e.Err }
