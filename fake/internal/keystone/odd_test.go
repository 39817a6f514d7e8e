// SPDX-License-Identifier: Apache-2.0

package keystone_test

import (
	"net/http"
	"testing"

	"github.com/stretchr/testify/assert"
)

// Whoever is disabled, or has another password, is out at once; so is whoever is of a project that is disabled.
func TestTokensEndWithWhatTheyStandFor(t *testing.T) {
	w := newWorld(t)
	admin, _ := w.Issue("admin")
	_, who := w.Issue("demo")
	for path, change := range map[string][2]string{
		"/v3/users/" + who.UserID:       {`{"user":{"enabled":false}}`, `{"user":{"enabled":true}}`},
		"/v3/projects/" + who.ProjectID: {`{"project":{"enabled":false}}`, `{"project":{"enabled":true}}`},
	} {
		token, _ := w.Issue("demo")
		rec, _ := w.call(http.MethodPatch, path, change[0], admin)
		assert.Equal(t, 200, rec.Code, path)
		_, ok := w.Identify(token)
		assert.False(t, ok, path)
		rec, _ = w.call(http.MethodPatch, path, change[1], admin)
		assert.Equal(t, 200, rec.Code, path)
	}
	token, _ := w.Issue("demo")
	rec, _ := w.call(http.MethodPatch, "/v3/users/"+who.UserID, `{"user":{"password":"new"}}`, admin)
	assert.Equal(t, 200, rec.Code)
	_, ok := w.Identify(token)
	assert.False(t, ok, "a new password")
	rec, _ = w.call(http.MethodPost, "/v3/auth/tokens", login("demo", "new", ""))
	assert.Equal(t, 201, rec.Code)
}

// A default project that has gone, or where the user has no role any more, gives a token without a project.
func TestADefaultProjectNeedsARole(t *testing.T) {
	w := newWorld(t)
	admin, _ := w.Issue("admin")
	_, who := w.Issue("demo2")
	rec, _ := w.call(http.MethodDelete, "/v3/projects/"+who.ProjectID, "", admin)
	assert.Equal(t, 204, rec.Code)
	rec, o := w.call(http.MethodPost, "/v3/auth/tokens", login("demo2", "fake", ""))
	assert.Equal(t, 201, rec.Code)
	assert.NotContains(t, o["token"], "project")
}

func TestANameIsGivenOnce(t *testing.T) {
	w := newWorld(t)
	admin, _ := w.Issue("admin")
	id := w.ProjectID("demo")
	rec, o := w.call(http.MethodPatch, "/v3/projects/"+id, `{"project":{"name":"demo2"}}`, admin)
	assert.Equal(t, 409, rec.Code)
	assert.Contains(t, o["error"].(object)["message"], "Conflict occurred attempting to store project")
	rec, _ = w.call(http.MethodPatch, "/v3/projects/"+id, `{"project":{"name":"demo","description":"d"}}`, admin)
	assert.Equal(t, 200, rec.Code, "its own")
}

func TestListsAreOnlyRead(t *testing.T) {
	w := newWorld(t)
	admin, who := w.Issue("admin")
	for _, path := range []string{"/v3/role_assignments", "/v3/projects/" + who.ProjectID + "/users/" + who.UserID + "/roles"} {
		rec, _ := w.call(http.MethodPost, path, `{}`, admin)
		assert.Equal(t, 405, rec.Code, path)
	}
}
