// SPDX-License-Identifier: Apache-2.0

package fake_test

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/octaviakit/octaviakit/fake"
	"github.com/octaviakit/octaviakit/internal/golden"
	"github.com/octaviakit/octaviakit/provider"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// Octavia's own functional tests of its API, by name, in testdata/scenarios: one file for
// a class of tests (octavia/tests/functional/api/v2), one block for a test. A block holds
// the steps that show the same on the fake; a name alone takes its steps from
// families.txt, filled in for the resource; "-- why" says that a test makes no sense
// for a fake.
//
//	[user:]METHOD path [body] status [name]   a request; the id that it makes gets that name;
//	                                          "net:path" is Neutron's, "/path" is below the endpoint
//	~ words                                   the fault of the last answer has these words
//	= path value                              a field of the last answer, as JSON; ".#" is a length
//	accept text                               the Accept header from now on; nothing: none
//	contains words                            somewhere in the last answer
//	keep name path                            a field of the last answer gets that name
//	keys path a,b                             the fields that an object has
//	other                                     the steps that the file lets demo2 do
//	many n path body                          n POSTs, each waited for
//	wait                                      until everything has settled
//	fail kind                                 the next change of that kind ends in ERROR

// scenarios is one file.
type scenarios struct {
	name     string
	upstream int               // how many tests there are
	vars     map[string]string // {list}, {create}, …
	setup    []string
	blocks   []block
}

type block struct {
	name  string
	steps []string
	why   string // it makes no sense here
}

func readScenarios(t *testing.T, file string) scenarios {
	t.Helper()
	raw, err := os.ReadFile(file)
	require.NoError(t, err)
	s := scenarios{name: strings.TrimSuffix(filepath.Base(file), ".txt"), vars: map[string]string{}}
	for line := range strings.Lines(string(raw)) {
		line = strings.TrimRight(line, " \n")
		word, rest, _ := strings.Cut(line, " ")
		switch {
		case line == "" || line[0] == '#':
		case line[0] == ' ' && len(s.blocks) == 0:
			s.setup = append(s.setup, strings.TrimSpace(line))
		case line[0] == ' ':
			b := &s.blocks[len(s.blocks)-1]
			b.steps = append(b.steps, strings.TrimSpace(line))
		case word == "upstream":
			s.upstream, err = strconv.Atoi(rest)
			require.NoError(t, err)
		case word == "let":
			k, v, _ := strings.Cut(rest, " ")
			s.vars[k] = v
		default:
			s.blocks = append(s.blocks, block{name: word, why: strings.TrimPrefix(rest, "-- ")})
		}
	}
	return s
}

func TestScenarios(t *testing.T) {
	files, err := filepath.Glob("testdata/scenarios/*.txt")
	require.NoError(t, err)
	families := map[string]block{}
	for _, b := range readScenarios(t, "testdata/scenarios/families.txt").blocks {
		families[b.name] = b
	}
	var rows []coverage
	for _, file := range files {
		s := readScenarios(t, file)
		if s.name == "families" {
			continue
		}
		row := coverage{name: s.name}
		seen := map[string]bool{}
		for _, b := range s.blocks {
			require.False(t, seen[b.name], "%s: %s stands twice", s.name, b.name)
			seen[b.name] = true
			if b.steps == nil && b.why == "" {
				b.steps = families[b.name].steps
			}
			row.add(b)
			if b.steps != nil {
				t.Run(s.name+"/"+b.name, func(t *testing.T) { playScenario(t, s, b) })
			}
		}
		assert.Len(t, s.blocks, s.upstream, "%s: as many as upstream has", s.name)
		rows = append(rows, row)
	}
	golden.Assert(t, coverageReport(t, rows), "../docs/scenarios.md")
}

// play runs the steps of one scenario on a cloud of its own, in virtual time.
func playScenario(t *testing.T, s scenarios, b block) {
	synctest.Test(t, func(t *testing.T) {
		cloud := fake.New(fake.WithProvider(provider.Amphora, provider.Epoxy), fake.WithLatency(fake.AmphoraLike))
		p := &actor{t: t, cloud: cloud, vars: map[string]string{}, lets: s.vars, users: map[string]*api{}}
		for _, step := range slices.Concat(s.setup, b.steps) {
			p.step(step)
		}
	})
}

// actor plays scenarios.
type actor struct {
	t      *testing.T
	cloud  *fake.Cloud
	vars   map[string]string // what was made
	lets   map[string]string // what the file says
	users  map[string]*api
	last   reply
	accept *string // header; nil: JSON
}

var (
	placeholder = regexp.MustCompile(`\{([a-z0-9_]+)\}`)
	requestLine = regexp.MustCompile(`^(?:([a-z0-9_]+):)?(GET|POST|PUT|DELETE|HEAD) (\S+)(?: (\{.*\}|\[.*\]))? (\d{3})(?: (\w+))?$`)
)

func (p *actor) fill(s string) string {
	for range 3 { // a let may name what was made
		s = placeholder.ReplaceAllStringFunc(s, func(m string) string {
			name := m[1 : len(m)-1]
			if v, ok := p.vars[name]; ok {
				return v
			}
			if v, ok := p.lets[name]; ok {
				return v
			}
			return m // the seeded networks, see api.do
		})
	}
	return seeds(p.cloud).Replace(s)
}

