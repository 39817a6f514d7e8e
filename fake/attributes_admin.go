// SPDX-License-Identifier: Apache-2.0

package fake

const maxQuota = 2000000000

func quotaAttrs() schema {
	n := integer(-1, maxQuota)
	return schema{
		{name: "loadbalancer", check: n},
		{name: "load_balancer", check: n},
		{name: "listener", check: n},
		{name: "member", check: n},
		{name: "pool", check: n},
		{name: "healthmonitor", check: n},
		{name: "health_monitor", check: n},
		{name: "l7policy", check: n, since: 19},
		{name: "l7rule", check: n, since: 19},
	}
}

// operatorAttrs fills the tables of what only an administrator writes.
func (t *tables) operatorAttrs() {
	state := schema{
		{name: "name", check: text(255), required: true},
		{name: "description", check: text(255)},
		{name: "enabled", check: boolean, def: true},
	}
	t.flavorPost = join(state, schema{{name: "flavor_profile_id", check: uuid, required: true}})
	t.flavorPut = state.optional()
	t.zonePost = join(state, schema{{name: "availability_zone_profile_id", check: uuid, required: true}})
	t.zonePut = state.without("name").optional()
	profile := func(data string) schema {
		return schema{
			{name: "name", check: text(255), required: true},
			{name: "provider_name", check: text(255), required: true},
			{name: data, check: text(4096), required: true},
		}
	}
	t.fprofilePost = profile("flavor_data")
	t.fprofilePut = t.fprofilePost.optional()
	t.zprofilePost = profile("availability_zone_data")
	t.zprofilePut = t.zprofilePost.optional()
}
