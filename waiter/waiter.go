// SPDX-License-Identifier: Apache-2.0

// Package waiter waits for Octavia load balancers to settle.
//
// Octavia locks a whole load balancer (PENDING_*) for every change below it and
// answers 409 to the next change. So the unit of work is not the request but the
// cycle: wait until settled, change one thing, wait until settled. Mutate is that unit.
package waiter

import (
	"context"
	"errors"
	"time"

	"github.com/gophercloud/gophercloud/v2"
	"github.com/octaviakit/octaviakit/observe"
)

const stub = "stub"

// Waiter polls one Octavia endpoint. It holds no goroutine and is safe for concurrent use.
type Waiter struct{ client *gophercloud.ServiceClient }

// New panics if client is nil, as that is a programming error.
func New(client *gophercloud.ServiceClient, opts ...Option) *Waiter { panic(stub) }

// Client returns the endpoint given to New.
func (w *Waiter) Client() *gophercloud.ServiceClient { return w.client }

// Status is a load balancer's status tree, flattened: the load balancer first,
// then every object below it once, parents before children, sorted by kind, then name, then id.
type Status struct {
	Objects []Object
}

// Object is one node of the status tree.
type Object struct {
	Kind         string // "loadbalancer", "listener", "pool", "member", "healthmonitor", "l7policy", "l7rule"
	ID, Name     string
	Provisioning string // provisioning_status
	Operating    string // operating_status
}

// Active blocks until the load balancer is ACTIVE and nothing below it is PENDING.
// The first read is immediate. ERROR anywhere ends the wait at once, as does disappearance.
func (w *Waiter) Active(ctx context.Context, id string, opts ...WaitOption) (*Status, error) {
	panic(stub)
}

// Deleted blocks until the load balancer reads as DELETED or 404.
func (w *Waiter) Deleted(ctx context.Context, id string, opts ...WaitOption) error { panic(stub) }

// Mutate runs one PENDING cycle: it waits until settled, calls fn, and waits until settled again.
// If fn loses the race for the lock (409 immutable), the cycle starts over.
func (w *Waiter) Mutate(ctx context.Context, id string, fn func(context.Context) error, opts ...WaitOption) (*Status, error) {
	panic(stub)
}

// Check reads once and never waits: is the load balancer settled, and if not, when is it worth looking again?
func (w *Waiter) Check(ctx context.Context, id string, opts ...WaitOption) (Progress, error) {
	panic(stub)
}

// Progress is the answer of Check.
type Progress struct {
	Status  *Status
	Settled bool
	After   time.Duration // look again after; zero when settled
}

// WaitOption says more about one wait.
type WaitOption interface{ applyWait(*wait) }
type wait struct{}

// Op names the kind of operation awaited ("loadbalancer create", "member batch"), for learned durations and events.
func Op(name string) WaitOption { panic(stub) }

// Also names objects that the status tree omits (L7 policies, rules, pools without a listener),
// to be read themselves before the load balancer counts as settled. Paths are as in
// "lbaas/l7policies/ID", "lbaas/pools/ID".
func Also(paths ...string) WaitOption { panic(stub) }

// AssumeSettled lets Mutate skip the first wait: the caller has just seen the load balancer settled.
func AssumeSettled() WaitOption { panic(stub) }

// Option configures a Waiter.
type Option interface{ apply(*Waiter) }

func WithTimeout(d time.Duration) Option     { panic(stub) } // bounds waits whose context has no deadline [30m]; 0 removes the bound
func WithTolerance(n int) Option             { panic(stub) } // consecutive failed reads a wait survives [5]
func WithStall(d time.Duration) Option       { panic(stub) } // child PENDING under ACTIVE parent for longer is ErrStuck [2m]; 0 waits on
func WithObserver(o observe.Observer) Option { panic(stub) }

var (
	ErrFailed = errors.New("settled in ERROR")
	ErrStuck  = errors.New("stuck in PENDING under an ACTIVE load balancer")
	ErrGone   = errors.New("load balancer is gone")
)

// Error is every failure of this package. It unwraps to ErrFailed, ErrStuck, ErrGone,
// the context's error and cause, or the gophercloud error.
type Error struct {
	LoadBalancer string
	Want         string   // "ACTIVE", "DELETED"
	Failed       []Object // every object in ERROR, or stuck
	Last         *Status  // as last read, nil if never
	Attempts     int      // reads made
	Elapsed      time.Duration
	Fault        string // the service's own sentence, if any
	Err          error
}

func (e *Error) Error() string { panic(stub) }
func (e *Error) Unwrap() error { return e.Err }
