// SPDX-License-Identifier: Apache-2.0

package conformance_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/octaviakit/octaviakit/internal/conformance"
	"github.com/stretchr/testify/require"
)

// TestRecord plays the scenarios on a real cloud and keeps the answers; see the
// package's documentation.
func TestRecord(t *testing.T) {
	site, release := realCloud(t)
	dir := filepath.Join("testdata", release)
	run := conformance.Run{Release: release, Steps: map[string]int{}}
	read(t, filepath.Join(dir, "run.json"), &run)
	run.Date = time.Now().UTC().Format(time.DateOnly)
	var err error
	run.Versions, err = site.Versions(t.Context())
	require.NoError(t, err)
	for said := range strings.FieldsSeq(os.Getenv("OCTAVIAKIT_VERSIONS")) {
		name, version, _ := strings.Cut(said, "=")
		run.Versions[name] = version
	}
	for _, s := range chosen(t) {
		t.Run(s.Name, func(t *testing.T) {
			answers, err := site.Play(t.Context(), s)
			write(t, filepath.Join(dir, s.Name+".json"), answers) // also when it failed: they tell why
			require.NoError(t, err)
			run.Steps[s.Name] = len(answers)
			write(t, filepath.Join(dir, "run.json"), run)
		})
	}
}

func write(t *testing.T, file string, v any) {
	t.Helper()
	f, err := os.Create(file)
	if os.IsNotExist(err) {
		require.NoError(t, os.MkdirAll(filepath.Dir(file), 0o750))
		f, err = os.Create(file)
	}
	require.NoError(t, err)
	e := json.NewEncoder(f)
	e.SetEscapeHTML(false)
	e.SetIndent("", " ")
	require.NoError(t, e.Encode(v))
	require.NoError(t, f.Close())
}
