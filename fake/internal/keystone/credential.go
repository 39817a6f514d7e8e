// SPDX-License-Identifier: Apache-2.0

package keystone

import (
	"encoding/json"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/octaviakit/octaviakit/fake/internal/rest"
)

// credential is an application credential: a name and a secret for one project of a user.
type credential struct {
	id, name, secret, user, project string
	roles                           []string
	description                     *string
	expires                         *time.Time
}

// ofUser serves what lies below /users/{user}: application credentials and projects.
func (k *Keystone) ofUser(c call) (answer, *fault) {
	user, what := c.parts[1], c.parts[2]
	if user != c.who.UserID && !c.who.Has("admin") {
		return answer{}, forbidden("list_" + what)
	}
	if k.users.rows[user] == nil {
		return answer{}, missing("user", user)
	}
	switch {
	case what == "projects" && len(c.parts) == 3 && c.r.Method == http.MethodGet:
		c.who.UserID = user
		return c.collection("projects", k.projectsOf(c)), nil
	case what == "application_credentials" && len(c.parts) <= 4:
		return k.serveCredentials(c, user)
	}
	return answer{}, notFound()
}

func (k *Keystone) serveCredentials(c call, user string) (answer, *fault) {
	if len(c.parts) == 3 {
		switch c.r.Method {
		case http.MethodGet:
			rows := []rest.Object{}
			for _, cred := range k.credentials {
				if name := c.r.URL.Query().Get("name"); cred.user == user && (name == "" || name == cred.name) {
					rows = append(rows, k.showCredential(c, cred))
				}
			}
			return c.collection("application_credentials", rows), nil
		case http.MethodPost:
			return k.addCredential(c, user)
		}
		return answer{}, notAllowed()
	}
	at := slices.IndexFunc(k.credentials, func(cred *credential) bool { return cred.id == c.parts[3] && cred.user == user })
	if at < 0 {
		return answer{}, missing("Application Credential", c.parts[3])
	}
	switch c.r.Method {
	case http.MethodGet:
		return answer{http.StatusOK, rest.Object{"application_credential": k.showCredential(c, k.credentials[at])}}, nil
	case http.MethodDelete:
		k.credentials = slices.Delete(k.credentials, at, at+1)
		return answer{status: http.StatusNoContent}, nil
	}
	return answer{}, notAllowed()
}

func (k *Keystone) addCredential(c call, user string) (answer, *fault) {
	if user != c.who.UserID {
		return answer{}, forbidden("create_application_credential")
	}
	var body struct {
		Given struct {
			Name, Secret string
			Description  *string
			Expires      *string `json:"expires_at"`
			Roles        []named
		} `json:"application_credential"`
	}
	if json.Unmarshal(rest.Read(c.r), &body) != nil || body.Given.Name == "" {
		return answer{}, unexpected("Expecting to find application_credential in request body.")
	}
	given := body.Given
	if slices.ContainsFunc(k.credentials, func(old *credential) bool { return old.user == user && old.name == given.Name }) {
		return answer{}, &fault{code: http.StatusConflict, message: "Conflict occurred attempting to store application_credential - " +
			"Duplicate entry found with name " + given.Name + "."}
	}
	cred := &credential{
		id: k.newID(), name: given.Name, secret: given.Secret, user: user, project: c.who.ProjectID,
		description: given.Description,
	}
	if cred.secret == "" {
		cred.secret = k.newID()
	}
	var err *fault
	if cred.expires, err = k.ending(given.Expires); err != nil {
		return answer{}, err
	}
	if cred.roles, err = k.limited(k.rolesOf(&token{user: user, project: cred.project}), given.Roles); err != nil {
		return answer{}, err
	}
	k.credentials = append(k.credentials, cred)
	o := k.showCredential(c, cred)
	o["secret"] = cred.secret // shown this once
	return answer{http.StatusCreated, rest.Object{"application_credential": o}}, nil
}

// ending is when a credential is to end, in UTC whatever stands behind it; nil for never.
func (k *Keystone) ending(given *string) (*time.Time, *fault) {
	if given == nil {
		return nil, nil
	}
	plain := strings.TrimSuffix(*given, "Z")
	at, err := time.Parse("2006-01-02T15:04:05", plain)
	if err != nil {
		at, err = time.Parse(time.DateTime, plain)
	}
	switch {
	case err != nil:
		return nil, unexpected("Timestamp not in expected format.")
	case at.Before(k.env.Now()):
		return nil, unexpected("The 'expires_at' must not be before now.")
	}
	return &at, nil
}

// over reports a credential that has ended.
func (k *Keystone) over(cred *credential) bool {
	return cred.expires != nil && !k.env.Now().Before(*cred.expires)
}

// limited are those of the roles that a user holds that he names for a credential, all if he names none.
func (k *Keystone) limited(held []string, wanted []named) ([]string, *fault) {
	if len(wanted) == 0 {
		return held, nil
	}
	roles := []string{}
	for _, r := range wanted {
		if r.ID == "" {
			r.ID = k.roles.named(r.Name)
		}
		if !slices.Contains(held, r.ID) {
			return nil, &fault{code: http.StatusBadRequest, message: "Invalid application credential: Could not find role assignment " +
				"with role: " + r.ID + "."}
		}
		roles = append(roles, r.ID)
	}
	return roles, nil
}

func (k *Keystone) showCredential(c call, cred *credential) rest.Object {
	roles := []rest.Object{}
	for _, id := range cred.roles {
		if row := k.roles.rows[id]; row != nil { // it may have been deleted since
			roles = append(roles, row)
		}
	}
	var ends any
	if cred.expires != nil {
		ends = strings.TrimSuffix(cred.expires.Format(stamp), "Z") // unlike that of a token
	}
	return c.withLink("application_credentials", rest.Object{
		"id": cred.id, "name": cred.name, "description": cred.description, "user_id": cred.user,
		"project_id": cred.project, "system": nil, "expires_at": ends, "unrestricted": nil, "roles": roles,
	})
}

// proveCredential finds the credential that a login names and checks its secret.
func (k *Keystone) proveCredential(id, name, secret string, owner named) (*credential, *fault) {
	user := ""
	if id == "" {
		var err *fault
		if user, err = k.user(owner); err != nil {
			return nil, err
		}
	}
	for _, cred := range k.credentials {
		if cred.id == id || id == "" && cred.name == name && cred.user == user {
			if cred.secret != secret || k.over(cred) {
				return nil, unauthorized()
			}
			return cred, nil
		}
	}
	return nil, &fault{code: http.StatusNotFound, message: "Could not find Application Credential: " + id + name + "."}
}
