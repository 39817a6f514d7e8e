// SPDX-License-Identifier: Apache-2.0

package form

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strconv"
)

// readJSON reads one JSON document that json.Valid has accepted.
func readJSON(data []byte) (value, error) {
	r := &jsonReader{data: data, dec: json.NewDecoder(bytes.NewReader(data)), line: 1}
	r.dec.UseNumber()
	return r.value(0)
}

type jsonReader struct {
	data []byte
	dec  *json.Decoder
	line int // of the token read last
	seen int // bytes whose lines are counted
}

func (r *jsonReader) token() (json.Token, error) {
	t, err := r.dec.Token()
	end := int(r.dec.InputOffset())
	r.line += bytes.Count(r.data[r.seen:end], []byte("\n"))
	r.seen = end
	if err != nil {
		return nil, syntax(r.line, "is not JSON: "+err.Error())
	}
	return t, nil
}

func (r *jsonReader) value(depth int) (value, error) {
	t, err := r.token()
	if err != nil {
		return value{}, err
	}
	if depth > deepest {
		return value{}, syntax(r.line, "is nested too deeply")
	}
	v := value{line: r.line}
	switch t := t.(type) {
	case json.Delim:
		if t == '[' {
			v.kind = list
			v.items, err = r.items(depth)
		} else {
			v.kind = mapping
			v.fields, err = r.fields(depth)
		}
	case bool:
		v.kind, v.text = boolean, strconv.FormatBool(t)
	case json.Number:
		v.kind, v.text = number, t.String()
	case string:
		v.kind, v.text = text, t
	}
	return v, err
}

func (r *jsonReader) items(depth int) ([]value, error) {
	var out []value
	for r.dec.More() {
		v, err := r.value(depth + 1)
		if err != nil {
			return nil, err
		}
		out = append(out, v)
	}
	_, err := r.token() // the closing bracket
	return out, err
}

func (r *jsonReader) fields(depth int) ([]field, error) {
	var out []field
	for r.dec.More() {
		key, err := r.token()
		if err != nil {
			return nil, err
		}
		f := field{name: fmt.Sprint(key), line: r.line}
		if f.value, err = r.value(depth + 1); err != nil {
			return nil, err
		}
		out = append(out, f)
	}
	_, err := r.token() // the closing brace
	return out, err
}
