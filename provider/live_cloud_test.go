// SPDX-License-Identifier: Apache-2.0

package provider_test

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/gophercloud/gophercloud/v2"
	"github.com/gophercloud/gophercloud/v2/openstack"
	"github.com/gophercloud/gophercloud/v2/openstack/config"
	"github.com/gophercloud/gophercloud/v2/openstack/config/clouds"
	"github.com/stretchr/testify/require"

	"github.com/octaviakit/octaviakit/provider"
)

// obj is a JSON object, as sent and as read.
type obj = map[string]any

// livePrefix marks everything that these tests create.
const livePrefix = "provider-live-"

// live is one driver of a real cloud, with a load balancer to try things on.
type live struct {
	t       *testing.T
	ctx     context.Context //nolint:containedctx // the test's, which ends before its clean-up
	octavia *gophercloud.ServiceClient
	network *gophercloud.ServiceClient
	name    provider.Name
	caps    provider.Capabilities

	vip, vip6 obj // subnets of one network; vip6 may be nil

	lb, listener, pool string   // the load balancer to try things on
	made               []string // paths to delete after the probe, oldest first
	port               int      // of the last listener
}

// liveClients authenticates with an entry of clouds.yaml.
func liveClients(t *testing.T, cloud string) (octavia, network *gophercloud.ServiceClient) {
	t.Helper()
	auth, endpoint, tls, err := clouds.Parse(clouds.WithCloudName(cloud))
	require.NoError(t, err)
	client, err := config.NewProviderClient(t.Context(), auth, config.WithTLSConfig(tls))
	require.NoError(t, err)
	octavia, err = openstack.NewLoadBalancerV2(client, endpoint)
	require.NoError(t, err)
	network, err = openstack.NewNetworkV2(client, endpoint)
	require.NoError(t, err)
	return octavia, network
}

// send makes one call and returns whatever status came back.
func (l *live) send(client *gophercloud.ServiceClient, method, path string, body any) (status int, out obj, text string) {
	l.t.Helper()
	opts := &gophercloud.RequestOpts{KeepResponseBody: true, OkCodes: []int{200, 201, 202, 204}}
	if body != nil {
		opts.JSONBody = body
	}
	resp, err := client.Request(l.ctx, method, client.ServiceURL(path), opts)
	var refused gophercloud.ErrUnexpectedResponseCode
	if errors.As(err, &refused) {
		return refused.Actual, nil, string(refused.Body)
	}
	require.NoError(l.t, err)
	defer resp.Body.Close()
	var b bytes.Buffer
	_, err = b.ReadFrom(resp.Body)
	require.NoError(l.t, err)
	if b.Len() > 0 {
		require.NoError(l.t, json.Unmarshal(b.Bytes(), &out), b.String())
	}
	return resp.StatusCode, out, b.String()
}

// call talks to Octavia and waits while the load balancer is locked. Octavia on
// MariaDB 11.6.2 and newer (innodb_snapshot_isolation) fails now and then for
// reasons of its own: 500 "Record has changed since last read", or 400 "X is not a
// valid option for type" for a monitor of any type. Such calls are repeated.
func (l *live) call(method, path string, body any) (status int, out obj, text string) {
	l.t.Helper()
	failures := 0
	for range 400 {
		status, out, text = l.send(l.octavia, method, "lbaas/"+path, body)
		locked := status == http.StatusConflict && (strings.Contains(text, "immutable") || strings.Contains(text, "Invalid state PENDING"))
		failed := strings.Contains(text, "Record has changed since last read") || strings.Contains(text, "is not a valid option for type")
		if failed {
			failures++
		}
		if !locked && !(failed && failures < 5) {
			return status, out, text
		}
		l.pause(300 * time.Millisecond)
	}
	return status, out, text
}

func (l *live) pause(d time.Duration) {
	select {
	case <-time.After(d):
	case <-l.ctx.Done():
		l.t.Fatal(l.ctx.Err())
	}
}

