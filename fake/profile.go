// SPDX-License-Identifier: Apache-2.0

package fake

import (
	"encoding/json"
	"net/http"
	"slices"
)

// Flavors and availability zones: what an operator offers, each through a profile that
// holds the provider's own data.

const (
	kindFlavor  = "flavor"
	kindZone    = "availability_zone"
	kindProfile = "profile"
)

// profile is a flavor profile or an availability zone profile.
type profile struct {
	common
	provider string
	data     string // JSON
}

type flavor struct {
	common
	profile *profile
}

// zone is known by its name; its id is that too.
type zone struct {
	common
	profile *profile
}

func flavorView() *view[*flavor] {
	return &view[*flavor]{one: "flavor", many: "flavors", links: "flavors_links", word: "Flavor", fields: []field[*flavor]{
		idField[*flavor](), nameField[*flavor](), descriptionField[*flavor](),
		of[*flavor]("enabled", func(o *common) any { return o.enabled }),
		{name: "flavor_profile_id", get: func(o *flavor) any { return o.profile.id }},
	}}
}

func zoneView() *view[*zone] {
	return &view[*zone]{one: "availability_zone", many: "availability_zones", links: "availability_zones_links", word: "Availability Zone", fields: []field[*zone]{
		nameField[*zone](), descriptionField[*zone](),
		of[*zone]("enabled", func(o *common) any { return o.enabled }),
		{name: "availability_zone_profile_id", get: func(o *zone) any { return o.profile.id }},
	}}
}

// profileView: its links have a singular name, unlike all others.
func profileView(one, word, data, links string) *view[*profile] {
	return &view[*profile]{one: one, many: one + "s", links: links, word: word, fields: []field[*profile]{
		idField[*profile](), nameField[*profile](),
		{name: "provider_name", get: func(o *profile) any { return o.provider }},
		{name: data, get: func(o *profile) any { return o.data }},
	}}
}

func (c *Cloud) flavorResource() *resource {
	return catalogue[*flavor]{
		c: c, s: c.store.flavors, v: c.views.flavor, arg: "flavor_", first: "to_dict", post: c.tables.flavorPost, put: c.tables.flavorPut,
		everyone: true, inUseWords: "Flavor",
		build: func(b body) (*flavor, error) {
			p, found := c.store.fprofiles.get(b.str("flavor_profile_id"))
			if !found {
				return nil, errUnknown() // a foreign key that the database misses
			}
			f := &flavor{common: common{kind: kindFlavor, id: c.newID()}, profile: p}
			offered(&f.common, b)
			return f, columns(b, "name", "enabled")
		},
		change: func(f *flavor, b body) error { offered(&f.common, b); return nil },
		inUse: func(f *flavor) bool {
			return exists(c.store.lbs, func(lb *loadBalancer) bool { return lb.flavor == f.id })
		},
	}.resource()
}

func (c *Cloud) zoneResource() *resource {
	return catalogue[*zone]{
		c: c, s: c.store.zones, v: c.views.zone, arg: "availability_zone_", first: "to_dict", post: c.tables.zonePost, put: c.tables.zonePut,
		everyone: true, inUseWords: "Availability Zone",
		build: func(b body) (*zone, error) {
			p, found := c.store.zprofiles.get(b.str("availability_zone_profile_id"))
			if !found {
				return nil, errUnknown()
			}
			z := &zone{common: common{kind: kindZone, id: b.str("name")}, profile: p}
			offered(&z.common, b)
			return z, columns(b, "name", "enabled")
		},
		change: func(z *zone, b body) error { offered(&z.common, b); return nil },
		inUse: func(z *zone) bool {
			return exists(c.store.lbs, func(lb *loadBalancer) bool { return lb.zone == z.name })
		},
	}.resource()
}

func exists[T thing](s *collection[T], is func(T) bool) bool {
	for o := range s.all() {
		if is(o) {
			return true
		}
	}
	return false
}

func (c *Cloud) flavorProfileResource() *resource {
	return c.profileResource(c.store.fprofiles, c.views.fprofile, "flavor_profile_", "flavor_data", "Flavor profile",
		c.tables.fprofilePost, c.tables.fprofilePut, "validating flavors",
		func(p *profile) bool { return exists(c.store.flavors, func(f *flavor) bool { return f.profile == p }) })
}

func (c *Cloud) zoneProfileResource() *resource {
	return c.profileResource(c.store.zprofiles, c.views.zprofile, "availability_zone_profile_", "availability_zone_data",
		"Availability Zone Profile", c.tables.zprofilePost, c.tables.zprofilePut, "validating availability zones",
		func(p *profile) bool { return exists(c.store.zones, func(z *zone) bool { return z.profile == p }) })
}

