// SPDX-License-Identifier: Apache-2.0

package fake

import (
	"net/http"
	"slices"

	"github.com/octaviakit/octaviakit/provider"
)

// capability is a key that flavor or availability zone data may have.
type capability struct{ name, description string }

func (d *amphoraDriver) capabilities(flavors bool) []capability {
	if !flavors {
		known := []capability{
			{"compute_zone", "The compute availability zone."},
			{"management_network", "The management network ID for the amphora."},
			{"valid_vip_networks", "List of network IDs that are allowed for VIP use. This overrides/replaces the list of allowed networks configured in `octavia.conf`."},
		}
		if d.release >= provider.Flamingo {
			known = append(known, capability{"volume_zone", "The volume availability zone."})
		}
		return known
	}
	known := []capability{
		{"loadbalancer_topology", "The load balancer topology. One of: SINGLE - One amphora per load balancer. ACTIVE_STANDBY - Two amphora per load balancer."},
		{"compute_flavor", "The compute driver flavor ID."},
		{"amp_image_tag", "The amphora image tag."},
	}
	if d.release >= provider.Caracal {
		known = append(known, capability{"sriov_vip", "When true, the VIP port will be created using an SR-IOV VF port."})
	}
	if d.release >= provider.Epoxy {
		known = append(known, capability{"allow_member_sriov", "When true, users can request a member port be SR-IOV enabled at member creation time."})
	}
	return known
}

func (d *ovnDriver) capabilities(bool) []capability { return nil }

func (c *Cloud) providerResource() *resource {
	return &resource{
		list: func(q *request) (answer, error) {
			if err := c.everyone(q); err != nil {
				return answer{}, err
			}
			return ok(object{{"providers", only(c.enabled(), q.query["fields"])}})
		},
		action: map[string]func(*request, string) (answer, error){
			"GET flavor_capabilities": func(q *request, name string) (answer, error) {
				return c.capabilities(q, name, "flavor_capabilities", true, "getting the supported flavor metadata")
			},
			"GET availability_zone_capabilities": func(q *request, name string) (answer, error) {
				return c.capabilities(q, name, "availability_zone_capabilities", false, "getting the supported availability zone metadata")
			},
		},
	}
}

// only keeps the named fields of each object, all if none are named.
func only(all []object, fields []string) []object {
	if len(fields) == 0 {
		return all
	}
	for i, o := range all {
		all[i] = slices.DeleteFunc(o, func(p pair) bool { return !slices.Contains(fields, p.key) })
	}
	return all
}

func (c *Cloud) enabled() []object {
	all := []object{
		{{"name", "amphora"}, {"description", "The Octavia Amphora driver."}},
		{{"name", "octavia"}, {"description", "Deprecated alias of the Octavia Amphora driver."}},
	}
	if _, loaded := c.drivers["ovn"]; loaded {
		all = append(all, object{{"name", "ovn"}, {"description", "Octavia OVN driver."}})
	}
	return all
}

func (c *Cloud) capabilities(q *request, name, key string, flavors bool, action string) (answer, error) {
	if err := adminOnly(q); err != nil {
		return answer{}, err
	}
	d, enabled := c.drivers[name]
	if !enabled {
		return answer{}, badRequest("Provider '%s' is not enabled.", name)
	}
	known := d.capabilities(flavors)
	if known == nil {
		return answer{}, faultf(http.StatusNotImplemented, "Provider '%s' does not support a requested action: This provider does not support %s.", name, action)
	}
	shown := []object{}
	for _, k := range known {
		name, description := q.query.Get("name"), q.query.Get("description")
		if (name == "" || name == k.name) && (description == "" || description == k.description) {
			shown = append(shown, object{{"name", k.name}, {"description", k.description}})
		}
	}
	return ok(object{{key, only(shown, q.query["fields"])}})
}
