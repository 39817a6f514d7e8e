// SPDX-License-Identifier: Apache-2.0

package lb

import (
	"fmt"
	"regexp"
	"strings"
	"unicode/utf8"
)

// Octavia compiles regular expressions with Python's re, and so no engine of Go's can say what
// it takes. What is looked for here are the faults that every Python's re refuses; what has
// "(?" in it, whose syntax is large and grows, is let through.

// pythonFault is what Python would say against a regular expression, "" if nothing is known.
func pythonFault(expr string) string {
	if strings.Contains(expr, "(?") {
		return ""
	}
	p := &pattern{rest: expr}
	for p.rest != "" && p.fault == "" {
		p.item()
	}
	if p.fault == "" && p.depth > 0 {
		p.fault = "a ( is not closed"
	}
	return p.fault
}

// pattern is what is left of one, and what may come next.
type pattern struct {
	rest     string
	depth    int  // open parentheses
	operand  bool // there is something to repeat
	repeated bool // and it is repeated already
	fault    string
}

func (p *pattern) item() {
	if p.quantifier() {
		return
	}
	c := p.rest[0]
	p.rest = p.rest[1:]
	p.operand, p.repeated = true, false
	switch c {
	case '\\':
		p.escape(false)
	case '[':
		p.set()
	case '(':
		p.depth, p.operand = p.depth+1, false
	case '|', '^', '$':
		p.operand = false
	case ')':
		if p.depth--; p.depth < 0 {
			p.fault = "a ) closes nothing"
		}
	}
}

// quantifier takes a repetition, with the ? or + that may follow it.
func (p *pattern) quantifier() bool {
	if !strings.ContainsRune("*+?{", rune(p.rest[0])) {
		return false // most of them: a Spec is judged at each reconcile
	}
	m := regexp.MustCompile(`^(?:[*+?]|\{(?:[0-9]+(?:,[0-9]*)?|,[0-9]*)\})[?+]?`).FindString(p.rest)
	switch {
	case m == "":
		return false
	case !p.operand:
		p.fault = "there is nothing to repeat before " + m
	case p.repeated:
		p.fault = "there is a repetition of a repetition at " + m
	}
	if b := regexp.MustCompile(`^\{0*([0-9]{1,9}),0*([0-9]{1,9})\}`).FindStringSubmatch(m); b != nil && p.fault == "" &&
		(len(b[1]) > len(b[2]) || len(b[1]) == len(b[2]) && b[1] > b[2]) {
		p.fault = "the least of " + m + " is more than the most"
	}
	p.rest, p.repeated = p.rest[len(m):], true
	return true
}

// escape takes what follows a backslash.
func (p *pattern) escape(inSet bool) {
	if p.rest == "" {
		p.fault = "it ends in a backslash"
		return
	}
	letters := "abfnrtvxuUNdDsSwW"
	if !inSet {
		letters += "ABZz"
	}
	c := p.rest[0]
	digits := map[byte]int{'x': 2, 'u': 4, 'U': 8}[c]
	switch {
	case ('a' <= c && c <= 'z' || 'A' <= c && c <= 'Z') && !strings.ContainsRune(letters, rune(c)):
		p.fault = `\` + string(c) + " is no escape"
	case digits > 0 && !regexp.MustCompile(fmt.Sprintf(`^[0-9A-Fa-f]{%d}`, digits)).MatchString(p.rest[1:]):
		p.fault = `\` + string(c) + " is not followed by hexadecimal digits"
	case !inSet && strings.ContainsRune("AbBZz", rune(c)):
		p.operand = false
	}
	p.rest = p.rest[min(1+digits, len(p.rest)):]
}

// set takes what follows a [.
func (p *pattern) set() {
	p.rest = strings.TrimPrefix(p.rest, "^")
	for first := true; p.fault == ""; first = false {
		switch {
		case p.rest == "":
			p.fault = "a [ is not closed"
		case p.rest[0] == ']' && !first:
			p.rest = p.rest[1:]
			return
		default:
			p.element()
		}
	}
}

// element takes a character of a set, or a range of them.
func (p *pattern) element() {
	low := p.char()
	if p.fault != "" || len(p.rest) < 2 || p.rest[0] != '-' || p.rest[1] == ']' {
		return
	}
	p.rest = p.rest[1:]
	if high := p.char(); low != 0 && high != 0 && low > high {
		p.fault = fmt.Sprintf("the range %c-%c is empty", low, high)
	}
}

// char takes a character of a set, 0 for an escape.
func (p *pattern) char() rune {
	r, n := utf8.DecodeRuneInString(p.rest)
	p.rest = p.rest[n:]
	if r != '\\' {
		return r
	}
	p.escape(true)
	return 0
}
