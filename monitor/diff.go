// SPDX-License-Identifier: Apache-2.0

package monitor

import (
	"cmp"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Change is one field's difference, as text for plans.
type Change struct{ Field, Old, New string }

// Diff compares an observed monitor (decoded JSON) with s: the fields that differ, sorted, and whether
// a field that cannot be changed in place is among them. update is the PUT body, nil if there
// is nothing to change or the monitor must be replaced. What a PUT must clear is null in it.
func Diff(have map[string]any, s Spec) (changes []Change, update map[string]any, replace bool) {
	s = s.effective()
	update = map[string]any{}
	differ := func(field, now string, value any) {
		if old := text(have[field]); old != now {
			changes = append(changes, Change{Field: field, Old: old, New: now})
			update[field] = value
		}
	}
	differ("type", string(s.Type), nil)
	replace = len(changes) > 0
	number := func(field string, n int) { differ(field, strconv.Itoa(n), n) }
	number("delay", int(s.Delay/time.Second))
	number("timeout", int(s.Timeout/time.Second))
	number("max_retries", s.MaxRetries)
	number("max_retries_down", s.MaxRetriesDown)
	if s.Name != "" {
		differ("name", s.Name, s.Name)
	}
	if s.AdminStateUp != nil {
		differ("admin_state_up", strconv.FormatBool(*s.AdminStateUp), *s.AdminStateUp)
	}
	if s.Tags != nil {
		tags := tagSet(s.Tags)
		if old := tagsOf(have); !slices.Equal(old, tags) {
			changes = append(changes, Change{Field: "tags", Old: strings.Join(old, ","), New: strings.Join(tags, ",")})
			update["tags"] = tags
		}
	}
	if s.Type.http() {
		diffHTTP(have, s, differ)
	}
	slices.SortFunc(changes, func(a, b Change) int { return cmp.Compare(a.Field, b.Field) })
	if replace || len(changes) == 0 {
		return changes, nil, replace
	}
	s.numbers(update)
	return changes, update, false
}

func diffHTTP(have map[string]any, s Spec, differ func(field, now string, value any)) {
	differ("http_method", s.HTTPMethod, s.HTTPMethod)
	differ("url_path", s.URLPath, s.URLPath)
	if codes(text(have["expected_codes"])) != codes(s.ExpectedCodes) {
		differ("expected_codes", s.ExpectedCodes, s.ExpectedCodes)
	}
	// Before API 2.10 these two do not exist and read as none.
	if s.DomainName == "" {
		differ("domain_name", "", nil)
	} else {
		differ("domain_name", s.DomainName, s.DomainName)
	}
	switch old := version(text(have["http_version"])); {
	case s.HTTPVersion == "" && (old == "" || old == "1.0"): // null is 1.0 to the drivers
	case s.HTTPVersion == "":
		differ("http_version", "", nil)
	case old != s.HTTPVersion:
		differ("http_version", s.HTTPVersion, json.Number(s.HTTPVersion))
	}
}

// version spells a JSON number as Octavia means it.
func version(s string) string {
	if s == "1" {
		return "1.0"
	}
	return s
}

// codes makes "200, 202" and "200,202" one.
func codes(s string) string {
	return strings.Join(strings.Fields(strings.ReplaceAll(s, ",", " ")), ",")
}

func tagsOf(have map[string]any) []string {
	var out []string
	switch list := have["tags"].(type) { // absent before API 2.5
	case []string:
		out = list
	case []any:
		for _, t := range list {
			out = append(out, text(t))
		}
	}
	return tagSet(out)
}

// Inherit fills what s leaves alone (Name, AdminStateUp, Tags) from an observed
// monitor, for a new one that is to take its place.
func (s Spec) Inherit(have map[string]any) Spec {
	s.Name = cmp.Or(s.Name, text(have["name"]))
	if up, ok := have["admin_state_up"].(bool); ok && s.AdminStateUp == nil {
		s.AdminStateUp = new(up)
	}
	if s.Tags == nil {
		s.Tags = tagsOf(have)
	}
	return s
}

// text is a JSON scalar as text, "" for null and absent.
func text(v any) string {
	switch v := v.(type) {
	case nil:
		return ""
	case float64:
		return strconv.FormatFloat(v, 'f', -1, 64)
	default:
		return fmt.Sprint(v)
	}
}
