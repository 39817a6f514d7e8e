// SPDX-License-Identifier: Apache-2.0

// Package matrixdoc writes docs/matrix.md, the capability matrix as an operator
// reads it, from the data of package provider. Its test rewrites the file with
// -update.
package matrixdoc

import (
	"fmt"
	"io/fs"
	"strings"

	"github.com/octaviakit/octaviakit/provider"
)

// section is a group of rows under a heading.
type section struct{ group, title string }

// sections in the order of the document: what people look for first comes first.
func sections() []section {
	return []section{
		{"healthmonitor", "Health monitors"},
		{"listener", "Listeners"},
		{"pool", "Pools"},
		{"member", "Members"},
		{"l7", "L7 policies and rules"},
		{"loadbalancer", "Load balancers and VIPs"},
		{"other", "Other"},
	}
}

// Render returns the document. root holds the data folder of package provider.
func Render(root fs.FS) (string, error) {
	rs, err := releases(root)
	if err != nil {
		return "", err
	}
	w := &writer{releases: rs, numbers: map[provider.QuirkID]int{}}
	for q := range provider.AllQuirks() {
		w.quirks = append(w.quirks, q)
		w.numbers[q.ID] = len(w.quirks)
	}
	w.intro()
	w.releaseTable()
	for _, s := range sections() {
		w.f("\n## %s\n", s.title)
		for _, n := range []provider.Name{provider.OVN, provider.Amphora} {
			if err := w.column(s, n); err != nil {
				return "", err
			}
		}
	}
	w.defects()
	if err := w.sources(); err != nil {
		return "", err
	}
	return w.b.String(), nil
}

type writer struct {
	b        strings.Builder
	releases []release
	quirks   []provider.Quirk
	numbers  map[provider.QuirkID]int
}

func (w *writer) f(format string, a ...any) { fmt.Fprintf(&w.b, format, a...) }

func (w *writer) intro() {
	w.f(`<!-- Generated from provider/data by go test ./provider/internal/matrixdoc -update. Edit the data, not this file. -->

# What amphora and ovn can do, release by release

Octavia hands load balancers to provider drivers. Two of them come with OpenStack:
**amphora** (a virtual machine with HAProxy and LVS for each load balancer) and **ovn**
(flows in the virtual network, layer 4 only). They differ in what they can do, and each
differs from release to release. This page says how, for every release from %s to %s, with
the known defects and with sources.

The ovn driver is a package of its own, and an operator may install one of another release
than Octavia's. Its column is that of its own release; what the API lacks, it lacks too.

## Where to look

`, provider.Queens, provider.Hibiscus)
	for _, s := range sections() {
		w.f("- %s: %s, %s\n", s.title, link(s, provider.OVN), link(s, provider.Amphora))
	}
	w.f(`- [Releases](#releases), their numbers and versions
- [Known defects](#known-defects), with symptom and workaround
- [Sources](#sources)

## How to read the tables

| mark | meaning |
|---|---|
| ● | there, and dependable |
| ◐ | there, but not to be relied on without care: see the defects of the row |
| ○ᵇ | not there at first, but in a point release of that series (named below the table) |
| ○ | not there; the column *else* says what asking for it does |
|   | the driver did not exist |

*else*: **501**, **400**, **500** are answers to the call; **ignored** means accepted without effect,
the worst of them; **n/a** cannot be asked for. An API older than a field answers 400 in any case.
A column stands for a release as it was first published; the letters are the initials of the releases.
*defects*: the numbers of the [known defects](#known-defects) that trouble the row, and the releases that have them.

`)
}

func title(s section, n provider.Name) string { return s.title + " on " + string(n) }

// link points to the heading of a column, by the anchor that GitHub makes of it.
func link(s section, n provider.Name) string {
	return "[on " + string(n) + "](#" + anchor(title(s, n)) + ")"
}

func anchor(heading string) string {
	return strings.ReplaceAll(strings.ToLower(heading), " ", "-")
}

func (w *writer) releaseTable() {
	w.f("## Releases\n\n| | release | series | published | Octavia | API | ovn driver | RHOSP |\n|---|---|---|---|---|---|---|---|\n")
	for _, r := range w.releases {
		series := r.Series
		if r.Derived {
			series = "(" + series + ")"
		}
		w.f("| %s | %s | %s | %s | %s | v2.%d | %s | %s |\n", r.initial(), r.Codename(), series, r.GA,
			r.octavia(), r.APIMinor, r.ovn(), strings.Join(r.RHOSP, ", "))
	}
	w.f("\nSeries in brackets are derived from the date; such releases only had a name. " +
		"Stable branches never raise the API version, so one version can mean several releases.\n")
}
