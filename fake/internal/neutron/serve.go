// SPDX-License-Identifier: Apache-2.0

package neutron

import (
	"encoding/json"
	"net/http"
	"strings"

	"github.com/octaviakit/octaviakit/fake/internal/identity"
	"github.com/octaviakit/octaviakit/fake/internal/rest"
)

// call is one request on its way.
type call struct {
	r    *http.Request
	who  identity.Identity
	base string // URL of the service, without a trailing slash
	path string // below /v2.0/
}

// answer is what came of it; a settle runs once the answer has been rendered.
type answer struct {
	status int
	body   any // nil: none
	after  func()
}

// Serve answers a request of someone who is known. The path begins below the endpoint: "/", "/v2.0/ports".
func (n *Neutron) Serve(w http.ResponseWriter, r *http.Request, path string, who identity.Identity) {
	w.Header().Set("X-Openstack-Request-Id", "req-"+n.env.NewID())
	c := call{r: r, who: who, base: base(r, path)}
	if path == "" || path == "/" {
		rest.JSON(w, http.StatusOK, c.versions())
		return
	}
	below, ok := strings.CutPrefix(path, "/v2.0/")
	if !ok {
		refusal(w, refuse(http.StatusNotFound, "HTTPNotFound", "The resource could not be found."))
		return
	}
	c.path = strings.TrimSuffix(strings.TrimSuffix(below, "/"), ".json")
	a, err := n.route(c)
	switch {
	case err != nil:
		refusal(w, err)
	case a.body == nil:
		w.WriteHeader(a.status)
	default:
		rest.JSON(w, a.status, a.body)
	}
	if err == nil && a.after != nil {
		a.after()
	}
}

func base(r *http.Request, path string) string {
	scheme := "http"
	if r.TLS != nil {
		scheme = "https"
	}
	host := r.Host
	if host == "" {
		host = r.URL.Host
	}
	return scheme + "://" + host + strings.TrimSuffix(r.URL.Path, path)
}

func refusal(w http.ResponseWriter, err *Error) {
	rest.JSON(w, err.Status, rest.Object{"NeutronError": rest.Object{
		"type": err.Type, "message": err.Message, "detail": "",
	}})
}

func (c call) versions() rest.Object {
	self := []rest.Object{{"rel": "self", "href": c.base + "/v2.0/"}}
	return rest.Object{"versions": []rest.Object{{"id": "v2.0", "status": "CURRENT", "links": self}}}
}

func nowhere() *Error {
	return refuse(http.StatusNotFound, "HTTPNotFound", "The resource could not be found.")
}

func notAllowed() *Error {
	return refuse(http.StatusMethodNotAllowed, "HTTPMethodNotAllowed", "The server could not comply with the request "+
		"since it is either malformed or otherwise incorrect.")
}

// route finds the kind and what is wanted of it.
func (n *Neutron) route(c call) (answer, *Error) {
	if a, err, ok := n.special(c); ok {
		return a, err
	}
	for _, k := range n.kinds {
		below, ok := strings.CutPrefix(c.path, k.path)
		if !ok || below != "" && below[0] != '/' {
			continue
		}
		parts := strings.Split(strings.TrimPrefix(below, "/"), "/")
		switch {
		case len(parts) == 1 && parts[0] == "":
			return n.collection(k, c)
		case len(parts) == 1:
			return n.object(k, c, parts[0])
		case parts[1] == "tags" && len(parts) <= 3:
			return n.tags(k, c, parts)
		case k == n.routers && len(parts) == 2:
			return n.routerAction(c, parts[0], parts[1])
		}
	}
	return answer{}, nowhere()
}

func (n *Neutron) collection(k *kind, c call) (answer, *Error) {
	switch c.r.Method {
	case http.MethodGet:
		body, err := n.list(k, c.who, c.r, c.base+"/v2.0/"+c.path)
		return answer{status: http.StatusOK, body: body}, err
	case http.MethodPost:
		return n.post(k, c)
	case http.MethodPut, http.MethodDelete:
		return answer{}, k.missing("")
	}
	return answer{}, notAllowed()
}