// post creates an object and remembers to delete it; its attributes are out.
func (l *live) post(path, kind string, attributes obj) (s seen, out obj) {
	l.t.Helper()
	status, body, text := l.call(http.MethodPost, path, obj{kind: attributes})
	s = seenOf(status, text)
	if s.outcome == worked {
		out, _ = body[kind].(obj)
		l.made = append(l.made, path+"/"+out["id"].(string))
	}
	return s, out
}

// given is an object that a probe builds on.
func (l *live) given(s seen, out obj) obj {
	l.t.Helper()
	require.Equal(l.t, worked, s.outcome, s.text)
	return out
}

func (l *live) put(path, kind string, attributes any) seen {
	l.t.Helper()
	status, _, text := l.call(http.MethodPut, path, obj{kind: attributes})
	s := seenOf(status, text)
	l.settle()
	return s
}

func (l *live) get(path, kind string) (s seen, out obj) {
	l.t.Helper()
	status, body, text := l.call(http.MethodGet, path, nil)
	out, _ = body[kind].(obj)
	return seenOf(status, text), out
}

// settle waits until nothing of the load balancer is PENDING. A listener that ovn
// leaves so under an ACTIVE load balancer (quirk ovn-hm-listener-pending) is freed
// by touching it; a load balancer in ERROR, or stuck, is replaced, since nothing
// more can be tried on it.
func (l *live) settle() {
	l.t.Helper()
	quiet, enough := 0, 1
	if l.name == provider.OVN {
		enough = 2 // it is ACTIVE early at times
	}
	touched := time.Now()
	for start := time.Now(); time.Since(start) < 150*time.Second; l.pause(250 * time.Millisecond) {
		_, body, _ := l.call(http.MethodGet, "loadbalancers/"+l.lb+"/status", nil)
		states := provisioning(body)
		switch {
		case len(states) > 0 && states[0] == "ERROR":
			l.t.Log("load balancer in ERROR: starting afresh")
			l.build()
			return
		case slices.ContainsFunc(states, func(s string) bool { return strings.HasPrefix(s, "PENDING") }):
			quiet = 0
			if states[0] == "ACTIVE" && time.Since(touched) > 25*time.Second {
				touched = time.Now()
				l.touch(body)
			}
		default:
			if quiet++; quiet == enough {
				return
			}
		}
	}
	l.t.Logf("%s: still PENDING after 150 s", l.lb)
	l.build()
}

// touch frees listeners that stay PENDING by changing a word of theirs.
func (l *live) touch(tree obj) {
	l.t.Helper()
	statuses, _ := tree["statuses"].(obj)
	lb, _ := statuses["loadbalancer"].(obj)
	listeners, _ := lb["listeners"].([]any)
	for _, x := range listeners {
		listener := x.(obj)
		if state := listener["provisioning_status"].(string); strings.HasPrefix(state, "PENDING") {
			path := "lbaas/listeners/" + listener["id"].(string)
			status, _, _ := l.send(l.octavia, http.MethodPut, path, obj{"listener": obj{"description": "touched"}})
			l.t.Logf("a listener %s below an ACTIVE load balancer, touched: %d", state, status)
		}
	}
}

// provisioning lists the provisioning statuses of a status tree, the root's first.
func provisioning(tree any) (states []string) {
	switch x := tree.(type) {
	case obj:
		if s, ok := x["provisioning_status"].(string); ok {
			states = append(states, s)
		}
		for _, k := range []string{"statuses", "loadbalancer", "listeners", "pools", "health_monitor", "members"} {
			states = append(states, provisioning(x[k])...)
		}
	case []any:
		for _, y := range x {
			states = append(states, provisioning(y)...)
		}
	}
	return states
}

