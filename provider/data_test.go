// SPDX-License-Identifier: Apache-2.0

package provider_test

import (
	"encoding/json"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/octaviakit/octaviakit/provider"
	"github.com/octaviakit/octaviakit/provider/internal/gen/constants"
)

// sourceShapes are what a source may look like: an upstream repository or tool
// followed by where in it, a bug number, or an observation with its date and versions.
var sourceShapes = []*regexp.Regexp{
	regexp.MustCompile(`^(octavia|ovn-octavia-provider|networking-ovn|octavia-lib|cloud-provider-openstack)\b.*[\w)]`),
	regexp.MustCompile(`^git grep .+`),
	regexp.MustCompile(`^LP \d{6,8}$`),
	regexp.MustCompile(`^storyboard \d{7}$`),
	regexp.MustCompile(`^terraform-provider-openstack PR #\d+`),
	regexp.MustCompile(`^observed \d{4}-\d{2} on octavia \d+\.\d+\.\d+(/ovn-octavia-provider \d+\.\d+\.\d+)?.*`),
}

func assertSources(t *testing.T, id string, sources []string) {
	t.Helper()
	assert.NotEmpty(t, sources, id)
	for _, s := range sources {
		ok := slices.ContainsFunc(sourceShapes, func(r *regexp.Regexp) bool { return r.MatchString(s) })
		assert.True(t, ok, "%s: source %q has no known shape", id, s)
	}
}

func TestMatrixRows(t *testing.T) {
	t.Parallel()
	rows := 0
	for _, n := range provider.Names() {
		seen := map[provider.Feature]bool{}
		for e := range lookup(t, n, provider.Hibiscus).All() {
			rows++
			id := string(n) + " " + string(e.Feature)
			assert.False(t, seen[e.Feature], "%s: twice", id)
			seen[e.Feature] = true
			assert.Regexp(t, `^[a-z0-9]+(-[a-z0-9]+)*$`, e.Feature)
			assert.NotEmpty(t, e.Description, id)
			assert.Contains(t, []string{"listener", "pool", "member", "healthmonitor", "l7", "loadbalancer", "other"}, e.Group, id)
			assert.Contains(t, []string{"code", "relnote", "doc", "inferred", "observed"}, e.Confidence, id)
			assertSources(t, id, e.Sources)
			assertCell(t, id, e)
		}
	}
	assert.GreaterOrEqual(t, rows, 2*124)
}

func assertCell(t *testing.T, id string, e provider.Entry) {
	t.Helper()
	if e.Since == 0 {
		assert.NotEmpty(t, e.Otherwise, "%s: never supported, and what happens instead?", id)
		assert.Zero(t, e.Reliable, id)
		assert.Zero(t, e.Removed, id)
		assert.Empty(t, e.Backports, id)
		return
	}
	assert.NotZero(t, e.APISince, "%s: supported without an API that knows it", id)
	assert.LessOrEqual(t, e.APISince, e.Since, id)
	if e.Reliable != 0 {
		assert.Less(t, e.Since, e.Reliable, id)
	}
	if e.Removed != 0 {
		assert.Less(t, e.Since, e.Removed, id)
		assert.NotEmpty(t, e.Otherwise, id)
	}
	if e.APIMinor >= 0 {
		assert.LessOrEqual(t, e.APIMinor, e.APISince.APIMinor(), "%s: minor newer than the release that brought it", id)
		if e.APISince > provider.Queens {
			assert.Greater(t, e.APIMinor, (e.APISince - 1).APIMinor(), "%s: an older release advertised that minor", id)
		}
	} else {
		assert.NotEmpty(t, e.APISince, "%s: neither minor nor release", id)
	}
}

