// SPDX-License-Identifier: Apache-2.0

package lb

import (
	"context"
	"net/url"
	"slices"
	"strings"

	"github.com/octaviakit/octaviakit/floatingip"
	"github.com/octaviakit/octaviakit/internal/fault"
	"github.com/octaviakit/octaviakit/internal/octavia"
)

// orphanAddresses lists floating IPs of the owner's that were made for a name nobody
// wants. What is bound, and not to a load balancer that goes, somebody may have moved: then
// it is an orphan only if nothing uses its port.
func (e *Engine) orphanAddresses(ctx context.Context, keep func(name string) bool, has estate) ([]Orphan, error) {
	if e.network == nil {
		return nil, nil
	}
	wanted := map[string]bool{} // keys, which stand for names
	for name := range has.kept {
		wanted[keyOf(e.owner, name)] = true
	}
	fips, err := floatingip.Owned(ctx, e.network, e.owner)
	if err != nil {
		return nil, err
	}
	var out []Orphan
	for _, f := range fips {
		key := f.Mark.Key
		if wanted[key] || !strings.HasPrefix(key, hashed) && keep(key) || f.Keep && f.PortID == "" {
			continue
		}
		unwanted, known := has.ports[f.PortID]
		if f.PortID != "" && !known {
			if unwanted, err = e.idlePort(ctx, f.PortID); err != nil {
				return nil, err
			}
		}
		if f.PortID == "" || unwanted {
			out = append(out, Orphan{Kind: KindFloatingIP, ID: f.ID, Name: key, Text: f.Address.String()})
		}
	}
	return out, nil
}

// idlePort reports whether no device uses a port: it was the caller's, and has outlived its
// load balancer, or it is gone.
func (e *Engine) idlePort(ctx context.Context, id string) (bool, error) {
	port, err := octavia.Get(ctx, e.network, "ports/"+id, "port")
	if fault.Is(err, fault.NotFound) {
		return true, nil
	}
	made := strings.HasPrefix(str(port, "name"), "ovn-lb-vip-") // by the ovn driver, which names no owner
	return !made && str(port, "device_owner") == "" && err == nil, err
}

// sweepBalancer deletes a load balancer if it is there and still the owner's.
func (e *Engine) sweepBalancer(ctx context.Context, o Orphan) error {
	if err := e.usable(o.Name); err != nil {
		return err
	}
	now, err := octavia.Get(ctx, e.octavia, "lbaas/loadbalancers/"+o.ID, "loadbalancer")
	switch {
	case fault.Is(err, fault.NotFound):
		return nil
	case err != nil:
		return err
	case !slices.Contains(ownersOf(now), e.owner):
		return nil
	}
	return e.Delete(ctx, o.Name)
}

// sweepAddress releases a floating IP if it still is the owner's and nothing uses it.
func (e *Engine) sweepAddress(ctx context.Context, id string) error {
	fips, err := floatingip.Owned(ctx, e.network, e.owner)
	i := slices.IndexFunc(fips, func(f floatingip.FloatingIP) bool { return f.ID == id })
	if err != nil || i < 0 {
		return err
	}
	f := fips[i]
	if f.PortID != "" {
		if idle, err := e.idlePort(ctx, f.PortID); err != nil || !idle {
			return err
		}
		if serves, err := e.servesOn(ctx, f.PortID); err != nil || serves {
			return err
		}
	}
	return floatingip.Discard(ctx, e.network, f)
}

// servesOn reports whether a load balancer, whosoever, has its VIP on a port.
func (e *Engine) servesOn(ctx context.Context, port string) (bool, error) {
	if e.octavia == nil {
		return false, nil
	}
	found, err := collect(octavia.List(ctx, e.octavia, "lbaas/loadbalancers", "loadbalancers", url.Values{"vip_port_id": {port}}))
	if fault.Is(err, fault.NotFound) {
		return false, nil
	}
	return len(found) > 0, err
}
