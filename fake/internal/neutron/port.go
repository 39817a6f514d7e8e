// SPDX-License-Identifier: Apache-2.0

package neutron

import (
	"fmt"
	"net/http"
	"slices"
	"strings"

	"github.com/octaviakit/octaviakit/fake/internal/identity"
	"github.com/octaviakit/octaviakit/fake/internal/rest"
)

func (n *Neutron) portKind() *kind {
	k := &kind{
		name: "port", plural: "ports", path: "ports", born: 1,
		missing: notFound("PortNotFound", "Port %s could not be found."),
		decode:  decodeAs[Port],
		items:   map[string]*item{},
		attrs:   portAttrs(),
	}
	k.fresh = func() any {
		return &Port{
			AdminStateUp: true, Status: "DOWN", PortSecurity: true, VNICType: "normal",
			AllowedAddressPairs: []any{}, ExtraDHCPOpts: []any{},
		}
	}
	k.visible = func(who identity.Identity, it *item) bool { // the owner of a network sees all that is on it
		return n.networks.items[it.body.(*Port).NetworkID].project == who.ProjectID
	}
	k.more = func(who identity.Identity, it *item, v rest.Object) {
		v["qos_network_policy_id"] = nil
		if isAdmin(who) { // nothing is ever bound
			v["binding:host_id"], v["binding:profile"], v["binding:vif_type"] = "", rest.Object{}, "unbound"
			v["binding:vif_details"], v["resource_request"] = rest.Object{}, nil
		}
	}
	k.create = n.createPort
	k.update = n.updatePort
	k.remove = func(_ identity.Identity, it *item) *Error {
		if owner := it.body.(*Port).DeviceOwner; strings.HasPrefix(owner, "network:router_") ||
			owner == "network:floatingip" {
			return refuse(http.StatusConflict, "ServicePortInUse",
				"Port %s cannot be deleted directly via the port API: has device owner %s.", it.id, owner)
		}
		n.freePort(it)
		return nil
	}
	return k
}

func portAttrs() map[string]attr {
	return common(map[string]attr{
		"name": {both, text(255)}, "network_id": {onPost | required, uuid},
		"admin_state_up": {both, boolean}, "device_id": {both, text(255)}, "device_owner": {both, text(255)},
		"fixed_ips": {both, fixedIPs}, "security_groups": {both, orNull(list(uuid))},
		"port_security_enabled": {both, boolean}, "qos_policy_id": {both, orNull(uuid)},
		"mac_address": {both | adminPut, text(32)}, "binding:vnic_type": {both, text(32)},
		"allowed_address_pairs": {both, orNull(list(anything))},
		"extra_dhcp_opts":       {both, orNull(list(anything))},
		"status":                {}, "qos_network_policy_id": {},
		"tags":            {onPost, tagsOf}, // and forgotten: only an extension that is not the default keeps them
		"binding:host_id": {both | admin, text(255)}, "binding:profile": {both | admin, anything},
		"binding:vif_type": {}, "binding:vif_details": {}, "resource_request": {},
	})
}

func tagsOf(_ string, v any) (any, *Error) { return tagList(v) }

// pairs are allowed address pairs, which have the port's own MAC address unless they say another.
func (p *Port) pairs() *Error {
	if p.AllowedAddressPairs == nil {
		p.AllowedAddressPairs = []any{}
	}
	for i, pair := range p.AllowedAddressPairs {
		o, ok := pair.(rest.Object)
		if !ok || o["ip_address"] == nil {
			return malformed("Invalid input for allowed_address_pairs. Reason: AllowedAddressPair must contain ip_address.")
		}
		if o["mac_address"] == nil {
			p.AllowedAddressPairs[i] = rest.Object{"ip_address": o["ip_address"], "mac_address": p.MAC}
		}
	}
	return nil
}

func fixedIPs(name string, v any) (any, *Error) {
	wanted, ok := v.([]any)
	if !ok {
		return nil, wrong(name, "Invalid data format for fixed IP: '%s'", repr(v))
	}
	out := []any{}
	for _, w := range wanted {
		o, ok := w.(rest.Object)
		if !ok {
			return nil, wrong(name, "Invalid data format for fixed IP: '%s'", repr(w))
		}
		ip := rest.Object{}
		for _, part := range []struct {
			key   string
			check func(string, any) (any, *Error)
		}{{"ip_address", address}, {"subnet_id", uuid}} {
			if o[part.key] == nil {
				continue
			}
			c, err := part.check(name, o[part.key])
			if err != nil {
				return nil, err
			}
			ip[part.key] = c
		}
		if len(ip) == 0 {
			return nil, invalid("IP allocation requires subnet_id or ip_address.")
		}
		out = append(out, ip)
	}
	return out, nil
}

