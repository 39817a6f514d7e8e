// SPDX-License-Identifier: Apache-2.0

// Package golden compares what a test got with a file that people review.
//
//	golden.Assert(t, plan.String(), "testdata/create.golden")
//
// "go test ./lb -update" rewrites the files; "git diff" then shows what changed.
package golden

import (
	"bytes"
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// update asks for the files to be written instead of read. The flag exists in
// the test binaries that import this package, and nowhere else.
var update = flag.Bool("update", false, "rewrite the golden files")

// Assert fails the test with a line diff if got is not what file holds.
// Trailing newlines do not count: the file always ends in one.
func Assert(t testing.TB, got, file string) {
	t.Helper()
	got = strings.TrimRight(got, "\n") + "\n"
	if *update {
		require.NoError(t, os.MkdirAll(filepath.Dir(file), 0o750))
		require.NoError(t, os.WriteFile(file, []byte(got), 0o600))
		return
	}
	want, err := os.ReadFile(filepath.Clean(file))
	require.NoError(t, err, "no golden file: run the test with -update, and review what it writes")
	assert.Equal(t, strings.ReplaceAll(string(want), "\r\n", "\n"), got, "%s: run with -update if the change is meant", file)
}

// JSON is Assert for a value as indented JSON: keys sorted, nothing escaped for HTML.
func JSON(t testing.TB, got any, file string) {
	t.Helper()
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	require.NoError(t, e.Encode(got))
	Assert(t, b.String(), file)
}
