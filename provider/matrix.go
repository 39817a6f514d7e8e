// SPDX-License-Identifier: Apache-2.0

package provider

import (
	_ "embed" // the matrix is data beside the code
	"encoding/json"
	"fmt"
	"sync"
)

//go:embed data/matrix.json
var matrixJSON string

//go:embed data/defects.json
var defectsJSON string

// matrix returns the parsed tables. The JSON is the one form in which people
// edit and review the data, and a second one in Go (a generated table) would be
// a copy to keep in step; so it is embedded as it is and read at the first
// question, once, by whoever asks: nothing runs at start-up, and the result is
// never written to again. The data cannot be wrong at run time: tests parse it.
var matrix = sync.OnceValue(func() *tables {
	t, err := parse(matrixJSON, defectsJSON)
	if err != nil {
		panic("provider: embedded data: " + err.Error())
	}
	return t
})

// tables is the whole of the data, with names of releases resolved.
type tables struct {
	releases []releaseRow
	rows     []*row
	byID     map[Feature]*row
	quirks   []Quirk
	byQuirk  map[QuirkID]*Quirk
}

type releaseRow struct {
	Name     string `json:"name"`
	Series   string `json:"series"`
	APIMinor int    `json:"api_minor"`
}

// row is a feature: what the API knows and what each driver does with it.
type row struct {
	id          Feature
	group       string
	description string
	apiSince    Release
	apiMinor    int
	apiNote     string
	cells       map[Name]cell
	confidence  string
	sources     []string
}

type cell struct {
	since, reliable, removed Release
	backports                []string
	otherwise                Outcome
	earlier                  []earlier
	note                     string
}

// earlier is what happened instead before a release.
type earlier struct {
	before Release
	then   Outcome
}

// instead is what asking for the feature does at a release that lacks it.
func (c cell) instead(at Release) Outcome {
	for _, e := range c.earlier {
		if at < e.before {
			return e.then
		}
	}
	return c.otherwise
}

type wireCell struct {
	Since     string   `json:"since"`
	Reliable  string   `json:"reliable_since"`
	Removed   string   `json:"removed_in"`
	Backports []string `json:"backports"`
	Otherwise Outcome  `json:"if_unsupported"`
	Earlier   []struct {
		Before string  `json:"before"`
		Then   Outcome `json:"then"`
	} `json:"earlier"`
	Notes string `json:"notes"`
}

type wireRow struct {
	ID          Feature `json:"id"`
	Group       string  `json:"group"`
	Description string  `json:"description"`
	API         struct {
		Since string `json:"since"`
		Minor *int   `json:"minor"`
		Note  string `json:"note"`
	} `json:"api"`
	Amphora    wireCell `json:"amphora"`
	OVN        wireCell `json:"ovn"`
	Confidence string   `json:"confidence"`
	Sources    []string `json:"sources"`
}

type wireQuirk struct {
	ID         QuirkID   `json:"id"`
	Core       bool      `json:"core"`
	Provider   string    `json:"provider"`
	FixedBy    string    `json:"fixed_by"`
	Features   []Feature `json:"features"`
	Kind       string    `json:"kind"`
	Severity   Severity  `json:"severity"`
	From       string    `json:"from"`
	FromNote   string    `json:"from_note"`
	LastIn     string    `json:"last_in"`
	FixedIn    string    `json:"fixed_in"`
	FixedTag   string    `json:"fixed_tag"`
	Backports  []string  `json:"backports"`
	FixNote    string    `json:"fix_note"`
	Symptom    string    `json:"symptom"`
	Workaround string    `json:"workaround"`
	Confidence string    `json:"confidence"`
	Bug        string    `json:"bug"`
	Sources    []string  `json:"sources"`
}

func parse(features, defects string) (*tables, error) {
	var f struct {
		Releases []releaseRow `json:"releases"`
		Features []wireRow    `json:"features"`
	}
	if err := json.Unmarshal([]byte(features), &f); err != nil {
		return nil, err
	}
	var d struct {
		Defects []wireQuirk `json:"defects"`
	}
	if err := json.Unmarshal([]byte(defects), &d); err != nil {
		return nil, err
	}
	t := &tables{releases: f.Releases, byID: map[Feature]*row{}, byQuirk: map[QuirkID]*Quirk{}}
	in := names{byName: map[string]Release{"": 0}}
	for i, r := range f.Releases {
		in.byName[r.Name] = Release(i + 1) //nolint:gosec // eighteen of them
	}
	for i := range f.Features {
		r := in.row(&f.Features[i])
		t.rows = append(t.rows, r)
		t.byID[r.id] = r
	}
	t.quirks = make([]Quirk, 0, len(d.Defects))
	for i := range d.Defects {
		t.quirks = append(t.quirks, in.quirk(&d.Defects[i]))
		t.byQuirk[d.Defects[i].ID] = &t.quirks[i]
	}
	return t, in.err
}

// names resolves release names while the tables are read, and keeps the first
// one it does not know.
type names struct {
	byName map[string]Release
	err    error
}

func (n *names) release(where, name string) Release {
	r, ok := n.byName[name]
	if !ok && n.err == nil {
		n.err = fmt.Errorf("%s: no release %q", where, name)
	}
	return r
}

func (n *names) row(w *wireRow) *row {
	r := &row{
		id: w.ID, group: w.Group, description: w.Description,
		apiSince: n.release(string(w.ID), w.API.Since), apiMinor: -1, apiNote: w.API.Note,
		cells:      map[Name]cell{Amphora: n.cell(w.ID, w.Amphora), OVN: n.cell(w.ID, w.OVN)},
		confidence: w.Confidence, sources: w.Sources,
	}
	if w.API.Minor != nil {
		r.apiMinor = *w.API.Minor
	}
	return r
}

func (n *names) cell(id Feature, w wireCell) cell {
	c := cell{
		since: n.release(string(id), w.Since), reliable: n.release(string(id), w.Reliable),
		removed: n.release(string(id), w.Removed), backports: w.Backports,
		otherwise: w.Otherwise, note: w.Notes,
	}
	for _, e := range w.Earlier {
		c.earlier = append(c.earlier, earlier{before: n.release(string(id), e.Before), then: e.Then})
	}
	return c
}

func (n *names) quirk(w *wireQuirk) Quirk {
	q := Quirk{
		ID: w.ID, Core: w.Core, Severity: w.Severity, Defect: w.Kind == "defect", Features: w.Features,
		From: n.release(string(w.ID), w.From), Fixed: n.release(string(w.ID), w.FixedIn),
		Last: n.release(string(w.ID), w.LastIn), FromNote: w.FromNote, FixedTag: w.FixedTag, Backports: w.Backports, FixNote: w.FixNote,
		Symptom: w.Symptom, Workaround: w.Workaround,
		Confidence: w.Confidence, Bug: w.Bug, Sources: w.Sources,
		inAPI: w.Provider != string(OVN) || w.FixedBy == "octavia",
	}
	if w.Provider != "any" {
		q.Provider = Name(w.Provider)
	}
	return q
}
