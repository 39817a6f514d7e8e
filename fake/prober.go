// SPDX-License-Identifier: Apache-2.0

package fake

import (
	"maps"
	"slices"

	"github.com/octaviakit/octaviakit/fake/internal/neutron"
	"github.com/octaviakit/octaviakit/provider"
)

// prober is the port in a subnet of members that ovn's health checks come from: the driver makes one with the first monitor
// over ports of the subnet and deletes it with the last (ovn_octavia_provider/helper.py, _ensure_hm_ovn_port; 54d96ca, 4.0.0).
// Before 2023.1 checks came from the network's metadata port.
type prober struct {
	port string
	of   map[string]bool // load balancers
}

// keepProbers makes and deletes the ports that a load balancer's monitors need.
func (d *ovnDriver) keepProbers(lb *loadBalancer) {
	if d.release < provider.Antelope {
		return
	}
	wanted := map[string]bool{}
	for _, p := range lb.pools {
		for _, m := range p.members {
			if m.probed == reached && p.besideProbes() && !d.portless(m) {
				wanted[m.home()] = true
			}
		}
	}
	d.cloud.probe(lb, wanted)
}

// probe has a load balancer's monitors work from these subnets, and from no others any more.
func (c *Cloud) probe(lb *loadBalancer, wanted map[string]bool) {
	for _, subnet := range slices.Sorted(maps.Keys(wanted)) {
		if c.probers[subnet] == nil && !c.startProber(lb, subnet) {
			continue
		}
		c.probers[subnet].of[lb.id] = true
		if lb.probed == nil {
			lb.probed = map[string]bool{}
		}
		lb.probed[subnet] = true
	}
	for _, subnet := range slices.Sorted(maps.Keys(lb.probed)) {
		if wanted[subnet] {
			continue
		}
		delete(lb.probed, subnet)
		p := c.probers[subnet]
		if delete(p.of, lb.id); len(p.of) == 0 {
			c.neutron.DeletePort(p.port)
			delete(c.probers, subnet)
		}
	}
}

// startProber makes the port, and reports whether Neutron had an address for it.
func (c *Cloud) startProber(lb *loadBalancer, subnet string) bool {
	s, _ := c.neutron.Subnet(subnet)
	address, _ := c.neutron.LastFree(subnet)
	name, owner := "ovn-lb-hm-"+subnet, "ovn-lb-hm:distributed"
	if c.release < provider.Caracal {
		owner = neutron.MetadataOwner
	}
	port, err := c.neutron.CreatePort(neutron.Port{
		Name: name, DeviceID: name, DeviceOwner: owner, ProjectID: lb.project, NetworkID: s.NetworkID, AdminStateUp: true,
		FixedIPs: []neutron.FixedIP{{SubnetID: subnet, Address: address}}, SecurityGroups: []string{},
	})
	if err != nil {
		return false
	}
	c.neutron.UpdatePort(port.ID, func(p *neutron.Port) { p.PortSecurity = false })
	c.probers[subnet] = &prober{port: port.ID, of: map[string]bool{}}
	return true
}
