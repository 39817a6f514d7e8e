// SPDX-License-Identifier: Apache-2.0

package octavia

import (
	"context"
	"net/http"
	"sync"
	"time"
)

// Clock is what time it was at the service, by the Date of its answers. The zero value is
// ready; it is safe for concurrent use.
type Clock struct {
	mu       sync.Mutex
	earliest time.Time
}

type clockKey struct{}

// Dated returns a context whose answers are noted in c.
func Dated(ctx context.Context, c *Clock) context.Context {
	return context.WithValue(ctx, clockKey{}, c)
}

// Earliest is the earliest Date that came, in whole seconds: what is read from now on is
// not older. It is zero if no answer had one.
func (c *Clock) Earliest() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.earliest
}

func note(ctx context.Context, h http.Header) {
	c, ok := ctx.Value(clockKey{}).(*Clock)
	if !ok {
		return
	}
	at, err := http.ParseTime(h.Get("Date"))
	if err != nil {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.earliest.IsZero() || at.Before(c.earliest) {
		c.earliest = at
	}
}
