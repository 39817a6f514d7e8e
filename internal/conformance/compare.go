// SPDX-License-Identifier: Apache-2.0

package conformance

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// Difference is one field of one answer in which the fake is not the real cloud.
type Difference struct {
	Scenario string
	Step     int // from 1
	Section  string
	Request  string
	Field    string // "status", "body.pool.name", "body.members[0].weight"
	Real     string
	Fake     string
	Reason   string // why it is left, "" if it is not meant
}

// Compare returns the differences between a recording and what the fake
// answered to the same steps.
func Compare(scenario string, recorded, got []Answer) []Difference {
	if len(recorded) != len(got) {
		return []Difference{{
			Scenario: scenario, Field: "steps", Real: fmt.Sprint(len(recorded)), Fake: fmt.Sprint(len(got)),
			Reason: "",
		}}
	}
	var out []Difference
	for i, want := range recorded {
		d := differ{Difference: Difference{Scenario: scenario, Step: i + 1, Section: want.Section, Request: want.Request}}
		if want.Request != got[i].Request {
			d.add("request", want.Request, got[i].Request)
		}
		d.compare("status", want.Status, got[i].Status)
		d.compare("type", want.Type, got[i].Type)
		if want.Status != 0 && !(want.Type != "" && got[i].Type == "") { // else there is nothing to compare
			d.compare("body", want.Body, got[i].Body)
		}
		out = append(out, d.found...)
	}
	return out
}

type differ struct {
	Difference
	found []Difference
}

func (d *differ) add(field, want, got string) {
	one := d.Difference
	one.Field, one.Real, one.Fake = field, want, got
	for _, e := range excuses() {
		if one.Reason == "" && e.covers(one) {
			one.Reason = e.reason
		}
	}
	d.found = append(d.found, one)
}

// compare descends as far as both sides have the same shape.
func (d *differ) compare(field string, want, got any) {
	switch w := want.(type) {
	case map[string]any:
		if g, ok := got.(map[string]any); ok {
			d.objects(field, w, g)
			return
		}
	case []any:
		if g, ok := got.([]any); ok && len(g) == len(w) {
			for i := range w {
				d.compare(fmt.Sprintf("%s[%d]", field, i), w[i], g[i])
			}
			return
		}
	}
	if a, b := text(want), text(got); a != b {
		d.add(field, a, b)
	}
}

func (d *differ) objects(field string, want, got map[string]any) {
	all := maps.Clone(want)
	maps.Copy(all, got)
	for _, k := range slices.Sorted(maps.Keys(all)) {
		w, inWant := want[k]
		g, inGot := got[k]
		switch {
		case !inWant:
			d.add(field+"."+k, "absent", text(g))
		case !inGot:
			d.add(field+"."+k, text(w), "absent")
		default:
			d.compare(field+"."+k, w, g)
		}
	}
}

// text is a value as one line of JSON.
func text(v any) string {
	b, err := json.Marshal(v)
	if err != nil {
		return fmt.Sprint(v)
	}
	return strings.NewReplacer(`\u003c`, "<", `\u003e`, ">", `\u0026`, "&").Replace(string(b))
}