func (n *Neutron) createPort(who identity.Identity, it *item, given rest.Object) *Error {
	p := it.body.(*Port)
	net, err := n.networks.find(who, p.NetworkID)
	if err != nil {
		return err
	}
	if !n.mayWrite(who, net.project) && !net.body.(*Network).Shared {
		return refuse(http.StatusForbidden, "HTTPForbidden",
			"Tenant %s not allowed to create port on this network", who.ProjectID)
	}
	if _, told := given["fixed_ips"]; !told {
		p.FixedIPs = nil
	}
	if _, told := given["port_security_enabled"]; !told {
		p.PortSecurity = net.body.(*Network).PortSecurity
	}
	if _, told := given["security_groups"]; !told {
		p.SecurityGroups = nil
	}
	if err := n.policyThere(who, p.QoSPolicyID); err != nil {
		return err
	}
	if err := n.settlePort(it, p); err != nil {
		return err
	}
	if err := p.pairs(); err != nil {
		n.release(p.FixedIPs)
		return err
	}
	return nil
}

// settlePort gives a new port its groups, addresses and MAC.
func (n *Neutron) settlePort(it *item, p *Port) *Error {
	for _, id := range p.SecurityGroups {
		if n.groups.items[id] == nil {
			return n.groups.missing(id)
		}
	}
	switch {
	case !p.PortSecurity && p.SecurityGroups == nil:
		p.SecurityGroups = []string{}
	case p.SecurityGroups == nil:
		p.SecurityGroups = []string{n.defaultGroup(it.project).id}
	}
	slices.Sort(p.SecurityGroups)
	ips, err := n.allocate(p.NetworkID, p.FixedIPs)
	if err != nil {
		return err
	}
	p.FixedIPs = ips
	if p.MAC == "" {
		p.MAC = fmt.Sprintf("fa:16:3e:%02x:%02x:%02x", n.seq>>16&0xff, n.seq>>8&0xff, n.seq&0xff)
	}
	return nil
}

func (n *Neutron) updatePort(who identity.Identity, it *item, next any, given rest.Object) *Error {
	p := next.(*Port)
	if _, told := given["security_groups"]; told { // those that Octavia has put there may be out of the caller's sight
		for _, id := range p.SecurityGroups {
			if _, err := n.groups.find(who, id); err != nil {
				return err
			}
		}
	}
	if p.SecurityGroups == nil {
		p.SecurityGroups = []string{}
	}
	slices.Sort(p.SecurityGroups)
	if !p.PortSecurity && len(p.SecurityGroups) > 0 {
		return refuse(http.StatusConflict, "PortSecurityPortHasSecurityGroup", "Port has security group associated. Cannot "+
			"disable port security or IP address until security group is removed.")
	}
	if err := p.pairs(); err != nil {
		return err
	}
	if err := n.policyThere(who, p.QoSPolicyID); err != nil {
		return err
	}
	if _, told := given["fixed_ips"]; told {
		return n.readdress(it.body.(*Port), p)
	}
	return nil
}

// readdress exchanges the addresses of old for those that next asks for; a subnet named without an address keeps the
// one that it has.
func (n *Neutron) readdress(old, next *Port) *Error {
	wanted, left := slices.Clone(next.FixedIPs), slices.Clone(old.FixedIPs)
	for i, w := range wanted {
		at := slices.IndexFunc(left, func(ip FixedIP) bool { return ip.SubnetID == w.SubnetID })
		if !w.Address.IsValid() && at >= 0 {
			wanted[i] = left[at]
			left = slices.Delete(left, at, at+1)
		}
	}
	n.release(old.FixedIPs)
	got, err := n.allocate(next.NetworkID, wanted)
	if err != nil {
		for _, ip := range old.FixedIPs {
			n.pools[ip.SubnetID].take(ip.Address)
		}
		return err
	}
	next.FixedIPs = got
	return nil
}

// freePort gives back a port's addresses and detaches its floating IPs.
func (n *Neutron) freePort(it *item) {
	for _, f := range n.fips.items {
		if fip := f.body.(*FloatingIP); fip.PortID != nil && *fip.PortID == it.id {
			n.dissociate(f)
		}
	}
	n.release(it.body.(*Port).FixedIPs)
}
