// SPDX-License-Identifier: Apache-2.0

package fake

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strconv"
	"time"
)

// object is a JSON object that keeps its order, as Octavia's answers do.
type object []pair

type pair struct {
	key   string
	value any
}

// timeLayout is Octavia's: no zone, whole seconds. A trailing Z breaks gophercloud.
const timeLayout = "2006-01-02T15:04:05"

// appendJSON encodes the few types that answers are made of. It exists for order and
// for speed: a populated load balancer is thousands of values.
func appendJSON(b []byte, v any) []byte {
	switch v := v.(type) {
	case nil:
		return append(b, "null"...)
	case string:
		return appendString(b, v)
	case bool:
		return strconv.AppendBool(b, v)
	case int:
		return strconv.AppendInt(b, int64(v), 10)
	case *int:
		if v == nil {
			return append(b, "null"...)
		}
		return strconv.AppendInt(b, int64(*v), 10)
	case time.Time:
		if v.IsZero() {
			return append(b, "null"...)
		}
		return appendString(b, v.UTC().Format(timeLayout))
	case object:
		return appendObject(b, v)
	case []string:
		return appendList(b, len(v), func(b []byte, i int) []byte { return appendString(b, v[i]) })
	case []object:
		return appendList(b, len(v), func(b []byte, i int) []byte { return appendObject(b, v[i]) })
	default: // float64, json.Number, map[string]string (whose keys it sorts)
		raw, err := json.Marshal(v)
		if err != nil {
			return append(b, "null"...)
		}
		return append(b, raw...)
	}
}

func appendObject(b []byte, o object) []byte {
	b = append(b, '{')
	for i, p := range o {
		if i > 0 {
			b = append(b, ", "...)
		}
		b = appendString(b, p.key)
		b = append(b, ": "...)
		b = appendJSON(b, p.value)
	}
	return append(b, '}')
}

func appendList(b []byte, n int, item func([]byte, int) []byte) []byte {
	b = append(b, '[')
	for i := range n {
		if i > 0 {
			b = append(b, ", "...)
		}
		b = item(b, i)
	}
	return append(b, ']')
}

func appendString(b []byte, s string) []byte {
	for i := range len(s) {
		if c := s[i]; c < 0x20 || c >= 0x7f || c == '"' || c == '\\' {
			raw, _ := json.Marshal(s) // strings always encode
			return append(b, raw...)
		}
	}
	b = append(b, '"')
	b = append(b, s...)
	return append(b, '"')
}

var errTrailing = errors.New("data after the document")

// parseJSON decodes one document, numbers kept as written.
func parseJSON(raw []byte) (any, error) {
	d := json.NewDecoder(bytes.NewReader(pythonJSON(raw)))
	d.UseNumber()
	var v any
	if err := d.Decode(&v); err != nil {
		return nil, fmt.Errorf("decode request: %w", err)
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return nil, errTrailing
	}
	return v, nil
}
