// SPDX-License-Identifier: Apache-2.0

package provider

import (
	"fmt"
	"strings"
)

// Release is an OpenStack release. Releases are ordered, so r >= Caracal works.
// The zero value is no release.
type Release uint8

// The releases of the matrix. Octavia had a provider-less v2 API in Queens, the
// ovn driver appeared in Stein.
const (
	Queens    Release = iota + 1
	Rocky             // 3.x, API v2.2
	Stein             // 4.x, API v2.10
	Train             // 5.x, API v2.13
	Ussuri            // 6.x, API v2.16
	Victoria          // 7.x, API v2.23
	Wallaby           // 8.x, API v2.24
	Xena              // 9.x, API v2.24
	Yoga              // 10.x, API v2.25
	Zed               // 11.x, API v2.26
	Antelope          // 2023.1, 12.x, API v2.26
	Bobcat            // 2023.2, 13.x, API v2.27
	Caracal           // 2024.1, 14.x, API v2.28
	Dalmatian         // 2024.2, 15.x, API v2.28
	Epoxy             // 2025.1, 16.x, API v2.30
	Flamingo          // 2025.2, 17.x, API v2.30
	Gazpacho          // 2026.1, 18.x, API v2.30
	Hibiscus          // 2026.2, unreleased when the matrix was read
)

const (
	oldest = Queens
	newest = Hibiscus
)

// Releases returns every release that the matrix knows, oldest first.
func Releases() []Release {
	rs := make([]Release, 0, newest)
	for r := oldest; r <= newest; r++ {
		rs = append(rs, r)
	}
	return rs
}

// ParseRelease accepts a codename ("caracal"), a series ("2024.1") and both
// ("2024.1 Caracal"), in any case. Series before 2023.1 (the zed cycle was
// "2022.2") were never official; they are derived from dates and accepted too.
// Anything else is an [*UnknownError].
func ParseRelease(s string) (Release, error) {
	words := strings.Fields(strings.ToLower(s))
	for r := oldest; r <= newest; r++ {
		name, series := strings.ToLower(r.Codename()), r.Series()
		switch len(words) {
		case 1:
			if words[0] == name || words[0] == series {
				return r, nil
			}
		case 2:
			if words[0] == series && words[1] == name {
				return r, nil
			}
		}
	}
	known := make([]string, 0, newest)
	for _, r := range Releases() {
		known = append(known, r.String())
	}
	return 0, &UnknownError{Kind: "release", Value: s, Known: known}
}

// ForAPI reports the oldest release that advertises Octavia API v2.minor; ok is
// false where the matrix knows none. It is a floor: clouds backport, and several
// releases share a minor (see [ReleasesForAPI]).
func ForAPI(minor int) (r Release, ok bool) {
	for r := oldest; r <= newest; r++ {
		if r.APIMinor() >= minor {
			return r, minor >= 0
		}
	}
	return 0, false
}

// ReleasesForAPI is the span of releases whose newest API version can be
// v2.minor: Zed to 2023.1 for v2.26. For a minor between two releases (a
// development snapshot) the span reaches from the one before to the one after,
// for one above all known the span is the newest release alone. A negative minor
// gives the zero span.
func ReleasesForAPI(minor int) Span {
	if minor < 0 {
		return Span{}
	}
	s := Span{Floor: oldest, Ceiling: newest}
	for r := oldest; r <= newest; r++ {
		if r.APIMinor() < minor || (r.APIMinor() == minor && s.Floor.APIMinor() < minor) {
			s.Floor = r
		}
	}
	for r := newest; r >= s.Floor; r-- {
		if r.APIMinor() > minor || (r.APIMinor() == minor && s.Ceiling.APIMinor() > minor) {
			s.Ceiling = r
		}
	}
	return s
}

// Valid reports whether r is a release of the matrix.
func (r Release) Valid() bool { return oldest <= r && r <= newest }

// Codename is the release's name, "Epoxy"; "" for no release.
func (r Release) Codename() string {
	if !r.Valid() {
		return ""
	}
	name := matrix().releases[r-1].Name
	return strings.ToUpper(name[:1]) + name[1:]
}

// Series is the release's number, "2025.1"; "" for no release. Before 2023.1
// OpenStack had none: those are derived from the release date.
func (r Release) Series() string {
	if !r.Valid() {
		return ""
	}
	return matrix().releases[r-1].Series
}

// APIMinor is the newest minor of the Octavia v2 API that the release
// advertises, 30 for v2.30; -1 for no release. Stable branches never raise it.
func (r Release) APIMinor() int {
	if !r.Valid() {
		return -1
	}
	return matrix().releases[r-1].APIMinor
}

// String is what people call the release: "Zed", and from 2023.1 on
// "2025.1 Epoxy". [ParseRelease] reads it back.
func (r Release) String() string {
	switch {
	case !r.Valid():
		return fmt.Sprintf("Release(%d)", uint8(r))
	case r < Antelope:
		return r.Codename()
	default:
		return r.Series() + " " + r.Codename()
	}
}

// Span is an inclusive range of releases: what can be said of a cloud whose
// exact release is not known. The zero value is no release.
type Span struct{ Floor, Ceiling Release }

// At is the span of one release.
func At(r Release) Span { return Span{Floor: r, Ceiling: r} }

// Valid reports whether the span is of releases that the matrix knows, in order.
func (s Span) Valid() bool { return s.Floor.Valid() && s.Ceiling.Valid() && s.Floor <= s.Ceiling }

// Contains reports whether the span includes r.
func (s Span) Contains(r Release) bool { return s.Floor <= r && r <= s.Ceiling && r.Valid() }

// String is "Zed" or "Zed to 2023.1 Antelope".
func (s Span) String() string {
	if s.Floor == s.Ceiling {
		return s.Floor.String()
	}
	return s.Floor.String() + " to " + s.Ceiling.String()
}
