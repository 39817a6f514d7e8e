// SPDX-License-Identifier: Apache-2.0

package keystone

import (
	"maps"
	"net/http"
	"slices"
	"time"

	"github.com/octaviakit/octaviakit/fake/internal/rest"
)

// token is what a token stands for.
type token struct {
	user, project   string // project is empty for an unscoped one
	methods         []string
	roles           []string // those it is limited to, nil: all
	by              *credential
	audit           []string
	issued, expires time.Time
}

const stamp = "2006-01-02T15:04:05.000000Z"

// grant completes a token and keeps it.
func (k *Keystone) grant(t *token) (string, *token) {
	t.issued = k.env.Now()
	if t.expires.IsZero() {
		t.expires = t.issued.Add(lifetime)
	}
	if t.by != nil && t.by.expires != nil && t.by.expires.Before(t.expires) {
		t.expires = *t.by.expires // nor does a token outlive what it was got with
	}
	t.audit = append([]string{k.newID()[:22]}, t.audit...)
	id := "gAAAAAB" + k.newID() + k.newID()
	k.tokens[id] = t
	return id, t
}

func (k *Keystone) valid(id string) (*token, bool) {
	t, ok := k.tokens[id]
	if !ok || !k.env.Now().Before(t.expires) || !k.users.enabled(t.user) || t.project != "" && !k.projects.enabled(t.project) {
		return nil, false
	}
	return t, true
}

// revoke ends the tokens of a user.
func (k *Keystone) revoke(user string) {
	maps.DeleteFunc(k.tokens, func(_ string, t *token) bool { return t.user == user })
}

// show is a token as the API shows it.
func (k *Keystone) show(c call, t *token) rest.Object {
	domain := rest.Object{"id": "default", "name": "Default"}
	o := rest.Object{
		"methods": t.methods, "audit_ids": t.audit,
		"expires_at": t.expires.UTC().Format(stamp), "issued_at": t.issued.UTC().Format(stamp),
		"user": rest.Object{
			"id": t.user, "name": k.users.name(t.user), "domain": domain, "password_expires_at": nil,
		},
	}
	if t.by != nil {
		o["application_credential"] = rest.Object{"id": t.by.id, "name": t.by.name, "restricted": true}
	}
	if t.project == "" {
		return rest.Object{"token": o}
	}
	roles := []rest.Object{}
	for _, id := range k.rolesOf(t) {
		roles = append(roles, rest.Object{"id": id, "name": k.roles.name(id)})
	}
	o["project"] = rest.Object{"id": t.project, "name": k.projects.name(t.project), "domain": domain}
	o["is_domain"], o["roles"] = false, roles
	if !c.r.URL.Query().Has("nocatalog") {
		o["catalog"] = catalogue(c.root)
	}
	return rest.Object{"token": o}
}

// auth serves /auth, but for asking for a token.
func (k *Keystone) auth(c call) (answer, *fault) {
	if len(c.parts) != 2 {
		return answer{}, notFound()
	}
	read := c.r.Method == http.MethodGet || c.r.Method == http.MethodHead
	switch what := c.parts[1]; {
	case what == "tokens":
		return k.subject(c)
	case what == "projects" && read:
		return c.collection("projects", k.projectsOf(c)), nil
	case what == "domains" && read:
		return c.collection("domains", []rest.Object{}), nil
	case what == "catalog" && read:
		self := rest.Object{"self": c.v3 + "/auth/catalog"}
		return answer{http.StatusOK, rest.Object{"catalog": catalogue(c.root), "links": self}}, nil
	}
	return answer{}, notFound()
}

func (k *Keystone) projectsOf(c call) []rest.Object {
	rows := []rest.Object{}
	for _, row := range k.projects.list(nil) {
		in := func(g grant) bool { return g.user == c.who.UserID && g.project == row["id"] }
		if slices.ContainsFunc(k.grants, in) {
			rows = append(rows, c.withLink("projects", row))
		}
	}
	return rows
}

// subject looks at, or revokes, the token in X-Subject-Token. One's own, and for administrators any.
func (k *Keystone) subject(c call) (answer, *fault) {
	id := c.r.Header.Get("X-Subject-Token")
	t, ok := k.valid(id)
	if !ok && id == "" && !c.who.Has("admin") && !c.who.Has("service") {
		return answer{}, forbidden("validate_token")
	}
	if !ok {
		return answer{}, &fault{code: http.StatusNotFound, message: "Could not recognize Fernet token"}
	}
	if t.user != c.who.UserID && !c.who.Has("admin") && !c.who.Has("service") {
		return answer{}, forbidden("validate_token")
	}
	switch c.r.Method {
	case http.MethodGet, http.MethodHead:
		c.w.Header().Set("X-Subject-Token", id)
		return answer{http.StatusOK, k.show(c, t)}, nil
	case http.MethodDelete:
		delete(k.tokens, id)
		return answer{status: http.StatusNoContent}, nil
	}
	return answer{}, notAllowed()
}
