// SPDX-License-Identifier: Apache-2.0

package fake

import (
	"cmp"
	"iter"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"
)

// pageLimit is Octavia's pagination_max_limit, and what a request without a limit gets.
const pageLimit = 1000

// listing is what a GET on a collection asks for.
type listing[T thing] struct {
	view    *view[T]
	q       *request
	limit   int // 0: unlimited
	asked   bool
	filters map[string]string
}

// reserved are the query arguments that are no filters.
func reserved(name string) bool {
	switch name {
	case "fields", "limit", "marker", "sort", "sort_key", "sort_dir", "page_reverse", "project_id",
		"tags", "tags-any", "not-tags", "not-tags-any":
		return true
	}
	return false
}

// list answers a GET on a collection: filters, sorting, a page of it and the links.
func list[T thing](v *view[T], q *request, all iter.Seq[T]) (answer, error) {
	l := &listing[T]{view: v, q: q}
	if err := l.parse(); err != nil {
		return answer{}, err
	}
	var found []T
	for o := range all {
		if l.matches(o) {
			found = append(found, o)
		}
	}
	if err := l.sort(found); err != nil {
		return answer{}, err
	}
	page, full, err := l.page(found)
	if err != nil {
		return answer{}, err
	}
	shown := make([]object, 0, len(page))
	for _, o := range page {
		shown = append(shown, v.render(o, q.query["fields"]))
	}
	return ok(object{{v.many, shown}, {v.links, l.links(page, full)}})
}

func (l *listing[T]) parse() error {
	l.limit = pageLimit
	if raw := l.q.query.Get("limit"); raw != "" {
		n, err := strconv.Atoi(raw)
		switch {
		case raw == "infinite":
			n = 0
		case err != nil:
			return routing(http.StatusBadRequest, "Bad Request", "Supplied pagination limit '"+raw+"' is not valid.")
		}
		l.asked = true
		l.limit = min(max(n, 0), pageLimit)
	}
	l.filters = map[string]string{}
	for _, name := range sortedKeys(l.q.query) {
		if reserved(name) {
			continue
		}
		f, known := l.view.field(name)
		if !known || name == "tenant_id" {
			return badRequest("One or more arguments are either duplicate or invalid")
		}
		values := l.q.query[name]
		if f.collection() {
			return serverError("Can't compare a collection to an object or collection; use contains() to test for membership.")
		}
		if len(values) > 1 {
			return errUnknown()
		}
		l.filters[name] = values[0]
	}
	return nil
}

// collection reports attributes that Octavia fails to compare.
func (f field[T]) collection() bool {
	switch f.name {
	case "listeners", "pools", "members", "rules", "l7policies", "loadbalancers", "insert_headers",
		"sni_container_refs", "additional_vips", "vip_sg_ids", "allowed_cidrs", "session_persistence":
		return true
	}
	return false
}

func (l *listing[T]) matches(o T) bool {
	for _, name := range sortedKeys(l.filters) {
		f, _ := l.view.field(name)
		if !equals(f.get(o), l.filters[name]) {
			return false
		}
	}
	return l.q.tagged(o.base().tags)
}

func equals(value any, want string) bool {
	switch v := value.(type) {
	case nil:
		return false
	case string:
		return v == want && v != "" // what was never set is NULL and equals nothing
	case bool:
		b, _ := boolWord(want)
		return v == b
	case time.Time:
		return !v.IsZero() && v.UTC().Format(timeLayout) == want
	case *int:
		return v != nil && strconv.Itoa(*v) == want
	default:
		return pyStr(v) == want
	}
}

// tagged applies the four tag filters.
func (q *request) tagged(have []string) bool {
	want := func(name string) []string {
		var all []string
		for _, v := range q.query[name] {
			all = append(all, strings.Split(v, ",")...)
		}
		return all
	}
	has := func(t string) bool { return slices.Contains(have, t) }
	lacks := func(t string) bool { return !has(t) }
	if all := want("tags"); slices.ContainsFunc(all, lacks) {
		return false
	}
	if some := want("tags-any"); len(some) > 0 && !slices.ContainsFunc(some, has) {
		return false
	}
	if all := want("not-tags"); len(all) > 0 && !slices.ContainsFunc(all, lacks) {
		return false
	}
	return !slices.ContainsFunc(want("not-tags-any"), has)
}

