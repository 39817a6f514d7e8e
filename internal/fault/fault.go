// SPDX-License-Identifier: Apache-2.0

// Package fault tells Octavia's and Neutron's refusals apart by their words.
//
// Status codes alone mislead: Octavia answers 409 for a lock that goes away, for a
// duplicate that does not and for an object in use; 403 for policy and for quota;
// 400 for a subnet that is not there; 500 for a provider driver's refusal.
package fault

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
)

// Kind is what a refusal means to a client, which its HTTP status alone does not say.
type Kind string

// The kinds of refusal.
const (
	None         Kind = ""             // no error
	Locked       Kind = "locked"       // 409: the load balancer, pool or policy is PENDING (or in ERROR: wait and see); wait and repeat
	Duplicate    Kind = "duplicate"    // 409: another object holds the slot (port, member, monitor, default pool)
	InUse        Kind = "in use"       // 409: something still refers to the object; or a Neutron conflict
	Invalid      Kind = "invalid"      // 400 (also "Subnet X not found"), 405, 406, 413, 415, 422
	Unauthorized Kind = "unauthorized" // 401, and no new token to be had
	Forbidden    Kind = "forbidden"    // 403 by policy
	Quota        Kind = "quota"        // 403 (Octavia) or 409 (Neutron) with the quota's words
	NotFound     Kind = "not found"    // 404
	Unsupported  Kind = "unsupported"  // 501: the provider cannot
	Exhausted    Kind = "exhausted"    // Neutron has no address left
	Throttled    Kind = "throttled"    // 429, 503 with Retry-After
	Broken       Kind = "broken"       // 500 that the provider driver reports: repeating it rarely helps
	Transient    Kind = "transient"    // 502, 503, 504, other 500s, no connection made, 401 to a new token: worth a retry
	Lost         Kind = "lost"         // sent, but no readable answer (transport): the outcome of a mutation is unknown
	Canceled     Kind = "canceled"     // the context ended
	Other        Kind = "other"
)

// Error is a refusal with its meaning. It unwraps to the gophercloud error.
type Error struct {
	Op       string // "POST /v2.0/lbaas/listeners", no host and no query
	Kind     Kind
	Status   int           // HTTP status, 0 if there was no answer
	Type     string        // Neutron's exception class ("FloatingIPPortAlreadyAssociated"), if any
	Text     string        // the service's own sentence
	Resource string        // for Quota: "Load Balancer"
	After    time.Duration // Retry-After, if given
	Err      error

	foreign bool // the answer did not come from the service itself, or not from the path meant
}

// Error gives operation, status, meaning and the service's sentence. It holds no token and no query.
func (e *Error) Error() string {
	var b strings.Builder
	if e.Op != "" {
		b.WriteString(e.Op + ": ")
	}
	if e.Status != 0 {
		fmt.Fprintf(&b, "%d ", e.Status)
	}
	b.WriteString(string(e.Kind))
	if e.Kind == Quota && e.Resource != "" {
		b.WriteString(" (" + e.Resource + ")")
	}
	if e.Text != "" {
		b.WriteString(": " + e.Text)
	}
	if e.After > 0 {
		fmt.Fprintf(&b, " (retry after %v)", e.After)
	}
	return b.String()
}

// Unwrap returns the error that was classified.
func (e *Error) Unwrap() error { return e.Err }

// Unknown reports whether a mutation refused like this may have been carried out
// all the same: the reply was lost, the context ended, or a proxy answered in
// place of the service. Octavia's own refusals roll everything back.
func (e *Error) Unknown() bool {
	switch e.Kind {
	case Lost, Canceled:
		return true
	case Transient:
		return e.Status == 502 || e.Status == 504 || e.Status >= 500 && e.foreign
	default:
		return false
	}
}

// overtaken is how MariaDB from 11.6 on (innodb_snapshot_isolation) refuses a transaction.
const overtaken = "Record has changed since last read"

// Overtaken reports whether the service's database refused a change because another
// one came first. It was rolled back, and may be again as long as somebody is busy.
func (e *Error) Overtaken() bool { return e.Kind == Transient && strings.Contains(e.Text, overtaken) }

// NoSuchPath reports whether a 404 speaks of the path and not of the object: the
// endpoint is wrong or a proxy does not know it. Nothing may be taken for deleted.
func (e *Error) NoSuchPath() bool { return e.Kind == NotFound && e.foreign }

// Is reports whether err means one of the kinds.
func Is(err error, kinds ...Kind) bool {
	if err == nil {
		return slices.Contains(kinds, None)
	}
	return slices.Contains(kinds, Of(err).Kind)
}

// FieldError names an offending field and says what would be right.
type FieldError struct{ Path, Problem string }

// Error gives the field and the problem.
func (e *FieldError) Error() string { return e.Path + ": " + e.Problem }

// Of returns err as an *Error, classifying gophercloud, transport and context errors; nil for nil.
func Of(err error) *Error {
	if err == nil {
		return nil
	}
	var known *Error
	if errors.As(err, &known) {
		return known
	}
	return classify(err)
}
