// SPDX-License-Identifier: Apache-2.0

package keystone_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/octaviakit/octaviakit/fake/internal/keystone"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

type object = map[string]any

// world is a Keystone with a clock that the test turns.
type world struct {
	t *testing.T
	*keystone.Keystone
	now time.Time
}

func newWorld(t *testing.T) *world {
	t.Helper()
	w, count := &world{t: t, now: time.Date(2025, 4, 2, 8, 0, 0, 0, time.UTC)}, 0
	w.Keystone = keystone.New(keystone.Env{
		Now: func() time.Time { return w.now },
		NewID: func() string {
			count++
			return fmt.Sprintf("%08x-0000-4000-8000-%012x", count, count)
		},
	})
	return w
}

// call sends a request with a token; a second token is the subject.
func (w *world) call(method, path, body string, tokens ...string) (*httptest.ResponseRecorder, object) {
	w.t.Helper()
	r := httptest.NewRequest(method, "http://fake/identity"+path, strings.NewReader(body))
	for i, header := range []string{"X-Auth-Token", "X-Subject-Token"} {
		if i < len(tokens) {
			r.Header.Set(header, tokens[i])
		}
	}
	rec := httptest.NewRecorder()
	w.Serve(rec, r, r.URL.Path[len("/identity"):], "http://fake")
	var o object
	if strings.HasPrefix(rec.Header().Get("Content-Type"), "application/json") {
		require.NoError(w.t, json.Unmarshal(rec.Body.Bytes(), &o), rec.Body.String())
	}
	return rec, o
}

func TestPasswordGivesATokenThatIdentifies(t *testing.T) {
	w := newWorld(t)
	rec, o := w.call(http.MethodPost, "/v3/auth/tokens", `{"auth":{"identity":{"methods":["password"],"password":{"user":{
		"name":"demo","password":"fake","domain":{"name":"Default"}}}},
		"scope":{"project":{"name":"demo","domain":{"id":"default"}}}}}`)
	require.Equal(t, http.StatusCreated, rec.Code)
	id := rec.Header().Get("X-Subject-Token")
	who, ok := w.Identify(id)
	require.True(t, ok)
	assert.Equal(t, "demo", who.UserName)
	assert.Equal(t, w.ProjectID("demo"), who.ProjectID)
	assert.True(t, who.Has("load-balancer_member"))
	assert.False(t, who.Has("admin"))
	urls := map[any]any{}
	for _, s := range o["token"].(object)["catalog"].([]any) {
		urls[s.(object)["type"]] = s.(object)["endpoints"].([]any)[0].(object)["url"]
	}
	assert.Equal(t, map[any]any{
		"identity": "http://fake/identity/v3", "network": "http://fake/network",
		"load-balancer": "http://fake/load-balancer",
	}, urls)

	w.now = w.now.Add(13 * time.Hour)
	_, ok = w.Identify(id)
	assert.False(t, ok, "expired")
}

// login is the body of a request for a token by password, unscoped unless more says otherwise.
func login(user, password, more string) string {
	return fmt.Sprintf(`{"auth":{"identity":{"methods":["password"],"password":{"user":{
		"name":%q,"password":%q,"domain":{"name":"Default"}}}}%s}}`, user, password, more)
}

