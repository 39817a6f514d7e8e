// SPDX-License-Identifier: Apache-2.0

package fake

import (
	"net/url"
	"strconv"
	"strings"
	"unicode/utf8"
)

// parseQuery reads a query as WebOb does: ";" parts arguments as "&" does, and a "%" that means nothing stands for itself.
// It reports whether all of it is text.
func parseQuery(raw string) (query url.Values, readable bool) {
	query, readable = url.Values{}, true
	for part := range strings.FieldsFuncSeq(raw, func(r rune) bool { return r == '&' || r == ';' }) {
		name, value, _ := strings.Cut(part, "=")
		name, value = unquote(name), unquote(value)
		readable = readable && utf8.ValidString(name) && utf8.ValidString(value)
		query.Add(name, value)
	}
	return query, readable
}

func unquote(s string) string {
	if !strings.ContainsAny(s, "%+") {
		return s
	}
	b := make([]byte, 0, len(s))
	for i := 0; i < len(s); i++ {
		c := s[i]
		if c == '+' {
			c = ' '
		}
		if c == '%' && i+2 < len(s) {
			if n, err := strconv.ParseUint(s[i+1:i+3], 16, 8); err == nil {
				c, i = byte(n), i+2
			}
		}
		b = append(b, c)
	}
	return string(b)
}
