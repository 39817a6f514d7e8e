// SPDX-License-Identifier: Apache-2.0

package waiter

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/octaviakit/octaviakit/internal/fault"
)

// The ways in which a wait goes wrong by itself.
var (
	ErrFailed = errors.New("settled in ERROR")
	ErrStuck  = errors.New("stuck in PENDING under an ACTIVE load balancer")
	ErrGone   = errors.New("load balancer is gone")
)

// Error is every failure of this package. It unwraps to ErrFailed, ErrStuck, ErrGone,
// the context's error and cause, or the gophercloud error.
type Error struct {
	LoadBalancer string
	Want         string   // "ACTIVE", "DELETED"
	Failed       []Object // every object in ERROR, or stuck
	Last         *Status  // as last read, nil if never
	Attempts     int      // reads made
	Elapsed      time.Duration
	Fault        string // the service's own sentence, if any
	Err          error
}

// Error says what was wanted, what went wrong, what was last seen, how often it looked and for how long.
func (e *Error) Error() string {
	var b strings.Builder
	fmt.Fprintf(&b, "load balancer %s: waited %v for %s, read %d times: %v", e.LoadBalancer, e.Elapsed.Round(time.Millisecond), e.Want, e.Attempts, e.Err)
	for i, o := range e.Failed {
		if i == maxNamed {
			fmt.Fprintf(&b, ", and %d more", len(e.Failed)-i)
			break
		}
		b.WriteString([]string{": ", ", "}[min(i, 1)] + o.String())
	}
	if len(e.Failed) == 0 {
		b.WriteString("; last seen: " + e.Last.summary())
	}
	return b.String()
}

const maxNamed = 10 // objects named in one sentence

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.Err }

// summary is a status in one line.
func (s *Status) summary() string {
	if s == nil || len(s.Objects) == 0 {
		return "nothing"
	}
	out := s.LoadBalancer().Provisioning
	var below []Object
	for _, o := range s.Pending() {
		if o.Kind != "loadbalancer" {
			below = append(below, o)
		}
	}
	if n := len(below); n > 0 {
		out += fmt.Sprintf(", %d of %d objects below PENDING, first %s", n, len(s.Objects)-1, below[0])
	}
	return out
}

func (r *run) fail(err error) *Error {
	e := &Error{
		LoadBalancer: r.id, Want: string(r.want), Last: r.last, Attempts: r.attempts,
		Elapsed: time.Since(r.began), Err: err,
	}
	var f *fault.Error
	if errors.As(err, &f) && f.Kind != fault.Canceled {
		e.Fault = f.Text
	}
	return e
}

// ended is the failure that an ended context makes.
func (r *run) ended(ctx context.Context) *Error { return r.fail(fault.Ended(ctx)) }
