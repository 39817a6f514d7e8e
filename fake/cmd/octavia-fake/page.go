// SPDX-License-Identifier: Apache-2.0

package main

import (
	_ "embed"
	"iter"
	"net/http"
	"slices"
	"strings"

	"github.com/octaviakit/octaviakit/fake"
)

//go:embed page.html
var page string

func (r *region) page(w http.ResponseWriter, _ *http.Request) {
	write(w, "text/html; charset=utf-8", page)
}

// What the page shows at most: so many load balancers as graphs at once, else as lines, of which the reader opens some.
const (
	fewGraphs  = 6
	shownLines = 200
	shownCalls = 12
)

// state is what the page shows: the load balancers that match= finds by name or ID, as far as there is room, and the
// graphs of those that open= names by ID.
func (r *region) state(w http.ResponseWriter, q *http.Request) {
	cloud, query := r.current(), q.URL.Query()
	shown := look(cloud.Graphs(), query.Get("match"), query["open"])
	counts, recent := summary(cloud)
	writeJSON(w, map[string]any{
		"now": r.now(), "release": r.cfg.release.String(), "provider": r.cfg.provider, "count": counts,
		"lines": shown.lines, "graphs": shown.graphs, "more": shown.more, "recent": recent, "faults": lines(cloud.Faults()),
	})
}

// line is a load balancer in short.
type line struct {
	fake.Node
	Floating []string       `json:"floating"` // addresses
	Holds    map[string]int `json:"holds"`    // how many objects of each kind
	Pending  int            `json:"pending"`  // how many of all are PENDING
	Failed   int            `json:"failed"`   // or in ERROR
}

type view struct {
	lines  []line // none if all are graphs
	graphs [][]fake.Node
	more   bool
}

func look(graphs iter.Seq[[]fake.Node], match string, open []string) view {
	v := view{lines: []line{}, graphs: [][]fake.Node{}}
	for g := range graphs {
		l := short(g)
		if !strings.Contains(l.Name, match) && l.ID != match {
			continue
		}
		if v.more = len(v.lines) == shownLines; v.more {
			break
		}
		v.lines = append(v.lines, l)
		if len(v.lines) <= fewGraphs || slices.Contains(open, l.ID) {
			v.graphs = append(v.graphs, g)
		}
	}
	if len(v.lines) <= fewGraphs {
		v.lines = []line{}
		return v
	}
	v.graphs = slices.DeleteFunc(v.graphs, func(g []fake.Node) bool { return !slices.Contains(open, short(g).ID) })
	return v
}

func short(g []fake.Node) line {
	l := line{Holds: map[string]int{}, Floating: []string{}}
	for _, n := range g {
		switch n.Kind {
		case "floatingip":
			l.Floating = append(l.Floating, n.Name)
		case "loadbalancer":
			l.Node = n
		default:
			l.Holds[n.Kind]++
		}
		switch {
		case strings.HasPrefix(n.Provisioning, "PENDING"):
			l.Pending++
		case n.Provisioning == "ERROR" || n.Operating == "ERROR":
			l.Failed++
		}
	}
	return l
}

// summary counts the calls, and lists the last changes, the newest first.
func summary(cloud *fake.Cloud) (counts map[string]int, recent []call) {
	counts, recent = map[string]int{"cycles": cloud.Cycles("")}, []call{}
	for k := range cloud.Calls() {
		switch {
		case k.Mutation():
			counts["mutations"]++
			recent = append(recent, call{At: k.At, Method: k.Method, Path: k.Path, User: k.User, Status: k.Status, Fault: k.Fault})
			recent = recent[max(0, len(recent)-shownCalls):]
		case k.User != "":
			counts["polls"]++
		}
	}
	slices.Reverse(recent)
	return counts, recent
}