func TestQuirkEntries(t *testing.T) {
	t.Parallel()
	seen := map[provider.QuirkID]bool{}
	coreIsOver := false
	for q := range provider.AllQuirks() {
		assert.False(t, seen[q.ID], q.ID)
		seen[q.ID] = true
		coreIsOver = coreIsOver || !q.Core
		assert.NotEqual(t, coreIsOver, q.Core, "%s: core entries come first", q.ID)
		assert.True(t, q.From.Valid(), q.ID)
		if q.Fixed != 0 {
			assert.Less(t, q.From, q.Fixed, q.ID)
			assert.NotEmpty(t, q.FixedTag, q.ID)
		}
		assert.Contains(t, []provider.Severity{provider.Critical, provider.Major, provider.Minor}, q.Severity, q.ID)
		assert.NotEmpty(t, q.Symptom, q.ID)
		assert.NotEmpty(t, q.Workaround, q.ID)
		if q.Provider == provider.OVN {
			assert.GreaterOrEqual(t, q.From, provider.Stein, "%s: no ovn driver then", q.ID)
		}
		if q.Bug != "" {
			assert.Regexp(t, `^LP \d+$`, q.Bug, q.ID)
		}
		assertSources(t, string(q.ID), q.Sources)
		for _, f := range q.Features {
			assert.NotEmpty(t, lookup(t, provider.OVN, provider.Zed).Entry(f).Description, "%s: no row %s", q.ID, f)
		}

		got, ok := provider.LookupQuirk(q.ID)
		assert.True(t, ok)
		assert.Equal(t, q, got)
	}
	assert.GreaterOrEqual(t, len(seen), 67)
	_, ok := provider.LookupQuirk("no-such-quirk")
	assert.False(t, ok)
}

// TestQuirkSpan: a quirk is in force at exactly the releases from From to before Fixed.
func TestQuirkSpan(t *testing.T) {
	t.Parallel()
	for q := range provider.AllQuirks() {
		for _, n := range provider.Names() {
			for _, r := range provider.Releases() {
				want := (q.Provider == "" || q.Provider == n) && r >= q.From &&
					(q.Fixed == 0 || r < q.Fixed) && (q.Last == 0 || r <= q.Last)
				assert.Equal(t, want, lookup(t, n, r).HasQuirk(q.ID), "%s on %s at %s", q.ID, n, r)
			}
		}
	}
}

// TestConstantsAreInStep: the constants are what the generator makes of the data
// as it is now, each with a doc comment that opens with its name.
func TestConstantsAreInStep(t *testing.T) {
	t.Parallel()
	files, err := constants.Generate(os.DirFS("."))
	require.NoError(t, err)
	declared := map[string]string{} // value to constant
	for _, f := range files {
		have, err := os.ReadFile(f.Name)
		require.NoError(t, err)
		require.Equal(t, string(f.Source), string(have), "%s: run go generate ./provider", f.Name)
		file, err := parser.ParseFile(token.NewFileSet(), f.Name, have, parser.ParseComments)
		require.NoError(t, err)
		ast.Inspect(file, func(n ast.Node) bool {
			if v, ok := n.(*ast.ValueSpec); ok {
				name := v.Names[0].Name
				assert.True(t, strings.HasPrefix(v.Doc.Text(), name+": "), "%s: doc comment", name)
				declared[v.Values[0].(*ast.BasicLit).Value] = name
			}
			return true
		})
	}
	for e := range lookup(t, provider.OVN, provider.Zed).All() {
		assert.Contains(t, declared, `"`+string(e.Feature)+`"`)
	}
	for q := range provider.AllQuirks() {
		assert.Contains(t, declared, `"`+string(q.ID)+`"`)
	}
}

// TestDataIsFormatted keeps the files reviewable: two spaces, one value a line.
func TestDataIsFormatted(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"data/matrix.json", "data/defects.json"} {
		have, err := os.ReadFile(name)
		require.NoError(t, err)
		var b strings.Builder
		enc := json.NewEncoder(&b)
		enc.SetEscapeHTML(false)
		enc.SetIndent("", "  ")
		require.NoError(t, enc.Encode(json.RawMessage(have)))
		assert.Equal(t, b.String(), string(have), name)
	}
}

func BenchmarkLookup(b *testing.B) {
	for b.Loop() {
		c, err := provider.Lookup(provider.OVN, provider.Epoxy)
		if err != nil || !c.Has(provider.HealthMonitor, provider.MonitorTCP) {
			b.Fatal(err)
		}
	}
}

// TestTrustIsPastCriticalDefects: a cell is dependable only where no critical
// defect that spoils its row is in force.
func TestTrustIsPastCriticalDefects(t *testing.T) {
	t.Parallel()
	for _, n := range provider.Names() {
		for _, r := range provider.Releases() {
			c := lookup(t, n, r)
			for q := range c.Quirks() {
				if q.Severity != provider.Critical || !q.Defect {
					continue
				}
				for _, f := range q.Features {
					assert.False(t, c.Trust(f), "%s at %s trusts %s despite %s", n, r, f, q.ID)
				}
			}
		}
	}
}
