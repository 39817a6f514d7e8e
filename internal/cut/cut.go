// SPDX-License-Identifier: Apache-2.0

// Package cut ends a caller's context in the middle of a chosen call of a client, for
// tests of what becomes of the caller then, and of everybody else.
package cut

import (
	"context"
	"net/http"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/gophercloud/gophercloud/v2"
)

// How says at which moment of a call the context ends.
type How string

// The moments of a call.
const (
	Before   How = "before it is sent"
	Hanging  How = "while it hangs, never to arrive"
	Done     How = "when it was carried out, and nobody knows"
	Answered How = "when its answer has come"
)

// All are the moments, in their order.
func All() []How { return []How{Before, Hanging, Done, Answered} }

// Cut is a client's transport that ends a context once.
type Cut struct {
	How How

	bystander *victim // whose context ends although others make the calls

	next http.RoundTripper
	nth  int

	mu    sync.Mutex
	calls int
	who   any
	when  time.Time
}

type key struct{}

type victim struct {
	name   any
	cancel context.CancelFunc
}

// Client makes the nth call (from 1) of a client, of those whose context is [Mortal], end
// that context.
func Client(c *gophercloud.ServiceClient, nth int, how How) *Cut {
	x := &Cut{How: how, next: c.HTTPClient.Transport, nth: nth}
	c.HTTPClient.Transport = x
	return x
}

// Mortal returns a context that a Cut can end, under a name.
func Mortal(ctx context.Context, name any) context.Context {
	ctx, cancel := context.WithCancel(ctx)
	return context.WithValue(ctx, key{}, victim{name, cancel})
}

// Bystander makes it a context's turn to end, which must be [Mortal], although the calls
// are made by others: the nth of all.
func (x *Cut) Bystander(ctx context.Context) {
	if v, ok := ctx.Value(key{}).(victim); ok {
		x.bystander = &v
	}
}

// RoundTrip makes the call, and ends the context if it is the one.
func (x *Cut) RoundTrip(r *http.Request) (*http.Response, error) {
	v, ok := r.Context().Value(key{}).(victim)
	if x.bystander != nil {
		v, ok = *x.bystander, true
	}
	if !ok || !x.due() {
		return x.next.RoundTrip(r)
	}
	switch x.How {
	case Before:
		if err := x.end(r, v); err != nil {
			return nil, err
		}
	case Hanging:
		<-time.After(30 * time.Millisecond)
		if err := x.end(r, v); err != nil {
			return nil, err
		}
	default:
		answer, err := x.next.RoundTrip(r)
		if gone := x.end(r, v); gone != nil && x.How == Done {
			return nil, gone
		}
		return answer, err
	}
	return x.next.RoundTrip(r)
}

// end ends the context, and returns what the call's own then ends with, if it does.
func (x *Cut) end(r *http.Request, v victim) error {
	x.mu.Lock()
	x.who, x.when = v.name, time.Now()
	x.mu.Unlock()
	v.cancel()
	select {
	case <-r.Context().Done():
	case <-time.After(time.Nanosecond): // whoever owns it may have ended it by now
	}
	return r.Context().Err()
}

func (x *Cut) due() bool {
	x.mu.Lock()
	defer x.mu.Unlock()
	x.calls++
	return x.calls == x.nth
}

// Ended reports whose context was ended, and when.
func (x *Cut) Ended() (who any, when time.Time, ok bool) {
	x.mu.Lock()
	defer x.mu.Unlock()
	return x.who, x.when, !x.when.IsZero()
}

// Every runs a play once for each of its calls and each of the moments (none: all), in a
// bubble of its own, until there are no more calls.
func Every(t *testing.T, play func(t *testing.T, nth int, how How) *Cut, hows ...How) {
	t.Helper()
	if len(hows) == 0 {
		hows = All()
	}
	total := 0
	for _, how := range hows {
		for nth := 1; ; nth++ {
			var x *Cut
			synctest.Test(t, func(t *testing.T) { x = play(t, nth, how) })
			if t.Failed() {
				t.Fatalf("at call %d, %s", nth, how)
			}
			if _, _, ok := x.Ended(); !ok {
				break
			}
			total++
		}
	}
	t.Logf("cut %d times in %d calls", total, total/len(hows))
}
