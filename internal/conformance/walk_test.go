// SPDX-License-Identifier: Apache-2.0

package conformance_test

import (
	"errors"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/octaviakit/octaviakit/internal/conformance"
	"github.com/octaviakit/octaviakit/provider"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// TestWalk walks at random on a real cloud and on the fake of its release; see the package's documentation.
func TestWalk(t *testing.T) {
	entry, name := os.Getenv("OCTAVIAKIT_CLOUD"), os.Getenv("OCTAVIAKIT_RELEASE")
	if entry == "" || name == "" {
		t.Skip("OCTAVIAKIT_CLOUD and OCTAVIAKIT_RELEASE name no real cloud")
	}
	release, err := provider.ParseRelease(name)
	require.NoError(t, err)
	s := walkOf(t)
	answers, err := realSite(t, entry).Play(t.Context(), s)
	if !errors.Is(err, conformance.ErrCapture) {
		assert.NoError(t, err)
	}
	require.NotEmpty(t, answers)
	// What a failure has cut short is compared as far as it went.
	faked := play(t, release, s)
	faked = faked[:min(len(faked), len(answers))]
	found := conformance.Compare(s.Name, answers, faked)
	at := 0
	for _, d := range conformance.Together(found, answers, faked) {
		if d.Reason != "" {
			continue
		}
		steps := ""
		if d.Step != at {
			at, steps = d.Step, "\n"+s.Leading(d.Step, answers).Text()
		}
		t.Errorf("step %d, %s\n  real %s\n  fake %s%s", d.Step, d.Field, d.Real, d.Fake, steps)
	}
	t.Logf("%d steps compared", len(answers))
}

// walkOf is the walk that the environment asks for: OCTAVIAKIT_SEED is a number, or ovn- and a number.
func walkOf(t *testing.T) *conformance.Scenario {
	t.Helper()
	seed, driver := os.Getenv("OCTAVIAKIT_SEED"), "amphora"
	if rest, ok := strings.CutPrefix(seed, "ovn-"); ok {
		seed, driver = rest, "ovn"
	}
	n, err := strconv.ParseUint(seed, 10, 64)
	require.NoError(t, err, "OCTAVIAKIT_SEED")
	steps := 500
	if text := os.Getenv("OCTAVIAKIT_STEPS"); text != "" {
		steps, err = strconv.Atoi(text)
		require.NoError(t, err, "OCTAVIAKIT_STEPS")
	}
	return conformance.Walk(driver, n, steps)
}

// A walk is the same for the same seed, and can be written down.
func TestWalkIsAScenario(t *testing.T) {
	for _, driver := range []string{"amphora", "ovn"} {
		s := conformance.Walk(driver, 7, 300)
		assert.Equal(t, s, conformance.Walk(driver, 7, 300))
		assert.NotEqual(t, s.Text(), conformance.Walk(driver, 8, 300).Text())
		assert.InDelta(t, 300, s.Count(), 10)
		again, err := conformance.Parse(s.Name, s.Text())
		require.NoError(t, err)
		assert.Equal(t, s.Text(), again.Text())
		assert.Equal(t, s.Count(), again.Count())
	}
}

// The fake answers whatever a walk asks, some of it with success, none of it by falling over.
func TestWalkOnTheFake(t *testing.T) {
	accepted, refused := 0, 0
	for _, r := range releases {
		for _, a := range play(t, r.release, conformance.Walk("amphora", 1, 600)) {
			switch {
			case strings.HasPrefix(a.Request, "GET"):
			case a.Status < 300:
				accepted++
			default:
				refused++
			}
		}
	}
	assert.Greater(t, accepted, 100)
	assert.Greater(t, refused, 300)
}

// Of a difference the steps that lead to it are shown, and what follows from another is not.
func TestLeading(t *testing.T) {
	s, err := conformance.Parse("s", `== one
POST lbaas/loadbalancers
  > lb loadbalancer.id
POST lbaas/pools
  {"pool": {"loadbalancer_id": "$lb"}}
  > a pool.id
POST lbaas/pools
  > b pool.id
settle $lb
PUT lbaas/pools/$a
  {"pool": {"name": "refused"}}
PUT lbaas/pools/$a
  {"pool": {"name": "accepted"}}
GET lbaas/pools/$a
`)
	require.NoError(t, err)
	var answers []conformance.Answer
	for i, status := range []int{201, 201, 201, 400, 200, 200} {
		answers = append(answers, conformance.Answer{Section: "one", Status: status, Request: strings.Split("POST POST POST PUT PUT GET", " ")[i]})
	}
	assert.Equal(t, `== one
POST lbaas/loadbalancers
  > lb loadbalancer.id
POST lbaas/pools
  {"pool": {"loadbalancer_id": "$lb"}}
  > a pool.id
PUT lbaas/pools/$a
  {"pool": {"name": "accepted"}}
GET lbaas/pools/$a
`, s.Leading(6, answers).Text())

	other := slices.Clone(answers)
	other[3].Status, other[5].Status = 200, 404
	found := conformance.Compare("s", answers, other)
	assert.Len(t, found, 2)
	assert.Equal(t, found[:1], conformance.Together(found, answers, other))
}
