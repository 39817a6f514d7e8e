// SPDX-License-Identifier: Apache-2.0

package matrixdoc

import (
	"fmt"
	"slices"
	"strings"

	"github.com/octaviakit/octaviakit/provider"
)

// column writes what one driver does with the rows of a section.
func (w *writer) column(s section, n provider.Name) error {
	newest, err := provider.Lookup(n, provider.Hibiscus)
	if err != nil {
		return err
	}
	w.f("\n### %s\n\n| feature |", title(s, n))
	for _, r := range w.releases {
		w.f(" %s |", r.initial())
	}
	w.f(" else | defects |\n|---|%s---|---|\n", strings.Repeat(":-:|", len(w.releases)))
	var details []string
	for e := range newest.All() {
		if e.Group != s.group {
			continue
		}
		marks, err := w.marks(e, n)
		if err != nil {
			return err
		}
		w.f("| %s<br>`%s` | %s | %s | %s |\n", e.Description, e.Feature, strings.Join(marks, " | "), w.otherwise(e, n), w.numbersOf(e.Feature, n))
		if d := detail(e); d != "" {
			details = append(details, fmt.Sprintf("- `%s`: %s", e.Feature, d))
		}
	}
	if len(details) > 0 {
		w.f("\n%s\n", strings.Join(details, "\n"))
	}
	return nil
}

// marks judges a row at each release.
func (w *writer) marks(e provider.Entry, n provider.Name) ([]string, error) {
	backports := make([]provider.Release, len(e.Backports))
	for i, tag := range e.Backports {
		backports[i] = w.backported(tag, n)
	}
	var marks []string
	for _, r := range w.releases {
		c, err := provider.Lookup(n, r.Release)
		if err != nil {
			return nil, err
		}
		at := c.Entry(e.Feature)
		switch {
		case n == provider.OVN && r.OVNRepo == "":
			marks = append(marks, " ")
		case at.Trusted:
			marks = append(marks, "●")
		case at.OK:
			marks = append(marks, "◐")
		case slices.Contains(backports, r.Release):
			marks = append(marks, "○ᵇ")
		default:
			marks = append(marks, "○")
		}
	}
	return marks, nil
}

// otherwise is what asking for a row does where it is missing, and what it did
// at older releases where that differs.
func (w *writer) otherwise(e provider.Entry, n provider.Name) string {
	now := outcome(e.Otherwise)
	for i := len(w.releases) - 1; i >= 0; i-- {
		r := w.releases[i].Release
		c, err := provider.Lookup(n, r)
		if err != nil || r < e.APISince || n == provider.OVN && w.releases[i].OVNRepo == "" {
			break
		}
		if was := c.Entry(e.Feature).Otherwise; was != e.Otherwise {
			return fmt.Sprintf("%s; until %s %s", now, w.releases[i].initial(), outcome(was))
		}
	}
	return now
}

func outcome(o provider.Outcome) string {
	switch o {
	case provider.Refused:
		return "501"
	case provider.Invalid:
		return "400"
	case provider.Broken:
		return "500"
	case provider.Ignored:
		return "**ignored**"
	case provider.NotApplicable:
		return "n/a"
	default:
		return ""
	}
}

// numbersOf links the defects of a driver that spoil a row, each with the releases
// that have it.
func (w *writer) numbersOf(f provider.Feature, n provider.Name) string {
	var links []string
	for _, q := range w.quirks {
		if (q.Provider == "" || q.Provider == n) && slices.Contains(q.Features, f) {
			links = append(links, fmt.Sprintf("[%d](#%s) %s", w.numbers[q.ID], q.ID, w.letters(q)))
		}
	}
	return strings.Join(links, "<br>")
}

// letters is the range of releases that have a defect, as "X-Z".
func (w *writer) letters(q provider.Quirk) string {
	var in []string
	for _, r := range w.releases {
		if q.InForce(provider.At(r.Release)) {
			in = append(in, r.initial())
		}
	}
	if first, last := in[0], in[len(in)-1]; first != last {
		return first + "–" + last
	}
	return in[0]
}

// detail says in words what is not plain from the table; "" if nothing is.
func detail(e provider.Entry) string {
	if e.Note == "" && e.Reliable == 0 && len(e.Backports) == 0 && e.Removed == 0 && e.APINote == "" {
		return ""
	}
	var parts []string
	switch {
	case e.Since == 0:
		parts = append(parts, "never")
	case e.Removed != 0:
		parts = append(parts, fmt.Sprintf("from %s until before %s", e.Since, e.Removed))
	default:
		parts = append(parts, "since "+e.Since.String())
	}
	if e.Reliable != 0 {
		parts = append(parts, "dependable since "+e.Reliable.String())
	}
	if len(e.Backports) > 0 {
		parts = append(parts, "point releases that have it too: "+strings.Join(e.Backports, ", "))
	}
	d := strings.Join(parts, "; ") + "."
	if e.Note != "" {
		d += " " + sentence(e.Note)
	}
	if e.APINote != "" {
		d += " API: " + sentence(e.APINote)
	}
	return d
}

// sentence ends a note with a full stop, and keeps Markdown from reading it.
func sentence(s string) string {
	s = strings.NewReplacer("|", `\|`, "<", "&lt;", "*", `\*`, "__", `\_\_`).Replace(s)
	if strings.HasSuffix(s, ".") {
		return s
	}
	return s + "."
}
