// SPDX-License-Identifier: Apache-2.0

package keystone

import (
	"maps"
	"net/url"
	"slices"

	"github.com/octaviakit/octaviakit/fake/internal/rest"
)

// table holds the entities of one type by ID. Nothing here computes with their attributes, so they stay JSON.
type table struct {
	single, plural string
	rows           map[string]rest.Object
}

func newTable(single, plural string) *table {
	return &table{single: single, plural: plural, rows: map[string]rest.Object{}}
}

func (t *table) add(id string, row rest.Object) rest.Object {
	row["id"] = id
	t.rows[id] = row
	return row
}

// named finds the ID of the entity of that name, "" if there is none.
func (t *table) named(name string) string {
	for id, row := range t.rows {
		if row["name"] == name {
			return id
		}
	}
	return ""
}

func (t *table) name(id string) string {
	name, _ := t.rows[id]["name"].(string)
	return name
}

// enabled reports whether there is such an entity, and nobody has disabled it.
func (t *table) enabled(id string) bool { return t.rows[id]["enabled"] == true }

// list returns the entities that match the query, by ID, as the database would.
func (t *table) list(q url.Values) []rest.Object {
	found := []rest.Object{}
	for _, id := range slices.Sorted(maps.Keys(t.rows)) {
		row := t.rows[id]
		fits := true
		for _, key := range []string{"name", "domain_id", "enabled", "parent_id", "type", "service_id", "interface"} {
			if q.Has(key) {
				fits = fits && spell(row[key]) == q.Get(key)
			}
		}
		if fits {
			found = append(found, row)
		}
	}
	return found
}

func spell(v any) string {
	switch v := v.(type) {
	case string:
		return v
	case bool:
		if v {
			return "true"
		}
		return "false"
	}
	return ""
}

// filled is given over defaults.
func filled(given, defaults rest.Object) rest.Object {
	row := maps.Clone(defaults)
	maps.Copy(row, given)
	return row
}

func project(given rest.Object) rest.Object {
	return filled(given, rest.Object{
		"domain_id": "default", "description": "", "enabled": true, "parent_id": "default", "is_domain": false,
		"tags": []any{}, "options": rest.Object{},
	})
}

func user(given rest.Object) rest.Object {
	return filled(given, rest.Object{
		"domain_id": "default", "enabled": true, "password_expires_at": nil, "options": rest.Object{},
	})
}

func role(given rest.Object) rest.Object {
	return filled(given, rest.Object{"domain_id": nil, "description": nil, "options": rest.Object{}})
}
