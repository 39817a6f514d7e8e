// SPDX-License-Identifier: Apache-2.0

package fake

import (
	"fmt"
	"html"
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
	barHeight  = 14.0
	padding    = 16.0
	cutWidth   = 18.0
	markWidth  = 2.5
	markDrift  = 30.0 // how far a mark may stand from its time, to be seen beside others
)

// What bars and marks look like: classes of chartStyle.
const (
	classCreate   = "create"
	classUpdate   = "update"
	classDelete   = "delete"
	classFloating = "fip"
	classDone     = "done"
	classBusy     = "busy"
	classBad      = "bad"
	classRead     = "read"
)

// chartStyle has the names of its classes below its own, so that the picture can stand in a page as it is. Where the
// reader prefers dark, so does the picture, also as an <img> of a README.
const chartStyle = `<style>
.octl{font:12px system-ui,"DejaVu Sans",sans-serif}
.octl .sheet{fill:#fbfcfe;stroke:#d8dee8}.octl .cut{fill:#eef1f6}.octl line{stroke:#e3e8f0}.octl .rule{stroke:#d8dee8}
.octl text{fill:#27303f}.octl .lb{font-weight:600}.octl .soft{fill:#687385;font-size:11px}
.octl text.in{fill:#fff;font-size:10px}.octl text.in.update{fill:#3b2a00}
.octl .create{fill:#3d7fd1}.octl .update{fill:#e3a72f}.octl .delete{fill:#8e7cc3}.octl .fip{fill:#1f8f86}
.octl .done{fill:#2e9e6b}.octl .busy{fill:#e08600}.octl .bad{fill:#c0342b}.octl .read{fill:#9aa4b2}
.octl .open{fill-opacity:.55}.octl .broken{stroke:#c0342b;stroke-width:2}
@media (prefers-color-scheme:dark){
.octl .sheet{fill:#171d26;stroke:#2f3948}.octl .cut{fill:#10151c}.octl line{stroke:#252e3b}.octl .rule{stroke:#2f3948}
.octl text{fill:#e3e8f0}.octl .soft{fill:#93a0b4}
.octl .read{fill:#7c899c}.octl .broken{stroke:#f0655b}.octl .bad{fill:#e5534b}
}
</style>
`

// svg is a picture being drawn.
type svg struct{ strings.Builder }

// rect draws a box, with a title that browsers show when it is pointed at.
func (p *svg) rect(x, y, width, height, radius float64, class, title string) {
	fmt.Fprintf(p, `<rect class="%s" x="%.1f" y="%.1f" width="%.1f" height="%.1f"`, class, x, y, width, height)
	if radius > 0 {
		fmt.Fprintf(p, ` rx="%.0f"`, radius)
	}
	if title == "" {
		p.WriteString("/>\n")
		return
	}
	fmt.Fprintf(p, "><title>%s</title></rect>\n", html.EscapeString(title))
}

func (p *svg) text(x, y float64, class, text string) {
	if class != "" {
		class = ` class="` + class + `"`
	}
	fmt.Fprintf(p, `<text%s x="%.1f" y="%.1f">%s</text>`+"\n", class, x, y, html.EscapeString(text))
}

func (p *svg) line(x1, y1, x2, y2 float64, class string) {
	if class != "" {
		class = ` class="` + class + `"`
	}
	fmt.Fprintf(p, `<line%s x1="%.1f" y1="%.1f" x2="%.1f" y2="%.1f"/>`+"\n", class, x1, y1, x2, y2)
}

// draw renders the chart.
func (t *chart) draw() string {
	height := chartTop + rowHeight*float64(len(t.rows)+1) + 52
	p := &svg{}
	fmt.Fprintf(p, `<svg xmlns="http://www.w3.org/2000/svg" class="octl" width="%.0f" height="%.0f" viewBox="0 0 %.0[1]f %.0[2]f">`+
		"\n", chartWidth, height)
	p.WriteString(chartStyle)
	p.rect(0.5, 0.5, chartWidth-1, height-1, 8, "sheet", "")
	axis := t.axis()
	grid(p, axis, height-36)
	t.calls(p, axis)
	for i, r := range t.rows {
		r.draw(p, axis, chartTop+rowHeight*float64(i+1))
	}
	legend(p, height-18)
	p.WriteString("</svg>\n")
	return p.String()
}

