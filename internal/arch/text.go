// SPDX-License-Identifier: Apache-2.0

package arch

import (
	"bytes"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
)

// elsewhere matches what means something on one machine only: an absolute path of
// somebody's disk.
var elsewhere = regexp.MustCompile(`(^|[^\w./~-])/(tmp|home|root|var/lib)/\w`)

// hints are parts of what elsewhere matches: a file without any is not searched.
var hints = []string{"/tmp/", "/home/", "/root/", "/var/lib/"}

// Texts finds machine paths in one file of any kind. Binary files have none.
func Texts(name string, content []byte) []Finding {
	if bytes.IndexByte(content, 0) >= 0 || !slices.ContainsFunc(hints, func(h string) bool {
		return bytes.Contains(content, []byte(h))
	}) {
		return nil
	}
	var out []Finding
	n := 0
	for line := range bytes.Lines(content) {
		n++
		if m := elsewhere.Find(line); m != nil {
			out = append(out, Finding{
				File: name, Line: n, Law: "elsewhere",
				Text: fmt.Sprintf("%q is not part of this repository", strings.TrimSpace(string(m))),
			})
		}
	}
	return out
}

// CheckTexts applies Texts to every file below root but the history and what is ignored.
func CheckTexts(root string) ([]Finding, error) {
	var out []Finding
	err := filepath.WalkDir(root, func(name string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		rel, err := filepath.Rel(root, name)
		if err != nil {
			return err
		}
		rel = filepath.ToSlash(rel)
		switch {
		case d.IsDir() && (rel == ".git" || rel == "bin" || rel == ".cache"):
			return fs.SkipDir
		case rel == ".git", !d.Type().IsRegular(), rel == "internal/arch/testdata/elsewhere.txt":
			return nil
		}
		content, err := os.ReadFile(name)
		out = append(out, Texts(rel, content)...)
		return err
	})
	return out, err
}
