// SPDX-License-Identifier: Apache-2.0

package octavia

import (
	"context"
	"time"

	"github.com/octaviakit/octaviakit/internal/fault"
)

// Pacer spaces the calls of everybody who works on one project.
type Pacer interface {
	Slot(ctx context.Context) // waits for the next slot, or until the context ends
	Close(d time.Duration)    // nobody gets a slot for so long: the service asked for it
}

type pacerKey struct{}

// Paced returns a context whose calls keep to p.
func Paced(ctx context.Context, p Pacer) context.Context {
	return context.WithValue(ctx, pacerKey{}, p)
}

// IsPaced reports whether calls with the context keep to a Pacer.
func IsPaced(ctx context.Context) bool { return ctx.Value(pacerKey{}) != nil }

// Slot waits for a slot where the context is paced: for calls that are not this package's.
func Slot(ctx context.Context) {
	if p, ok := ctx.Value(pacerKey{}).(Pacer); ok {
		p.Slot(ctx)
	}
}

// Ready returns a context whose calls take no slot, for one that has been waited for by
// Slot: when what is to be sent depends on how long that took.
func Ready(ctx context.Context) context.Context {
	if p, ok := ctx.Value(pacerKey{}).(Pacer); ok {
		return Paced(ctx, ready{p})
	}
	return ctx
}

type ready struct{ Pacer }

func (ready) Slot(context.Context) {}

// Heed closes the Pacer for everybody if an error says that the service wants quiet.
func Heed(ctx context.Context, err error) {
	if err == nil {
		return
	}
	f := fault.Of(err)
	if p, ok := ctx.Value(pacerKey{}).(Pacer); ok && f.Kind == fault.Throttled {
		p.Close(f.After)
	}
}
