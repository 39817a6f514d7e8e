// SPDX-License-Identifier: Apache-2.0

package provider

import (
	"fmt"
	"strings"
)

// String is a short report: the choices, best first, with what speaks for (+) and
// against (-) them, what makes them impossible (!), and what a newer release
// would change.
func (a Advice) String() string {
	var b strings.Builder
	if a.For != "" {
		fmt.Fprintf(&b, "%s\n", a.For)
	}
	for i, c := range a.Choices {
		fmt.Fprintf(&b, "%d. %s at %s: %s\n", i+1, c.Provider, c.At, c.verdict())
		for _, f := range c.Findings {
			fmt.Fprintf(&b, "   %s %s\n", f.Kind.sign(), f.Text)
		}
		for _, u := range c.Upgrades {
			for _, g := range u.Gains {
				fmt.Fprintf(&b, "   %s would end: %s\n", u.Release, g)
			}
		}
	}
	return b.String()
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
