// SPDX-License-Identifier: Apache-2.0

package member

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/octaviakit/octaviakit/internal/fault"
)

// ended is err, and how far it had come if the end of the context made it.
func ended(ctx context.Context, p Pool, began time.Time, calls int, err error) error {
	if err == nil || ctx.Err() == nil || !errors.Is(err, ctx.Err()) && !fault.Is(err, fault.Canceled) {
		return err
	}
	if cause := context.Cause(ctx); !errors.Is(err, cause) {
		err = fmt.Errorf("%w: %w", cause, err)
	}
	return &EndedError{Pool: p.ID, Waited: time.Since(began), Calls: calls, Err: err}
}

// missing names the members that a run which failed has taken out to replace them.
func (r *run) missing(err error) error {
	if err == nil {
		return nil
	}
	var errs []error
	for _, k := range slices.SortedFunc(maps.Keys(r.replacing), Key.Compare) {
		errs = append(errs, &Error{Pool: r.pool.ID, Key: k, Err: errInterrupted, Out: r.out(k)})
	}
	return errors.Join(errs...)
}

var errInterrupted = errors.New("the change was interrupted")

// out is what a member had that was taken out to be replaced, nil if it was not.
func (r *run) out(k Key) *Spec {
	if s, ok := r.replacing[k]; ok {
		return &s
	}
	return nil
}

// pause waits before the next try: as long as the service asks, else longer each time.
func pause(ctx context.Context, err error, failures int) error {
	d := time.Second << min(failures-1, 4)
	if err != nil {
		d = max(d, fault.Of(err).After)
	}
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return fault.Ended(ctx)
	}
}
