// SPDX-License-Identifier: Apache-2.0

package neutron

import (
	"encoding/json"
	"fmt"
	"maps"
	"math"
	"net/netip"
	"regexp"
	"slices"
	"strings"

	"github.com/octaviakit/octaviakit/fake/internal/identity"
	"github.com/octaviakit/octaviakit/fake/internal/rest"
)

// use says when an attribute may be given, and by whom.
type use uint8

const (
	onPost   use = 1 << iota
	onPut        //
	required     // on POST
	admin        // by administrators only
	adminPut     // changed by administrators only
	both     = onPost | onPut
)

// attr is one attribute of a kind. Attributes without a conversion may never be given.
type attr struct {
	use     use
	convert func(name string, v any) (any, *Error)
}

// common are the attributes that every kind has.
func common(own map[string]attr) map[string]attr {
	all := map[string]attr{
		"id": {}, "tags": {}, "created_at": {}, "updated_at": {}, "revision_number": {},
		"project_id": {onPost, text(255)}, "tenant_id": {onPost, text(255)},
		"description": {both, text(255)},
	}
	maps.Copy(all, own)
	return all
}

// read validates a body of this kind as Neutron does: the project, unknown names, names that may not be given or must
// be, then each value.
func (k *kind) read(o rest.Object, who identity.Identity, when use) (rest.Object, *Error) {
	given := maps.Clone(o)
	if err := ownProject(given, who); err != nil {
		return nil, err
	}
	var unknown []string
	for _, name := range slices.Sorted(maps.Keys(given)) {
		if _, ok := k.attrs[name]; !ok {
			unknown = append(unknown, "'"+name+"'")
		}
	}
	if unknown != nil {
		return nil, malformed("Unrecognized attribute(s) %s", strings.Join(unknown, ", "))
	}
	if err := k.allowed(given, when); err != nil {
		return nil, err
	}
	for _, name := range slices.Sorted(maps.Keys(given)) {
		v, err := k.attrs[name].convert(name, given[name])
		if err != nil {
			return nil, err
		}
		given[name] = v
	}
	return given, nil
}

func ownProject(given rest.Object, who identity.Identity) *Error {
	project, has := given["project_id"]
	tenant, hasTenant := given["tenant_id"]
	if !has && !hasTenant {
		return nil
	}
	if has && hasTenant && !sameJSON(project, tenant) {
		return malformed("'project_id' and 'tenant_id' do not match")
	}
	if !has {
		project = tenant
	}
	if !sameJSON(project, who.ProjectID) && !isAdmin(who) {
		return malformed("Specifying 'project_id' or 'tenant_id' other than the authenticated project in request " +
			"requires admin or advsvc privileges")
	}
	delete(given, "tenant_id")
	given["project_id"] = project // of an update it is refused later, as read-only
	return nil
}

func (k *kind) allowed(given rest.Object, when use) *Error {
	if when == onPost {
		for _, name := range slices.Sorted(maps.Keys(k.attrs)) {
			if _, ok := given[name]; !ok && k.attrs[name].use&required != 0 {
				return malformed("Failed to parse request. Required attribute '%s' not specified", name)
			}
		}
	}
	for _, name := range slices.Sorted(maps.Keys(given)) {
		switch {
		case k.attrs[name].use&when != 0:
		case when == onPost:
			return malformed("Attribute '%s' not allowed in POST", name)
		default:
			return malformed("Cannot update read-only attribute %s", name)
		}
	}
	return nil
}

func wrong(name, format string, args ...any) *Error {
	return malformed("Invalid input for %s. Reason: %s", name, fmt.Sprintf(format, args...)+".")
}

// repr spells a JSON value as Python would within quotes.
func repr(v any) string {
	switch v := v.(type) {
	case nil:
		return "None"
	case string:
		return v
	case bool:
		if v {
			return "True"
		}
		return "False"
	default:
		body, err := json.Marshal(v)
		if err != nil {
			return fmt.Sprint(v)
		}
		return strings.ReplaceAll(string(body), "\"", "'")
	}
}

func text(limit int) func(string, any) (any, *Error) {
	return func(name string, v any) (any, *Error) {
		s, ok := v.(string)
		switch {
		case !ok:
			return nil, wrong(name, "'%s' is not a valid string", repr(v))
		case len([]rune(s)) > limit:
			return nil, wrong(name, "'%s' exceeds maximum length of %d", s, limit)
		}
		return s, nil
	}
}

func boolean(_ string, v any) (any, *Error) {
	switch v := v.(type) {
	case bool:
		return v, nil
	case float64:
		if v == 0 || v == 1 {
			return v == 1, nil
		}
	case string:
		switch strings.ToLower(v) {
		case "true", "1":
			return true, nil
		case "false", "0":
			return false, nil
		}
	}
	return nil, invalid("'%s' cannot be converted to boolean.", repr(v))
}

// The forms of a UUID, alone and within other text.
var (
	uuidForm   = regexp.MustCompile(`^[0-9a-f]{8}-?([0-9a-f]{4}-?){3}[0-9a-f]{12}$`)
	uuidWithin = regexp.MustCompile(`[0-9a-f]{8}-([0-9a-f]{4}-){3}[0-9a-f]{12}`)
)

func uuid(name string, v any) (any, *Error) {
	if s, ok := v.(string); ok && uuidForm.MatchString(s) {
		return s, nil
	}
	return nil, wrong(name, "'%s' is not a valid UUID", repr(v))
}

func address(name string, v any) (any, *Error) {
	s, ok := v.(string)
	if a, err := netip.ParseAddr(s); ok && err == nil && a.Zone() == "" {
		return a.String(), nil
	}
	return nil, wrong(name, "'%s' is not a valid IP address", repr(v))
}

func integer(_ string, v any) (any, *Error) {
	if f, ok := v.(float64); ok && f == math.Trunc(f) && math.Abs(f) < 1<<53 {
		return int(f), nil
	}
	return nil, invalid("'%s' is not an integer.", repr(v))
}

// orNull lets null pass.
func orNull(f func(string, any) (any, *Error)) func(string, any) (any, *Error) {
	return func(name string, v any) (any, *Error) {
		if v == nil {
			return nil, nil
		}
		return f(name, v)
	}
}

// list applies f to every element.
func list(f func(string, any) (any, *Error)) func(string, any) (any, *Error) {
	return func(name string, v any) (any, *Error) {
		elements, ok := v.([]any)
		if !ok {
			return nil, wrong(name, "'%s' is not a list", repr(v))
		}
		out := []any{}
		for _, e := range elements {
			c, err := f(name, e)
			if err != nil {
				return nil, err
			}
			out = append(out, c)
		}
		return out, nil
	}
}

func anything(_ string, v any) (any, *Error) { return v, nil }

// oneOf allows some values only; numbers are written without quotes.
func oneOf(values ...any) func(string, any) (any, *Error) {
	return func(name string, v any) (any, *Error) {
		for _, want := range values {
			if sameJSON(v, want) {
				return want, nil
			}
		}
		return nil, wrong(name, "%s is not in valid_values", repr(v))
	}
}
