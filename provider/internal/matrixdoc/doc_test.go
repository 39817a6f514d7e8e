// SPDX-License-Identifier: Apache-2.0

package matrixdoc_test

import (
	"flag"
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/octaviakit/octaviakit/provider"
	"github.com/octaviakit/octaviakit/provider/internal/matrixdoc"
)

var update = flag.Bool("update", false, "rewrite docs/matrix.md")

const file = "../../../docs/matrix.md"

func render(t *testing.T) string {
	t.Helper()
	doc, err := matrixdoc.Render(os.DirFS("../.."))
	require.NoError(t, err)
	return doc
}

func TestGolden(t *testing.T) {
	doc := render(t)
	if *update {
		require.NoError(t, os.WriteFile(file, []byte(doc), 0o644))
	}
	have, err := os.ReadFile(file)
	require.NoError(t, err)
	require.Equal(t, doc, string(have), "run go test ./provider/internal/matrixdoc -update")
}

// TestComplete: every row is there once for each driver, every defect once.
func TestComplete(t *testing.T) {
	t.Parallel()
	doc := render(t)
	c, err := provider.Lookup(provider.OVN, provider.Zed)
	require.NoError(t, err)
	for e := range c.All() {
		assert.Equal(t, 2, strings.Count(doc, "<br>`"+string(e.Feature)+"` |"), e.Feature)
	}
	for q := range provider.AllQuirks() {
		assert.Equal(t, 1, strings.Count(doc, "\n### "+string(q.ID)+"\n"), q.ID)
	}
}

// TestLinks: whatever the page links to within itself is there.
func TestLinks(t *testing.T) {
	t.Parallel()
	doc := render(t)
	anchors := map[string]bool{}
	for _, m := range regexp.MustCompile(`(?m)^#+ (.+)$`).FindAllStringSubmatch(doc, -1) {
		anchors[strings.ReplaceAll(strings.ToLower(m[1]), " ", "-")] = true
	}
	links := regexp.MustCompile(`\]\(#([^)]+)\)`).FindAllStringSubmatch(doc, -1)
	require.NotEmpty(t, links)
	for _, m := range links {
		assert.True(t, anchors[m[1]], m[1])
	}
}

// TestOperatorsQuestion: "since when are there health monitors on OVN, for which
// types, and what is broken where?" is answered by one section.
func TestOperatorsQuestion(t *testing.T) {
	t.Parallel()
	_, section, found := strings.Cut(render(t), "\n### Health monitors on ovn\n")
	require.True(t, found)
	section, _, _ = strings.Cut(section, "\n### ")
	row := func(id string) string {
		for line := range strings.Lines(section) {
			if strings.Contains(line, "<br>`"+id+"` |") {
				return strings.TrimSpace(line)
			}
		}
		return ""
	}
	assert.Contains(t, row("health-monitor"), "|   |   | ○ | ○ | ○ | ○ | ○ᵇ | ◐ | ◐ | ◐ | ◐ | ● |")
	assert.Contains(t, row("hm-type-tcp"), "| ○ᵇ | ◐ | ◐ | ◐ | ◐ | ● |")
	assert.Contains(t, row("hm-type-http"), "| ○ | 501 |")
	assert.Contains(t, row("health-monitor"), "(#ovn-hm-listener-pending) X–Z")
	assert.Contains(t, section, "- `health-monitor`: since Xena; dependable since 2023.2 Bobcat; point releases that have it too: 1.0.1.")
}
