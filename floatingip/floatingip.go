// SPDX-License-Identifier: Apache-2.0

// Package floatingip gives a load balancer's VIP port a public address.
package floatingip

import (
	"context"
	"errors"
	"net/netip"

	"github.com/gophercloud/gophercloud/v2"
)

// Spec is the desired address.
type Spec struct {
	Network     string     // external network (ID or name) to allocate from; "": the only external network there is
	Subnet      string     // subnet of that network (ID, name or glob); "": any
	SubnetTags  []string   // subnets having all of these
	Address     netip.Addr // this address: reused if it exists and is free or ours, allocated otherwise
	Description string
	Keep        bool // Release detaches and does not delete it
}

// Mark says whose address it is. Owner is mandatory.
type Mark struct{ Owner, Key string }

// FloatingIP is an address as observed.
type FloatingIP struct {
	ID          string
	Address     netip.Addr
	PortID      string // "" when detached
	FixedIP     netip.Addr
	NetworkID   string
	Status      string
	Description string
	Mark        Mark // zero: not ours or anybody's
}

// Find returns the floating IP bound to the port, or, failing that, a detached one that carries the mark.
func Find(ctx context.Context, network *gophercloud.ServiceClient, portID string, m Mark) (FloatingIP, bool, error) {
	panic("stub")
}

// Ensure binds an address to the port: what is bound already and fits, else a detached one with our mark
// (left by a lost reply), else the given address, else a new one, made and bound in one call.
// It is a Neutron call, takes no Octavia lock and may run during PENDING_CREATE.
func Ensure(ctx context.Context, network *gophercloud.ServiceClient, portID string, s Spec, m Mark) (FloatingIP, error) {
	panic("stub")
}

// Release detaches the address bound to the port, or detached with our mark, and deletes it if it carries the mark and s.Keep is false.
func Release(ctx context.Context, network *gophercloud.ServiceClient, portID string, s Spec, m Mark) error {
	panic("stub")
}

var (
	ErrInUse     = errors.New("floatingip: address is bound to another port")
	ErrExhausted = errors.New("floatingip: no address left")
	ErrQuota     = errors.New("floatingip: quota exceeded")
)
