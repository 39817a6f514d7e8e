// SPDX-License-Identifier: Apache-2.0

package fake

import (
	"fmt"
	"net/http"
	"strings"
	"time"
)

// TimelineSVG draws what happened as a picture of its own, fit for a README or as a failed test's artefact: the calls
// (changes as bars, reads as dots below them), for each load balancer the cycles of its lock and one row for each object
// that was PENDING, and when floating IPs led somewhere. Objects that were PENDING at the same times share a row. Times
// when nothing happened are cut out.
func (c *Cloud) TimelineSVG() string {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.settle()
	t := chart{now: c.now()}
	for _, k := range c.ledger.calls {
		if k.User == "" {
			continue // logging in is nobody's work
		}
		t.marks = append(t.marks, callMark(k))
	}
	t.rows = append(t.rows, c.history.rows(t.now)...)
	t.rows = append(t.rows, c.floatingRows(t.now)...)
	return t.draw()
}

// mark is a call in the chart.
type mark struct {
	at     time.Time
	read   bool
	colour string
	title  string
}

func callMark(k *Call) mark {
	m := mark{at: k.At, read: k.Method == http.MethodGet || k.Method == http.MethodHead, colour: "#2e9e6b"}
	switch {
	case k.Fault != "" || k.Status == 0 || k.Status >= 500:
		m.colour = "#b3261e"
	case k.Status == http.StatusConflict:
		m.colour = "#e08600"
	case k.Status >= 400:
		m.colour = "#d9534f"
	case m.read:
		m.colour = "#9aa4b2"
	}
	m.title = fmt.Sprintf("%s %s → %d", k.Method, k.Path, k.Status)
	if k.Fault != "" {
		m.title += ", fault: " + k.Fault
	}
	return m
}

// row is a line of the chart with its bars.
type row struct {
	label string
	depth int
	bars  []bar
}

// bar is a time that something lasted.
type bar struct {
	start, end time.Time
	colour     string
	title      string
	broken     bool // it ended in ERROR
	open       bool // it has not ended
}

// key says which rows look the same. Members that began together do, even when their driver takes one after another.
func (r row) key(kind string) string {
	var b strings.Builder
	b.WriteString(kind)
	for _, x := range r.bars {
		fmt.Fprint(&b, ";", x.start.UnixNano(), x.colour, x.broken)
		if kind != kindMember {
			fmt.Fprint(&b, x.end.UnixNano(), x.open)
		}
	}
	return b.String()
}

// join takes in a row of the same key.
func (r *row) join(other row) {
	for i, x := range other.bars {
		if x.end.After(r.bars[i].end) {
			r.bars[i] = x
		}
	}
}

func statusColour(status string) string {
	switch status {
	case pendingCreate:
		return "#3d7fd1"
	case pendingDelete:
		return "#8e7cc3"
	default:
		return "#e3a72f"
	}
}

func (s *stay) bar(now time.Time) bar {
	b := bar{
		start: s.start, end: s.end, colour: statusColour(s.status), broken: s.outcome == inError, open: s.outcome == "",
	}
	if b.open {
		b.end = now
	}
	b.title = fmt.Sprintf("%s for %s, then %s", s.status, round(b.end.Sub(b.start)), s.outcome)
	if b.open {
		b.title = fmt.Sprintf("%s since %s", s.status, round(b.end.Sub(b.start)))
	}
	return b
}

// rows are the load balancers in order of their creation, each with its objects.
func (h *history) rows(now time.Time) []row {
	var lbs []string
	byLB := map[string][]*stay{}
	for _, s := range h.stays {
		if byLB[s.lb] == nil {
			lbs = append(lbs, s.lb)
		}
		byLB[s.lb] = append(byLB[s.lb], s)
	}
	var rows []row
	for _, lb := range lbs {
		rows = append(rows, objectRows(byLB[lb], lb, now)...)
	}
	return rows
}

// objectRows gives each object of a load balancer its row, the load balancer first, and joins alike ones.
func objectRows(stays []*stay, lb string, now time.Time) []row {
	var order []string
	rows, kinds := map[string]*row{}, map[string]string{}
	for _, s := range append([]*stay{{id: lb}}, stays...) {
		if rows[s.id] == nil {
			rows[s.id] = &row{depth: 1}
			order = append(order, s.id)
		}
		if s.kind == "" {
			continue
		}
		r := rows[s.id]
		r.label, kinds[s.id] = strings.TrimSpace(s.kind+" "+s.name), s.kind
		r.bars = append(r.bars, s.bar(now))
	}
	rows[lb].depth = 0
	var joined []row
	at, count := map[string]int{}, map[string]int{}
	for _, id := range order {
		key := rows[id].key(kinds[id])
		if count[key]++; count[key] > 1 {
			joined[at[key]].join(*rows[id])
			joined[at[key]].label = fmt.Sprintf("%s ×%d", kinds[id], count[key])
			continue
		}
		at[key] = len(joined)
		joined = append(joined, *rows[id])
	}
	return joined
}

func (c *Cloud) floatingRows(now time.Time) []row {
	var rows []row
	at := map[string]int{}
	for _, a := range c.neutron.Associations() {
		i, known := at[a.FloatingIP]
		if !known {
			i, at[a.FloatingIP] = len(rows), len(rows)
			rows = append(rows, row{label: "floating IP " + a.Address})
		}
		b := bar{start: a.Start, end: a.End, colour: "#2aa198", open: a.End.IsZero()}
		if b.open {
			b.end = now
		}
		b.title = "associated for " + round(b.end.Sub(b.start))
		rows[i].bars = append(rows[i].bars, b)
	}
	return rows
}

func round(d time.Duration) string {
	if d > time.Second {
		return d.Round(10 * time.Millisecond).String()
	}
	return d.Round(10 * time.Microsecond).String()
}
