// SPDX-License-Identifier: Apache-2.0

package fake_test

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/octaviakit/octaviakit/fake"
	"github.com/stretchr/testify/assert"
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

// What real clouds show of an amphora's VIP port: the project's default group, then one of Octavia's own, which the project
// cannot see; a rule for each listener's peers, and one for each of its allowed prefixes.
func TestVIPPortHasOctaviasGroup(t *testing.T) {
	c := fake.New()
	demo, admin := as(t, c, "demo"), as(t, c, "admin")
	neutron := func(a *api, path string) reply { return a.do("GET", "http://octavia.fake/network/v2.0"+path, "") }
	lb := demo.made("/loadbalancers", `{"loadbalancer":{"vip_subnet_id":"{sub}"}}`)
	port := neutron(demo, "/ports?device_id=lb-"+lb).ok(200).many()[0]
	group := port["security_groups"].([]any)[0].(string)
	neutron(demo, "/security-groups/"+group).ok(404)
	assert.Equal(t, "lb-"+lb, neutron(admin, "/security-groups/"+group).ok(200).one().str("name"))

	demo.made("/listeners", `{"listener":{"loadbalancer_id":"`+lb+`","protocol":"TCP","protocol_port":80}}`)
	udp := demo.made("/listeners", `{"listener":{"loadbalancer_id":"`+lb+`","protocol":"UDP","protocol_port":53,"allowed_cidrs":["10.0.0.0/8"]}}`)
	ingress := func() (rules []string) {
		for _, r := range neutron(admin, "/security-group-rules?direction=ingress&security_group_id="+group).ok(200).many() {
			rules = append(rules, fmt.Sprint(r["protocol"], " ", r["port_range_min"], " ", r["remote_ip_prefix"]))
		}
		slices.Sort(rules)
		return rules
	}
	assert.Equal(t, []string{"tcp 1025 <nil>", "tcp 1026 <nil>", "tcp 80 <nil>", "udp 53 10.0.0.0/8"}, ingress())
	demo.del("/listeners/" + udp).ok(204)
	assert.Equal(t, []string{"tcp 1025 <nil>", "tcp 80 <nil>"}, ingress())
	demo.do("PUT", "http://octavia.fake/network/v2.0/ports/"+port.str("id"), `{"port":{"name":"mine"}}`).ok(200)
	demo.del("/loadbalancers/" + lb + "?cascade=true").ok(204)
	neutron(admin, "/security-groups/"+group).ok(404)
}
