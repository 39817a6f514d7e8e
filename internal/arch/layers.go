// SPDX-License-Identifier: Apache-2.0

package arch

import (
	"path"
	"strconv"
	"strings"
)

// The third-party modules of the library. There is no sixth without an ADR; the
// fifth is docs/adr/0015-yaml-is-a-dependency.md.
const (
	gophercloud = "github.com/gophercloud/gophercloud/v2"
	backoff     = "github.com/cenkalti/backoff/v4"
	zap         = "go.uber.org/zap"
	testify     = "github.com/stretchr/testify"
	yaml        = "go.yaml.in/yaml/v3"
)

// Direct are the only direct requirements that go.mod may have.
func Direct() []string { return []string{backoff, gophercloud, testify, zap, yaml} }

// Layer is what one package may import besides the standard library.
type Layer struct {
	Dir   string   // relative to the module; a final "/..." takes all packages below
	Ours  []string // our packages, in the same notation
	Third []string // third-party import paths; a path takes all packages below it
	Tests []string // our packages that only its tests may import besides those named in testImports
}

// layers is the architecture: what is not in it is not allowed. A package that
// is missing here fails the test, so a new one is a decision and not an accident.
var layers = []Layer{
	{Dir: "."},
	{Dir: "provider", Third: []string{gophercloud}, Tests: []string{"provider/internal/..."}}, // for Detect only
	{Dir: "provider/internal/...", Ours: []string{"provider", "provider/internal/..."}},       // generators, run by go generate
	{Dir: "observe", Third: []string{zap}},
	{Dir: "internal/fault", Third: []string{gophercloud}},
	{Dir: "internal/coalesce"},
	{Dir: "internal/form", Third: []string{yaml}, Ours: []string{"internal/fault"}}, // in one file of it
	{Dir: "internal/mark", Ours: []string{"internal/fault"}},
	{Dir: "internal/octavia", Third: []string{gophercloud}, Ours: []string{"internal/fault"}},
	{
		Dir: "waiter", Third: []string{gophercloud, backoff},
		Ours: []string{"observe", "internal/coalesce", "internal/fault", "internal/octavia"},
	},
	{
		Dir: "member", Third: []string{gophercloud},
		Ours: []string{
			"observe", "provider", "waiter",
			"internal/coalesce", "internal/fault", "internal/octavia", "internal/mark",
		},
	},
	{
		Dir: "monitor", Third: []string{gophercloud},
		Ours: []string{"observe", "provider", "waiter", "internal/fault", "internal/form", "internal/octavia", "internal/mark"},
	},
	{Dir: "floatingip", Third: []string{gophercloud}, Ours: []string{"internal/fault", "internal/mark", "internal/octavia"}},
	{
		Dir: "lb", Third: []string{gophercloud},
		Ours: []string{
			"provider", "observe", "waiter", "member", "monitor", "floatingip",
			"internal/coalesce", "internal/fault", "internal/form", "internal/octavia", "internal/mark",
		},
	},

	// The fake shares no code with the SDK that it tests: if both used our
	// encoder, an error in it would cancel out.
	{
		Dir: "fake", Third: []string{gophercloud}, Ours: []string{"provider", "fake/internal/..."},
		Tests: []string{"lb", "waiter", "member", "monitor", "floatingip", "observe"},
	},
	{Dir: "fake/internal/...", Third: []string{gophercloud}, Ours: []string{"provider", "fake/internal/..."}},
	{Dir: "fake/cmd/octavia-fake", Third: []string{zap}, Ours: []string{"fake", "provider"}},

	{
		Dir: "examples/...", Third: []string{gophercloud, zap},
		Ours: []string{"provider", "observe", "waiter", "member", "monitor", "floatingip", "lb", "fake", "examples/..."},
	},

	// What only tests need.
	{Dir: "internal/arch"},
	{Dir: "internal/docs"},
	{Dir: "internal/cut", Third: []string{gophercloud}},
	{Dir: "internal/golden", Third: []string{testify}},
	{Dir: "internal/conformance", Third: []string{gophercloud}, Ours: []string{"fake", "provider"}},
}

// testImports is what every test may import besides its package and that package's imports.
var testImports = Layer{
	Ours:  []string{"fake", "provider", "internal/golden", "internal/cut"},
	Third: []string{testify, gophercloud},
}

// Layers finds imports that the architecture does not allow, and packages it does not know.
func Layers(t *Tree) []Finding {
	var out []Finding
	unknown := map[string]bool{}
	for _, f := range t.files {
		layer, ok := layerOf(f.Dir())
		if !ok {
			if !unknown[f.Dir()] {
				out = append(out, f.at(f.ast.Package, "layer",
					"package %s has no layer: add it to internal/arch/layers.go", f.Dir()))
			}
			unknown[f.Dir()] = true
			continue
		}
		for _, spec := range f.ast.Imports {
			name, _ := strconv.Unquote(spec.Path.Value) // the parser has checked it
			if !layer.allows(name, f.Test) {
				out = append(out, f.at(spec.Pos(), "layer", "%s may not import %s", f.Dir(), name))
			}
		}
	}
	return out
}

func layerOf(dir string) (Layer, bool) {
	for _, l := range layers {
		if within(dir, l.Dir) {
			return l, true
		}
	}
	return Layer{}, false
}

// allows reports whether a file of the layer may import name.
func (l Layer) allows(name string, test bool) bool {
	if name == "C" || name == "unsafe" {
		return false
	}
	ours, isOurs := strings.CutPrefix(name, Module)
	if !isOurs {
		first, _, _ := strings.Cut(name, "/")
		return !strings.Contains(first, ".") || // the standard library has no dot
			below(name, l.Third) || test && below(name, testImports.Third)
	}
	dir := path.Join(".", strings.TrimPrefix(ours, "/"))
	if withinAny(dir, l.Ours) {
		return true
	}
	return test && (within(dir, l.Dir) || withinAny(dir, l.Tests) || withinAny(dir, testImports.Ours))
}

// within reports whether dir is pattern, or below it if pattern ends in "/...".
func within(dir, pattern string) bool {
	if base, ok := strings.CutSuffix(pattern, "/..."); ok {
		return dir == base || strings.HasPrefix(dir, base+"/")
	}
	return dir == pattern
}

func withinAny(dir string, patterns []string) bool {
	for _, p := range patterns {
		if within(dir, p) {
			return true
		}
	}
	return false
}

func below(name string, modules []string) bool {
	for _, m := range modules {
		if name == m || strings.HasPrefix(name, m+"/") {
			return true
		}
	}
	return false
}
