// SPDX-License-Identifier: Apache-2.0

// Package observe carries what the SDK does to whoever wants to know, without
// choosing a logging library for them.
package observe

import (
	"context"
	"fmt"
	"time"
)

// Kind says what happened.
type Kind uint8

// The kinds of event.
const (
	Poll      Kind = iota + 1 // one status read while waiting
	Settled                   // a wait ended, well or badly
	StepBegin                 // a mutating call is about to be made
	StepEnd                   // ... has been made and has settled
	Retry                     // a call is being repeated; Err says why
	Touched                   // an object left in PENDING was touched to free it

	AddressKnown // milestone: the address that clients will use is known
	Serving      // milestone: the first members answer
	Complete     // milestone: everything is as wished
)

// String names the kind in small letters, "step begin".
func (k Kind) String() string {
	switch k {
	case Poll:
		return "poll"
	case Settled:
		return "settled"
	case StepBegin:
		return "step begin"
	case StepEnd:
		return "step end"
	case Retry:
		return "retry"
	case Touched:
		return "touched"
	case AddressKnown:
		return "address known"
	case Serving:
		return "serving"
	case Complete:
		return "complete"
	default:
		return fmt.Sprintf("kind %d", uint8(k))
	}
}

// Event is one fact. Unset fields do not apply to its Kind.
type Event struct {
	Kind         Kind
	LoadBalancer string        // ID
	Object       string        // "pool/web", "listener/https"
	Action       string        // "create", "update", "delete"; what is awaited, for Poll and Settled
	Call         string        // "PUT lbaas/pools/ID/members"
	Address      string        // for AddressKnown
	Status       string        // provisioning_status as last read
	Pending      int           // objects still PENDING, as last read
	Attempt      int           // 1-based
	Elapsed      time.Duration // since the wait or step began
	Err          error
}

// An Observer receives events in order, on the goroutine that did the work; work
// done on several goroutines is observed on several. It must not block: it is
// inside the critical path.
type Observer interface {
	Observe(context.Context, Event)
}

// Func adapts a function to an Observer.
type Func func(context.Context, Event)

// Observe calls f.
func (f Func) Observe(ctx context.Context, e Event) { f(ctx, e) }

// Tee fans out to several observers in the order given; nils are skipped.
func Tee(obs ...Observer) Observer {
	var t tee
	for _, o := range obs {
		if o != nil {
			t = append(t, o)
		}
	}
	if len(t) == 1 {
		return t[0]
	}
	return t
}

type tee []Observer

func (t tee) Observe(ctx context.Context, e Event) {
	for _, o := range t {
		o.Observe(ctx, e)
	}
}
