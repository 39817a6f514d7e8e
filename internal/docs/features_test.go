// SPDX-License-Identifier: Apache-2.0

package docs_test

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// feature is a row of docs/features.md: "| 7 | need | seven peers | ours | shown by |".
var feature = regexp.MustCompile(`^\| (\d+) \|((?: [^|]+ \|){8}) ([^|]+) \| (.+) \|$`)

// named is a test by its package and name, and what it is run with: "lb.TestStories/port added".
var named = regexp.MustCompile("`([a-z/]+)\\.((?:Test|Fuzz|Example)\\w+)(?:/([^`]+))?`")

// TestFeaturesAreShown holds docs/features.md to its word: every row is there, each that
// claims something names tests, and these exist.
func TestFeaturesAreShown(t *testing.T) {
	text, err := os.ReadFile(filepath.Join(root, "docs", "features.md"))
	require.NoError(t, err)
	row, known := 0, map[string]map[string]bool{}
	for line := range strings.Lines(string(text)) {
		m := feature.FindStringSubmatch(strings.TrimRight(line, "\n"))
		if m == nil {
			assert.NotRegexp(t, `^\| \d`, line, "not a row that can be read")
			continue
		}
		row++
		assert.Equal(t, fmt.Sprint(row), m[1], "rows are numbered")
		tests := named.FindAllStringSubmatch(m[4], -1)
		if m[3] == "no" {
			assert.Empty(t, tests, "row %d", row)
		} else {
			assert.NotEmpty(t, tests, "row %d: %q needs a test that shows it", row, m[3])
		}
		if m[3] == "p" {
			assert.Contains(t, m[4], ";", "row %d: say what is missing", row)
		}
		for _, test := range tests {
			assert.True(t, exists(t, known, test[1], test[2], test[3]), "row %d: there is no %s", row, test[0])
		}
	}
	assert.Equal(t, 98, row, "rows")
}

// exists reports whether a package has a test, and the story that it is asked for.
func exists(t *testing.T, known map[string]map[string]bool, pkg, test, story string) bool {
	t.Helper()
	if story != "" {
		name := strings.ReplaceAll(story, " ", "-") + ".golden"
		if _, err := os.Stat(filepath.Join(root, pkg, "testdata", name)); err != nil {
			return false
		}
	}
	if known[pkg] == nil {
		known[pkg] = functions(t, pkg)
	}
	return known[pkg][test]
}

// functions are the names of all functions in a package's tests.
func functions(t *testing.T, pkg string) map[string]bool {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(root, pkg, "*_test.go"))
	require.NoError(t, err)
	out := map[string]bool{}
	for _, file := range files {
		parsed, err := parser.ParseFile(token.NewFileSet(), file, nil, parser.SkipObjectResolution)
		require.NoError(t, err)
		for _, d := range parsed.Decls {
			if f, ok := d.(*ast.FuncDecl); ok && f.Recv == nil {
				out[f.Name.Name] = true
			}
		}
	}
	return out
}
