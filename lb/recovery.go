// SPDX-License-Identifier: Apache-2.0

package lb

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/gophercloud/gophercloud/v2"

	"github.com/octaviakit/octaviakit/waiter"
)

// Recovery is what an Engine does about ERROR, from the gentlest remedy up, and how
// often. A live VIP is never deleted unasked: a replacement needs WithApproval. The zero
// Recovery does nothing but report.
type Recovery struct {
	// Retries is how often an object in ERROR below an ACTIVE load balancer is written
	// once more, which makes the driver try again [2]. Another Spec counts anew.
	Retries int
	// Failovers is how often a load balancer that is in ERROR itself is failed over [1]:
	// amphora then makes new machines behind the same address, ovn has no such thing.
	// Octavia's policy leaves it to administrators, so without one none is tried; a
	// refusal goes on to the next remedy.
	Failovers int
	// Replace makes a load balancer anew that cannot be mended [true]: beside the old one
	// and with its floating IP where it has one, else in its place and with its address.
	Replace bool
	// Deletions is how often what its deletion left in ERROR is deleted once more [4].
	Deletions int
	// Window is after how long the Engine forgets what it has tried [1h]. It also does
	// once everything is as wanted.
	Window time.Duration
	// Admin makes the failovers [the Engine's own client, if its token has the role admin
	// or load-balancer_admin].
	Admin *gophercloud.ServiceClient
}

// DefaultRecovery is the policy of an Engine that was told no other.
func DefaultRecovery() Recovery {
	return Recovery{Retries: 2, Failovers: 1, Replace: true, Deletions: 4, Window: time.Hour}
}

// WithRecovery sets the policy for what is in ERROR [DefaultRecovery].
func WithRecovery(r Recovery) Option { return option(func(e *Engine) { e.recovery = r }) }

// Remedy is one way out of ERROR.
type Remedy uint8

// The remedies, the gentlest first.
const (
	Hopeless      Remedy = iota // nothing is left to try: a *RecoveryError
	RetryChild                  // write the object once more
	Failover                    // let the provider make new machines
	ReplaceFailed               // a new load balancer takes over

	replaceInPlace // where there is no room for two
)

// Ailment is what a Recovery judges by.
type Ailment struct {
	Whole      bool // the load balancer itself is in ERROR, not only something below
	Fails      bool // the provider can fail over, as far as is known
	Shared     bool // other owners have a share in it, whom a replacement would interrupt
	Retried    int  // how often the object in ERROR was written again
	FailedOver int  // how often the load balancer was failed over, or that was refused
}

// Remedy decides what to try next: a pure function.
func (r Recovery) Remedy(a Ailment) Remedy {
	switch {
	case !a.Whole && a.Retried < r.Retries:
		return RetryChild
	case !a.Whole:
		return Hopeless
	case a.Fails && a.FailedOver < r.Failovers:
		return Failover
	case r.Replace && !a.Shared:
		return ReplaceFailed
	}
	return Hopeless
}

// RecoveryError means that something is in ERROR and that the Recovery has nothing left
// to try. It unwraps to waiter.ErrFailed.
type RecoveryError struct {
	LoadBalancer string // name
	Failed       []Node // what is in ERROR
	Retried      int    // how often the one that was tried most was written again
	FailedOver   int    // how often the load balancer was failed over, or that was refused
	Deleted      int    // how often it was deleted, if it would not go
	Shared       bool   // other owners would be interrupted by making it anew
}

func (e *RecoveryError) Error() string {
	names := make([]string, len(e.Failed))
	for i, n := range e.Failed {
		names[i] = n.Path + " (" + n.ID + ")"
	}
	text := fmt.Sprintf("lb: %q: in ERROR: %s; written again %d times, failed over %d times",
		e.LoadBalancer, strings.Join(names, ", "), e.Retried, e.FailedOver)
	if e.Deleted > 0 {
		text += fmt.Sprintf(", deleted %d times", e.Deleted)
	}
	if e.Shared {
		text += "; making it anew would interrupt other owners"
	}
	return text + "; see WithRecovery"
}

// Unwrap says what kind of failure it is.
func (e *RecoveryError) Unwrap() []error {
	if e.Shared {
		return []error{waiter.ErrFailed, ErrShared}
	}
	return []error{waiter.ErrFailed}
}

func (e *RecoveryError) any(k Kind) bool {
	return e != nil && slices.ContainsFunc(e.Failed, func(n Node) bool { return n.Kind == k })
}

func (e *RecoveryError) only(kinds ...Kind) bool {
	return !slices.ContainsFunc(e.Failed, func(n Node) bool { return !slices.Contains(kinds, n.Kind) })
}

// pools are the paths of those with a member in ERROR.
func (e *RecoveryError) pools() map[string]bool {
	out := map[string]bool{}
	for _, n := range e.Failed {
		if n.Kind == KindMember {
			out[parentPath(n.Path)] = true
		}
	}
	return out
}
