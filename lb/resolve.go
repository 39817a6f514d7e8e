// SPDX-License-Identifier: Apache-2.0

package lb

import (
	"fmt"
	"strings"
)

// path puts IDs in the place of {path}s.
func (r *run) path(template string) (string, error) {
	var b strings.Builder
	for i, part := range strings.Split(template, "{") {
		if i == 0 {
			b.WriteString(part)
			continue
		}
		name, rest, _ := strings.Cut(part, "}")
		id, err := r.id(name)
		if err != nil {
			return "", err
		}
		b.WriteString(id + rest)
	}
	return b.String(), nil
}

// resolve puts IDs in the place of refs, anywhere in a body.
func (r *run) resolve(v any) (any, error) {
	switch v := v.(type) {
	case ref:
		return r.id(string(v))
	case map[string]any:
		out := make(map[string]any, len(v))
		for k, item := range v {
			resolved, err := r.resolve(item)
			if err != nil {
				return nil, err
			}
			out[k] = resolved
		}
		return out, nil
	}
	return v, nil
}

func (r *run) id(path string) (string, error) {
	if id := r.ids[path]; id != "" {
		return id, nil
	}
	return "", fmt.Errorf("%w: nothing is known by the name %s", ErrStale, path)
}
