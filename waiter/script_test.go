// SPDX-License-Identifier: Apache-2.0

package waiter_test

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/gophercloud/gophercloud/v2"
	"github.com/octaviakit/octaviakit/waiter"
)

const lbID = "3ef3afde-e183-4f60-ac9b-1966378dc06e"

// cloud answers requests in-process by what a test says, and writes down when they came.
type cloud struct {
	mu     sync.Mutex
	start  time.Time
	serve  func(r *http.Request, at time.Duration) (int, string, http.Header)
	calls  []string
	times  []time.Duration
	client *gophercloud.ServiceClient
}

func newCloud(serve func(r *http.Request, at time.Duration) (int, string, http.Header)) *cloud {
	c := &cloud{start: time.Now(), serve: serve}
	p := &gophercloud.ProviderClient{HTTPClient: http.Client{Transport: c}}
	c.client = &gophercloud.ServiceClient{
		ProviderClient: p, Endpoint: "http://cloud.example/",
		ResourceBase: "http://cloud.example/v2.0/", Type: "load-balancer",
	}
	return c
}

// trees serves one load balancer's status tree, as a function of time.
func trees(tree func(at time.Duration) string) *cloud {
	return newCloud(func(_ *http.Request, at time.Duration) (int, string, http.Header) {
		return 200, tree(at), nil
	})
}

func (c *cloud) RoundTrip(r *http.Request) (*http.Response, error) {
	if err := r.Context().Err(); err != nil {
		return nil, err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	at := time.Since(c.start)
	c.calls = append(c.calls, r.Method+" "+strings.TrimPrefix(r.URL.RequestURI(), "/v2.0/lbaas/"))
	c.times = append(c.times, at)
	status, body, header := c.serve(r, at)
	if status == 0 {
		return nil, io.ErrUnexpectedEOF
	}
	if header == nil {
		header = http.Header{}
	}
	return &http.Response{StatusCode: status, Header: header, Body: io.NopCloser(strings.NewReader(body)), Request: r}, nil
}

func (c *cloud) waiter(opts ...waiter.Option) *waiter.Waiter { return waiter.New(c.client, opts...) }

func (c *cloud) count() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return len(c.calls)
}

// node is one object of a scripted status tree.
type node map[string]any

func obj(id, provisioning string, more ...any) node {
	n := node{"id": id, "name": "", "provisioning_status": provisioning, "operating_status": "ONLINE"}
	for i := 0; i+1 < len(more); i += 2 {
		n[more[i].(string)] = more[i+1]
	}
	return n
}

func tree(provisioning string, listeners ...node) string {
	lb := obj(lbID, provisioning, "name", "web", "listeners", listeners)
	raw, err := json.Marshal(map[string]any{"statuses": map[string]any{"loadbalancer": lb}})
	if err != nil {
		panic(err)
	}
	return string(raw)
}

// web is a listener with a pool of one member.
func web(listener, pool, member string) node {
	return obj("l1", listener, "name", "https", "pools", []node{
		obj("p1", pool, "members", []node{obj("m1", member, "address", "10.0.0.5", "protocol_port", 8080)}),
	})
}

func fault(status int, sentence string) (int, string, http.Header) {
	return status, fmt.Sprintf(`{"faultcode": "Client", "faultstring": %q, "debuginfo": null}`, sentence), nil
}

// activeAfter is a load balancer that settles after d.
func activeAfter(d time.Duration) func(time.Duration) string {
	return func(at time.Duration) string {
		if at < d {
			return tree("PENDING_UPDATE", web("PENDING_UPDATE", "PENDING_UPDATE", "PENDING_UPDATE"))
		}
		return tree("ACTIVE", web("ACTIVE", "ACTIVE", "ACTIVE"))
	}
}

func ms(n int) time.Duration { return time.Duration(n) * time.Millisecond }

func secs(list []time.Duration) string {
	var out []string
	for _, d := range list {
		out = append(out, fmt.Sprintf("%.2f", d.Seconds()))
	}
	return strings.Join(out, " ")
}

// bubble runs a test in virtual time, beside others.
func bubble(t *testing.T, f func(t *testing.T)) {
	t.Helper()
	t.Parallel()
	synctest.Test(t, f)
}
