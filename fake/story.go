// SPDX-License-Identifier: Apache-2.0

package fake

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"time"
)

// Timeline is what happened as text: a line for each call but those to Keystone, with the time since the first one, and how long
// it locked its load balancer. IDs are cut to their first eight digits; more than two reads in a row share a line. It is stable where
// the clock is, fit for golden files; [Cloud.TimelineSVG] is the same as a picture.
func (c *Cloud) Timeline() string { return c.story(nil) }

// KeepTimeline writes the timeline to t.ArtifactDir() when the test has failed by its end, as timeline.svg and
// timeline.txt. go test -artifacts keeps that directory and says where it is.
func (c *Cloud) KeepTimeline(t interface {
	TB
	Cleanup(f func())
	Failed() bool
	ArtifactDir() string
},
) {
	t.Cleanup(func() {
		if !t.Failed() {
			return
		}
		for name, text := range map[string]string{"timeline.svg": c.TimelineSVG(), "timeline.txt": c.Timeline()} {
			if err := os.WriteFile(filepath.Join(t.ArtifactDir(), name), []byte(text), 0o600); err != nil {
				t.Errorf("fake: keep the timeline: %v", err)
			}
		}
	})
}

// story is the Timeline with a ">" before the calls that are marked, which never share a line.
func (c *Cloud) story(marked map[*Call]bool) string {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.settle()
	n := narrator{marked: marked, spans: map[*Call]*Span{}}
	for _, s := range c.ledger.spans {
		n.spans[s.call] = s
	}
	for _, k := range c.ledger.calls {
		if !strings.HasPrefix(k.Path, "/identity") {
			n.call(k)
		}
	}
	n.flush()
	return n.b.String()
}

// fewReads in a row are told one by one.
const fewReads = 2

type narrator struct {
	b      strings.Builder
	marked map[*Call]bool
	spans  map[*Call]*Span
	begin  time.Time
	reads  []*Call // not told yet
}

func (n *narrator) call(k *Call) {
	if n.begin.IsZero() {
		n.begin = k.At
	}
	if k.read() && k.Fault == "" && !n.marked[k] {
		n.reads = append(n.reads, k)
		return
	}
	n.flush()
	n.line(k)
}

// flush tells the reads that have gathered.
func (n *narrator) flush() {
	switch {
	case len(n.reads) > fewReads:
		fmt.Fprintf(&n.b, "  %8s  … %d reads\n", n.since(n.reads[0]), len(n.reads))
	default:
		for _, k := range n.reads {
			n.line(k)
		}
	}
	n.reads = nil
}

func (n *narrator) since(k *Call) string { return round(k.At.Sub(n.begin)) }

func (n *narrator) line(k *Call) {
	mark, answer := " ", "no answer"
	if n.marked[k] {
		mark = ">"
	}
	if k.Status != 0 {
		answer = strconv.Itoa(k.Status)
	}
	path := belowVersion(k.Path)
	if k.Query != "" {
		path += "?" + k.Query
	}
	line := fmt.Sprintf("%s %8s  %-6s %s", mark, n.since(k), k.Method, cutIDs(path))
	fmt.Fprintf(&n.b, "%-64s %s\n", line, strings.Join(append([]string{answer}, n.notes(k)...), ", "))
}

func (n *narrator) notes(k *Call) []string {
	var notes []string
	switch s := n.spans[k]; {
	case s == nil:
	case s.End.IsZero():
		notes = append(notes, cutIDs(s.LB)+" is PENDING since")
	default:
		notes = append(notes, fmt.Sprintf("%s PENDING for %s, then %s", cutIDs(s.LB), round(s.Duration()), s.Status))
	}
	if k.Fault != "" {
		notes = append(notes, "fault: "+k.Fault)
	}
	return notes
}

var anID = regexp.MustCompile(`([0-9a-f]{8})(-[0-9a-f]{4}){3}-[0-9a-f]{12}`)

func cutIDs(text string) string { return anID.ReplaceAllString(text, "$1") }
