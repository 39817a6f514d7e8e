// SPDX-License-Identifier: Apache-2.0

package neutron

import (
	"net/http"
	"slices"
	"strings"

	"github.com/octaviakit/octaviakit/fake/internal/identity"
	"github.com/octaviakit/octaviakit/fake/internal/rest"
)

func (n *Neutron) networkKind() *kind {
	k := &kind{
		name: "network", plural: "networks", path: "networks", born: 1,
		missing: notFound("NetworkNotFound", "Network %s could not be found."),
		decode:  decodeAs[Network],
		items:   map[string]*item{},
		attrs:   networkAttrs(),
	}
	k.fresh = func() any {
		return &Network{
			AdminStateUp: true, Status: "ACTIVE", MTU: 1442, PortSecurity: true, Subnets: []string{},
			NetworkType: "geneve",
		}
	}
	k.visible = func(_ identity.Identity, it *item) bool {
		net := it.body.(*Network)
		return net.Shared || net.External
	}
	k.more = func(who identity.Identity, it *item, v rest.Object) {
		if !isAdmin(who) {
			delete(v, "provider:network_type")
			delete(v, "provider:physical_network")
			delete(v, "provider:segmentation_id")
		}
		if it.body.(*Network).External {
			v["is_default"] = false
		}
		v["availability_zone_hints"], v["availability_zones"] = []string{}, []string{}
		v["ipv4_address_scope"], v["ipv6_address_scope"] = nil, nil
	}
	k.create = n.createNetwork
	k.update = func(who identity.Identity, _ *item, next any, _ rest.Object) *Error {
		return n.policyThere(who, next.(*Network).QoSPolicyID)
	}
	k.remove = func(_ identity.Identity, it *item) *Error { return n.removeNetwork(it) }
	return k
}

func networkAttrs() map[string]attr {
	return common(map[string]attr{
		"name": {both, text(255)}, "admin_state_up": {both, boolean}, "mtu": {both, integer},
		"shared": {both | admin, boolean}, "router:external": {both | admin, boolean},
		"port_security_enabled": {both, boolean}, "qos_policy_id": {both, orNull(uuid)},
		"provider:network_type": {both | admin, text(32)}, "provider:segmentation_id": {both | admin, integer},
		"provider:physical_network": {both | admin, orNull(text(64))},
		"availability_zone_hints":   {onPost, list(text(255))},
		"is_default":                {both | admin, boolean}, "dns_domain": {both, text(255)},
		"status": {}, "subnets": {},
	})
}

func (n *Neutron) createNetwork(who identity.Identity, it *item, _ rest.Object) *Error {
	if it.project != "" {
		n.defaultGroup(it.project)
	}
	net := it.body.(*Network)
	if net.NetworkType == "geneve" && net.SegmentationID == nil {
		net.SegmentationID = new(n.seq + 1)
	}
	return n.policyThere(who, net.QoSPolicyID)
}

// policyThere refuses a QoS policy that the caller cannot see.
func (n *Neutron) policyThere(who identity.Identity, id *string) *Error {
	if id == nil {
		return nil
	}
	_, err := n.policies.find(who, *id)
	return err
}

func (n *Neutron) removeNetwork(it *item) *Error {
	var busy, automatic []string
	for _, p := range n.ports.sorted() {
		switch port := p.body.(*Port); {
		case port.NetworkID != it.id:
		case port.automatic():
			automatic = append(automatic, port.ID)
		default:
			busy = append(busy, port.ID)
		}
	}
	if busy != nil {
		return refuse(http.StatusConflict, "NetworkInUse", "Unable to complete operation on network %s. There are one "+
			"or more ports still in use on the network, id for these ports is: %s.", it.id, strings.Join(busy, ","))
	}
	for _, id := range automatic {
		n.DeletePort(id)
	}
	for _, id := range it.body.(*Network).Subnets {
		delete(n.subnets.items, id)
		delete(n.pools, id)
	}
	return nil
}

// withSubnets replaces a network's list of subnets.
func (n *Neutron) withSubnets(network string, f func([]string) []string) {
	it := n.networks.items[network]
	net := *it.body.(*Network)
	net.Subnets = f(slices.Clone(net.Subnets))
	it.body = &net
	n.touch(it)
}
