// SPDX-License-Identifier: Apache-2.0

package fake

import (
	"encoding/json"
	"errors"
	"math"
	"strconv"
	"strings"
	"unicode"
)

// pyInt reads what Python's int() does of a text: spaces around it, a sign, single underscores between digits, and digits of
// any script. A number that is too big for a Go int is the biggest.
func pyInt(s string) (int, bool) {
	s = strings.TrimSpace(s)
	digits := strings.TrimLeft(s, "+-")
	if len(s)-len(digits) > 1 || digits == "" || strings.HasPrefix(digits, "_") || strings.HasSuffix(digits, "_") || strings.Contains(digits, "__") {
		return 0, false
	}
	plain := strings.Map(func(r rune) rune {
		switch {
		case r == '_':
			return -1
		case r < unicode.MaxASCII || !unicode.Is(unicode.Nd, r):
			return r
		}
		zero := r // digits of a script are ten in a row, of which the value is the distance to the first
		for unicode.Is(unicode.Nd, zero-1) && r-zero < 9 {
			zero--
		}
		return '0' + r - zero
	}, s)
	n, err := strconv.Atoi(plain)
	return n, err == nil || errors.Is(err, strconv.ErrRange)
}

// numberToInt is int() of a number, which cuts off what is behind the point.
func numberToInt(v json.Number) (int, error) {
	if v == notANumber {
		return 0, mistyped("cannot convert float NaN to integer")
	}
	if n, err := strconv.Atoi(v.String()); err == nil {
		return n, nil
	}
	switch f, _ := strconv.ParseFloat(v.String(), 64); {
	case math.IsInf(f, 0) && strings.ContainsAny(v.String(), ".eE"):
		return 0, serverError("cannot convert float infinity to integer")
	case f >= math.MaxInt:
		return math.MaxInt, nil
	case f <= math.MinInt:
		return math.MinInt, nil
	default:
		return int(f), nil
	}
}
