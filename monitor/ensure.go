// SPDX-License-Identifier: Apache-2.0

package monitor

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/octaviakit/octaviakit/internal/fault"
	"github.com/octaviakit/octaviakit/internal/octavia"
	"github.com/octaviakit/octaviakit/waiter"
)

// maxTries bounds the cycles that one call may need: lost replies, a monitor that
// somebody else makes or deletes meanwhile.
const maxTries = 6

// Ensure makes the pool's monitor match s with at most one PENDING cycle, two when
// the type changes (what s leaves alone is taken over then), and one more where the driver
// (ovn) leaves the pool's listeners PENDING_UPDATE. It returns the monitor's ID.
//
// It reads the pool and its monitor before each call, so a lost reply is looked up
// and not repeated, and a monitor that appeared meanwhile is adopted. A monitor in ERROR
// is updated once even if nothing differs. Nothing to do costs two reads and no wait.
func Ensure(ctx context.Context, w *waiter.Waiter, loadBalancerID, poolID string, s Spec) (string, error) {
	if err := s.Validate(""); err != nil {
		return "", err
	}
	k := &keeper{w: w, lb: loadBalancerID, pool: poolID, want: s}
	if err := k.look(ctx); err != nil {
		return "", err
	}
	if err := s.Validate(k.protocol); err != nil {
		return "", err
	}
	k.want = s.On(k.protocol)
	err := k.drive(ctx, k.towardsWish)
	return k.id, err
}

// Remove deletes the pool's monitor. A pool without one is success, and so is no such pool.
func Remove(ctx context.Context, w *waiter.Waiter, loadBalancerID, poolID string) error {
	k := &keeper{w: w, lb: loadBalancerID, pool: poolID}
	err := k.look(ctx)
	if err == nil {
		err = k.drive(ctx, k.towardsNone)
	}
	if missing(err) {
		return nil
	}
	return err
}

// keeper looks after one pool's monitor.
type keeper struct {
	w        *waiter.Waiter
	lb, pool string
	want     Spec

	protocol string         // the pool's
	up       any            // the pool's admin_state_up
	have     map[string]any // the monitor as read; nil: none
	id       string
	touched  string // the monitor that has been updated already
	tolerate []string
}

// step is one call; last says that nothing comes after it.
type step struct {
	call func(context.Context) error
	last bool
}

// look reads the pool and its monitor.
func (k *keeper) look(ctx context.Context) error {
	k.have, k.id = nil, ""
	pool, err := octavia.Get(ctx, k.w.Client(), "lbaas/pools/"+k.pool, "pool")
	if err != nil {
		return fmt.Errorf("pool %s: %w", k.pool, err)
	}
	k.protocol, k.up = text(pool["protocol"]), pool["admin_state_up"]
	id := text(pool["healthmonitor_id"]) // absent when there is none
	if id == "" {
		return nil
	}
	have, err := octavia.Get(ctx, k.w.Client(), path(id), "healthmonitor")
	if missing(err) { // gone since
		return nil
	}
	if err != nil {
		return fmt.Errorf("health monitor %s: %w", id, err)
	}
	k.have, k.id = have, id
	return nil
}

func path(id string) string { return "lbaas/healthmonitors/" + id }

func missing(err error) bool { return fault.Is(err, fault.NotFound) && !fault.Of(err).NoSuchPath() }

// towardsWish is the next call on the way to the Spec, nil if there is none.
func (k *keeper) towardsWish() *step {
	if k.have == nil {
		return &step{k.create, true}
	}
	changes, body, replace := Diff(k.have, k.want)
	switch {
	case replace:
		return &step{k.delete, false}
	case len(changes) > 0, k.have["provisioning_status"] == "ERROR" && k.touched != k.id:
		return &step{func(ctx context.Context) error { return k.update(ctx, body) }, true}
	}
	return nil
}

func (k *keeper) towardsNone() *step {
	if k.have == nil {
		return nil
	}
	return &step{k.delete, true}
}

func (k *keeper) create(ctx context.Context) error {
	body := k.want.Body()
	body["pool_id"] = k.pool
	made, err := octavia.Create(ctx, k.w.Client(), "lbaas/healthmonitors", "healthmonitor", body)
	k.id = text(made["id"])
	return err
}

