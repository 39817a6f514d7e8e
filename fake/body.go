// SPDX-License-Identifier: Apache-2.0

package fake

import (
	"errors"
	"maps"
	"math"
	"net/http"
	"net/netip"
	"slices"
	"strings"

	"github.com/octaviakit/octaviakit/fake/internal/rest"
)

// Reading and applying decoded bodies. What is absent is left alone, what is null is
// reset: the two are never the same.

func (b body) has(name string) bool { _, sent := b[name]; return sent }

// sent reports a value that is there and not null.
func (b body) sent(name string) bool { return b[name] != nil }

func (b body) str(name string) string    { s, _ := b[name].(string); return s }
func (b body) num(name string) int       { n, _ := b[name].(int); return n }
func (b body) flag(name string) bool     { f, _ := b[name].(bool); return f }
func (b body) strs(name string) []string { s, _ := b[name].([]string); return s }
func (b body) obj(name string) body      { o, _ := b[name].(body); return o }
func (b body) objs(name string) []body   { o, _ := b[name].([]body); return o }
func (b body) optInt(name string) *int {
	if n, ok := b[name].(int); ok {
		return &n
	}
	return nil
}

func (b body) setStr(dst *string, name string) {
	if b.has(name) {
		*dst = b.str(name)
	}
}

// nullable is a text that may be null, which "" is not.
type nullable struct {
	text string
	set  bool
}

func (o nullable) show() any {
	if !o.set {
		return nil
	}
	return o.text
}

func (b body) setNullable(dst *nullable, name string) {
	if b.has(name) {
		*dst = nullable{b.str(name), b.sent(name)}
	}
}

// setStrOr resets to a default on null.
func (b body) setStrOr(dst *string, name, onNull string) {
	if b.has(name) {
		*dst = onNull
		if b.sent(name) {
			*dst = b.str(name)
		}
	}
}

func (b body) setInt(dst *int, name string, onNull int) {
	if b.has(name) {
		*dst = onNull
		if b.sent(name) {
			*dst = b.num(name)
		}
	}
}

func (b body) setOptInt(dst **int, name string) {
	if b.has(name) {
		*dst = b.optInt(name)
	}
}

// setBool: null is false, everywhere in Octavia.
func (b body) setBool(dst *bool, name string) {
	if b.has(name) {
		*dst = b.flag(name)
	}
}

// setWords sets a list that the database keeps as one text.
func (b body) setWords(dst *[]string, name string) {
	b.setStrs(dst, name)
	for i, word := range *dst {
		if word == nullItem {
			(*dst)[i] = nullWord
		}
	}
}

func (b body) setStrs(dst *[]string, name string) {
	if b.has(name) {
		*dst = slices.Clone(b.strs(name)) // nil for null, unlike for an empty list
	}
}

// apply sets what all objects have in common. Null tags change nothing.
func (o *common) apply(b body) {
	b.setStr(&o.name, "name")
	b.setStr(&o.description, "description")
	b.setBool(&o.enabled, "admin_state_up")
	if b.sent("tags") {
		o.tags = once(b.strs("tags"))
		slices.SortStableFunc(o.tags, rest.Collate) // as a database has them
	}
}

// fresh is a new object of a kind, as accepted.
func (c *Cloud) fresh(kind, project string, b body) common {
	o := common{
		kind: kind, id: c.newID(), project: project, prov: pendingCreate, oper: offline,
		created: c.now(), tags: []string{},
	}
	o.apply(b)
	return o
}

// storableUpdate is the same of an update, which fails where no row could hold what was sent.
// A tag that the object has already may be named twice: it is not written again.
func storableUpdate(b body, have []string) error {
	sent := maps.Clone(b)
	if b.sent("tags") {
		sent["tags"] = slices.DeleteFunc(slices.Clone(b.strs("tags")), func(t string) bool { return slices.Contains(have, t) })
	}
	var refusal *apiError
	switch err := storable(sent); {
	case b.has("tls_enabled") && !b.sent("tls_enabled"), b.has("lb_algorithm") && !b.sent("lb_algorithm"), errors.As(err, &refusal) && refusal.status == http.StatusConflict:
		return errUnknown()
	default:
		return err
	}
}

// once drops what is there twice.
func once(list []string) []string {
	kept := []string{}
	for _, s := range list {
		if !slices.Contains(kept, s) {
			kept = append(kept, s)
		}
	}
	return kept
}

// storable is Octavia's answer to what passes all its checks and its database refuses: a tag
// named twice, as there is a key on it, a null in a list, a number of more than 32 bits.
func storable(b body) error {
	seen := map[string]bool{}
	for _, t := range b.strs("tags") {
		if t = rest.Folded(t); seen[t] {
			return conflict("Already an entity with that specified id.")
		}
		seen[t] = true
	}
	for _, k := range sortedKeys(b) {
		switch v := b[k].(type) {
		case string: // a number passes for an address
			if err := storableText(v); err != nil {
				return err
			}
			if _, err := netip.ParseAddr(v); err != nil && strings.HasSuffix(k, "address") {
				return invalidInput(k, v, "Value should be IPv4 or IPv6 format")
			}
		case int:
			if v > math.MaxInt32 || v < math.MinInt32 {
				return errUnknown()
			}
		case []string:
			if err := storableText(strings.Join(v, "")); err != nil {
				return err
			}
			if slices.Contains(v, nullItem) && k != "tls_versions" && k != "alpn_protocols" {
				return errUnknown()
			}
		case body:
			if err := storable(v); err != nil {
				return err
			}
		}
	}
	return nil
}
