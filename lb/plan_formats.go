// SPDX-License-Identifier: Apache-2.0

package lb

import (
	"encoding/json"
	"fmt"
	"strings"
	"unicode/utf8"
)

// planJSON is the stable form of a Plan for programs. Fields are only ever added.
type planJSON struct {
	LoadBalancer string        `json:"load_balancer"`
	ID           string        `json:"id,omitempty"`
	Provider     string        `json:"provider,omitempty"`
	Cycles       int           `json:"cycles"`
	Seconds      float64       `json:"seconds"`
	Disruptive   bool          `json:"disruptive"`
	Concerns     []concernJSON `json:"concerns,omitempty"`
	Replaces     []fieldJSON   `json:"replaces,omitempty"`
	Steps        []stepJSON    `json:"steps"`
}

type stepJSON struct {
	Call       string       `json:"call"`
	Cycles     int          `json:"cycles"`
	Seconds    float64      `json:"seconds"`
	Disruptive bool         `json:"disruptive"`
	Reason     string       `json:"reason,omitempty"`
	Changes    []changeJSON `json:"changes"`
}

type changeJSON struct {
	Action  string      `json:"action"`
	Kind    Kind        `json:"kind"`
	Path    string      `json:"path"`
	ID      string      `json:"id,omitempty"`
	Summary string      `json:"summary,omitempty"`
	Note    string      `json:"note,omitempty"`
	Fields  []fieldJSON `json:"fields,omitempty"`
}

type fieldJSON struct {
	Name   string `json:"name"`
	Old    string `json:"old"`
	New    string `json:"new"`
	Effect Effect `json:"effect"`
}

type concernJSON struct {
	Kind  ConcernKind `json:"kind"`
	Step  int         `json:"step"`
	Path  string      `json:"path"`
	Share float64     `json:"share,omitempty"`
	Why   string      `json:"why,omitempty"`
}

// MarshalJSON renders the plan for programs: what String says, in stable fields.
// A plan cannot be read back: it is good for one state of the cloud and one Engine.
func (p *Plan) MarshalJSON() ([]byte, error) {
	out := planJSON{
		LoadBalancer: p.name, ID: p.id, Provider: string(p.provider),
		Cycles: p.Cycles(), Seconds: p.Takes().Seconds(), Disruptive: p.Disruptive(), Steps: []stepJSON{},
	}
	for _, c := range p.Concerns() {
		out.Concerns = append(out.Concerns, concernJSON(c))
	}
	for _, f := range p.replaces {
		out.Replaces = append(out.Replaces, fieldJSON(f))
	}
	for _, s := range p.steps {
		step := stepJSON{
			Call: s.Call, Cycles: s.Cycles, Seconds: s.Takes.Seconds(), Disruptive: s.Disruptive,
			Reason: s.Reason, Changes: []changeJSON{},
		}
		for _, c := range s.Changes {
			change := changeJSON{
				Action: c.Action.String(), Kind: c.Kind, Path: c.Path, ID: c.ID, Summary: c.Summary, Note: c.Note,
			}
			for _, f := range c.Fields {
				change.Fields = append(change.Fields, fieldJSON(f))
			}
			step.Changes = append(step.Changes, change)
		}
		out.Steps = append(out.Steps, step)
	}
	return json.Marshal(out)
}

// Mermaid renders the plan as a Mermaid flowchart: one box a step, in order, with
// what it changes; steps that interrupt traffic stand out.
func (p *Plan) Mermaid() string { return p.diagram().mermaid() }

// DOT renders the plan for Graphviz.
func (p *Plan) DOT() string { return p.diagram().dot() }

// told is how many changes of a step a diagram lists.
const told = 6

func (p *Plan) diagram() diagram {
	d := diagram{title: p.name, direction: "TB"}
	if p.Empty() {
		d.vertices = []vertex{{"s0", []string{"nothing to do"}, "gone"}}
	}
	for i, s := range p.steps {
		d.vertices = append(d.vertices, vertex{fmt.Sprintf("s%d", i+1), s.label(i), s.class()})
		if i > 0 {
			d.edges = append(d.edges, edge{fmt.Sprintf("s%d", i), fmt.Sprintf("s%d", i+1), ""})
		}
	}
	return d
}

// label is what a diagram says of the step with an index.
func (s Step) label(i int) []string {
	lines := []string{fmt.Sprintf("%d. %s", i+1, s.Call)}
	for j, c := range s.Changes {
		if j == told {
			lines = append(lines, fmt.Sprintf("… and %d more", len(s.Changes)-told))
			break
		}
		kind, name := kindAndName(c.Path)
		line := strings.TrimSpace(fmt.Sprintf("%s %s %s", c.Action, kind, name))
		if len(c.Fields) > 0 {
			line += ": " + short(fieldsText(c.Fields))
		}
		lines = append(lines, line)
	}
	return append(lines, "("+s.why()+")")
}

// short keeps boxes narrow.
func short(s string) string {
	const most = 60
	if utf8.RuneCountInString(s) <= most {
		return s
	}
	return string([]rune(s)[:most-1]) + "…"
}

func (s Step) class() string {
	made, gone := tally(s.Changes, Create), tally(s.Changes, Delete)
	switch {
	case s.Disruptive:
		return "bad"
	case made == len(s.Changes):
		return "ok"
	case gone == len(s.Changes):
		return "gone"
	}
	return "change"
}
