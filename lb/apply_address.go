// SPDX-License-Identifier: Apache-2.0

package lb

import (
	"cmp"
	"context"

	"github.com/octaviakit/octaviakit/floatingip"
)

// floatingIP carries out a step that is Neutron's.
func (r *run) floatingIP(ctx context.Context, op floatingOperation) error {
	m := r.mark(r.plan.name)
	switch {
	case op.heir != "":
		return floatingip.Assign(ctx, r.network, r.vipPort, op.from, floatingip.Mark{Owner: op.heir, Key: m.Key})
	case op.loose:
		return floatingip.Release(ctx, r.network, "", op.spec, m)
	case op.release:
		return floatingip.Release(ctx, r.network, cmp.Or(op.port, r.vipPort), op.spec, m)
	}
	bind := r.bind
	if op.port != "" {
		bind = func(ctx context.Context, s floatingip.Spec, m floatingip.Mark) (floatingip.FloatingIP, error) {
			return floatingip.Move(ctx, r.network, op.port, r.vipPort, s, m)
		}
	} else if op.verify {
		bind = r.bindAndVerify
	}
	fip, err := bind(ctx, op.spec, m)
	if err != nil {
		return err
	}
	r.address(ctx, fip.Address.String())
	return nil
}

func (r *run) bind(ctx context.Context, s floatingip.Spec, m floatingip.Mark) (floatingip.FloatingIP, error) {
	return floatingip.Ensure(ctx, r.network, r.vipPort, s, m)
}

// bindAndVerify is for a driver that hears of addresses by an event and drops one that it
// has no load balancer for: an address that was on the port before the load balancer was
// there, or that is not on it afterwards, is taken off and put back.
func (r *run) bindAndVerify(ctx context.Context, s floatingip.Spec, m floatingip.Mark) (floatingip.FloatingIP, error) {
	if err := r.outranked(ctx); err != nil {
		return floatingip.FloatingIP{}, err
	}
	before, was, err := floatingip.Find(ctx, r.network, r.vipPort, m)
	if err != nil {
		return before, err
	}
	fip, err := r.bind(ctx, s, m)
	if err != nil {
		return fip, err
	}
	if was && r.fresh && before.PortID == r.vipPort && before.ID == fip.ID {
		return floatingip.Reassociate(ctx, r.network, fip)
	}
	now, found, err := floatingip.Find(ctx, r.network, r.vipPort, m)
	if err != nil || found && now.ID == fip.ID && now.PortID == r.vipPort && now.FixedIP.IsValid() {
		return fip, err
	}
	fip.PortID = r.vipPort
	return floatingip.Reassociate(ctx, r.network, fip)
}
