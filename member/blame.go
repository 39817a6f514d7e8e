// SPDX-License-Identifier: Apache-2.0

package member

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"

	"github.com/octaviakit/octaviakit/internal/fault"
	"github.com/octaviakit/octaviakit/waiter"
)

// learn draws the lesson of a cycle that went wrong. An error ends the run.
func (r *run) learn(ctx context.Context, c cycle, failures int) error {
	var wait *waiter.Error
	switch {
	case c.err == nil: // read while something was PENDING
		return pause(ctx, nil, 1)
	case ctx.Err() != nil:
		return c.err
	case c.sendErr != nil && errors.Is(c.err, context.DeadlineExceeded) && errors.As(c.err, &wait):
		return fmt.Errorf("%w; the last answer was: %v", c.err, c.sendErr) //nolint:errorlint // it is a lock, which is no error of the caller's
	case c.sendErr != nil:
		return r.refusal(ctx, c, failures)
	case errors.Is(c.err, waiter.ErrFailed) && errors.As(c.err, &wait):
		return r.failed(ctx, c, wait)
	case errors.Is(c.err, waiter.ErrStuck) && errors.As(c.err, &wait) && r.forgotten(ctx, wait):
		return nil
	case passing(c.err) && !errors.As(c.err, &wait): // the members could not be read; waits have a tolerance of their own
		return pause(ctx, c.err, failures)
	}
	return c.err
}

// refusal judges an answer to the request.
func (r *run) refusal(ctx context.Context, c cycle, failures int) error {
	switch {
	case passing(c.sendErr):
		return pause(ctx, c.sendErr, failures) // then read what became of it
	case fault.Is(c.sendErr, fault.Duplicate, fault.NotFound, fault.Locked) && failures < maxFailures-1:
		return nil // the pool is not what it was: read it again
	case fault.Is(c.sendErr, fault.Quota) && len(c.added) > 0:
		for _, k := range c.added {
			r.refused[k] = c.sendErr
		}
		return nil
	case splittable(c.sendErr):
		if n := len(c.request.keys); n > 1 {
			r.suspects = n
			return nil
		}
		r.refused[c.request.keys[0]] = c.sendErr
		r.suspects = 0
		return nil
	}
	return c.sendErr
}

// passing reports whether a failure says nothing about the request.
func passing(err error) bool {
	return fault.Of(err).Unknown() || fault.Is(err, fault.Transient, fault.Throttled)
}

// splittable reports whether a refusal may be one member's fault. A refused call
// costs no cycle, as Octavia rolls it back at once.
func splittable(err error) bool {
	return fault.Is(err, fault.Invalid, fault.Unsupported, fault.Broken, fault.InUse, fault.Duplicate, fault.Other)
}

// failed judges objects in ERROR. Ours are blamed; others were so before or are
// somebody else's, and stand in nobody's way while load balancer and pool are well.
func (r *run) failed(ctx context.Context, c cycle, wait *waiter.Error) error {
	members := map[string]bool{}
	fresh := false
	for _, o := range wait.Failed {
		if o.ID == r.pool.LoadBalancerID || o.ID == r.pool.ID {
			return c.err
		}
		fresh = fresh || !slices.Contains(r.tolerate, o.ID)
		r.tolerate = append(r.tolerate, o.ID)
		members[o.ID] = o.Kind == "member"
	}
	if !fresh {
		return c.err
	}
	if c.request == nil {
		return nil
	}
	have, err := List(ctx, r.w.Client(), r.pool.ID)
	if err != nil && passing(err) {
		return pause(ctx, err, 1) // they are repaired or blamed at the next reading
	}
	if err != nil {
		return fmt.Errorf("%w; and who is to blame cannot be read: %w", c.err, err)
	}
	for _, m := range have {
		if members[m.ID] && slices.Contains(c.request.keys, m.Key()) {
			r.refused[m.Key()] = c.err
		}
	}
	return nil
}

// forgotten reports whether the wait ended for members that were to go, and nobody is at
// it: the driver has lost the call, as one that queues them does at a restart.
func (r *run) forgotten(ctx context.Context, wait *waiter.Error) bool {
	ours := func(id string) bool { return slices.Contains(r.gone, id) }
	if slices.ContainsFunc(wait.Failed, func(o waiter.Object) bool { return !ours(o.ID) }) {
		return false
	}
	have, err := List(ctx, r.w.Client(), r.pool.ID)
	return err == nil && atRest(where(have, func(m Member) bool { return ours(m.ID) }))
}

// blame is the errors of the members among keys (nil: of all), joined.
func (r *run) blame(keys []Key) error {
	var errs []error
	for _, k := range slices.SortedFunc(maps.Keys(r.refused), Key.Compare) {
		if keys == nil || slices.Contains(keys, k) {
			errs = append(errs, &Error{Pool: r.pool.ID, Key: k, Err: r.refused[k], Out: r.out(k)})
		}
	}
	return errors.Join(errs...)
}

// unfinished are the keys that are not as wished yet and may still become so.
func (r *run) unfinished(d Delta, have []Member) map[Key]bool {
	left := map[Key]bool{}
	for _, k := range d.keys() {
		left[k] = true
	}
	for _, m := range have {
		if m.Provisioning == "ERROR" {
			left[m.Key()] = true
		}
	}
	for k := range r.refused {
		delete(left, k)
	}
	for k := range r.replacing {
		left[k] = true
	}
	return left
}

// filter keeps the changes whose key passes.
func (d Delta) filter(keep func(Key) bool) Delta {
	var out Delta
	for _, s := range d.Add {
		if keep(s.Key()) {
			out.Add = append(out.Add, s)
		}
	}
	for _, u := range d.Update {
		if keep(u.Have.Key()) {
			out.Update = append(out.Update, u)
		}
	}
	for _, m := range d.Remove {
		if keep(m.Key()) {
			out.Remove = append(out.Remove, m)
		}
	}
	return out
}

// first keeps the changes of the first n keys.
func (d Delta) first(n int) Delta {
	keys := d.keys()
	slices.SortFunc(keys, Key.Compare)
	keys = slices.Compact(keys)
	if len(keys) <= n {
		return d
	}
	chosen := make(map[Key]bool, n)
	for _, k := range keys[:n] {
		chosen[k] = true
	}
	return d.filter(func(k Key) bool { return chosen[k] })
}
