// SPDX-License-Identifier: Apache-2.0

package neutron

import (
	"encoding/json"
	"net/http"
	"slices"

	"github.com/octaviakit/octaviakit/fake/internal/identity"
	"github.com/octaviakit/octaviakit/fake/internal/rest"
)

const interfaceOwner = "network:router_interface"

func (n *Neutron) routerKind() *kind {
	k := &kind{
		name: "router", plural: "routers", path: "routers",
		missing: notFound("RouterNotFound", "Router %s could not be found"),
		decode:  decodeAs[Router],
		items:   map[string]*item{},
		attrs:   routerAttrs(),
		fresh:   func() any { return &Router{AdminStateUp: true, Status: "ACTIVE", Routes: []any{}} },
	}
	k.more = func(_ identity.Identity, it *item, v rest.Object) {
		gateways := []rest.Object{}
		if gw := it.body.(*Router).Gateway; gw != nil {
			gateways = append(gateways, rest.Object{"network_id": gw.NetworkID, "external_fixed_ips": gw.FixedIPs})
		}
		v["external_gateways"], v["flavor_id"] = gateways, nil
		v["availability_zones"], v["availability_zone_hints"] = []string{}, []string{}
		v["enable_default_route_ecmp"], v["enable_default_route_bfd"] = false, false
	}
	k.create = func(who identity.Identity, it *item, _ rest.Object) *Error {
		r := it.body.(*Router)
		return n.openGateway(who, r)
	}
	k.update = n.updateRouter
	k.remove = func(_ identity.Identity, it *item) *Error {
		r := it.body.(*Router)
		if r.Gateway != nil && n.gatewayBusy(r) {
			return gatewayInUse(r)
		}
		if len(n.portsOf(it.id, interfaceOwner)) > 0 {
			return refuse(http.StatusConflict, "RouterInUse", "Router %s still has ports", it.id)
		}
		n.closeGateway(it.id)
		return nil
	}
	return k
}

func routerAttrs() map[string]attr {
	return common(map[string]attr{
		"name": {both, text(255)}, "admin_state_up": {both, boolean},
		"external_gateway_info": {both, gateway}, "routes": {onPut, list(anything)},
		"distributed": {onPost | admin, boolean}, "ha": {onPost | admin, boolean},
		"availability_zone_hints": {onPost, list(text(255))}, "flavor_id": {onPost, orNull(text(36))},
		"status": {}, "external_gateways": {},
	})
}

