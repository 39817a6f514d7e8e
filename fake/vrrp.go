// SPDX-License-Identifier: Apache-2.0

package fake

import (
	"slices"
	"time"

	"github.com/octaviakit/octaviakit/fake/internal/neutron"
	"github.com/octaviakit/octaviakit/provider"
)

// What amphorae take of the VIP's subnet: each has a port of its own there, beside the VIP's, made by the worker while it
// boots (octavia/network/drivers/neutron/allowed_address_pairs.py; observed on Zed and 2025.1). It is the service
// project's, so no quota of the user's counts it, but the owner of the network sees it.

// retriesForPort is how long a failover goes on asking for a port that Neutron has no address for (fifteen times, one to
// ten seconds apart: [networking] max_retries, retry_backoff and retry_max). A creation does not ask again.
const retriesForPort = 115 * time.Second

// plug gives new amphorae their ports, all or none, and reports whether Neutron had the addresses.
func (d *amphoraDriver) plug(lb *loadBalancer) bool {
	fresh := fresh(lb.amphorae)
	for i, a := range fresh {
		port, err := d.c.neutron.CreatePort(d.vrrpPort(lb, a))
		if err != nil {
			d.unplug(fresh[:i])
			return false
		}
		a.vrrpPort, a.address = port.ID, port.FixedIPs[0].Address.String()
	}
	return true
}

// vrrpPort is the port of an amphora to be made. Its address is the highest that is free, so that VIPs go on counting up
// from the lowest; Neutron itself picks any.
func (d *amphoraDriver) vrrpPort(lb *loadBalancer, a *amphora) neutron.Port {
	address, _ := d.c.neutron.LastFree(lb.vip.subnet) // none: Neutron says so
	port := neutron.Port{
		Name: "octavia-lb-vrrp-" + a.id, ProjectID: d.c.keystone.ProjectID("service"), NetworkID: lb.network,
		AdminStateUp: true, DeviceID: a.compute, DeviceOwner: "compute:nova", VNICType: lb.vnic,
		FixedIPs: []neutron.FixedIP{{SubnetID: lb.vip.subnet, Address: address}}, SecurityGroups: lb.guards(),
	}
	if lb.qos != "" && !(a.spare && d.quirk("amphora-qos-not-cleared")) {
		port.QoSPolicyID = &lb.qos // which CreatePort copies
	}
	for _, vip := range lb.addresses() {
		port.AllowedAddressPairs = append(port.AllowedAddressPairs, map[string]any{"ip_address": vip})
	}
	return port
}

func (d *amphoraDriver) unplug(amphorae []*amphora) {
	for _, a := range amphorae {
		d.c.neutron.DeletePort(a.vrrpPort)
	}
}

func fresh(amphorae []*amphora) []*amphora {
	return slices.DeleteFunc(slices.Clone(amphorae), func(a *amphora) bool { return a.vrrpPort != "" })
}

// needsPorts reports whether work makes amphorae.
func (w *work) needsPorts() bool {
	return w.kind == kindFailover || w.kind == kindLB && w.status == pendingCreate
}

// boot is the networking half of making amphorae. What it takes longer than usual is returned.
func (d *amphoraDriver) boot(w *work) time.Duration {
	if w.kind == kindFailover && w.good > 0 {
		d.rebuildVIP(w.lb)
	}
	if w.good == 0 || d.plug(w.lb) {
		return 0
	}
	w.good = 0
	if w.kind == kindFailover {
		return retriesForPort
	}
	return 0
}

// rebuildVIP makes a VIP port anew that has gone, as a failover does.
func (d *amphoraDriver) rebuildVIP(lb *loadBalancer) {
	if _, there := d.c.neutron.Port(lb.vip.port); there {
		return
	}
	lost := lb.vip.port
	if lb.vip.port = ""; d.port(d.c, lb) != nil {
		lb.vip.port = lost
	}
}

// booted tidies up after amphorae were made, or were not.
func (d *amphoraDriver) booted(w *work) {
	lb := w.lb
	made := w.good > 0
	for _, a := range slices.Clone(lb.amphorae) {
		switch {
		case a.leaving && made, a.vrrpPort == "":
			lb.dismiss(d.c, a)
			lb.failedOver = lb.failedOver || a.leaving
		case a.leaving:
			a.leaving, a.failed = false, true
		}
		a.spare = false
	}
	if w.kind == kindLB && !made && d.release >= provider.Bobcat { // before, the driver stumbled here
		lb.releaseVIP(d.c)
	}
}

// dismiss forgets an amphora and its port.
func (lb *loadBalancer) dismiss(c *Cloud, a *amphora) {
	c.neutron.DeletePort(a.vrrpPort)
	c.store.amphorae.remove(a)
	lb.amphorae = slices.DeleteFunc(lb.amphorae, func(o *amphora) bool { return o == a })
}

// releaseVIP gives the VIP's port back where it is Octavia's; the load balancer goes on naming it.
func (lb *loadBalancer) releaseVIP(c *Cloud) {
	for _, p := range lb.ownPorts {
		c.neutron.DeletePort(p)
	}
}

// applyQoS is what an update of a load balancer does with its policy: ApplyQos in
// octavia/controller/worker/v2/tasks/network_tasks.py.
func (d *amphoraDriver) applyQoS(lb *loadBalancer) {
	policy := new(lb.qos)
	if lb.qos == "" {
		policy = nil
		if d.quirk("amphora-qos-not-cleared") {
			return
		}
	}
	for _, a := range lb.amphorae {
		d.c.neutron.UpdatePort(a.vrrpPort, func(p *neutron.Port) { p.QoSPolicyID = policy })
	}
}
