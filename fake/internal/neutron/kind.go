// SPDX-License-Identifier: Apache-2.0

package neutron

import (
	"bytes"
	"encoding/json"
	"maps"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/octaviakit/octaviakit/fake/internal/identity"
	"github.com/octaviakit/octaviakit/fake/internal/rest"
)

// item is one stored object: what all kinds share, and its own body. A body is replaced, never changed in place, so
// that copies of it stay what they were.
type item struct {
	id, project      string
	seq, revision    int
	created, updated time.Time
	tags             []string
	body             any // *Port, *Network, …
}

// kind is a type of object with its rules. The generic half of the API (bodies, lists, tags, rights) is the same for
// all; what is peculiar to a kind hangs in its functions, any of which may be nil.
type kind struct {
	name, plural, path string
	missing            func(id string) *Error
	attrs              map[string]attr
	fresh              func() any                     // a body with the defaults
	decode             func(rest.Object) (any, error) // a body from its JSON
	items              map[string]*item
	born               int // the revision of a new object

	visible func(who identity.Identity, it *item) bool
	more    func(who identity.Identity, it *item, view rest.Object) // computed fields
	create  func(who identity.Identity, it *item, given rest.Object) *Error
	update  func(who identity.Identity, it *item, next any, given rest.Object) *Error
	remove  func(who identity.Identity, it *item) *Error
	settle  func(it *item) // what happens once the answer is out
}

func decodeAs[T any](o rest.Object) (any, error) {
	body, err := json.Marshal(o)
	if err != nil {
		return nil, err
	}
	v := new(T)
	return v, json.Unmarshal(body, v)
}

// notFound words a missing object; Neutron ends some of the sentences with a full stop and some without.
func notFound(typ, format string) func(id string) *Error {
	return func(id string) *Error {
		if id == "" {
			id = "None"
		}
		return refuse(http.StatusNotFound, typ, format, id)
	}
}

func isAdmin(who identity.Identity) bool { return who.Has("admin") }

// mayWrite: the default policy of 2023.1 and later lets members of a project write, and readers read; before, whoever was
// of the project could write.
func (n *Neutron) mayWrite(who identity.Identity, project string) bool {
	return isAdmin(who) || who.ProjectID == project && (n.env.Lenient || who.Has("member") || who.Has("manager"))
}

func (k *kind) sees(who identity.Identity, it *item) bool {
	return isAdmin(who) || it.project == who.ProjectID || k.visible != nil && k.visible(who, it)
}

func (k *kind) shows(who identity.Identity, id string) bool {
	_, err := k.find(who, id)
	return err == nil
}

// find returns an object that the caller may see.
func (k *kind) find(who identity.Identity, id string) (*item, *Error) {
	it, ok := k.items[id]
	if !ok || !k.sees(who, it) {
		return nil, k.missing(id)
	}
	return it, nil
}

// owned returns an object that the caller may change, or the refusal of doing verb to it.
func (n *Neutron) owned(k *kind, who identity.Identity, id, verb string) (*item, *Error) {
	it, err := k.find(who, id)
	if err == nil && !n.mayWrite(who, it.project) {
		return nil, forbidden("rule:" + verb + "_" + k.name)
	}
	return it, err
}

// sorted returns the objects in the order of their IDs, as the database would.
func (k *kind) sorted() []*item {
	return slices.SortedFunc(maps.Values(k.items), func(a, b *item) int { return strings.Compare(a.id, b.id) })
}

// byAge returns the objects in the order of their creation.
func (k *kind) byAge() []*item {
	return slices.SortedFunc(maps.Values(k.items), func(a, b *item) int { return a.seq - b.seq })
}

func (k *kind) count(project string) int {
	count := 0
	for _, it := range k.items {
		if it.project == project {
			count++
		}
	}
	return count
}

const stamp = "2006-01-02T15:04:05Z"

// view is the object as the API shows it.
func (k *kind) view(who identity.Identity, it *item) rest.Object {
	v := rest.View(it.body)
	v["tenant_id"] = it.project
	v["tags"] = append([]string{}, it.tags...)
	v["created_at"], v["updated_at"] = it.created.UTC().Format(stamp), it.updated.UTC().Format(stamp)
	v["revision_number"] = it.revision
	if k.more != nil {
		k.more(who, it, v)
	}
	return v
}

// store completes an object and keeps it. Its body must be there.
func (n *Neutron) store(k *kind, it *item) {
	n.seq++
	it.seq, it.created, it.updated = n.seq, n.env.Now(), n.env.Now()
	k.items[it.id] = it
}

// touch notes a change.
func (n *Neutron) touch(it *item) { it.revision, it.updated = it.revision+1, n.env.Now() }

// make validates given as the body of a new object of the caller's and stores it.
func (n *Neutron) make(k *kind, who identity.Identity, given rest.Object) (*item, *Error) {
	project := who.ProjectID
	if p, ok := given["project_id"].(string); ok {
		project = p
	}
	if !n.mayWrite(who, project) {
		return nil, forbidden("rule:create_" + k.name)
	}
	fresh := rest.View(k.fresh())
	if err := k.mayset("create", who, given, fresh); err != nil {
		return nil, err
	}
	if err := n.withinQuota(k, project); err != nil {
		return nil, err
	}
	it := &item{id: n.env.NewID(), project: project, revision: k.born}
	maps.Copy(fresh, given)
	fresh["id"], fresh["project_id"] = it.id, project
	body, err := k.decode(fresh)
	if err != nil {
		return nil, malformed("Body contains invalid data")
	}
	it.body = body
	if k.create != nil {
		if err := k.create(who, it, given); err != nil {
			return nil, err
		}
	}
	n.store(k, it)
	return it, nil
}

// change applies given to an object.
func (n *Neutron) change(k *kind, who identity.Identity, it *item, given rest.Object) *Error {
	if err := k.mayset("update", who, given, nil); err != nil {
		return err
	}
	merged := rest.View(it.body)
	maps.Copy(merged, given)
	next, err := k.decode(merged)
	if err != nil {
		return malformed("Body contains invalid data")
	}
	if k.update != nil {
		if err := k.update(who, it, next, given); err != nil {
			return err
		}
	}
	it.body = next
	n.touch(it)
	return nil
}

// mayset refuses attributes that only an administrator may set. Naming a default value at creation is harmless.
func (k *kind) mayset(verb string, who identity.Identity, given, fresh rest.Object) *Error {
	if isAdmin(who) {
		return nil
	}
	only := admin
	if verb == "update" {
		only |= adminPut
	}
	for _, name := range slices.Sorted(maps.Keys(given)) {
		def, has := fresh[name]
		if k.attrs[name].use&only == 0 || has && sameJSON(def, given[name]) {
			continue
		}
		rule := "rule:" + verb + "_" + k.name
		return forbidden("(" + rule + " and " + rule + ":" + name + ")")
	}
	return nil
}

func sameJSON(a, b any) bool {
	x, errX := json.Marshal(a)
	y, errY := json.Marshal(b)
	return errX == nil && errY == nil && bytes.Equal(x, y)
}
