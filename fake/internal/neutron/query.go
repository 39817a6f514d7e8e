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
	views := []rest.Object{}
	for _, it := range k.sorted() {
		if !k.sees(who, it) {
			continue
		}
		if v := k.view(who, it); keep(v) {
			views = append(views, v)
		}
	}
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

func order(a, b any) int {
	x, okX := a.(float64)
	y, okY := b.(float64)
	if okX && okY {
		return cmp.Compare(x, y)
	}
	return cmp.Compare(repr(a), repr(b))
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

// filter turns a query into a predicate. Values of one name are alternatives, names are all to hold.
func (k *kind) filter(q url.Values) (func(rest.Object) bool, *Error) {
	var tests []func(rest.Object) bool
	for name, values := range q {
		switch name {
		case "limit", "marker", "page_reverse", "sort_key", "sort_dir", "fields":
			continue
		case "tags", "tags-any", "not-tags", "not-tags-any":
			tests = append(tests, tagged(name, values))
			continue
		case "fixed_ips":
			for _, v := range values {
				if !strings.Contains(v, "=") {
					return nil, invalid("'%s' is not of the form <key>=[value].", v)
				}
			}
			tests = append(tests, holding(values))
			continue
		}
		if _, ok := k.attrs[name]; !ok {
			return nil, malformed("['%s'] is invalid attribute for filtering", name)
		}
		alike, err := k.matching(name, values)
		if err != nil {
			return nil, err
		}
		tests = append(tests, alike)
	}
	return func(v rest.Object) bool {
		return !slices.ContainsFunc(tests, func(test func(rest.Object) bool) bool { return !test(v) })
	}, nil
}

func (k *kind) matching(name string, values []string) (func(rest.Object) bool, *Error) {
	wanted := slices.Clone(values)
	if _, ok := rest.View(k.fresh())[name].(bool); ok {
		for i, s := range wanted {
			b, err := boolean(name, s)
			if err != nil {
				return nil, err
			}
			wanted[i] = repr(b)
		}
	}
	alike := func(e any) bool { // as MariaDB compares
		return slices.ContainsFunc(wanted, func(want string) bool { return strings.EqualFold(want, repr(e)) })
	}
	return func(v rest.Object) bool {
		switch have := v[name].(type) {
		case nil:
			return false
		case []any:
			return slices.ContainsFunc(have, alike)
		default:
			return alike(have)
		}
	}, nil
}

func tagged(how string, values []string) func(rest.Object) bool {
	wanted := strings.Split(strings.Join(values, ","), ",")
	return func(v rest.Object) bool {
		tags, _ := v["tags"].([]string)
		some := slices.ContainsFunc(wanted, func(t string) bool { return slices.Contains(tags, t) })
		all := !slices.ContainsFunc(wanted, func(t string) bool { return !slices.Contains(tags, t) })
		switch how {
		case "tags":
			return all
		case "tags-any":
			return some
		case "not-tags":
			return !all
		default:
			return !some
		}
	}
}

// holding is the filter fixed_ips=ip_address=…, subnet_id=… or ip_address_substr=…: one of the port's addresses must
// satisfy all that is asked, by one of the values given for it.
func holding(values []string) func(rest.Object) bool {
	wanted := map[string][]string{}
	for _, s := range values {
		key, want, _ := strings.Cut(s, "=")
		wanted[key] = append(wanted[key], want)
	}
	fits := func(ip rest.Object) bool {
		for key, wants := range wanted {
			alike := func(want string) bool { return repr(ip[key]) == want }
			if key == "ip_address_substr" {
				alike = func(want string) bool { return strings.Contains(repr(ip["ip_address"]), want) }
			}
			if !slices.ContainsFunc(wants, alike) {
				return false
			}
		}
		return true
	}
	return func(v rest.Object) bool {
		ips, _ := v["fixed_ips"].([]any)
		return slices.ContainsFunc(ips, func(e any) bool {
			ip, _ := e.(rest.Object)
			return fits(ip)
		})
	}
}
