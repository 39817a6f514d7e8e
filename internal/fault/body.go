// SPDX-License-Identifier: Apache-2.0

package fault

import (
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"strconv"
	"strings"
	"time"
	"unicode"
)

const (
	maxText  = 1000 // characters kept of a service's sentence
	maxAfter = 24 * time.Hour
)

// body is an error body, whichever envelope it came in.
type body struct {
	text    string // the sentence
	class   string // Neutron's exception class
	foreign bool   // no sentence of the service about the object: a proxy's page, or a routing error
}

// parse reads the envelopes that OpenStack uses: {"faultstring"} (Octavia's
// controllers), {"title","description"} (its routing and sub-resource look-up),
// {"error":{"message"}} (Keystone and its middleware), {"NeutronError":{"type","message"}},
// {"message"} (Neutron's routing), plain text (oslo.middleware) and HTML (proxies).
func parse(raw []byte) body {
	var m map[string]any
	if json.Unmarshal(raw, &m) != nil {
		return parseText(string(raw))
	}
	if s := str(m["faultstring"]); s != "" {
		return body{text: tidy(s)}
	}
	if n, ok := m["NeutronError"]; ok {
		if in, ok := n.(map[string]any); ok {
			return body{text: tidy(str(in["message"])), class: str(in["type"])}
		}
		return body{text: tidy(str(n))}
	}
	if in, ok := m["error"].(map[string]any); ok {
		return body{text: tidy(str(in["message"]))}
	}
	if s := str(m["description"]); s != "" {
		return body{text: tidy(s)}
	}
	for _, key := range []string{"message", "error", "detail", "title"} {
		if s := str(m[key]); s != "" {
			return body{text: tidy(s), foreign: true}
		}
	}
	return body{}
}

func parseText(s string) body {
	s = strings.TrimSpace(s)
	if !strings.HasPrefix(s, "<") {
		return body{text: tidy(s), foreign: s != ""}
	}
	low := strings.ToLower(s)
	from, to := strings.Index(low, "<title>"), strings.Index(low, "</title>")
	if from < 0 || to < from || len(low) != len(s) {
		return body{foreign: true}
	}
	return body{text: tidy(s[from+len("<title>") : to]), foreign: true}
}

func str(v any) string {
	s, _ := v.(string)
	return strings.TrimSpace(s)
}

// tidy makes a sentence fit for one line of a log: no control characters, bounded,
// and without anything that looks like a Keystone token.
func tidy(s string) string {
	s = strings.Map(func(r rune) rune {
		switch {
		case unicode.IsSpace(r):
			return ' '
		case r == unicode.ReplacementChar, !unicode.IsPrint(r):
			return -1
		}
		return r
	}, s)
	words := strings.Fields(s)
	for i, w := range words {
		words[i] = redact(w)
	}
	s = strings.Join(words, " ")
	if r := []rune(s); len(r) > maxText {
		s = string(r[:maxText]) + "…"
	}
	return s
}

// redact hides Fernet tokens, which all begin alike.
func redact(word string) string {
	const fernet = "gAAAAA"
	i := strings.Index(word, fernet)
	if i < 0 {
		return word
	}
	rest := strings.TrimLeftFunc(word[i:], func(r rune) bool {
		return r == '_' || r == '-' || r == '=' || r < unicode.MaxASCII && (unicode.IsLetter(r) || unicode.IsDigit(r))
	})
	return word[:i] + "[token]" + redact(rest)
}

// retryAfter reads seconds or an HTTP date. A date is counted from the answer's own
// Date where there is one, as clocks differ.
func retryAfter(h http.Header) time.Duration {
	v := strings.TrimSpace(h.Get("Retry-After"))
	if v == "" {
		return 0
	}
	if n, err := strconv.ParseUint(v, 10, 32); err == nil {
		return min(time.Duration(n)*time.Second, maxAfter)
	}
	at, err := http.ParseTime(v)
	if err != nil {
		return 0
	}
	now, err := http.ParseTime(h.Get("Date"))
	if err != nil {
		now = time.Now()
	}
	return min(max(at.Sub(now), 0), maxAfter)
}

// unreadable reports whether an answer was cut off or was no JSON.
func unreadable(err error) bool {
	var syntax *json.SyntaxError
	var mismatch *json.UnmarshalTypeError
	return errors.As(err, &syntax) || errors.As(err, &mismatch) ||
		errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, io.ErrClosedPipe)
}
