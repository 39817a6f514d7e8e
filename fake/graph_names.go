// SPDX-License-Identifier: Apache-2.0

package fake

import "slices"

func isNull(b body) bool { return b == nil }

// errNullItem is how Octavia fails on a null where an object should be.
func errNullItem() error { return serverError("'NoneType' object has no attribute 'get'") }

// definition tells a pool from a reference, which has a name and nothing else but what has a default.
func definition(b body) bool {
	for k := range b {
		if k != "name" && k != "admin_state_up" && k != "tls_enabled" {
			return true
		}
	}
	return false
}

// nestedPools yields the pool objects inside listeners.
func nestedPools(listeners []body) []body {
	var found []body
	for _, l := range listeners {
		if p := l.obj("default_pool"); p != nil {
			found = append(found, p)
		}
		for _, r := range l.objs("l7policies") {
			if p := r.obj("redirect_pool"); p != nil {
				found = append(found, p)
			}
		}
	}
	return found
}

// hoist moves nested definitions to the top level.
func (g *graph) hoist(listeners []body) error {
	for _, l := range listeners {
		if l == nil || slices.ContainsFunc(l.objs("l7policies"), isNull) {
			return errNullItem()
		}
		for _, p := range nestedPools([]body{l}) {
			if p.str("name") == "" {
				return invalid("Pools must be named when creating a fully populated loadbalancer.")
			}
			if definition(p) {
				g.defs = append(g.defs, p)
			}
		}
		if l.has("l7policies") && !l.sent("l7policies") {
			return serverError("'NoneType' object is not iterable")
		}
	}
	return nil
}

func (g *graph) checkNames(listeners []body) error {
	defined := map[string]bool{}
	for _, d := range g.defs {
		if defined[d.str("name")] {
			return invalid("Pool names must be unique when creating a fully populated loadbalancer.")
		}
		defined[d.str("name")] = true
	}
	for _, p := range nestedPools(listeners) {
		if name := p.str("name"); !defined[name] {
			return invalid("Pool '%s' was referenced but no full definition was found.", name)
		}
	}
	return nil
}

// whole looks for what a reference need not have, and a definition must.
func whole(d body) error {
	for _, need := range []string{"protocol", "lb_algorithm"} {
		switch {
		case !d.has(need) && !d.has("name"): // it would be in the words
			return serverError("'name'")
		case !d.has(need):
			return invalid("Pool definition for '%s' missing required attribute: %s", orNone(d, "name"), need)
		}
	}
	return nil
}
