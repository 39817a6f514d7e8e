// SPDX-License-Identifier: Apache-2.0

package fake

import (
	"slices"
	"strconv"

	"github.com/octaviakit/octaviakit/provider"
)

// page cuts what was found. With page_reverse Octavia cuts from the start of what lies
// before the marker, not from its end: the result is not the page before it.
func (l *listing[T]) page(found []T) (page []T, full bool, err error) {
	marker := l.q.query.Get("marker")
	if marker != "" {
		at := slices.IndexFunc(found, func(o T) bool { return o.base().id == marker })
		if at < 0 {
			return nil, false, badRequest("Supplied pagination marker '%s' is not valid.", marker)
		}
		if err := l.markable(); err != nil {
			return nil, false, err
		}
		if l.q.query.Get("page_reverse") == "True" {
			found = found[:at]
		} else {
			found = found[at+1:]
		}
	}
	switch {
	case l.limit == 0 && l.q.release < provider.Dalmatian && len(found) > 0:
		return nil, false, serverError("'>=' not supported between instances of 'int' and 'NoneType'")
	case l.limit == 0:
		return found, true, nil
	case len(found) >= l.limit:
		return found[:l.limit], true, nil
	default:
		return found, false, nil
	}
}

// markable: Octavia reads the marker's sort keys by the names that the API has for them.
func (l *listing[T]) markable() error {
	keys, err := l.sortKeys()
	if err != nil {
		return err
	}
	for _, k := range keys {
		switch k.name {
		case "admin_state_up", "vip_address", "vip_subnet_id", "vip_port_id", "vip_network_id", "vip_qos_policy_id", "address",
			"max_retries", "max_retries_down", "default_tls_container_ref", "tls_container_ref", "loadbalancer_id":
			return serverError("'%s' object has no attribute '%s'", l.view.model, k.name)
		}
	}
	return nil
}

// links are Octavia's own, defects included: filters, fields and sort_dir get lost, and
// there is a next link whenever the page is full, even the last one.
func (l *listing[T]) links(page []T, full bool) []object {
	out := []object{}
	href := func(rel, marker string, reverse bool) {
		query := "limit=None"
		if l.limit > 0 {
			query = "limit=" + strconv.Itoa(l.limit)
		}
		for _, k := range []string{"sort", "sort_key"} {
			if s := l.q.query.Get(k); s != "" {
				query += "&" + k + "=" + s
			}
		}
		query += "&marker=" + marker
		if reverse {
			query += "&page_reverse=True"
		}
		out = append(out, object{{"rel", rel}, {"href", l.q.base + l.q.path + "?" + query}})
	}
	if len(page) == 0 {
		return out
	}
	if l.q.query.Get("marker") != "" {
		href("previous", page[0].base().id, true)
	}
	if full {
		href("next", page[len(page)-1].base().id, false)
	}
	return out
}
