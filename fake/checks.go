// SPDX-License-Identifier: Apache-2.0

package fake

import (
	"encoding/json"
	"fmt"
	"math"
	"net/netip"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"
)

// The checks that attribute tables are made of, each with Octavia's words.

func text(limit int) check { return textBetween(0, limit) }

func textBetween(least, limit int) check {
	return func(v any) (any, error) {
		s, ok := v.(string)
		if !ok {
			return nil, refused("Value should be string")
		}
		if utf8.RuneCountInString(s) < least {
			return nil, refused("Value should have a minimum character requirement of %d", least)
		}
		if utf8.RuneCountInString(s) > limit {
			return nil, refused("Value should have a maximum character requirement of %d", limit)
		}
		return s, nil
	}
}

func pattern(limit int, expr string) check {
	re := regexp.MustCompile(expr)
	inner := text(limit)
	return func(v any) (any, error) {
		s, err := inner(v)
		if err == nil && !re.MatchString(s.(string)) {
			return nil, refused("Value should match the pattern %s", expr)
		}
		return s, err
	}
}

func uuid(v any) (any, error) {
	s, ok := v.(string)
	if ok {
		s, ok = asUUID(s)
	}
	if !ok {
		return nil, refused("Value should be UUID format")
	}
	return s, nil
}

// asUUID reads what Python's uuid.UUID does, with or without dashes and in any case, and writes it as Octavia then does.
func asUUID(s string) (string, bool) {
	plain := strings.ReplaceAll(strings.ReplaceAll(s, "urn:", ""), "uuid:", "")
	plain = strings.ToLower(strings.ReplaceAll(strings.Trim(plain, "{}"), "-", ""))
	if len(plain) != 32 || strings.Trim(plain, "0123456789abcdef") != "" {
		return s, false
	}
	return strings.Join([]string{plain[:8], plain[8:12], plain[12:16], plain[16:20], plain[20:]}, "-"), true
}

func ip(v any) (any, error) {
	switch v := v.(type) {
	case string:
		if a, err := netip.ParseAddr(v); err == nil && a.Zone() == "" {
			return v, nil
		}
	case []any, map[string]any:
		return nil, refused("int() argument must be a string, a bytes-like object or a real number, not '%s'", pyType(v))
	case bool:
		return pyStr(v), nil
	case json.Number: // any number makes an address
		if n, err := v.Float64(); err == nil && n >= 0 && v != notANumber {
			return pyNumber(v.String()), nil
		}
	}
	return nil, refused("Value should be IPv4 or IPv6 format")
}

func cidr(v any) (any, error) {
	s, _ := v.(string)
	if p, ok := parseCIDR(s); ok {
		return p.String(), nil
	}
	return nil, refused("Value should be IPv4 or IPv6 CIDR format")
}

// parseCIDR takes a bare address as a host and clears host bits, as netaddr does.
func parseCIDR(s string) (netip.Prefix, bool) {
	if p, err := netip.ParsePrefix(s); err == nil {
		return p.Masked(), true
	}
	if a, err := netip.ParseAddr(s); err == nil && a.Zone() == "" {
		return netip.PrefixFrom(a, a.BitLen()), true
	}
	return netip.Prefix{}, false
}

// toInt coerces like Python's int(): "81" and 82.5 and true are numbers.
func toInt(v any) (int, error) {
	switch v := v.(type) {
	case bool:
		if v {
			return 1, nil
		}
		return 0, nil
	case json.Number:
		return numberToInt(v)
	case string:
		n, isNumber := pyInt(v)
		if !isNumber {
			return 0, mistyped("invalid literal for int() with base 10: %.200s", pyString(v))
		}
		return n, nil
	default:
		return 0, serverError("int() argument must be a string, a bytes-like object or a real number, not '%s'", pyType(v))
	}
}

