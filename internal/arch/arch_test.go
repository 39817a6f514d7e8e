// SPDX-License-Identifier: Apache-2.0

package arch_test

import (
	"bytes"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/octaviakit/octaviakit/internal/arch"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

const root = "../.."

// TestRepository applies every law to the repository as it is.
func TestRepository(t *testing.T) {
	tree, err := arch.Load(root)
	require.NoError(t, err)
	for _, f := range arch.Check(tree) {
		t.Error(f)
	}
	texts, err := arch.CheckTexts(root)
	require.NoError(t, err)
	for _, f := range texts {
		t.Error(f)
	}
}

// TestRequirements holds the library to its direct requirements.
func TestRequirements(t *testing.T) {
	cmd := exec.CommandContext(t.Context(), "go", "mod", "edit", "-json")
	cmd.Dir = root
	out, err := cmd.Output()
	require.NoError(t, err)
	var mod struct {
		Module  struct{ Path string }
		Require []struct {
			Path     string
			Indirect bool
		}
		Replace, Exclude, Tool []any
		Toolchain              string
	}
	require.NoError(t, json.Unmarshal(out, &mod))
	assert.Equal(t, arch.Module, mod.Module.Path)
	var direct []string
	for _, r := range mod.Require {
		if !r.Indirect {
			direct = append(direct, r.Path)
		}
	}
	assert.ElementsMatch(t, arch.Direct(), direct, "a new direct requirement needs an ADR")
	assert.Empty(t, mod.Replace, "replace does not reach consumers")
	assert.Empty(t, mod.Exclude)
	assert.Empty(t, mod.Tool, "tools belong to tools/go.mod: here they reach every consumer")
	assert.Empty(t, mod.Toolchain, "a toolchain line makes consumers download one")
}

// TestSleepInTests: real time is for nobody, virtual time for tests.
func TestSleepInTests(t *testing.T) {
	sleeps := []byte("package p_test\n\nimport \"time\"\n\nfunc helper() { time.Sleep(1) }\n")
	bubble := []byte("package p_test\n\nimport _ \"testing/synctest\"\n")
	alone, err := arch.Parse(map[string][]byte{"p/a_test.go": sleeps, "q/b_test.go": bubble})
	require.NoError(t, err)
	assert.Len(t, arch.Sleeps(alone), 1)
	together, err := arch.Parse(map[string][]byte{"p/a_test.go": sleeps, "p/b_test.go": bubble, "p/b.go": []byte("package p\n")})
	require.NoError(t, err)
	assert.Empty(t, arch.Sleeps(together))
}

// want marks a line of a snippet with the law it breaks and words of the finding.
var want = regexp.MustCompile(`(?m) *// want (\w+): (.+)$`)

// TestLaws tries every law on snippets that break it. Each names the file it
// pretends to be, and each breach is expected on the line that says so: a law
// that finds nothing, or too much, fails.
func TestLaws(t *testing.T) {
	snippets, err := filepath.Glob("testdata/*.go")
	require.NoError(t, err)
	require.NotEmpty(t, snippets)
	tried := map[string]bool{}
	for _, name := range snippets {
		t.Run(filepath.Base(name), func(t *testing.T) {
			src, err := os.ReadFile(name)
			require.NoError(t, err)
			as, body := pretend(t, string(src))
			tree, err := arch.Parse(map[string][]byte{as: want.ReplaceAll([]byte(body), nil)})
			require.NoError(t, err)

			found := map[int][]arch.Finding{}
			for _, f := range arch.Check(tree) {
				found[f.Line] = append(found[f.Line], f)
			}
			for i, line := range strings.Split(body, "\n") {
				m := want.FindStringSubmatch(line)
				if m == nil {
					assert.Empty(t, found[i+1])
					continue
				}
				if assert.Len(t, found[i+1], 1, "line %d: %s", i+1, line) {
					f := found[i+1][0]
					assert.Equal(t, m[1], f.Law)
					assert.Contains(t, f.Text, m[2])
					assert.Equal(t, as, f.File)
				}
				tried[m[1]] = true
			}
		})
	}
	for _, law := range []string{"doc", "global", "goroutine", "init", "layer", "length", "licence", "sleep"} {
		assert.True(t, tried[law], "no snippet breaks the law %q", law)
	}
}

// pretend cuts the line "// file: NAME" off the top of a snippet.
func pretend(t *testing.T, src string) (name, body string) {
	t.Helper()
	first, body, _ := strings.Cut(src, "\n")
	name, ok := strings.CutPrefix(first, "// file: ")
	require.True(t, ok, "the first line of a snippet says which file it pretends to be")
	return name, strings.ReplaceAll(body, "// filler\n", strings.Repeat("\n", 61))
}

func TestUnknownPackage(t *testing.T) {
	tree, err := arch.Parse(map[string][]byte{
		"surprise/a.go": []byte("// SPDX-License-Identifier: Apache-2.0\n\n// Package surprise is new.\npackage surprise\n"),
		"surprise/b.go": []byte("// SPDX-License-Identifier: Apache-2.0\n\npackage surprise\n"),
	})
	require.NoError(t, err)
	found := arch.Check(tree)
	require.Len(t, found, 1, "once, not per file")
	assert.Equal(t, "surprise/a.go:4: layer: package surprise has no layer: add it to internal/arch/layers.go", found[0].String())
}

func TestAnyForbiddenImport(t *testing.T) {
	for file, imported := range map[string]string{
		"provider/x.go":              "go.uber.org/zap",
		"waiter/x.go":                "github.com/octaviakit/octaviakit/lb",
		"member/x.go":                "github.com/cenkalti/backoff/v4",
		"fake/x.go":                  "github.com/octaviakit/octaviakit/internal/octavia",
		"fake/internal/store/x.go":   "github.com/octaviakit/octaviakit/member",
		"lb/x.go":                    "github.com/octaviakit/octaviakit/fake",
		"floatingip/x.go":            "github.com/octaviakit/octaviakit/waiter",
		"internal/fault/x.go":        "github.com/octaviakit/octaviakit/provider",
		"internal/octavia/x.go":      "github.com/octaviakit/octaviakit/waiter",
		"observe/x_test.go":          "github.com/octaviakit/octaviakit/lb",
		"examples/quickstart/x.go":   "github.com/octaviakit/octaviakit/internal/fault",
		"fake/cmd/octavia-fake/x.go": "github.com/octaviakit/octaviakit/lb",
		"monitor/x.go":               "k8s.io/client-go/kubernetes",
		"doc.go":                     "github.com/octaviakit/octaviakit/lb",
		"internal/mark/x.go":         "unsafe",
	} {
		tree, err := arch.Parse(map[string][]byte{file: []byte("package p\n\nimport _ \"" + imported + "\"\n")})
		require.NoError(t, err)
		found := arch.Layers(tree)
		if assert.Len(t, found, 1, "%s imports %s", file, imported) {
			assert.Contains(t, found[0].String(), file+":3: layer: ")
			assert.Contains(t, found[0].Text, "may not import "+imported)
		}
	}
}

func TestTexts(t *testing.T) {
	content, err := os.ReadFile("testdata/elsewhere.txt")
	require.NoError(t, err)
	content = bytes.ReplaceAll(content, []byte("TMP"), []byte("/tmp")) // which the file itself may not name
	var lines []int
	for _, f := range arch.Texts("elsewhere.txt", content) {
		lines = append(lines, f.Line)
	}
	var wanted []int
	for i, line := range strings.Split(string(content), "\n") {
		if strings.HasPrefix(line, "bad ") {
			wanted = append(wanted, i+1)
		}
	}
	assert.Equal(t, wanted, lines)
	assert.NotEmpty(t, wanted)
	assert.Empty(t, arch.Texts("a.png", append([]byte{0}, content...)), "binary files are not read")
}
