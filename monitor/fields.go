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

// FieldRule says what a difference in one field of a monitor means.
type FieldRule struct {
	Field    string // as the API spells it
	Spec     string // as a written Spec spells it
	Absent   string // what is enforced, or what a new monitor gets, where the Spec says nothing
	Replaces bool   // Octavia cannot change it: the monitor is made anew
}

// FieldRules lists the fields of a monitor, in the order in which a Spec has them.
func FieldRules() []FieldRule {
	var out []FieldRule
	for _, f := range fields() {
		out = append(out, f.FieldRule)
	}
	return out
}

// field is one row of the table that Diff reads.
type field struct {
	FieldRule
	get  func(Spec) any      // of an effective Spec; nil clears
	ask  func(Spec) bool     // whether there is a wish; nil: always
	same func(string) string // spells alike what Octavia treats alike; nil: as it is
}

func fields() []field {
	http := func(s Spec) bool { return s.Type.http() }
	return []field{
		{FieldRule{"name", "name", "left alone", false}, func(s Spec) any { return s.Name }, func(s Spec) bool { return s.Name != "" }, nil},
		{FieldRule{"type", "type", "UDP-CONNECT on UDP pools, SCTP on SCTP pools, else TCP", true}, func(s Spec) any { return string(s.Type) }, nil, nil},
		{FieldRule{"delay", "delay", "5s", false}, func(s Spec) any { return int(s.Delay / time.Second) }, nil, nil},
		{FieldRule{"timeout", "timeout", "3s", false}, func(s Spec) any { return int(s.Timeout / time.Second) }, nil, nil},
		{FieldRule{"max_retries", "maxRetries", "3", false}, func(s Spec) any { return s.MaxRetries }, nil, nil},
		{FieldRule{"max_retries_down", "maxRetriesDown", "3", false}, func(s Spec) any { return s.MaxRetriesDown }, nil, nil},
		{FieldRule{"http_method", "httpMethod", "GET", false}, func(s Spec) any { return s.HTTPMethod }, http, nil},
		{FieldRule{"url_path", "urlPath", "/", false}, func(s Spec) any { return s.URLPath }, http, nil},
		{FieldRule{"expected_codes", "expectedCodes", "200", false}, func(s Spec) any { return s.ExpectedCodes }, http, codes},
		// Before API 2.10 the next two do not exist and read as none.
		{FieldRule{"http_version", "httpVersion", "1.0", false}, func(s Spec) any { return orNull(s.HTTPVersion, json.Number(s.HTTPVersion)) }, http, version},
		{FieldRule{"domain_name", "domainName", "none", false}, func(s Spec) any { return orNull(s.DomainName, s.DomainName) }, http, nil},
		{
			FieldRule{"admin_state_up", "adminStateUp", "true on a new one, else left alone", false},
			func(s Spec) any { return *s.AdminStateUp }, func(s Spec) bool { return s.AdminStateUp != nil }, nil,
		},
		{
			FieldRule{"tags", "tags", "none on a new one, else left alone", false},
			func(s Spec) any { return tagSet(s.Tags) }, func(s Spec) bool { return s.Tags != nil }, nil,
		},
	}
}

func orNull(s string, v any) any {
	if s == "" {
		return nil
	}
	return v
}

// version spells a JSON number as Octavia means it; null is 1.0 to the drivers.
func version(s string) string {
	if s == "" || s == "1" {
		return "1.0"
	}
	return s
}

// codes makes "200, 202" and "200,202" one.
func codes(s string) string {
	return strings.Join(strings.Fields(strings.ReplaceAll(s, ",", " ")), ",")
}

// text is a JSON value as text, "" for null and absent.
func text(v any) string {
	switch v := v.(type) {
	case nil:
		return ""
	case float64:
		return strconv.FormatFloat(v, 'f', -1, 64)
	case []string, []any:
		return strings.Join(tagsOf(map[string]any{"tags": v}), ",")
	default:
		return fmt.Sprint(v)
	}
}

func sortChanges(changes []Change) {
	slices.SortFunc(changes, func(a, b Change) int { return cmp.Compare(a.Field, b.Field) })
}
