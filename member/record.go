// SPDX-License-Identifier: Apache-2.0

package member

import (
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/octaviakit/octaviakit/internal/mark"
)

// isRecord tells the tags that remember a member which a [Drainer] makes anew. Between the
// cycle that takes it out and the one that brings it back nothing else in the cloud knows what
// it was, so another member of the pool carries that meanwhile: it is written by the call
// that takes the member out, and erased by the one that adds it, so a record costs no cycle.
// "octaviakit.out=10.0.0.1:80=1/2={…" is the first of two parts of a Spec in JSON.
func isRecord(t string) bool {
	_, is := mark.Remembered(t)
	return is
}

func isMark(t string) bool { return isDrainTag(t) || isRecord(t) }

// recordTags are the tags that remember a member.
func recordTags(s Spec) []string {
	raw, err := json.Marshal(s)
	if err != nil {
		return nil // cannot happen: strings, numbers and bools only
	}
	text, prefix := []rune(string(raw)), mark.Out(s.Key().String()+"=")
	room := mark.Limit - len(prefix) - len("999/999=")
	n := (len(text) + room - 1) / room
	out := make([]string, n)
	for i := range out {
		part := text[i*room : min((i+1)*room, len(text))]
		out[i] = fmt.Sprintf("%s%d/%d=%s", prefix, i+1, n, string(part))
	}
	return out
}

// record is a member that is remembered, and the tags that do.
type record struct {
	Spec
	tags []string
}

// recordsIn reads the records among tags. What is not whole, or cannot be read, is none.
func recordsIn(tags []string) []record {
	parts := map[string][]string{}
	for _, t := range tags {
		if rest, ok := mark.Remembered(t); ok {
			key, _, _ := strings.Cut(rest, "=")
			parts[key] = append(parts[key], t)
		}
	}
	var out []record
	for key, of := range parts {
		text := make([]string, len(of))
		for _, t := range of {
			place, part, _ := strings.Cut(strings.TrimPrefix(t, mark.Out(key+"=")), "=")
			number, total, _ := strings.Cut(place, "/")
			if i, err := strconv.Atoi(number); err == nil && total == strconv.Itoa(len(of)) && i >= 1 && i <= len(of) {
				text[i-1] = part
			}
		}
		var s Spec
		if json.Unmarshal([]byte(strings.Join(text, "")), &s) == nil && s.Key().String() == key {
			out = append(out, record{s, of})
		}
	}
	slices.SortFunc(out, func(a, b record) int { return a.Key().Compare(b.Key()) })
	return out
}

func without(tags, drop []string) []string {
	return slices.DeleteFunc(slices.Clone(tags), func(t string) bool { return slices.Contains(drop, t) })
}

// recorded is want with what is on record about members that were out of the pool when who
// made them anew ended: one that is wished for gets what the wish leaves alone from there,
// and what is decided about needs no record any more. decided says about whom want says
// something, going who is not to stay.
func recorded(have []Member, want []Spec, decided, going func(Key) bool) []Spec {
	want = keepMarks(have, want)
	if !slices.ContainsFunc(have, func(m Member) bool { return slices.ContainsFunc(m.Tags, isRecord) }) {
		return want
	}
	at := make(map[Key]int, len(want))
	for i, s := range want {
		at[s.Key()] = i
	}
	var orphans []string // of members that nobody has decided about
	tagged := map[Key][]string{}
	for _, carrier := range have {
		keep := carrier.Tags
		for _, r := range recordsIn(carrier.Tags) {
			i, named := at[r.Key()]
			switch {
			case !decided(r.Key()) && going(carrier.Key()):
				orphans = append(orphans, r.tags...)
			case !decided(r.Key()), named && holds(have, r.Key()):
			case named && !there(have, r.Key()):
				want[i] = overlay(r.Spec, want[i])
				fallthrough
			default:
				keep = without(keep, r.tags)
			}
		}
		if len(keep) < len(carrier.Tags) && !going(carrier.Key()) {
			tagged[carrier.Key()] = keep
		}
	}
	adopt(have, orphans, tagged, going)
	return retag(have, want, at, tagged)
}

// adopt gives the first that stays what others, who go, remember.
func adopt(have []Member, orphans []string, tagged map[Key][]string, going func(Key) bool) {
	i := slices.IndexFunc(have, func(m Member) bool { return !going(m.Key()) })
	if i < 0 || len(orphans) == 0 {
		return
	}
	k := have[i].Key()
	if tagged[k] == nil {
		tagged[k] = have[i].Tags
	}
	tagged[k] = slices.Concat(tagged[k], orphans)
}

// retag is want with the marks of members as given.
func retag(have []Member, want []Spec, at map[Key]int, tagged map[Key][]string) []Spec {
	for _, m := range have {
		tags, ok := tagged[m.Key()]
		if !ok {
			continue
		}
		i, named := at[m.Key()]
		switch {
		case !named:
			at[m.Key()] = len(want)
			want = append(want, Spec{Address: m.Address, Port: m.Port, Tags: tags})
		case want[i].Tags == nil:
			want[i].Tags = tags
		default:
			own := slices.DeleteFunc(slices.Clone(want[i].Tags), isRecord)
			want[i].Tags = append(own, slices.DeleteFunc(slices.Clone(tags), func(t string) bool { return !isRecord(t) })...)
		}
	}
	return want
}

func there(have []Member, k Key) bool {
	return slices.ContainsFunc(have, func(m Member) bool { return m.Key() == k })
}

// holds reports whether a drain holds the member, so that it may yet be made anew.
func holds(have []Member, k Key) bool {
	return slices.ContainsFunc(have, func(m Member) bool {
		_, drained := m.Drained()
		return drained && m.Key() == k
	})
}

// remembered reports whether a member that stays remembers the one of that key.
func remembered(have []Member, k Key) bool {
	return slices.ContainsFunc(have, func(m Member) bool {
		return slices.ContainsFunc(recordsIn(m.Tags), func(r record) bool { return r.Key() == k })
	})
}

// noted are tags with records, which take the place of others of the same members.
func noted(tags, records []string) []string {
	stale := func(t string) bool {
		return isRecord(t) && slices.ContainsFunc(records, func(r string) bool { return onRecord(r) == onRecord(t) })
	}
	return tagSet(append(slices.DeleteFunc(slices.Clone(tags), stale), records...))
}

// onRecord is the key of the member that a record's tag is about.
func onRecord(t string) string {
	what, _ := mark.Remembered(t)
	key, _, _ := strings.Cut(what, "=")
	return key
}

// same reports whether the record says what s does.
func (r record) same(s Spec) bool { return slices.Equal(tagSet(r.tags), tagSet(recordTags(s))) }