// build makes the load balancer to try things on: a TCP listener with its pool.
func (l *live) build() {
	l.t.Helper()
	l.sweep()
	l.made = nil
	status, body, text := l.call(http.MethodPost, "loadbalancers", obj{"loadbalancer": obj{
		"name": livePrefix + string(l.name), "provider": l.name, "vip_subnet_id": l.vip["id"],
	}})
	require.Equal(l.t, http.StatusCreated, status, text)
	l.lb = body["loadbalancer"].(obj)["id"].(string)
	l.settle()
	listener := l.given(l.post("listeners", "listener", obj{"loadbalancer_id": l.lb, "protocol": "TCP", "protocol_port": 80}))
	l.listener = listener["id"].(string)
	pool := l.given(l.post("pools", "pool", obj{"listener_id": l.listener, "protocol": "TCP", "lb_algorithm": l.caps.Algorithm()}))
	l.pool = pool["id"].(string)
	l.made, l.port = nil, 1000
	l.settle()
}

// tidy deletes what a probe made, youngest first.
func (l *live) tidy() {
	l.t.Helper()
	for _, path := range slices.Backward(l.made) {
		if strings.HasPrefix(path, "loadbalancers/") {
			l.remove(path)
			continue
		}
		status, _, text := l.call(http.MethodDelete, path, nil)
		if status != http.StatusNoContent && status != http.StatusNotFound {
			l.t.Logf("DELETE %s: %d %s", path, status, text)
		}
		if l.name == provider.OVN {
			l.settle() // else the lock is enough: the next call waits for it
		}
	}
	l.made = nil
}

// remove deletes a load balancer with all below it, and waits until it is gone.
func (l *live) remove(path string) {
	l.t.Helper()
	for range 60 {
		if status, _, _ := l.call(http.MethodDelete, path+"?cascade=true", nil); status == http.StatusNotFound {
			return
		}
		for range 40 {
			status, body, _ := l.call(http.MethodGet, path, nil)
			if status == http.StatusNotFound {
				return
			}
			if lb, _ := body["loadbalancer"].(obj); lb["provisioning_status"] == "ERROR" {
				break // deletable once more
			}
			l.pause(500 * time.Millisecond)
		}
	}
	l.t.Errorf("%s could not be deleted", path)
}

// sweep removes what these tests left behind for this driver, now or before.
func (l *live) sweep() {
	l.t.Helper()
	_, body, _ := l.call(http.MethodGet, "loadbalancers?provider="+string(l.name), nil)
	lbs, _ := body["loadbalancers"].([]any)
	for _, x := range lbs {
		lb := x.(obj)
		if name, _ := lb["name"].(string); strings.HasPrefix(name, livePrefix) {
			l.remove("loadbalancers/" + lb["id"].(string))
		}
	}
}

// subnets chooses an IPv4 subnet of the project, the one named by
// OCTAVIAKIT_SUBNET or the first that shares its network with an IPv6 one.
func (l *live) subnets() {
	l.t.Helper()
	status, body, text := l.send(l.network, http.MethodGet, "subnets", nil)
	require.Equal(l.t, http.StatusOK, status, text)
	wanted := os.Getenv("OCTAVIAKIT_SUBNET")
	all, _ := body["subnets"].([]any)
	slices.SortFunc(all, func(a, b any) int { return cmp.Compare(fmt.Sprint(a.(obj)["name"]), fmt.Sprint(b.(obj)["name"])) })
	for _, x := range all {
		s := x.(obj)
		if s["ip_version"] != 4.0 || s["gateway_ip"] == nil || wanted != "" && wanted != s["id"] && wanted != s["name"] {
			continue
		}
		var six obj
		for _, y := range all {
			if o := y.(obj); o["network_id"] == s["network_id"] && o["ip_version"] == 6.0 {
				six = o
			}
		}
		if l.vip == nil || l.vip6 == nil && six != nil {
			l.vip, l.vip6 = s, six
		}
	}
	require.NotNil(l.t, l.vip, "no IPv4 subnet to try things on; name one by OCTAVIAKIT_SUBNET")
}
