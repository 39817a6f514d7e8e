// SPDX-License-Identifier: Apache-2.0

package fake

import (
	"cmp"
	"slices"
	"strconv"
	"time"
)

// section is a part of the axis in which something happens.
type section struct {
	from, to time.Time
	x, width float64
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
			if x.class == classFloating { // being associated is nothing that happens
				x.end = x.start
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
	i, _ := slices.BinarySearchFunc(axis, at, func(s section, at time.Time) int { return s.to.Compare(at) })
	s := axis[min(i, len(axis)-1)]
	whole := s.to.Sub(s.from).Seconds()
	if whole == 0 || !at.After(s.from) {
		return s.x
	}
	return s.x + (s.width-markWidth)*min(1, at.Sub(s.from).Seconds()/whole)
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
