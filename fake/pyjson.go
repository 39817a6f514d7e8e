// SPDX-License-Identifier: Apache-2.0

package fake

import (
	"bytes"
	"encoding/json"
	"regexp"
	"slices"
	"strings"
)

// What Python's JSON has and JSON has not goes through Go's decoder as something else.
const (
	notANumber    = json.Number("0e-999") // NaN
	halfCharacter = '\uFDD0'              // half of a surrogate pair, which Go would replace; Unicode keeps this for such uses
)

// pyWord is a string or a word of Python's.
var pyWord = regexp.MustCompile(`"(?:[^"\\]|\\.)*"|NaN|-?Infinity`)

// pythonJSON turns Python's words into numbers, and marks halves of surrogate pairs.
func pythonJSON(raw []byte) []byte {
	if !slices.ContainsFunc([]string{"NaN", "Infinity", `\ud`, `\uD`}, func(word string) bool { return bytes.Contains(raw, []byte(word)) }) {
		return raw
	}
	return pyWord.ReplaceAllFunc(raw, func(word []byte) []byte {
		switch string(word) {
		case "NaN":
			return []byte(notANumber)
		case "Infinity":
			return []byte("1e999")
		case "-Infinity":
			return []byte("-1e999")
		}
		return markHalves(word)
	})
}

// anEscape is one of a string's, a pair of surrogates as one.
var anEscape = regexp.MustCompile(`(?i)\\u(?:d[89ab][0-9a-f]{2}\\ud[c-f][0-9a-f]{2}|d[89a-f][0-9a-f]{2})|\\.`)

func markHalves(text []byte) []byte {
	return anEscape.ReplaceAllFunc(text, func(escape []byte) []byte {
		if len(escape) == len(`\ud800`) {
			return []byte(string(halfCharacter))
		}
		return escape
	})
}

// storableText is what a database of Octavia's takes for a text: three bytes of UTF-8 for each character.
func storableText(s string) error {
	switch {
	case strings.ContainsRune(s, halfCharacter):
		return serverError("Invalid Parameter: Encoding directive wasn't provided.")
	case strings.ContainsFunc(s, func(r rune) bool { return r > '\uFFFF' }):
		return errUnknown()
	}
	return nil
}
