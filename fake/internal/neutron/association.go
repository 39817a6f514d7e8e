// SPDX-License-Identifier: Apache-2.0

package neutron

import "time"

// Association is one time that a floating IP led to a port.
type Association struct {
	FloatingIP, Address, Port string
	Start, End                time.Time // End is zero while it lasts
}

// Associations lists what floating IPs led to, oldest first.
func (n *Neutron) Associations() []Association {
	all := make([]Association, len(n.associations))
	for i, a := range n.associations {
		all[i] = *a
	}
	return all
}

// FloatingIPs lists copies of all floating IPs, oldest first.
func (n *Neutron) FloatingIPs() []FloatingIP {
	all := make([]FloatingIP, 0, len(n.fips.items))
	for _, it := range n.fips.byAge() {
		all = append(all, *it.body.(*FloatingIP))
	}
	return all
}

// follow notes where a floating IP leads from now on, nil for nowhere.
func (n *Neutron) follow(it *item, port *string) {
	for _, a := range n.associations {
		if a.FloatingIP != it.id || !a.End.IsZero() {
			continue
		}
		if port != nil && a.Port == *port {
			return
		}
		a.End = n.env.Now()
	}
	if port == nil {
		return
	}
	n.associations = append(n.associations, &Association{
		FloatingIP: it.id, Address: it.body.(*FloatingIP).Address.String(), Port: *port, Start: n.env.Now(),
	})
}
