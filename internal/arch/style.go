// SPDX-License-Identifier: Apache-2.0

package arch

import (
	"bytes"
	"go/ast"
	"go/token"
)

const (
	maxFileLines = 400
	maxFuncLines = 60
	licenceLine  = "// SPDX-License-Identifier: Apache-2.0"
)

// Lengths finds files over 400 lines and, outside tests, functions over 60.
func Lengths(t *Tree) []Finding {
	var out []Finding
	line := func(p token.Pos) int { return t.fset.Position(p).Line }
	for _, f := range t.files {
		if n := bytes.Count(f.src, []byte("\n")); n > maxFileLines {
			out = append(out, f.at(f.ast.Package, "length", "%d lines, at most %d: split it by idea", n, maxFileLines))
		}
		for _, d := range f.ast.Decls {
			fn, ok := d.(*ast.FuncDecl)
			if !ok || f.Test {
				continue
			}
			if n := line(fn.End()) - line(fn.Pos()) + 1; n > maxFuncLines {
				out = append(out, f.at(fn.Pos(), "length", "func %s has %d lines, at most %d", fn.Name.Name, n, maxFuncLines))
			}
		}
	}
	return out
}

// Licences finds files that do not begin with the SPDX line and a blank one.
func Licences(t *Tree) []Finding {
	var out []Finding
	for _, f := range t.files {
		if !bytes.HasPrefix(f.src, []byte(licenceLine+"\n\n")) {
			out = append(out, f.at(f.ast.FileStart, "licence", "the first line must be %q, followed by a blank line", licenceLine))
		}
	}
	return out
}
