// SPDX-License-Identifier: Apache-2.0

// Package rest holds what the fake's Keystone and Neutron share: JSON bodies in and out.
package rest

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
)

// maxBody bounds what is read of a request; the real services sit behind limits of the same order.
const maxBody = 16 << 20

// Object is a JSON object.
type Object = map[string]any

// JSON answers with v as JSON.
func JSON(w http.ResponseWriter, status int, v any) {
	body, err := json.Marshal(v)
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_, _ = w.Write(body) // a client that has gone away is no concern of the fake
}

// Read returns the request's body, nil when it has none; one that cannot be read or is too long counts as malformed.
func Read(r *http.Request) []byte {
	if r.Body == nil {
		return nil
	}
	body, err := io.ReadAll(io.LimitReader(r.Body, maxBody))
	if err != nil || len(body) == maxBody {
		return []byte("{")
	}
	return bytes.TrimSpace(body)
}

// View turns a value into the object that its JSON describes. It panics on values that have no such form, which would
// be a mistake of the fake's own types.
func View(v any) Object {
	body, err := json.Marshal(v)
	if err != nil {
		panic(err)
	}
	var o Object
	if err := json.Unmarshal(body, &o); err != nil {
		panic(err)
	}
	return o
}

// Pick keeps the named fields of o, all of them when no name is given.
func Pick(o Object, fields []string) Object {
	if len(fields) == 0 {
		return o
	}
	picked := Object{}
	for _, f := range fields {
		if v, ok := o[f]; ok {
			picked[f] = v
		}
	}
	return picked
}
