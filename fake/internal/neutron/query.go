// SPDX-License-Identifier: Apache-2.0

package neutron

import (
	"cmp"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/octaviakit/octaviakit/fake/internal/identity"
	"github.com/octaviakit/octaviakit/fake/internal/rest"
)

// page is the part of a query that is not a filter.
type page struct {
	limit   int
	marker  string
	reverse bool
	keys    []string
	desc    []bool
	fields  []string
}

// list answers a collection: visible objects, filtered, sorted, cut to a page, with links to the neighbours.
func (n *Neutron) list(k *kind, who identity.Identity, r *http.Request, base string) (rest.Object, *Error) {
	query := n.query(r)
	pg, err := k.page(query)
	if err != nil {
		return nil, err
	}
	keep, err := k.filter(query)
	if err != nil {
		return nil, err
	}
	views := k.views(who, keep)
	slices.SortStableFunc(views, pg.compare)
	if pg.limit > 0 && pg.marker != "" {
		marker, err := k.find(who, pg.marker)
		switch {
		case err == nil:
			last := k.view(who, marker)
			views = slices.DeleteFunc(views, func(v rest.Object) bool { return pg.compare(v, last) <= 0 })
		case k == n.ports || k == n.networks: // elsewhere what is unknown is no marker
			return nil, err
		}
	}
	full := pg.limit > 0 && len(views) >= pg.limit
	if full {
		views = views[:pg.limit]
	}
	if pg.limit > 0 && pg.reverse {
		slices.Reverse(views)
	}
	answer := rest.Object{}
	if links := pg.links(views, full, r.URL.RawQuery, base); pg.limit > 0 {
		answer[k.plural+"_links"] = links
	}
	for i, v := range views {
		views[i] = rest.Pick(v, pg.fields)
	}
	answer[k.plural] = views
	return answer, nil
}

// views are the objects that the caller may see and wants to.
func (k *kind) views(who identity.Identity, keep func(rest.Object) bool) []rest.Object {
	views := []rest.Object{}
	for _, it := range k.sorted() {
		if !k.sees(who, it) {
			continue
		}
		if v := k.view(who, it); keep(v) {
			views = append(views, v)
		}
	}
	return views
}

// query is what is asked for. Before 2023.1 filters by no tags were none; later they look for a tag without letters.
func (n *Neutron) query(r *http.Request) url.Values {
	query := r.URL.Query()
	for _, name := range []string{"tags", "tags-any", "not-tags", "not-tags-any"} {
		if n.env.Lenient && query.Has(name) && query.Get(name) == "" {
			query.Del(name)
		}
	}
	return query
}

func (k *kind) page(q url.Values) (page, *Error) {
	pg := page{marker: q.Get("marker"), keys: q["sort_key"], fields: q["fields"]}
	pg.reverse = strings.EqualFold(q.Get("page_reverse"), "true")
	if s := q.Get("limit"); s != "" {
		limit, err := strconv.Atoi(s)
		if err != nil || limit < 0 {
			return pg, badRequest("limit", "Limit must be an integer 0 or greater and not '%s'.", s)
		}
		pg.limit = limit
	}
	if len(pg.keys) != len(q["sort_dir"]) {
		return pg, malformed("The number of sort_keys and sort_dirs must be same")
	}
	for i, dir := range q["sort_dir"] {
		if _, ok := k.attrs[pg.keys[i]]; !ok {
			return pg, malformed("['%s'] is invalid attribute for sort_keys", pg.keys[i])
		}
		if dir != "asc" && dir != "desc" {
			return pg, malformed("['%s'] is invalid value for sort_dirs, valid value is 'asc' and 'desc'", dir)
		}
		pg.desc = append(pg.desc, dir == "desc")
	}
	if !slices.Contains(pg.keys, "id") {
		pg.keys, pg.desc = append(pg.keys, "id"), append(pg.desc, false)
	}
	return pg, nil
}

func (pg page) compare(a, b rest.Object) int {
	for i, key := range pg.keys {
		c := order(a[key], b[key])
		if pg.desc[i] {
			c = -c
		}
		if pg.reverse {
			c = -c
		}
		if c != 0 {
			return c
		}
	}
	return 0
}

// order is MariaDB's: null first, numbers by value, text without regard to case.
func order(a, b any) int {
	if a == nil || b == nil {
		return cmp.Compare(rank(a), rank(b))
	}
	x, okX := number(a)
	y, okY := number(b)
	if okX && okY {
		return cmp.Compare(x, y)
	}
	return cmp.Compare(strings.ToLower(repr(a)), strings.ToLower(repr(b)))
}

func rank(v any) int {
	if v == nil {
		return 0
	}
	return 1
}

// number takes what a view computes, too, which has not been through JSON.
func number(v any) (float64, bool) {
	switch v := v.(type) {
	case float64:
		return v, true
	case int:
		return float64(v), true
	default:
		return 0, false
	}
}

// links name the pages before and after; Neutron offers one whenever it cannot know that there is none.
func (pg page) links(views []rest.Object, full bool, raw, base string) []rest.Object {
	link := func(rel string, at int, tail string) rest.Object {
		var parts []string
		for _, p := range strings.Split(raw, "&") {
			if !strings.HasPrefix(p, "marker=") && !strings.HasPrefix(p, "page_reverse=") {
				parts = append(parts, p)
			}
		}
		if len(views) > 0 {
			parts = append(parts, fmt.Sprintf("marker=%s", views[at]["id"]))
		}
		return rest.Object{"rel": rel, "href": base + "?" + strings.Join(parts, "&") + tail}
	}
	links := []rest.Object{}
	if full || pg.reverse {
		links = append(links, link("next", len(views)-1, ""))
	}
	if full || !pg.reverse {
		links = append(links, link("previous", 0, "&page_reverse=True"))
	}
	return links
}
