// SPDX-License-Identifier: Apache-2.0

package fake_test

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/octaviakit/octaviakit/fake"
	"github.com/stretchr/testify/require"
)

// tokenFor makes a user with one role in project demo and returns its token; "unscoped"
// is demo's own token without a project.
func tokenFor(t testing.TB, cloud *fake.Cloud, role string) string {
	t.Helper()
	const login = `{"auth": {"identity": {"methods": ["password"], "password": {"user": {"name": %q, "domain": {"name": "Default"}, "password": "fake"}}}%s}}`
	scope := fmt.Sprintf(`, "scope": {"project": {"id": %q}}`, cloud.ProjectID("demo"))
	token := func(user, scope string) string {
		res, _ := keystone(t, cloud, "", "POST", "/auth/tokens", fmt.Sprintf(login, user, scope))
		return res.Header.Get("X-Subject-Token")
	}
	if role == "unscoped" {
		return token("demo", `, "scope": "unscoped"`)
	}
	name := map[string]string{
		"global_observer": "load-balancer_global_observer", "quota_admin": "load-balancer_quota_admin", "lb_admin": "load-balancer_admin",
	}[role]
	if name == "" {
		name = role
	}
	admin := cloud.ProviderClient("admin").Token()
	_, found := keystone(t, cloud, admin, "GET", "/roles?name="+name, "")
	var id string
	if roles := found["roles"].([]any); len(roles) > 0 {
		id = roles[0].(map[string]any)["id"].(string)
	} else {
		_, made := keystone(t, cloud, admin, "POST", "/roles", fmt.Sprintf(`{"role": {"name": %q}}`, name))
		id = made["role"].(map[string]any)["id"].(string)
	}
	_, made := keystone(t, cloud, admin, "POST", "/users", fmt.Sprintf(`{"user": {"name": %q, "password": "fake"}}`, "only-"+name))
	user := made["user"].(map[string]any)["id"].(string)
	keystone(t, cloud, admin, "PUT", "/projects/"+cloud.ProjectID("demo")+"/users/"+user+"/roles/"+id, "")
	return token("only-"+name, scope)
}

func keystone(t testing.TB, cloud *fake.Cloud, token, method, path, body string) (*http.Response, doc) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), method, "http://keystone.fake/identity/v3"+path, strings.NewReader(body))
	require.NoError(t, err)
	req.Header.Set("X-Auth-Token", token)
	req.Header.Set("Content-Type", "application/json")
	res, err := cloud.RoundTrip(req)
	require.NoError(t, err)
	text, err := io.ReadAll(res.Body)
	require.NoError(t, err)
	require.Less(t, res.StatusCode, 300, "%s", text)
	out := doc{}
	if len(text) > 0 {
		require.NoError(t, json.Unmarshal(text, &out))
	}
	return res, out
}
