// SPDX-License-Identifier: Apache-2.0

package fake

import (
	"cmp"
	"encoding/json"
)

// traits is what a flavor says of its load balancers, as far as that shows here: two amphorae in place of one, ports with
// direct access to the network card.
type traits struct {
	Topology     string `json:"loadbalancer_topology"`
	SRIOVVIP     bool   `json:"sriov_vip"`
	SRIOVMembers bool   `json:"allow_member_sriov"`
}

func (c *Cloud) traits(lb *loadBalancer) traits {
	var t traits
	if f, found := c.store.flavors.get(lb.flavor); found {
		_ = json.Unmarshal([]byte(f.profile.data), &t) // checked when it was made
	}
	return t
}

// The topologies of amphorae. Without a flavor it is SINGLE, Octavia's own default.
const (
	single        = "SINGLE"
	activeStandby = "ACTIVE_STANDBY"
)

func (c *Cloud) allowsFlavor(lb *loadBalancer, b body) error {
	f, found := c.store.flavors.get(lb.flavor)
	switch {
	case !b.has("flavor_id"):
		return nil
	case !found:
		return invalid("Invalid flavor_id.")
	case !f.enabled:
		return badRequest("The selected flavor is not allowed in this deployment: %s", f.id)
	}
	return nil
}

// chooseFlavor: a flavor alone selects its provider.
func (c *Cloud) chooseFlavor(lb *loadBalancer, b body) error {
	if !b.has("flavor_id") {
		return nil
	}
	f, _ := c.store.flavors.get(lb.flavor)
	switch {
	case lb.provider == "":
		lb.provider = f.profile.provider
	case lb.provider != f.profile.provider:
		return badRequest("Flavor '%s' is not compatible with provider '%s'", f.id, lb.provider)
	}
	lb.topology = cmp.Or(c.traits(lb).Topology, single)
	return nil
}

func (c *Cloud) allowsZone(lb *loadBalancer, b body) error {
	z, found := c.store.zones.get(lb.zone)
	switch {
	case !b.has("availability_zone"):
		return nil
	case !found:
		return invalid("Invalid availability zone.")
	case !z.enabled:
		return badRequest("The selected availability_zone is not allowed in this deployment: %s", z.name)
	}
	return nil
}

func (c *Cloud) chooseZone(lb *loadBalancer) error {
	if lb.zone == "" {
		return nil
	}
	z, _ := c.store.zones.get(lb.zone)
	switch {
	case z.profile.provider != lb.provider:
		return badRequest("Availability zone '%s' is not compatible with provider '%s'", z.name, lb.provider)
	case !z.allowsVIP(lb.network):
		return invalid("Supplied VIP network_id is not allowed by the configuration of this deployment.")
	}
	return nil
}
