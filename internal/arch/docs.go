// SPDX-License-Identifier: Apache-2.0

package arch

import (
	"go/ast"
	"go/token"
)

// Docs finds exported identifiers without a comment, and packages without one.
//
// A comment also speaks for the lines directly below what it stands on, up to
// the next blank line, as the reader takes it: a run of constants, a pair of
// functions. Methods that say no more than their interface (String, Error,
// Unwrap, Is) need none.
func Docs(t *Tree) []Finding {
	var out []Finding
	documented := map[string]bool{}
	for f := range t.production {
		if f.ast.Doc != nil {
			documented[f.Dir()] = true
		}
	}
	for f := range t.production {
		if !documented[f.Dir()] {
			out = append(out, f.at(f.ast.Package, "doc", "package %s has no package comment", f.ast.Name.Name))
			documented[f.Dir()] = true // once is enough
		}
		if f.ast.Name.Name == "main" {
			continue
		}
		for _, name := range undocumented(f) {
			out = append(out, f.at(name.Pos(), "doc", "exported %s has no comment", name.Name))
		}
	}
	return out
}

// entry is a declaration or one line of a group, with the names it exports.
type entry struct {
	first, last int
	commented   bool
	names       []*ast.Ident
}

// undocumented returns the exported names of f that no comment speaks for.
func undocumented(f *File) []*ast.Ident {
	var names []*ast.Ident
	above := entry{last: -1}
	judge := func(e entry) {
		e.commented = e.commented || above.commented && above.last+1 == e.first
		if !e.commented {
			names = append(names, e.names...)
		}
		above = e
	}
	for _, d := range f.ast.Decls {
		switch d := d.(type) {
		case *ast.FuncDecl:
			judge(f.entry(d, d.Doc != nil || selfEvident(d), exportedFunc(d)))
		case *ast.GenDecl:
			if d.Doc != nil || d.Tok == token.IMPORT {
				judge(f.entry(d, d.Doc != nil, nil))
				continue
			}
			for _, s := range d.Specs {
				judge(f.spec(s))
			}
		}
	}
	return names
}

func (f *File) entry(n ast.Node, commented bool, names []*ast.Ident) entry {
	line := func(p token.Pos) int { return f.tree.fset.Position(p).Line }
	return entry{line(n.Pos()), line(n.End()), commented, names}
}

func (f *File) spec(s ast.Spec) entry {
	switch s := s.(type) {
	case *ast.TypeSpec:
		return f.entry(s, s.Doc != nil || s.Comment != nil, exported(s.Name))
	case *ast.ValueSpec:
		return f.entry(s, s.Doc != nil || s.Comment != nil, exported(s.Names...))
	}
	return f.entry(s, true, nil)
}

func exported(names ...*ast.Ident) []*ast.Ident {
	var out []*ast.Ident
	for _, n := range names {
		if n.IsExported() {
			out = append(out, n)
		}
	}
	return out
}

func exportedFunc(d *ast.FuncDecl) []*ast.Ident {
	if d.Recv != nil && !ast.IsExported(receiver(d)) {
		return nil
	}
	return exported(d.Name)
}

func selfEvident(d *ast.FuncDecl) bool {
	if d.Recv == nil {
		return false
	}
	switch d.Name.Name {
	case "String", "Error", "Unwrap", "Is":
		return true
	}
	return false
}

// receiver is the name of the type that a method belongs to.
func receiver(d *ast.FuncDecl) string {
	t := d.Recv.List[0].Type
	if p, ok := t.(*ast.StarExpr); ok {
		t = p.X
	}
	return funcName(t)
}
