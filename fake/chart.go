// SPDX-License-Identifier: Apache-2.0

package fake

import (
	"cmp"
	"fmt"
	"html"
	"slices"
	"strconv"
	"strings"
	"time"
)

// chart draws rows of bars over time as SVG.
type chart struct {
	now   time.Time
	marks []mark
	rows  []row
}

// Measures, in SVG's units.
const (
	chartWidth = 1000.0
	chartLeft  = 240.0
	chartTop   = 40.0
	rowHeight  = 22.0
	barHeight  = 12.0
	padding    = 16.0
	cutWidth   = 18.0
	markWidth  = 2.5
)

// section is a part of the axis in which something happens.
type section struct {
	from, to time.Time
	x, width float64
}

// draw renders the chart.
func (t *chart) draw() string {
	height := chartTop + rowHeight*float64(len(t.rows)+1) + 52
	var b strings.Builder
	fmt.Fprintf(&b, `<svg xmlns="http://www.w3.org/2000/svg" width="%.0f" height="%.0f" viewBox="0 0 %.0[1]f %.0[2]f" `+
		`font-family="system-ui,sans-serif" font-size="12">`+"\n", chartWidth, height)
	fmt.Fprintf(&b, `<rect width="%.0f" height="%.0f" rx="8" fill="#fbfcfe" stroke="#d8dee8"/>`+"\n", chartWidth, height)
	axis := t.axis()
	t.grid(&b, axis, height)
	t.calls(&b, axis)
	for i, r := range t.rows {
		t.row(&b, axis, r, chartTop+rowHeight*float64(i+1))
	}
	legend(&b, height-18)
	b.WriteString("</svg>\n")
	return b.String()
}

// axis finds when anything happened, and gives each such time its share of the width. What is idle for more than a tenth
// of all is cut out.
func (t *chart) axis() []section {
	var busy []section
	for _, m := range t.marks {
		busy = append(busy, section{from: m.at, to: m.at})
	}
	for _, r := range t.rows {
		for _, x := range r.bars {
			if strings.HasPrefix(r.label, "floating IP") { // being associated is nothing that happens
				busy = append(busy, section{from: x.start, to: x.start})
				continue
			}
			busy = append(busy, section{from: x.start, to: x.end})
		}
	}
	if busy == nil {
		busy = []section{{from: t.now, to: t.now}}
	}
	slices.SortFunc(busy, func(a, b section) int {
		return cmp.Or(a.from.Compare(b.from), a.to.Compare(b.to))
	})
	var work time.Duration
	merged := merge(busy, 0)
	for _, s := range merged {
		work += s.to.Sub(s.from)
	}
	merged = merge(merged, max(work/10, time.Millisecond))
	return layOut(merged)
}

// merge joins sections that are no more than gap apart.
func merge(sorted []section, gap time.Duration) []section {
	merged := []section{sorted[0]}
	for _, s := range sorted[1:] {
		last := &merged[len(merged)-1]
		if s.from.Sub(last.to) > gap {
			merged = append(merged, s)
			continue
		}
		if s.to.After(last.to) {
			last.to = s.to
		}
	}
	return merged
}

func layOut(axis []section) []section {
	var total float64
	for _, s := range axis {
		total += s.to.Sub(s.from).Seconds()
	}
	least := 14.0 // what a moment needs to be seen
	room := chartWidth - chartLeft - padding - cutWidth*float64(len(axis)-1) - least*float64(len(axis))
	if room < 0 { // more moments than the chart has room for
		least, room = (chartWidth-chartLeft-padding)/float64(len(axis))/2, 0
	}
	x := chartLeft
	for i := range axis {
		axis[i].x, axis[i].width = x, least
		if total > 0 {
			axis[i].width += room * axis[i].to.Sub(axis[i].from).Seconds() / total
		}
		x += axis[i].width + min(cutWidth, least+4)
	}
	return axis
}

// position is where a time lies on the axis.
func position(axis []section, at time.Time) float64 {
	for i, s := range axis {
		if at.After(s.to) && i < len(axis)-1 {
			continue
		}
		whole := s.to.Sub(s.from).Seconds()
		if whole == 0 || !at.After(s.from) {
			return s.x
		}
		return s.x + (s.width-markWidth)*min(1, at.Sub(s.from).Seconds()/whole)
	}
	return chartLeft
}

