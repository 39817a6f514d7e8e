// SPDX-License-Identifier: Apache-2.0

// Package mark writes and reads the marks of ownership on cloud objects: the tags
// "octaviakit.owner=…" and "octaviakit.key=…" (and "octaviakit.replaces=…", "octaviakit.shared=…", "octaviakit.held=…" and "octaviakit.out=…") or, where an object
// has no tags, the end of its description: "text [octaviakit.owner=… octaviakit.key=…]".
package mark

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/octaviakit/octaviakit/internal/fault"
)

const (
	ownerTag = "octaviakit.owner="
	keyTag   = "octaviakit.key="
	// replacesTag is on a load balancer that is to take the place of another one.
	replacesTag = "octaviakit.replaces="
	// sharedTag is on a load balancer that several owners may put listeners on.
	sharedTag = "octaviakit.shared="
	// heldTag is on an L7 policy that is out of service until it has all its rules.
	heldTag = "octaviakit.held=rules"
	// outTag begins the tags that remember a member which is out of its pool to be made anew.
	outTag = "octaviakit.out="

	// Limit is the longest tag and the longest description that Octavia and Neutron store, in characters.
	Limit = 255
)

// Owner is the tag that names the owner.
func Owner(owner string) string { return ownerTag + owner }

// Key is the tag that tells one owner's objects apart.
func Key(key string) string { return keyTag + key }

// Replaces is the tag of an object that is to take the place of the one with that ID.
func Replaces(id string) string { return replacesTag + id }

// Replaced returns the ID that a Replaces tag among the tags names, "" if there is none.
func Replaced(tags []string) string {
	for _, id := range values(tags, replacesTag) {
		return id
	}
	return ""
}

// Shared is the tag of an object that other owners may use, too, and how they do.
func Shared(how string) string { return sharedTag + how }

// SharedAs returns what a Shared tag among the tags says, "" if there is none.
func SharedAs(tags []string) string {
	for _, how := range values(tags, sharedTag) {
		return how
	}
	return ""
}

// Held is the tag of an L7 policy that is kept out of service until it has all its rules.
func Held() string { return heldTag }

// Out is a tag that remembers a member which is out of its pool, or a part of one.
func Out(what string) string { return outTag + what }

// Remembered returns what an Out tag says.
func Remembered(tag string) (what string, ok bool) { return strings.CutPrefix(tag, outTag) }

// boundTag begins the tag of a floating IP that is somebody else's and was bound for an owner.
// It goes into a path, where a dot or a slash would not be safe.
const boundTag = "octaviakit-bound="

// Bound is the tag of such an address.
func Bound(owner, key string) string {
	sum := sha256.Sum256([]byte(owner + "\x00" + key))
	return boundTag + hex.EncodeToString(sum[:16])
}

// IsBound reports whether a tag is one of Bound, for any owner.
func IsBound(tag string) bool { return strings.HasPrefix(tag, boundTag) }

// Validate reports an owner or key that could not be stored and found again: the
// owner is mandatory, the key may be empty. Octavia splits tag filters at commas.
func Validate(owner, key string) error {
	if owner == "" {
		return &fault.FieldError{Path: "owner", Problem: "must not be empty: without it nothing could be told from what others made"}
	}
	if p := problem(owner); p != "" {
		return &fault.FieldError{Path: "owner", Problem: p}
	}
	if p := problem(key); p != "" {
		return &fault.FieldError{Path: "key", Problem: p}
	}
	if n := utf8.RuneCountInString(bracket(owner, key)); n > Limit {
		return &fault.FieldError{Path: "owner", Problem: fmt.Sprintf(
			"owner and key are too long together: written into a description they take %d characters, at most %d fit", n, Limit)}
	}
	return nil
}

func problem(s string) string {
	if !utf8.ValidString(s) {
		return "must be UTF-8"
	}
	if strings.TrimSpace(s) != s {
		return "must not begin or end with a space"
	}
	for _, r := range s {
		switch {
		case r == ',':
			return "must not contain a comma, at which Octavia splits tag filters"
		case !unicode.IsPrint(r):
			return fmt.Sprintf("must be printable, %U is not", r)
		case r > 0xFFFF:
			return fmt.Sprintf("must not contain %q, which many clouds' databases cannot store", r)
		}
	}
	return ""
}

// Tags are the tags that mark an object; an empty key has none.
func Tags(owner, key string) []string {
	if key == "" {
		return []string{Owner(owner)}
	}
	return []string{Key(key), Owner(owner)}
}

// FromTags finds the mark among tags. With several owners it returns the first in
// alphabetical order; see Owners.
func FromTags(tags []string) (owner, key string, ok bool) {
	owners := Owners(tags)
	if len(owners) == 0 {
		return "", "", false
	}
	keys := values(tags, keyTag)
	if len(keys) > 0 {
		key = keys[0]
	}
	return owners[0], key, true
}

// Owners lists every owner that the tags name, sorted.
func Owners(tags []string) []string { return values(tags, ownerTag) }

func values(tags []string, prefix string) []string {
	var out []string
	for _, t := range tags {
		if v, ok := strings.CutPrefix(t, prefix); ok && v != "" {
			out = append(out, v)
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// Keep is a word of a mark in a description: the object outlives what it was made for.
const Keep = "octaviakit.keep"

// Describe appends the mark, with further words, to a description, which is shortened if
// both do not fit.
func Describe(text, owner, key string, words ...string) string {
	mark := bracket(owner, key, words...)
	if text == "" {
		return mark
	}
	room := Limit - 1 - utf8.RuneCountInString(mark)
	if r := []rune(text); len(r) > room {
		if room < 2 {
			return mark
		}
		text = string(r[:room-1]) + "…"
	}
	return text + " " + mark
}

// FromDescription finds the mark at the end of a description and returns the text before it.
func FromDescription(description string) (text, owner, key string, ok bool) {
	rest, closed := strings.CutSuffix(description, "]")
	i := strings.LastIndex(rest, "[")
	if !closed || i < 0 {
		return description, "", "", false
	}
	for _, f := range strings.Fields(rest[i+1:]) {
		owner = unescaped(f, ownerTag, owner)
		key = unescaped(f, keyTag, key)
	}
	if owner == "" {
		return description, "", "", false
	}
	return strings.TrimSuffix(rest[:i], " "), owner, key, true
}

// Kept reports whether a description's mark has the word Keep.
func Kept(description string) bool {
	rest, closed := strings.CutSuffix(description, "]")
	return closed && slices.Contains(strings.Fields(rest[strings.LastIndex(rest, "[")+1:]), Keep)
}

func bracket(owner, key string, words ...string) string {
	s := "[" + ownerTag + escape(owner)
	if key != "" {
		s += " " + keyTag + escape(key)
	}
	for _, w := range words {
		s += " " + w
	}
	return s + "]"
}

// escape hides what would end the mark or one of its words.
func escape(s string) string {
	return strings.NewReplacer("%", "%25", " ", "%20", "[", "%5B", "]", "%5D").Replace(s)
}

func unescaped(word, prefix, otherwise string) string {
	v, ok := strings.CutPrefix(word, prefix)
	if !ok {
		return otherwise
	}
	s, err := url.PathUnescape(v)
	if err != nil {
		return otherwise
	}
	return s
}

// Is reports whether a tag is a mark, of any owner.
func Is(tag string) bool {
	return slices.ContainsFunc([]string{ownerTag, keyTag, replacesTag, sharedTag, heldTag}, func(prefix string) bool {
		return strings.HasPrefix(tag, prefix)
	})
}