func (c *Cloud) profileResource(s *collection[*profile], v *view[*profile], argument, data, word string,
	post, put schema, action string, inUse func(*profile) bool,
) *resource {
	check := func(p *profile) error { return c.checkProfile(p, data, action) }
	return catalogue[*profile]{
		c: c, s: s, v: v, arg: argument, first: data, post: post, put: put, inUse: inUse, inUseWords: word,
		build: func(b body) (*profile, error) {
			p := &profile{common: common{kind: kindProfile, id: c.newID(), name: b.str("name")}, provider: b.str("provider_name"), data: b.str(data)}
			if err := check(p); err != nil {
				return nil, err
			}
			return p, columns(b, "name", "provider_name")
		},
		early: func(b body) error { return earlyProfile(b, data) },
		before: func(p *profile, b body) error {
			if p != nil && inUse(p) && (b.sent(data) || b.sent("provider_name")) {
				return conflict("%s %s is in use and cannot be modified.", word, p.id)
			}
			if asked := askedProfile(p, b, data); asked != nil {
				return check(asked)
			}
			return nil
		},
		change: func(p *profile, b body) error {
			b.setStr(&p.name, "name")
			b.setStr(&p.provider, "provider_name")
			b.setStr(&p.data, data)
			return nil
		},
	}.resource()
}

// earlyProfile is what is wrong with an update whatever it is on.
func earlyProfile(b body, data string) error {
	for _, name := range []string{"name", "provider_name", data} {
		if b.has(name) && !b.sent(name) {
			return badRequest("None is not a valid option for %s", name)
		}
	}
	if b.sent(data) && !json.Valid([]byte(b.str(data))) {
		return badRequest("%s is not a valid option for flavor_data", b.str(data))
	}
	return nil
}

// askedProfile is what an update has a provider look at, nil for nothing: a provider alone is not asked, and without one
// there must be a profile.
func askedProfile(p *profile, b body, data string) *profile {
	switch {
	case b.sent(data) && b.has("provider_name"):
		return &profile{provider: b.str("provider_name"), data: b.str(data)}
	case b.sent(data) && p != nil:
		return &profile{provider: p.provider, data: b.str(data)}
	}
	return nil
}

// columns fails where one of them would be null, as a database does.
func columns(b body, names ...string) error {
	for _, name := range names {
		if !b.sent(name) {
			return errUnknown()
		}
	}
	return nil
}

// checkProfile asks the provider, or the default one where none is named, for the keys it knows.
func (c *Cloud) checkProfile(p *profile, data, action string) error {
	name := or(p.provider, string(c.dflt))
	d, enabled := c.drivers[name]
	if !json.Valid([]byte(p.data)) {
		return badRequest("%s is not a valid option for %s", p.data, data)
	}
	if !enabled {
		return badRequest("Provider '%s' is not enabled.", p.provider)
	}
	known := d.capabilities(data == "flavor_data")
	if known == nil {
		return faultf(http.StatusNotImplemented, "Provider '%s' does not support a requested action: This provider does not support %s.", name, action)
	}
	var keys map[string]json.RawMessage
	if err := json.Unmarshal([]byte(p.data), &keys); err != nil || keys == nil {
		return unsupportedData(name, "%s is not of type 'object'", pyBody([]byte(p.data)))
	}
	for _, k := range sortedKeys(keys) {
		if !slices.ContainsFunc(known, func(x capability) bool { return x.name == k }) {
			return unsupportedData(name, "Additional properties are not allowed ('%s' was unexpected)", k)
		}
	}
	return c.checkData(name, keys)
}

func unsupportedData(provider, format string, args ...any) error {
	e := faultf(http.StatusNotImplemented, "Provider '%s' does not support a requested option: ", provider)
	e.msg += faultf(0, format, args...).msg
	return e
}

// checkData looks at the values that the amphora driver looks at.
func (c *Cloud) checkData(provider string, keys map[string]json.RawMessage) error {
	if raw, sent := keys["loadbalancer_topology"]; sent {
		var topology string
		if err := json.Unmarshal(raw, &topology); err != nil || topology != "SINGLE" && topology != "ACTIVE_STANDBY" {
			return unsupportedData(provider, "loadbalancer_topology %s is not one of 'SINGLE'], ['ACTIVE_STANDBY'", pyBody(raw))
		}
	}
	for _, id := range validVIPNetworks(keys) {
		if _, found := c.neutron.Network(id); !found {
			return serverError("Provider '%s' reports error: network not found (network id: %s).", provider, id)
		}
	}
	return nil
}

// validVIPNetworks are the only networks in which an availability zone allows VIPs; none: any.
func validVIPNetworks(keys map[string]json.RawMessage) []string {
	var ids []string
	_ = json.Unmarshal(keys["valid_vip_networks"], &ids) // what is no list was refused
	return ids
}

// allowsVIP reports whether a load balancer of this zone may have its VIP in a network.
func (z *zone) allowsVIP(network string) bool {
	var keys map[string]json.RawMessage
	_ = json.Unmarshal([]byte(z.profile.data), &keys) // checked when it was made
	ids := validVIPNetworks(keys)
	return len(ids) == 0 || slices.Contains(ids, network)
}
