// SPDX-License-Identifier: Apache-2.0

package provider

import (
	"errors"
	"iter"
	"maps"
	"slices"
)

// Capabilities is an immutable column of the matrix: what one driver can do on
// one cloud. Where the cloud's release is only known as a span, the answers hold
// for every release of it: a feature must be there at all of them, a quirk is in
// force if any of them has it.
//
// The zero value can do nothing. Values are safe for concurrent use.
type Capabilities struct {
	name   Name
	api    Span // Octavia's release
	driver Span // the driver's; the same, except for ovn, which is packaged apart

	features map[Feature]bool // what With and Without say; never written to after it is set
	quirks   map[QuirkID]bool // likewise

	_ [0]func() // not comparable
}

// Lookup returns the column for a driver at a release, as it was at GA:
// backports are recorded in the entries, never assumed. Aliases of the driver
// are resolved. An unknown name or release is an [*UnknownError].
func Lookup(n Name, r Release) (Capabilities, error) {
	return LookupSpan(n, At(r), At(r))
}

// LookupSpan returns the column for a driver on a cloud of which only a span of
// releases is known. The ovn driver is packaged apart from Octavia, so driver may
// differ from api; for amphora, driver is not used.
func LookupSpan(n Name, api, driver Span) (Capabilities, error) {
	n = n.Canonical()
	if n == Amphora {
		driver = api
	}
	if !slices.Contains(Names(), n) {
		known := []string{string(Amphora), string(OVN)}
		return Capabilities{}, &UnknownError{Kind: "provider", Value: string(n), Known: known}
	}
	for _, s := range []Span{api, driver} {
		if !s.Valid() {
			known := Span{oldest, newest}.String()
			return Capabilities{}, &UnknownError{Kind: "release", Value: s.String(), Known: []string{known}}
		}
	}
	return Capabilities{name: n, api: api, driver: driver}, nil
}

// Provider is the driver's canonical name; "" for the zero value.
func (c Capabilities) Provider() Name { return c.name }

// Release is the oldest Octavia that the cloud may run.
func (c Capabilities) Release() Release { return c.api.Floor }

// API is the span of releases that Octavia may be of.
func (c Capabilities) API() Span { return c.api }

// Driver is the span of releases that the driver may be of. It differs from
// [Capabilities.API] only for ovn, which operators may install at another release.
func (c Capabilities) Driver() Span { return c.driver }

// Has reports whether every feature is supported; true for none.
// A feature that the matrix does not know is not supported.
func (c Capabilities) Has(fs ...Feature) bool {
	for _, f := range fs {
		if !c.Entry(f).OK {
			return false
		}
	}
	return true
}

// Trust is Has, and past the defects of each that make it unsafe by default.
func (c Capabilities) Trust(fs ...Feature) bool {
	for _, f := range fs {
		if !c.Entry(f).Trusted {
			return false
		}
	}
	return true
}

// Entry returns one cell. For a feature that the matrix does not know, all but
// Feature is zero.
func (c Capabilities) Entry(f Feature) Entry {
	r, ok := matrix().byID[f]
	if !ok || c.name == "" {
		return Entry{Feature: f, APIMinor: -1}
	}
	return c.judge(r)
}

// judge reads a row for the column.
func (c Capabilities) judge(r *row) Entry {
	x := r.cells[c.name]
	e := Entry{
		Feature: r.id, Group: r.group, Description: r.description,
		APISince: r.apiSince, APIMinor: r.apiMinor, APINote: r.apiNote,
		Since: x.since, Reliable: x.reliable, Removed: x.removed, Backports: slices.Clone(x.backports),
		Otherwise: x.instead(c.driver.Floor), Note: x.note, Confidence: r.confidence, Sources: slices.Clone(r.sources),
	}
	known := r.apiSince != 0 && c.api.Floor >= r.apiSince
	there := x.since != 0 && c.driver.Floor >= x.since && (x.removed == 0 || c.driver.Ceiling < x.removed)
	e.OK = known && there
	e.Trusted = e.OK && c.driver.Floor >= x.reliable
	if said, ok := c.features[r.id]; ok {
		e.OK, e.Trusted = said, said
	}
	if !known && r.apiMinor > 0 {
		e.Otherwise = Invalid // an attribute or value that this API does not know
	}
	return e
}

