// SPDX-License-Identifier: Apache-2.0

// Package provider answers one question: can this Octavia driver, on this
// cloud, do that?
//
// The answer comes from a matrix of features by driver and OpenStack release,
// and from a list of the defects that client software must live with. Both are
// data (data/matrix.json, data/defects.json): every cell names the file, commit,
// release note or observation that proves it. [Lookup] gives a column of the
// matrix for a known release, [Detect] one for a cloud whose release has to be
// worked out from what its API says, and [Advise] compares the drivers for a job.
//
// All version comparisons of the SDK live here. Everybody else asks for a
// feature ([Capabilities.Has]), a defect ([Capabilities.HasQuirk]) or a default
// that follows from them ([Capabilities.Algorithm] and its neighbours).
//
// Values of this package are immutable and safe for concurrent use.
package provider

//go:generate go run ./internal/gen
