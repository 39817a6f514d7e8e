// SPDX-License-Identifier: Apache-2.0

// Package provider answers one question: can this Octavia driver, at this
// OpenStack release, do that?
//
// It is data, not behaviour: no I/O, no clock, nothing outside the standard
// library. Every cell of the matrix names the file or release note that proves it.
package provider

import (
	"errors"
	"iter"
)

const stub = "stub"

// Name is an Octavia provider driver as the API spells it.
type Name string

const (
	Amphora Name = "amphora"
	OVN     Name = "ovn"
)

// Canonical resolves aliases: "octavia" and "" both mean Amphora.
func (n Name) Canonical() Name { panic(stub) }

// Release is an OpenStack release. Releases are ordered, so r >= Caracal works.
type Release uint8

const (
	Queens Release = iota + 1
	Rocky
	Stein
	Train
	Ussuri
	Victoria
	Wallaby
	Xena
	Yoga
	Zed
	Antelope  // 2023.1
	Bobcat    // 2023.2
	Caracal   // 2024.1
	Dalmatian // 2024.2
	Epoxy     // 2025.1
	Flamingo  // 2025.2
	Gazpacho  // 2026.1
	Hibiscus  // 2026.2
)

// ParseRelease accepts "caracal", "2024.1" and "2024.1 Caracal".
func ParseRelease(s string) (Release, error) { panic(stub) }

// ForAPI reports the oldest release that advertises Octavia API v2.minor.
// It is a floor: clouds backport.
func ForAPI(minor int) (r Release, ok bool) { panic(stub) }

func (r Release) String() string { panic(stub) }

// Feature is one thing a driver may or may not do. Its value is the row's id in
// matrix.json.
type Feature string

const (
	CreatePopulated     Feature = "loadbalancer-create-populated"
	CascadeDelete       Feature = "loadbalancer-cascade-delete"
	MemberBatch         Feature = "member-batch-update"
	MemberBatchAdditive Feature = "member-batch-update-additive"
	MonitorInPopulated  Feature = "hm-in-populated-create"
	AllowedCIDRs        Feature = "listener-allowed-cidrs"
	TerminatedHTTPS     Feature = "listener-protocol-terminated-https"
	PolicyReject        Feature = "l7policy-action-reject"
	AdditionalVIPs      Feature = "loadbalancer-additional-vips"
	ResourceTags        Feature = "tags"
	// ... one constant per row; a test keeps constants and rows in step
)

// Outcome is what a cloud does when asked for what it lacks.
type Outcome string

const (
	Refused Outcome = "error-501" // says so; the honest case
	Invalid Outcome = "error-400"
	Broken  Outcome = "error-500"
	Ignored Outcome = "ignored" // accepted without effect; the SDK must refuse for it
)

// Entry is one cell of the matrix.
type Entry struct {
	Feature   Feature
	OK        bool     // supported at this release
	Since     Release  // first release that has it; zero means none does
	Reliable  Release  // first release without the defects that make it unsafe by default
	Backports []string // point releases of older series that also have it
	Otherwise Outcome  // where not OK
	Note      string   // the caveat a user must know, one sentence
	Source    string   // where it is proved: "ovn-octavia-provider e320491"
}

// Capabilities is an immutable column of the matrix. The zero value can do nothing.
type Capabilities struct{ _ [0]func() }

// Lookup returns the column for a driver at a release.
func Lookup(n Name, r Release) (Capabilities, error) { panic(stub) }

// Has reports whether every feature is supported.
func (c Capabilities) Has(fs ...Feature) bool { panic(stub) }

// Trust is Has, and past the known defects of each.
func (c Capabilities) Trust(fs ...Feature) bool { panic(stub) }

// Entry returns one cell.
func (c Capabilities) Entry(f Feature) Entry { panic(stub) }

// Require is Has as an error: one *UnsupportedError per missing feature, joined.
func (c Capabilities) Require(fs ...Feature) error { panic(stub) }

// With and Without derive a column for a patched or crippled cloud.
func (c Capabilities) With(fs ...Feature) Capabilities    { panic(stub) }
func (c Capabilities) Without(fs ...Feature) Capabilities { panic(stub) }

// All yields the column in the matrix's own order.
func (c Capabilities) All() iter.Seq[Entry] { panic(stub) }

// UnsupportedError says who cannot do what, and since when it could.
// errors.Is(err, errors.ErrUnsupported) holds.
type UnsupportedError struct {
	Provider Name
	Release  Release
	Feature  Feature
	Since    Release // zero: no release does
}

func (e *UnsupportedError) Error() string        { panic(stub) }
func (e *UnsupportedError) Is(target error) bool { return target == errors.ErrUnsupported }
