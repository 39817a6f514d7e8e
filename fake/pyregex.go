// SPDX-License-Identifier: Apache-2.0

package fake

import (
	"errors"
	"fmt"
	"regexp"
	"regexp/syntax"
	"strings"
	"unicode/utf8"
)

// pythonRegex parses with Perl's syntax, Go's nearest to Python's, and words a refusal as
// Python's re does. What only that knows (look-around, back references) is let through
// rather than refused.
func pythonRegex(expr string) error {
	_, err := syntax.Parse(expr, syntax.Perl)
	var bad *syntax.Error
	if !errors.As(err, &bad) || strings.Contains(expr, "(?") || regexp.MustCompile(`\\[1-9]`).MatchString(expr) {
		return nil
	}
	return badRule("Unable to parse regular expression: " + pythonSays(expr, bad))
}

func pythonSays(expr string, bad *syntax.Error) string {
	at := max(strings.Index(expr, bad.Expr), 0)
	position := func(what string, at int) string {
		return fmt.Sprintf("%s at position %d", what, utf8.RuneCountInString(expr[:at]))
	}
	switch bad.Code {
	case syntax.ErrMissingRepeatArgument:
		return position("nothing to repeat", at)
	case syntax.ErrInvalidRepeatOp:
		return position("multiple repeat", at+1)
	case syntax.ErrMissingParen:
		return position("missing ), unterminated subpattern", unclosed(expr))
	case syntax.ErrUnexpectedParen:
		return position("unbalanced parenthesis", strings.LastIndex(expr, ")"))
	case syntax.ErrMissingBracket:
		return position("unterminated character set", at)
	case syntax.ErrInvalidCharRange:
		return position("bad character range "+bad.Expr, at)
	case syntax.ErrTrailingBackslash:
		return position("bad escape (end of pattern)", len(expr)-1)
	case syntax.ErrInvalidEscape:
		return position("bad escape "+bad.Expr, at)
	default:
		return bad.Error()
	}
}

// unclosed is where the innermost parenthesis that nobody closes is.
func unclosed(expr string) int {
	var open []int
	for i := 0; i < len(expr); i++ {
		switch expr[i] {
		case '\\':
			i++
		case '(':
			open = append(open, i)
		case ')':
			open = open[:max(len(open)-1, 0)]
		}
	}
	if len(open) == 0 {
		return 0
	}
	return open[0]
}
