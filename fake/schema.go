// SPDX-License-Identifier: Apache-2.0

package fake

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/octaviakit/octaviakit/provider"
)

// attr is one attribute that a request may carry: one row of a resource's table.
type attr struct {
	name     string
	check    check
	says     string // the name it has in refusals, if not its own
	required bool
	since    int // API minor that brought it
	def      any // taken when absent on create; nil: none
}

// check turns a decoded JSON value (never null) into a string, int, bool, []string,
// map[string]string, body or []body, or refuses it.
type check func(v any) (any, error)

// schema is the table of one resource for one verb, in the order in which Octavia's
// type declares its attributes: the first wrong one is the one reported.
type schema []attr

// upTo drops what an API of that minor does not know yet.
func (s schema) upTo(minor int) schema {
	return slices.DeleteFunc(slices.Clone(s), func(a attr) bool { return a.since > minor })
}

// body is a decoded object. A key that is present and nil was sent as null.
type body map[string]any

// typeError is a value that cannot be coerced. WSME quotes the whole request with it,
// unlike a value of the right type but out of range.
type typeError struct{ why string }

func (e *typeError) Error() string { return e.why }

func mistyped(format string, args ...any) error {
	return &typeError{fmt.Sprintf(format, args...)}
}

// unknownError names attributes that do not exist, with the path of keys above them.
type unknownError struct {
	path  []string
	names []string
}

func (e *unknownError) Error() string { return strings.Join(e.names, ", ") }

// rangeError is a value that was understood and refused.
type rangeError struct {
	why   string
	value string // as Octavia prints it, where that is not as it was sent
}

func (e *rangeError) Error() string { return e.why }

func refused(format string, args ...any) error {
	return &rangeError{why: fmt.Sprintf(format, args...)}
}

// decode checks one object against its table. Names are checked before any value, as
// WSME does.
func (s schema) decode(v any) (body, error) {
	in, ok := v.(map[string]any)
	if !ok { // Octavia never thought of it
		return nil, serverError("'%s' object has no attribute 'keys'", pyType(v))
	}
	if unknown := s.unknown(in); len(unknown) > 0 {
		return nil, &unknownError{names: unknown}
	}
	out := make(body, len(s))
	for _, a := range s {
		raw, sent := in[a.name]
		switch {
		case !sent && a.required:
			return nil, invalidInput(a.name, "None", "Mandatory field missing.")
		case !sent && a.def != nil:
			out[a.name] = a.def
		case !sent:
		case raw == nil:
			out[a.name] = nil
		default:
			got, err := a.check(raw)
			if err != nil {
				return nil, a.located(err, raw)
			}
			out[a.name] = got
		}
	}
	return out, nil
}

// located puts the attribute's name into an error that came from its value.
func (a attr) located(err error, raw any) error {
	var unknown *unknownError
	var out *rangeError
	switch {
	case errors.As(err, &unknown):
		unknown.path = append([]string{a.name}, unknown.path...)
		return unknown
	case errors.As(err, &out):
		return invalidInput(or(a.says, a.name), or(out.value, pyStr(raw)), out.why)
	default:
		return err
	}
}

func (s schema) unknown(in map[string]any) []string {
	var unknown []string
	for _, k := range sortedKeys(in) {
		if !slices.ContainsFunc(s, func(a attr) bool { return a.name == k }) {
			unknown = append(unknown, k)
		}
	}
	return unknown
}

// arg is a controller's Python argument, which Octavia puts into its words, the key that
// wraps the resource, and the attribute that the controller reads first: the one it fails
// to find on what was never sent.
type arg struct {
	name, wrapper, first string
	null                 string // read first of a null, where that is another one
}

// decodeWrapped decodes {"wrapper": …}.
func (a arg) decodeWrapped(raw []byte, value check) (any, error) {
	doc, err := a.parse(raw)
	if err != nil {
		return nil, err
	}
	wrapper := schema{{name: a.wrapper, check: value}}
	in, err := wrapper.decode(doc)
	var unknown *unknownError
	var coerce *typeError
	switch {
	case errors.As(err, &unknown):
		path := strings.Join(append([]string{a.name}, unknown.path...), ".")
		plural := ""
		if len(unknown.names) > 1 {
			plural = "s"
		}
		return nil, badRequest("Unknown attribute%s for argument %s: %s", plural, path, unknown)
	case errors.As(err, &coerce):
		return nil, invalidInput(a.name, pyBody(raw), coerce.why)
	case err != nil:
		return nil, err
	case !in.has(a.wrapper):
		return nil, unread("UnsetType", a.first)
	case in[a.wrapper] == nil:
		return nil, unread("NoneType", or(a.null, a.first))
	}
	return in[a.wrapper], nil
}

// assigned is an attribute that Octavia would set rather than read. Python 3.13, which Epoxy has, says so.
func (c *Cloud) assigned(attribute string) string {
	if c.release < provider.Epoxy {
		return attribute
	}
	return attribute + "="
}

// unread is how Octavia fails on an object that was not sent, once it has found what the
// path names.
func unread(kind, attribute string) error {
	e := serverError("'%s' object has no attribute '%s'", kind, attribute)
	switch {
	case strings.HasPrefix(attribute, "'"): // a key that a dict lacks
		e = serverError("%s", attribute)
	case strings.HasSuffix(attribute, "="):
		e = serverError("'%s' object has no attribute '%s' and no __dict__ for setting new attributes", kind, strings.TrimSuffix(attribute, "="))
	case attribute == "":
		e = serverError("'%s' object is not iterable", kind)
	case strings.HasSuffix(attribute, "."): // the one controller that looks first
		e = invalid("%s", attribute)
	}
	e.late = true
	return e
}

// parse refuses what is no JSON object.
func (a arg) parse(raw []byte) (any, error) {
	if len(raw) == 0 {
		return nil, badRequest("Missing argument: \"%s\"", a.name)
	}
	doc, err := parseJSON(raw)
	if err != nil {
		return nil, badRequest("Request is not in valid JSON format")
	}
	if doc == nil {
		return nil, serverError("'NoneType' object has no attribute '%s'", a.wrapper)
	}
	return doc, nil
}

func pyType(v any) string {
	switch v := v.(type) {
	case nil:
		return "NoneType"
	case bool:
		return "bool"
	case string:
		return "str"
	case []any:
		return "list"
	case map[string]any:
		return "dict"
	case json.Number:
		if strings.ContainsAny(v.String(), ".eE") {
			return "float"
		}
		return "int"
	default:
		return fmt.Sprintf("%T", v)
	}
}