func integer(least, most int) check {
	return func(v any) (any, error) {
		n, err := toInt(v)
		switch {
		case err != nil:
			return nil, err
		case n < least:
			return nil, &rangeError{fmt.Sprintf("Value should be greater or equal to %d", least), strconv.Itoa(n)}
		case n > most:
			return nil, &rangeError{fmt.Sprintf("Value should be lower or equal to %d", most), strconv.Itoa(n)}
		}
		return n, nil
	}
}

// atLeast has no upper end: the database's is found late, see storable.
func atLeast(least int) check { return integer(least, math.MaxInt) }

func anyInt(v any) (any, error) { return toInt(v) }

func boolean(v any) (any, error) {
	switch v := v.(type) {
	case bool:
		return v, nil
	case json.Number:
		f, err := v.Float64()
		if err == nil && !strings.ContainsAny(v.String(), ".eE") {
			return f != 0, nil
		}
	case string:
		if b, ok := boolWord(v); ok && v == strings.ToLower(v) {
			return b, nil
		}
	}
	return nil, mistyped("Value not an unambiguous boolean: %s", pyStr(v))
}

func boolWord(s string) (value, ok bool) {
	switch strings.ToLower(s) {
	case "true", "t", "yes", "y", "on", "1":
		return true, true
	case "false", "f", "no", "n", "off", "0":
		return false, true
	default:
		return false, false
	}
}

func oneOf(words ...string) check {
	return func(v any) (any, error) {
		switch v := v.(type) {
		case string:
			if slices.Contains(words, v) {
				return v, nil
			}
		case []any, map[string]any:
			return nil, refused("unhashable type: '%s'", pyType(v))
		}
		return nil, refused("Value should be one of: %s", strings.Join(words, ", "))
	}
}

func oneOfInts(numbers ...int) check {
	words := make([]string, len(numbers))
	for i, n := range numbers {
		words[i] = strconv.Itoa(n)
	}
	return func(v any) (any, error) {
		n, err := toInt(v)
		if err != nil {
			return nil, err
		}
		if !slices.Contains(numbers, n) {
			return nil, &rangeError{why: "Value should be one of: " + strings.Join(words, ", "), value: strconv.Itoa(n)}
		}
		return n, nil
	}
}

// nullItem is a null in a list of strings, as halfCharacter is of Unicode's free choice.
const nullItem = "\uFDD1"

// nullWord is what becomes of it where the database keeps the list as a text.
const nullWord = "None"

// listOf is a list of plain values.
func listOf(item check) check {
	return func(v any) (any, error) {
		in, ok := v.([]any)
		if !ok {
			return nil, mistyped("Value not a valid list: %s", pyStr(v))
		}
		out := make([]string, 0, len(in))
		for _, x := range in {
			if x == nil { // passes all checks and breaks in the database, see storable
				out = append(out, nullItem)
				continue
			}
			s, err := item(x)
			if err != nil {
				return nil, err
			}
			out = append(out, s.(string))
		}
		return out, nil
	}
}

// strings map: insert_headers.
func stringMap(v any) (any, error) {
	in, ok := v.(map[string]any)
	if !ok {
		return nil, mistyped("Value not a valid dict: %s", pyStr(v))
	}
	out := make(map[string]string, len(in))
	for k, x := range in {
		s, ok := x.(string)
		if !ok && x != nil {
			return nil, refused("Value should be string")
		}
		out[k] = s
	}
	return out, nil
}

func nested(s schema) check {
	return func(v any) (any, error) { return s.decode(v) }
}

func listOfNested(s schema) check {
	return func(v any) (any, error) {
		in, ok := v.([]any)
		if !ok {
			return nil, mistyped("Value not a valid list: %s", pyStr(v))
		}
		out := make([]body, 0, len(in))
		for _, x := range in {
			if x == nil {
				out = append(out, nil)
				continue
			}
			b, err := s.decode(x)
			if err != nil {
				return nil, err
			}
			out = append(out, b)
		}
		return out, nil
	}
}
