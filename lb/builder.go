// SPDX-License-Identifier: Apache-2.0

package lb

import (
	"errors"
	"fmt"
	"net/netip"

	"github.com/octaviakit/octaviakit/floatingip"
	"github.com/octaviakit/octaviakit/member"
	"github.com/octaviakit/octaviakit/monitor"
	"github.com/octaviakit/octaviakit/provider"
)

// Builder assembles a Spec. It is sugar: whatever it cannot say, Edit can.
// Errors stick and are all returned by Spec. It is not safe for concurrent use.
type Builder struct {
	spec      Spec
	pools     []*PoolBuilder
	listeners []*ListenerBuilder
	errs      []error
}

// NewBuilder starts the Spec of the named load balancer.
func NewBuilder(name string) *Builder { return &Builder{spec: Spec{Name: name}} }

// Subnet places the VIP in a subnet.
func (b *Builder) Subnet(id string) *Builder {
	b.spec.VIP.SubnetID = id
	return b
}

// Provider chooses the driver; without it the cloud's default serves.
func (b *Builder) Provider(n provider.Name) *Builder {
	b.spec.Provider = n
	return b
}

// FloatingIP asks for a public address.
func (b *Builder) FloatingIP(s floatingip.Spec) *Builder {
	b.spec.FloatingIP = &s
	return b
}

// Edit reaches every field of the load balancer itself. Pools and Listeners that
// it adds stand beside those of the builder.
func (b *Builder) Edit(f func(*Spec)) *Builder {
	f(&b.spec)
	return b
}

// Pool adds a pool. Listeners point to it with To.
func (b *Builder) Pool(name string, p Protocol) *PoolBuilder {
	pool := &PoolBuilder{parent: b, pool: Pool{Name: name, Protocol: p}}
	b.pools = append(b.pools, pool)
	return pool
}

// Listener adds a listener.
func (b *Builder) Listener(name string, p Protocol, port uint16) *ListenerBuilder {
	l := &ListenerBuilder{listener: Listener{Name: name, Protocol: p, Port: port}}
	b.listeners = append(b.listeners, l)
	return l
}

// Spec returns what was built, or every fault in it: addresses that do not parse
// and all that Spec.Validate finds.
func (b *Builder) Spec() (Spec, error) {
	s := b.spec
	for _, p := range b.pools {
		s.Pools = append(s.Pools[:len(s.Pools):len(s.Pools)], p.pool)
	}
	for _, l := range b.listeners {
		s.Listeners = append(s.Listeners[:len(s.Listeners):len(s.Listeners)], l.listener)
	}
	if err := errors.Join(errors.Join(b.errs...), s.Validate()); err != nil {
		return Spec{}, err
	}
	return s, nil
}

// PoolBuilder fills in one pool.
type PoolBuilder struct {
	parent *Builder
	pool   Pool
}

// Member adds a member by address and port. An address that does not parse is
// reported by Builder.Spec.
func (p *PoolBuilder) Member(addr string, port uint16) *PoolBuilder {
	a, err := netip.ParseAddr(addr)
	if err != nil {
		path := fmt.Sprintf("pools[%q].members[%d].address", p.pool.Name, len(p.pool.Members))
		p.parent.errs = append(p.parent.errs, &FieldError{Path: path, Problem: fmt.Sprintf("%q is no IP address", addr)})
		return p
	}
	return p.Members(member.Spec{Address: a, Port: port})
}

// Members adds members.
func (p *PoolBuilder) Members(ms ...member.Spec) *PoolBuilder {
	p.pool.Members = append(p.pool.Members, ms...)
	return p
}

// Monitor sets the health monitor.
func (p *PoolBuilder) Monitor(m monitor.Spec) *PoolBuilder {
	p.pool.Monitor = &m
	return p
}

// Edit reaches every field of the pool.
func (p *PoolBuilder) Edit(f func(*Pool)) *PoolBuilder {
	f(&p.pool)
	return p
}

// ListenerBuilder fills in one listener.
type ListenerBuilder struct{ listener Listener }

// To sends the listener's traffic to a pool.
func (l *ListenerBuilder) To(p *PoolBuilder) *ListenerBuilder {
	l.listener.Pool = p.pool.Name
	return l
}

// Edit reaches every field of the listener.
func (l *ListenerBuilder) Edit(f func(*Listener)) *ListenerBuilder {
	f(&l.listener)
	return l
}
