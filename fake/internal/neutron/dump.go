// SPDX-License-Identifier: Apache-2.0

package neutron

import (
	"fmt"
	"strings"
)

// Dump renders ports and floating IPs as stable text, oldest first, one a line. names gives an ID its name in the text.
// Ports that nobody asked for are left out: those of the network itself (routers', floating IPs'), of amphorae and of ovn's health checks.
func (n *Neutron) Dump(names func(id string) string) string {
	var b strings.Builder
	for _, it := range n.ports.byAge() {
		p := it.body.(*Port)
		if strings.HasPrefix(p.DeviceOwner, "network:") || strings.HasPrefix(p.Name, "octavia-lb-vrrp-") ||
			p.DeviceOwner == "ovn-lb-hm:distributed" {
			continue
		}
		state := "up"
		if !p.AdminStateUp {
			state = "down"
		}
		var ips []string
		for _, ip := range p.FixedIPs {
			ips = append(ips, ip.Address.String())
		}
		fmt.Fprintf(&b, "%s %s %q %s owner=%q device=%q\n",
			names(p.ID), state, named(p.Name, names), strings.Join(ips, ","), p.DeviceOwner, named(p.DeviceID, names))
	}
	for _, it := range n.fips.byAge() {
		f := it.body.(*FloatingIP)
		to := "unattached"
		if f.PortID != nil {
			to = fmt.Sprintf("-> %s %s", names(*f.PortID), f.FixedIP)
		}
		line := fmt.Sprintf("%s %s %s %s %q %s", names(f.ID), f.Status, f.Address, to, f.Description, strings.Join(it.tags, ","))
		b.WriteString(strings.TrimSpace(line) + "\n")
	}
	return b.String()
}

// named exchanges the UUIDs within s.
func named(s string, names func(id string) string) string {
	return uuidWithin.ReplaceAllStringFunc(s, names)
}
