// SPDX-License-Identifier: Apache-2.0

package main

import (
	"net/http"
	"sync/atomic"

	"github.com/gophercloud/gophercloud/v2"
)

// counter counts calls on their way to the cloud.
type counter struct {
	next          http.RoundTripper
	reads, writes atomic.Int64
}

// count puts a counter into the clients' transports; clients that share a provider
// client share it.
func count(clients ...*gophercloud.ServiceClient) *counter {
	c := &counter{next: http.DefaultTransport}
	for _, client := range clients {
		if client.HTTPClient.Transport == c {
			continue
		}
		if client.HTTPClient.Transport != nil {
			c.next = client.HTTPClient.Transport
		}
		client.HTTPClient.Transport = c
	}
	return c
}

// RoundTrip counts GETs as reads and everything else as writes.
func (c *counter) RoundTrip(r *http.Request) (*http.Response, error) {
	if r.Method == http.MethodGet {
		c.reads.Add(1)
	} else {
		c.writes.Add(1)
	}
	return c.next.RoundTrip(r)
}
