// SPDX-License-Identifier: Apache-2.0

package fake

import (
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strings"
)

// answer is what a controller returns: a status and, unless the body is empty, a value.
type answer struct {
	status int
	value  any
	empty  bool
}

func ok(v any) (answer, error)        { return answer{status: http.StatusOK, value: v}, nil }
func createdAs(v any) (answer, error) { return answer{status: http.StatusCreated, value: v}, nil }
func empty(status int) (answer, error) {
	return answer{status: status, empty: true}, nil
}

// serveOctavia is what stands before the controllers: size limit, versions, token,
// content types.
func (c *Cloud) serveOctavia(q *request, res *response, path string) {
	if len(q.body) > maxBody {
		res.refuse(&apiError{status: http.StatusRequestEntityTooLarge, env: envPlain, msg: "413 Request Entity Too Large\n\n" +
			"Request is too large. Larger than max_request_body_size (114688).\n\n   "})
		return
	}
	segments := strings.Split(strings.Trim(path, "/"), "/")
	if len(segments) == 1 && segments[0] == "" {
		c.serveVersions(q, res)
		return
	}
	if segments[0] == "healthcheck" && len(segments) == 1 {
		res.refuse(&apiError{status: http.StatusNotFound, env: envPlain, msg: "404 Not Found\n\nThe resource could not be found.\n\n   "})
		return
	}
	if !q.known {
		res.refuse(errUnauthorized(q))
		return
	}
	out, err := c.controllers(q, segments)
	if q.method == http.MethodHead {
		res.WriteHeader(http.StatusMethodNotAllowed)
		return
	}
	var refusal *apiError
	switch {
	case errors.As(err, &refusal):
		res.refuse(refusal)
	case err != nil:
		res.refuse(serverError("%s", err))
	case out.empty:
		res.WriteHeader(out.status)
	default:
		res.json(out.status, out.value)
	}
}

// controllers finds the resource. "/v2" and "/v2.0" are one application, and resources
// answer with and without "/lbaas".
func (c *Cloud) controllers(q *request, segments []string) (answer, error) {
	if q.method == http.MethodOptions {
		return empty(http.StatusOK)
	}
	if err := acceptable(q); err != nil {
		return answer{}, err
	}
	if segments[0] != "v2" && segments[0] != "v2.0" {
		e := errPath()
		e.bare = true
		return answer{}, e
	}
	rest := segments[1:]
	if len(rest) > 0 && (rest[0] == "lbaas" || rest[0] == "octavia") {
		if rest[0] == "octavia" && len(rest) > 1 && rest[1] != "amphorae" {
			return answer{}, errPath()
		}
		rest = rest[1:]
	}
	if len(rest) == 0 {
		if q.method != http.MethodGet {
			return answer{}, errMethod()
		}
		if err := paged(q); err != nil {
			return answer{}, err
		}
		return ok("v2")
	}
	r, found := c.resource(rest[0])
	switch {
	case !found && q.method == http.MethodGet:
		return answer{}, errPath()
	case !found: // pecan's REST controller looks for a method of that name first
		return answer{}, errMethod()
	}
	return r.serve(q, rest[1:])
}

// acceptable checks Accept and Content-Type.
func acceptable(q *request) error {
	if a := q.header.Get("Accept"); strings.Contains(a, "/") &&
		!strings.Contains(a, "application/json") && !strings.Contains(a, "*/*") && !strings.Contains(a, "application/*") {
		return routing(http.StatusNotAcceptable, "Not Acceptable", "Only content type application/json is accepted.")
	}
	kind, _, _ := strings.Cut(q.header.Get("Content-Type"), ";")
	kind = strings.TrimSpace(kind)
	if len(q.body) == 0 || (q.method != http.MethodPost && q.method != http.MethodPut) {
		return nil
	}
	switch kind {
	case "", "application/json", "text/javascript", "application/javascript":
		return nil
	case "application/x-www-form-urlencoded":
		key, _, _ := strings.Cut(string(q.body), "=")
		return badRequest("Unknown argument: \"%s\"", key)
	default:
		return faultf(http.StatusUnsupportedMediaType, "Unknown mimetype: %s", kind)
	}
}

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
	knows  []string // query arguments of a DELETE

	// below are resources under an item, nil where there is none of that name; action are
	// what else can be done with it, by method and name.
	below  func(q *request, id, name string) (*resource, error)
	action map[string]func(q *request, id string) (answer, error) // "GET status"
}

func (r *resource) serve(q *request, rest []string) (answer, error) {
	switch {
	case len(rest) == 0:
		return r.collection(q)
	case len(rest) == 1:
		return r.item(q, rest[0])
	}
	if len(rest) == 2 {
		if act, found := r.action[q.method+" "+rest[1]]; found {
			if err := r.only(q, rest[1]); err != nil {
				return answer{}, err
			}
			return act(q, rest[0])
		}
		for _, m := range []string{http.MethodGet, http.MethodPut} {
			if _, found := r.action[m+" "+rest[1]]; found {
				return answer{}, errMethod()
			}
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
		if err := paged(q); err != nil {
			return answer{}, err
		}
		q.query = url.Values{"fields": {rest[1]}} // what follows the id is taken for the next argument
		return r.get(q, rest[0])
	case q.method == http.MethodPut && r.update == nil:
		return answer{}, errMethod()
	default:
		return answer{}, errPath()
	}
}

// only refuses arguments of an action. Capabilities alone have some of their own.
func (r *resource) only(q *request, action string) error {
	if err := paged(q); err != nil || strings.HasSuffix(action, "_capabilities") {
		return err
	}
	if err := onlyArguments(q); err != nil && action == "failover" { // it would take any, and does not know of which type
		return serverError("'NoneType' object has no attribute 'datatype'")
	}
	return onlyArguments(q)
}

func (r *resource) collection(q *request) (answer, error) {
	if err := paged(q); err != nil && r.list != nil {
		return answer{}, err
	}
	switch {
	case q.method == http.MethodGet && r.list != nil:
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
		return answer{}, badRequest("Missing argument: \"id\"")
	default:
		return answer{}, errMethod()
	}
}

// updateNothing: a body is read before the id is missed.
func (r *resource) updateNothing(q *request) error {
	var refused *apiError
	if len(q.body) > 0 {
		if _, err := r.update(q, ""); errors.As(err, &refused) && refused.status == http.StatusBadRequest && !refused.late {
			return refused
		}
	}
	return badRequest("Missing argument: \"id\"")
}

func (r *resource) item(q *request, id string) (answer, error) {
	if err := paged(q); err != nil && r.get != nil {
		return answer{}, err
	}
	switch {
	case q.method == http.MethodGet && r.get != nil:
		return r.get(q, id)
	case q.method == http.MethodPut && r.update != nil:
		if err := onlyArguments(q); err != nil {
			return answer{}, err
		}
		return r.updateItem(q, id)
	case q.method == http.MethodDelete && r.remove != nil:
		if err := onlyArguments(q, r.knows...); err != nil {
			return answer{}, err
		}
		return r.remove(q, id)
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

// onlyArguments refuses query arguments that a mutation does not know.
func onlyArguments(q *request, known ...string) error {
	unknown := slices.DeleteFunc(sortedKeys(q.query), func(k string) bool { return slices.Contains(known, k) })
	if len(unknown) > 0 {
		return badRequest("Unknown argument: \"%s\"", strings.Join(unknown, ", "))
	}
	return nil
}
