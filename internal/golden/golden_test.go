// SPDX-License-Identifier: Apache-2.0

package golden_test

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/octaviakit/octaviakit/internal/golden"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// recorder stands in for a test that is expected to fail.
type recorder struct {
	testing.TB
	failed bool
	log    strings.Builder
}

func (r *recorder) Helper() {}

func (r *recorder) Errorf(format string, args ...any) {
	r.failed = true
	fmt.Fprintf(&r.log, format, args...)
}

// FailNow does not return, as testing.T's does not.
func (r *recorder) FailNow() {
	r.failed = true
	panic(r)
}

// failed runs an assertion that ought to fail, and returns what it said.
func failed(t *testing.T, assertion func(testing.TB)) string {
	t.Helper()
	r := &recorder{TB: t}
	func() {
		defer func() {
			if p := recover(); p != nil {
				require.Same(t, r, p)
			}
		}()
		assertion(r)
	}()
	assert.True(t, r.failed, "the assertion passed")
	return r.log.String()
}

func TestAssert(t *testing.T) {
	file := filepath.Join(t.TempDir(), "x.golden")
	require.NoError(t, os.WriteFile(file, []byte("one\ntwo\n"), 0o600))

	golden.Assert(t, "one\ntwo", file)
	golden.Assert(t, "one\ntwo\n\n", file)

	said := failed(t, func(tb testing.TB) { golden.Assert(tb, "one\nthree\n", file) })
	assert.Contains(t, said, "-two\n")
	assert.Contains(t, said, "+three\n")
	assert.Contains(t, said, "-update")
}

func TestCarriageReturnsOfACheckout(t *testing.T) {
	file := filepath.Join(t.TempDir(), "x.golden")
	require.NoError(t, os.WriteFile(file, []byte("one\r\ntwo\r\n"), 0o600))
	golden.Assert(t, "one\ntwo\n", file)
}

func TestMissingFileSaysWhatToDo(t *testing.T) {
	file := filepath.Join(t.TempDir(), "none.golden")
	assert.Contains(t, failed(t, func(tb testing.TB) { golden.Assert(tb, "x", file) }), "-update")
}

func TestJSONAndUpdate(t *testing.T) {
	file := filepath.Join(t.TempDir(), "new", "x.golden")
	require.NoError(t, flag.Set("update", "true"))
	golden.JSON(t, map[string]any{"b": "<&>", "a": 1}, file)
	require.NoError(t, flag.Set("update", "false"))

	content, err := os.ReadFile(file)
	require.NoError(t, err)
	assert.Equal(t, "{\n  \"a\": 1,\n  \"b\": \"<&>\"\n}\n", string(content))
	golden.JSON(t, map[string]any{"a": 1, "b": "<&>"}, file)
}
