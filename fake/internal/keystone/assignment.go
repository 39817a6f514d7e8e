// SPDX-License-Identifier: Apache-2.0

package keystone

import (
	"fmt"
	"net/http"
	"slices"

	"github.com/octaviakit/octaviakit/fake/internal/rest"
)

// assignment serves /projects/{project}/users/{user}/roles[/{role}].
func (k *Keystone) assignment(c call) (answer, *fault) {
	if c.parts[2] != "users" || c.parts[4] != "roles" || len(c.parts) > 6 {
		return answer{}, notFound()
	}
	if !c.who.Has("admin") {
		return answer{}, forbidden("list_grants")
	}
	g := grant{user: c.parts[3], project: c.parts[1]}
	if k.projects.rows[g.project] == nil {
		return answer{}, missing("project", g.project)
	}
	if k.users.rows[g.user] == nil {
		return answer{}, missing("user", g.user)
	}
	if len(c.parts) == 5 {
		return k.listGrants(c, g)
	}
	if g.role = c.parts[5]; k.roles.rows[g.role] == nil {
		return answer{}, missing("role", g.role)
	}
	return k.changeGrant(c, g)
}

// listGrants lists the roles that a user was given in a project.
func (k *Keystone) listGrants(c call, g grant) (answer, *fault) {
	if c.r.Method != http.MethodGet {
		return answer{}, notAllowed()
	}
	rows := []rest.Object{}
	for _, id := range k.granted(&token{user: g.user, project: g.project}) {
		rows = append(rows, c.withLink("roles", k.roles.rows[id]))
	}
	return c.collection("roles", rows), nil
}

// changeGrant gives, shows or takes a role.
func (k *Keystone) changeGrant(c call, g grant) (answer, *fault) {
	at := slices.Index(k.grants, g)
	switch c.r.Method {
	case http.MethodPut:
		if at < 0 {
			k.grants = append(k.grants, g)
		}
		return answer{status: http.StatusNoContent}, nil
	case http.MethodGet, http.MethodHead, http.MethodDelete:
		if at < 0 {
			return answer{}, &fault{code: http.StatusNotFound, message: fmt.Sprintf("Could not find role assignment with role: %s, "+
				"user or group: %s, project, domain, or system: %s.", g.role, g.user, g.project)}
		}
		if c.r.Method == http.MethodDelete {
			k.grants = slices.Delete(k.grants, at, at+1)
		}
		return answer{status: http.StatusNoContent}, nil
	}
	return answer{}, notAllowed()
}

// listAssignments serves /role_assignments.
func (k *Keystone) listAssignments(c call) (answer, *fault) {
	if c.r.Method != http.MethodGet {
		return answer{}, notAllowed()
	}
	q := c.r.URL.Query()
	if !c.who.Has("admin") && q.Get("user.id") != c.who.UserID {
		return answer{}, forbidden("list_role_assignments")
	}
	is := func(key, id string) bool { return !q.Has(key) || q.Get(key) == id }
	rows := []rest.Object{}
	for _, g := range k.grants {
		if is("user.id", g.user) && is("scope.project.id", g.project) && is("role.id", g.role) {
			rows = append(rows, k.showAssignment(c, g, q.Has("include_names")))
		}
	}
	return c.collection("role_assignments", rows), nil
}

func (k *Keystone) showAssignment(c call, g grant, names bool) rest.Object {
	user, role, project := rest.Object{"id": g.user}, rest.Object{"id": g.role}, rest.Object{"id": g.project}
	if names {
		domain := rest.Object{"id": "default", "name": "Default"}
		user["name"], user["domain"] = k.users.name(g.user), domain
		project["name"], project["domain"] = k.projects.name(g.project), domain
		role["name"] = k.roles.name(g.role)
	}
	link := fmt.Sprintf("%s/projects/%s/users/%s/roles/%s", c.v3, g.project, g.user, g.role)
	return rest.Object{
		"links": rest.Object{"assignment": link}, "scope": rest.Object{"project": project}, "user": user, "role": role,
	}
}
