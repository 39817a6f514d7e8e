// SPDX-License-Identifier: Apache-2.0

// Package member describes pool members and changes them in bulk.
package member

import (
	"context"
	"net/netip"

	"github.com/gophercloud/gophercloud/v2"
	"github.com/octaviakit/octaviakit/provider"
	"github.com/octaviakit/octaviakit/waiter"
)

// Spec is one desired member. Address and Port identify it within its pool.
// A nil field means "leave it": Octavia's default on a new member, whatever it
// has on an existing one. A field that is set is enforced.
type Spec struct {
	Address        netip.Addr
	Port           uint16
	SubnetID       string // "": leave; cannot be changed on an existing member
	Name           string // "": leave
	Weight         *int
	Backup         *bool
	AdminStateUp   *bool
	MonitorAddress *netip.Addr // new(netip.Addr{}) clears
	MonitorPort    *uint16     // new(uint16(0)) clears
	Tags           []string    // nil: leave; empty: none
}

// Key identifies a member within a pool, as Octavia's batch PUT does.
type Key struct {
	Address netip.Addr
	Port    uint16
}

func (s Spec) Key() Key        { return Key{s.Address.Unmap(), s.Port} }
func (k Key) String() string   { panic("stub") }
func (s Spec) Validate() error { panic("stub") } // joined *FieldError, paths relative to the member

// Body is the member as the Octavia API takes it when it is created.
func (s Spec) Body() map[string]any { panic("stub") }

// Member is a member as observed.
type Member struct {
	ID, Name, SubnetID      string
	Address                 netip.Addr
	Port                    uint16
	Weight                  int
	Backup, AdminStateUp    bool
	MonitorAddress          netip.Addr // zero: none
	MonitorPort             uint16     // zero: none
	Tags                    []string
	Provisioning, Operating string
}

// List reads the members of a pool, sorted by Key.
func List(ctx context.Context, c *gophercloud.ServiceClient, poolID string) ([]Member, error) {
	panic("stub")
}

// Parse reads one member as decoded from the API's JSON.
func Parse(object map[string]any) (Member, error) { panic("stub") }

// Delta is what turns one member set into another, each slice sorted by Key.
type Delta struct {
	Add    []Spec
	Update []Update
	Remove []Member
}

// Update is one member to change.
type Update struct {
	Have    Member
	Want    Spec
	Changes []Change // what differs, sorted by field
}

// Change is one field's difference, as text for plans.
type Change struct{ Field, Old, New string }

// Diff is pure. Members that want does not name are in Remove.
func Diff(have []Member, want []Spec) Delta { panic("stub") }
func (d Delta) Empty() bool                 { panic("stub") }

// How says how changes may be sent.
type How struct {
	Caps     provider.Capabilities
	Share    bool // the pool has other owners: members that we do not name stay
	MaxBatch int  // members per additive PUT [100]
}

// Request is one call that changes members, and so one PENDING cycle.
type Request struct {
	Method   string // "PUT", "POST", "DELETE"
	MemberID string // for a single update or delete
	Additive bool
	Members  []map[string]any // bodies
}

// Requests plans the calls that carry out d on a pool that has have: pure, fewest cycles first,
// never resetting what the Spec leaves alone.
func Requests(have []Member, d Delta, how How) []Request { panic("stub") }

func (r Request) String() string { panic("stub") }

// Send makes the call. It does not wait.
func (r Request) Send(ctx context.Context, c *gophercloud.ServiceClient, poolID string) error {
	panic("stub")
}

// Pool names a pool and the load balancer whose lock it shares.
type Pool struct{ ID, LoadBalancerID string }

// Sync makes the pool's members match want and waits until settled.
func Sync(ctx context.Context, w *waiter.Waiter, p Pool, want []Spec, how How) error { panic("stub") }
