// SPDX-License-Identifier: Apache-2.0

package conformance_test

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/octaviakit/octaviakit/internal/conformance"
	"github.com/octaviakit/octaviakit/provider"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// TestLive plays the scenarios on a real cloud and on the fake of its release, and
// compares the two directly; see the package's documentation.
func TestLive(t *testing.T) {
	site, name := realCloud(t)
	release, err := provider.ParseRelease(name)
	require.NoError(t, err)
	for _, s := range chosen(t) {
		t.Run(s.Name, func(t *testing.T) {
			answers, err := site.Play(t.Context(), s)
			if !errors.Is(err, conformance.ErrCapture) {
				require.NoError(t, err)
			}
			for _, d := range conformance.Compare(s.Name, answers, play(t, release, s)) {
				if d.Reason == "" {
					t.Errorf("step %d (%s) %s: %s\n  real %s\n  fake %s", d.Step, d.Section, d.Request, d.Field, d.Real, d.Fake)
				}
			}
		})
	}
}

// realCloud logs in to what the environment names, and skips the test if that is nothing.
func realCloud(t *testing.T) (*conformance.Site, string) {
	t.Helper()
	entry, release := os.Getenv("OCTAVIAKIT_CLOUD"), os.Getenv("OCTAVIAKIT_RELEASE")
	if entry == "" || release == "" {
		t.Skip("OCTAVIAKIT_CLOUD and OCTAVIAKIT_RELEASE name no real cloud")
	}
	site := realSite(t, entry)
	require.NoError(t, site.Sweep(t.Context()))
	return site, release
}

// chosen are the scenarios that OCTAVIAKIT_SCENARIO names, or all: by name, or as
// the path of a file that need not be in the repository.
func chosen(t *testing.T) []*conformance.Scenario {
	t.Helper()
	all, err := conformance.Scenarios()
	require.NoError(t, err)
	only := os.Getenv("OCTAVIAKIT_SCENARIO")
	if only == "" {
		return all
	}
	if name, isFile := strings.CutSuffix(filepath.Base(only), ".scn"); isFile {
		text, err := os.ReadFile(only)
		require.NoError(t, err)
		s, err := conformance.Parse(name, string(text))
		require.NoError(t, err)
		return []*conformance.Scenario{s}
	}
	var some []*conformance.Scenario
	for _, s := range all {
		for name := range strings.SplitSeq(only, ",") {
			if s.Name == name {
				some = append(some, s)
			}
		}
	}
	assert.NotEmpty(t, some, "no scenario is named %q", only)
	return some
}
