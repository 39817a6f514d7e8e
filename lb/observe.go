// SPDX-License-Identifier: Apache-2.0

package lb

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/octaviakit/octaviakit/internal/octavia"
	"github.com/octaviakit/octaviakit/member"
)

// readGraph reads everything below a load balancer that has been found already.
//
// The two lists of listeners and pools are the skeleton: they name policies,
// members and monitors by ID, so classes that are empty cost no call. The status
// tree would not do: it has no L7 objects and no pool without a listener.
// It takes no call if mem knows that nothing changed; else 2, and for what mem does
// not know 1 for each pool with members, 1 for all monitors, 1 for each
// listener with policies and 1 for each policy with rules. Who looks at many load balancers
// shares all but the members and the rules. at is what time it was at the service, not
// later than now; zero: not known.
func readGraph(ctx context.Context, r reader, lb octavia.Object, mem *memory, at time.Time) (*Graph, error) {
	began := moment{here: time.Now(), there: at}
	g := &Graph{root: node(KindLoadBalancer, loadBalancerPath, lb), anew: true}
	if known, ok := mem.recallAll(g.root); ok {
		return known, nil
	}
	err := parallel(ctx,
		func(ctx context.Context) error {
			objects, err := r.listeners(ctx, g.root.ID)
			for _, o := range objects {
				g.listeners = append(g.listeners, listenerNode{Node: node(KindListener, listenerPath(str(o, "name")), o)})
			}
			return err
		},
		func(ctx context.Context) error {
			objects, err := r.pools(ctx, g.root.ID)
			for _, o := range objects {
				g.pools = append(g.pools, poolNode{Node: node(KindPool, poolPath(str(o, "name")), o)})
			}
			return err
		})
	if err != nil {
		return nil, err
	}
	g.sort()
	if err := readLeaves(ctx, r, g, mem); err != nil {
		return nil, err
	}
	mem.keep(g, began)
	return g, nil
}

func (g *Graph) sort() {
	slices.SortFunc(g.listeners, func(a, b listenerNode) int { return nodeOrder(a.Node, b.Node) })
	slices.SortFunc(g.pools, func(a, b poolNode) int { return nodeOrder(a.Node, b.Node) })
}

func readLeaves(ctx context.Context, r reader, g *Graph, mem *memory) error {
	var reads []func(context.Context) error
	var monitored []*poolNode
	for i := range g.pools {
		p := &g.pools[i]
		if known, ok := mem.recall(g.root.ID, p.Node); ok {
			p.members, p.monitor, g.anew = known.members, known.monitor, false
			continue
		}
		if len(refs(p.attrs, "members")) > 0 {
			reads = append(reads, func(ctx context.Context) (err error) {
				p.members, err = member.List(ctx, r.client, p.ID)
				return err
			})
		}
		if str(p.attrs, "healthmonitor_id") != "" {
			monitored = append(monitored, p)
		}
	}
	if len(monitored) > 0 {
		reads = append(reads, func(ctx context.Context) error { return readMonitors(ctx, r, monitored, mem) })
	}
	for i := range g.listeners {
		l := &g.listeners[i]
		if known, ok := mem.recall(g.root.ID, l.Node); ok {
			l.policies, g.anew = known.policies, false
			continue
		}
		if len(refs(l.attrs, "l7policies")) > 0 {
			reads = append(reads, func(ctx context.Context) error { return readPolicies(ctx, r, l) })
		}
	}
	return parallel(ctx, reads...)
}

// readMonitors reads the monitors of pools: one by itself, several by a list of the
// project's, which those who read at the same time share. Octavia can filter monitors
// neither by load balancer nor by several pools.
func readMonitors(ctx context.Context, r reader, pools []*poolNode, mem *memory) error {
	if r.all == nil && len(pools) > 1 {
		var err error
		r.all, err = mem.monitors.Do(ctx, "", func(ctx context.Context, _ []string) (*lists, error) {
			r.all = newLists(r.client)
			_, err := r.monitor(ctx, "")
			return r.all, err
		})
		if err != nil {
			return err
		}
	}
	for _, p := range pools {
		id := str(p.attrs, "healthmonitor_id")
		o, err := r.monitor(ctx, id)
		if err == nil && o == nil {
			o, err = octavia.Get(ctx, r.client, "lbaas/healthmonitors/"+id, "healthmonitor")
		}
		if err != nil {
			return err
		}
		n := node(KindHealthMonitor, monitorPath(p.Name), o)
		p.monitor = &n
	}
	return nil
}

func readPolicies(ctx context.Context, r reader, l *listenerNode) error {
	policies, err := r.policies(ctx, l.ID)
	if err != nil {
		return err
	}
	slices.SortStableFunc(policies, func(a, b octavia.Object) int {
		return cmp.Compare(number(a, "position"), number(b, "position"))
	})
	for _, o := range policies {
		p := policyNode{Node: node(KindL7Policy, policyPath(l.Name, str(o, "name")), o)}
		if len(refs(o, "rules")) > 0 {
			rules, err := collect(octavia.List(ctx, r.client, "lbaas/l7policies/"+p.ID+"/rules", "rules", nil))
			if err != nil {
				return err
			}
			for i, rule := range rules {
				p.rules = append(p.rules, node(KindL7Rule, rulePath(p.Path, i), rule))
			}
		}
		l.policies = append(l.policies, p)
	}
	return nil
}

func node(kind Kind, path string, o octavia.Object) Node {
	return Node{
		Kind: kind, Path: path, ID: str(o, "id"), Name: str(o, "name"),
		Provisioning: str(o, "provisioning_status"), Operating: str(o, "operating_status"), attrs: o,
	}
}

func nodeOrder(a, b Node) int {
	return cmp.Or(cmp.Compare(a.Name, b.Name), cmp.Compare(a.ID, b.ID))
}

// objects reads a list of objects.
func objects(o octavia.Object, key string) []octavia.Object {
	items, _ := o[key].([]any)
	out := make([]octavia.Object, 0, len(items))
	for _, item := range items {
		if m, ok := item.(map[string]any); ok {
			out = append(out, m)
		}
	}
	return out
}

// refs reads a list of {"id": …}.
func refs(o octavia.Object, key string) []string {
	var out []string
	for _, m := range objects(o, key) {
		out = append(out, str(m, "id"))
	}
	return out
}

func number(o octavia.Object, key string) float64 {
	n, _ := o[key].(float64)
	return n
}

func collect(seq func(yield func(octavia.Object, error) bool)) ([]octavia.Object, error) {
	var out []octavia.Object
	for o, err := range seq {
		if err != nil {
			return nil, fmt.Errorf("reading: %w", err)
		}
		out = append(out, o)
	}
	return out, nil
}
