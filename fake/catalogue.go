// SPDX-License-Identifier: Apache-2.0

package fake

import (
	"net/http"

	"github.com/octaviakit/octaviakit/provider"
)

// catalogue is the controller that the four resources share.
type catalogue[T thing] struct {
	c          *Cloud
	s          *collection[T]
	v          *view[T]
	arg        string
	first      string // see arg
	post, put  schema
	everyone   bool // may anybody read it?
	build      func(b body) (T, error)
	early      func(b body) error      // what an update looks at before it looks for what it is on
	before     func(o T, b body) error // what it looks at then, whether that is there or not
	change     func(o T, b body) error
	inUse      func(o T) bool
	inUseWords string
}

func (k catalogue[T]) resource() *resource {
	return &resource{
		kind: k.v.word, arg: k.arg, key: k.key(), list: k.list, create: k.create, get: k.get, update: k.update, remove: k.remove,
	}
}

// key is the name of the id, in arguments.
func (k catalogue[T]) key() string {
	if k.arg == "availability_zone_" {
		return "availability_zone_name"
	}
	return k.arg + "id"
}

func (k catalogue[T]) mayRead(q *request) error {
	if k.everyone {
		return k.c.everyone(q)
	}
	return adminOnly(q)
}

func (k catalogue[T]) list(q *request) (answer, error) {
	if err := k.mayRead(q); err != nil {
		return answer{}, err
	}
	return list(k.v, q, k.s.all(), k.s.get)
}

func (k catalogue[T]) get(q *request, id string) (answer, error) {
	if err := k.mayRead(q); err != nil {
		return answer{}, err
	}
	o, found := k.s.get(id)
	if !found {
		return answer{}, notFound(k.v.word, id)
	}
	return ok(k.v.wrap(o, q))
}

func (k catalogue[T]) create(q *request) (answer, error) {
	b, err := q.decode(arg{name: k.arg, wrapper: k.v.one, first: k.first}, k.post)
	if err != nil {
		return answer{}, err
	}
	if err := adminOnly(q); err != nil {
		return answer{}, err
	}
	o, err := k.build(b)
	if err != nil {
		return answer{}, err
	}
	for other := range k.s.all() {
		if other.base().name == o.base().name && o.base().kind != kindProfile {
			return answer{}, conflict("A %s of %s already exists.", resourceWord(o), o.base().name)
		}
	}
	k.c.store.seq++
	o.base().seq = k.c.store.seq
	k.s.add(o)
	return createdAs(k.v.wrap(o, q))
}

func resourceWord(o thing) string {
	if o.base().kind == kindZone {
		return "availability zone"
	}
	return o.base().kind
}

func (k catalogue[T]) update(q *request, id string) (answer, error) {
	b, err := q.decode(arg{name: k.arg, wrapper: k.v.one, first: k.first}, k.put)
	if err != nil {
		return answer{}, err
	}
	if err := adminOnly(q); err != nil {
		return answer{}, err
	}
	if k.early != nil {
		if err := k.early(b); err != nil {
			return answer{}, err
		}
	}
	o, found := k.s.get(id)
	if k.before != nil {
		if err := k.before(o, b); err != nil {
			return answer{}, err
		}
	}
	if !found {
		return answer{}, notFound(k.v.word, id)
	}
	if err := k.change(o, b); err != nil {
		return answer{}, err
	}
	return ok(k.v.wrap(o, q))
}

func (k catalogue[T]) remove(q *request, id string) (answer, error) {
	if err := adminOnly(q); err != nil {
		return answer{}, err
	}
	o, found := k.s.get(id)
	switch {
	case !found && k.c.release <= provider.Epoxy:
		return answer{}, notFound(k.inUseWords, id)
	case !found:
		return answer{}, notFound(k.v.word, id)
	case k.inUse(o):
		return answer{}, conflict("%s %s is in use and cannot be modified.", k.inUseWords, id)
	}
	k.s.remove(o)
	return empty(http.StatusNoContent)
}

func offered(o *common, b body) {
	b.setStr(&o.name, "name")
	b.setStr(&o.description, "description")
	b.setBool(&o.enabled, "enabled")
}
