// SPDX-License-Identifier: Apache-2.0

package fake

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"

	"github.com/octaviakit/octaviakit/fake/internal/neutron"
	"github.com/octaviakit/octaviakit/provider"
)

// ovnDriver is ovn-octavia-provider: requests queue per load balancer, and each one that
// ends turns the load balancer ACTIVE, however many wait behind it.
type ovnDriver struct {
	column
	cloud *Cloud
}

func (d *ovnDriver) checkGraph(lb *loadBalancer, ls []*listener, ps []*pool) error {
	for _, l := range ls {
		if err := d.checkListener(l); err != nil {
			return err
		}
	}
	for _, p := range ps {
		if err := d.checkPool(p); err != nil {
			return err
		}
		for _, m := range p.members {
			if err := d.checkMember(m, "creation"); err != nil {
				return err
			}
		}
		if p.monitor != nil {
			if err := d.checkMonitor(p.monitor); err != nil {
				return err
			}
		}
	}
	return nil
}

func (d *ovnDriver) protocol(p string) error {
	if p == "TCP" || p == "UDP" || (p == "SCTP" && d.release >= provider.Wallaby) {
		return nil
	}
	return d.unsupportedOption("OVN provider does not support %s protocol", p)
}

func (d *ovnDriver) checkListener(l *listener) error {
	if err := d.protocol(l.protocol); err != nil {
		return err
	}
	if d.quirk("ovn-one-protocol-per-lb") {
		for _, o := range l.lb.listeners {
			if o.id != l.id && o.protocol != l.protocol {
				return d.unsupportedOption("The loadbalancer %s does not support %s protocol", l.lb.id, l.protocol)
			}
		}
	}
	if len(l.cidrs) > 0 && !d.quirk("ovn-allowed-cidrs-ignored") {
		return d.unsupportedOption("OVN provider does not support allowed_cidrs option")
	}
	return nil
}

func (d *ovnDriver) checkPool(p *pool) error {
	if err := d.protocol(p.protocol); err != nil {
		return err
	}
	known := []string{"SOURCE_IP_PORT"}
	if d.quirk("ovn-stein-round-robin-only") {
		known = []string{"ROUND_ROBIN"}
	}
	if d.release >= provider.Hibiscus {
		known = append(known, "SOURCE_IP")
	}
	if !slices.Contains(known, p.algorithm) {
		return d.unsupportedOption("OVN provider does not support %s algorithm", p.algorithm)
	}
	if p.session == nil || p.session.kind == "SOURCE_IP" || d.release < provider.Bobcat { // before: ignored
		return nil
	}
	if d.quirk("ovn-persistence-type-500") {
		return d.reports("'dict' object has no attribute 'type'")
	}
	return d.unsupportedOption("OVN provider does not support %s session persistence. Only SOURCE_IP type is supported.", p.session.kind)
}

// checkBatch: until 2023.2 the driver passed over what it does not support, whatever it
// was, worked on the others, and refused afterwards; what it has then done to OVN only
// traffic would show (ovn-batch-partial-apply).
func (d *ovnDriver) checkBatch(members []*member) error {
	var skipped []string
	for _, m := range members {
		if d.quirk("ovn-batch-partial-apply") && (m.probedElsewhere() || m.foreignFamily()) {
			skipped = append(skipped, m.id)
			continue
		}
		if m.probedElsewhere() {
			return d.unsupportedOption("OVN provider does not support monitor options")
		}
		if err := d.checkMember(m, "batch update"); err != nil {
			return err
		}
	}
	if len(skipped) > 0 {
		return d.unsupportedOption("OVN provider does not support monitor options, so following members skipped: ['%s']",
			strings.Join(skipped, "', '"))
	}
	return nil
}

func (d *ovnDriver) checkMember(m *member, verb string) error {
	if m.probedElsewhere() {
		return d.unsupportedOption("OVN Load Balancer does not support different member monitor address or port.")
	}
	lb := m.pool.lb
	if m.foreignFamily() {
		return d.unsupportedOption("OVN provider does not support mixing IPv4/IPv6 configuration within the same Load Balancer.")
	}
	if m.subnet != "" {
		return nil
	}
	if d.quirk("ovn-member-requires-subnet") {
		return d.unsupportedOption("Subnet is required for Member %s with OVN Provider Driver", verb)
	}
	if !d.inVIPSubnet(lb, m.at.address) {
		return d.unsupportedOption("Subnet is required, or Loadbalancer associated with Pool must have a subnet, for Member %s with OVN Provider Driver if it is not the same as LB VIP subnet", verb)
	}
	return nil
}

func (d *ovnDriver) inVIPSubnet(lb *loadBalancer, address string) bool {
	addr, err := netip.ParseAddr(address)
	if err != nil {
		return false
	}
	for _, v := range append([]vip{lb.vip}, lb.additional...) {
		if s, ok := d.cloud.neutron.Subnet(v.subnet); ok {
			if s.CIDR.Contains(addr) {
				return true
			}
		}
	}
	return false
}

func (d *ovnDriver) checkMonitor(h *monitor) error {
	if d.release < provider.Xena {
		return d.unsupportedAction("creating health monitors")
	}
	if h.probe != "TCP" && h.probe != "UDP-CONNECT" {
		return d.unsupportedOption("OVN provider does not support %s health monitor type. Supported types: UDP-CONNECT, TCP", h.probe)
	}
	return nil
}

func (d *ovnDriver) checkPolicy(_ *listener, verb string) error {
	return d.unsupportedAction(verb)
}

func (d *ovnDriver) checkFailover() error {
	if d.quirk("ovn-failover-noop") {
		return nil
	}
	return d.unsupportedOption("OVN provider does not support loadbalancer failover")
}

// port makes a port per VIP. Until 2026.2 nothing but the name says whose it is.
func (d *ovnDriver) port(c *Cloud, lb *loadBalancer) error {
	if lb.vip.port != "" && d.quirk("ovn-vip-port-id-conflict") {
		return d.reports("Cannot create a second port with the address %s", lb.vip.address)
	}
	if lb.vip.port == "" {
		if err := d.make(c, lb, &lb.vip, "ovn-lb-vip-"+lb.id); err != nil {
			return err
		}
	}
	if d.quirk("ovn-additional-vips-dropped") {
		lb.additional = nil
	}
	for i := range lb.additional {
		name := fmt.Sprintf("ovn-lb-vip-additional-%d-%s", i+1, lb.id)
		if err := d.make(c, lb, &lb.additional[i], name); err != nil {
			return err
		}
	}
	return nil
}

func (d *ovnDriver) make(c *Cloud, lb *loadBalancer, v *vip, name string) error {
	want := neutron.Port{
		NetworkID: lb.network, Name: name, ProjectID: lb.project, AdminStateUp: true,
		FixedIPs: []neutron.FixedIP{fixed(*v)}, SecurityGroups: lb.chosenGroups(),
	}
	if d.release >= provider.Hibiscus {
		want.DeviceOwner, want.DeviceID = "ovn-lb:vip", "lb-"+lb.id
	}
	got, err := c.neutron.CreatePort(want)
	if err != nil {
		return c.portError(d.column, err)
	}
	v.port, v.address = got.ID, got.FixedIPs[0].Address.String()
	lb.ownPorts = append(lb.ownPorts, got.ID)
	return nil
}
