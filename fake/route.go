// SPDX-License-Identifier: Apache-2.0

package fake

import (
	"fmt"
	"path"
	"strings"
)

// route picks requests by method and path, as faults and assertions name them. An empty part matches any.
type route struct{ method, path string }

// parseRoute reads "PUT /pools/*/members", or one of the two words alone.
func parseRoute(text string) (route, error) {
	var r route
	words := strings.Fields(text)
	for i, w := range words {
		switch {
		case strings.HasPrefix(w, "/") && i == len(words)-1:
			r.path = w
		case i == 0:
			r.method = w
		default:
			return r, fmt.Errorf(`%q: want a method, a path or both, such as "PUT /pools/*/members"`, text)
		}
	}
	return r, goodPattern(r.path)
}

func goodPattern(pattern string) error {
	if _, err := path.Match(pattern, ""); err != nil {
		return fmt.Errorf("want a pattern of path.Match, not %q: %w", pattern, err)
	}
	return nil
}

// matches takes the path as it was sent. Octavia answers with and without /lbaas, and so does the pattern.
func (r route) matches(method, sent string) bool {
	if r.method != "" && !strings.EqualFold(r.method, method) {
		return false
	}
	if r.path == "" {
		return true
	}
	pattern, below := r.path, belowVersion(sent)
	if strings.HasPrefix(sent, "/load-balancer/") {
		pattern, below = strings.TrimPrefix(pattern, "/lbaas"), strings.TrimPrefix(below, "/lbaas")
	}
	ok, err := path.Match(pattern, below)
	return err == nil && ok
}

// belowVersion cuts "/load-balancer/v2.0" and its like off a path.
func belowVersion(path string) string {
	segments := strings.Split(strings.TrimPrefix(path, "/"), "/")
	if len(segments) > 0 {
		segments = segments[1:] // the service
	}
	if len(segments) > 0 && strings.HasPrefix(segments[0], "v") {
		segments = segments[1:]
	}
	return "/" + strings.Join(segments, "/")
}
