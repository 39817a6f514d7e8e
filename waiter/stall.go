// SPDX-License-Identifier: Apache-2.0

package waiter

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/gophercloud/gophercloud/v2"
	"github.com/octaviakit/octaviakit/internal/octavia"
	"github.com/octaviakit/octaviakit/observe"
)

const maxTouchAfter = 15 * time.Second

// stalled looks for objects that stay PENDING although the load balancer is ACTIVE.
// While any of them makes progress, the others may only be queueing behind it, as
// the members of an ovn batch do. was is how the load balancer was before.
func (r *run) stalled(ctx context.Context, was string) error {
	if r.want != wantActive {
		return nil
	}
	pending := r.awaited(r.last)
	if r.last.LoadBalancer().Provisioning != statusActive || len(pending) == 0 {
		r.quiet.pending = ""
		return nil
	}
	if p := fingerprint(pending); p != r.quiet.pending {
		switch took := time.Since(r.began); {
		case r.quiet.pending != "":
			r.quiet.longest = max(r.quiet.longest, time.Since(r.quiet.since))
		case strings.HasPrefix(was, "PENDING_") && took > maxTouchAfter && r.queues():
			r.quiet.longest = max(r.quiet.longest, took) // for the first of what it has to do
		}
		r.quiet.pending, r.quiet.since = p, time.Now()
		return nil
	}
	quiet := time.Since(r.quiet.since)
	if r.w.stall > 0 && quiet >= r.stuckAfter() {
		e := r.fail(ErrStuck)
		e.Failed = pending
		return e
	}
	if r.o.touch != nil && quiet >= r.touchAfter() {
		r.touchFirst(ctx, pending)
	}
	return nil
}

// queues reports whether the driver does one thing after the other, and turns the load
// balancer ACTIVE after the first.
func (r *run) queues() bool { return r.o.op.provider == "ovn" }

// patience is how long without progress means anything: least, but no less than twice what
// it has taken in this wait before, or takes the driver lately, and not before such an
// operation usually ends. A driver that is busy with other load balancers is slow and not stuck.
func (r *run) patience(least time.Duration) time.Duration {
	e := r.w.history.expect(r.o.op)
	end := r.began.Add(e.median + 2*e.spread)
	return max(r.slowed(least), end.Sub(r.quiet.since))
}

func (r *run) slowed(least time.Duration) time.Duration {
	return max(least, 2*r.quiet.longest, 2*r.w.history.pause(r.o.op.provider))
}

// learnPause tells other waits how long this one's driver paused at most, unless a touch may
// have ended that.
func (r *run) learnPause() {
	if len(r.quiet.touched) == 0 {
		r.w.history.paused(r.o.op.provider, r.quiet.longest)
	}
}

// stuckAfter is how long without progress is the end.
func (r *run) stuckAfter() time.Duration { return max(r.patience(r.w.stall), r.slow) }

// usual reports whether the wait says how long such operations take. One that took a touch
// says when touches come: learned, it would put off the next one, and that the one after it.
// Those of TouchAfter are not put off by what was learned.
func (r *run) usual() bool { return len(r.quiet.touched) == 0 || r.o.touchSoon > 0 }

// touchAfter is how long without progress makes a touch due.
func (r *run) touchAfter() time.Duration {
	switch {
	case r.o.touchSoon > 0:
		return r.slowed(r.o.touchSoon)
	case r.w.stall <= 0:
		return r.patience(maxTouchAfter)
	}
	return r.patience(min(r.w.stall/4, maxTouchAfter))
}

// whenQuiet shortens a delay so that a touch and the stall limit come when they are due.
func (r *run) whenQuiet(d time.Duration) time.Duration {
	if r.quiet.pending == "" {
		return d
	}
	quiet := time.Since(r.quiet.since)
	if left := r.stuckAfter() - quiet; r.w.stall > 0 && left > 0 {
		d = min(d, left)
	}
	if left := r.touchAfter() - quiet; r.o.touch != nil && left > 0 {
		d = min(d, left)
	}
	return d
}

// touchFirst touches the first object that was not touched yet and can be.
func (r *run) touchFirst(ctx context.Context, pending []Object) {
	for _, o := range pending {
		as := o.ID + " " + o.Provisioning
		if r.quiet.touched[o.ID] || r.quiet.asked[as] {
			continue
		}
		r.quiet.asked[as] = true
		err := r.o.touch(ctx, o)
		if errors.Is(err, errors.ErrUnsupported) {
			continue
		}
		r.quiet.touched[o.ID] = true
		r.quiet.since = time.Now() // gives it the time to work
		r.w.observer.Observe(ctx, observe.Event{
			Kind: observe.Touched, LoadBalancer: r.id, Object: o.Kind + "/" + o.ID, Action: r.o.op.op,
			Status: o.Provisioning, Elapsed: time.Since(r.began), Err: err,
		})
		return
	}
}

// EmptyPut returns a function for [Touch] that writes to a listener or a pool what it
// has, which changes nothing and makes the driver report its status again. It is known to
// free listeners that ovn of Zed left in PENDING_UPDATE when a monitor came, went or
// failed (observed on ovn-octavia-provider 3.0.0) or a member did (LP 1956745), and
// pools that ovn before 2023.2 left so when a monitor went (LP 2024912). A listener takes
// an empty PUT; a pool is read first and sent its admin_state_up, as ovn answers for
// its listeners only then. Of other kinds none is known to come free, and of no kind what is
// PENDING_CREATE or PENDING_DELETE, which is in the driver's queue or lost: for them it is
// errors.ErrUnsupported, and no call is made.
func EmptyPut(client *gophercloud.ServiceClient) func(context.Context, Object) error {
	return func(ctx context.Context, o Object) error {
		body := octavia.Object{}
		switch {
		case o.Provisioning != pendingUpdate:
			return fmt.Errorf("a harmless change to what is %s: %w", o.Provisioning, errors.ErrUnsupported)
		case o.Kind == "listener":
		case o.Kind == "pool":
			have, err := octavia.Get(ctx, client, o.Path(), o.Kind)
			if err != nil {
				return err
			}
			body["admin_state_up"] = have["admin_state_up"]
		default:
			return fmt.Errorf("a harmless change to a %s: %w", o.Kind, errors.ErrUnsupported)
		}
		_, err := octavia.Update(ctx, client, o.Path(), o.Kind, body)
		return err
	}
}

func fingerprint(pending []Object) string {
	var b strings.Builder
	for _, o := range pending {
		b.WriteString(o.ID + " " + o.Provisioning + "\n")
	}
	return b.String()
}
