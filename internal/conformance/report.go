// SPDX-License-Identifier: Apache-2.0

package conformance

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// Run is what is kept beside the recordings of a release, in run.json.
type Run struct {
	Release  string            `json:"release"`
	Date     string            `json:"date"`
	Steps    map[string]int    `json:"steps"`    // by scenario
	Versions map[string]string `json:"versions"` // "api", which the cloud says itself, and what the recorder knew
}

// Result is one release compared.
type Result struct {
	Run
	Differences []Difference
	Missing     []string // scenarios that nobody has recorded at this release
}

// Report writes the results as docs/conformance.md.
func Report(results []Result) string {
	var b strings.Builder
	b.WriteString(`# Conformance of the fake

Written by the test of internal/conformance; do not edit. The scenarios were played on a real Octavia, their answers
kept, and the fake of the same release is asked the same on every test run. Every field of every answer is compared,
after masking ids, times, allotted addresses, hosts, revision numbers, and the order of enumerations and unsorted lists.

The suite is one command and needs no cloud; it compares with what was recorded, and fails if this page is not true:

` + "```sh\ngo test ./internal/conformance\n```\n" + `
With a real cloud, and a clouds.yaml of five users (see the package's documentation), TestLive compares the two directly, and
TestRecord records anew:

` + "```sh\nOCTAVIAKIT_CLOUD=demo OCTAVIAKIT_RELEASE=epoxy go test ./internal/conformance -run TestLive -timeout 60m -v\n```\n")
	b.WriteString(`
TestWalk takes requests at random, right and wrong ones, the same for the same seed, and prints of each difference the steps
that lead to it. What it found and the fake then learned stands in the scenarios named walk.

` + "```sh\nOCTAVIAKIT_SEED=7 OCTAVIAKIT_CLOUD=demo OCTAVIAKIT_RELEASE=epoxy go test ./internal/conformance -run TestWalk -timeout 60m -v\n```\n")
	b.WriteString("\n| release | recorded | versions | steps | differences left on purpose | differences to be mended |\n|---|---|---|---|---|---|\n")
	for _, r := range results {
		total, meant := 0, 0
		for _, n := range r.Steps {
			total += n
		}
		for _, d := range r.Differences {
			if d.Reason != "" {
				meant++
			}
		}
		fmt.Fprintf(&b, "| %s | %s | %s | %d | %d | %d |\n", r.Release, r.Date, versions(r.Versions), total, meant, len(r.Differences)-meant)
	}
	for _, r := range results {
		if len(r.Missing) > 0 {
			fmt.Fprintf(&b, "\nNot recorded at %s yet: %s.\n", r.Release, strings.Join(r.Missing, ", "))
		}
	}
	b.WriteString("\n## Left on purpose\n\n")
	for i, e := range excuses() {
		fmt.Fprintf(&b, "%d. %s: %s\n", i+1, e.what, e.reason)
	}
	b.WriteString("\n## To be mended\n")
	for _, r := range results {
		open := slices.DeleteFunc(slices.Clone(r.Differences), func(d Difference) bool { return d.Reason != "" })
		if len(open) == 0 {
			fmt.Fprintf(&b, "\n%s: none.\n", r.Release)
			continue
		}
		fmt.Fprintf(&b, "\n### %s\n\n| scenario, step | request | field | real | fake |\n|---|---|---|---|---|\n", r.Release)
		slices.SortStableFunc(open, func(a, b Difference) int {
			return cmp.Or(strings.Compare(a.Scenario, b.Scenario), cmp.Compare(a.Step, b.Step))
		})
		for _, d := range open {
			fmt.Fprintf(&b, "| %s %d (%s) | `%s` | %s | `%s` | `%s` |\n",
				d.Scenario, d.Step, d.Section, cell(d.Request), d.Field, cell(d.Real), cell(d.Fake))
		}
	}
	return b.String()
}

// versions is "api v2.26, neutron 21.0.0, …".
func versions(of map[string]string) string {
	var all []string
	for _, name := range slices.Sorted(maps.Keys(of)) {
		all = append(all, name+" "+of[name])
	}
	return strings.Join(all, ", ")
}

// cell keeps a value from breaking the table.
func cell(s string) string {
	s = strings.NewReplacer("|", "¦", "`", "'", "\n", " ").Replace(s)
	if r := []rune(s); len(r) > 200 {
		s = string(r[:200]) + "…"
	}
	return s
}
