// SPDX-License-Identifier: Apache-2.0

// Package form reads and writes plain Go structs as people and programs write
// them: in JSON or YAML.
//
// Names come from json tags. Reading is strict: a field that does not exist, a
// value of another kind, null, a key given twice and anything behind the end are
// errors, all of them at once, each a *fault.FieldError whose path is in the
// written form's own words: listeners["https"].pool. Durations are text with a
// unit, "50s".
package form

import (
	"bytes"
	"encoding/json"
	"errors"
	"reflect"
	"unicode/utf8"

	"github.com/octaviakit/octaviakit/internal/fault"
)

// Parse fills into, a pointer to a struct, from JSON or YAML. What data does not
// name stays as it is. On an error into is filled in part and not to be used.
func Parse(data []byte, into any) error {
	if !utf8.Valid(data) {
		return &fault.FieldError{Path: "spec", Problem: "is not UTF-8; write it as plain text"}
	}
	read := readYAML
	if start := bytes.TrimLeft(data, " \t\r\n"); bytes.HasPrefix(start, []byte("{")) && json.Valid(data) {
		read = readJSON // YAML lacks some of JSON: tabs as indentation, surrogate pairs
	}
	v, err := read(data)
	if err != nil {
		return err
	}
	b := &binder{}
	b.bind("", v, reflect.ValueOf(into).Elem())
	return errors.Join(b.errs...)
}

// kind is what a written value is.
type kind uint8

const (
	null kind = iota
	boolean
	number
	text
	list
	mapping
)

// String names the kind in a sentence: "is a list".
func (k kind) String() string {
	switch k {
	case null:
		return "nothing"
	case boolean:
		return "true or false"
	case number:
		return "a number"
	case text:
		return "text"
	case list:
		return "a list"
	case mapping:
		return "a mapping"
	}
	return "something else"
}

// value is one value as written, whichever language it was written in.
type value struct {
	kind   kind
	text   string  // of scalars: "true", "80", the text itself
	items  []value // of lists
	fields []field // of mappings, as written
	line   int
}

// field is one entry of a mapping.
type field struct {
	name  string
	line  int
	value value
}

// deepest is far more than any Spec needs, and far less than what would exhaust
// the stack.
const deepest = 64

func syntax(line int, problem string) error {
	return &fault.FieldError{Path: at(line), Problem: problem}
}
