// SPDX-License-Identifier: Apache-2.0

package fake

import (
	"errors"
	"net/http"
	"strings"
	"unicode/utf8"
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
	segments := strings.Split(strings.TrimSuffix(path, ".json"), "/") // an extension says what to answer with
	if strings.Trim(path, "/") == "" {
		c.serveVersions(q, res)
		return
	}
	if strings.Trim(path, "/") == "healthcheck" {
		res.refuse(&apiError{status: http.StatusNotFound, env: envPlain, msg: "404 Not Found\n\nThe resource could not be found.\n\n   "})
		return
	}
	if !q.known && q.method != http.MethodOptions {
		res.refuse(errUnauthorized(q))
		return
	}
	out, err := c.understood(q, segments)
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

// understood is what comes before any resource is looked for.
func (c *Cloud) understood(q *request, segments []string) (answer, error) {
	switch {
	case q.method == http.MethodOptions:
		return empty(http.StatusOK)
	case !utf8.ValidString(q.path):
		return answer{}, errCrash()
	}
	if err := acceptable(q); err != nil {
		return answer{}, err
	}
	if !utf8.Valid(q.body) || !q.readable {
		return answer{}, routing(http.StatusBadRequest, "Bad Request", "")
	}
	return c.controllers(q, segments)
}

// controllers finds the resource. "/v2" and "/v2.0" are one application, and resources
// answer with and without "/lbaas".
func (c *Cloud) controllers(q *request, segments []string) (answer, error) {
	version := segments[0]
	switch {
	case version == "": // Octavia looks for a resource without a name
		return answer{}, errPath()
	case version != "v2" && version != "v2.0":
		e := errPath()
		e.bare = true
		return answer{}, e
	}
	rest, operators := segments[1:], false
	if len(rest) > 0 && (rest[0] == "lbaas" || rest[0] == "octavia") {
		rest, operators = rest[1:], rest[0] == "octavia"
	}
	if strings.Join(rest, "") == "" {
		return c.root(q)
	}
	if len(rest) > 2 && rest[1] == "lbaas" {
		rest = append(rest[:1:1], rest[2:]...) // what comes first is no name of anything, see reversed
	}
	if r, found := c.resource(rest[0], operators); found {
		return r.serve(q, rest[1:])
	}
	if len(rest) > 1 {
		if r, found := c.resource(rest[1], operators); found {
			return r.reversed(q, rest[0], rest[2:])
		}
	}
	if q.method == http.MethodGet {
		return answer{}, errPath()
	}
	return answer{}, errMethod() // pecan's REST controller looks for a method of that name first
}

// root is what has only a version in its path.
func (c *Cloud) root(q *request) (answer, error) {
	if q.method != http.MethodGet {
		return answer{}, errMethod()
	}
	if err := paged(q); err != nil {
		return answer{}, err
	}
	if _, err := q.arguments("", "", false); err != nil {
		return answer{}, err
	}
	return ok("v2")
}
