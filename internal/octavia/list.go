// SPDX-License-Identifier: Apache-2.0

package octavia

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/gophercloud/gophercloud/v2"
	"github.com/octaviakit/octaviakit/internal/fault"
)

var errNoProgress = errors.New("page after page holds the same objects")

// List yields the objects of a collection page by page. It never follows
// Octavia's next links, which drop filters: it pages by marker.
//
// Without a limit in q the server's own applies (1000 as shipped). An object is
// yielded once, even if the collection changes meanwhile. An error is the last thing yielded.
func List(ctx context.Context, c *gophercloud.ServiceClient, path, key string, q url.Values) iter.Seq2[Object, error] {
	return func(yield func(Object, error) bool) {
		l := lister{query: maps.Clone(q), seen: map[string]bool{}}
		if l.query == nil {
			l.query = url.Values{}
		}
		if f := l.query["fields"]; len(f) > 0 && !slices.Contains(f, "id") {
			l.query["fields"] = append(slices.Clone(f), "id") // needed for the marker
		}
		for {
			page, more, err := l.page(ctx, c, path, key)
			if err != nil {
				yield(nil, err)
				return
			}
			for _, o := range page {
				if !yield(o, nil) {
					return
				}
			}
			if !more {
				return
			}
		}
	}
}

type lister struct {
	query url.Values
	seen  map[string]bool
	ids   []string // of the last page, for the marker
}

// page reads the next page and drops what was seen before.
func (l *lister) page(ctx context.Context, c *gophercloud.ServiceClient, path, key string) ([]Object, bool, error) {
	answer, err := l.read(ctx, c, path)
	if err != nil {
		return nil, false, err
	}
	list, ok := answer[key].([]any)
	if !ok {
		_, err := under(http.MethodGet, path, answer, key)
		return nil, false, err
	}
	var fresh []Object
	ids := make([]string, 0, len(list))
	for _, v := range list {
		o, ok := v.(Object)
		if !ok {
			return nil, false, &fault.Error{Op: op(c, http.MethodGet, path), Kind: fault.Lost, Text: fmt.Sprintf("unreadable answer: %q holds no objects", key)}
		}
		id := ident(o)
		if id != "" && l.seen[id] {
			continue
		}
		l.seen[id] = true
		ids = append(ids, id)
		fresh = append(fresh, o)
	}
	more := full(answer, len(list), l.query.Get("limit"))
	switch {
	case more && len(fresh) == 0 && len(list) > 0:
		return nil, false, &fault.Error{Op: op(c, http.MethodGet, path), Kind: fault.Other, Text: errNoProgress.Error(), Err: errNoProgress}
	case more && len(ids) > 0 && ids[len(ids)-1] != "":
		l.ids = ids
		l.query.Set("marker", ids[len(ids)-1])
		return fresh, true, nil
	}
	return fresh, false, nil
}

// read makes the request. A marker whose object was deleted meanwhile is refused
// (400); then the object before it serves.
func (l *lister) read(ctx context.Context, c *gophercloud.ServiceClient, path string) (Object, error) {
	for {
		url := path
		if len(l.query) > 0 {
			url += "?" + l.query.Encode()
		}
		answer, err := send(ctx, c, http.MethodGet, url, nil)
		if err == nil || len(l.ids) < 2 || !staleMarker(err) {
			return answer, err
		}
		l.ids = l.ids[:len(l.ids)-1]
		l.query.Set("marker", l.ids[len(l.ids)-1])
	}
}

func staleMarker(err error) bool {
	f := fault.Of(err)
	return f.Status == http.StatusBadRequest && strings.Contains(f.Text, "marker")
}

// ident is what a marker takes: the ID, or the name where there is none (availability zones).
func ident(o Object) string {
	for _, k := range []string{"id", "name"} {
		if s, _ := o[k].(string); s != "" {
			return s
		}
	}
	return ""
}

// full reports whether a page was cut off. Octavia and Neutron say so by a next
// link, whatever limit the server put in place of the one asked for.
func full(answer Object, n int, limit string) bool {
	for k, v := range answer {
		links, _ := v.([]any)
		if !strings.HasSuffix(k, "_links") {
			continue
		}
		for _, l := range links {
			if link, _ := l.(Object); link["rel"] == "next" {
				return true
			}
		}
	}
	want, err := strconv.Atoi(limit)
	return err == nil && want > 0 && n >= want
}
