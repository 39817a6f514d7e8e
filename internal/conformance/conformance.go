// SPDX-License-Identifier: Apache-2.0

// Package conformance holds the fake to a real Octavia.
//
// Scenarios are text (scenarios/*.scn): requests in the order a client would
// send them. They are played against a real cloud once per release and the
// answers kept, normalised, in testdata/RELEASE; the ordinary test plays them
// against the fake of that release and compares every field of every answer.
//
//	OCTAVIAKIT_CLOUD=demo OCTAVIAKIT_RELEASE=epoxy \
//	    go test ./internal/conformance -run TestRecord -timeout 60m -v
//
// records anew, and with TestLive in TestRecord's place compares the two at once,
// without recording. OCTAVIAKIT_SCENARIO names scenarios, separated by commas, or
// the file of one; all is the default. OCTAVIAKIT_VERSIONS is kept with a
// recording: what is known of the cloud and it does not say itself, as
// "octavia=16.0.0 neutron=26.0.3".
//
// TestWalk in their place walks at random: OCTAVIAKIT_STEPS requests, 500 if it is not set, that follow from
// OCTAVIAKIT_SEED, a number, or ovn- and a number for load balancers of ovn (see Walk). For every difference it prints the
// steps that lead to it, in the form of a scenario. It works in the second project, in which nothing else should be going on.
//
// OCTAVIAKIT_CLOUD names the clouds.yaml entry of an ordinary
// user; entries demo2, admin, observer and norole must be there too (another
// project's user, the operator, a load-balancer_observer and a user with no
// load-balancer role of the first project). Everything made is named play-… and
// deleted at the end, also what an interrupted run left. Nothing else should be
// going on in the first project: some steps list all that it has.
package conformance

import (
	"embed"
	"io/fs"
	"path"
	"strings"
)

//go:embed scenarios/*.scn
var scenarios embed.FS

// Answer is what one step was answered, normalised.
type Answer struct {
	Section string `json:"section"`
	As      string `json:"as,omitempty"` // the user, if not demo
	Request string `json:"request"`      // as written in the scenario, without the body
	Status  int    `json:"status"`
	Type    string `json:"type,omitempty"` // content type, if not JSON
	Body    any    `json:"body,omitempty"`
}

// Scenarios returns all scenarios, sorted by name.
func Scenarios() ([]*Scenario, error) {
	names, err := fs.Glob(scenarios, "scenarios/*.scn")
	if err != nil {
		return nil, err
	}
	var out []*Scenario
	for _, name := range names {
		text, err := scenarios.ReadFile(name)
		if err != nil {
			return nil, err
		}
		s, err := Parse(strings.TrimSuffix(path.Base(name), ".scn"), string(text))
		if err != nil {
			return nil, err
		}
		out = append(out, s)
	}
	return out, nil
}
