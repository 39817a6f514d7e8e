// SPDX-License-Identifier: Apache-2.0

// Package floatingip gives a load balancer's VIP port a public address.
//
// All calls are Neutron's: they take no Octavia lock. With a context from waiter.Pace
// each keeps to the one rate of the project, and a Retry-After holds for all. Whether an address may be
// bound while the load balancer is still PENDING_CREATE is the provider's affair
// (provider.Capabilities.EarlyFloatingIP).
//
// # Whose address
//
// An address that this package allocates carries its owner's [Mark] at the end of
// its description. The description is part of the call that allocates and binds,
// so there is no moment in which an address of ours is not marked; tags would
// need a second call, which may never come. Only a marked address is ever
// deleted, and one with another owner's mark is never bound, moved or changed.
//
// An address that somebody else has reserved, and that a Spec names, stays theirs. A tag on it,
// "octaviakit-bound=…", says that it was bound here: [FloatingIP.BoundFor].
//
// # Nothing leaks
//
// When the reply to an allocation is lost, the port is read again: the address
// is there, or the call can be repeated, as Neutron refuses a second address for
// one fixed IP (FloatingIPPortAlreadyAssociated). A detached address with our mark
// is used before a new one is allocated.
package floatingip

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/netip"
	"net/url"
	"path"
	"slices"
	"time"

	"github.com/gophercloud/gophercloud/v2"
	"github.com/octaviakit/octaviakit/internal/fault"
	"github.com/octaviakit/octaviakit/internal/mark"
	"github.com/octaviakit/octaviakit/internal/octavia"
)

// Refusals. Each error that matches one of them unwraps to the *fault.Error with
// Neutron's words as well, where there was one.
var (
	ErrInUse     = errors.New("floatingip: address is bound to another port")
	ErrExhausted = errors.New("floatingip: no address left")
	ErrQuota     = errors.New("floatingip: quota exceeded")
	ErrNoIPv4    = errors.New("floatingip: port has no IPv4 address to bind to")
)

// Spec is the desired address. The zero value is any address of the only external network.
type Spec struct {
	// Network is the external network to allocate from, by ID or name; absent: the
	// only one there is.
	Network string `json:"network,omitzero"`
	// Subnet is one of that network's, by ID, name or glob ("public-*"); of several,
	// the next is tried when one is exhausted; absent: any.
	Subnet string `json:"subnet,omitzero"`
	// SubnetTags are what such subnets must all have.
	SubnetTags []string `json:"subnetTags,omitzero"`
	// Address is one to use: an existing one is reused if it is free or ours, else it
	// is allocated; absent: any.
	Address netip.Addr `json:"address,omitzero"`
	// FixedIP is the VIP's address to bind to; absent: its first IPv4 one.
	FixedIP netip.Addr `json:"fixedIP,omitzero"`
	// Description of an address that is allocated; our mark is added to it.
	Description string `json:"description,omitzero"`
	// Keep detaches the address when it is no longer wanted, and does not delete it: the
	// address remembers it, so it also outlives the deletion of its load balancer.
	Keep bool `json:"keep,omitzero"`
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
	Description string    // without the mark
	Mark        Mark      // zero: nobody's
	Keep        bool      // outlives what it was made for
	Changed     time.Time // of the last change, in whole seconds; zero: Neutron does not tell
	records     string    // see BoundFor
}

const noClient = "missing; must be a Neutron client"

// validate reports bad input before any call.
func (s Spec) validate(network *gophercloud.ServiceClient, portID string, m Mark) error {
	var errs []error
	refuse := func(p, problem string) { errs = append(errs, &fault.FieldError{Path: p, Problem: problem}) }
	if network == nil {
		refuse("network", noClient)
	}
	if portID == "" {
		refuse("port", "missing; must be the ID of the VIP port")
	}
	if s.Address.IsValid() && !s.Address.Unmap().Is4() {
		refuse("address", s.Address.String()+"; floating IPs are IPv4, an IPv6 VIP is public as it is")
	}
	if s.FixedIP.IsValid() && !s.FixedIP.Unmap().Is4() {
		refuse("fixedIP", s.FixedIP.String()+"; only IPv4 addresses can have a floating IP")
	}
	if _, err := path.Match(s.Subnet, ""); err != nil {
		refuse("subnet", fmt.Sprintf("%q; must be an ID, a name or a pattern like \"public-*\"", s.Subnet))
	}
	return errors.Join(append(errs, mark.Validate(m.Owner, m.Key))...)
}

// client makes the calls of one operation.
type client struct {
	net  *gophercloud.ServiceClient
	mark Mark
	from string // port that unmarked addresses may be taken from, "": none
}

