// SPDX-License-Identifier: Apache-2.0

package neutron

import (
	"encoding/json"
	"net/http"
	"slices"
	"strings"

	"github.com/octaviakit/octaviakit/fake/internal/rest"
)

// tags serves /{plural}/{id}/tags and /{plural}/{id}/tags/{tag}.
func (n *Neutron) tags(k *kind, c call, parts []string) (answer, *Error) {
	it, err := k.find(c.who, parts[0])
	if err != nil {
		return answer{}, n.untagged(k, parts[0])
	}
	if c.r.Method != http.MethodGet {
		it, err = n.owned(k, c.who, parts[0], "update")
	}
	if err != nil {
		return answer{}, err
	}
	if len(parts) == 3 {
		return n.tag(c, it, parts[2])
	}
	switch c.r.Method {
	case http.MethodGet:
		return answer{status: http.StatusOK, body: rest.Object{"tags": append([]string{}, it.tags...)}}, nil
	case http.MethodPut:
		tags, err := readTags(rest.Read(c.r))
		if err != nil {
			return answer{}, err
		}
		for i, tag := range tags {
			if slices.ContainsFunc(tags[:i], func(t string) bool { return rest.Folded(t) == rest.Folded(tag) }) {
				return answer{}, refuse(http.StatusConflict, "NeutronDbObjectDuplicateEntry",
					"Failed to create a duplicate Tag: for attribute(s) ['PRIMARY'] with value(s) %d-%s", it.seq, tag)
			}
		}
		it.tags = slices.Clone(tags)
		slices.SortFunc(it.tags, rest.Collate)
		n.touch(it)
		return answer{status: http.StatusOK, body: rest.Object{"tags": tags}}, nil // as sent
	case http.MethodDelete:
		it.tags = nil
		n.touch(it)
		return answer{status: http.StatusNoContent}, nil
	}
	return answer{}, notAllowed()
}

// untagged is the answer to whoever asks for the tags of what is not there.
func (n *Neutron) untagged(k *kind, id string) *Error {
	if n.env.TagPolicies {
		return refuse(http.StatusInternalServerError, "HTTPInternalServerError",
			"Request Failed: internal server error while processing your request.")
	}
	return refuse(http.StatusNotFound, "TagResourceNotFound", "Resource %s %s could not be found.",
		strings.ReplaceAll(k.path, "-", "_"), id)
}

func (n *Neutron) tag(c call, it *item, tag string) (answer, *Error) {
	at := slices.Index(it.tags, tag)
	missing := refuse(http.StatusNotFound, "TagNotFound", "Tag %s could not be found.", tag)
	switch c.r.Method {
	case http.MethodGet:
		if at < 0 {
			return answer{}, missing
		}
		return answer{status: http.StatusNoContent}, nil
	case http.MethodPut:
		if err := fitTag(tag); err != nil {
			return answer{}, err
		}
		if at < 0 {
			it.tags = append(slices.Clone(it.tags), tag)
			slices.SortFunc(it.tags, rest.Collate)
			n.touch(it)
		}
		return answer{status: http.StatusCreated, body: json.RawMessage("null")}, nil
	case http.MethodDelete:
		if at < 0 {
			return answer{}, missing
		}
		it.tags = slices.Delete(slices.Clone(it.tags), at, at+1)
		n.touch(it)
		return answer{status: http.StatusNoContent}, nil
	}
	return answer{}, notAllowed()
}

func readTags(raw []byte) ([]string, *Error) {
	var body rest.Object
	if json.Unmarshal(raw, &body) != nil {
		return nil, malformed("Body contains invalid data")
	}
	if body["tags"] == nil || len(body) != 1 {
		return nil, invalid("Invalid tags body.")
	}
	return tagList(body["tags"])
}

func tagList(v any) ([]string, *Error) {
	values, ok := v.([]any)
	if !ok {
		return nil, invalid("'%s' is not a list.", repr(v))
	}
	tags := []string{}
	for _, v := range values {
		tag, ok := v.(string)
		if !ok {
			return nil, invalid("'%s' is not a valid string.", repr(v))
		}
		if err := fitTag(tag); err != nil {
			return nil, err
		}
		if slices.Contains(tags, tag) {
			return nil, invalid("Duplicate items in the list: '%s'.", tag)
		}
		tags = append(tags, tag)
	}
	return tags, nil
}

func fitTag(tag string) *Error {
	if len([]rune(tag)) > 255 {
		return invalid("'%s' exceeds maximum length of 255.", tag)
	}
	return nil
}