func (n *Neutron) object(k *kind, c call, id string) (answer, *Error) {
	switch c.r.Method {
	case http.MethodGet:
		it, err := k.find(c.who, id)
		if err != nil {
			return answer{}, err
		}
		view := rest.Pick(k.view(c.who, it), c.r.URL.Query()["fields"])
		return answer{status: http.StatusOK, body: rest.Object{k.name: view}}, nil
	case http.MethodPost: // the ID is overlooked
		return n.post(k, c)
	case http.MethodPut:
		return n.put(k, c, id)
	case http.MethodDelete:
		it, err := n.owned(k, c.who, id, "delete")
		if err == nil && k.remove != nil {
			err = k.remove(c.who, it)
		}
		if err != nil {
			return answer{}, err
		}
		delete(k.items, id)
		return answer{status: http.StatusNoContent}, nil
	}
	return answer{}, notAllowed()
}

// body reads the object under the kind's name, or the objects under its plural.
func (k *kind) body(c call) (one rest.Object, many []any, err *Error) {
	raw := rest.Read(c.r)
	if len(raw) == 0 {
		raw = []byte("{}")
	}
	var body rest.Object
	if json.Unmarshal(raw, &body) != nil || body == nil {
		return nil, nil, malformed("Body contains invalid data")
	}
	if one, ok := body[k.name].(rest.Object); ok {
		return one, nil, nil
	}
	if there := body[k.name]; there != nil {
		return nil, nil, malformed("Object '%s' contains invalid data", k.name)
	}
	if many, ok := body[k.plural].([]any); ok && c.r.Method == http.MethodPost {
		if len(many) == 0 {
			return nil, nil, malformed("Resources required")
		}
		return nil, many, nil
	}
	return nil, nil, malformed("Unable to find '%s' in request body", k.name)
}

func (n *Neutron) post(k *kind, c call) (answer, *Error) {
	one, many, err := k.body(c)
	if err != nil {
		return answer{}, err
	}
	if one != nil {
		many = []any{one}
	}
	var views []rest.Object
	var made []*item
	for _, o := range many {
		object, _ := o.(rest.Object)
		it, err := n.postOne(k, c, object)
		if err != nil {
			for _, it := range made { // all or none
				n.drop(k, it)
			}
			return answer{}, err
		}
		made, views = append(made, it), append(views, k.view(c.who, it))
	}
	a := answer{status: http.StatusCreated, after: func() {
		for _, it := range made {
			k.settled(it)
		}
	}}
	if k == n.networks {
		for _, v := range views {
			v["is_default"] = false // which others show of external ones only
		}
	}
	if a.body = any(rest.Object{k.plural: views}); one != nil {
		a.body = rest.Object{k.name: views[0]}
	}
	return a, nil
}

func (n *Neutron) postOne(k *kind, c call, o rest.Object) (*item, *Error) {
	if o == nil {
		return nil, malformed("Unable to find '%s' in request body", k.name)
	}
	given, err := k.read(o, c.who, onPost)
	if err != nil {
		return nil, err
	}
	return n.make(k, c.who, given)
}

func (n *Neutron) drop(k *kind, it *item) {
	if k.remove == nil || k.remove(identity.Identity{ProjectID: it.project, Roles: []string{"admin"}}, it) == nil {
		delete(k.items, it.id)
	}
}

func (k *kind) settled(it *item) {
	if k.settle != nil {
		k.settle(it)
	}
}

func (n *Neutron) put(k *kind, c call, id string) (answer, *Error) {
	one, _, err := k.body(c)
	if err != nil {
		return answer{}, err
	}
	given, err := k.read(one, c.who, onPut)
	if err != nil {
		return answer{}, err
	}
	it, err := n.owned(k, c.who, id, "update")
	if err != nil {
		return answer{}, err
	}
	if err := n.change(k, c.who, it, given); err != nil {
		return answer{}, err
	}
	body := rest.Object{k.name: k.view(c.who, it)}
	return answer{status: http.StatusOK, body: body, after: func() { k.settled(it) }}, nil
}