// grid writes the times at which sections begin and end, and shades what was cut.
func grid(p *svg, axis []section, bottom float64) {
	free := 0.0
	for i, s := range axis {
		if i > 0 {
			before := axis[i-1]
			left := before.x + before.width
			p.rect(left, chartTop-8, s.x-left, bottom-chartTop+8, 0, "cut", round(s.from.Sub(before.to))+" idle")
		}
		for _, at := range s.ticks() {
			x := position(axis, at)
			p.line(x, chartTop-8, x, bottom, "")
			if text := elapsed(at.Sub(axis[0].from)); x >= free && x < chartWidth-50 {
				p.text(x, chartTop-14, "soft", text)
				free = x + float64(7*len(text)+8)
			}
		}
	}
}

// label names a row at its left.
func label(p *svg, text string, depth int, y float64) {
	class := ""
	if depth == 0 {
		class = "lb"
	}
	if runes := []rune(text); len(runes) > 30 {
		text = string(runes[:29]) + "…"
	}
	p.text(padding+float64(14*depth), y+15, class, text)
}

// calls draws the changes side by side, as far as there is room, and the reads below them.
func (t *chart) calls(p *svg, axis []section) {
	changes, dots, bars := 0, marks{}, marks{}
	for _, m := range t.marks {
		x := position(axis, m.at)
		if m.read {
			dots.add(m, x, 1)
			continue
		}
		changes++
		bars.add(m, x, markDrift)
	}
	for _, m := range bars {
		p.rect(m.x, chartTop, markWidth, barHeight, 0, m.class, m.caption())
	}
	for _, m := range dots {
		fmt.Fprintf(p, `<circle class="%s" cx="%.1f" cy="%.1f" r="1.6"><title>%s</title></circle>`+"\n",
			m.class, m.x+markWidth/2, chartTop+barHeight+4, html.EscapeString(m.caption()))
	}
	label(p, "calls: "+plural(changes, "change")+", "+plural(len(t.marks)-changes, "read"), 0, chartTop)
}

func plural(n int, word string) string {
	if n != 1 {
		word += "s"
	}
	return strconv.Itoa(n) + " " + word
}

// marks are calls with their places.
type marks []mark

// add puts a mark at x or beside the last one; where that is more than drift away from x, the last one stands for it too.
func (list *marks) add(m mark, x, drift float64) {
	if n := len(*list); n > 0 {
		last := &(*list)[n-1]
		next := last.x + markWidth + 1
		if last.class == m.class && next-x > drift {
			last.more++
			return
		}
		x = max(x, min(next, x+drift))
	}
	m.x = x
	*list = append(*list, m)
}

func (m mark) caption() string {
	if m.more == 0 {
		return m.title
	}
	return fmt.Sprintf("%s and %d more", m.title, m.more)
}

// draw draws a row, and says in bars that are long enough how long they took.
func (r row) draw(p *svg, axis []section, y float64) {
	if r.depth == 0 {
		p.line(padding, y-1, chartWidth-padding, y-1, "rule")
	}
	label(p, r.label, r.depth, y)
	for _, x := range r.bars {
		from, to := position(axis, x.start), position(axis, x.end)
		class := x.class
		if x.open {
			class += " open"
		}
		if x.broken {
			class += " broken"
		}
		width := max(to-from, markWidth)
		p.rect(from, y+3, width, barHeight, 2, class, x.title)
		if x.text != "" && width > float64(6*len(x.text)+12) {
			p.text(from+6, y+3+barHeight-4, "in "+x.class, x.text)
		}
	}
}

func legend(p *svg, y float64) {
	x := padding
	for _, e := range [][2]string{
		{classCreate, "PENDING_CREATE"},
		{classUpdate, "PENDING_UPDATE"},
		{classDelete, "PENDING_DELETE"},
		{classFloating, "floating IP associated"},
		{classDone, "change"},
		{classBusy, "refused: busy"},
		{classBad, "failed or ERROR"},
		{classRead, "read"},
	} {
		p.rect(x, y-9, 10, 10, 2, e[0], "")
		p.text(x+14, y, "soft", e[1])
		x += 30 + float64(len(e[1]))*6.6
	}
}
