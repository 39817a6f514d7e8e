// SPDX-License-Identifier: Apache-2.0

package arch

import (
	"go/ast"
	"go/token"
	"go/types"
	"slices"
	"strings"
)

// Globals finds package-level variables that are, or could become, mutable
// state. Allowed are
//
//   - var _ I = T{}: an assertion;
//   - sentinels: errors.New;
//   - compiled once and safe for concurrent use: regexp.MustCompile,
//     strings.NewReplacer, sync.OnceValue, sync.OnceValues, sync.OnceFunc;
//   - files under go:embed;
//   - tables: an unexported variable with a composite literal, never written to,
//     its address never taken, and neither returned nor kept elsewhere by name
//     if it is a map or slice (that would hand out a door to write through);
//
// and the few of exceptions.
func Globals(t *Tree) []Finding {
	g := &globals{info: t.check(), tables: map[types.Object]bool{}}
	for f := range t.production {
		for _, d := range f.ast.Decls {
			if gen, ok := d.(*ast.GenDecl); ok && gen.Tok == token.VAR {
				for _, s := range gen.Specs {
					g.declared(f, gen, s.(*ast.ValueSpec))
				}
			}
		}
	}
	for f := range t.production {
		g.file = f
		ast.PreorderStack(f.ast, nil, g.used)
	}
	return g.out
}

// exceptions are variables, by file and name, that may be what they are, and why.
var exceptions = map[string]string{
	"internal/golden/golden.go update": "a flag must be registered before the test binary parses its arguments",
}

type globals struct {
	info   *types.Info
	tables map[types.Object]bool // allowed as long as nothing writes to them
	file   *File
	out    []Finding
}

// declared judges one var spec by its initialiser.
func (g *globals) declared(f *File, gen *ast.GenDecl, s *ast.ValueSpec) {
	embedded := embeds(gen.Doc) || embeds(s.Doc)
	for i, name := range s.Names {
		var value ast.Expr
		if i < len(s.Values) {
			value = s.Values[i]
		}
		switch {
		case name.Name == "_", embedded, constructed(value, "errors.New"), exceptions[f.Path+" "+name.Name] != "":
		case name.IsExported():
			g.out = append(g.out, f.at(name.Pos(), "global",
				"exported variable %s: anyone can change it; use a constant or a function", name.Name))
		case constructed(value, "regexp.MustCompile", "strings.NewReplacer", "sync.OnceValue", "sync.OnceValues", "sync.OnceFunc"):
		case isTable(value):
			g.tables[g.info.Defs[name]] = true
		default:
			g.out = append(g.out, f.at(name.Pos(), "global",
				"variable %s is package-level state; pass it, or make it a constant or a table", name.Name))
		}
	}
}

func embeds(doc *ast.CommentGroup) bool {
	return doc != nil && slices.ContainsFunc(doc.List, func(c *ast.Comment) bool {
		return strings.HasPrefix(c.Text, "//go:embed ")
	})
}

// constructed reports whether value is a call of one of the functions named "pkg.Func".
func constructed(value ast.Expr, names ...string) bool {
	call, ok := value.(*ast.CallExpr)
	return ok && slices.Contains(names, funcName(call.Fun))
}

// funcName is "pkg.Func" or "Func", without type arguments, or "".
func funcName(e ast.Expr) string {
	switch e := e.(type) {
	case *ast.IndexExpr:
		return funcName(e.X)
	case *ast.IndexListExpr:
		return funcName(e.X)
	case *ast.Ident:
		return e.Name
	case *ast.SelectorExpr:
		if x, ok := e.X.(*ast.Ident); ok {
			return x.Name + "." + e.Sel.Name
		}
	}
	return ""
}

// isTable reports whether value is a composite literal of something that can be
// constant: not a lock, not a pointer.
func isTable(value ast.Expr) bool {
	lit, ok := value.(*ast.CompositeLit)
	if !ok {
		return false
	}
	name := funcName(lit.Type)
	return !strings.HasPrefix(name, "sync.") && !strings.HasPrefix(name, "atomic.")
}

