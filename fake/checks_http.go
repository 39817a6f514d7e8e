// SPDX-License-Identifier: Apache-2.0

package fake

import (
	"encoding/json"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"unicode"
)

// Checks of what HTTP knows: versions, names, URLs.

// httpVersion is 1.0 or 1.1, also as a string.
func httpVersion(v any) (any, error) {
	switch x := v.(type) {
	case []any, map[string]any:
		return nil, serverError("float() argument must be a string or a real number, not '%s'", pyType(v))
	case bool:
		v = json.Number("0.0")
		if x {
			v = json.Number("1.0")
		}
	}
	f, err := strconv.ParseFloat(strings.TrimSpace(pyStr(v)), 64)
	if err != nil {
		return nil, mistyped("could not convert string to float: %s", pyRepr(v))
	}
	switch f {
	case 1.0:
		return "1.0", nil
	case 1.1:
		return "1.1", nil
	}
	return nil, &rangeError{why: "Value should be one of: 1.0, 1.1", value: strconv.FormatFloat(f, 'f', 1, 64)}
}

// domainName stands for a pattern that Go's regexp cannot express. An underscore may only
// begin a label.
func domainName(v any) (any, error) {
	if _, err := textBetween(1, 255)(v); err != nil {
		return nil, err
	}
	s := v.(string)
	for label := range strings.SplitSeq(strings.TrimSuffix(s, "."), ".") {
		odd := func(r rune) bool {
			return r != '-' && r != '_' && (r > unicode.MaxASCII || !(unicode.IsLetter(r) || unicode.IsDigit(r)))
		}
		if label == "" || len(label) > 63 || strings.LastIndexByte(label, '_') > 0 || len(s) > 254 || label[0] == '-' || label[len(label)-1] == '-' || strings.ContainsFunc(label, odd) {
			return nil, refused(`Value should match the pattern ^(?=.{1,253}\.?$)(?:(?!-|[^.]+_)[A-Za-z0-9-_]{1,63}(?<!-)(?:\.|$))+$`)
		}
	}
	return s, nil
}

func alpn(v any) (any, error) {
	if s, ok := v.(string); ok && slices.Contains([]string{"h2", "http/1.1", "http/1.0"}, s) {
		return s, nil
	}
	return nil, refused("Value should be a valid ALPN protocol ID")
}

func webURL(v any) (any, error) {
	s, ok := v.(string)
	if !ok {
		return nil, refused("expected string or bytes-like object, got '%s'", pyType(v))
	}
	u, err := url.Parse(s)
	if err != nil || u.Host == "" || (u.Scheme != "http" && u.Scheme != "https") || strings.ContainsAny(s, " \r\n\t") {
		return nil, refused("Value must be a valid URL string")
	}
	return s, nil
}

func urlPath(v any) (any, error) {
	s, _ := v.(string)
	if !strings.HasPrefix(s, "/") || strings.HasPrefix(s, "//") || strings.ContainsFunc(s, unicode.IsSpace) {
		return nil, refused("Value must be a valid URL Path string")
	}
	return s, nil
}
