// SPDX-License-Identifier: Apache-2.0

package fake

import (
	"cmp"
	"iter"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/octaviakit/octaviakit/fake/internal/rest"
	"github.com/octaviakit/octaviakit/provider"
)

// listing is what a GET on a collection asks for.
type listing[T thing] struct {
	view    *view[T]
	q       *request
	limit   int // 0: unlimited
	keys    []sortKey
	filters map[string]string
	twice   bool // a filter is there more than once, which the database finds out
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

// list answers a GET on a collection: filters, sorting, a page of it and the links, in Octavia's order
// (octavia/api/common/pagination.py). Limit and order have been read before, see paged.
func list[T thing](v *view[T], q *request, all iter.Seq[T], marker func(id string) (T, bool)) (answer, error) {
	l := &listing[T]{view: v, q: q, filters: map[string]string{}, twice: len(q.query["project_id"]) > 1}
	err := l.readFilters()
	if err != nil {
		return answer{}, err
	}
	if l.limit, err = pageLimit(q); err != nil {
		return answer{}, err
	}
	if l.keys, err = sortKeys(q); err != nil {
		return answer{}, err
	}
	if err := l.checkKeys(); err != nil {
		return answer{}, err
	}
	from, err := l.marker(marker)
	if err != nil {
		return answer{}, err
	}
	var found []T
	for o := range all {
		if l.matches(o) {
			found = append(found, o)
		}
	}
	slices.SortStableFunc(found, l.compare)
	page, full, err := l.page(found, from)
	if err != nil {
		return answer{}, err
	}
	shown := make([]object, 0, len(page))
	for _, o := range page {
		shown = append(shown, v.render(o, q.query["fields"]))
	}
	return ok(object{{v.many, shown}, {v.links, l.links(page, full)}})
}

func (l *listing[T]) readFilters() error {
	for _, name := range sortedKeys(l.q.query) {
		if reserved(name) {
			continue
		}
		if err := l.filter(name, l.q.query[name]); err != nil {
			return err
		}
	}
	return l.q.comparable()
}

// comparable: a database fails on a text that none of its columns can hold.
func (q *request) comparable() error {
	for name, values := range q.query {
		if !reserved(name) || strings.Contains(name, "tags") {
			if err := storableText(strings.Join(values, "")); err != nil {
				return err
			}
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
	case len(values) > 1 && l.flag(name, f):
		l.filters[name] = "" // a list is no word for true
	default:
		l.twice = l.twice || len(values) > 1
		l.filters[name] = values[0]
	}
	return nil
}

// flag reports a filter that is read as a word, not as the database would.
func (l *listing[T]) flag(name string, f field[T]) bool {
	return name == "admin_state_up" || name == "enabled" || l.q.release >= provider.Caracal && f.kind == flag
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
	if f.link == computed || f.link == pickled {
		return false
	}
	switch v := f.get(o).(type) {
	case nil:
		return false
	case string:
		return v != "" && rest.Folded(v) == rest.Folded(want) // what was never set is NULL and equals nothing
	case bool:
		if l.flag(f.name, f) {
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
		return slices.ContainsFunc(have, func(h string) bool { return rest.Folded(h) == rest.Folded(t) })
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

func compare(a, b any) int {
	switch {
	case a == nil && b == nil:
		return 0
	case a == nil: // MariaDB sorts NULL before everything
		return -1
	case b == nil:
		return 1
	}
	switch x := a.(type) {
	case string:
		y, _ := b.(string)
		return rest.Collate(x, y)
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
