// SPDX-License-Identifier: Apache-2.0

package provider

import (
	"iter"
	"slices"
)

// QuirkID names a known defect or a behaviour that clients must live with. Code
// that works around one asks for it by id ([Capabilities.HasQuirk]) and never
// compares versions. There is one constant per entry of data/defects.json.
type QuirkID string

// Severity says how much a quirk hurts who does not know it.
type Severity string

const (
	Critical Severity = "critical" // data loss, a stuck load balancer, an open door
	Major    Severity = "major"    // an operation fails or has no effect
	Minor    Severity = "minor"    // a nuisance
)

// Quirk is a defect (upstream fixed it, or would) or a behaviour to live with.
type Quirk struct {
	ID       QuirkID
	Provider Name // "" for defects of the API, which every driver has
	Core     bool // matters most to an orchestrating client
	Defect   bool // false: works as designed, and no release will change it
	Severity Severity

	Features []Feature // rows of the matrix that it spoils; none: any operation may meet it

	From      Release  // first release that has it; see FromNote
	FromNote  string   // how exactly that is known, or which point releases have it
	Fixed     Release  // first release whose GA has the fix; zero: none has
	Last      Release  // last release that can have it, where that is not for a fix; zero: see Fixed
	FixedTag  string   // the tag of that GA
	Backports []string // fixed point releases of older series; recorded, never assumed
	FixNote   string

	Symptom    string   // what a client sees
	Workaround string   // what a client does about it
	Confidence string   // "code", "relnote" or "inferred"
	Bug        string   // "LP 1979661" where there is one
	Sources    []string // where it is proved

	inAPI bool // follows Octavia's release, not that of a driver packaged apart
}

// InForce reports whether any release of the span has the quirk.
func (q Quirk) InForce(s Span) bool {
	return s.Valid() && q.From <= s.Ceiling &&
		(q.Fixed == 0 || s.Floor < q.Fixed) && (q.Last == 0 || s.Floor <= q.Last)
}

// AllQuirks yields every quirk that is known, of any driver and release; the
// core ones first.
func AllQuirks() iter.Seq[Quirk] {
	return func(yield func(Quirk) bool) {
		for i := range matrix().quirks {
			if !yield(matrix().quirks[i].clone()) {
				return
			}
		}
	}
}

// LookupQuirk returns what is known of id; ok is false for an id that is not known.
func LookupQuirk(id QuirkID) (q Quirk, ok bool) {
	p, ok := matrix().byQuirk[id]
	if !ok {
		return Quirk{}, false
	}
	return p.clone(), true
}

func (q Quirk) clone() Quirk {
	q.Features, q.Backports, q.Sources = slices.Clone(q.Features), slices.Clone(q.Backports), slices.Clone(q.Sources)
	return q
}
