// SPDX-License-Identifier: Apache-2.0

package fake

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"unicode"
)

// Octavia quotes offending values as Python prints them, so the fake must too.

// pyBody renders a JSON document as Python's repr, keys in the order they were sent.
func pyBody(raw []byte) string {
	d := json.NewDecoder(bytes.NewReader(pythonJSON(raw)))
	d.UseNumber()
	var b strings.Builder
	pyTokens(d, &b)
	return b.String()
}

func pyTokens(d *json.Decoder, b *strings.Builder) {
	t, err := d.Token()
	if err != nil {
		return
	}
	delim, ok := t.(json.Delim)
	if !ok {
		b.WriteString(pyRepr(t))
		return
	}
	b.WriteRune(rune(delim))
	for n := 0; d.More(); n++ {
		if n > 0 {
			b.WriteString(", ")
		}
		if delim == '{' {
			k, err := d.Token()
			if err != nil {
				return
			}
			b.WriteString(pyRepr(k))
			b.WriteString(": ")
		}
		pyTokens(d, b)
	}
	if end, err := d.Token(); err == nil {
		b.WriteRune(rune(end.(json.Delim)))
	}
}

// pyRepr is Python's repr of a decoded value; maps come out sorted.
func pyRepr(v any) string {
	switch v := v.(type) {
	case string:
		return pyString(v)
	case []any:
		items := make([]string, len(v))
		for i, x := range v {
			items[i] = pyRepr(x)
		}
		return "[" + strings.Join(items, ", ") + "]"
	case []string:
		return pyList(v)
	case map[string]string:
		items := make([]string, 0, len(v))
		for _, k := range sortedKeys(v) {
			items = append(items, pyString(k)+": "+pyString(v[k]))
		}
		return "{" + strings.Join(items, ", ") + "}"
	case map[string]any:
		items := make([]string, 0, len(v))
		for _, k := range sortedKeys(v) {
			items = append(items, pyString(k)+": "+pyRepr(v[k]))
		}
		return "{" + strings.Join(items, ", ") + "}"
	case nil, bool, json.Number, int:
		return pyStr(v)
	default:
		return fmt.Sprint(v)
	}
}

// pyStr is Python's str of a decoded value.
func pyStr(v any) string {
	switch v := v.(type) {
	case nil:
		return "None"
	case bool:
		if v {
			return "True"
		}
		return "False"
	case string:
		return v
	case json.Number:
		return pyNumber(v.String())
	case int:
		return string(appendJSON(nil, v))
	default:
		return pyRepr(v)
	}
}

// pyNumber is a number as Python prints it: a float if it has a point or an exponent, which shows if it is very big or small.
func pyNumber(s string) string {
	if !strings.ContainsAny(s, ".eE") {
		return s
	}
	if s == notANumber.String() {
		return "nan"
	}
	f, err := strconv.ParseFloat(s, 64)
	if err != nil {
		return strings.TrimPrefix(strings.ReplaceAll(fmt.Sprint(f), "Inf", "inf"), "+")
	}
	format := byte('f')
	if a := math.Abs(f); a != 0 && (a < 1e-4 || a >= 1e16) {
		format = 'e'
	}
	s = strconv.FormatFloat(f, format, -1, 64)
	if format == 'f' && !strings.Contains(s, ".") {
		s += ".0"
	}
	return s
}

func pyString(s string) string {
	quote := "'"
	if strings.Contains(s, "'") && !strings.Contains(s, `"`) {
		quote = `"`
	}
	r := strings.NewReplacer(`\`, `\\`, quote, `\`+quote, "\n", `\n`, "\r", `\r`, "\t", `\t`)
	return quote + unprintable(r.Replace(s)) + quote
}

// unprintable writes what cannot be seen as Python does.
func unprintable(s string) string {
	if !strings.ContainsFunc(s, func(r rune) bool { return !unicode.IsPrint(r) }) {
		return s
	}
	var b strings.Builder
	for _, r := range s {
		switch {
		case unicode.IsPrint(r):
			b.WriteRune(r)
		case r <= unicode.MaxLatin1:
			fmt.Fprintf(&b, `\x%02x`, r)
		case r <= '\uFFFF':
			fmt.Fprintf(&b, `\u%04x`, r)
		default:
			fmt.Fprintf(&b, `\U%08x`, r)
		}
	}
	return b.String()
}

func pyList(items []string) string {
	quoted := make([]string, len(items))
	for i, s := range items {
		quoted[i] = pyString(s)
	}
	return "[" + strings.Join(quoted, ", ") + "]"
}

func sortedKeys[V any](m map[string]V) []string {
	keys := make([]string, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}