// Require is Has as an error: one [*UnsupportedError] per missing feature, all
// of them joined, in the order asked and each once; nil if nothing is missing.
func (c Capabilities) Require(fs ...Feature) error {
	var errs []error
	seen := map[Feature]bool{}
	for _, f := range fs {
		if seen[f] {
			continue
		}
		seen[f] = true
		if e := c.Entry(f); !e.OK {
			errs = append(errs, c.unsupported(e))
		}
	}
	return errors.Join(errs...)
}

func (c Capabilities) unsupported(e Entry) *UnsupportedError {
	u := &UnsupportedError{
		Provider: c.name, Release: c.driver.Floor, Feature: e.Feature,
		Since: max(e.Since, e.APISince), Otherwise: e.Otherwise, Note: e.Note,
	}
	if e.Since == 0 || e.APISince == 0 || e.Removed != 0 && c.driver.Floor >= e.Since {
		u.Since = 0
	}
	return u
}

// With derives a column that has the features and may trust them: for a cloud
// that is patched, or newer than the matrix.
func (c Capabilities) With(fs ...Feature) Capabilities { return c.say(true, fs) }

// Without derives a column that lacks the features: for a cloud whose operator
// or whose answers say so.
func (c Capabilities) Without(fs ...Feature) Capabilities { return c.say(false, fs) }

func (c Capabilities) say(has bool, fs []Feature) Capabilities {
	c.features = overlaid(c.features, has, fs)
	return c
}

// All yields the column in the matrix's own order; nothing for the zero value.
func (c Capabilities) All() iter.Seq[Entry] {
	return func(yield func(Entry) bool) {
		if c.name == "" {
			return
		}
		for _, r := range matrix().rows {
			if !yield(c.judge(r)) {
				return
			}
		}
	}
}

// Quirks yields what is in force at any release that the column stands for, the
// core ones first.
func (c Capabilities) Quirks() iter.Seq[Quirk] {
	return func(yield func(Quirk) bool) {
		for q := range AllQuirks() {
			if c.HasQuirk(q.ID) && !yield(q) {
				return
			}
		}
	}
}

// HasQuirk reports whether the quirk is in force at any release that the column
// stands for. The zero value has none, nor is an unknown id ever in force.
func (c Capabilities) HasQuirk(id QuirkID) bool {
	if said, ok := c.quirks[id]; ok {
		return said
	}
	q, ok := matrix().byQuirk[id]
	if !ok || c.name == "" || (q.Provider != "" && q.Provider != c.name) {
		return false
	}
	if q.inAPI {
		return q.InForce(c.api)
	}
	return q.InForce(c.driver)
}

// WithQuirks derives a column in which the quirks are in force: a fake that shows
// one of them alone, a cloud that was seen to have it.
func (c Capabilities) WithQuirks(ids ...QuirkID) Capabilities {
	c.quirks = overlaid(c.quirks, true, ids)
	return c
}

// WithoutQuirks derives a column without the quirks: a point release or a
// distribution's package that carries the fix.
func (c Capabilities) WithoutQuirks(ids ...QuirkID) Capabilities {
	c.quirks = overlaid(c.quirks, false, ids)
	return c
}

// overlaid is a copy of old in which each key says v.
func overlaid[K comparable](old map[K]bool, v bool, keys []K) map[K]bool {
	m := maps.Clone(old)
	if m == nil {
		m = make(map[K]bool, len(keys))
	}
	for _, k := range keys {
		m[k] = v
	}
	return m
}