func (p *actor) step(line string) {
	p.t.Helper()
	line = p.fill(line)
	word, rest, _ := strings.Cut(line, " ")
	switch word {
	case "wait":
		time.Sleep(10 * time.Minute)
	case "fail":
		p.cloud.Inject(fake.Fault{Path: "/lbaas/" + rest, Effect: fake.EndInError, Times: 1})
	case "~":
		require.Contains(p.t, p.last.fault(), rest)
	case "=":
		path, want, _ := strings.Cut(rest, " ")
		got, err := json.Marshal(at(map[string]any(p.last.Doc), path))
		require.NoError(p.t, err)
		require.JSONEq(p.t, want, string(got), "%s in %s", path, p.last.Text)
	case "other":
		for _, line := range strings.Split(p.lets["other"], " ; ") {
			p.step(line)
		}
	case "many":
		n, rest, _ := strings.Cut(rest, " ")
		times, err := strconv.Atoi(n)
		require.NoError(p.t, err)
		for range times {
			p.step("POST " + rest + " 201")
			p.step("wait")
		}
	case "keep":
		name, path, _ := strings.Cut(rest, " ")
		p.vars[name], _ = at(map[string]any(p.last.Doc), path).(string)
		require.NotEmpty(p.t, p.vars[name], "%s in %s", path, p.last.Text)
	case "accept":
		p.accept = &rest
	case "contains":
		require.Contains(p.t, p.last.Text, rest)
	case "keys":
		path, want, _ := strings.Cut(rest, " ")
		var keys []string
		for k := range at(map[string]any(p.last.Doc), path).(map[string]any) {
			keys = append(keys, k)
		}
		require.ElementsMatch(p.t, strings.Split(want, ","), keys)
	default:
		p.request(line)
	}
}

func (p *actor) request(line string) {
	p.t.Helper()
	m := requestLine.FindStringSubmatch(line)
	require.NotNil(p.t, m, "%q is no step", line)
	path := m[3]
	switch net, isNet := strings.CutPrefix(path, "net:"); {
	case isNet:
		path = "http://neutron.fake/network/v2.0/" + net
	case strings.HasPrefix(path, "/"):
		path = "http://octavia.fake/load-balancer" + path
	default:
		path = "/" + path
	}
	a := *p.user(m[1])
	a.accept = p.accept
	p.last = a.do(m[2], path, m[4])
	require.Equal(p.t, m[5], strconv.Itoa(p.last.Status), "%s\n%s", line, p.last.Text)
	if m[6] != "" {
		p.vars[m[6]] = p.last.id()
		require.NotEmpty(p.t, p.vars[m[6]], line)
	}
}

// user is one of the seeded ones, or one with a role of that name alone, or demo
// without a project.
func (p *actor) user(name string) *api {
	p.t.Helper()
	if p.users[name] == nil {
		switch name {
		case "":
			p.users[name] = as(p.t, p.cloud, "demo")
		case "demo", "demo2", "admin", "observer", "norole":
			p.users[name] = as(p.t, p.cloud, name)
		default:
			p.users[name] = &api{t: p.t, cloud: p.cloud, token: tokenFor(p.t, p.cloud, name)}
		}
	}
	return p.users[name]
}

// at follows a dotted path: fields, numbers of elements, "#" for a length.
func at(v any, path string) any {
	for part := range strings.SplitSeq(path, ".") {
		switch x := v.(type) {
		case map[string]any:
			v = x[part]
		case []any:
			if part == "#" {
				return len(x)
			}
			i, err := strconv.Atoi(part)
			if err != nil || i >= len(x) {
				return nil
			}
			v = x[i]
		default:
			return nil
		}
	}
	return v
}

// coverage is how much of one class is shown.
type coverage struct {
	name            string
	shown           int
	open, senseless []string
}

func (c *coverage) add(b block) {
	switch {
	case b.steps != nil:
		c.shown++
	case b.why != "":
		c.senseless = append(c.senseless, fmt.Sprintf("`%s`: %s", b.name, b.why))
	default:
		c.open = append(c.open, "`"+b.name+"`")
	}
}

func coverageReport(t *testing.T, rows []coverage) string {
	t.Helper()
	var b, rest strings.Builder
	b.WriteString(`# Octavia's functional tests on the fake

Written by TestScenarios of package fake; do not edit. Octavia's own functional tests of its API, by the name of class
and test; each that is shown here plays the same on the fake, from fake/testdata/scenarios.

| class | tests | shown | no sense for a fake | open | shown of those that make sense |
|---|---|---|---|---|---|
`)
	var sum coverage
	for _, r := range rows {
		b.WriteString(r.row(r.name))
		sum.shown, sum.open = sum.shown+r.shown, append(sum.open, r.open...)
		sum.senseless = append(sum.senseless, r.senseless...)
		if len(r.senseless) > 0 {
			fmt.Fprintf(&rest, "\n## %s\n\n", r.name)
			for _, s := range r.senseless {
				rest.WriteString("- " + s + "\n")
			}
		}
		if len(r.open) > 0 {
			fmt.Fprintf(&rest, "\nOpen in %s: %s.\n", r.name, strings.Join(r.open, ", "))
		}
	}
	b.WriteString(sum.row("all"))
	assert.GreaterOrEqual(t, sum.percent(), 90.0)
	return b.String() + rest.String()
}

func (c *coverage) percent() float64 { return 100 * float64(c.shown) / float64(c.shown+len(c.open)) }

func (c *coverage) row(name string) string {
	return fmt.Sprintf("| %s | %d | %d | %d | %d | %.1f %% |\n",
		name, c.shown+len(c.open)+len(c.senseless), c.shown, len(c.senseless), len(c.open), c.percent())
}
