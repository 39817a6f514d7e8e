// SPDX-License-Identifier: Apache-2.0

// Package fault tells Octavia's and Neutron's refusals apart by their words.
package fault

import "time"

// Kind is what a refusal means to a client, which its HTTP status alone does not say.
type Kind string

const (
	None         Kind = ""             // no error
	Locked       Kind = "locked"       // 409: the load balancer, pool or policy is PENDING; wait and repeat
	Duplicate    Kind = "duplicate"    // 409: another object holds the slot (port, member, monitor, default pool)
	InUse        Kind = "in use"       // 409: something still refers to the object; or a Neutron conflict
	Invalid      Kind = "invalid"      // 400, 404-in-disguise texts, 413, 415
	Unauthorized Kind = "unauthorized" // 401
	Forbidden    Kind = "forbidden"    // 403 by policy
	Quota        Kind = "quota"        // 403 (Octavia) or 409 (Neutron) with the quota's words
	NotFound     Kind = "not found"    // 404
	Unsupported  Kind = "unsupported"  // 501: the provider cannot
	Exhausted    Kind = "exhausted"    // Neutron has no address left
	Throttled    Kind = "throttled"    // 429, 503 with Retry-After
	Broken       Kind = "broken"       // 500 that the provider driver reports: repeating it rarely helps
	Transient    Kind = "transient"    // 502, 503, 504, other 500s: worth a retry
	Lost         Kind = "lost"         // no answer (transport): the outcome of a mutation is unknown
	Canceled     Kind = "canceled"     // the context ended
	Other        Kind = "other"
)

// Error is a refusal with its meaning. It unwraps to the gophercloud error.
type Error struct {
	Op       string // "POST /v2.0/lbaas/listeners", no host and no query
	Kind     Kind
	Status   int           // HTTP status, 0 if there was no answer
	Text     string        // the service's own sentence
	Resource string        // for Quota: "Load Balancer"
	After    time.Duration // Retry-After, if given
	Err      error
}

func (e *Error) Error() string { panic("stub") }
func (e *Error) Unwrap() error { panic("stub") }

// Of returns err as an *Error, classifying gophercloud, transport and context errors; nil for nil.
func Of(err error) *Error { panic("stub") }

// Is reports whether err means one of the kinds.
func Is(err error, kinds ...Kind) bool { panic("stub") }

// FieldError names an offending field and says what would be right.
type FieldError struct{ Path, Problem string }

func (e *FieldError) Error() string { return e.Path + ": " + e.Problem }
