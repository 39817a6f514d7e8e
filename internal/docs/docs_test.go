// SPDX-License-Identifier: Apache-2.0

package docs_test

import (
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/octaviakit/octaviakit/internal/docs"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

const root = "../.."

// documents returns all Markdown files of the repository.
func documents(t *testing.T) []string {
	t.Helper()
	var found []string
	err := filepath.WalkDir(root, func(name string, d fs.DirEntry, err error) error {
		if err == nil && d.IsDir() && name != root && (strings.HasPrefix(d.Name(), ".") || d.Name() == "testdata") {
			return fs.SkipDir
		}
		if strings.HasSuffix(name, ".md") {
			found = append(found, name)
		}
		return err
	})
	require.NoError(t, err)
	require.NotEmpty(t, found)
	return found
}

// commands are what a marked sh block may contain; .ci/run runs the README's
// go run and go test lines as they stand, and builds before.
var commands = regexp.MustCompile(`^(go (build|run|test) \S.*|git clone \S+.*|cd \S+)$`)

func TestDocuments(t *testing.T) {
	for _, name := range documents(t) {
		t.Run(strings.TrimPrefix(filepath.ToSlash(name), root+"/"), func(t *testing.T) {
			text, err := os.ReadFile(name)
			require.NoError(t, err)
			for _, b := range docs.Blocks(string(text)) {
				require.NoError(t, docs.CheckBlock(root, b), "line %d", b.Line)
				if b.Marker != "run" {
					continue
				}
				for _, line := range strings.Split(strings.TrimSpace(b.Text), "\n") {
					assert.Regexp(t, commands, line, "line %d: CI does not run this", b.Line)
				}
			}
			assert.Empty(t, docs.DeadLinks(name, text))
		})
	}
}

// TestReadmeCommands keeps the two commands of the README where .ci/run looks for them.
func TestReadmeCommands(t *testing.T) {
	text, err := os.ReadFile(filepath.Join(root, "README.md"))
	require.NoError(t, err)
	var run string
	for _, b := range docs.Blocks(string(text)) {
		if b.Marker == "run" {
			run += b.Text
		}
	}
	assert.Contains(t, run, "go run ./examples/quickstart")
	assert.Contains(t, run, "go test -race -timeout 20m ./...\n")
}

const doc = "text\n" +
	"<!-- from: a_test.go#ExampleA -->\n```go\nx := 1\n\nfmt.Println(x)\n```\n" +
	"<!-- run -->\n```sh\ngo test ./...\n```\n" +
	"<!-- run -->\n\n```text\nnot marked: a line between\n```\n" +
	"````md\n```go\nnested\n```\n````\n"

func TestBlocks(t *testing.T) {
	assert.Equal(t, []docs.Block{
		{Line: 3, Lang: "go", Marker: "from: a_test.go#ExampleA", Text: "x := 1\n\nfmt.Println(x)\n"},
		{Line: 9, Lang: "sh", Marker: "run", Text: "go test ./...\n"},
		{Line: 14, Lang: "text", Text: "not marked: a line between\n"},
		{Line: 17, Lang: "md", Text: "```go\nnested\n```\n"},
	}, docs.Blocks(doc))
}

func TestCheckBlock(t *testing.T) {
	dir := t.TempDir()
	source := "// SPDX\n\npackage a\n\nfunc ExampleA() {\n\tx := 1\n\n\tif x > 0 {\n\t\tfmt.Println(x)\n\t}\n\t// Output: 1\n}\n"
	require.NoError(t, os.WriteFile(filepath.Join(dir, "a_test.go"), []byte(source), 0o600))
	body := "x := 1\n\nif x > 0 {\n\tfmt.Println(x)\n}\n"
	for _, c := range []struct{ name, lang, marker, text, err string }{
		{"same", "go", "from: a_test.go#ExampleA", body, ""},
		{"badly formatted but same", "go", "from: a_test.go#ExampleA", strings.ReplaceAll(body, "\t", "    "), ""},
		{"whole file", "go", "from: a_test.go", source[strings.Index(source, "package"):strings.Index(source, "\t// Output")], ""},
		{"different", "go", "from: a_test.go#ExampleA", strings.Replace(body, "1", "2", 1), "differs from a_test.go#ExampleA"},
		{"shortened", "go", "from: a_test.go#ExampleA", "x := 1\n", "differs"},
		{"no such function", "go", "from: a_test.go#ExampleB", body, "has no function ExampleB"},
		{"no such file", "go", "from: b_test.go#ExampleA", body, "b_test.go"},
		{"not tested", "go", "", body, "a go block needs"},
		{"sketch", "go", "sketch", "a.b(…)", ""},
		{"shell", "sh", "", "make\n", ""},
		{"run of what is no command", "text", "run", "x", "belongs above a sh block"},
		{"from of what is not Go", "sh", "from: a_test.go", "x", "belongs above a go, text or yaml block"},
	} {
		t.Run(c.name, func(t *testing.T) {
			err := docs.CheckBlock(dir, docs.Block{Lang: c.lang, Marker: c.marker, Text: c.text})
			if c.err == "" {
				assert.NoError(t, err)
			} else {
				assert.ErrorContains(t, err, c.err)
			}
		})
	}
}

func TestDeadLinks(t *testing.T) {
	dir := t.TempDir()
	require.NoError(t, os.WriteFile(filepath.Join(dir, "there.md"), nil, 0o600))
	text := "[a](there.md) [b](there.md#part) [c](#here) [d](https://example.com/x) ![e](gone.svg)\n" +
		"`[f](code.md)` [g](../nowhere/x.md) <a@b>\n```\n[h](fenced.md)\n```\n"
	assert.Equal(t, []string{"gone.svg", "../nowhere/x.md"}, docs.DeadLinks(filepath.Join(dir, "x.md"), []byte(text)))
}
