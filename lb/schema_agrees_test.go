// SPDX-License-Identifier: Apache-2.0

package lb_test

import (
	"encoding/json"
	"maps"
	"math/rand/v2"
	"net/netip"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/octaviakit/octaviakit/lb"
)

// What the published schema accepts ParseSpec reads, and what it refuses ParseSpec or
// Validate refuses: of documents that are drawn by the schema, with something else in them
// now and then.
func TestSchemaAndParserAgree(t *testing.T) {
	t.Parallel()
	data, err := os.ReadFile("../docs/spec.schema.json")
	require.NoError(t, err)
	var s schema
	require.NoError(t, json.Unmarshal(data, &s.root))
	s.defs = s.root["$defs"].(map[string]any)
	good, bad := 0, 0
	for seed := range uint64(2000) {
		d := draw{rand.New(rand.NewPCG(seed, 1)), s}.value(s.root)
		data, err := json.Marshal(d)
		require.NoError(t, err)
		spec, err := lb.ParseSpec(data)
		if s.accepts(s.root, d) {
			good++
			require.NoError(t, err, "the schema accepts %s", data)
		} else {
			bad++
			require.True(t, err != nil || spec.Validate() != nil, "the schema refuses %s", data)
		}
	}
	require.Greater(t, min(good, bad), 150)
}

// schema is as much of JSON Schema as ours uses.
type schema struct{ root, defs map[string]any }

func (s schema) resolve(of map[string]any) map[string]any {
	if name, ok := of["$ref"].(string); ok {
		return s.defs[strings.TrimPrefix(name, "#/$defs/")].(map[string]any)
	}
	return of
}

func (s schema) accepts(of map[string]any, v any) bool {
	of = s.resolve(of)
	if enum, ok := of["enum"].([]any); ok && !slices.Contains(enum, v) {
		return false
	}
	if forms, ok := of["anyOf"].([]any); ok && !slices.ContainsFunc(forms, func(f any) bool { return isForm(f.(map[string]any), v) }) {
		return false
	}
	switch v := v.(type) {
	case map[string]any:
		return of["type"] == "object" && s.acceptsObject(of, v)
	case []any:
		items, _ := of["items"].(map[string]any)
		return of["type"] == "array" && !slices.ContainsFunc(v, func(item any) bool { return !s.accepts(items, item) })
	case string:
		pattern, ok := of["pattern"].(string)
		return of["type"] == "string" && (!ok || regexp.MustCompile(pattern).MatchString(v))
	case float64:
		low, lower := of["minimum"].(float64)
		high, upper := of["maximum"].(float64)
		return of["type"] == "integer" && v == float64(int64(v)) && !(lower && v < low) && !(upper && v > high)
	case bool:
		return of["type"] == "boolean"
	}
	return false
}

func (s schema) acceptsObject(of, v map[string]any) bool {
	properties, _ := of["properties"].(map[string]any)
	required, _ := of["required"].([]any)
	if slices.ContainsFunc(required, func(name any) bool { _, there := v[name.(string)]; return !there }) {
		return false
	}
	for name, value := range v {
		p, known := properties[name].(map[string]any)
		if !known {
			p, known = of["additionalProperties"].(map[string]any)
		}
		if !known || !s.accepts(p, value) {
			return false
		}
	}
	return true
}

// isForm reports whether text is an address of the version, or nothing at all.
func isForm(of map[string]any, v any) bool {
	text, ok := v.(string)
	if _, constant := of["const"]; constant {
		return ok && text == ""
	}
	a, err := netip.ParseAddr(text)
	return err == nil && a.Is4() == (of["format"] == "ipv4")
}

// draw draws values that a schema describes, and a few that it does not.
type draw struct {
	*rand.Rand
	schema
}

func (d draw) value(of map[string]any) any {
	if d.IntN(150) == 0 {
		return pick[any](d.Rand, nil, true, 5.0, -1.0, 1.5, 70000.0, "", "x", "::1", "-5s", "1d", ".5s", "10.0.0.0/99", "::/129", []any{}, map[string]any{})
	}
	of = d.resolve(of)
	if enum, ok := of["enum"].([]any); ok {
		return pick(d.Rand, enum...)
	}
	pattern, _ := of["pattern"].(string)
	_, address := of["anyOf"]
	switch {
	case of["type"] == "object":
		return d.object(of)
	case of["type"] == "array":
		out := []any{}
		for range d.IntN(3) {
			out = append(out, d.value(of["items"].(map[string]any)))
		}
		return out
	case of["type"] == "boolean":
		return d.IntN(2) == 0
	case of["type"] == "integer":
		return pick(d.Rand, 0.0, 1, 80, 255, 65535)
	case address:
		return pick(d.Rand, "10.0.0.1", "2001:db8::1")
	case strings.Contains(pattern, "/"):
		return pick(d.Rand, "10.0.0.0/8", "::/0", "2001:db8::/32", "192.0.2.1/32", "2001:db8::1/128")
	case pattern != "":
		return pick(d.Rand, "5s", "1m30s", "1.5s", "0s", "100ms", "3µs", "1h")
	}
	return pick(d.Rand, "a", "web", "", "x y", "é")
}

func (d draw) object(of map[string]any) map[string]any {
	properties, _ := of["properties"].(map[string]any)
	required, _ := of["required"].([]any)
	out := map[string]any{}
	for _, name := range slices.Sorted(maps.Keys(properties)) {
		if slices.Contains(required, any(name)) && d.IntN(50) > 0 || d.IntN(4) == 0 {
			out[name] = d.value(properties[name].(map[string]any))
		}
	}
	if more, ok := of["additionalProperties"].(map[string]any); ok {
		out["X-Forwarded-For"] = d.value(more)
	}
	if d.IntN(100) == 0 {
		out["colour"] = "red"
	}
	return out
}
