// SPDX-License-Identifier: Apache-2.0

package conformance

import (
	"cmp"
	"encoding/json"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
)

var (
	aUUID    = regexp.MustCompile(`[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}`)
	aProject = regexp.MustCompile(`\b[0-9a-f]{32}\b`)
	aTime    = regexp.MustCompile(`\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(\.\d+)?(Z|\+00:00)?`)
	aRequest = regexp.MustCompile(`req-[0-9a-f-]{36}`)
	anAuto   = regexp.MustCompile(`\$(net2?|mnet|pnet|ext)\.(?:\d|[1-6]\d|[89]\d|7[0-69]|[12]\d\d)\.\d+`) // Neutron's choice; scenarios choose from .77. and .78.
	aDBError = regexp.MustCompile(`(?s)\((?:pymysql|psycopg2|sqlite3)\..*`)
	aPointer = regexp.MustCompile(`\b0x[0-9a-f]{6,}`)
	anAuto6  = regexp.MustCompile(`\bfd[0-9a-f]{2}:[0-9a-f:]+`)
	aMAC     = regexp.MustCompile(`\bfa:16:3e(:[0-9a-f]{2}){3}\b`)
	aHost    = regexp.MustCompile(`https?://[^/\s"]+(/load-balancer|/network|/identity)?`)
	aPortSet = regexp.MustCompile(`(id for these ports is: )(.+?)(\.$)`)
	anEnum   = regexp.MustCompile(`((?:one|any) of:? )(.+?)(\.?$)`)
	unknowns = regexp.MustCompile(`^(Unknown attributes for argument [\w.]+: |Unknown argument: ")(.+?)("?$)`)
)

// normal replaces what differs between two runs on two clouds: ids by the name
// of the variable that holds them, times, addresses, hosts, the order of
// enumerations (Python's set order), and of lists that were not asked
// to be sorted, among them those inside one that was.
func (p *player) normal(v any, sorted bool) any {
	n := &normaliser{}
	for _, name := range slices.Sorted(maps.Keys(p.vars)) {
		if value := p.vars[name]; len(value) > 8 {
			n.pairs = append(n.pairs, pair{value, "$" + name})
		}
	}
	// Longer values first: one may contain another. The networks' first bytes
	// go last, with their dot, as they are short.
	slices.SortStableFunc(n.pairs, func(a, b pair) int { return cmp.Compare(len(b.value), len(a.value)) })
	for _, name := range []string{"net", "net2", "mnet", "pnet", "ext"} {
		n.pairs = append(n.pairs, pair{p.vars[name] + ".", "$" + name + "."})
	}
	depth := -1 // nowhere
	if sorted {
		depth = 1 // {"pools": [
	}
	return n.value(v, depth)
}

type pair struct{ value, name string }

type normaliser struct{ pairs []pair }

// value normalises a value. A list of objects that is so deep within what was asked for is in order already.
func (n *normaliser) value(v any, ordered int) any {
	switch x := v.(type) {
	case map[string]any:
		out := make(map[string]any, len(x))
		for k, w := range x {
			at := ordered - 1
			if keepsOrder(k) {
				at = 0
			}
			if out[n.text(k)] = n.value(w, at); k == "standard_attr_id" || k == "revision_number" {
				out[k] = "$number"
			}
		}
		return out
	case []any:
		out := make([]any, len(x))
		for i, w := range x {
			out[i] = n.value(w, ordered-1)
		}
		if ordered != 0 {
			slices.SortStableFunc(out, func(a, b any) int { return strings.Compare(key(a), key(b)) })
		}
		return out
	case string:
		return n.text(x)
	}
	return v
}

// keepsOrder names the lists of texts that a database orders.
func keepsOrder(field string) bool { return field == "tags" || field == "allowed_cidrs" }

// key orders list elements: by name if they have one, so that one differing
// field does not shift the whole list.
func key(v any) string {
	text, err := json.Marshal(v)
	if err != nil {
		return fmt.Sprint(v)
	}
	if m, ok := v.(map[string]any); ok {
		return fmt.Sprint(m["name"], " ", m["address"], " ", m["protocol_port"], " ", m["id"], " ", string(text))
	}
	return string(text)
}

func (n *normaliser) text(s string) string {
	for _, p := range n.pairs {
		s = strings.ReplaceAll(s, p.value, p.name)
	}
	s = aRequest.ReplaceAllString(s, "$$request")
	s = aUUID.ReplaceAllString(s, "$$uuid")
	s = aProject.ReplaceAllString(s, "$$hex")
	s = aTime.ReplaceAllString(s, "$$time")
	s = aDBError.ReplaceAllString(s, "$$database error")
	s = aPointer.ReplaceAllString(s, "$$pointer")
	s = aMAC.ReplaceAllString(s, "$$mac")
	s = anAuto.ReplaceAllString(s, "$$$1.auto")
	s = anAuto6.ReplaceAllString(s, "$$auto6")
	s = aHost.ReplaceAllString(s, "$$endpoint")
	return inOrder(aPortSet, ",", inOrder(unknowns, ", ", inOrder(anEnum, ", ", s)))
}

// inOrder sorts the words of a list within a sentence.
func inOrder(list *regexp.Regexp, comma, s string) string {
	return list.ReplaceAllStringFunc(s, func(found string) string {
		m := list.FindStringSubmatch(found)
		words := strings.Split(m[2], comma)
		slices.Sort(words)
		return m[1] + strings.Join(words, comma) + m[3]
	})
}
