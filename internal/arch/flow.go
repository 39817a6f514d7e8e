// SPDX-License-Identifier: Apache-2.0

package arch

import (
	"go/ast"
	"strings"
)

// owners are the only files that may start goroutines, with who joins them.
var owners = map[string]string{
	"fake/cmd/octavia-fake/run.go":  "serve shuts the server down and waits for it",
	"internal/coalesce/coalesce.go": "Close, which every Queue needs, waits for all of them",
	"lb/parallel.go":                "the function that starts them waits for all before it returns",
}

// Goroutines finds go statements, and calls that hide one (X.Go, AfterFunc),
// outside the files of owners. The library of the fake shall have none at all: its
// objects remember when they are due.
func Goroutines(t *Tree) []Finding {
	var out []Finding
	for f := range t.production {
		if owners[f.Path] != "" {
			continue
		}
		ast.Inspect(f.ast, func(n ast.Node) bool {
			what := ""
			switch n := n.(type) {
			case *ast.GoStmt:
				what = "go statement"
			case *ast.CallExpr:
				name := funcName(n.Fun)
				if name == "time.AfterFunc" || name == "context.AfterFunc" || startsGoroutine(n) {
					what = name
				}
			}
			if what != "" {
				out = append(out, f.at(n.Pos(), "goroutine",
					"%s outside the files of internal/arch/flow.go, which names who joins it", what))
			}
			return true
		})
	}
	return out
}

// startsGoroutine recognises sync.WaitGroup.Go and its like: a method Go that is given a function.
func startsGoroutine(call *ast.CallExpr) bool {
	sel, ok := call.Fun.(*ast.SelectorExpr)
	return ok && sel.Sel.Name == "Go" && len(call.Args) == 1
}

// Inits finds init functions.
func Inits(t *Tree) []Finding {
	var out []Finding
	for _, f := range t.files {
		for _, d := range f.ast.Decls {
			if fn, ok := d.(*ast.FuncDecl); ok && fn.Recv == nil && fn.Name.Name == "init" {
				out = append(out, f.at(fn.Pos(), "init", "func init runs unasked; use a constructor or sync.OnceValue"))
			}
		}
	}
	return out
}

// Sleeps finds time.Sleep: in production always, in tests unless those of the
// package use testing/synctest (a helper in another file may sleep in a bubble).
func Sleeps(t *Tree) []Finding {
	var out []Finding
	bubbles := map[string]bool{}
	for _, f := range t.files {
		bubbles[f.Dir()] = bubbles[f.Dir()] || f.Test && imports(f, "testing/synctest")
	}
	for _, f := range t.files {
		if f.Test && bubbles[f.Dir()] {
			continue
		}
		ast.Inspect(f.ast, func(n ast.Node) bool {
			if sel, ok := n.(*ast.SelectorExpr); ok && funcName(sel) == "time.Sleep" {
				out = append(out, f.at(n.Pos(), "sleep",
					"time.Sleep ignores the context; wait for a timer or ctx.Done, in tests inside a synctest bubble"))
			}
			return true
		})
	}
	return out
}

func imports(f *File, name string) bool {
	for _, spec := range f.ast.Imports {
		if strings.Trim(spec.Path.Value, `"`) == name {
			return true
		}
	}
	return false
}
