// SPDX-License-Identifier: Apache-2.0

package arch

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"go/types"
	"io/fs"
	"maps"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
)

// Tree is a parsed module.
type Tree struct {
	fset  *token.FileSet
	files []*File // sorted by path
}

// File is one parsed Go file.
type File struct {
	Path string // relative to the module's root, with slashes
	Test bool   // its name ends in _test.go
	ast  *ast.File
	src  []byte
	tree *Tree
}

// Dir is the file's package relative to the module: "lb", "internal/fault", "." for the root.
func (f *File) Dir() string { return path.Dir(f.Path) }

// Load parses all Go files below root, whatever their build tags, except
// testdata, hidden folders and nested modules.
func Load(root string) (*Tree, error) {
	sources := map[string][]byte{}
	err := filepath.WalkDir(root, func(name string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() {
			return skipDir(root, name)
		}
		if !strings.HasSuffix(name, ".go") {
			return nil
		}
		rel, err := filepath.Rel(root, name)
		if err != nil {
			return err
		}
		sources[filepath.ToSlash(rel)], err = os.ReadFile(name)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("load %s: %w", root, err)
	}
	return Parse(sources)
}

func skipDir(root, name string) error {
	if name == root {
		return nil
	}
	base := filepath.Base(name)
	if base == "testdata" || strings.HasPrefix(base, ".") || strings.HasPrefix(base, "_") {
		return fs.SkipDir
	}
	if _, err := os.Stat(filepath.Join(name, "go.mod")); err == nil {
		return fs.SkipDir
	}
	return nil
}

// Parse makes a Tree of sources by path.
func Parse(sources map[string][]byte) (*Tree, error) {
	t := &Tree{fset: token.NewFileSet()}
	for _, name := range slices.Sorted(maps.Keys(sources)) {
		parsed, err := parser.ParseFile(t.fset, name, sources[name], parser.ParseComments|parser.SkipObjectResolution)
		if err != nil {
			return nil, fmt.Errorf("parse: %w", err)
		}
		t.files = append(t.files, &File{
			Path: name, Test: strings.HasSuffix(name, "_test.go"),
			ast: parsed, src: sources[name], tree: t,
		})
	}
	return t, nil
}

// production yields the files that are not tests.
func (t *Tree) production(yield func(*File) bool) {
	for _, f := range t.files {
		if !f.Test && !yield(f) {
			return
		}
	}
}

// check resolves the identifiers of all production packages. Imports from
// outside the module stay unknown, and with them some types; the names of
// package-level variables, which is what Globals asks for, never do.
func (t *Tree) check() *types.Info {
	info := &types.Info{
		Defs: map[*ast.Ident]types.Object{}, Uses: map[*ast.Ident]types.Object{},
		Types: map[ast.Expr]types.TypeAndValue{}, Selections: map[*ast.SelectorExpr]*types.Selection{},
	}
	r := &resolver{tree: t, info: info, done: map[string]*types.Package{}}
	for f := range t.production {
		r.load(f.Dir())
	}
	return info
}

// resolver type-checks packages of the tree on demand and invents all others.
type resolver struct {
	tree *Tree
	info *types.Info
	done map[string]*types.Package
}

// Import implements types.Importer.
func (r *resolver) Import(name string) (*types.Package, error) {
	if name == Module || strings.HasPrefix(name, Module+"/") {
		return r.load(path.Join(".", strings.TrimPrefix(name, Module))), nil
	}
	p := types.NewPackage(name, path.Base(name))
	p.MarkComplete()
	return p, nil
}

func (r *resolver) load(dir string) *types.Package {
	dir = path.Join(".", strings.TrimPrefix(dir, "/"))
	if p, ok := r.done[dir]; ok {
		return p
	}
	var files []*ast.File
	for f := range r.tree.production {
		if f.Dir() == dir {
			files = append(files, f.ast)
		}
	}
	conf := types.Config{Importer: r, Error: func(error) {}}
	p, _ := conf.Check(path.Join(Module, dir), r.tree.fset, files, r.info) // unknown imports are errors on purpose
	r.done[dir] = p
	return p
}
