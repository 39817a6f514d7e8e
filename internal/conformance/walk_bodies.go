// SPDX-License-Identifier: Apache-2.0

package conformance

import (
	"slices"
	"strings"
)

// sent is an attribute of a body with its value as JSON.
type sent struct{ name, value string }

// object is a body as JSON.
func object(body []sent) string {
	var all []string
	for _, s := range body {
		all = append(all, `"`+s.name+`": `+s.value)
	}
	return "{" + strings.Join(all, ", ") + "}"
}

func wrapped(name string, body []sent) string { return `{"` + name + `": ` + object(body) + `}` }

func without(body []sent, names ...string) []sent {
	return slices.DeleteFunc(slices.Clone(body), func(s sent) bool { return slices.Contains(names, s.name) })
}

func only(body []sent, names ...string) []sent {
	return slices.DeleteFunc(slices.Clone(body), func(s sent) bool { return !slices.Contains(names, s.name) })
}

// filled puts ids and numbers into a body's places.
func (w *walk) filled(body []sent) []sent {
	out := slices.Clone(body)
	for i := range out {
		out[i].value = w.fill(out[i].value, nil)
	}
	return out
}

// some are the attributes that a POST must have and a few that it may.
func (k *kind) some(w *walk) []attr {
	out := slices.Clone(k.need)
	for range min(w.rng.IntN(4), len(k.may)) {
		a := k.may[w.rng.IntN(len(k.may))]
		if !slices.ContainsFunc(out, func(b attr) bool { return b.name == a.name }) {
			out = append(out, a)
		}
	}
	return out
}

// good is a body of usual values.
func (w *walk) good(attrs []attr) []sent {
	var body []sent
	for _, a := range attrs {
		body = append(body, sent{a.name, w.usual(a)})
	}
	if !slices.ContainsFunc(body, func(s sent) bool { return s.name == "name" }) && w.rng.IntN(3) > 0 {
		body = append(body, sent{"name", `"%n"`})
	}
	return body
}

// junk is a value that hardly any attribute takes.
func (w *walk) junk() string {
	return w.one([]string{
		`null`, `null`, `null`, `""`, `0`, `-1`, `1`, `1.5`, `true`, `"yes"`, `[]`, `{}`, `[null]`, `["a"]`, `"x"`, `[[]]`, `{"a": 1}`,
		`"` + nowhere + `"`, `99999`, `" "`, `"1"`, `1e2`,
	})
}

// junkFor is junk, but no number for an address: see excuses.
func (w *walk) junkFor(attribute string) string {
	junk := w.junk()
	if strings.HasSuffix(attribute, "address") && !strings.HasPrefix(junk, `"`) && !strings.HasPrefix(junk, "[") && !strings.HasPrefix(junk, "{") {
		return "null"
	}
	return junk
}

// spoiled is a body with one thing wrong, or with two.
func (w *walk) spoiled(k *kind, body []sent) []sent {
	for once := true; once || w.rng.IntN(6) == 0; once = false {
		body = w.wrong(k, body)
	}
	return body
}

func (w *walk) wrong(k *kind, body []sent) []sent {
	all := append(slices.Clone(k.need), k.may...)
	a := all[w.rng.IntN(len(all))]
	set := func(name, value string) []sent { return append(without(body, name), sent{name, value}) }
	switch n := w.rng.IntN(20); {
	case n < 9 && len(a.odd) > 0:
		return set(a.name, w.one(a.odd))
	case n < 11:
		return set(a.name, w.usual(a)) // right by itself, and perhaps not beside the others
	case n < 14:
		return set(a.name, w.junkFor(a.name))
	case n < 16 && len(body) > 0:
		name := body[w.rng.IntN(len(body))].name
		return set(name, w.junkFor(name))
	case n < 18 && len(body) > 0:
		return without(body, body[w.rng.IntN(len(body))].name)
	case n < 19:
		other := w.kinds[w.rng.IntN(len(w.kinds))]
		b := append(slices.Clone(other.need), other.may...)[w.rng.IntN(len(other.need))]
		return set(b.name, w.usual(b))
	}
	return set(w.one([]string{"bogus", "id", "created_at", "provisioning_status", "operating_status", "vip_port_id", "Name", "vnic_type", "position"}), w.junk())
}

// inner is a body of something inside a load balancer's.
func (w *walk) inner(k *kind, drop ...string) []sent {
	drop = append(drop, "project_id", "tenant_id", "default_pool", "l7policies", "rules", "healthmonitor", "members", "redirect_pool", "redirect_pool_id")
	body := without(w.good(k.some(w)), drop...)
	if w.rng.IntN(10) == 0 {
		body = w.spoiled(k, body)
	}
	return body
}

// graph is what is below a load balancer: pools, and listeners that refer to them.
func (w *walk) graph() []sent {
	var pools, listeners []string
	for range w.rng.IntN(3) {
		pools = append(pools, object(w.fullPool(w.one([]string{"p", "q"}))))
	}
	for range w.rng.IntN(3) {
		body := w.inner(w.kinds[0], "loadbalancer_id", "default_pool_id")
		if w.rng.IntN(2) == 0 {
			body = append(body, sent{"default_pool", w.reference()})
		}
		if w.rng.IntN(3) == 0 {
			policy := w.inner(w.kinds[4], "listener_id")
			if w.rng.IntN(2) == 0 {
				policy = append(policy, sent{"redirect_pool", w.reference()})
			}
			if w.rng.IntN(2) == 0 {
				policy = append(policy, sent{"rules", "[" + object(w.inner(w.kinds[5])) + "]"})
			}
			body = append(body, sent{"l7policies", "[" + object(policy) + "]"})
		}
		listeners = append(listeners, object(body))
	}
	var out []sent
	if len(listeners) > 0 {
		out = append(out, sent{"listeners", "[" + strings.Join(listeners, ", ") + "]"})
	}
	if len(pools) > 0 || len(out) == 0 {
		out = append(out, sent{"pools", "[" + strings.Join(pools, ", ") + "]"})
	}
	return out
}

// reference names a pool, or describes it.
func (w *walk) reference() string {
	if w.rng.IntN(2) == 0 {
		return `{"name": "` + w.one([]string{"p", "q", "r"}) + `"}`
	}
	return object(w.fullPool("r"))
}

func (w *walk) fullPool(name string) []sent {
	body := append(w.inner(w.kinds[1], "loadbalancer_id", "listener_id", "name"), sent{"name", `"` + name + `"`})
	if w.rng.IntN(2) == 0 {
		var all []string
		for range w.rng.IntN(3) {
			all = append(all, object(w.inner(w.kinds[2])))
		}
		body = append(body, sent{"members", "[" + strings.Join(all, ", ") + "]"})
	}
	if w.rng.IntN(3) == 0 {
		body = append(body, sent{"healthmonitor", object(w.inner(w.kinds[3], "pool_id"))})
	}
	return body
}
