// SPDX-License-Identifier: Apache-2.0

// Package arch keeps the laws of this repository: who may import whom, and what
// no file may contain.
//
// A law is a function over a parsed module that returns findings, so each can be
// tried on a snippet that breaks it (testdata/*.go) as well as on the repository
// itself. The linter asks some of the same questions in the editor; this package
// is the one that decides, with nothing but the standard library.
package arch

import (
	"cmp"
	"fmt"
	"go/token"
	"slices"
)

// Module is the import path that "ours" means.
const Module = "github.com/octaviakit/octaviakit"

// Finding is one breach of one law.
type Finding struct {
	File string // relative to the module's root, with slashes
	Line int
	Law  string // "layer", "sleep", "goroutine", …
	Text string // what is wrong and what would be right
}

func (f Finding) String() string {
	return fmt.Sprintf("%s:%d: %s: %s", f.File, f.Line, f.Law, f.Text)
}

// Laws are all laws over Go files, in the order of their names.
func Laws() []func(*Tree) []Finding {
	return []func(*Tree) []Finding{
		Docs, Globals, Goroutines, Inits, Layers, Lengths, Licences, Sleeps,
	}
}

// Check applies all laws and returns the findings sorted by place.
func Check(t *Tree) []Finding {
	var all []Finding
	for _, law := range Laws() {
		all = append(all, law(t)...)
	}
	slices.SortFunc(all, func(a, b Finding) int {
		return cmp.Or(cmp.Compare(a.File, b.File), cmp.Compare(a.Line, b.Line),
			cmp.Compare(a.Law, b.Law), cmp.Compare(a.Text, b.Text))
	})
	return all
}

// at makes a finding at a position of file f.
func (f *File) at(pos token.Pos, law, format string, args ...any) Finding {
	return Finding{
		File: f.Path,
		Line: f.tree.fset.Position(pos).Line,
		Law:  law,
		Text: fmt.Sprintf(format, args...),
	}
}
