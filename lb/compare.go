// SPDX-License-Identifier: Apache-2.0

package lb

import (
	"cmp"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/octaviakit/octaviakit/provider"
)

// A difference is one field in which an observed object is not as wished.
type difference struct {
	name     string
	spec     string // where the Spec says it
	want     any
	effect   Effect
	haveText string
	wantText string
}

// wishes is the body of a request that creates v: every wish but the nulls and empty
// collections, which are what a new object has anyway, and which old releases may
// not know.
func wishes[T any](rows []row[T], v T) map[string]any {
	body := map[string]any{}
	for _, r := range rows {
		if want, ok := r.get(v); ok && !none(want) {
			body[r.name] = want
		}
	}
	return body
}

// none reports null and empty collections.
func none(v any) bool {
	switch v := v.(type) {
	case nil:
		return true
	case []any:
		return len(v) == 0
	case map[string]any:
		return len(v) == 0
	}
	return false
}

// names knows what refs mean today.
type names interface {
	resolve(r ref) string    // the ID, "" if the object does not exist or is to be replaced
	nameOf(id string) string // what a person calls an ID
}

// differences compares v with an observed object, in the table's order.
func differences[T any](rows []row[T], v T, have map[string]any, n names) []difference {
	var out []difference
	for _, r := range rows {
		want, ok := r.get(v)
		if !ok || r.change == Identifies || r.same(have[r.name], want, n) {
			continue
		}
		d := difference{name: r.name, spec: r.spec, want: want, effect: r.effect(), haveText: show(have[r.name]), wantText: show(want)}
		if id, ok := have[r.name].(string); ok {
			d.haveText = show(n.nameOf(id))
		}
		out = append(out, d)
	}
	return out
}

func (r row[T]) same(have, want any, n names) bool {
	if p, ok := want.(ref); ok {
		id := n.resolve(p)
		return id != "" && id == have
	}
	if r.eq != nil {
		return r.eq(have, want)
	}
	return canonical(have, r.set) == canonical(want, r.set)
}

// canonical spells a JSON value so that what Octavia treats alike compares equal:
// null, "" and empty collections; 1 and 1.0; and, for sets, any order.
func canonical(v any, set bool) string {
	switch v := v.(type) {
	case nil:
		return ""
	case string:
		return v
	case []any:
		items := make([]string, len(v))
		for i, item := range v {
			items[i] = canonical(item, false)
		}
		if set {
			slices.Sort(items)
			items = slices.Compact(items)
		}
		return strings.Join(items, "\n")
	case map[string]any:
		var items []string
		for _, k := range slices.Sorted(maps.Keys(v)) {
			if c := canonical(v[k], false); c != "" {
				items = append(items, k+"="+c)
			}
		}
		return strings.Join(items, "\n")
	case float64: // every number that was read; not 3.6e+06
		return strconv.FormatFloat(v, 'f', -1, 64)
	case bool, int, int64, json.Number:
		return fmt.Sprint(v)
	}
	return fmt.Sprintf("%v", v)
}

// show spells a value for a person reading a plan.
func show(v any) string {
	switch v := v.(type) {
	case ref:
		return string(v)
	case []any:
		if len(v) == 0 {
			return "none"
		}
		items := make([]string, len(v))
		for i, item := range v {
			items[i] = show(item)
		}
		slices.Sort(items)
		return "[" + strings.Join(items, " ") + "]"
	case map[string]any:
		if len(v) == 0 {
			return "none"
		}
		return "{" + strings.ReplaceAll(canonical(v, false), "\n", " ") + "}"
	case nil, string, float64:
		return cmp.Or(canonical(v, false), "none")
	}
	return fmt.Sprint(v)
}

// sameProvider knows that octavia and amphora are one driver.
func sameProvider(have, want any) bool {
	h, _ := have.(string)
	w, _ := want.(string)
	return provider.Name(h).Canonical() == provider.Name(w).Canonical()
}

// includes compares only what the wish names: the rest is left alone.
func includes(have, want any) bool {
	w, ok := want.(map[string]any)
	if !ok {
		return canonical(have, false) == canonical(want, false)
	}
	h, _ := have.(map[string]any)
	for k, v := range w {
		if canonical(h[k], false) != canonical(v, false) {
			return false
		}
	}
	return true
}

// sameVIPs compares additional VIPs by subnet, and by address where the wish names one:
// else Neutron chooses it.
func sameVIPs(have, want any) bool {
	if canonical(subnetsOf(have), true) != canonical(subnetsOf(want), true) {
		return false
	}
	there, _ := have.([]any)
	wished, _ := want.([]any)
	for _, w := range wished {
		w, _ := w.(map[string]any)
		same := func(h any) bool {
			vip, _ := h.(map[string]any)
			return vip["subnet_id"] == w["subnet_id"] && canonical(vip["ip_address"], false) == canonical(w["ip_address"], false)
		}
		if canonical(w["ip_address"], false) != "" && !slices.ContainsFunc(there, same) {
			return false
		}
	}
	return true
}

func subnetsOf(v any) any {
	vips, _ := v.([]any)
	out := make([]any, 0, len(vips))
	for _, vip := range vips {
		if m, ok := vip.(map[string]any); ok {
			out = append(out, m["subnet_id"])
		}
	}
	return out
}