// list reads the floating IPs that match, sorted by address, then ID.
func (c client) list(ctx context.Context, filter url.Values) ([]FloatingIP, error) {
	var out []FloatingIP
	for o, err := range octavia.List(ctx, c.net, "floatingips", "floatingips", filter) {
		if err != nil {
			return nil, refusal("list floating IPs", err)
		}
		out = append(out, observed(o))
	}
	slices.SortFunc(out, func(a, b FloatingIP) int {
		return cmp.Or(a.Address.Compare(b.Address), cmp.Compare(a.ID, b.ID))
	})
	return out, nil
}

func observed(o octavia.Object) FloatingIP {
	text, owner, key, _ := mark.FromDescription(str(o, "description"))
	at, _ := time.Parse(time.RFC3339, str(o, "updated_at")) // zero if it is none
	return FloatingIP{
		ID: str(o, "id"), Address: parse(str(o, "floating_ip_address")), PortID: str(o, "port_id"),
		FixedIP: parse(str(o, "fixed_ip_address")), NetworkID: str(o, "floating_network_id"), Status: str(o, "status"),
		Description: text, Mark: Mark{owner, key}, Keep: mark.Kept(str(o, "description")), Changed: at,
		records: recordsOf(o),
	}
}

// str reads a string attribute, "" if it is absent or null.
func str(o octavia.Object, key string) string {
	s, _ := o[key].(string)
	return s
}

// parse reads an address, zero for none and for what is none.
func parse(s string) netip.Addr {
	a, err := netip.ParseAddr(s)
	if err != nil {
		return netip.Addr{}
	}
	return a.Unmap()
}

// bound lists what the port has, ours first.
func (c client) bound(ctx context.Context, portID string) ([]FloatingIP, error) {
	fips, err := c.list(ctx, url.Values{"port_id": {portID}})
	slices.SortStableFunc(fips, func(a, b FloatingIP) int { return cmp.Compare(c.rank(a), c.rank(b)) })
	return fips, err
}

func (c client) rank(f FloatingIP) int {
	switch f.Mark {
	case c.mark:
		return 0
	case Mark{}:
		return 1
	}
	return 2
}

// orphans lists the detached addresses with our mark, then those of others that we had
// bound. Neutron filters neither by a part of the description nor by "no port", so all are read.
func (c client) orphans(ctx context.Context) ([]FloatingIP, error) {
	all, err := c.list(ctx, nil)
	return c.loose(all), err
}

func (c client) loose(all []FloatingIP) []FloatingIP {
	all = slices.DeleteFunc(slices.Clone(all), func(f FloatingIP) bool {
		return f.PortID != "" || f.Mark != c.mark && !f.BoundFor(c.mark)
	})
	slices.SortStableFunc(all, func(a, b FloatingIP) int { return cmp.Compare(c.rank(a), c.rank(b)) })
	return all
}

// Owned lists the addresses that carry an owner's mark, with any key, bound or not,
// sorted by address. It makes one call (more where the cloud pages).
func Owned(ctx context.Context, network *gophercloud.ServiceClient, owner string) ([]FloatingIP, error) {
	if err := mark.Validate(owner, ""); err != nil {
		return nil, err
	}
	if network == nil {
		return nil, &fault.FieldError{Path: "network", Problem: noClient}
	}
	c := client{net: network, mark: Mark{Owner: owner}}
	all, err := c.list(ctx, nil)
	all = slices.DeleteFunc(all, func(f FloatingIP) bool { return f.Mark.Owner != owner })
	slices.SortFunc(all, func(a, b FloatingIP) int { return a.Address.Compare(b.Address) })
	return all, err
}

// Find returns the floating IP bound to the port, or, failing that, a detached one that carries the mark,
// or one of somebody else's that was bound for the mark and has come off (see BoundFor).
// Of several bound ones it prefers the one with the mark. It makes one call, or two if none is bound.
func Find(ctx context.Context, network *gophercloud.ServiceClient, portID string, m Mark) (FloatingIP, bool, error) {
	if err := (Spec{}).validate(network, orAny(portID), m); err != nil {
		return FloatingIP{}, false, err
	}
	c := client{net: network, mark: m}
	var fips []FloatingIP
	var err error
	if portID != "" {
		fips, err = c.bound(ctx, portID)
	}
	if err == nil && len(fips) == 0 {
		fips, err = c.orphans(ctx)
	}
	if err != nil || len(fips) == 0 {
		return FloatingIP{}, false, err
	}
	return fips[0], true, nil
}

// refusal says what was tried, and which of this package's errors it is.
func refusal(doing string, err error) error {
	f := fault.Of(err)
	switch f.Kind { //nolint:exhaustive // the rest has no name of its own here
	case fault.Quota:
		return fmt.Errorf("%s: %w: %w", doing, ErrQuota, f)
	case fault.Exhausted:
		return fmt.Errorf("%s: %w: %w", doing, ErrExhausted, f)
	case fault.InUse:
		return fmt.Errorf("%s: %w: %w", doing, ErrInUse, f)
	}
	return fmt.Errorf("%s: %w", doing, f)
}
