// SPDX-License-Identifier: Apache-2.0

package fake_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
)

// coverage is how much of one class is shown.
type coverage struct {
	name            string
	shown           int
	open, senseless []string
}

func (c *coverage) add(b block) {
	switch {
	case b.steps != nil:
		c.shown++
	case b.why != "":
		c.senseless = append(c.senseless, fmt.Sprintf("`%s`: %s", b.name, b.why))
	default:
		c.open = append(c.open, "`"+b.name+"`")
	}
}

func coverageReport(t *testing.T, rows []coverage) string {
	t.Helper()
	var b, rest strings.Builder
	b.WriteString(`# Octavia's functional tests on the fake

Written by TestScenarios of package fake; do not edit. Octavia's own functional tests of its API, by the name of class
and test; each that is shown here plays the same on the fake, from fake/testdata/scenarios.

| class | tests | shown | no sense for a fake | open | shown of those that make sense |
|---|---|---|---|---|---|
`)
	var sum coverage
	for _, r := range rows {
		b.WriteString(r.row(r.name))
		sum.shown, sum.open = sum.shown+r.shown, append(sum.open, r.open...)
		sum.senseless = append(sum.senseless, r.senseless...)
		if len(r.senseless) > 0 {
			fmt.Fprintf(&rest, "\n## %s\n\n", r.name)
			for _, s := range r.senseless {
				rest.WriteString("- " + s + "\n")
			}
		}
		if len(r.open) > 0 {
			fmt.Fprintf(&rest, "\nOpen in %s: %s.\n", r.name, strings.Join(r.open, ", "))
		}
	}
	b.WriteString(sum.row("all"))
	assert.GreaterOrEqual(t, sum.percent(), 90.0)
	return b.String() + rest.String()
}

func (c *coverage) percent() float64 { return 100 * float64(c.shown) / float64(c.shown+len(c.open)) }

func (c *coverage) row(name string) string {
	return fmt.Sprintf("| %s | %d | %d | %d | %d | %.1f %% |\n",
		name, c.shown+len(c.open)+len(c.senseless), c.shown, len(c.senseless), len(c.open), c.percent())
}
