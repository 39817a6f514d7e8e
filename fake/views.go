// SPDX-License-Identifier: Apache-2.0

package fake

import "slices"

// field is one attribute of an answer; it also says what can be filtered and sorted by.
type field[T any] struct {
	name   string
	since  int
	hidden bool // filters and sorts, but is not shown
	absent bool // left out when null
	link   link
	kind   columnType
	get    func(T) any

	renamed bool // the database has another name for it
}

// columnType is the type of a database's column, as far as it makes a difference.
type columnType uint8

const (
	ordinary  columnType = iota
	flag                 // true or false
	decorated            // a list or a map in one column
	fraction
	property // no column, but made from others
)

// link is what an attribute is to Octavia's database, where it is no column. It shows when
// lists are filtered and sorted by it.
type link uint8

const (
	plain    link = iota
	many          // other objects: comparing fails
	one           // another object: comparing fails with other words
	computed      // comparing finds nothing
	pickled       // the same, of a column that can be sorted by
	ignored       // comparing finds everything
	unknown       // no attribute of the database's at all
)

// view is how one kind of object is shown.
type view[T thing] struct {
	one, many, links string
	word             string // what a missing one is called
	model            string // the Python class of its rows
	fields           []field[T]
}

// render shows an object, restricted to some fields if any are named.
func (v *view[T]) render(o T, only []string) object {
	out := make(object, 0, len(v.fields))
	for _, f := range v.fields {
		if f.hidden || (len(only) > 0 && (!slices.Contains(only, f.name) || f.name == "tenant_id")) {
			continue // tenant_id is added late, and never to what was chosen
		}
		value := f.get(o)
		if f.absent && value == nil {
			continue
		}
		out = append(out, pair{f.name, value})
	}
	return out
}

func (v *view[T]) wrap(o T, q *request) object {
	var only []string
	if q != nil && q.method == "GET" {
		only = q.query["fields"]
	}
	return object{{v.one, v.render(o, only)}}
}

func (v *view[T]) field(name string) (field[T], bool) {
	i := slices.IndexFunc(v.fields, func(f field[T]) bool { return f.name == name })
	if i < 0 {
		return field[T]{}, false
	}
	return v.fields[i], true
}

func upTo[T thing](minor int, v *view[T]) *view[T] {
	v.fields = slices.DeleteFunc(v.fields, func(f field[T]) bool { return f.since > minor })
	return v
}

// views are all of them, as of an API minor.
type views struct {
	lb       *view[*loadBalancer]
	listener *view[*listener]
	pool     *view[*pool]
	member   *view[*member]
	monitor  *view[*monitor]
	policy   *view[*l7policy]
	rule     *view[*l7rule]
	amphora  *view[*amphora]
	flavor   *view[*flavor]
	fprofile *view[*profile]
	zone     *view[*zone]
	zprofile *view[*profile]
}

func newViews(minor int) *views {
	return &views{
		lb: upTo(minor, lbView()), listener: upTo(minor, listenerView()), pool: upTo(minor, poolView()),
		member: upTo(minor, memberView()), monitor: upTo(minor, monitorView()),
		policy: upTo(minor, policyView()), rule: upTo(minor, ruleView()),
		amphora: upTo(minor, amphoraView()), flavor: flavorView(), zone: zoneView(),
		fprofile: profileView("flavorprofile", "Flavor Profile", "flavor_data", "flavorprofile_links"),
		zprofile: profileView("availability_zone_profile", "Availability Zone Profile", "availability_zone_data", "availability_zone_profile_links"),
	}
}

// null shows an empty string as null.
func null(s string) any {
	if s == "" {
		return nil
	}
	return s
}

// noneIfEmpty shows an empty list as null.
func noneIfEmpty(list []string) any {
	if len(list) == 0 {
		return nil
	}
	return list
}

// numberOrNull shows zero as null.
func numberOrNull(n int) any {
	if n == 0 {
		return nil
	}
	return n
}

func flagOrNull(b *bool) any {
	if b == nil {
		return nil
	}
	return *b
}

// noneIfNil shows a list as it was sent.
func noneIfNil(list []string) any {
	if list == nil {
		return nil
	}
	return list
}

func refs[T thing](list []T) []object {
	out := make([]object, 0, len(list))
	for _, o := range list {
		out = append(out, ref(o.base().id))
	}
	return out
}

func ref(id string) object { return object{{"id", id}} }

func idOf[T interface {
	comparable
	thing
}](o T) any {
	var none T
	if o == none {
		return nil
	}
	return o.base().id
}

// of lifts a field of what all objects have.
func of[T thing](name string, get func(*common) any) field[T] {
	return field[T]{name: name, get: func(o T) any { return get(o.base()) }}
}

func idField[T thing]() field[T] { return of[T]("id", func(o *common) any { return o.id }) }

// linked is a hidden attribute that is no column.
func linked[T thing](name string, l link) field[T] {
	return field[T]{name: name, hidden: true, link: l, get: func(T) any { return nil }}
}

// enabledField is admin_state_up by its name in the database, which filters take as well.
func enabledField[T thing]() field[T] {
	f := of[T]("enabled", func(o *common) any { return o.enabled })
	f.hidden, f.kind = true, flag
	return f
}

// alias is a hidden attribute under the database's own name.
func alias[T thing](name string, get func(T) any) field[T] {
	return field[T]{name: name, hidden: true, get: get}
}

func nameField[T thing]() field[T] { return of[T]("name", func(o *common) any { return o.name }) }

func descriptionField[T thing]() field[T] {
	return of[T]("description", func(o *common) any { return o.description })
}

func provField[T thing]() field[T] {
	return of[T]("provisioning_status", func(o *common) any { return o.prov })
}

func operField[T thing]() field[T] {
	return of[T]("operating_status", func(o *common) any { return o.oper })
}

func stateField[T thing]() field[T] {
	f := of[T]("admin_state_up", func(o *common) any { return o.enabled })
	f.kind, f.renamed = flag, true
	return f
}

func projectField[T thing]() field[T] {
	return of[T]("project_id", func(o *common) any { return o.project })
}

// tenantField comes last in every answer and cannot be filtered by.
func tenantField[T thing]() field[T] {
	return of[T]("tenant_id", func(o *common) any { return o.project })
}

func createdField[T thing]() field[T] {
	return of[T]("created_at", func(o *common) any { return o.created })
}

func updatedField[T thing]() field[T] {
	return of[T]("updated_at", func(o *common) any { return o.updated })
}

func tagsField[T thing]() field[T] {
	f := of[T]("tags", func(o *common) any { return o.tags })
	f.since = 5
	return f
}
