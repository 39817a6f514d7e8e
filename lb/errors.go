// SPDX-License-Identifier: Apache-2.0

package lb

import (
	"errors"
	"fmt"

	"github.com/octaviakit/octaviakit/internal/fault"
	"github.com/octaviakit/octaviakit/provider"
)

var (
	// ErrNotFound means that the owner has no load balancer of that name.
	ErrNotFound = errors.New("lb: no such load balancer")
	// ErrNotOwned means that a load balancer of that name exists and carries
	// another owner's mark, or none: then Engine.Adopt can put it on.
	ErrNotOwned = errors.New("lb: load balancer exists but is not this owner's")
	// ErrAmbiguous means that several load balancers have this name and owner.
	ErrAmbiguous = errors.New("lb: several load balancers have this name and owner")
	// ErrShared means that other owners share the load balancer, and that the Spec
	// would change what is theirs, too.
	ErrShared = errors.New("lb: load balancer is shared with other owners")
	// ErrStale means that the cloud changed since the plan was made: plan again.
	ErrStale = errors.New("lb: the cloud changed since the plan was made")
	// ErrDisruptive means that the plan interrupts traffic, or removes more members
	// than may go, and nobody approved it; see WithApproval and WithMaxRemove.
	ErrDisruptive = errors.New("lb: plan interrupts traffic or removes too much, and was not approved")
	// ErrNoNetwork means that the Spec wants a floating IP and the Engine has no
	// network client; see WithNetwork.
	ErrNoNetwork = errors.New("lb: a floating IP needs WithNetwork")
	// ErrNoProgress means that planning and applying did not end in an empty plan.
	ErrNoProgress = errors.New("lb: still not as wanted after the last round")
)

// FieldError names a field of a Spec by path and says what would be right:
// listeners["https"].pool: no such pool "wbe".
type FieldError = fault.FieldError

// RefusedError is a service's refusal with its meaning: which call, what kind, the
// service's own sentence. It unwraps to the gophercloud error.
type RefusedError = fault.Error

// UnsupportedError is a wish that the provider cannot fulfil at the cloud's
// release. errors.Is(err, errors.ErrUnsupported) holds, and it unwraps to the
// *provider.UnsupportedError.
type UnsupportedError struct {
	Path    string // of the field that asks for it
	Instead string // what would do, where something would
	Err     *provider.UnsupportedError
}

func (e *UnsupportedError) Error() string {
	s := e.Path + ": " + e.Err.Error()
	if e.Instead != "" {
		s += "; instead: " + e.Instead
	}
	return s
}

func (e *UnsupportedError) Unwrap() error { return e.Err }

// ReplaceError means that the Spec changes fields of the load balancer itself that
// Octavia cannot change: it has to be made anew, which needs approval (then the error
// matches ErrDisruptive, too) or, for the reason given, cannot be done.
type ReplaceError struct {
	LoadBalancer string
	Fields       []Field
	Because      string // why it cannot be replaced; "": it only needs approval
}

func (e *ReplaceError) Error() string {
	text := fmt.Sprintf("lb: %q would have to be replaced: Octavia cannot change %s", e.LoadBalancer, fieldsText(e.Fields))
	if e.Because != "" {
		text += "; it cannot be replaced: " + e.Because
	}
	return text
}

// ApplyError says which step failed and how far the plan had got. It unwraps to
// the cause: a *RefusedError, a *waiter.Error, a context error. Planning again goes on
// from there.
type ApplyError struct {
	LoadBalancer string // name
	ID           string // of it, "" where it was not made
	Step         Step
	Done, Total  int // steps
	Err          error
}

func (e *ApplyError) Error() string {
	return fmt.Sprintf("lb: %q: step %d of %d, %s: %v", e.LoadBalancer, e.Done+1, e.Total, e.Step.Call, e.Err)
}

func (e *ApplyError) Unwrap() error { return e.Err }
