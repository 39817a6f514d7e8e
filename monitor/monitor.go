// SPDX-License-Identifier: Apache-2.0

// Package monitor describes and maintains pool health monitors.
package monitor

import (
	"context"
	"iter"
	"time"

	"github.com/octaviakit/octaviakit/provider"
	"github.com/octaviakit/octaviakit/waiter"
)

// Type is a probe type as the API spells it.
type Type string

const (
	TypeHTTP     Type = "HTTP"
	TypeHTTPS    Type = "HTTPS"
	TypePing     Type = "PING"
	TypeTCP      Type = "TCP"
	TypeTLSHello Type = "TLS-HELLO"
	TypeUDP      Type = "UDP-CONNECT"
	TypeSCTP     Type = "SCTP"
)

// Spec is the desired monitor. The zero value is a TCP probe every 5s.
type Spec struct {
	Name           string
	Type           Type          // [TCP]
	Delay          time.Duration // between probes [5s]; whole seconds
	Timeout        time.Duration // [3s]; less than Delay; whole seconds
	MaxRetries     int           // successes to go ONLINE, 1-10 [3]
	MaxRetriesDown int           // failures to go ERROR, 1-10 [3]
	HTTPMethod     string        // HTTP(S) only [GET]
	URLPath        string        // HTTP(S) only [/]
	ExpectedCodes  string        // HTTP(S) only, "200", "200,202" or "200-204" [200]
	HTTPVersion    string        // "1.0", "1.1"; "": Octavia's default
	DomainName     string        // Host header; needs HTTPVersion 1.1
	AdminStateUp   *bool         // nil: leave
	Tags           []string      // nil: leave; empty: none
}

func HTTP(path string) Spec  { panic("stub") }
func HTTPS(path string) Spec { panic("stub") }
func TCP() Spec              { panic("stub") }
func UDP() Spec              { panic("stub") }

// Validate reports every problem at once, as joined *FieldErrors. poolProtocol is the pool's ("" skips the checks that need it).
func (s Spec) Validate(poolProtocol string) error { panic("stub") }

// Requires yields the provider features the spec depends on.
func (s Spec) Requires() iter.Seq[provider.Feature] { panic("stub") }

// Body is the monitor as the Octavia API takes it when created (without pool_id).
func (s Spec) Body() map[string]any { panic("stub") }

// Diff compares an observed monitor (decoded JSON) with s: the fields that differ, and whether
// a field that cannot be changed in place is among them. update is the PUT body.
func Diff(have map[string]any, s Spec) (changes []Change, update map[string]any, replace bool) {
	panic("stub")
}

// Change is one field's difference, as text for plans.
type Change struct{ Field, Old, New string }

// Ensure makes the pool's monitor match s with at most one PENDING cycle, two when the type changes. It returns the monitor's ID.
func Ensure(ctx context.Context, w *waiter.Waiter, loadBalancerID, poolID string, s Spec) (string, error) {
	panic("stub")
}

// Remove deletes the pool's monitor. A pool without one is success.
func Remove(ctx context.Context, w *waiter.Waiter, loadBalancerID, poolID string) error {
	panic("stub")
}
