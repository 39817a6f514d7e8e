// SPDX-License-Identifier: Apache-2.0

package form

import (
	"fmt"
	"math"
	"net/netip"
	"reflect"
	"strconv"
	"strings"
	"time"

	"github.com/octaviakit/octaviakit/internal/fault"
)

// binder puts written values into Go ones, and gathers what does not fit.
type binder struct{ errs []error }

func (b *binder) say(path string, line int, format string, args ...any) {
	if path == "" {
		path = "spec"
	}
	problem := fmt.Sprintf(format, args...) + " (" + at(line) + ")"
	b.errs = append(b.errs, &fault.FieldError{Path: path, Problem: problem})
}

func at(line int) string { return "line " + strconv.Itoa(line) }

func atLine(path, problem string) error { return &fault.FieldError{Path: path, Problem: problem} }

func (b *binder) bind(path string, v value, into reflect.Value) {
	if v.kind == null {
		b.say(path, v.line, "has no value; leave the field out, or write what it shall be")
		return
	}
	switch into.Interface().(type) {
	case time.Duration, Duration:
		b.duration(path, v, into)
		return
	case netip.Addr:
		b.parsed(path, v, into, "an IP address such as 192.0.2.10", func(s string) (any, error) { return netip.ParseAddr(s) })
		return
	case netip.Prefix:
		b.parsed(path, v, into, "a network such as 192.0.2.0/24", func(s string) (any, error) { return netip.ParsePrefix(s) })
		return
	}
	switch into.Kind() {
	case reflect.Pointer:
		into.Set(reflect.New(into.Type().Elem()))
		b.bind(path, v, into.Elem())
	case reflect.Struct:
		b.object(path, v, into)
	case reflect.Slice:
		b.list(path, v, into)
	case reflect.Map:
		b.dictionary(path, v, into)
	case reflect.String:
		if b.expect(path, v, text) {
			into.SetString(v.text)
		}
	case reflect.Bool:
		if b.expect(path, v, boolean) {
			into.SetBool(strings.EqualFold(v.text, "true"))
		}
	case reflect.Int:
		b.integer(path, v, into, math.MinInt, math.MaxInt)
	case reflect.Uint16:
		b.integer(path, v, into, 0, math.MaxUint16)
	default:
		b.say(path, v.line, "cannot be written: %s has no written form", into.Type())
	}
}

// expect reports a value of another kind, and what was probably meant.
func (b *binder) expect(path string, v value, want kind) bool {
	switch {
	case v.kind == want:
		return true
	case want == text && (v.kind == number || v.kind == boolean):
		b.say(path, v.line, "is %s, not text; write it in quotes: %q", v.text, v.text)
	case v.kind == text:
		b.say(path, v.line, "is the text %q; write %s", short(v.text), want)
	default:
		b.say(path, v.line, "is %s; write %s", v.kind, want)
	}
	return false
}

func (b *binder) object(path string, v value, into reflect.Value) {
	if !b.expect(path, v, mapping) {
		return
	}
	known := Fields(into.Type())
	seen := map[string]bool{}
	for _, f := range v.fields {
		where := join(path, f.name)
		if seen[f.name] {
			b.say(where, f.line, "stands twice; write it once")
			continue
		}
		seen[f.name] = true
		if i := index(known, f.name); i >= 0 {
			b.bind(where, f.value, into.FieldByIndex(known[i].Go.Index))
			continue
		}
		b.say(where, f.line, "there is no such field; %s", advice(known, f.name))
	}
}

func join(path, name string) string {
	if path == "" {
		return name
	}
	return path + "." + name
}

func index(known []Field, name string) int {
	for i, f := range known {
		if f.Name == name {
			return i
		}
	}
	return -1
}

// advice names the field that was meant, or all there are.
func advice(known []Field, name string) string {
	plain := func(s string) string { return strings.ToLower(strings.NewReplacer("_", "", "-", "").Replace(s)) }
	names := make([]string, len(known))
	for i, f := range known {
		if plain(f.Name) == plain(name) {
			return "write " + f.Name
		}
		names[i] = f.Name
	}
	return "use one of " + strings.Join(names, ", ")
}

func (b *binder) list(path string, v value, into reflect.Value) {
	if !b.expect(path, v, list) {
		return
	}
	out := reflect.MakeSlice(into.Type(), len(v.items), len(v.items))
	named := Named(into.Type().Elem())
	for i, item := range v.items {
		b.bind(element(path, item, i, named), item, out.Index(i))
	}
	into.Set(out)
}

// element is the path of a list's element: by name where it has one.
func element(path string, item value, i int, named bool) string {
	for _, f := range item.fields {
		if named && f.name == "name" && f.value.kind == text && f.value.text != "" {
			return fmt.Sprintf("%s[%q]", path, f.value.text)
		}
	}
	return fmt.Sprintf("%s[%d]", path, i)
}

func (b *binder) dictionary(path string, v value, into reflect.Value) {
	if !b.expect(path, v, mapping) {
		return
	}
	out := reflect.MakeMapWithSize(into.Type(), len(v.fields))
	for _, f := range v.fields {
		where := fmt.Sprintf("%s[%q]", path, f.name)
		key := reflect.ValueOf(f.name)
		if out.MapIndex(key).IsValid() {
			b.say(where, f.line, "stands twice; write it once")
		}
		item := reflect.New(into.Type().Elem()).Elem()
		b.bind(where, f.value, item)
		out.SetMapIndex(key, item)
	}
	into.Set(out)
}

func (b *binder) integer(path string, v value, into reflect.Value, least, most int) {
	if !b.expect(path, v, number) {
		return
	}
	n, err := strconv.Atoi(v.text)
	switch {
	case err != nil || n < least || n > most:
		b.say(path, v.line, "is %s; write a whole number%s", v.text, limits(least, most))
	case into.CanInt():
		into.SetInt(int64(n))
	default:
		into.SetUint(uint64(n))
	}
}

func limits(least, most int) string {
	if most == math.MaxInt {
		return ""
	}
	return fmt.Sprintf(" from %d to %d", least, most)
}

func (b *binder) duration(path string, v value, into reflect.Value) {
	if v.kind == number {
		b.say(path, v.line, "is %s without a unit; write for example %q", v.text, v.text+"s")
		return
	}
	if !b.expect(path, v, text) {
		return
	}
	d, err := time.ParseDuration(v.text)
	if err != nil {
		b.say(path, v.line, `is %q; write a duration such as "50s" or "1500ms"`, short(v.text))
	}
	into.SetInt(int64(d))
}

// parsed reads a type of package netip; "" is its zero value.
func (b *binder) parsed(path string, v value, into reflect.Value, what string, parse func(string) (any, error)) {
	if !b.expect(path, v, text) || v.text == "" {
		return
	}
	out, err := parse(v.text)
	if err != nil {
		b.say(path, v.line, "is %q; write %s", short(v.text), what)
		return
	}
	into.Set(reflect.ValueOf(out))
}

// short keeps a message to one line.
func short(s string) string {
	if r := []rune(s); len(r) > 60 {
		return string(r[:60]) + "…"
	}
	return s
}
