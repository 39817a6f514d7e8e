// SPDX-License-Identifier: Apache-2.0

// Package neutron is the part of an OpenStack network service that load balancing needs, in memory: networks, subnets,
// ports, floating IPs, routers, security groups, QoS policies and quotas, with the answers and refusals of Neutron 26
// (2025.1), which differ from those of the releases before it only in details.
//
// It neither locks nor waits: its owner serialises the calls.
package neutron

import (
	"fmt"
	"net/http"
	"slices"
	"time"

	"github.com/octaviakit/octaviakit/fake/internal/identity"
)

// Env is what a Neutron takes from its surroundings.
type Env struct {
	Now   func() time.Time
	NewID func() string // a fresh UUID

	// Lenient is Neutron before 23 (2023.1): readers may write, and quotas may be set below what is used.
	Lenient bool

	// TagPolicies is Neutron 26 (2025.1) and later: who asks for the tags of what is not there meets an internal error.
	TagPolicies bool
}

// Neutron is one region's network service.
type Neutron struct {
	env    Env
	seq    int // counts the objects ever made
	kinds  []*kind
	pools  map[string]*ipam          // by subnet
	limits map[string]map[string]int // quota by project and resource, where it differs from the default

	associations []*Association

	networks, subnets, ports, fips, routers, groups, rules, policies *kind
}

// New returns an empty Neutron; see [Neutron.Seed].
func New(env Env) *Neutron {
	n := &Neutron{env: env, pools: map[string]*ipam{}, limits: map[string]map[string]int{}}
	n.networks = n.networkKind()
	n.subnets = n.subnetKind()
	n.ports = n.portKind()
	n.fips = n.floatingIPKind()
	n.routers = n.routerKind()
	n.groups = n.groupKind()
	n.rules = n.ruleKind()
	n.policies = n.policyKind()
	n.kinds = []*kind{n.networks, n.subnets, n.ports, n.fips, n.routers, n.groups, n.rules, n.policies}
	return n
}

// Error is a refusal, as the API words it.
type Error struct {
	Status        int
	Type, Message string
}

func (e *Error) Error() string { return e.Message }

func refuse(status int, typ, format string, args ...any) *Error {
	return &Error{Status: status, Type: typ, Message: fmt.Sprintf(format, args...)}
}

func invalid(format string, args ...any) *Error {
	return refuse(http.StatusBadRequest, "InvalidInput", "Invalid input for operation: "+format, args...)
}

func malformed(format string, args ...any) *Error {
	return refuse(http.StatusBadRequest, "HTTPBadRequest", format, args...)
}

func badRequest(resource, format string, args ...any) *Error {
	return refuse(http.StatusBadRequest, "BadRequest", "Bad "+resource+" request: "+format, args...)
}

func forbidden(rule string) *Error {
	return refuse(http.StatusForbidden, "PolicyNotAuthorized", "%s is disallowed by policy", rule)
}

// Network returns a copy of a network.
func (n *Neutron) Network(id string) (Network, bool) {
	it, ok := n.networks.items[id]
	if !ok {
		return Network{}, false
	}
	net := *it.body.(*Network)
	net.Subnets = slices.Clone(net.Subnets)
	return net, true
}

// Subnet returns a copy of a subnet.
func (n *Neutron) Subnet(id string) (Subnet, bool) {
	it, ok := n.subnets.items[id]
	if !ok {
		return Subnet{}, false
	}
	return *it.body.(*Subnet), true
}

// Port returns a copy of a port.
func (n *Neutron) Port(id string) (Port, bool) {
	it, ok := n.ports.items[id]
	if !ok {
		return Port{}, false
	}
	return it.body.(*Port).clone(), true
}

// ShowsQoSPolicy reports whether there is a QoS policy of that ID that the caller may see.
func (n *Neutron) ShowsQoSPolicy(who identity.Identity, id string) bool {
	return n.policies.shows(who, id)
}

// ShowsSecurityGroup reports whether there is a security group of that ID that the caller may see.
func (n *Neutron) ShowsSecurityGroup(who identity.Identity, id string) bool {
	return n.groups.shows(who, id)
}
