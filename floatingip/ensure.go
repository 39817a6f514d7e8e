// SPDX-License-Identifier: Apache-2.0

package floatingip

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/gophercloud/gophercloud/v2"
	"github.com/octaviakit/octaviakit/internal/fault"
	"github.com/octaviakit/octaviakit/internal/mark"
	"github.com/octaviakit/octaviakit/internal/octavia"
)

// attempts is how often an operation begins anew whose outcome is unknown.
const attempts = 3

// Ensure binds an address to the port: what is bound already and fits, else the given address, else a
// detached one with our mark (left by a lost reply), else a new one, made and bound in one call.
//
// What is bound fits unless s.Address or s.FixedIP say otherwise: a public address is
// not changed under its users because the Spec names another network by now.
// A given address that another port has is moved, in one call, if it carries our mark,
// and otherwise refused with ErrInUse before anything is changed. One that does not
// exist is allocated, which Neutron's policy may refuse (fault.Forbidden). One that was
// allocated by somebody else gets no mark, but a record that it was bound here, so that Release detaches it and
// does not delete it.
//
// It takes one call when there is nothing to do. Concurrent calls for one port are safe.
func Ensure(ctx context.Context, network *gophercloud.ServiceClient, portID string, s Spec, m Mark) (FloatingIP, error) {
	if err := s.validate(network, portID, m); err != nil {
		return FloatingIP{}, err
	}
	return client{net: network, mark: m}.ensured(ctx, portID, s)
}

func (c client) ensured(ctx context.Context, portID string, s Spec) (FloatingIP, error) {
	var f FloatingIP
	err := patiently(ctx, func() (err error) {
		f, err = c.ensure(ctx, portID, s)
		return err
	})
	if err != nil {
		return FloatingIP{}, err
	}
	return f, nil
}

// patiently repeats what reads before it writes, while the outcome is unknown, the
// service is out for a moment, or somebody was faster.
func patiently(ctx context.Context, do func() error) (err error) {
	for i := range attempts {
		if err = do(); err == nil || ctx.Err() != nil || i == attempts-1 {
			return err
		}
		f := fault.Of(err)
		faster := f.Type == "FloatingIPPortAlreadyAssociated" // somebody
		switch {
		case faster && octavia.IsSingle(ctx):
			return errors.Join(octavia.ErrLater, err)
		case octavia.IsSingle(ctx):
			return err
		case faster:
			continue
		case !f.Unknown() && !fault.Is(f, fault.Transient, fault.Throttled):
			return err
		}
		t := time.NewTimer(max(f.After, time.Second<<i))
		select {
		case <-t.C:
		case <-ctx.Done():
			t.Stop()
			return err
		}
	}
	return err
}

func (c client) ensure(ctx context.Context, portID string, s Spec) (FloatingIP, error) {
	have, err := c.bound(ctx, portID)
	if err != nil {
		return FloatingIP{}, err
	}
	if i := slices.IndexFunc(have, s.fits); i >= 0 {
		return c.describe(ctx, have[i], s)
	}
	fixed, err := c.fixed(ctx, portID, s)
	if err != nil {
		return FloatingIP{}, err
	}
	if s.Address.IsValid() {
		return c.given(ctx, portID, fixed, s, have)
	}
	orphans, err := c.orphans(ctx)
	if err == nil {
		err = c.forget(ctx, orphans)
	}
	if err != nil {
		return FloatingIP{}, err
	}
	if len(orphans) > 0 && orphans[0].Mark == c.mark {
		f, err := c.bind(ctx, orphans[0], portID, fixed)
		if err != nil {
			return FloatingIP{}, err
		}
		return c.describe(ctx, f, s)
	}
	return c.allocate(ctx, portID, fixed, s)
}

func (s Spec) fits(f FloatingIP) bool {
	return (!s.Address.IsValid() || s.Address.Unmap() == f.Address) &&
		(!s.FixedIP.IsValid() || s.FixedIP.Unmap() == f.FixedIP)
}

