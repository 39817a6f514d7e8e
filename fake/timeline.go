// SPDX-License-Identifier: Apache-2.0

package fake

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"
)

// TimelineSVG draws what happened as a picture of its own, fit for a README or as a failed test's artefact: the calls
// (changes as bars, reads as dots below them), for each load balancer the cycles of its lock and one row for each object
// that was PENDING, and when floating IPs led somewhere. More than 8 objects of a load balancer that were PENDING at the
// same times share a row; from 60 rows on, any two do. Times when nothing happened are cut out. Given IDs, only these load
// balancers have rows, and floating IPs that lead to them now.
func (c *Cloud) TimelineSVG(lbIDs ...string) string {
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
	t.rows = append(t.rows, c.history.rows(t.now, lbIDs)...)
	ports := c.vipPortsOf(lbIDs)
	t.rows = append(t.rows, c.floatingRows(t.now, func(port string) bool {
		return len(lbIDs) == 0 || slices.Contains(ports, port)
	})...)
	return t.draw()
}

func (c *Cloud) vipPortsOf(lbIDs []string) []string {
	var ports []string
	for _, id := range lbIDs {
		if lb, ok := c.store.lbs.get(id); ok {
			ports = append(ports, lb.vipPorts()...)
		}
	}
	return ports
}

// mark is a call in the chart.
type mark struct {
	at    time.Time
	read  bool
	class string
	title string
	x     float64 // where it is drawn
	more  int     // how many others it stands for
}

func callMark(k *Call) mark {
	m := mark{at: k.At, read: k.read(), class: classDone}
	switch {
	case k.Fault != "" || k.Status == 0 || k.Status >= 400 && k.Status != http.StatusConflict:
		m.class = classBad
	case k.Status == http.StatusConflict:
		m.class = classBusy
	case m.read:
		m.class = classRead
	}
	m.title = fmt.Sprintf("%s %s → %d", k.Method, k.Path, k.Status)
	if k.Status == 0 {
		m.title = fmt.Sprintf("%s %s, no answer", k.Method, k.Path)
	}
	if k.Fault != "" {
		m.title += ", fault: " + k.Fault
	}
	return m
}

// row is a line of the chart with its bars.
type row struct {
	kind  string
	label string
	depth int
	bars  []bar
}

// bar is a time that something lasted.
type bar struct {
	start, end time.Time
	class      string
	title      string
	text       string // inside, if there is room
	broken     bool   // it ended in ERROR
	open       bool   // it has not ended
}

// key says which rows look the same. Members that began together do, even when their driver takes one after another.
func (r row) key() string {
	var b strings.Builder
	b.WriteString(r.kind)
	for _, x := range r.bars {
		fmt.Fprint(&b, ";", x.start.UnixNano(), x.class, x.broken)
		if r.kind != kindMember {
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

func statusClass(status string) string {
	switch status {
	case pendingCreate:
		return classCreate
	case pendingDelete:
		return classDelete
	default:
		return classUpdate
	}
}

func (s *stay) bar(now time.Time) bar {
	b := bar{
		start: s.start, end: s.end, class: statusClass(s.status), broken: s.outcome == inError, open: s.outcome == "",
	}
	if b.open {
		b.end = now
	}
	took := round(b.end.Sub(b.start))
	switch {
	case b.open:
		b.title, b.text = s.status+" since "+took, took+" …"
	case b.broken:
		b.title, b.text = s.status+" for "+took+", then ERROR", took+", ERROR"
	default:
		b.title, b.text = s.status+" for "+took+", then "+s.outcome, took
	}
	return b
}

// How many rows a chart may have before any that are alike are joined, and how many of them may be alike in any case.
const (
	fewRows  = 60
	fewAlike = 8
)

// rows are the load balancers in order of their creation, each with its objects.
func (h *history) rows(now time.Time, only []string) []row {
	var lbs []string
	byLB, objects := map[string][]*stay{}, map[string]bool{}
	for _, s := range h.stays {
		if len(only) > 0 && !slices.Contains(only, s.lb) {
			continue
		}
		if byLB[s.lb] == nil {
			lbs = append(lbs, s.lb)
		}
		byLB[s.lb] = append(byLB[s.lb], s)
		objects[s.id] = true
	}
	var rows []row
	for _, lb := range lbs {
		few := fewAlike
		if len(objects) > fewRows {
			few = 1
		}
		rows = append(rows, joinAlike(objectRows(byLB[lb], lb, now), few)...)
	}
	return rows
}

// objectRows gives each object of a load balancer its row, the load balancer first.
func objectRows(stays []*stay, lb string, now time.Time) []row {
	at := map[string]int{lb: 0}
	rows := []row{{kind: kindLB}}
	for _, s := range stays {
		i, known := at[s.id]
		if !known {
			i = len(rows)
			at[s.id] = i
			rows = append(rows, row{kind: s.kind, depth: 1})
		}
		rows[i].label = strings.TrimSpace(s.kind + " " + s.name)
		rows[i].bars = append(rows[i].bars, s.bar(now))
	}
	return rows
}

// joinAlike makes one row of those that look the same, where they are more than a few.
func joinAlike(rows []row, few int) []row {
	alike := map[string]int{}
	for _, r := range rows {
		alike[r.key()]++
	}
	var joined []row
	at := map[string]int{}
	for _, r := range rows {
		key := r.key()
		if i, known := at[key]; known {
			joined[i].join(r)
			continue
		}
		if n := alike[key]; n > few {
			at[key] = len(joined)
			r.label = fmt.Sprintf("%s ×%d", r.kind, n)
		}
		joined = append(joined, r)
	}
	return joined
}

func (c *Cloud) floatingRows(now time.Time, shown func(port string) bool) []row {
	var rows []row
	at := map[string]int{}
	for _, a := range c.neutron.Associations() {
		if !shown(a.Port) {
			continue
		}
		i, known := at[a.FloatingIP]
		if !known {
			i, at[a.FloatingIP] = len(rows), len(rows)
			rows = append(rows, row{label: "floating IP " + a.Address})
		}
		b := bar{start: a.Start, end: a.End, class: classFloating, open: a.End.IsZero()}
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
