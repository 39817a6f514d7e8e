// SPDX-License-Identifier: Apache-2.0

package fake

import (
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strings"
)

// resource is the controller of one collection. What is nil does not exist.
type resource struct {
	list   func(q *request) (answer, error)
	create func(q *request) (answer, error)
	batch  func(q *request) (answer, error) // PUT on the collection
	get    func(q *request, id string) (answer, error)
	update func(q *request, id string) (answer, error)
	remove func(q *request, id string) (answer, error)
	kind   string   // the Python type that a POST on an item fails to make of the id
	arg    string   // its argument's name
	key    string   // the name of the id, if not "id"
	knows  []string // query arguments of a DELETE

	// below are resources under an item, nil where there is none of that name; action are
	// what else can be done with it, by method and name.
	below  func(q *request, id, name string) (*resource, error)
	action map[string]func(q *request, id string) (answer, error) // "GET status"
}

func (r *resource) serve(q *request, rest []string) (answer, error) {
	if q.method == http.MethodGet && len(rest) > 1 && strings.Join(rest, "") == "" {
		return answer{}, r.errNoID()
	}
	rest = slices.DeleteFunc(slices.Clone(rest), func(segment string) bool { return segment == "" })
	switch len(rest) {
	case 0:
		return r.collection(q)
	case 1:
		return r.item(q, rest[0])
	}
	if len(rest) == 2 {
		if act := r.act(q, rest[0], rest[1]); act != nil {
			return act()
		}
	}
	var sub *resource
	if r.below != nil {
		var err error
		if sub, err = r.below(q, rest[0], rest[1]); err != nil {
			return answer{}, err
		}
	}
	switch {
	case sub != nil:
		return sub.serve(q, rest[2:])
	case q.method == http.MethodGet && len(rest) == 2 && r.get != nil:
		return r.picked(q, rest[0], rest[1])
	case q.method == http.MethodPut && r.update == nil:
		return answer{}, errMethod()
	default:
		return answer{}, errPath()
	}
}

// act is what else can be done with an item, nil if that is not what is asked for.
func (r *resource) act(q *request, id, name string) func() (answer, error) {
	if act, found := r.action[q.method+" "+name]; found {
		return func() (answer, error) {
			if err := r.only(q, name); err != nil {
				return answer{}, err
			}
			return act(q, id)
		}
	}
	_, read := r.action["GET "+name]
	if _, written := r.action["PUT "+name]; read || written {
		return func() (answer, error) { return answer{}, errMethod() }
	}
	return nil
}

// picked is a GET on an item with something behind its id, which is taken for the next argument.
func (r *resource) picked(q *request, id, fields string) (answer, error) {
	if err := paged(q); err != nil {
		return answer{}, err
	}
	q.query = url.Values{"fields": {fields}}
	return r.get(q, id)
}

// reversed is a path in which something stands before the collection, and is taken for the id, or for the project of a
// list.
func (r *resource) reversed(q *request, first string, rest []string) (answer, error) {
	switch {
	case len(rest) == 0 && q.method == http.MethodGet:
		q.query["project_id"] = []string{first}
		return r.collection(q)
	case len(rest) == 0:
		return r.item(q, first)
	case len(rest) == 1 && q.method == http.MethodGet && r.get != nil:
		return r.picked(q, first, rest[0])
	}
	return answer{}, errPath()
}

// only refuses arguments of an action. Capabilities alone have some of their own.
func (r *resource) only(q *request, action string) error {
	if err := paged(q); err != nil || strings.HasSuffix(action, "_capabilities") {
		return err
	}
	_, err := q.arguments("", "", false)
	var refused *apiError
	if errors.As(err, &refused) && action == "failover" && strings.HasPrefix(refused.msg, "Unknown argument") {
		return serverError("'NoneType' object has no attribute 'datatype'") // it would take any, and does not know of which type
	}
	return err
}

func (r *resource) errNoID() error { return badRequest("Missing argument: \"%s\"", or(r.key, "id")) }

func (r *resource) collection(q *request) (answer, error) {
	if err := paged(q); err != nil && r.list != nil {
		return answer{}, err
	}
	switch {
	case q.method == http.MethodGet && r.list != nil:
		if _, err := q.arguments("", "", true); err != nil {
			return answer{}, err
		}
		return r.list(q)
	case q.method == http.MethodPost && r.create != nil:
		if err := onlyArguments(q); err != nil {
			return answer{}, err
		}
		return r.create(q)
	case q.method == http.MethodPut && r.batch != nil:
		return r.batch(q)
	case q.method == http.MethodPut && r.update != nil:
		return answer{}, r.updateNothing(q)
	case q.method == http.MethodDelete && r.remove != nil:
		if id, err := q.arguments("", or(r.key, "id"), false, r.knows...); err != nil || id != "" {
			return r.removed(q, id, err)
		}
		return answer{}, r.errNoID()
	default:
		return answer{}, errMethod()
	}
}

// updateNothing: a body is read before the id is missed.
func (r *resource) updateNothing(q *request) error {
	var refused *apiError
	if len(q.body) > 0 {
		if _, err := r.update(q, ""); errors.As(err, &refused) && !refused.late &&
			(refused.status == http.StatusBadRequest || refused.status == http.StatusInternalServerError) {
			return refused
		}
	}
	return r.errNoID()
}

// removed deletes what the arguments name.
func (r *resource) removed(q *request, id string, err error) (answer, error) {
	if err != nil {
		return answer{}, err
	}
	return r.remove(q, id)
}

func (r *resource) item(q *request, id string) (answer, error) {
	if err := paged(q); err != nil && r.get != nil {
		return answer{}, err
	}
	switch {
	case q.method == http.MethodGet && r.get != nil:
		id, err := q.arguments(id, or(r.key, "id"), true)
		if err != nil {
			return answer{}, err
		}
		return r.get(q, id)
	case q.method == http.MethodPut && r.update != nil:
		if err := onlyArguments(q); err != nil {
			return answer{}, err
		}
		return r.updateItem(q, id)
	case q.method == http.MethodDelete && r.remove != nil:
		id, err := q.arguments(id, or(r.key, "id"), false, r.knows...)
		return r.removed(q, id, err)
	case q.method == http.MethodPost && r.create != nil:
		return answer{}, invalidInput(r.arg, id, "unable to convert to "+r.kind+
			". Error: Base.__init__() takes 1 positional argument but 2 were given")
	default:
		return answer{}, errMethod()
	}
}

// updateItem lets a missing object be reported before a missing body.
func (r *resource) updateItem(q *request, id string) (answer, error) {
	out, err := r.update(q, id)
	var late, missing *apiError
	if errors.As(err, &late) && late.late && r.get != nil {
		if _, err := r.get(q, id); errors.As(err, &missing) && missing.status == http.StatusNotFound {
			return answer{}, missing
		}
	}
	return out, err
}
