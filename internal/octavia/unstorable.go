// SPDX-License-Identifier: Apache-2.0

package octavia

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"regexp"
	"slices"
	"strings"

	"github.com/octaviakit/octaviakit/internal/fault"
)

// Beyond returns the first character of a text that a database without utf8mb4 cannot store,
// 0 if there is none.
func Beyond(text string) rune {
	for _, r := range text {
		if r > 0xFFFF {
			return r
		}
	}
	return 0
}

// unstorable makes of what a service answers to text which its database cannot store a refusal
// that names the field: nobody need repeat it. The service says nothing of the reason: it is an
// internal error or, where a controller of Octavia's takes any error of the database for that, an
// invalid option. Clouds with utf8mb4 take such text, so it is not refused beforehand.
func unstorable(f *fault.Error, body any) *fault.Error {
	internal := f.Status == http.StatusInternalServerError && f.Kind == fault.Transient && !f.Unknown() && !f.Overtaken()
	option := f.Status == http.StatusBadRequest && regexp.MustCompile(`^\S* is not a valid option for (protocol|type)?$`).MatchString(f.Text)
	if !internal && !option {
		return f
	}
	path, text := beyondIn("", decoded(body))
	if text == "" {
		return f
	}
	return Unstorable(f, path, text)
}

// Unstorable is that refusal for a field.
func Unstorable(f *fault.Error, path, text string) *fault.Error {
	field := &fault.FieldError{Path: path, Problem: fmt.Sprintf(
		"%q has a character beyond U+FFFF (%U), which a database without utf8mb4 cannot store; leave it out, or have the operator convert the database",
		text, Beyond(text))}
	said := *f
	said.Kind, said.Text, said.Err = fault.Invalid, field.Error(), errors.Join(field, f.Err)
	return &said
}

// decoded is a body as JSON has it.
func decoded(body any) (out any) {
	raw, err := json.Marshal(body)
	if err != nil || json.Unmarshal(raw, &out) != nil {
		return nil
	}
	return out
}

// beyondIn finds the first text in a body that has such a character, and where it stands.
func beyondIn(path string, v any) (where, text string) {
	switch v := v.(type) {
	case string:
		if Beyond(v) != 0 {
			return path, v
		}
	case map[string]any:
		for _, k := range slices.Sorted(maps.Keys(v)) {
			if where, text := beyondIn(strings.TrimPrefix(path+"."+k, "."), v[k]); text != "" {
				return where, text
			}
		}
	case []any:
		for i, e := range v {
			if where, text := beyondIn(fmt.Sprintf("%s[%d]", path, i), e); text != "" {
				return where, text
			}
		}
	}
	return "", ""
}
