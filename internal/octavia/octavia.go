// SPDX-License-Identifier: Apache-2.0

// Package octavia sends the requests that gophercloud has no type for, or whose
// types cannot say null, zero or absent. It is the only place that does.
//
// It works on any ServiceClient whose ResourceBase ends in the API version, so it
// serves Neutron's collections as well. Paths are relative to that base, as in
// "lbaas/pools/ID". Every error is a *fault.Error. Numbers are decoded as float64.
package octavia

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"

	"github.com/gophercloud/gophercloud/v2"
	"github.com/octaviakit/octaviakit/internal/fault"
)

// Object is one resource as decoded from JSON.
type Object = map[string]any

// Get reads path ("lbaas/pools/ID") and returns what is under key ("pool").
func Get(ctx context.Context, c *gophercloud.ServiceClient, path, key string) (Object, error) {
	answer, err := send(ctx, c, http.MethodGet, path, nil)
	if err != nil {
		return nil, err
	}
	return under(http.MethodGet, path, answer, key)
}

// Create POSTs body under key and returns the answer's object under the same key.
func Create(ctx context.Context, c *gophercloud.ServiceClient, path, key string, body Object) (Object, error) {
	return write(ctx, c, http.MethodPost, path, key, body)
}

// Update PUTs body under key and returns the answer's object under the same key,
// nil when the answer has no body (quotas).
func Update(ctx context.Context, c *gophercloud.ServiceClient, path, key string, body Object) (Object, error) {
	return write(ctx, c, http.MethodPut, path, key, body)
}

// Put PUTs path, that of an action or of a tag, without a body: Octavia takes any for an argument that it does not know, a 500.
func Put(ctx context.Context, c *gophercloud.ServiceClient, path string) error {
	_, err := send(ctx, c, http.MethodPut, path, nil)
	return err
}

func write(ctx context.Context, c *gophercloud.ServiceClient, method, path, key string, body Object) (Object, error) {
	if body == nil {
		body = Object{} // null would be Octavia's internal error
	}
	answer, err := send(ctx, c, method, path, Object{key: body})
	if err != nil || answer == nil {
		return nil, err
	}
	return under(method, path, answer, key)
}

// Delete DELETEs path, which may carry a query ("?cascade=true").
func Delete(ctx context.Context, c *gophercloud.ServiceClient, path string) error {
	_, err := send(ctx, c, http.MethodDelete, path, nil)
	return err
}

// PutMembers replaces (or with additive only adds and updates) the members of a pool in one call.
// Octavia answers 202 without a body; the members are PENDING then. additive needs API 2.11 (Train).
func PutMembers(ctx context.Context, c *gophercloud.ServiceClient, poolID string, members []Object, additive bool) error {
	if members == nil {
		members = []Object{} // null would be Octavia's internal error
	}
	path := "lbaas/pools/" + poolID + "/members"
	if additive {
		path += "?additive_only=true"
	}
	_, err := send(ctx, c, http.MethodPut, path, map[string]any{"members": members})
	return err
}

// send makes one request and decodes the answer, nil when there is none.
// It reads the body itself, as gophercloud would take an empty 202 for broken JSON.
func send(ctx context.Context, c *gophercloud.ServiceClient, method, path string, body any) (Object, error) {
	opts := &gophercloud.RequestOpts{
		OkCodes:          []int{http.StatusOK, http.StatusCreated, http.StatusAccepted, http.StatusNoContent},
		KeepResponseBody: true,
	}
	if body != nil {
		opts.JSONBody = body
	}
	if spent(ctx, method) {
		return nil, &fault.Error{Op: op(c, method, path), Kind: fault.Other, Text: ErrLater.Error(), Err: ErrLater}
	}
	Slot(ctx)
	resp, err := c.Request(ctx, method, c.ServiceURL(path), opts)
	if err != nil {
		f := unstorable(failure(ctx, c, method, path, err), body)
		Heed(ctx, f)
		return nil, f
	}
	defer func() { _ = resp.Body.Close() }()
	note(ctx, resp.Header)
	raw, err := io.ReadAll(resp.Body)
	if err != nil {
		return nil, lost(ctx, c, method, path, err)
	}
	if len(bytes.TrimSpace(raw)) == 0 {
		return nil, nil
	}
	var answer Object
	if err := json.Unmarshal(raw, &answer); err != nil {
		return nil, lost(ctx, c, method, path, err)
	}
	return answer, nil
}

func failure(ctx context.Context, c *gophercloud.ServiceClient, method, path string, err error) *fault.Error {
	f := *fault.Of(err)
	if f.Op == "" {
		f.Op = op(c, method, path)
	}
	// A context cancelled with a cause of its own shows up as that cause.
	if f.Status == 0 && ctx.Err() != nil {
		f.Kind = fault.Canceled
	}
	return &f
}

// lost is an answer that cannot be read: what it said about a mutation is unknown.
func lost(ctx context.Context, c *gophercloud.ServiceClient, method, path string, err error) error {
	f := &fault.Error{Op: op(c, method, path), Kind: fault.Lost, Text: "unreadable answer: " + err.Error(), Err: err}
	if ctx.Err() != nil {
		f.Kind = fault.Canceled
	}
	return f
}

func op(c *gophercloud.ServiceClient, method, path string) string {
	path, _, _ = strings.Cut(path, "?")
	if u, err := url.Parse(c.ServiceURL(path)); err == nil {
		path = u.EscapedPath()
	}
	return method + " " + path
}

func under(method, path string, answer Object, key string) (Object, error) {
	if o, ok := answer[key].(Object); ok {
		return o, nil
	}
	err := fmt.Errorf("no object %q in it", key)
	path, _, _ = strings.Cut(path, "?")
	return nil, &fault.Error{Op: method + " " + path, Kind: fault.Lost, Text: "unreadable answer: " + err.Error(), Err: err}
}
