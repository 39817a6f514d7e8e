// SPDX-License-Identifier: Apache-2.0

package keystone

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"slices"

	"github.com/octaviakit/octaviakit/fake/internal/rest"
)

// entity serves a table: administrators may do all, others see themselves and where they are.
func (k *Keystone) entity(c call, t *table) (answer, *fault) {
	verb, plural := map[string]string{
		http.MethodGet: "get", http.MethodHead: "get", http.MethodPost: "create", http.MethodPatch: "update",
		http.MethodDelete: "delete",
	}[c.r.Method], ""
	if verb == "" {
		return answer{}, notAllowed()
	}
	if verb == "get" && len(c.parts) == 1 {
		verb, plural = "list", "s"
	}
	if !c.who.Has("admin") && !c.everyones(t, verb) {
		return answer{}, forbidden(verb + "_" + t.single + plural)
	}
	if verb == "get" || verb == "list" {
		return k.read(c, t)
	}
	if slices.Contains(k.fixed, t) {
		return answer{}, forbidden(verb + "_" + t.single)
	}
	switch {
	case verb == "create" && len(c.parts) == 1:
		return k.add(c, t)
	case verb == "create" || len(c.parts) == 1:
		return answer{}, notAllowed()
	case t.rows[c.parts[1]] == nil:
		return answer{}, missing(t.single, c.parts[1])
	case verb == "update":
		return k.patch(c, t, c.parts[1])
	}
	k.remove(t, c.parts[1])
	return answer{status: http.StatusNoContent}, nil
}

// everyones reports what needs no administrator: to read oneself, one's project, and the regions.
func (c call) everyones(t *table, verb string) bool {
	own := len(c.parts) == 2 && (c.parts[1] == c.who.UserID || c.parts[1] == c.who.ProjectID)
	return verb == "get" && own || t.plural == "regions" && (verb == "get" || verb == "list")
}

func (k *Keystone) read(c call, t *table) (answer, *fault) {
	if len(c.parts) == 1 {
		rows := t.list(c.r.URL.Query())
		for i, row := range rows {
			rows[i] = c.withLink(t.plural, row)
		}
		return c.collection(t.plural, rows), nil
	}
	row, ok := t.rows[c.parts[1]]
	if !ok {
		return answer{}, missing(t.single, c.parts[1])
	}
	return answer{http.StatusOK, rest.Object{t.single: c.withLink(t.plural, row)}}, nil
}

// body reads the object under the table's name.
func (t *table) body(c call) (rest.Object, *fault) {
	var body rest.Object
	if json.Unmarshal(rest.Read(c.r), &body) != nil {
		return nil, unexpected("Expecting to find valid JSON in request body.")
	}
	given, ok := body[t.single].(rest.Object)
	if !ok {
		return nil, unexpected("Expecting to find %s in request body.", t.single)
	}
	if name, told := given["name"]; told {
		if _, ok := name.(string); !ok {
			return nil, &fault{code: http.StatusBadRequest, message: fmt.Sprintf(
				"Invalid input for field 'name': %v is not of type 'string'", name)}
		}
	}
	return given, nil
}

func (k *Keystone) add(c call, t *table) (answer, *fault) {
	given, err := t.body(c)
	if err != nil {
		return answer{}, err
	}
	name, ok := given["name"].(string)
	if !ok {
		return answer{}, &fault{code: http.StatusBadRequest, message: fmt.Sprintf(
			"Invalid input for field/attribute %s. Value: {}. 'name' is a required property", t.single)}
	}
	id := k.newID()
	if t.named(name) != "" {
		return answer{}, t.taken(name, id)
	}
	given = maps.Clone(given)
	password, hasPassword := given["password"].(string)
	delete(given, "password")
	delete(given, "id")
	row := map[*table]func(rest.Object) rest.Object{k.projects: project, k.users: user, k.roles: role}[t](given)
	if hasPassword && t == k.users {
		k.passwords[id] = password
	}
	return answer{http.StatusCreated, rest.Object{t.single: c.withLink(t.plural, t.add(id, row))}}, nil
}

// taken refuses a name that another entity has.
func (t *table) taken(name, id string) *fault {
	return &fault{code: http.StatusConflict, message: fmt.Sprintf("Conflict occurred attempting to store %s - it is not "+
		"permitted to have two %s with either the same name or same id in the same domain: name is %s, %s id %s.",
		t.single, t.plural, name, t.single, id)}
}

func (k *Keystone) patch(c call, t *table, id string) (answer, *fault) {
	given, err := t.body(c)
	if err != nil {
		return answer{}, err
	}
	if name, ok := given["name"].(string); ok && t.named(name) != "" && t.named(name) != id {
		return answer{}, t.taken(name, id)
	}
	given = maps.Clone(given)
	if password, ok := given["password"].(string); ok && t == k.users {
		k.passwords[id] = password
		k.revoke(id)
	}
	delete(given, "password")
	row := t.add(id, filled(given, t.rows[id]))
	return answer{http.StatusOK, rest.Object{t.single: c.withLink(t.plural, row)}}, nil
}

// remove deletes an entity with all that hangs on it.
func (k *Keystone) remove(t *table, id string) {
	delete(t.rows, id)
	k.grants = slices.DeleteFunc(k.grants, func(g grant) bool { return g.user == id || g.project == id || g.role == id })
	k.credentials = slices.DeleteFunc(k.credentials, func(c *credential) bool { return c.user == id || c.project == id })
	maps.DeleteFunc(k.tokens, func(_ string, t *token) bool { return t.user == id || t.project == id })
	if t == k.users {
		delete(k.passwords, id)
	}
}
