// SPDX-License-Identifier: Apache-2.0

package provider

// Feature is one thing a driver may or may not do. Its value is the row's id in
// data/matrix.json; there is one constant per row.
type Feature string

// Outcome is what a cloud does when asked for what it lacks.
type Outcome string

const (
	// Refused is HTTP 501 from the driver: the honest case.
	Refused Outcome = "error-501"
	// Invalid is HTTP 400 from the API, such as an attribute it does not know.
	Invalid Outcome = "error-400"
	// Broken is HTTP 500: the driver crashes on it.
	Broken Outcome = "error-500"
	// Ignored is accepted without effect; a client must refuse in its place.
	Ignored Outcome = "ignored"
	// NotApplicable is for rows that cannot be asked for (a property, an
	// operator's switch).
	NotApplicable Outcome = "na"
)

// Entry is one cell of the matrix, judged for a column.
type Entry struct {
	Feature     Feature
	Group       string // "listener", "pool", "member", "healthmonitor", "l7", "loadbalancer" or "other"
	Description string // what the feature is, in the API's words

	OK      bool // supported, at every release the column stands for
	Trusted bool // OK, and past the known defects that make it unsafe by default

	APISince Release // first release whose API knows it; zero: none does
	APIMinor int     // API minor that brought it (0 for v2.0); -1 where it has none of its own
	APINote  string  // how the minor was found

	Since     Release  // first release whose driver has it; zero: none does
	Reliable  Release  // first release without the defects that make it unsafe by default; zero: as Since
	Removed   Release  // first release that no longer has it; zero: still there
	Backports []string // point releases of older series that also have it; recorded, never assumed

	Otherwise  Outcome  // what asking for it does where it is not OK; "" where the matrix does not say
	Note       string   // the caveat a user must know
	Confidence string   // "code", "relnote", "doc", "inferred" or "observed"
	Sources    []string // where it is proved
}
