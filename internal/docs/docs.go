// SPDX-License-Identifier: Apache-2.0

// Package docs checks that the Markdown documents tell the truth: Go snippets
// are the bodies of tested examples, commands are those that CI runs, relative
// links lead somewhere.
//
// A fenced block is marked by the comment on the line above it:
//
//	<!-- from: lb/example_test.go#ExampleEngine -->   a go block: that function's body
//	<!-- from: examples/demo/main.go -->              a go block: that whole file
//	<!-- from: lb/testdata/create.golden -->          a text or yaml block: part of that file
//	<!-- run -->                                      a sh block: .ci/run runs it
//	<!-- sketch -->                                   a go block that is not meant to compile
package docs

import (
	"bytes"
	"errors"
	"fmt"
	"go/ast"
	"go/format"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"regexp"
	"strings"
)

// Block is a fenced block of a document.
type Block struct {
	Line   int    // of the opening fence
	Lang   string // "go", "sh", …
	Marker string // the text of the comment above: "from: X", "run", or ""
	Text   string
}

var (
	fence  = regexp.MustCompile("^```+(\\w*)")
	marker = regexp.MustCompile(`^<!-- (.*\S) -->$`)
	link   = regexp.MustCompile(`\]\(([^)\s]+)\)`)
	code   = regexp.MustCompile("`[^`]*`")
)

// Blocks returns the fenced blocks of a Markdown text.
func Blocks(text string) []Block {
	var out []Block
	var open *Block
	mark, end := "", ""
	for i, line := range strings.Split(text, "\n") {
		switch m := fence.FindStringSubmatch(line); {
		case open != nil && strings.TrimSpace(line) == end:
			out = append(out, *open)
			open = nil
		case open != nil:
			open.Text += line + "\n"
		case m != nil:
			open = &Block{Line: i + 1, Lang: m[1], Marker: mark}
			end, mark = strings.TrimSuffix(m[0], m[1]), ""
		default:
			mark = ""
			if m := marker.FindStringSubmatch(line); m != nil {
				mark = m[1]
			}
		}
	}
	return out
}

// CheckBlock judges a block of a document: root is the repository.
func CheckBlock(root string, b Block) error {
	source, fromSource := strings.CutPrefix(b.Marker, "from: ")
	switch {
	case b.Lang == "go" && fromSource:
		want, err := Source(root, source)
		if err != nil {
			return err
		}
		if got := Normal(b.Text); got != want {
			return fmt.Errorf("differs from %s, which reads:\n%s", source, want)
		}
	case b.Lang == "go" && b.Marker != "sketch":
		return errors.New(`a go block needs "<!-- from: file#Example -->" (tested) or "<!-- sketch -->" above it`)
	case (b.Lang == "text" || b.Lang == "yaml") && fromSource:
		want, err := os.ReadFile(filepath.Join(root, filepath.FromSlash(source)))
		if err != nil {
			return fmt.Errorf("from: %w", err)
		}
		if !strings.Contains(string(want), b.Text) {
			return fmt.Errorf("is no part of %s, which reads:\n%s", source, want)
		}
	case b.Lang != "sh" && b.Marker == "run":
		return errors.New(`"<!-- run -->" belongs above a sh block`)
	case fromSource && b.Lang != "go":
		return errors.New(`"<!-- from: … -->" belongs above a go, text or yaml block`)
	}
	return nil
}

// Source returns the body of file#Func, or the whole file, normalised. A file
// begins at its package clause: the licence is not for showing.
func Source(root, ref string) (string, error) {
	file, name, isFunc := strings.Cut(ref, "#")
	src, err := os.ReadFile(filepath.Join(root, filepath.FromSlash(file)))
	if err != nil {
		return "", fmt.Errorf("from: %w", err)
	}
	fset := token.NewFileSet()
	parsed, err := parser.ParseFile(fset, file, src, parser.ParseComments)
	if err != nil {
		return "", fmt.Errorf("from: %w", err)
	}
	offset := func(p token.Pos) int { return fset.Position(p).Offset }
	if !isFunc {
		return Normal(string(src[offset(parsed.Package):])), nil
	}
	for _, d := range parsed.Decls {
		if fn, ok := d.(*ast.FuncDecl); ok && fn.Name.Name == name && fn.Recv == nil {
			return Normal(string(src[offset(fn.Body.Lbrace)+1 : offset(fn.Body.Rbrace)])), nil
		}
	}
	return "", fmt.Errorf("from: %s has no function %s", file, name)
}

// Normal formats a snippet and drops what a reader does not need: blank lines
// at the edges, and the "// Output:" part, which is the test's.
func Normal(src string) string {
	if formatted, err := format.Source([]byte(src)); err == nil {
		src = string(formatted)
	}
	var out []string
	for line := range strings.Lines(src) {
		line = strings.TrimRight(line, " \t\n")
		text := strings.ToLower(strings.TrimSpace(line))
		if strings.HasPrefix(text, "// output:") || strings.HasPrefix(text, "// unordered output:") {
			break
		}
		out = append(out, strings.TrimPrefix(line, indent(src)))
	}
	return strings.TrimSpace(strings.Join(out, "\n"))
}

// indent is the white space before the first line that has text: format.Source keeps it.
func indent(src string) string {
	for line := range strings.Lines(src) {
		if text := strings.TrimLeft(line, " \t"); strings.TrimSpace(text) != "" {
			return line[:len(line)-len(text)]
		}
	}
	return ""
}

// DeadLinks returns the relative links of a document that lead nowhere. Links
// inside code are not links.
func DeadLinks(path string, text []byte) []string {
	var dead []string
	fenced := false
	for line := range bytes.Lines(text) {
		if fence.Match(line) {
			fenced = !fenced
		}
		if fenced {
			continue
		}
		for _, m := range link.FindAllSubmatch(code.ReplaceAll(line, nil), -1) {
			target, _, _ := strings.Cut(string(m[1]), "#")
			if target == "" || strings.Contains(target, "://") || strings.HasPrefix(target, "mailto:") {
				continue
			}
			if _, err := os.Stat(filepath.Join(filepath.Dir(path), filepath.FromSlash(target))); err != nil {
				dead = append(dead, target)
			}
		}
	}
	return dead
}
