// SPDX-License-Identifier: Apache-2.0

package waiter

import (
	"context"
	"time"

	"github.com/octaviakit/octaviakit/internal/octavia"
)

// Pace returns a context with which all calls of this module, reads and changes alike,
// keep to the Waiter's rate (WithRate), and to the quiet that the service asked anybody
// for (Retry-After). So whoever shares a Waiter shares one limit.
func (w *Waiter) Pace(ctx context.Context) context.Context {
	return octavia.Paced(ctx, pacer{w.gate})
}

// Heed is Pace without the waiting: a Retry-After is noted for everybody, but calls are
// made at once. See Quiet.
func (w *Waiter) Heed(ctx context.Context) context.Context {
	return octavia.Paced(ctx, heeding{pacer{w.gate}})
}

// Quiet is how long the service has asked for quiet; 0: not now.
func (w *Waiter) Quiet() time.Duration { return max(w.gate.wait(), 0) }

type pacer struct{ gate *gate }

func (p pacer) Slot(ctx context.Context) { p.gate.take(ctx) }
func (p pacer) Close(d time.Duration)    { p.gate.close(d) }

type heeding struct{ pacer }

func (heeding) Slot(context.Context) {}