func gateway(name string, v any) (any, *Error) {
	if v == nil {
		return nil, nil
	}
	o, ok := v.(rest.Object)
	if !ok || o["network_id"] == nil && len(o) > 0 {
		return nil, wrong(name, "'%s' is not a valid gateway", repr(v))
	}
	if len(o) == 0 {
		return nil, nil
	}
	id, err := uuid("network_id", o["network_id"])
	if err != nil {
		return nil, err
	}
	out := rest.Object{"network_id": id, "enable_snat": true}
	if snat, told := o["enable_snat"]; told {
		if out["enable_snat"], err = boolean("enable_snat", snat); err != nil {
			return nil, err
		}
	}
	if ips := o["external_fixed_ips"]; ips != nil {
		if out["external_fixed_ips"], err = fixedIPs("external_fixed_ips", ips); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// openGateway takes an address on the external network for the router.
func (n *Neutron) openGateway(who identity.Identity, r *Router) *Error {
	if r.Gateway == nil {
		return nil
	}
	net, err := n.networks.find(who, r.Gateway.NetworkID)
	if err != nil {
		return err
	}
	if !net.body.(*Network).External {
		return badRequest("router", "Network %s is not an external network.", net.id)
	}
	port, err := n.systemPort(Port{
		NetworkID: net.id, DeviceID: r.ID, DeviceOwner: "network:router_gateway", FixedIPs: r.Gateway.FixedIPs,
	})
	if err != nil {
		return err
	}
	r.Gateway.FixedIPs = port.FixedIPs
	return nil
}

func (n *Neutron) closeGateway(router string) {
	for _, p := range n.portsOf(router, "network:router_gateway") {
		n.DeletePort(p.ID)
	}
}

func (n *Neutron) portsOf(device, owner string) []*Port {
	var ports []*Port
	for _, it := range n.ports.byAge() {
		if p := it.body.(*Port); p.DeviceID == device && p.DeviceOwner == owner {
			ports = append(ports, p)
		}
	}
	return ports
}

func (n *Neutron) updateRouter(who identity.Identity, it *item, next any, given rest.Object) *Error {
	old, r := it.body.(*Router), next.(*Router)
	if _, told := given["external_gateway_info"]; !told {
		return nil
	}
	same := old.Gateway != nil && r.Gateway != nil && old.Gateway.NetworkID == r.Gateway.NetworkID
	if same && r.Gateway.FixedIPs == nil {
		r.Gateway.FixedIPs = old.Gateway.FixedIPs
		return nil
	}
	if old.Gateway != nil && !same && n.gatewayBusy(old) {
		return gatewayInUse(old)
	}
	n.closeGateway(it.id) // first, as the new one may keep an address
	err := n.openGateway(who, r)
	if err != nil && old.Gateway != nil {
		if again := n.openGateway(who, old); again != nil {
			return again
		}
	}
	return err
}

func (n *Neutron) gatewayBusy(r *Router) bool {
	for _, f := range n.fips.items {
		if id := f.body.(*FloatingIP).RouterID; id != nil && *id == r.ID {
			return true
		}
	}
	return false
}

func gatewayInUse(r *Router) *Error {
	return refuse(http.StatusConflict, "RouterExternalGatewayInUseByFloatingIp", "Gateway cannot be updated for router "+
		"%s, since a gateway to external network %s is required by one or more floating IPs.", r.ID, r.Gateway.NetworkID)
}

// routerBetween names the oldest router that has an interface on the subnet and a gateway to the network, "" if none.
func (n *Neutron) routerBetween(subnet, network string) string {
	for _, it := range n.routers.byAge() {
		r := it.body.(*Router)
		if r.Gateway == nil || r.Gateway.NetworkID != network {
			continue
		}
		if n.interfaceOn(it.id, subnet) != nil {
			return it.id
		}
	}
	return ""
}

func (n *Neutron) interfaceOn(router, subnet string) *Port {
	for _, p := range n.portsOf(router, interfaceOwner) {
		if slices.ContainsFunc(p.FixedIPs, func(ip FixedIP) bool { return ip.SubnetID == subnet }) {
			return p
		}
	}
	return nil
}

func (n *Neutron) routerAction(c call, id, action string) (answer, *Error) {
	if c.r.Method != http.MethodPut {
		return answer{}, notAllowed()
	}
	it, err := n.owned(n.routers, c.who, id, "update")
	if err != nil {
		return answer{}, err
	}
	var body struct {
		Subnet string `json:"subnet_id"`
		Port   string `json:"port_id"`
	}
	if json.Unmarshal(rest.Read(c.r), &body) != nil {
		return answer{}, malformed("Body contains invalid data")
	}
	if body.Subnet == "" && body.Port == "" {
		return answer{}, badRequest("router", "Either subnet_id or port_id must be specified.")
	}
	var port *Port
	switch action {
	case "add_router_interface":
		port, err = n.addInterface(c.who, it, body.Subnet, body.Port)
	case "remove_router_interface":
		port, err = n.removeInterface(it, body.Subnet, body.Port)
	default:
		err = nowhere()
	}
	if err != nil {
		return answer{}, err
	}
	n.touch(it)
	return answer{status: http.StatusOK, body: joined(it, port)}, nil
}

// joined is how a router and the port that joined it to subnets are shown together. The port may have lost its addresses.
func joined(router *item, port *Port) rest.Object {
	subnets := []string{}
	for _, ip := range port.FixedIPs {
		subnets = append(subnets, ip.SubnetID)
	}
	first := ""
	if len(subnets) > 0 {
		first = subnets[0]
	}
	return rest.Object{
		"id": router.id, "tenant_id": router.project, "port_id": port.ID, "network_id": port.NetworkID,
		"subnet_id": first, "subnet_ids": subnets,
	}
}
