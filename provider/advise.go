// SPDX-License-Identifier: Apache-2.0

package provider

import (
	"cmp"
	"slices"
)

// FindingKind is the bearing of a finding on a choice.
type FindingKind string

const (
	Refusal   FindingKind = "refusal"   // it cannot be had
	Risk      FindingKind = "risk"      // it can, with a defect or a catch
	Cost      FindingKind = "cost"      // machines, time, calls
	Advantage FindingKind = "advantage" // what speaks for it
)

// Finding is one reason for or against a choice.
type Finding struct {
	Kind   FindingKind
	Text   string
	Points int     // what it weighs against the choice; 0 for refusals and advantages
	Row    Feature // the row it rests on, if it rests on one
	Quirk  QuirkID // the quirk, likewise
}

// Upgrade is what a newer release of the driver would do away with.
type Upgrade struct {
	Release Release
	Ends    []Finding
}

// Choice is a driver at a release, judged.
type Choice struct {
	Provider Name
	At       Span      // releases that the driver may be of
	Fits     bool      // no refusals
	Points   int       // against it; fewer is better
	Findings []Finding // refusals first, then risks, costs and advantages
	Upgrades []Upgrade // oldest first
}

// Advice is the choices, best first. Print it for a short report.
type Advice struct {
	For     string
	Choices []Choice
}

// Best is the first choice; ok is false if none fits.
func (a Advice) Best() (c Choice, ok bool) {
	if len(a.Choices) == 0 || !a.Choices[0].Fits {
		return Choice{}, false
	}
	return a.Choices[0], true
}

// Advise ranks drivers for a job: candidates are columns of one cloud
// ([Cloud.For]) or of the releases at hand ([Lookup]); without any, both drivers
// at the newest published release. What fits comes first, then what has fewer
// refusals, then fewer points against it. Equal requirements give equal advice.
//
// It is an [*UnknownError] if a protocol is none of Octavia's.
func Advise(r Requirements, candidates ...Capabilities) (Advice, error) {
	r = r.withDefaults()
	for _, p := range r.Protocols {
		if _, _, ok := protocolRows(p); !ok {
			known := []string{"TCP", "UDP", "SCTP", "HTTP", "HTTPS", "TERMINATED_HTTPS"}
			return Advice{}, &UnknownError{Kind: "protocol", Value: p, Known: known}
		}
	}
	if len(candidates) == 0 {
		for _, n := range Names() {
			c, err := Lookup(n, newest-1) // the newest in the matrix is not out yet
			if err != nil {
				return Advice{}, err
			}
			candidates = append(candidates, c)
		}
	}
	a := Advice{For: r.Name}
	for _, c := range candidates {
		a.Choices = append(a.Choices, judge(r, c))
	}
	slices.SortStableFunc(a.Choices, func(a, b Choice) int {
		return cmp.Or(
			cmp.Compare(a.count(Refusal), b.count(Refusal)),
			cmp.Compare(a.Points, b.Points),
			cmp.Compare(b.At.Floor, a.At.Floor),
			cmp.Compare(a.Provider, b.Provider),
		)
	})
	return a, nil
}

func (c Choice) count(k FindingKind) (n int) {
	for _, f := range c.Findings {
		if f.Kind == k {
			n++
		}
	}
	return n
}

// judge weighs one candidate, and what newer releases of its driver would change.
func judge(r Requirements, c Capabilities) Choice {
	x := Choice{Provider: c.Provider(), At: c.Driver(), Findings: find(r, c)}
	for _, f := range x.Findings {
		x.Points += f.Points
	}
	x.Fits = x.count(Refusal) == 0
	x.Upgrades = upgrades(r, c, x.Findings)
	return x
}

// upgrades looks for the first release that does away with each refusal and risk.
func upgrades(r Requirements, c Capabilities, now []Finding) []Upgrade {
	open := map[string]bool{}
	for _, f := range now {
		open[f.Text] = f.Kind == Refusal || f.Kind == Risk
	}
	var us []Upgrade
	for at := c.Driver().Ceiling + 1; c.Driver().Valid() && at <= newest; at++ {
		next, err := Lookup(c.Provider(), at)
		if err != nil {
			continue
		}
		still := map[string]bool{}
		for _, f := range find(r, next) {
			still[f.Text] = true
		}
		u := Upgrade{Release: at}
		for _, f := range now {
			if open[f.Text] && !still[f.Text] {
				open[f.Text] = false
				u.Ends = append(u.Ends, f)
			}
		}
		if len(u.Ends) > 0 {
			us = append(us, u)
		}
	}
	return us
}

// find lists what speaks for and against a candidate, refusals first.
func find(r Requirements, c Capabilities) []Finding {
	var fs []Finding
	for _, rule := range rules() {
		fs = append(fs, rule(r, c)...)
	}
	order := []FindingKind{Refusal, Risk, Cost, Advantage}
	slices.SortStableFunc(fs, func(a, b Finding) int {
		return cmp.Compare(slices.Index(order, a.Kind), slices.Index(order, b.Kind))
	})
	return fs
}
