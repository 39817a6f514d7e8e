// SPDX-License-Identifier: Apache-2.0

// Package octavia sends the requests that gophercloud has no type for, or whose
// types cannot say null, zero or absent. It is the only place that does.
package octavia

import (
	"context"
	"iter"
	"net/url"

	"github.com/gophercloud/gophercloud/v2"
)

// Object is one resource as decoded from JSON.
type Object = map[string]any

// Get reads path ("lbaas/pools/ID") and returns what is under key ("pool").
func Get(ctx context.Context, c *gophercloud.ServiceClient, path, key string) (Object, error) {
	panic("stub")
}

// List yields the objects of a collection page by page. It never follows
// Octavia's next links, which drop filters: it pages by marker.
func List(ctx context.Context, c *gophercloud.ServiceClient, path, key string, q url.Values) iter.Seq2[Object, error] {
	panic("stub")
}

// Create POSTs body under key and returns the answer; Update PUTs likewise.
func Create(ctx context.Context, c *gophercloud.ServiceClient, path, key string, body Object) (Object, error) {
	panic("stub")
}
func Update(ctx context.Context, c *gophercloud.ServiceClient, path, key string, body Object) (Object, error) {
	panic("stub")
}

// Delete DELETEs path, which may carry a query ("?cascade=true").
func Delete(ctx context.Context, c *gophercloud.ServiceClient, path string) error { panic("stub") }

// PutMembers replaces (or with additive only adds and updates) the members of a pool in one call.
func PutMembers(ctx context.Context, c *gophercloud.ServiceClient, poolID string, members []Object, additive bool) error {
	panic("stub")
}
