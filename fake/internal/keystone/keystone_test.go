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
	if rec.Body.Len() > 0 {
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
