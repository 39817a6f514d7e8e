// SPDX-License-Identifier: Apache-2.0

package conformance_test

import (
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/gophercloud/gophercloud/v2"
	"github.com/octaviakit/octaviakit/fake"
	"github.com/octaviakit/octaviakit/internal/conformance"
	"github.com/octaviakit/octaviakit/internal/golden"
	"github.com/octaviakit/octaviakit/provider"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// releases are those that a recording exists of, by folder, oldest first.
var releases = []struct {
	dir     string
	release provider.Release
}{
	{"zed", provider.Zed},
	{"epoxy", provider.Epoxy},
}

// TestFake plays every scenario on a fresh fake and compares the answers with
// the recording. docs/conformance.md is what it finds; a difference that is not
// in there fails, and so does one that is gone: run with -update.
func TestFake(t *testing.T) {
	all, err := conformance.Scenarios()
	require.NoError(t, err)
	var results []conformance.Result
	for _, r := range releases {
		result := conformance.Result{}
		if !read(t, filepath.Join("testdata", r.dir, "run.json"), &result.Run) {
			continue
		}
		for _, s := range all {
			if result.Steps[s.Name] == 0 {
				result.Missing = append(result.Missing, s.Name)
				continue
			}
			var recorded []conformance.Answer
			require.True(t, read(t, filepath.Join("testdata", r.dir, s.Name+".json"), &recorded), s.Name)
			result.Differences = append(result.Differences, conformance.Compare(s.Name, recorded, play(t, r.release, s))...)
		}
		results = append(results, result)
	}
	golden.Assert(t, conformance.Report(results), "../../docs/conformance.md")
}

// play plays a scenario on a fake with its provider's latencies, in virtual time.
func play(t *testing.T, release provider.Release, s *conformance.Scenario) []conformance.Answer {
	t.Helper()
	var answers []conformance.Answer
	synctest.Test(t, func(t *testing.T) {
		latency := fake.AmphoraLike
		if strings.HasPrefix(s.Name, "ovn") {
			latency = fake.OVNLike
		}
		site := fakeSite(t, fake.New(fake.WithProvider(provider.Amphora, release), fake.WithLatency(latency), fake.WithoutServers()))
		var err error
		answers, err = site.Play(t.Context(), s)
		if !errors.Is(err, conformance.ErrCapture) { // that is a difference, and reported as one
			assert.NoError(t, err)
		}
	})
	return answers
}

func fakeSite(t *testing.T, c *fake.Cloud) *conformance.Site {
	t.Helper()
	s := &conformance.Site{Users: map[string]*gophercloud.ProviderClient{}}
	for _, user := range users {
		s.Users[user] = c.ProviderClient(user)
	}
	endpoints(t, s, s.Users["demo"], gophercloud.EndpointOpts{})
	s.Projects = map[string]string{"project": c.ProjectID("demo"), "project2": c.ProjectID("demo2")}
	require.NoError(t, s.Discover(t.Context()))
	for _, project := range s.Projects { // the real ones had made something before, so that they have a record
		_, err := s.Users["admin"].Request(t.Context(), "PUT", s.Octavia+"/v2/lbaas/quotas/"+project, &gophercloud.RequestOpts{
			JSONBody: map[string]any{"quota": map[string]any{}}, OkCodes: []int{202},
		})
		require.NoError(t, err)
	}
	return s
}

// read reads recorded JSON the way answers are decoded: numbers as they stand.
func read(t *testing.T, file string, v any) bool {
	t.Helper()
	f, err := os.Open(file)
	if os.IsNotExist(err) {
		return false
	}
	require.NoError(t, err)
	defer f.Close()
	d := json.NewDecoder(f)
	d.UseNumber()
	require.NoError(t, d.Decode(v))
	return true
}
