// SPDX-License-Identifier: Apache-2.0

package conformance

import (
	"regexp"
	"slices"
	"strings"
)

// look is a GET of one thing.
func (w *walk) look(k *kind) {
	path := w.item(k)
	switch w.rng.IntN(6) {
	case 0:
		path += w.one([]string{"?fields=name", "?fields=id&fields=project_id", "?fields=id,name", "?fields=", "?bogus=1", "?fields=bogus", "?fields=provisioning_status&x=y"})
	case 1:
		path = "lbaas/listeners/" + w.pick("listener") + "/stats"
	case 2:
		path = w.lb.path + "/" + w.pick(w.lb.name) + w.one([]string{"", "/status", "/statuses", "/stats", "/status?fields=id", "?fields=listeners"})
	case 3:
		path += w.one([]string{"/", "/x", "/stats", "/status"})
	}
	w.add(Step{As: w.user(), Verb: "GET", Path: path})
}

// plainQuery is what may stand in a query as it is.
var plainQuery = regexp.MustCompile(`^[\w.$:/,-]*$`)

// list is a GET of a collection with filters, order and pages.
func (w *walk) list(k *kind) {
	if w.rng.IntN(8) == 0 {
		k = w.lb
	}
	user, path := w.user(), w.fill(k.path, nil)
	var query []string
	for range w.rng.IntN(3) {
		query = append(query, w.filter(k))
	}
	query = append(query, w.page(k)...)
	if w.rng.IntN(3) == 0 {
		query = append(query, w.one([]string{"fields=name", "fields=id&fields=name", "fields=tenant_id", "fields=bogus", "fields=tags", "fields=id,name"}))
	}
	if user != owner { // others may be at work elsewhere
		query = append(query, "project_id=$project2")
	}
	w.rng.Shuffle(len(query), func(i, j int) { query[i], query[j] = query[j], query[i] })
	if len(query) > 0 {
		path += "?" + strings.Join(query, "&")
	}
	w.add(Step{As: user, Verb: "GET", Path: path})
}

// filter is an attribute with a value that something may have, or cannot have.
func (w *walk) filter(k *kind) string {
	all := append(slices.Clone(k.need), k.may...)
	a := all[w.rng.IntN(len(all))]
	name, value := a.name, strings.Trim(w.fill(w.usual(a), nil), `"`)
	if things := w.made[k.name]; len(things) > 0 && w.rng.IntN(2) == 0 {
		body := things[w.rng.IntN(len(things))].body
		s := body[w.rng.IntN(len(body))]
		name, value = s.name, strings.Trim(s.value, `"`)
	}
	if value == "null" || !plainQuery.MatchString(value) {
		value = w.one([]string{"", "None", "true", "0", "x", "$project2"})
	}
	switch w.rng.IntN(12) {
	case 0:
		name = w.one([]string{"provisioning_status", "operating_status", "id", "created_at", "tenant_id", "bogus", "vip_address", "pool_id", "listener_id", "healthmonitor_id", "load_balancer_id", "all_projects"})
		value = w.one([]string{"ACTIVE", "active", "ONLINE", value, w.pick(k.name)})
	case 1:
		return w.one([]string{"tags", "tags-any", "not-tags", "not-tags-any"}) + "=" + w.one([]string{"a", "b,a", "A", "x", "", "a,x", "c"})
	case 2:
		return name + "=" + value + "&" + name + "=" + value
	}
	return name + "=" + value
}

// page is an order and a page of it. What has the same place in the order is told apart by name, or by value.
func (w *walk) page(k *kind) []string {
	if w.rng.IntN(2) == 0 {
		return nil
	}
	last := "name"
	if k.name == "rule" {
		last = "value"
	}
	all := append(slices.Clone(k.need), k.may...)
	order := w.one([]string{"", "", all[w.rng.IntN(len(all))].name + w.one([]string{"", ":asc", ":desc", ":up"}) + ",", "provisioning_status,", "bogus,", "id:desc,"})
	query := []string{"sort=" + order + last + w.one([]string{"", ":asc", ":desc"})}
	if w.rng.IntN(10) == 0 {
		query = []string{"sort_key=" + last + "&sort_dir=" + w.one([]string{"asc", "desc", "up"})}
	}
	if w.rng.IntN(2) == 0 {
		query = append(query, "limit="+w.one([]string{"1", "1", "2", "3", "0", "-1", "x", "1000", "2000", "infinite", "1.5", ""}))
	}
	if w.rng.IntN(2) == 0 {
		query = append(query, "marker="+w.pick(k.name))
	}
	if w.rng.IntN(3) == 0 {
		query = append(query, "page_reverse="+w.one([]string{"True", "True", "true", "False", "1", ""}))
	}
	return query
}

// oddity is a request that no client sends: a body or a method or a path that is wrong as a whole.
func (w *walk) oddity(k *kind) {
	collection, item := w.fill(k.path, nil), w.item(k)
	body := w.one([]string{
		``, `{}`, `null`, `[]`, `{`, `"x"`, `5`, `{"` + k.name + `": null}`, `{"` + k.name + `": []}`, `{"` + k.name + `": {}}`, `{"` + k.name + `": "x"}`,
		`{"` + k.name + `s": {}}`, `{"` + k.name + `": {}, "x": 1}`, `{"` + k.name + `": [{}]}`,
	})
	switch w.rng.IntN(6) {
	case 0:
		w.add(Step{As: w.user(), Verb: "POST", Path: collection, Body: body})
	case 1, 2:
		w.add(Step{As: w.user(), Verb: "PUT", Path: item, Body: body})
	case 3:
		w.add(Step{As: w.user(), Verb: w.one([]string{"PUT", "DELETE", "PATCH", "OPTIONS"}), Path: collection, Body: body})
	case 4:
		w.add(Step{As: w.user(), Verb: w.one([]string{"POST", "PATCH", "OPTIONS"}), Path: item, Body: body})
	default:
		w.add(Step{As: w.user(), Verb: "GET", Path: w.one([]string{
			strings.TrimPrefix(item, "lbaas/"), "/v2.0/" + item, collection + "/", "/v1/" + item, "lbaas/" + k.name, item + "/" + nowhere,
		})})
	}
}
