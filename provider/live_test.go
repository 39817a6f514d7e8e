// SPDX-License-Identifier: Apache-2.0

package provider_test

import (
	"context"
	"flag"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/octaviakit/octaviakit/provider"
)

var update = flag.Bool("update", false, "rewrite the record of what a real cloud was seen to do")

const (
	worked  provider.Outcome = "works"
	skipped provider.Outcome = "skipped" // cannot be tried here
)

// seen is what a probe saw: that it works, or one of the outcomes of the matrix.
type seen struct {
	outcome provider.Outcome
	text    string // the answer, or why it was skipped
}

func seenOf(status int, text string) seen {
	switch {
	case status < http.StatusMultipleChoices:
		return seen{worked, text}
	case status == http.StatusNotImplemented:
		return seen{provider.Refused, text}
	case status == http.StatusInternalServerError:
		return seen{provider.Broken, text}
	case status == http.StatusBadRequest:
		return seen{provider.Invalid, text}
	default:
		return seen{provider.Outcome(fmt.Sprintf("error-%d", status)), text}
	}
}

func skip(why string) seen { return seen{skipped, why} }

// probe tries one row on a real cloud.
type probe struct {
	row provider.Feature
	try func(l *live) seen
}

// agrees reports whether what was seen is what the matrix says of the row here.
// Whether an accepted option has an effect can seldom be read back, so "works"
// agrees with Ignored too; a probe that can tell says Ignored itself.
func agrees(e provider.Entry, s seen) bool {
	if e.OK {
		return s.outcome == worked
	}
	return s.outcome == e.Otherwise || s.outcome == worked && e.Otherwise == provider.Ignored
}

// TestLive compares the matrix with a real Octavia: does the call succeed, is it
// refused with that status, is it ignored? It runs only when OCTAVIAKIT_CLOUD names
// an entry of clouds.yaml, and takes some minutes:
//
//	OCTAVIAKIT_CLOUD=demo go test ./provider -run TestLive -v -timeout 60m
//
// OCTAVIAKIT_ADMIN_CLOUD may name one of an administrator of the same cloud, for
// the rows that only administrators can try; OCTAVIAKIT_SUBNET a subnet;
// OCTAVIAKIT_OVN_DRIVER the release of the ovn driver. -run TestLive/ovn tries one
// driver alone. It deletes what it creates; with -update it records what it saw in
// testdata/live.
func TestLive(t *testing.T) {
	cloud := os.Getenv("OCTAVIAKIT_CLOUD")
	if cloud == "" {
		t.Skip("OCTAVIAKIT_CLOUD names no entry of clouds.yaml")
	}
	octavia, network := liveClients(t, cloud)
	detector := octavia
	if admin := os.Getenv("OCTAVIAKIT_ADMIN_CLOUD"); admin != "" {
		detector, _ = liveClients(t, admin)
	}
	var opts []provider.Option
	if s := os.Getenv("OCTAVIAKIT_OVN_DRIVER"); s != "" {
		r, err := provider.ParseRelease(s)
		require.NoError(t, err)
		opts = append(opts, provider.WithOVNDriver(r))
	}
	found, err := provider.Detect(t.Context(), detector, opts...)
	require.NoError(t, err)
	t.Log(found)
	names, _ := found.Providers()
	cells := 0
	for _, n := range provider.Names() {
		if !slices.Contains(names, n) {
			t.Logf("%s is not enabled", n)
			continue
		}
		t.Run(string(n), func(t *testing.T) {
			caps, err := found.For(n)
			require.NoError(t, err)
			l := &live{t: t, ctx: t.Context(), octavia: octavia, network: network, name: n, caps: caps}
			l.subnets()
			t.Cleanup(l.leave)
			l.build()
			lines := []string{found.String(), ""}
			for _, p := range liveProbes() {
				line, counted := l.compare(p)
				t.Log(line)
				lines = append(lines, line)
				cells += counted
			}
			for _, p := range probesOfQuirks() {
				if line, counted := l.compareQuirk(p); counted > 0 {
					t.Log(line)
					lines = append(lines, line)
				}
			}
			if *update {
				file := filepath.Join("testdata", "live", strings.ToLower(caps.Release().Codename())+"-"+string(n)+".txt")
				require.NoError(t, os.MkdirAll(filepath.Dir(file), 0o755))
				require.NoError(t, os.WriteFile(file, []byte(strings.Join(lines, "\n")+"\n"), 0o644))
			}
		})
	}
	t.Logf("%d cells compared", cells)
	assert.GreaterOrEqual(t, cells, 60, "too few cells could be tried")
}

// leave removes everything, even when the test has failed and its context is over.
func (l *live) leave() {
	l.ctx = context.WithoutCancel(l.t.Context())
	l.sweep()
}

// compare runs one probe and judges it. The line is for the record.
func (l *live) compare(p probe) (line string, counted int) {
	e := l.caps.Entry(p.row)
	s := p.try(l)
	l.tidy()
	expected := e.Otherwise
	if e.OK {
		expected = worked
	}
	verdict := "agrees"
	switch {
	case s.outcome == skipped:
		verdict = "not tried: " + s.text
	case !agrees(e, s):
		verdict = "DISAGREES: " + strings.TrimSpace(s.text)
		l.t.Errorf("%s on %s: the matrix says %q, the cloud %q: %s", p.row, l.name, expected, s.outcome, s.text)
		counted = 1
	default:
		counted = 1
	}
	return fmt.Sprintf("%-8s %-42s %-10s %-10s %s", l.name, p.row, expected, s.outcome, verdict), counted
}

// liveProbes lists what can be tried, in the order of the matrix.
func liveProbes() []probe {
	return slices.Concat(probesOfListeners(), probesOfPools(), probesOfMembers(), probesOfMonitors(), probesOfL7(), probesOfLoadBalancers(), probesOfTheRest())
}

// TestProbesKnowTheirRows holds the probes to the matrix without a cloud.
func TestProbesKnowTheirRows(t *testing.T) {
	t.Parallel()
	seen := map[provider.Feature]bool{}
	c := lookup(t, provider.Amphora, provider.Epoxy)
	for _, p := range liveProbes() {
		assert.NotEmpty(t, c.Entry(p.row).Description, p.row)
		assert.False(t, seen[p.row], "%s is tried twice", p.row)
		seen[p.row] = true
	}
	assert.GreaterOrEqual(t, len(seen), 60)
}
