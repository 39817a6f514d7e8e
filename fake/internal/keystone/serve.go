// SPDX-License-Identifier: Apache-2.0

package keystone

import (
	"fmt"
	"net/http"
	"strings"

	"github.com/octaviakit/octaviakit/fake/internal/identity"
	"github.com/octaviakit/octaviakit/fake/internal/rest"
)

// fault is a refusal in Keystone's envelope.
type fault struct {
	code    int
	message string
	page    bool // HTML in place of JSON
}

func unauthorized() *fault {
	return &fault{code: http.StatusUnauthorized, message: "The request you have made requires authentication."}
}

func forbidden(rule string) *fault {
	return &fault{
		code: http.StatusForbidden, message: "You are not authorized to perform the requested action: identity:" + rule + ".",
	}
}

func missing(what, id string) *fault {
	return &fault{code: http.StatusNotFound, message: fmt.Sprintf("Could not find %s: %s.", what, id)}
}

func unexpected(format string, args ...any) *fault {
	return &fault{code: http.StatusBadRequest, message: fmt.Sprintf(format, args...) + " The server could not comply with the request " +
		"since it is either malformed or otherwise incorrect. The client is assumed to be in error."}
}

// call is one request on its way.
type call struct {
	r     *http.Request
	w     http.ResponseWriter
	who   identity.Identity
	root  string // http://host
	v3    string // root/identity/v3
	parts []string
}

// answer is a status and a body, which may be nil.
type answer struct {
	status int
	body   any
}

// Serve answers a request. The path is what follows /identity, baseURL the scheme and host ("http://127.0.0.1:80").
func (k *Keystone) Serve(w http.ResponseWriter, r *http.Request, path, baseURL string) {
	w.Header().Set("Vary", "X-Auth-Token")
	w.Header().Set("X-Openstack-Request-Id", "req-"+k.env.NewID())
	c := call{r: r, w: w, root: baseURL, v3: baseURL + "/identity/v3"}
	path = strings.Trim(path, "/")
	c.parts = strings.Split(path, "/")[1:]
	if path == "" {
		w.Header().Set("Location", c.v3+"/")
		versions := rest.Object{"values": []rest.Object{c.version()}}
		rest.JSON(w, http.StatusMultipleChoices, rest.Object{"versions": versions})
		return
	}
	if path == "v3" {
		rest.JSON(w, http.StatusOK, rest.Object{"version": c.version()})
		return
	}
	a, err := answer{}, notFound()
	if strings.HasPrefix(path, "v3/") {
		a, err = k.route(c)
	}
	switch {
	case err != nil && err.code == http.StatusMethodNotAllowed:
		rest.JSON(w, err.code, rest.Object{"message": err.message})
	case err != nil && err.page: // it is the web framework's own
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		w.WriteHeader(err.code)
		_, _ = fmt.Fprintf(w, "<!doctype html>\n<html lang=en>\n<title>404 Not Found</title>\n<h1>Not Found</h1>\n<p>%s</p>\n", err.message)
	case err != nil:
		c.refuse(err)
	case a.body == nil || r.Method == http.MethodHead:
		w.WriteHeader(a.status)
	default:
		rest.JSON(w, a.status, a.body)
	}
}

func notFound() *fault {
	return &fault{code: http.StatusNotFound, page: true, message: "The requested URL was not found on the server. If you " +
		"entered the URL manually please check your spelling and try again."}
}

func notAllowed() *fault {
	return &fault{code: http.StatusMethodNotAllowed, message: "The method is not allowed for the requested URL."}
}

func (c call) refuse(f *fault) {
	if f.code == http.StatusUnauthorized {
		c.w.Header().Set("WWW-Authenticate", fmt.Sprintf("Keystone uri=%q", c.v3))
	}
	rest.JSON(c.w, f.code, rest.Object{"error": rest.Object{
		"code": f.code, "message": f.message, "title": http.StatusText(f.code),
	}})
}

func (c call) version() rest.Object {
	return rest.Object{
		"id": "v3.14", "status": "stable", "updated": "2020-04-07T00:00:00Z",
		"links": []rest.Object{{"rel": "self", "href": c.v3 + "/"}},
		"media-types": []rest.Object{
			{"base": "application/json", "type": "application/vnd.openstack.identity-v3+json"},
		},
	}
}

// route serves what lies below /v3. All but asking for a token needs one.
func (k *Keystone) route(c call) (answer, *fault) {
	if len(c.parts) == 2 && c.parts[0] == "auth" && c.parts[1] == "tokens" && c.r.Method == http.MethodPost {
		return k.authenticate(c)
	}
	var ok bool
	if c.who, ok = k.Identify(c.r.Header.Get("X-Auth-Token")); !ok {
		return answer{}, unauthorized()
	}
	switch c.parts[0] {
	case "auth":
		return k.auth(c)
	case "role_assignments":
		return k.listAssignments(c)
	case "services", "endpoints":
		return k.catalogued(c)
	case "projects":
		if len(c.parts) >= 5 {
			return k.assignment(c)
		}
	case "users":
		if len(c.parts) > 2 {
			return k.ofUser(c)
		}
	case "domains", "system":
		if len(c.parts) > 2 {
			return answer{}, notFound()
		}
	}
	for _, t := range append([]*table{k.projects, k.users, k.roles}, k.fixed...) {
		if t.plural == c.parts[0] && len(c.parts) <= 2 {
			return k.entity(c, t)
		}
	}
	return answer{}, notFound()
}

// withLink shows an entity as the API does.
func (c call) withLink(plural string, row rest.Object) rest.Object {
	return filled(rest.Object{"links": rest.Object{"self": fmt.Sprintf("%s/%s/%s", c.v3, plural, row["id"])}}, row)
}

// collection is a whole list, in Keystone's envelope.
func (c call) collection(plural string, rows []rest.Object) answer {
	self := c.v3 + "/" + strings.Join(c.parts, "/")
	if c.r.URL.RawQuery != "" {
		self += "?" + c.r.URL.RawQuery
	}
	return answer{http.StatusOK, rest.Object{
		plural: rows, "links": rest.Object{"next": nil, "previous": nil, "self": self},
	}}
}
