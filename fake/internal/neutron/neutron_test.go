// SPDX-License-Identifier: Apache-2.0

package neutron_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/octaviakit/octaviakit/fake/internal/identity"
	"github.com/octaviakit/octaviakit/fake/internal/neutron"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

type object = map[string]any

// world is a seeded Neutron with people to call it.
type world struct {
	t *testing.T
	*neutron.Neutron
	ids   neutron.Seeded
	newID func() string

	demo, demo2, admin, reader identity.Identity
}

func newWorld(t *testing.T) *world {
	t.Helper()
	count := 0
	newID := func() string {
		count++
		return fmt.Sprintf("%08x-0000-4000-8000-%012x", count, count)
	}
	n := neutron.New(neutron.Env{
		Now:   func() time.Time { return time.Date(2025, 4, 2, 8, 0, count, 0, time.UTC) },
		NewID: newID,
	})
	return &world{
		t: t, Neutron: n, newID: newID, ids: n.Seed("admin", "demo", "demo2"),
		demo:   identity.Identity{ProjectID: "demo", Roles: []string{"member", "reader"}},
		demo2:  identity.Identity{ProjectID: "demo2", Roles: []string{"member", "reader"}},
		admin:  identity.Identity{ProjectID: "admin", Roles: []string{"admin", "member", "reader"}},
		reader: identity.Identity{ProjectID: "demo", Roles: []string{"reader"}},
	}
}

// call sends a request as someone and returns the status and the body.
func (w *world) call(who identity.Identity, method, path, body string) (int, object) {
	w.t.Helper()
	r := httptest.NewRequest(method, "http://fake/network"+path, strings.NewReader(body))
	rec := httptest.NewRecorder()
	w.Serve(rec, r, r.URL.Path[len("/network"):], who)
	var o object
	if rec.Body.Len() > 0 {
		require.NoError(w.t, json.Unmarshal(rec.Body.Bytes(), &o), rec.Body.String())
	}
	return rec.Code, o
}

// made sends a request that must succeed and returns the object in its answer.
func (w *world) made(who identity.Identity, method, path, body string) object {
	w.t.Helper()
	status, o := w.call(who, method, path, body)
	require.Less(w.t, status, 300, "%v", o)
	for _, v := range o {
		if inner, ok := v.(object); ok && len(o) == 1 {
			return inner
		}
	}
	return o
}

// refused sends a request that must be refused like that.
func (w *world) refused(who identity.Identity, method, path, body string, status int, typ, message string) {
	w.t.Helper()
	got, o := w.call(who, method, path, body)
	want := object{"NeutronError": object{"type": typ, "message": message, "detail": ""}}
	assert.Equal(w.t, status, got, "%s %s %s", method, path, body)
	assert.Equal(w.t, want, o, "%s %s %s", method, path, body)
}

// port makes a port on the private network's IPv4 subnet.
func (w *world) port() object {
	w.t.Helper()
	return w.made(w.demo, http.MethodPost, "/v2.0/ports",
		fmt.Sprintf(`{"port":{"network_id":%q,"fixed_ips":[{"subnet_id":%q}]}}`, w.ids.Network, w.ids.Subnet))
}

func TestSeedIsWhatDemoSees(t *testing.T) {
	w := newWorld(t)
	names := func(path, plural string) (names []string) {
		_, o := w.call(w.demo, http.MethodGet, path, "")
		for _, v := range o[plural].([]any) {
			names = append(names, v.(object)["name"].(string))
		}
		return names
	}
	assert.ElementsMatch(t, []string{"public", "private", "members"}, names("/v2.0/networks", "networks"))
	assert.Equal(t, []string{"public"}, names("/v2.0/networks?router:external=true", "networks"))
	assert.ElementsMatch(t, []string{"public-v4", "private-v4", "private-v6", "members-v4"},
		names("/v2.0/subnets", "subnets"))
	assert.Equal(t, []string{"default"}, names("/v2.0/security-groups", "security_groups"))

	net, ok := w.Network(w.ids.Network)
	require.True(t, ok)
	assert.Equal(t, []string{w.ids.Subnet, w.ids.Subnet6}, net.Subnets)
}

func TestFloatingIPFollowsItsPort(t *testing.T) {
	w := newWorld(t)
	port := w.port()
	fip := w.made(w.demo, http.MethodPost, "/v2.0/floatingips",
		fmt.Sprintf(`{"floatingip":{"floating_network_id":%q,"port_id":%q,"description":"d"}}`, w.ids.External, port["id"]))
	assert.Equal(t, "DOWN", fip["status"], "the agent has not reported yet")
	assert.Equal(t, port["id"], fip["port_id"])
	path := "/v2.0/floatingips/" + fip["id"].(string)
	fip = w.made(w.demo, http.MethodGet, path, "")
	assert.Equal(t, "ACTIVE", fip["status"])
	assert.Equal(t, w.ids.Router, fip["router_id"])
	assert.Equal(t, "10.0.0.2", fip["fixed_ip_address"])

	w.DeletePort(port["id"].(string))
	fip = w.made(w.demo, http.MethodGet, path, "")
	assert.Equal(t, "DOWN", fip["status"])
	assert.Nil(t, fip["port_id"])
	assert.Nil(t, fip["fixed_ip_address"])
	assert.Nil(t, fip["port_details"])
}
