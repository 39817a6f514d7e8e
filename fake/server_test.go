// SPDX-License-Identifier: Apache-2.0

package fake_test

import (
	"bytes"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/gophercloud/gophercloud/v2"
	"github.com/gophercloud/gophercloud/v2/openstack"
	"github.com/gophercloud/gophercloud/v2/openstack/loadbalancer/v2/loadbalancers"
	"github.com/octaviakit/octaviakit/fake"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// The same cloud behind a socket, as programs in other languages meet it.
func TestServedOverASocket(t *testing.T) {
	c := fake.New()
	srv := httptest.NewServer(c)
	defer srv.Close()
	pc, err := openstack.AuthenticatedClient(t.Context(), gophercloud.AuthOptions{
		IdentityEndpoint: srv.URL + "/identity/v3", Username: "demo", Password: "fake", TenantName: "demo", DomainName: "Default",
	})
	require.NoError(t, err)
	lbc, err := openstack.NewLoadBalancerV2(pc, gophercloud.EndpointOpts{})
	require.NoError(t, err)
	assert.True(t, strings.HasPrefix(lbc.Endpoint, srv.URL), "the catalogue names the host that was asked: %s", lbc.Endpoint)
	lb, err := loadbalancers.Create(t.Context(), lbc, loadbalancers.CreateOpts{VipSubnetID: c.SubnetID()}).Extract()
	require.NoError(t, err)

	c.Inject(fake.Fault{Method: "DELETE", Effect: fake.LoseReply})
	require.Error(t, loadbalancers.Delete(t.Context(), lbc, lb.ID, nil).ExtractErr(), "the connection drops")
	_, err = loadbalancers.Get(t.Context(), lbc, lb.ID).Extract()
	assert.True(t, gophercloud.ResponseCodeIs(err, http.StatusNotFound))
}

func TestEnvelopes(t *testing.T) {
	c := fake.New()
	a := as(t, c, "demo")
	missing := "00000000-0000-0000-0000-000000000001"
	assert.JSONEq(t, `{"faultcode":"Client","faultstring":"Pool `+missing+` not found.","debuginfo":null}`, a.get("/pools/"+missing).ok(404).Text)
	assert.JSONEq(t, `{"code":404,"title":"Bad Request","description":"Pool `+missing+` not found."}`, a.get("/pools/"+missing+"/members").ok(404).Text)
	a.token = "nonsense"
	r := a.get("/pools").ok(401)
	assert.JSONEq(t, `{"error":{"code":401,"title":"Unauthorized","message":"The request you have made requires authentication."}}`, r.Text)
	assert.Equal(t, `Keystone uri="http://octavia.fake/identity"`, r.Header.Get("WWW-Authenticate"))
}

func TestContentTypes(t *testing.T) {
	c := fake.New()
	a := as(t, c, "demo")
	send := func(header, value, body string) *http.Response {
		req, err := http.NewRequestWithContext(t.Context(), "POST", "http://octavia.fake/load-balancer/v2/lbaas/loadbalancers", bytes.NewBufferString(body))
		require.NoError(t, err)
		req.Header.Set("X-Auth-Token", a.token)
		req.Header.Set("Content-Type", "application/json")
		req.Header.Set(header, value)
		res, err := c.RoundTrip(req)
		require.NoError(t, err)
		return res
	}
	body := fmt.Sprintf(`{"loadbalancer":{"vip_subnet_id":%q}}`, c.SubnetID())
	assert.Equal(t, 406, send("Accept", "text/html", body).StatusCode)
	assert.Equal(t, 201, send("Accept", "", body).StatusCode)
	assert.Equal(t, 201, send("Accept", "*/*", body).StatusCode)
	assert.Equal(t, 415, send("Content-Type", "text/plain", body).StatusCode)
	assert.Equal(t, 400, send("Content-Type", "", body).StatusCode)
	assert.Equal(t, 400, send("Content-Type", "application/x-www-form-urlencoded", "a=b").StatusCode)
	assert.Equal(t, 201, send("Content-Type", "application/json; charset=utf-8", body).StatusCode)
}
