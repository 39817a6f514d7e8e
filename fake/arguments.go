// SPDX-License-Identifier: Apache-2.0

package fake

import (
	"slices"
	"strings"
)

// onlyArguments refuses query arguments that a request does not know.
func onlyArguments(q *request, known ...string) error {
	unknown := slices.DeleteFunc(sortedKeys(q.query), func(k string) bool { return slices.Contains(known, k) })
	if len(unknown) > 0 {
		return unknownArgument(strings.Join(unknown, ", "))
	}
	return nil
}

func unknownArgument(names string) error { return badRequest("Unknown argument: \"%s\"", names) }

// arguments are those of a request that sends no object. WSME takes them from a body as well, should there be one: an
// object whose keys count as the query's do, and one of them for the id, which goes by the name of key. A lax request
// lets pass what it does not know. The id is returned.
func (q *request) arguments(id, key string, lax bool, known ...string) (string, error) {
	if !lax {
		if err := onlyArguments(q, known...); err != nil {
			return "", err
		}
	}
	if err := q.media(); err != nil || len(q.body) == 0 || q.form() {
		return id, err
	}
	doc, err := parseJSON(q.body)
	if err != nil {
		return "", badRequest("Request is not in valid JSON format")
	}
	sent, isObject := doc.(map[string]any)
	if !isObject {
		return "", badRequest("Request must be a JSON dict")
	}
	known = append(known, key, "fields", "project_id")
	unknown := slices.DeleteFunc(sortedKeys(sent), func(k string) bool { return slices.Contains(known, k) && (lax || k != "fields") })
	switch {
	case len(unknown) > 0 && lax: // none of them is taken
		return id, nil
	case len(unknown) > 0:
		return "", unknownArgument(strings.Join(unknown, ", "))
	}
	return q.take(id, key, sent)
}

// take puts the arguments of a body beside those of the query.
func (q *request) take(id, key string, sent map[string]any) (string, error) {
	for _, k := range sortedKeys(sent) {
		v := sent[k]
		words := []string{pyStr(v)}
		list, isList := v.([]any)
		for i, w := range list {
			words = append(words[:i], pyStr(w))
		}
		switch {
		case k == key:
			id = words[0]
		case k == "fields" && !isList:
			return "", invalidInput(k, words[0], "Value not a valid list: "+words[0])
		case q.query.Has(k):
			return "", badRequest("Parameter %s was given several times", k)
		default:
			q.query[k] = words
		}
	}
	return id, nil
}