func TestWhoMayNotComeIn(t *testing.T) {
	const denied = "The request you have made requires authentication."
	const hint = " The server could not comply with the request since it is either malformed or otherwise incorrect. " +
		"The client is assumed to be in error."
	for name, c := range map[string]struct {
		body    string
		status  int
		message string
	}{
		"wrong password": {login("demo", "wrong", ""), 401, denied},
		"unknown user":   {login("zork", "fake", ""), 401, denied},
		"foreign project": {
			login("demo", "fake", `,"scope":{"project":{"name":"demo2","domain":{"name":"Default"}}}`), 401, denied,
		},
		"unknown project": {
			login("demo", "fake", `,"scope":{"project":{"name":"zork","domain":{"name":"Default"}}}`), 401, denied,
		},
		"no domain": {
			`{"auth":{"identity":{"methods":["password"],"password":{"user":{"name":"demo","password":"fake"}}}}}`, 400,
			"Expecting to find domain in user." + hint,
		},
		"unknown method": {
			`{"auth":{"identity":{"methods":["zork"]}}}`, 400, "Expecting to find zork in identity." + hint,
		},
		"no auth":   {`{}`, 400, "Expecting to find auth in request body." + hint},
		"no JSON":   {`{`, 400, "Expecting to find valid JSON in request body." + hint},
		"bad token": {`{"auth":{"identity":{"methods":["token"],"token":{"id":"x"}}}}`, 404, "Could not recognize Fernet token"},
	} {
		t.Run(name, func(t *testing.T) {
			rec, o := newWorld(t).call(http.MethodPost, "/v3/auth/tokens", c.body)
			assert.Equal(t, c.status, rec.Code)
			assert.Equal(t, object{"error": object{
				"code": float64(c.status), "message": c.message, "title": http.StatusText(c.status),
			}}, o)
			assert.Equal(t, c.status == 401, rec.Header().Get("WWW-Authenticate") != "")
		})
	}
}

func TestTokensAreLookedAtAndRevoked(t *testing.T) {
	w := newWorld(t)
	demo, who := w.Issue("demo")
	assert.Equal(t, "demo", who.ProjectName)
	admin, _ := w.Issue("admin")
	other, _ := w.Issue("demo2")
	none, _ := w.Issue("nobody")
	assert.Empty(t, none)

	rec, o := w.call(http.MethodGet, "/v3/auth/tokens", "", demo, demo)
	assert.Equal(t, 200, rec.Code)
	assert.Equal(t, "2025-04-02T20:00:00.000000Z", o["token"].(object)["expires_at"])
	rec, o = w.call(http.MethodGet, "/v3/auth/tokens?nocatalog", "", admin, demo)
	assert.Equal(t, 200, rec.Code)
	assert.NotContains(t, o["token"], "catalog")
	rec, _ = w.call(http.MethodGet, "/v3/auth/tokens", "", other, demo)
	assert.Equal(t, 403, rec.Code)
	rec, _ = w.call(http.MethodHead, "/v3/auth/tokens", "", demo, demo)
	assert.Equal(t, 200, rec.Code)
	assert.Zero(t, rec.Body.Len())

	rec, o = w.call(http.MethodPost, "/v3/auth/tokens", fmt.Sprintf(
		`{"auth":{"identity":{"methods":["token"],"token":{"id":%q}}}}`, demo))
	assert.Equal(t, 201, rec.Code)
	assert.Equal(t, []any{"password", "token"}, o["token"].(object)["methods"])
	assert.Equal(t, "2025-04-02T20:00:00.000000Z", o["token"].(object)["expires_at"], "no longer than the first")

	rec, _ = w.call(http.MethodDelete, "/v3/auth/tokens", "", demo, demo)
	assert.Equal(t, 204, rec.Code)
	rec, _ = w.call(http.MethodGet, "/v3/auth/projects", "", demo)
	assert.Equal(t, 401, rec.Code)
	w.ExpireTokens()
	_, ok := w.Identify(admin)
	assert.False(t, ok)
}

func TestDiscovery(t *testing.T) {
	w := newWorld(t)
	rec, o := w.call(http.MethodGet, "/", "")
	assert.Equal(t, http.StatusMultipleChoices, rec.Code)
	version := o["versions"].(object)["values"].([]any)[0].(object)
	assert.Equal(t, "v3.14", version["id"])
	assert.Equal(t, "http://fake/identity/v3/", version["links"].([]any)[0].(object)["href"])
	for _, path := range []string{"/v3", "/v3/"} {
		rec, o = w.call(http.MethodGet, path, "")
		assert.Equal(t, 200, rec.Code)
		assert.Equal(t, version, o["version"])
	}
}

