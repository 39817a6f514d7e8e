// SPDX-License-Identifier: Apache-2.0

package form

import (
	"reflect"
	"strings"
)

// Field is one field of a struct's written form.
type Field struct {
	Name     string // as written
	Required bool   // has no omitzero
	Go       reflect.StructField
}

// Fields lists the written fields of a struct, in the order of the type.
func Fields(t reflect.Type) []Field {
	var out []Field
	for f := range t.Fields() {
		name, options, _ := strings.Cut(f.Tag.Get("json"), ",")
		if !f.IsExported() || name == "-" || name == "" {
			continue
		}
		out = append(out, Field{Name: name, Required: options != "omitzero", Go: f})
	}
	return out
}

// Named reports whether elements of a list of t are told apart by name: a name is
// among their fields, and required.
func Named(t reflect.Type) bool {
	if t.Kind() != reflect.Struct {
		return false
	}
	for _, f := range Fields(t) {
		if f.Name == "name" {
			return f.Required
		}
	}
	return false
}