func (k *keeper) update(ctx context.Context, body map[string]any) error {
	if body == nil { // in ERROR: any update pushes the whole monitor to the driver
		body = map[string]any{}
		k.want.effective().numbers(body)
	}
	k.touched = k.id
	_, err := octavia.Update(ctx, k.w.Client(), path(k.id), "healthmonitor", body)
	return err
}

func (k *keeper) delete(ctx context.Context) error {
	k.want = k.want.Inherit(k.have)
	return octavia.Delete(ctx, k.w.Client(), path(k.id))
}

var errDone = errors.New("nothing to do")

// drive makes the calls, each a PENDING cycle, until nothing is left to do.
func (k *keeper) drive(ctx context.Context, next func() *step) error {
	if next() == nil {
		return nil
	}
	var err error
	for try := range maxTries {
		var sent *step
		var refusal error
		_, err = k.w.Mutate(ctx, k.lb, func(ctx context.Context) error {
			sent, refusal = nil, nil
			if err := k.look(ctx); err != nil {
				return err
			}
			if sent = next(); sent == nil {
				return errDone
			}
			refusal = sent.call(ctx)
			return refusal
		}, waiter.Op("healthmonitor"), waiter.Tolerate(k.tolerate...), waiter.Touch(k.free), waiter.TouchAfter(stranded))
		switch {
		case errors.Is(err, errDone):
			return k.verdict()
		case err == nil && sent.last && !slices.Contains(k.tolerate, k.id):
			return nil
		case err != nil:
			if err := k.learn(ctx, err, refusal, sent != nil, try); err != nil {
				return err
			}
		}
	}
	if err == nil {
		err = errors.New("it is another one each time it is read")
	}
	return fmt.Errorf("health monitor of pool %s, tried %d times: %w", k.pool, maxTries, err)
}

// stranded is how long what is above the monitor may stay PENDING below an ACTIVE load
// balancer before it is freed: no driver takes that long to report it, if it does.
const stranded = time.Second

// free is a [waiter.Touch] for the listeners, and on 2023.1 and before pools, that the
// ovn driver leaves PENDING_UPDATE when a monitor changes. One update of the pool that
// carries admin_state_up is answered for the pool and all its listeners.
func (k *keeper) free(ctx context.Context, o waiter.Object) error {
	if o.Kind != "listener" && o.ID != k.pool || k.up == nil {
		return fmt.Errorf("a harmless change to a %s: %w", o.Kind, errors.ErrUnsupported)
	}
	_, err := octavia.Update(ctx, k.w.Client(), "lbaas/pools/"+k.pool, "pool", octavia.Object{"admin_state_up": k.up})
	return err
}

// verdict is what to say when nothing is left to do.
func (k *keeper) verdict() error {
	if k.have != nil && k.have["provisioning_status"] == "ERROR" {
		return fmt.Errorf("health monitor %s: updated, and still: %w", k.id, waiter.ErrFailed)
	}
	return nil
}

// learn decides whether to look again after a cycle that went wrong.
func (k *keeper) learn(ctx context.Context, err, refusal error, sent bool, try int) error {
	var wait *waiter.Error
	f := fault.Of(err)
	switch {
	case ctx.Err() != nil:
		return err
	case fault.Is(refusal, fault.Duplicate, fault.NotFound, fault.Locked):
		return nil // not what it was
	case errors.Is(err, waiter.ErrFailed) && errors.As(err, &wait):
		return k.bystanders(err, wait, sent)
	case errors.As(err, &wait): // waits have a tolerance of their own
	case f.Unknown() || fault.Is(f, fault.Transient, fault.Throttled):
		return pause(ctx, max(f.After, time.Second<<min(try, 4)))
	}
	return err
}

// bystanders lets objects in ERROR be that were so before, or are not ours to mend.
func (k *keeper) bystanders(err error, wait *waiter.Error, sent bool) error {
	for _, o := range wait.Failed {
		if o.ID == k.lb || o.ID == k.pool || sent && o.ID == k.id {
			return err
		}
		k.tolerate = append(k.tolerate, o.ID)
	}
	return nil
}

func pause(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}
