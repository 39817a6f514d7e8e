// SPDX-License-Identifier: Apache-2.0

package fake

import (
	"cmp"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/octaviakit/octaviakit/provider"
)

// maxPage is Octavia's pagination_max_limit, and what a request without a limit gets.
const maxPage = 1000

// pageLimit is 0 for no limit.
func pageLimit(q *request) (int, error) {
	if !q.query.Has("limit") {
		return maxPage, nil
	}
	raw := q.query.Get("limit")
	n, isNumber := pyInt(raw)
	if !isNumber && raw != "infinite" {
		return 0, routing(http.StatusBadRequest, "Bad Request", "Supplied pagination limit '"+raw+"' is not valid.")
	}
	return min(max(n, 0), maxPage), nil
}

type sortKey struct {
	name string
	desc bool
}

// sortKeys reads sort, or sort_key and sort_dir.
func sortKeys(q *request) ([]sortKey, error) {
	var keys []sortKey
	add := func(name, direction string) error {
		d := strings.ToLower(direction)
		if d != "asc" && d != "desc" {
			return routing(http.StatusBadRequest, "Bad Request", "Supplied sort direction '"+d+"' is not valid.")
		}
		keys = append(keys, sortKey{name, d == "desc"})
		return nil
	}
	if spec := q.query.Get("sort"); spec != "" {
		for part := range strings.SplitSeq(spec, ",") {
			words := strings.Split(part, ":")
			if len(words) > 2 {
				return nil, routing(http.StatusBadRequest, "Bad Request", "Supplied sort key '"+pyList(words)+"' is not valid.")
			}
			if err := add(words[0], append(words, "asc")[1]); err != nil {
				return nil, err
			}
		}
		return keys, nil
	}
	var directions []string
	if spec := q.query.Get("sort_dir"); spec != "" {
		directions = strings.Split(spec, ",")
	}
	if spec := q.query.Get("sort_key"); spec != "" {
		for i, name := range strings.Split(spec, ",") {
			if err := add(name, append(directions, slices.Repeat([]string{"asc"}, i+1)...)[i]); err != nil {
				return nil, err
			}
		}
	}
	return keys, nil
}

// paged asks for limit and order, as Octavia does before every GET, whatever it is on.
func paged(q *request) error {
	if q.method != http.MethodGet {
		return nil
	}
	if len(q.query["limit"]) > 1 {
		return errCrash()
	}
	if _, err := pageLimit(q); err != nil {
		return err
	}
	if q.sortedTwice() {
		return errCrash()
	}
	_, err := sortKeys(q)
	return err
}

// sortedTwice reports an argument that is there more than once, a list where Octavia looks for a text.
func (q *request) sortedTwice() bool {
	switch {
	case q.query.Get("sort") != "" || len(q.query["sort"]) > 1:
		return len(q.query["sort"]) > 1
	case q.query.Get("sort_key") == "" && len(q.query["sort_key"]) < 2:
		return false
	}
	return len(q.query["sort_key"]) > 1 || len(q.query["sort_dir"]) > 1
}

// checkKeys asks whether the database can sort by them.
func (l *listing[T]) checkKeys() error {
	for _, k := range l.keys {
		f, known := l.view.field(k.name)
		switch {
		case !known || f.link == unknown || k.name == "tenant_id" || k.name == "loadbalancer_id":
			return badRequest("Supplied sort key '%s' is not valid.", k.name)
		case k.name == "vip_sg_ids" && !l.q.query.Has("marker"):
			return serverError("Can't resolve label reference for ORDER BY / GROUP BY / DISTINCT etc. Textual SQL expression " +
				"'sg_ids' should be explicitly declared as text('sg_ids')")
		case k.name == "tags", f.kind == property:
			return serverError("GROUP BY / OF / etc. expression expected, got <property object at 0x7f0000000000>.")
		}
	}
	return nil
}

// marker finds where a page begins: after something that may be anywhere, whether it is listed or not.
func (l *listing[T]) marker(find func(id string) (T, bool)) (from *T, err error) {
	related := slices.ContainsFunc(l.keys, func(k sortKey) bool {
		f, _ := l.view.field(k.name)
		return f.link != plain && f.link != pickled
	})
	if !l.q.query.Has("marker") {
		if related || l.twice {
			return nil, errUnknown() // what the database says of a relation
		}
		return nil, nil
	}
	if len(l.q.query["marker"]) > 1 {
		return nil, errUnknown()
	}
	id := l.q.query.Get("marker")
	at, found := find(id)
	if !found {
		return nil, badRequest("Supplied pagination marker '%s' is not valid.", id)
	}
	if err := l.markable(); err != nil {
		return nil, err
	}
	if l.twice {
		return nil, errUnknown()
	}
	return &at, nil
}

// markable: Octavia reads the marker's values by the names that the API has for them, then looks up the type of each
// column in a list that is short.
func (l *listing[T]) markable() error {
	for _, k := range l.keys {
		if f, _ := l.view.field(k.name); f.renamed {
			return serverError("'%s' object has no attribute '%s'", l.view.model, k.name)
		}
	}
	for _, k := range l.keys {
		f, _ := l.view.field(k.name)
		switch {
		case f.link != plain && f.link != pickled:
			return serverError("columns")
		case f.kind == flag:
			return serverError("'boolean'")
		case f.kind == decorated:
			return serverError("'type_decorator'")
		case f.kind == fraction:
			return serverError("'float'")
		}
	}
	return nil
}

// compare orders by what was asked for, then by creation, or by id where nothing is known of that.
func (l *listing[T]) compare(a, b T) int {
	for _, k := range l.keys {
		f, _ := l.view.field(k.name)
		n := compare(f.get(a), f.get(b))
		if k.desc {
			n = -n
		}
		if n != 0 {
			return n
		}
	}
	if _, timed := l.view.field("created_at"); !timed {
		return cmp.Compare(a.base().id, b.base().id)
	}
	return cmp.Compare(a.base().seq, b.base().seq)
}

// page cuts what was found. With page_reverse Octavia cuts from the start of what lies
// before the marker, not from its end: the result is not the page before it.
func (l *listing[T]) page(found []T, from *T) (page []T, full bool, err error) {
	if from != nil {
		side := 1
		if l.q.query.Get("page_reverse") == "True" {
			side = -1
		}
		found = slices.DeleteFunc(found, func(o T) bool { return l.compare(o, *from)*side <= 0 })
	}
	switch {
	case l.limit == 0 && l.q.release < provider.Dalmatian && len(found) > 0:
		return nil, false, serverError("'>=' not supported between instances of 'int' and 'NoneType'")
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
