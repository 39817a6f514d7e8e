// SPDX-License-Identifier: Apache-2.0

package conformance

import (
	"fmt"
	"strings"
)

// operators are the kinds that only an administrator makes, parents first. Nothing of anybody else's is listed.
func operators() []*kind {
	profile := func(name, path, data, good string) *kind {
		return &kind{
			name: name, path: path, operator: true, need: table(`
				name: "%n" ! "" | null | 5
				provider_name: "amphora" | "ovn" ! "bogus" | "" | null
				` + data + ": " + good),
		}
	}
	flavors := profile("flavorprofile", "lbaas/flavorprofiles", "flavor_data",
		`"{\"loadbalancer_topology\": \"SINGLE\"}" | "{}" | "{\"loadbalancer_topology\": \"ACTIVE_STANDBY\"}" ! "{" | "{\"x\": 1}" | "[]" | "" | {} | null | "{\"loadbalancer_topology\": \"X\"}"`)
	zones := profile("availability_zone_profile", "lbaas/availabilityzoneprofiles", "availability_zone_data",
		`"{\"compute_zone\": \"nova\"}" | "{}" ! "{" | "{\"x\": 1}" | "[]" | "" | null | "{\"valid_vip_networks\": [\"x\"]}"`)
	state := table(`
		description: "d" | "" | null ! 5
		enabled: true | false | "no" ! null | "x"`)
	return []*kind{
		flavors,
		{
			name: "flavor", path: "lbaas/flavors", operator: true, only: "flavor_profile_id", may: state, need: table(`
				name: "%n" ! "" | null | 5
				flavor_profile_id: "@flavorprofile" ! "` + nowhere + `" | null | "x"`),
		},
		zones,
		{
			name: "availability_zone", path: "lbaas/availabilityzones", key: "name", operator: true, may: state,
			only: "name availability_zone_profile_id", need: table(`
				name: "%n" ! "" | null | "a b"
				availability_zone_profile_id: "@availability_zone_profile" ! "` + nowhere + `" | null | "x"`),
		},
	}
}

// operate is a request about what only an administrator may do.
func (w *walk) operate() {
	all := operators()
	k := all[w.rng.IntN(len(all))]
	switch n := w.rng.IntN(20); {
	case n < 5:
		w.create(k, w.good(k.some(w)), false)
	case n < 9:
		w.create(k, w.spoiled(k, w.good(k.some(w))), true)
	case n < 12:
		w.change(k, w.spoiled(k, w.changed(k)))
	case n < 14:
		w.add(Step{As: w.who(k), Verb: "GET", Path: w.item(k) + w.one([]string{"", "?fields=name", "?fields=id", "?bogus=1"})})
	case n < 15:
		w.add(Step{As: w.who(k), Verb: "GET", Path: k.path + "?name=walk-none" + w.one([]string{"", "&enabled=true", "&provider_name=amphora", "&bogus=1", "&sort=name", "&sort=bogus", "&limit=x"})})
	case n < 16:
		w.add(Step{As: w.who(k), Verb: "DELETE", Path: w.item(k)})
	case n < 18:
		w.quota()
	default:
		w.add(Step{As: w.one([]string{"admin", "admin", owner, "norole"}), Verb: "GET", Path: w.one([]string{
			"lbaas/providers", "lbaas/providers?fields=name", "lbaas/providers/amphora", "lbaas/providers/amphora/flavor_capabilities",
			"lbaas/providers/ovn/flavor_capabilities", "lbaas/providers/bogus/flavor_capabilities", "lbaas/providers/amphora/availability_zone_capabilities?fields=name",
			"octavia/amphorae?loadbalancer_id=" + w.lbVar + "&fields=status&fields=role", "octavia/amphorae/" + nowhere, "octavia/amphorae?loadbalancer_id=x&sort=bogus",
			"lbaas/quotas/$project2", "lbaas/quotas/$project2/default", "lbaas/quotas/defaults", "lbaas/quotas?fields=pool&project_id=walk-none",
		})})
	}
}

// quota limits the project, tries it, and takes the limits away again.
func (w *walk) quota() {
	path := "lbaas/quotas/$project2"
	var limits []string
	for range 1 + w.rng.IntN(3) {
		limits = append(limits, fmt.Sprintf(`"%s": %s`, w.one([]string{
			"loadbalancer", "load_balancer", "listener", "member", "pool", "healthmonitor", "health_monitor", "l7policy", "l7rule", "bogus",
		}), w.one([]string{"0", "0", "1", "1", "2", "-1", "null", "-2", `"3"`, "2000000001", "1.5", `"x"`})))
	}
	w.add(Step{As: w.one([]string{"admin", "admin", "admin", owner}), Verb: "PUT", Path: path, Body: `{"quota": {` + strings.Join(limits, ", ") + `}}`})
	w.add(Step{As: w.one([]string{"admin", owner}), Verb: "GET", Path: path})
	for range 2 {
		k := w.kinds[w.rng.IntN(len(w.kinds))]
		w.create(k, w.good(k.need), true)
	}
	w.add(Step{As: "admin", Verb: "DELETE", Path: path})
}

// who asks about a kind: an administrator about what is theirs.
func (w *walk) who(k *kind) string {
	if k.operator && w.rng.IntN(8) > 0 {
		return "admin"
	}
	return w.user()
}

// dismantle deletes what an administrator has made.
func (w *walk) dismantle() {
	for _, k := range []string{"availability_zone", "flavor", "availability_zone_profile", "flavorprofile"} {
		for _, t := range w.made[k] {
			for _, o := range operators() {
				if o.name == k {
					w.add(Step{As: "admin", Verb: "DELETE", Path: o.path + "/" + t.ref})
				}
			}
		}
	}
}
