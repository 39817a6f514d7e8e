// SPDX-License-Identifier: Apache-2.0

package octavia

import (
	"context"
	"errors"
	"net/http"
	"sync/atomic"
)

// ErrLater means that a context of Single has had its one call.
var ErrLater = errors.New("one change at a time was allowed")

type singleKey struct{}

// Single returns a context that lets one mutating call through, whatever becomes of it.
// Whoever waits between calls shall not do so with it: see IsSingle.
func Single(ctx context.Context) context.Context {
	return context.WithValue(ctx, singleKey{}, new(atomic.Bool))
}

// IsSingle reports whether a context is of Single.
func IsSingle(ctx context.Context) bool { return ctx.Value(singleKey{}) != nil }

// spent takes the one call, and reports whether it was taken before.
func spent(ctx context.Context, method string) bool {
	taken, ok := ctx.Value(singleKey{}).(*atomic.Bool)
	return ok && method != http.MethodGet && taken.Swap(true)
}