// used judges one use of a table by the nodes around it.
func (g *globals) used(n ast.Node, stack []ast.Node) bool {
	id, ok := n.(*ast.Ident)
	if !ok || !g.tables[g.info.Uses[id]] {
		return true
	}
	if how := misuse(g.info, id, stack); how != "" {
		g.out = append(g.out, g.file.at(id.Pos(), "global", "table %s is %s", id.Name, how))
	}
	return true
}

// misuse climbs from a table's name to the statement that decides what happens
// to it, and returns what that is if it is not reading.
func misuse(info *types.Info, id *ast.Ident, stack []ast.Node) string {
	var x ast.Expr = id // the operand climbed so far: id, id[i], id.f, (id)…
	for _, n := range slices.Backward(stack) {
		switch n := n.(type) {
		case *ast.ParenExpr:
			x = n
			continue
		case *ast.SelectorExpr: // id.field, or id.method
			if s := info.Selections[n]; s != nil && s.Kind() == types.MethodVal && pointerReceiver(s) {
				return "given to a method with a pointer receiver"
			}
			x = n
			continue
		case *ast.IndexExpr:
			if n.X != x {
				return "" // an index: read
			}
			x = n
			continue
		case *ast.SliceExpr:
			x = n
			continue
		}
		return verdict(info, n, x)
	}
	return ""
}

// verdict says what the parent node does to operand x, "" if it only reads.
func verdict(info *types.Info, parent ast.Node, x ast.Expr) string {
	switch p := parent.(type) {
	case *ast.AssignStmt:
		if slices.Contains(p.Lhs, x) {
			return "assigned to"
		}
		return aliased(info, x)
	case *ast.IncDecStmt:
		return "assigned to"
	case *ast.RangeStmt:
		if p.Key == x || p.Value == x {
			return "assigned to"
		}
	case *ast.UnaryExpr:
		if p.Op == token.AND {
			return "used by address"
		}
	case *ast.ReturnStmt, *ast.KeyValueExpr, *ast.CompositeLit, *ast.SendStmt, *ast.ValueSpec:
		return aliased(info, x)
	case *ast.CallExpr:
		if p.Fun != x && mutates(funcName(p.Fun), slices.Index(p.Args, x)) {
			return "written to by " + funcName(p.Fun)
		}
	}
	return ""
}

// aliased objects to a second name for the same map or slice.
func aliased(info *types.Info, x ast.Expr) string {
	tv, ok := info.Types[x]
	if !ok || tv.Type == nil {
		return ""
	}
	switch tv.Type.Underlying().(type) {
	case *types.Map, *types.Slice:
		return "handed out by reference; return a clone or an iterator"
	}
	return ""
}

// mutates reports whether the function writes through its i-th argument.
func mutates(name string, i int) bool {
	switch name {
	case "delete", "clear", "append", "copy", "maps.Copy", "maps.Insert", "maps.DeleteFunc":
		return i == 0
	}
	pkg, f, _ := strings.Cut(name, ".")
	switch pkg {
	case "sort":
		return !strings.HasPrefix(f, "Search") && !strings.HasSuffix(f, "AreSorted") && f != "IsSorted"
	case "slices":
		return i == 0 && slices.ContainsFunc(
			[]string{"Append", "Compact", "Delete", "Insert", "Replace", "Reverse", "Sort"},
			func(verb string) bool { return strings.HasPrefix(f, verb) && f != "Sorted" })
	}
	return false
}

func pointerReceiver(s *types.Selection) bool {
	sig, ok := s.Obj().Type().(*types.Signature)
	if !ok || sig.Recv() == nil {
		return false
	}
	_, ptr := sig.Recv().Type().(*types.Pointer)
	_, isPtr := s.Recv().Underlying().(*types.Pointer)
	return ptr && !isPtr
}