type sortKey struct {
	name string
	desc bool
}

// sort orders by what was asked for, then by creation.
func (l *listing[T]) sort(found []T) error {
	keys, err := l.sortKeys()
	if err != nil {
		return err
	}
	if len(keys) == 0 {
		return nil // the store is in order of creation
	}
	slices.SortStableFunc(found, func(a, b T) int {
		for _, k := range keys {
			f, _ := l.view.field(k.name)
			n := compare(f.get(a), f.get(b))
			if k.desc {
				n = -n
			}
			if n != 0 {
				return n
			}
		}
		return cmp.Compare(a.base().seq, b.base().seq)
	})
	return nil
}

func (l *listing[T]) sortKeys() ([]sortKey, error) {
	var keys []sortKey
	dir := l.q.query.Get("sort_dir")
	spec := l.q.query.Get("sort")
	if spec == "" {
		spec = l.q.query.Get("sort_key")
	}
	if spec == "" {
		return nil, nil
	}
	for part := range strings.SplitSeq(spec, ",") {
		name, d, given := strings.Cut(part, ":")
		if !given {
			d = dir
		}
		if d != "" && d != "asc" && d != "desc" {
			return nil, routing(http.StatusBadRequest, "Bad Request", "Supplied sort direction '"+d+"' is not valid.")
		}
		f, known := l.view.field(name)
		switch {
		case !known || f.collection():
			return nil, badRequest("Supplied sort key '%s' is not valid.", name)
		case name == "tags":
			return nil, serverError("GROUP BY / OF / etc. expression expected, got <property object at 0x7f0000000000>.")
		}
		keys = append(keys, sortKey{name, d == "desc"})
	}
	return keys, nil
}

func compare(a, b any) int {
	switch x := a.(type) {
	case string:
		y, _ := b.(string)
		return cmp.Compare(x, y)
	case int:
		y, _ := b.(int)
		return cmp.Compare(x, y)
	case time.Time:
		y, _ := b.(time.Time)
		return x.Compare(y)
	case *int:
		y, _ := b.(*int)
		return compareNull(x, y)
	default:
		return cmp.Compare(pyStr(a), pyStr(b))
	}
}

// compareNull: MariaDB sorts NULL before every number.
func compareNull(x, y *int) int {
	switch {
	case x == nil && y == nil:
		return 0
	case x == nil:
		return -1
	case y == nil:
		return 1
	}
	return cmp.Compare(*x, *y)
}

// page cuts what was found. With page_reverse Octavia cuts from the start of what lies
// before the marker, not from its end: the result is not the page before it.
func (l *listing[T]) page(found []T) (page []T, full bool, err error) {
	marker := l.q.query.Get("marker")
	if marker != "" {
		at := slices.IndexFunc(found, func(o T) bool { return o.base().id == marker })
		if at < 0 {
			return nil, false, badRequest("Supplied pagination marker '%s' is not valid.", marker)
		}
		if l.q.query.Get("page_reverse") == "True" {
			found = found[:at]
		} else {
			found = found[at+1:]
		}
	}
	switch {
	case l.limit == 0:
		return found, true, nil
	case len(found) >= l.limit:
		return found[:l.limit], true, nil
	default:
		return found, false, nil
	}
}

// links are Octavia's own, defects included: filters, fields and sort_dir get lost, and
// there is a next link whenever the page is full, even the last one.
func (l *listing[T]) links(page []T, full bool) []object {
	out := []object{}
	href := func(rel, marker string, reverse bool) {
		query := "limit=None"
		if l.limit > 0 {
			query = "limit=" + strconv.Itoa(l.limit)
		}
		for _, k := range []string{"sort", "sort_key"} {
			if s := l.q.query.Get(k); s != "" {
				query += "&" + k + "=" + s
			}
		}
		query += "&marker=" + marker
		if reverse {
			query += "&page_reverse=True"
		}
		out = append(out, object{{"rel", rel}, {"href", l.q.base + l.q.path + "?" + query}})
	}
	if len(page) == 0 {
		return out
	}
	if l.q.query.Get("marker") != "" {
		href("previous", page[0].base().id, true)
	}
	if full {
		href("next", page[len(page)-1].base().id, false)
	}
	return out
}