// grid writes the times at which sections begin and end, and shades what was cut.
func (t *chart) grid(b *strings.Builder, axis []section, height float64) {
	bottom := height - 36
	free := 0.0
	for i, s := range axis {
		if i > 0 {
			before := axis[i-1]
			left := before.x + before.width
			fmt.Fprintf(b, `<rect x="%.1f" y="%.1f" width="%.1f" height="%.1f" fill="#eef1f6"><title>%s idle</title></rect>`+"\n",
				left, chartTop-8, s.x-left, bottom-chartTop+8, round(s.from.Sub(before.to)))
		}
		for _, at := range s.ticks() {
			x := position(axis, at)
			fmt.Fprintf(b, `<line x1="%.1f" x2="%.1[1]f" y1="%.1f" y2="%.1f" stroke="#e3e8f0"/>`+"\n", x, chartTop-8, bottom)
			if text := elapsed(at.Sub(axis[0].from)); x >= free && x < chartWidth-50 {
				fmt.Fprintf(b, `<text x="%.1f" y="%.1f" fill="#687385" font-size="11">%s</text>`+"\n", x, chartTop-14, text)
				free = x + float64(7*len(text)+8)
			}
		}
	}
}

// ticks are the section's begin and round times after it, no denser than can be read.
func (s section) ticks() []time.Time {
	ticks := []time.Time{s.from}
	whole := s.to.Sub(s.from)
	step := time.Millisecond
	for i := 0; float64(whole)/float64(step) > s.width/80; i++ {
		step = time.Duration(int64(step) * []int64{4, 5, 4}[i%3] / 2) // 1, 2, 5, 10, …
	}
	for d := step; d <= whole; d += step {
		ticks = append(ticks, s.from.Add(d))
	}
	return ticks
}

func elapsed(d time.Duration) string {
	switch {
	case d == 0:
		return "0 s"
	case d < 10*time.Minute:
		return strconv.FormatFloat(d.Round(10*time.Millisecond).Seconds(), 'f', -1, 64) + " s"
	default:
		return d.Round(time.Second).String()
	}
}

func label(b *strings.Builder, text string, depth int, y float64) {
	weight := "400"
	if depth == 0 {
		weight = "600"
	}
	if runes := []rune(text); len(runes) > 32 {
		text = string(runes[:31]) + "…"
	}
	fmt.Fprintf(b, `<text x="%.0f" y="%.1f" fill="#27303f" font-weight="%s">%s</text>`+"\n",
		padding+float64(14*depth), y+14, weight, html.EscapeString(text))
}

func (t *chart) calls(b *strings.Builder, axis []section) {
	changes, last := 0, 0.0
	for _, m := range t.marks {
		x := position(axis, m.at)
		title := html.EscapeString(m.title)
		if m.read {
			fmt.Fprintf(b, `<circle cx="%.1f" cy="%.1f" r="1.6" fill="%s"><title>%s</title></circle>`+"\n",
				x+markWidth/2, chartTop+barHeight+5, m.colour, title)
			continue
		}
		changes++
		x = max(x, last+markWidth+1) // side by side, not one upon the other
		last = x
		fmt.Fprintf(b, `<rect x="%.1f" y="%.1f" width="%.1f" height="%.1f" fill="%s"><title>%s</title></rect>`+"\n",
			x, chartTop, markWidth, barHeight, m.colour, title)
	}
	label(b, fmt.Sprintf("calls: %d changes, %d reads", changes, len(t.marks)-changes), 0, chartTop)
}

func (t *chart) row(b *strings.Builder, axis []section, r row, y float64) {
	if r.depth == 0 {
		fmt.Fprintf(b, `<line x1="%.0f" x2="%.0f" y1="%.1f" y2="%.1[3]f" stroke="#d8dee8"/>`+"\n",
			padding, chartWidth-padding, y-2)
	}
	label(b, r.label, r.depth, y)
	for _, x := range r.bars {
		from, to := position(axis, x.start), position(axis, x.end)
		extra := ""
		if x.open {
			extra = ` fill-opacity="0.55"`
		}
		if x.broken {
			extra += ` stroke="#b3261e" stroke-width="2"`
		}
		fmt.Fprintf(b, `<rect x="%.1f" y="%.1f" width="%.1f" height="%.1f" rx="2" fill="%s"%s><title>%s</title></rect>`+"\n",
			from, y+4, max(to-from, markWidth), barHeight, x.colour, extra, html.EscapeString(x.title))
	}
}

func legend(b *strings.Builder, y float64) {
	x := padding
	for _, e := range [][2]string{
		{statusColour(pendingCreate), "PENDING_CREATE"},
		{statusColour(pendingUpdate), "PENDING_UPDATE"},
		{statusColour(pendingDelete), "PENDING_DELETE"},
		{"#2aa198", "floating IP associated"},
		{"#2e9e6b", "change"},
		{"#e08600", "refused: busy"},
		{"#b3261e", "failed or ERROR"},
		{"#9aa4b2", "read"},
	} {
		fmt.Fprintf(b, `<rect x="%.0f" y="%.1f" width="10" height="10" rx="2" fill="%s"/>`, x, y-9, e[0])
		fmt.Fprintf(b, `<text x="%.0f" y="%.1f" fill="#687385" font-size="11">%s</text>`+"\n", x+14, y, e[1])
		x += 30 + float64(len(e[1]))*6.6
	}
}
