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

	"github.com/octaviakit/octaviakit/provider"
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
		if err := l.filter(name, l.q.query[name]); err != nil {
			return err
		}
	}
	return nil
}

func (l *listing[T]) filter(name string, values []string) error {
	f, known := l.view.field(name)
	switch {
	case !known, name == "tenant_id", f.link == unknown:
		return badRequest("One or more arguments are either duplicate or invalid")
	case f.link == many:
		return serverError("Can't compare a collection to an object or collection; use contains() to test for membership.")
	case f.link == one:
		return serverError("Mapped instance expected for relationship comparison to object.   Classes, queries and other SQL "+
			"elements are not accepted in this context; for comparison with a subquery, use %s.%s.has(**criteria).", l.view.model, name)
	case f.link == ignored:
	case len(values) > 1:
		return errUnknown()
	default:
		l.filters[name] = values[0]
	}
	return nil
}

func (l *listing[T]) matches(o T) bool {
	for _, name := range sortedKeys(l.filters) {
		f, _ := l.view.field(name)
		if !l.equals(f, o) {
			return false
		}
	}
	return l.q.tagged(o.base().tags)
}

// equals compares as MariaDB does: text without regard to case and trailing spaces, and
// numbers with what a text begins with.
func (l *listing[T]) equals(f field[T], o T) bool {
	want := l.filters[f.name]
	if f.link == computed {
		return false
	}
	switch v := f.get(o).(type) {
	case nil:
		return false
	case string:
		return v != "" && folded(v) == folded(want) // what was never set is NULL and equals nothing
	case bool:
		if f.name == "admin_state_up" || f.name == "enabled" || l.q.release >= provider.Caracal {
			b, _ := boolWord(want)
			return v == b
		}
		n := 0.0 // a column of numbers, and "true" is none
		if v {
			n = 1
		}
		return n == leadingNumber(want)
	case time.Time:
		return !v.IsZero() && v.UTC().Format(timeLayout) == want
	case int:
		return float64(v) == leadingNumber(want)
	case *int:
		return v != nil && float64(*v) == leadingNumber(want)
	default:
		return pyStr(v) == want
	}
}

// folded is the text that MariaDB takes for the same.
func folded(s string) string { return strings.ToLower(strings.TrimRight(s, " ")) }

// leadingNumber is what MariaDB makes of a text that it compares with a number.
func leadingNumber(s string) float64 {
	s = strings.TrimSpace(s)
	for n := len(s); n > 0; n-- {
		if f, err := strconv.ParseFloat(s[:n], 64); err == nil && !strings.ContainsAny(s[:n], "xXpP_nNiI") {
			return f
		}
	}
	return 0
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
	has := func(t string) bool {
		return slices.ContainsFunc(have, func(h string) bool { return folded(h) == folded(t) })
	}
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
		case !known || f.link != plain:
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
		return cmp.Compare(folded(x), folded(y))
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
