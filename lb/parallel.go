// SPDX-License-Identifier: Apache-2.0

package lb

import (
	"context"
	"sync"
)

// readers is how many reads of one load balancer may be in flight: enough to hide
// the API's latency, too few to hurt it.
const readers = 4

// parallel runs the functions, readers at a time, and returns when all have
// returned. The first error cancels the others and is returned.
func parallel(ctx context.Context, fns ...func(context.Context) error) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	var wg sync.WaitGroup
	slots := make(chan struct{}, readers)
	for _, fn := range fns {
		slots <- struct{}{}
		wg.Go(func() {
			defer func() { <-slots }()
			if ctx.Err() != nil {
				return
			}
			if err := fn(ctx); err != nil {
				cancel(err)
			}
		})
	}
	wg.Wait()
	return context.Cause(ctx)
}
