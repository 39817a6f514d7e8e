// SPDX-License-Identifier: Apache-2.0

package lb

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/octaviakit/octaviakit/floatingip"
	"github.com/octaviakit/octaviakit/internal/octavia"
)

// Orphan is something that carries the owner's mark and that nobody wants any more.
type Orphan struct {
	Kind Kind   // KindLoadBalancer or KindFloatingIP
	ID   string // of the object
	Name string // of the load balancer that it is, or was made for
	Text string // what a person calls it: the name, the address
}

// Orphans lists what the Engine's owner has and keep does not want: load balancers
// by name, and floating IPs whose load balancer is not kept or does not exist. It
// changes nothing: show the list, then give it to Sweep. An Engine without a
// load-balancer client lists floating IPs alone, one without a network client load
// balancers alone.
//
// Pools without a listener inside a load balancer that is kept are not listed:
// Ensure removes them.
func (e *Engine) Orphans(ctx context.Context, keep func(name string) bool) ([]Orphan, error) {
	ctx = e.paced(ctx)
	if err := e.owned(); err != nil {
		return nil, err
	}
	var out []Orphan
	kept := map[string]bool{}
	if e.octavia != nil {
		for o, err := range octavia.List(ctx, e.octavia, "lbaas/loadbalancers", "loadbalancers", nil) {
			if err != nil {
				return nil, err
			}
			name := str(o, "name")
			switch {
			case !slices.Contains(ownersOf(o), e.owner):
			case keep(name):
				kept[name] = true
			default:
				out = append(out, Orphan{Kind: KindLoadBalancer, ID: str(o, "id"), Name: name, Text: name})
			}
		}
	}
	if e.network == nil {
		return out, nil
	}
	fips, err := floatingip.Owned(ctx, e.network, e.owner)
	for _, f := range fips {
		if !kept[f.Mark.Key] && (f.PortID != "" || !f.Keep) {
			out = append(out, Orphan{Kind: KindFloatingIP, ID: f.ID, Name: f.Mark.Key, Text: f.Address.String()})
		}
	}
	return out, err
}

// Sweep deletes orphans: load balancers with everything below them and their
// floating IPs, and floating IPs that were left alone. Each is looked at again
// before it is deleted, and left alone if it no longer is the owner's. It goes on
// after a failure and returns all of them.
func (e *Engine) Sweep(ctx context.Context, orphans []Orphan) error {
	ctx = e.paced(ctx)
	if err := e.owned(); err != nil {
		return err
	}
	var errs []error
	for _, o := range orphans {
		var err error
		switch o.Kind {
		case KindLoadBalancer:
			err = e.Delete(ctx, o.Name)
		case KindFloatingIP:
			err = floatingip.Release(ctx, e.network, "", floatingip.Spec{}, e.mark(o.Name))
		case KindPool, KindMember, KindHealthMonitor, KindListener, KindL7Policy, KindL7Rule:
			err = &FieldError{Path: "kind", Problem: fmt.Sprintf("is %s; only load balancers and floating IPs are swept", o.Kind)}
		}
		if err != nil {
			errs = append(errs, fmt.Errorf("%s %s: %w", o.Kind, o.Text, err))
		}
	}
	return errors.Join(errs...)
}
