// SPDX-License-Identifier: Apache-2.0

package conformance

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
)

// Text is the scenario as Parse reads it.
func (s *Scenario) Text() string {
	var b strings.Builder
	section, as, settling := "", "demo", ""
	for _, step := range s.Steps {
		if step.Section != section {
			section, as, settling = step.Section, "demo", ""
			fmt.Fprintf(&b, "== %s\n", section)
		}
		if step.compared() || step.Service != "" {
			if step.Settling != settling {
				settling = step.Settling
				fmt.Fprintf(&b, "settling %s\n", settling)
			}
			if step.As != as {
				as = step.As
				fmt.Fprintf(&b, "as %s\n", as)
			}
		}
		b.WriteString(step.Request() + "\n")
		if step.Body != "" {
			b.WriteString("  " + step.Body + "\n")
		}
		for _, h := range step.Headers {
			b.WriteString(strings.TrimRight("  : "+h.Name+" "+h.Value, " ") + "\n")
		}
		for _, c := range step.Captures {
			fmt.Fprintf(&b, "  > %s %s\n", c.Name, c.Field)
		}
	}
	return b.String()
}

var aVariable = regexp.MustCompile(`\$\w+`)

// Leading are the steps that lead to the compared step of that number, from 1, and itself: those that make what it names,
// and what had been changed of that, as the answers tell.
func (s *Scenario) Leading(number int, answers []Answer) *Scenario {
	at, done := s.index(number), map[int]bool{}
	for i, n := 0, 0; i < at; i++ {
		if s.Steps[i].compared() {
			done[i] = answers[n].Status < 300 && s.Steps[i].Verb != "GET"
			n++
		} else {
			done[i] = s.Steps[i].Service != ""
		}
	}
	last := s.Steps[at]
	keep, names := []Step{last}, map[string]bool{}
	note := func(step Step) {
		for _, v := range aVariable.FindAllString(step.Path+" "+step.Body, -1) {
			names[v] = true
		}
	}
	note(last)
	for i, step := range slices.Backward(s.Steps[:at]) {
		makes := slices.ContainsFunc(step.Captures, func(c Capture) bool { return names["$"+c.Name] })
		path := aVariable.FindAllString(step.Path, -1)
		about := step.Verb != "POST" && len(path) > 0 && names[path[len(path)-1]]
		if step.Section == last.Section && done[i] && (makes || about && step.Service == "") {
			keep = append(keep, step)
			note(step)
		}
	}
	slices.Reverse(keep)
	return &Scenario{Name: s.Name, Steps: keep}
}

// index is where the compared step of a number, from 1, is among all.
func (s *Scenario) index(number int) int {
	for i, step := range s.Steps {
		if step.compared() {
			number--
		}
		if number == 0 {
			return i
		}
	}
	return len(s.Steps) - 1
}

// Together drops the differences that follow from others: what comes in a section after one of the clouds has accepted
// what the other has refused, or has failed in its database and may carry the request out later.
func Together(differences []Difference, recorded, got []Answer) []Difference {
	apart := map[string]int{}
	for i, a := range recorded {
		if i >= len(got) || strings.HasPrefix(a.Request, "GET") || apart[a.Section] > 0 {
			continue
		}
		fault, _ := field(a.Body, "faultstring").(string)
		if a.Status < 300 != (got[i].Status < 300) || strings.HasPrefix(a.Request, "PUT") && strings.HasSuffix(fault, "$database error") {
			apart[a.Section] = i + 1
		}
	}
	return slices.DeleteFunc(slices.Clone(differences), func(d Difference) bool {
		return apart[d.Section] > 0 && d.Step > apart[d.Section]
	})
}
