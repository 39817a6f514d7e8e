// SPDX-License-Identifier: Apache-2.0

package matrixdoc

import (
	"fmt"
	"strings"

	"github.com/octaviakit/octaviakit/provider"
)

func (w *writer) defects() {
	w.f("\n## Known defects\n\nDefects, and behaviour to live with, by number. " +
		"A release is affected as it was first published; point releases that have the fix are named. " +
		"Those that matter most to software that builds load balancers come first.\n")
	for i, q := range w.quirks {
		w.f("\n### %s\n\n**%d.** %s, %s. %s\n\n", q.ID, i+1, who(q), kind(q), affected(q))
		w.f("%s\n\n", sentence(q.Symptom))
		w.f("*What to do:* %s\n\n", sentence(q.Workaround))
		var proof []string
		if q.Bug != "" {
			proof = append(proof, q.Bug)
		}
		for _, s := range q.Sources {
			if s != q.Bug {
				proof = append(proof, s)
			}
		}
		w.f("<sub>%s (%s)</sub>\n", sentence(strings.Join(proof, "; ")), q.Confidence)
	}
}

func who(q provider.Quirk) string {
	if q.Provider == "" {
		return "Every driver"
	}
	return "`" + string(q.Provider) + "`"
}

func kind(q provider.Quirk) string {
	if q.Defect {
		return string(q.Severity) + " defect"
	}
	return "to live with (" + string(q.Severity) + ")"
}

// affected says in words which releases have a defect.
func affected(q provider.Quirk) string {
	s := "From " + q.From.String()
	switch {
	case q.Fixed != 0:
		s += fmt.Sprintf(" until before %s (%s)", q.Fixed, q.FixedTag)
	case q.Last == q.From:
		s = q.From.String() + " only"
	case q.Last != 0:
		s += " to " + q.Last.String()
	default:
		s += " on, in every release so far"
	}
	if q.FromNote != "" {
		s += "; " + q.FromNote
	}
	if len(q.Backports) > 0 {
		s += ". The fix is also in " + strings.Join(q.Backports, ", ")
	}
	if q.FixNote != "" {
		s += ". Fix: " + q.FixNote
	}
	return sentence(s)
}

func (w *writer) sources() error {
	w.f("\n## Sources\n\nWhere each row is proved, and how surely: `code` was read at the tag, `relnote` rests on a " +
		"release note, `doc` on documentation, `inferred` on reading alone, `observed` was seen on a real cloud.\n")
	c, err := provider.Lookup(provider.Amphora, provider.Hibiscus)
	if err != nil {
		return err
	}
	for _, s := range sections() {
		w.f("\n<details><summary>%s</summary>\n\n", s.title)
		for e := range c.All() {
			if e.Group == s.group {
				w.f("- `%s` (%s): %s\n", e.Feature, e.Confidence, sentence(strings.Join(e.Sources, "; ")))
			}
		}
		w.f("\n</details>\n")
	}
	return nil
}
