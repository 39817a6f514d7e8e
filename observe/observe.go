// SPDX-License-Identifier: Apache-2.0

// Package observe carries what the SDK does to whoever wants to know, without
// choosing a logging library for them.
package observe

import (
	"context"
	"log/slog"
	"time"

	"go.uber.org/zap"
)

const stub = "stub"

// Kind says what happened.
type Kind uint8

const (
	Poll      Kind = iota + 1 // one status read while waiting
	Settled                   // a wait ended, well or badly
	StepBegin                 // a mutating call is about to be made
	StepEnd                   // ... has been made and has settled
	Retry                     // a call is being repeated; Err says why
)

func (k Kind) String() string { panic(stub) }

// Event is one fact. Unset fields do not apply to its Kind.
type Event struct {
	Kind         Kind
	LoadBalancer string        // ID
	Object       string        // "pool/web", "listener/https"
	Action       string        // "create", "update", "delete"
	Status       string        // provisioning_status as last read
	Attempt      int           // 1-based
	Elapsed      time.Duration // since the wait or step began
	Err          error
}

// An Observer receives events in order, on the goroutine that did the work.
// It must not block: it is inside the critical path.
type Observer interface {
	Observe(context.Context, Event)
}

// Func adapts a function to an Observer.
type Func func(context.Context, Event)

func (f Func) Observe(ctx context.Context, e Event) { f(ctx, e) }

// Tee fans out to several observers; nils are skipped.
func Tee(obs ...Observer) Observer { panic(stub) }

// Slog logs events: Poll at debug, steps at info, failures at warn.
func Slog(l *slog.Logger) Observer { panic(stub) }

// Zap logs events with zap, at the same levels as Slog.
func Zap(l *zap.Logger) Observer { panic(stub) }
