// SPDX-License-Identifier: Apache-2.0

package fake

import (
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"
)

// String renders the fault as one line of words, fields with zero values left out:
//
//	refuse method="POST" path="/lbaas/listeners" times=2 status=503
func (f Fault) String() string {
	words := []string{f.Effect.String()}
	add := func(key, value string, zero bool) {
		if !zero {
			words = append(words, key+"="+value)
		}
	}
	add("method", strconv.Quote(f.Method), f.Method == "")
	add("path", strconv.Quote(f.Path), f.Path == "")
	add("project", strconv.Quote(f.Project), f.Project == "")
	add("after", strconv.Itoa(f.After), f.After == 0)
	add("times", strconv.Itoa(f.Times), f.Times == 0)
	add("status", strconv.Itoa(f.Status), f.Status == 0)
	add("message", strconv.Quote(f.Message), f.Message == "")
	add("retry-after", f.RetryAfter.String(), f.RetryAfter == 0)
	add("delay", f.Delay.String(), f.Delay == 0)
	return strings.Join(words, " ")
}

// ParseFault reads what [Fault.String] wrote. Fields may come in any order; an error
// names the word that was not understood.
func ParseFault(line string) (Fault, error) {
	var f Fault
	effect, rest, _ := strings.Cut(strings.TrimSpace(line), " ")
	n := slices.Index(effectNames(), effect)
	if n < 0 {
		return f, fmt.Errorf("fake: fault %q: unknown effect %q, want one of %s", line, effect, strings.Join(effectNames(), ", "))
	}
	f.Effect = Effect(n)
	for rest = strings.TrimSpace(rest); rest != ""; rest = strings.TrimSpace(rest) {
		key, after, ok := strings.Cut(rest, "=")
		if !ok {
			return f, fmt.Errorf("fake: fault %q: %q is not key=value", line, rest)
		}
		value, left, err := cutValue(after)
		if err == nil {
			err = f.set(key, value)
		}
		if err != nil {
			return f, fmt.Errorf("fake: fault %q: %s: %w", line, key, err)
		}
		rest = left
	}
	return f, nil
}

// cutValue takes a quoted string or a word off the front.
func cutValue(s string) (value, rest string, err error) {
	if !strings.HasPrefix(s, `"`) {
		value, rest, _ = strings.Cut(s, " ")
		return value, rest, nil
	}
	quoted, err := strconv.QuotedPrefix(s)
	if err != nil {
		return "", "", fmt.Errorf("quoted string: %w", err)
	}
	value, err = strconv.Unquote(quoted)
	return value, s[len(quoted):], err
}

func (f *Fault) set(key, value string) (err error) {
	switch key {
	case "method":
		f.Method = value
	case "path":
		f.Path, err = value, goodPattern(value)
	case "project":
		f.Project = value
	case "message":
		f.Message = value
	case "after":
		f.After, err = strconv.Atoi(value)
	case "times":
		f.Times, err = strconv.Atoi(value)
	case "status":
		f.Status, err = strconv.Atoi(value)
	case "delay":
		f.Delay, err = time.ParseDuration(value)
	case "retry-after":
		f.RetryAfter, err = time.ParseDuration(value)
	default:
		err = fmt.Errorf("unknown field, want method, path, project, message, after, times, status, delay or retry-after")
	}
	return err
}

func (f *Fault) retryHeader() http.Header {
	if f.RetryAfter <= 0 {
		return nil
	}
	seconds := int((f.RetryAfter + time.Second - 1) / time.Second)
	return http.Header{"Retry-After": {strconv.Itoa(seconds)}}
}
