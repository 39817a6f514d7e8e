// SPDX-License-Identifier: Apache-2.0

package provider

import (
	"fmt"
	"strings"
)

// String is a short report: the choices, best first, with what speaks for (+) and
// against (-) them or makes them impossible (!), and what newer releases would do
// away with. What does not fit is reported by its refusals alone.
func (a Advice) String() string {
	var b strings.Builder
	if a.For != "" {
		fmt.Fprintf(&b, "%s\n", a.For)
	}
	for i, c := range a.Choices {
		fmt.Fprintf(&b, "%d. %s at %s: %s\n", i+1, c.Provider, c.At, c.verdict())
		for _, f := range c.Findings {
			if c.Fits || f.Kind == Refusal {
				fmt.Fprintf(&b, "   %s %s\n", f.Kind.sign(), f.Text)
			}
		}
		for _, u := range c.Upgrades {
			if ends := c.ends(u); len(ends) > 0 {
				fmt.Fprintf(&b, "   > %s ends: %s\n", u.Release, strings.Join(ends, "; "))
			}
		}
	}
	return b.String()
}

// ends is what an upgrade does away with of what was reported, in few words.
func (c Choice) ends(u Upgrade) (words []string) {
	for _, f := range u.Ends {
		switch {
		case !c.Fits && f.Kind != Refusal:
		case f.Quirk != "":
			words = append(words, string(f.Quirk))
		default:
			short, _, _ := strings.Cut(f.Text, ": ")
			words = append(words, short)
		}
	}
	return words
}

func (c Choice) verdict() string {
	if !c.Fits {
		return "does not fit"
	}
	return fmt.Sprintf("fits, %d points against it", c.Points)
}

func (k FindingKind) sign() string {
	switch k {
	case Refusal:
		return "!"
	case Advantage:
		return "+"
	case Risk, Cost:
		return "-"
	default:
		return " "
	}
}
