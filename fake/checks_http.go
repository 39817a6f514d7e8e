// SPDX-License-Identifier: Apache-2.0

package fake

import (
	"net/url"
	"slices"
	"strconv"
	"strings"
	"unicode"
)

// Checks of what HTTP knows: versions, names, URLs.

// httpVersion is 1.0 or 1.1, also as a string.
func httpVersion(v any) (any, error) {
	f, err := strconv.ParseFloat(pyStr(v), 64)
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

// domainName stands for a pattern that Go's regexp cannot express.
func domainName(v any) (any, error) {
	s, ok := v.(string)
	if !ok {
		return nil, refused("Value should be string")
	}
	for label := range strings.SplitSeq(strings.TrimSuffix(s, "."), ".") {
		odd := func(r rune) bool {
			return r != '-' && r != '_' && (r > unicode.MaxASCII || !(unicode.IsLetter(r) || unicode.IsDigit(r)))
		}
		if label == "" || len(label) > 63 || len(s) > 254 || label[0] == '-' || label[len(label)-1] == '-' || strings.ContainsFunc(label, odd) {
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
	s, _ := v.(string)
	u, err := url.Parse(s)
	if err != nil || u.Host == "" || (u.Scheme != "http" && u.Scheme != "https") || strings.ContainsAny(s, " \r\n\t") {
		return nil, refused("Value must be a valid URL string")
	}
	return s, nil
}

func urlPath(v any) (any, error) {
	s, ok := v.(string)
	if !ok {
		return nil, refused("Value should be string")
	}
	if !strings.HasPrefix(s, "/") || strings.ContainsAny(s, " \r\n\t#") {
		return nil, refused("Value must be a valid URL Path string")
	}
	return s, nil
}
