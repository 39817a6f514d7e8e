// SPDX-License-Identifier: Apache-2.0

package keystone

import (
	"encoding/json"
	"net/http"
	"slices"

	"github.com/octaviakit/octaviakit/fake/internal/rest"
)

// named is how a request points at a user, a project or a domain.
type named struct {
	ID, Name string
	Password string
	Domain   *named
}

// login is the body of POST /auth/tokens.
type login struct {
	Auth *struct {
		Identity *struct {
			Methods  []string
			Password *struct{ User named }
			Token    *struct{ ID string }

			Credential *struct {
				ID, Name, Secret string
				User             named
			} `json:"application_credential"`
		}
		Scope any
	}
}

// authenticate serves POST /auth/tokens.
func (k *Keystone) authenticate(c call) (answer, *fault) {
	raw := rest.Read(c.r)
	var body login
	var shape rest.Object
	if json.Unmarshal(raw, &shape) != nil && len(raw) > 0 {
		return answer{}, unexpected("Expecting to find valid JSON in request body.")
	}
	if err := json.Unmarshal(raw, &body); err != nil || body.Auth == nil {
		return answer{}, unexpected("Expecting to find auth in request body.")
	}
	if body.Auth.Identity == nil {
		return answer{}, &fault{code: http.StatusBadRequest, message: "'identity' is a required property"}
	}
	t := &token{}
	for _, method := range body.Auth.Identity.Methods {
		if err := k.prove(method, &body, t); err != nil {
			return answer{}, err
		}
		if !slices.Contains(t.methods, method) {
			t.methods = append(t.methods, method)
		}
	}
	if t.user == "" {
		return answer{}, unauthorized()
	}
	if err := k.scope(t, body.Auth.Scope); err != nil {
		return answer{}, err
	}
	id, _ := k.grant(t)
	c.w.Header().Set("X-Subject-Token", id)
	return answer{http.StatusCreated, k.show(c, t)}, nil
}

// prove lets one method say who the user is.
func (k *Keystone) prove(method string, body *login, t *token) *fault {
	given := body.Auth.Identity
	switch {
	case method == "password" && given.Password != nil:
		u := given.Password.User
		id, err := k.user(u)
		if err != nil {
			return err
		}
		if password, ok := k.passwords[id]; !ok || password != u.Password || !k.users.enabled(id) {
			return unauthorized()
		}
		t.user = id
	case method == "token" && given.Token != nil:
		old, ok := k.valid(given.Token.ID)
		if !ok {
			return &fault{code: http.StatusNotFound, message: "Could not recognize Fernet token"}
		}
		t.user, t.roles, t.expires = old.user, old.roles, old.expires
		t.methods, t.audit = slices.Clone(old.methods), slices.Clone(old.audit)
	case method == "application_credential" && given.Credential != nil:
		cred, err := k.proveCredential(given.Credential.ID, given.Credential.Name, given.Credential.Secret,
			given.Credential.User)
		if err != nil {
			return err
		}
		t.user, t.project, t.roles, t.by = cred.user, cred.project, cred.roles, cred
	default:
		return unexpected("Expecting to find %s in identity.", method)
	}
	return nil
}

// user finds whom a request names, "" for nobody.
func (k *Keystone) user(u named) (string, *fault) {
	if u.ID != "" {
		return u.ID, nil
	}
	if u.Domain == nil {
		return "", unexpected("Expecting to find domain in user.")
	}
	if !u.Domain.isDefault() {
		return "", nil
	}
	return k.users.named(u.Name), nil
}

func (d *named) isDefault() bool { return d.ID == "default" || d.Name == "Default" }

// scope chooses the token's project: the one asked for, else the user's default one where he has a role.
func (k *Keystone) scope(t *token, wanted any) *fault {
	var s struct{ Project *named }
	switch w := wanted.(type) {
	case nil:
		k.scopeByDefault(t)
		return nil
	case string:
		return nil // "unscoped"
	default:
		raw, err := json.Marshal(w)
		if err != nil || json.Unmarshal(raw, &s) != nil || s.Project == nil {
			return unauthorized()
		}
	}
	id := s.Project.ID
	if id == "" {
		if s.Project.Domain == nil {
			return unexpected("Expecting to find domain in project.")
		}
		if s.Project.Domain.isDefault() {
			id = k.projects.named(s.Project.Name)
		}
	}
	if t.project != "" && t.project != id || !k.projects.enabled(id) {
		return unauthorized()
	}
	t.project = id
	if len(k.rolesOf(t)) == 0 {
		return unauthorized()
	}
	return nil
}

func (k *Keystone) scopeByDefault(t *token) {
	if t.project != "" {
		return
	}
	t.project, _ = k.users.rows[t.user]["default_project_id"].(string)
	if !k.projects.enabled(t.project) || len(k.granted(t)) == 0 {
		t.project = ""
	}
}
