// SPDX-License-Identifier: Apache-2.0

package neutron

import (
	"math"
	"math/big"
	"net/http"
	"net/netip"
)

// ipam gives out the addresses of one subnet, lowest first.
type ipam struct {
	cidr  netip.Prefix
	pools []Range
	used  map[netip.Addr]bool
	from  netip.Addr // no free address of the pools lies below it
}

func newIPAM(s *Subnet) *ipam {
	return &ipam{cidr: s.CIDR, pools: s.AllocationPools, used: map[netip.Addr]bool{}}
}

// next finds the lowest free address of the pools.
func (p *ipam) next() (netip.Addr, bool) {
	best := netip.Addr{}
	for _, pool := range p.pools {
		a := pool.Start
		if p.from.IsValid() && a.Less(p.from) {
			a = p.from
		}
		for a.IsValid() && !pool.End.Less(a) && p.used[a] {
			a = a.Next()
		}
		if a.IsValid() && !pool.End.Less(a) && (!best.IsValid() || a.Less(best)) {
			best = a
		}
	}
	return best, best.IsValid()
}

// last finds the highest free address of the pools.
func (p *ipam) last() (netip.Addr, bool) {
	best := netip.Addr{}
	for _, pool := range p.pools {
		a := pool.End
		for a.IsValid() && !a.Less(pool.Start) && p.used[a] {
			a = a.Prev()
		}
		if a.IsValid() && !a.Less(pool.Start) && best.Less(a) {
			best = a
		}
	}
	return best, best.IsValid()
}

func (p *ipam) take(a netip.Addr) {
	p.used[a] = true
	if a == p.from {
		p.from = a.Next()
	}
}

func (p *ipam) takeNext() (netip.Addr, bool) {
	a, ok := p.next()
	if ok {
		p.used[a], p.from = true, a.Next()
	}
	return a, ok
}

func (p *ipam) release(a netip.Addr) {
	delete(p.used, a)
	if a.Less(p.from) {
		p.from = a
	}
}

// holds reports whether a host may have the address: not the block's first, nor the last of an IPv4 one.
func (p *ipam) holds(a netip.Addr) bool {
	if !p.cidr.Contains(a) {
		return false
	}
	if p.cidr.Bits() >= a.BitLen()-1 {
		return true
	}
	return a != p.cidr.Addr() && (a.Is6() || a != lastOf(p.cidr))
}

// free counts the unused addresses of the pools, as far as an int goes.
func (p *ipam) free() int {
	total := new(big.Int)
	for _, pool := range p.pools {
		total.Add(total, size(pool))
	}
	for a := range p.used {
		for _, pool := range p.pools {
			if !a.Less(pool.Start) && !pool.End.Less(a) {
				total.Sub(total, big.NewInt(1))
			}
		}
	}
	if !total.IsInt64() {
		return math.MaxInt
	}
	return int(total.Int64())
}

func size(r Range) *big.Int {
	from, to := r.Start.As16(), r.End.As16()
	count := new(big.Int).Sub(new(big.Int).SetBytes(to[:]), new(big.Int).SetBytes(from[:]))
	return count.Add(count, big.NewInt(1))
}

func lastOf(p netip.Prefix) netip.Addr {
	raw := p.Masked().Addr().AsSlice()
	for bit := p.Bits(); bit < len(raw)*8; bit++ {
		raw[bit/8] |= 1 << (7 - bit%8)
	}
	last, _ := netip.AddrFromSlice(raw)
	return last
}

// FreeIPs counts the addresses left in a subnet's allocation pools.
func (n *Neutron) FreeIPs(subnetID string) int {
	if p, ok := n.pools[subnetID]; ok {
		return p.free()
	}
	return 0
}

// LastFree finds the highest address left in a subnet's allocation pools, and false if there is none.
func (n *Neutron) LastFree(subnetID string) (netip.Addr, bool) {
	if p, ok := n.pools[subnetID]; ok {
		return p.last()
	}
	return netip.Addr{}, false
}

// InUse reports whether an address of a subnet is a port's.
func (n *Neutron) InUse(subnetID string, a netip.Addr) bool {
	p, ok := n.pools[subnetID]
	return ok && p.used[a]
}

func exhausted(network string) *Error {
	return refuse(http.StatusConflict, "IpAddressGenerationFailure",
		"No more IP addresses available on network %s.", network)
}

// allocate completes the wanted addresses of a port on a network, all or none. A nil wish is one address of each
// family that the network has, an empty one is no address.
func (n *Neutron) allocate(network string, wanted []FixedIP) ([]FixedIP, *Error) {
	if wanted == nil {
		return n.allocateAny(network)
	}
	got := []FixedIP{}
	for _, w := range wanted {
		ip, err := n.allocateOne(network, w)
		if err != nil {
			n.release(got)
			return nil, err
		}
		got = append(got, ip)
	}
	return got, nil
}

func (n *Neutron) release(ips []FixedIP) {
	for _, ip := range ips {
		if p, ok := n.pools[ip.SubnetID]; ok {
			p.release(ip.Address)
		}
	}
}

func (n *Neutron) allocateOne(network string, w FixedIP) (FixedIP, *Error) {
	if w.SubnetID == "" {
		return n.allocateWhere(network, w.Address)
	}
	s, ok := n.subnets.items[w.SubnetID]
	if !ok {
		return w, n.subnets.missing(w.SubnetID)
	}
	if s.body.(*Subnet).NetworkID != network {
		return w, invalid("Failed to create port on network %s, because fixed_ips included invalid subnet %s.",
			network, w.SubnetID)
	}
	p := n.pools[w.SubnetID]
	if !w.Address.IsValid() {
		if w.Address, ok = p.takeNext(); !ok {
			return w, exhausted(network)
		}
		return w, nil
	}
	if !p.holds(w.Address) {
		return w, refuse(http.StatusBadRequest, "InvalidIpForSubnet",
			"IP address %s is not a valid IP for the specified subnet.", w.Address)
	}
	if p.used[w.Address] {
		return w, refuse(http.StatusConflict, "IpAddressAlreadyAllocated",
			"IP address %s already allocated in subnet %s", w.Address, w.SubnetID)
	}
	p.take(w.Address)
	return w, nil
}

// allocateWhere finds the subnet that an address belongs to.
func (n *Neutron) allocateWhere(network string, a netip.Addr) (FixedIP, *Error) {
	for _, id := range n.networks.items[network].body.(*Network).Subnets {
		if n.pools[id].cidr.Contains(a) {
			return n.allocateOne(network, FixedIP{SubnetID: id, Address: a})
		}
	}
	return FixedIP{}, refuse(http.StatusBadRequest, "InvalidIpForNetwork",
		"IP address %s is not a valid IP for any of the subnets on the specified network.", a)
}

func (n *Neutron) allocateAny(network string) ([]FixedIP, *Error) {
	got := []FixedIP{}
	for _, version := range []int{4, 6} {
		asked, done := false, false
		for _, id := range n.networks.items[network].body.(*Network).Subnets {
			if done || n.subnets.items[id].body.(*Subnet).IPVersion != version {
				continue
			}
			asked = true
			if a, ok := n.pools[id].takeNext(); ok {
				got, done = append(got, FixedIP{SubnetID: id, Address: a}), true
			}
		}
		if asked && !done {
			n.release(got)
			return nil, exhausted(network)
		}
	}
	return got, nil
}
