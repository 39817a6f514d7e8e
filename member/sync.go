// SPDX-License-Identifier: Apache-2.0

package member

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/octaviakit/octaviakit/internal/fault"
	"github.com/octaviakit/octaviakit/waiter"
)

// Pool names a pool and the load balancer whose lock it shares.
type Pool struct{ ID, LoadBalancerID string }

// validate refuses what cannot be a path before any call.
func (p Pool) validate() error {
	var errs []error
	for _, f := range []struct{ path, id string }{{"pool.ID", p.ID}, {"pool.LoadBalancerID", p.LoadBalancerID}} {
		if f.id == "" || strings.ContainsAny(f.id, "/?# ") {
			errs = append(errs, &fault.FieldError{Path: f.path, Problem: fmt.Sprintf("%q; must be an ID", f.id)})
		}
	}
	return errors.Join(errs...)
}

// accepts is Validate for members of a pool.
func (h How) accepts(p Pool, want []Spec) error {
	return errors.Join(slices.Concat(unjoin(p.validate()), unjoin(h.Validate(want)))...)
}

// Sync makes the pool's members match want and waits until settled.
//
// It reads the members again before each call and plans anew, so it converges
// whatever happens in between: a lost reply is read back and never blindly
// repeated, a member in ERROR is tried once more, and a refused batch is split until
// the bad members are known; each is an *Error, all of them joined. With
// How.Share, members that want does not name stay. Nothing to do costs one read.
func Sync(ctx context.Context, w *waiter.Waiter, p Pool, want []Spec, how How) error {
	if err := how.accepts(p, want); err != nil {
		return err
	}
	wish, began := newWish(), time.Now()
	wish.replace(want, how.Share)
	have, err := List(ctx, w.Client(), p.ID)
	if err != nil && (!passing(err) || ctx.Err() != nil) {
		return ended(ctx, p, began, 0, err)
	}
	d, _ := wish.delta(have)
	if err == nil && d.Empty() && !slices.ContainsFunc(have, func(m Member) bool { return m.Provisioning != "ACTIVE" }) {
		return nil
	}
	r := newRun(w, p, how, wish.delta)
	r.expect = d.size()
	if err := r.drive(ctx); err != nil {
		return err
	}
	return r.blame(nil)
}
