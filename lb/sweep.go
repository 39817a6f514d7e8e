// SPDX-License-Identifier: Apache-2.0

package lb

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/octaviakit/octaviakit/internal/fault"
	"github.com/octaviakit/octaviakit/internal/mark"
	"github.com/octaviakit/octaviakit/internal/octavia"
	"github.com/octaviakit/octaviakit/provider"
)

// Orphan is something that carries the owner's mark and that nobody wants any more.
type Orphan struct {
	Kind Kind   // KindLoadBalancer, KindPool or KindFloatingIP
	ID   string // of the object
	Name string // of the load balancer that it is, is in, or was made for
	Text string // what a person calls it: the name, the address
}

// Orphans lists what the Engine's owner has and keep does not want: load balancers
// by name, pools that nothing sends traffic to inside those that are kept, and floating IPs
// that were made for a name which keep does not want, but for those that somebody has given
// to a load balancer or device that stays. It changes nothing: show the list,
// then give it to Sweep. An Engine without a load-balancer client, and a cloud without
// Octavia, have floating IPs alone; an Engine without a network client load balancers alone.
//
// A pool that a Spec wants without a listener is listed, too; the next Ensure makes it again.
func (e *Engine) Orphans(ctx context.Context, keep func(name string) bool) ([]Orphan, error) {
	ctx = e.paced(ctx)
	if err := e.owned(); err != nil {
		return nil, err
	}
	if keep == nil {
		return nil, &FieldError{Path: "keep", Problem: "is nil; say which names are wanted, none by a function that returns false"}
	}
	out, has, err := e.orphanBalancers(ctx, keep)
	if err != nil {
		return nil, err
	}
	pools, err := e.orphanPools(ctx, has.kept)
	if err != nil {
		return nil, err
	}
	addresses, err := e.orphanAddresses(ctx, keep, has)
	if err != nil {
		return nil, err
	}
	return slices.Concat(out, pools, addresses), nil
}

// estate is what a cloud has of load balancers.
type estate struct {
	kept  map[string]octavia.Object // the owner's that are wanted, by name
	ports map[string]bool           // VIP ports of all; true: of one that is not wanted
}

// orphanBalancers lists load balancers that are not wanted. A cloud without Octavia has none.
func (e *Engine) orphanBalancers(ctx context.Context, keep func(name string) bool) ([]Orphan, estate, error) {
	var out []Orphan
	has := estate{kept: map[string]octavia.Object{}, ports: map[string]bool{}}
	if e.octavia == nil {
		return nil, has, nil
	}
	all, err := collect(octavia.List(ctx, e.octavia, "lbaas/loadbalancers", "loadbalancers", nil))
	if err != nil && !fault.Is(err, fault.NotFound) {
		return nil, has, err
	}
	for _, o := range all {
		name, ours := nameOf(o), slices.Contains(ownersOf(o), e.owner)
		unwanted := ours && !keep(name)
		has.ports[str(o, "vip_port_id")] = unwanted
		switch {
		case unwanted:
			out = append(out, Orphan{Kind: KindLoadBalancer, ID: str(o, "id"), Name: name, Text: name})
		case ours:
			has.kept[name] = o
		}
	}
	return out, has, nil
}

// orphanPools lists pools of the owner's that neither a listener nor a policy names.
func (e *Engine) orphanPools(ctx context.Context, kept map[string]octavia.Object) ([]Orphan, error) {
	if len(kept) == 0 {
		return nil, nil
	}
	name := map[string]string{} // by ID
	for n, o := range kept {
		name[str(o, "id")] = n
	}
	pools, err := collect(octavia.List(ctx, e.octavia, "lbaas/pools", "pools", nil))
	if err != nil {
		return nil, err
	}
	var out []Orphan
	for _, p := range pools {
		if of, ours := name[parentOf(p)]; ours && idle(p) && e.ownsPool(p, kept[of]) {
			out = append(out, Orphan{Kind: KindPool, ID: str(p, "id"), Name: of, Text: str(p, "name")})
		}
	}
	if len(out) == 0 {
		return nil, nil
	}
	policies, err := collect(octavia.List(ctx, e.octavia, "lbaas/l7policies", "l7policies", nil))
	return slices.DeleteFunc(out, func(o Orphan) bool {
		return slices.ContainsFunc(policies, func(p octavia.Object) bool { return str(p, "redirect_pool_id") == o.ID })
	}), err
}

func parentOf(o octavia.Object) string {
	if ids := refs(o, "loadbalancers"); len(ids) > 0 {
		return ids[0]
	}
	return ""
}

// idle reports whether a pool is settled and no listener names it.
func idle(p octavia.Object) bool {
	return len(refs(p, "listeners")) == 0 && !isPending(str(p, "provisioning_status"))
}

// ownsPool reports whether a pool of a load balancer is the owner's: all are, but of one
// that is shared those with the mark.
func (e *Engine) ownsPool(p, balancer octavia.Object) bool {
	if mark.SharedAs(tagsOf(balancer)) == "" {
		return slices.Contains(ownersOf(balancer), e.owner)
	}
	return slices.Contains(mark.Owners(tagsOf(p)), e.owner)
}

// sweepPool deletes a pool, as a plan would, if it still is the owner's and nothing names it.
func (e *Engine) sweepPool(ctx context.Context, o Orphan) error {
	g, err := e.observe(ctx, o.Name)
	if err != nil || g == nil {
		return err
	}
	i := slices.IndexFunc(g.pools, func(p poolNode) bool { return p.ID == o.ID })
	if i < 0 || g.named(o.ID) {
		return nil
	}
	var caps provider.Capabilities
	if slices.ContainsFunc(g.pools, func(p poolNode) bool { return p.monitor != nil }) { // see endWatch and rest
		if caps, err = e.caps.of(ctx, g.Provider()); err != nil {
			return err
		}
	}
	want := g.Spec()
	want.Name, want.Pools = o.Name, slices.Delete(want.Pools, i, i+1)
	d := newDiffer(e.owner, want, g, caps)
	d.oldPools, d.oldLists = g.pools[i:i+1], nil
	d.chooseRests()
	d.rest()
	d.removeRest()
	d.probeAgain()
	err = e.run(ctx, d.plan, g)
	e.recent.spoil()
	return err
}

// named reports whether anybody's listener or policy sends traffic to a pool.
func (g *Graph) named(pool string) bool {
	return slices.ContainsFunc(slices.Concat(g.listeners, g.others.listeners), func(l listenerNode) bool {
		return str(l.attrs, "default_pool_id") == pool ||
			slices.ContainsFunc(l.policies, func(p policyNode) bool { return str(p.attrs, "redirect_pool_id") == pool })
	})
}

// Sweep deletes orphans: load balancers with everything below them and their
// floating IPs, pools, and floating IPs that were left alone. Each is looked at again
// before it is deleted, by its ID, and left alone if it no longer is the owner's or has come
// into use: what was made anew under the name since then is not what was listed. It goes on
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
			err = e.sweepBalancer(ctx, o)
		case KindFloatingIP:
			err = e.sweepAddress(ctx, o.ID)
		case KindPool:
			err = e.sweepPool(ctx, o)
		case KindMember, KindHealthMonitor, KindListener, KindL7Policy, KindL7Rule:
			err = &FieldError{Path: "kind", Problem: fmt.Sprintf("is %s; only load balancers, pools and floating IPs are swept", o.Kind)}
		}
		if err != nil {
			errs = append(errs, fmt.Errorf("%s %s: %w", o.Kind, o.Text, err))
		}
	}
	return errors.Join(errs...)
}
