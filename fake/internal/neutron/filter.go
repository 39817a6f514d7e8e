// SPDX-License-Identifier: Apache-2.0

package neutron

import (
	"maps"
	"net/url"
	"slices"
	"strings"

	"github.com/octaviakit/octaviakit/fake/internal/rest"
)

// filter turns a query into a predicate. Values of one name are alternatives, names are all to hold.
func (k *kind) filter(q url.Values) (func(rest.Object) bool, *Error) {
	if err := k.filters(q); err != nil {
		return nil, err
	}
	var tests []func(rest.Object) bool
	for _, name := range slices.Sorted(maps.Keys(q)) {
		test, err := k.test(name, q[name])
		if err != nil {
			return nil, err
		}
		if test != nil {
			tests = append(tests, test)
		}
	}
	return func(v rest.Object) bool {
		return !slices.ContainsFunc(tests, func(test func(rest.Object) bool) bool { return !test(v) })
	}, nil
}

// filters refuses names that can be no filter, all at once.
func (k *kind) filters(q url.Values) *Error {
	var odd []string
	for _, name := range slices.Sorted(maps.Keys(q)) {
		switch name {
		case "limit", "marker", "page_reverse", "sort_key", "sort_dir", "fields", "tags", "tags-any", "not-tags", "not-tags-any", "fixed_ips":
			continue
		}
		if _, ok := k.attrs[name]; !ok {
			odd = append(odd, "'"+name+"'")
		}
	}
	if odd != nil {
		return malformed("[%s] is invalid attribute for filtering", strings.Join(odd, ", "))
	}
	return nil
}

// test is what one name of a query asks of an object, nil for nothing.
func (k *kind) test(name string, values []string) (func(rest.Object) bool, *Error) {
	switch name {
	case "limit", "marker", "page_reverse", "sort_key", "sort_dir", "fields":
		return nil, nil
	case "tags", "tags-any", "not-tags", "not-tags-any":
		return tagged(name, values), nil
	case "fixed_ips":
		for _, v := range values {
			if !strings.Contains(v, "=") {
				return nil, invalid("'%s' is not of the form <key>=[value].", v)
			}
		}
		return holding(values), nil
	}
	return k.matching(name, values)
}

func (k *kind) matching(name string, values []string) (func(rest.Object) bool, *Error) {
	wanted := slices.Clone(values)
	if _, ok := rest.View(k.fresh())[name].(bool); ok {
		for i, s := range wanted {
			b, err := boolean(name, s)
			if err != nil {
				return nil, err
			}
			wanted[i] = repr(b)
		}
	}
	alike := func(e any) bool { // as MariaDB compares
		return slices.ContainsFunc(wanted, func(want string) bool { return strings.EqualFold(want, repr(e)) })
	}
	return func(v rest.Object) bool {
		switch have := v[name].(type) {
		case nil:
			return false
		case []any:
			return slices.ContainsFunc(have, alike)
		default:
			return alike(have)
		}
	}, nil
}

func tagged(how string, values []string) func(rest.Object) bool {
	wanted := strings.Split(strings.Join(values, ","), ",")
	return func(v rest.Object) bool {
		tags, _ := v["tags"].([]string)
		some := slices.ContainsFunc(wanted, func(t string) bool { return slices.Contains(tags, t) })
		all := !slices.ContainsFunc(wanted, func(t string) bool { return !slices.Contains(tags, t) })
		switch how {
		case "tags":
			return all
		case "tags-any":
			return some
		case "not-tags":
			return !all
		default:
			return !some
		}
	}
}

// holding is the filter fixed_ips=ip_address=…, subnet_id=… or ip_address_substr=…: one of the port's addresses must
// satisfy all that is asked, by one of the values given for it.
func holding(values []string) func(rest.Object) bool {
	wanted := map[string][]string{}
	for _, s := range values {
		key, want, _ := strings.Cut(s, "=")
		wanted[key] = append(wanted[key], want)
	}
	fits := func(ip rest.Object) bool {
		for key, wants := range wanted {
			alike := func(want string) bool { return repr(ip[key]) == want }
			if key == "ip_address_substr" {
				alike = func(want string) bool { return strings.Contains(repr(ip["ip_address"]), want) }
			}
			if !slices.ContainsFunc(wants, alike) {
				return false
			}
		}
		return true
	}
	return func(v rest.Object) bool {
		ips, _ := v["fixed_ips"].([]any)
		return slices.ContainsFunc(ips, func(e any) bool {
			ip, _ := e.(rest.Object)
			return fits(ip)
		})
	}
}