// given binds the address that the Spec names.
func (c client) given(ctx context.Context, portID, fixed string, s Spec, have []FloatingIP) (FloatingIP, error) {
	address := s.Address.Unmap()
	all, err := c.list(ctx, nil)
	if err != nil {
		return FloatingIP{}, err
	}
	wanted := func(f FloatingIP) bool { return f.Address == address }
	found := slices.DeleteFunc(slices.Clone(all), func(f FloatingIP) bool { return !wanted(f) })
	if len(found) > 0 {
		if f := found[0]; c.rank(f) > 1 || f.PortID != "" && f.PortID != portID && f.PortID != c.from && f.Mark != c.mark {
			err := fmt.Errorf("%s: %w (port %q, owner %q)", address, ErrInUse, f.PortID, f.Mark.Owner)
			return FloatingIP{}, errors.Join(err, c.unrecord(ctx, f, c.mark)) // somebody has taken it
		}
	}
	if err := c.forget(ctx, slices.DeleteFunc(c.loose(all), wanted)); err != nil {
		return FloatingIP{}, err
	}
	var fresh FloatingIP
	if len(found) == 0 && len(have) > 0 {
		// Neutron binds no second address to one fixed IP: take the new one before the old is let go.
		if fresh, err = c.allocate(ctx, "", "", s); err != nil {
			return FloatingIP{}, err
		}
		found = []FloatingIP{fresh}
	}
	if err := c.giveWay(ctx, have, fixed, s); err != nil {
		return FloatingIP{}, err
	}
	if len(found) == 0 {
		return c.allocate(ctx, portID, fixed, s)
	}
	if err := c.record(ctx, found[0], c.mark); err != nil {
		return FloatingIP{}, err
	}
	return c.bind(ctx, found[0], portID, fixed)
}

// forget takes the record off addresses of others that have come off: a program died in between.
func (c client) forget(ctx context.Context, loose []FloatingIP) error {
	for _, f := range loose {
		if err := c.unrecord(ctx, f, c.mark); err != nil {
			return err
		}
	}
	return nil
}

// giveWay frees the fixed IP from the addresses that do not fit.
func (c client) giveWay(ctx context.Context, have []FloatingIP, fixed string, s Spec) error {
	for _, f := range have {
		if fixed != "" && f.FixedIP.String() != fixed {
			continue
		}
		if c.rank(f) > 1 {
			return fmt.Errorf("%s of owner %q is on the port: %w", f.Address, f.Mark.Owner, ErrInUse)
		}
	}
	for _, f := range have {
		if fixed != "" && f.FixedIP.String() != fixed {
			continue
		}
		if err := c.release(ctx, f, s.Keep); err != nil {
			return err
		}
	}
	return nil
}

// describe keeps the description of an address of ours in step.
func (c client) describe(ctx context.Context, f FloatingIP, s Spec) (FloatingIP, error) {
	want := described(cmp.Or(s.Description, f.Description), c.mark, s.Keep)
	if f.Mark != c.mark || described(f.Description, f.Mark, f.Keep) == want {
		return f, nil
	}
	return c.update(ctx, "describe", f, octavia.Object{"description": want})
}

// described is a description that carries the mark.
func described(text string, m Mark, keep bool) string {
	if keep {
		return mark.Describe(text, m.Owner, m.Key, mark.Keep)
	}
	return mark.Describe(text, m.Owner, m.Key)
}

// bind attaches or moves an address, in one call.
func (c client) bind(ctx context.Context, f FloatingIP, portID, fixed string) (FloatingIP, error) {
	body := octavia.Object{"port_id": portID}
	if fixed != "" {
		body["fixed_ip_address"] = fixed
	}
	return c.update(ctx, "bind", f, body)
}

// detach takes an address off its port.
func (c client) detach(ctx context.Context, f FloatingIP) (FloatingIP, error) {
	return c.update(ctx, "detach", f, octavia.Object{"port_id": nil})
}

func (c client) update(ctx context.Context, doing string, f FloatingIP, body octavia.Object) (FloatingIP, error) {
	now, err := octavia.Update(ctx, c.net, "floatingips/"+f.ID, "floatingip", body)
	if err != nil {
		return FloatingIP{}, refusal(fmt.Sprintf("%s %s", doing, f.Address), err)
	}
	return observed(now), nil
}

// allocate makes an address, bound and marked by the same call, from the first
// subnet that has one left.
func (c client) allocate(ctx context.Context, portID, fixed string, s Spec) (FloatingIP, error) {
	networkID, err := c.network(ctx, s)
	if err != nil {
		return FloatingIP{}, err
	}
	candidates, err := c.subnets(ctx, networkID, s)
	if err != nil {
		return FloatingIP{}, err
	}
	body := octavia.Object{"description": described(s.Description, c.mark, s.Keep), "floating_network_id": networkID}
	for key, value := range map[string]string{"port_id": portID, "fixed_ip_address": fixed} {
		if value != "" {
			body[key] = value
		}
	}
	if s.Address.IsValid() {
		body["floating_ip_address"] = s.Address.Unmap().String()
	}
	var empty []error
	for _, subnet := range candidates {
		if subnet != "" {
			body["subnet_id"] = subnet
		}
		made, err := octavia.Create(ctx, c.net, "floatingips", "floatingip", body)
		if err == nil {
			return observed(made), nil
		}
		err = refusal("allocate a floating IP", err)
		if !errors.Is(err, ErrExhausted) {
			return FloatingIP{}, err
		}
		empty = append(empty, err)
	}
	return FloatingIP{}, errors.Join(empty...)
}
