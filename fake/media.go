// SPDX-License-Identifier: Apache-2.0

package fake

import (
	"mime"
	"net/http"
	"regexp"
	"strings"

	"github.com/octaviakit/octaviakit/provider"
)

// acceptable checks Accept. Octavia before 2023.1 would answer in XML as well; the fake knows JSON alone.
func acceptable(q *request) error {
	accept := q.header.Get("Accept")
	if q.release < provider.Antelope {
		return acceptableOnce(strings.ToLower(accept))
	}
	if accept == "" {
		return nil
	}
	best := false
	for part := range strings.SplitSeq(accept, ",") {
		if part = strings.TrimSpace(part); part == "" {
			continue
		}
		kind, options, err := mime.ParseMediaType(part)
		if err != nil || !strings.Contains(kind, "/") && kind != "*" { // a header that makes no sense is none
			return nil
		}
		switch kind {
		case "application/json", "application/*", "*/*", "*":
			quality, given := options["q"]
			delete(options, "q")
			best = best || len(options) == 0 && !(given && strings.Trim(quality, "0.") == "")
		}
	}
	if !best {
		return errNotAcceptable()
	}
	return nil
}

func acceptableOnce(accept string) error {
	if accept == "" || !strings.Contains(accept, "/") || strings.Contains(accept, "application/json") ||
		strings.Contains(accept, "*/*") || strings.Contains(accept, "application/*") {
		return nil
	}
	return errNotAcceptable()
}

func errNotAcceptable() error {
	return routing(http.StatusNotAcceptable, "Not Acceptable", "Only content type application/json is accepted.")
}

// mediaType is the Content-Type, without its parameters. It has no default.
func (q *request) mediaType() (kind, parameters string) {
	kind, parameters, _ = strings.Cut(q.header.Get("Content-Type"), ";")
	return strings.TrimSpace(kind), strings.TrimSpace(parameters)
}

const aForm = "application/x-www-form-urlencoded"

// form reports a body that is read as a query is. Of a POST that is also one that says nothing of itself.
func (q *request) form() bool {
	kind, _ := q.mediaType()
	return kind == aForm || kind == "" && q.method == http.MethodPost
}

// aCharset is one that Python knows.
var aCharset = regexp.MustCompile(`(?i)^charset="?(utf-?8|utf-?16|utf-?32|(us-)?ascii|latin-?1|iso-?8859-?\d+|(cp|windows-)125\d)"?$`)

// media refuses a body that is not JSON.
func (q *request) media() error {
	if len(q.body) == 0 {
		return nil
	}
	kind, parameters := q.mediaType()
	switch {
	case strings.HasPrefix(parameters, "charset=") && !aCharset.MatchString(parameters):
		return errCrash()
	case kind == "multipart/form-data" && !strings.HasPrefix(parameters, "boundary="):
		return errCrash()
	case q.form() && q.method == http.MethodGet:
		return nil
	case q.form():
		key, _, _ := strings.Cut(string(q.body), "=")
		return unknownArgument(key)
	}
	switch kind {
	case "application/json", "text/javascript", "application/javascript":
		return nil
	case "text/xml":
		return serverError("not well-formed (invalid token): line 1, column 0")
	}
	return faultf(http.StatusUnsupportedMediaType, "Unknown mimetype: %s", kind)
}