func TestApplicationCredential(t *testing.T) {
	w := newWorld(t)
	demo, who := w.Issue("demo")
	path := "/v3/users/" + who.UserID + "/application_credentials"
	rec, o := w.call(http.MethodPost, path, `{"application_credential":{"name":"ac","secret":"s3","roles":[{"name":"reader"}]}}`, demo)
	require.Equal(t, 201, rec.Code, o)
	cred := o["application_credential"].(object)
	assert.Equal(t, "s3", cred["secret"])
	for body, status := range map[string]int{
		fmt.Sprintf(`"id":%q,"secret":"s3"`, cred["id"]):                                  201,
		fmt.Sprintf(`"id":%q,"secret":"bad"`, cred["id"]):                                 401,
		`"name":"ac","secret":"s3","user":{"name":"demo","domain":{"id":"default"}}`:      201,
		`"name":"ac","secret":"s3","user":{"name":"demo2","domain":{"name":"Default"}}`:   404,
		fmt.Sprintf(`"name":"ac","secret":"s3","user":{"id":%q}`, who.UserID):             201,
		`"name":"other","secret":"s3","user":{"name":"demo","domain":{"name":"Default"}}`: 404,
	} {
		rec, o := w.call(http.MethodPost, "/v3/auth/tokens",
			`{"auth":{"identity":{"methods":["application_credential"],"application_credential":{`+body+`}}}}`)
		assert.Equal(t, status, rec.Code, "%s %v", body, o)
		if status == 201 {
			as, ok := w.Identify(rec.Header().Get("X-Subject-Token"))
			require.True(t, ok)
			assert.Equal(t, []string{"reader"}, as.Roles)
			assert.Equal(t, who.ProjectID, as.ProjectID)
		}
	}
	_, o = w.call(http.MethodGet, path, "", demo)
	assert.NotContains(t, o["application_credentials"].([]any)[0], "secret")
	rec, _ = w.call(http.MethodDelete, path+"/"+cred["id"].(string), "", demo)
	assert.Equal(t, 204, rec.Code)
}

// A credential can be given an end; a token that was got with it ends then, too. As two real ones answered.
func TestApplicationCredentialEnds(t *testing.T) {
	w := newWorld(t)
	demo, who := w.Issue("demo")
	path := "/v3/users/" + who.UserID + "/application_credentials"
	made := func(ends string) (int, object) {
		rec, o := w.call(http.MethodPost, path, fmt.Sprintf(`{"application_credential":{"name":"to %s","secret":"s","expires_at":%q}}`, ends, ends), demo)
		return rec.Code, o
	}
	for ends, message := range map[string]string{
		"2025-04-03": "Timestamp not in expected format.", "2025-13-02T09:00:00Z": "Timestamp not in expected format.",
		"2025-04-02T09:00:00+02:00": "Timestamp not in expected format.", "2025-04-02T07:59:59.9Z": "The 'expires_at' must not be before now.",
	} {
		status, o := made(ends)
		assert.Equal(t, 400, status, ends)
		assert.Contains(t, o["error"].(object)["message"], message, ends)
	}
	for _, ends := range []string{"2025-04-02 09:00:00", "2025-04-02T09:00:00", "2025-04-02T09:00:00.000000Z"} {
		status, o := made(ends)
		require.Equal(t, 201, status, "%v", o)
		assert.Equal(t, "2025-04-02T09:00:00.000000", o["application_credential"].(object)["expires_at"])
	}
	_, o := made("2025-04-02T09:00:00Z")
	login := fmt.Sprintf(`{"auth":{"identity":{"methods":["application_credential"],"application_credential":{"id":%q,"secret":"s"}}}}`,
		o["application_credential"].(object)["id"])
	rec, o := w.call(http.MethodPost, "/v3/auth/tokens", login)
	require.Equal(t, 201, rec.Code)
	assert.Equal(t, "2025-04-02T09:00:00.000000Z", o["token"].(object)["expires_at"])
	w.now = w.now.Add(time.Hour)
	_, ok := w.Identify(rec.Header().Get("X-Subject-Token"))
	assert.False(t, ok)
	rec, _ = w.call(http.MethodPost, "/v3/auth/tokens", login)
	assert.Equal(t, 401, rec.Code)
	rec, o = w.call(http.MethodGet, path, "", demo)
	require.Equal(t, 200, rec.Code)
	assert.Len(t, o["application_credentials"], 4, "they stay in the list")
}

func TestAdminRunsUsersProjectsAndRoles(t *testing.T) {
	w := newWorld(t)
	admin, _ := w.Issue("admin")
	demo, who := w.Issue("demo")
	must := func(status int, method, path, body string) object {
		t.Helper()
		rec, o := w.call(method, path, body, admin)
		require.Equal(t, status, rec.Code, "%s %s: %v", method, path, o)
		return o
	}
	project := must(201, http.MethodPost, "/v3/projects", `{"project":{"name":"p"}}`)["project"].(object)["id"].(string)
	must(409, http.MethodPost, "/v3/projects", `{"project":{"name":"p"}}`)
	must(400, http.MethodPost, "/v3/projects", `{"project":{}}`)
	user := must(201, http.MethodPost, "/v3/users", `{"user":{"name":"u","password":"pw"}}`)["user"].(object)
	assert.NotContains(t, user, "password")
	id := user["id"].(string)
	found := must(200, http.MethodGet, "/v3/roles?name=member", "")["roles"].([]any)
	require.Len(t, found, 1)
	role := found[0].(object)["id"].(string)
	grant := "/v3/projects/" + project + "/users/" + id + "/roles/" + role
	must(404, http.MethodHead, grant, "")
	must(204, http.MethodPut, grant, "")
	must(204, http.MethodHead, grant, "")
	assigned := must(200, http.MethodGet, "/v3/role_assignments?user.id="+id, "")["role_assignments"]
	assert.Len(t, assigned, 1)

	in := login("u", "pw", `,"scope":{"project":{"id":"`+project+`"}}`)
	rec, _ := w.call(http.MethodPost, "/v3/auth/tokens", in)
	require.Equal(t, 201, rec.Code)
	as, _ := w.Identify(rec.Header().Get("X-Subject-Token"))
	assert.Equal(t, []string{"member", "reader"}, as.Roles, "member implies reader")

	must(200, http.MethodPatch, "/v3/users/"+id, `{"user":{"password":"new"}}`)
	rec, _ = w.call(http.MethodPost, "/v3/auth/tokens", in)
	assert.Equal(t, 401, rec.Code)
	must(204, http.MethodDelete, "/v3/users/"+id, "")
	_, ok := w.Identify(rec.Header().Get("X-Subject-Token"))
	assert.False(t, ok)
	must(404, http.MethodDelete, "/v3/users/"+id, "")
	must(204, http.MethodDelete, "/v3/projects/"+project, "")

	for path, status := range map[string]int{
		"/v3/projects": 403, "/v3/users": 403, "/v3/projects/" + who.ProjectID: 200, "/v3/users/" + who.UserID: 200,
		"/v3/auth/projects": 200, "/v3/auth/catalog": 200, "/v3/services": 403, "/v3/zork": 404, "/v3/auth": 404,
	} {
		rec, o := w.call(http.MethodGet, path, "", demo)
		assert.Equal(t, status, rec.Code, "%s: %v", path, o)
	}
	assert.Len(t, must(200, http.MethodGet, "/v3/endpoints", "")["endpoints"], 9)
	assert.Len(t, must(200, http.MethodGet, "/v3/services?type=network", "")["services"], 1)
	must(200, http.MethodGet, "/v3/domains/default", "")
}

func FuzzServe(f *testing.F) {
	f.Add("POST", "/v3/auth/tokens", `{"auth":{"identity":{"methods":["password","token"],"password":{"user":null}},"scope":[]}}`)
	f.Add("GET", "/v3/projects/a/users/b/roles/c", "")
	f.Add("POST", "/v3/users", `{"user":{"name":"x","password":1}}`)
	f.Add("PATCH", "/v3/roles", `{"role":{}}`)
	f.Add("DELETE", "/v3/domains/default", "")
	f.Fuzz(func(t *testing.T, method, path, body string) {
		r, err := http.NewRequest(method, "http://fake/identity"+path, strings.NewReader(body))
		if err != nil || !strings.HasPrefix(r.URL.Path, "/identity") {
			return
		}
		w := newWorld(t)
		id, _ := w.Issue("admin")
		r.Header.Set("X-Auth-Token", id)
		rec := httptest.NewRecorder()
		w.Serve(rec, r, r.URL.Path[len("/identity"):], "http://fake")
		assert.Less(t, rec.Code, 500)
	})
}
