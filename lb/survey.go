// SPDX-License-Identifier: Apache-2.0

package lb

import (
	"context"
	"net/url"
	"slices"

	"github.com/octaviakit/octaviakit/floatingip"
	"github.com/octaviakit/octaviakit/internal/mark"
	"github.com/octaviakit/octaviakit/internal/octavia"
)

// everything, asked for instead of a name, makes a survey of all the owner has.
const everything = ""

// survey is one look at load balancers, without what is below them: at one name, or
// at all that the owner has, if several were asked for at the same time.
type survey struct {
	whole     bool   // of all that the owner has
	asked     uint64 // how many wishes there were when it began
	balancers map[string][]octavia.Object
	floating  *floatingip.Listing // nil: not read
}

func newSurvey() *survey { return &survey{balancers: map[string][]octavia.Object{}} }

// survey looks for a name. Those who ask at the same time share the calls, so that
// a resync of many load balancers costs a few lists and not two calls for each.
func (e *Engine) survey(ctx context.Context, name string) (*survey, error) {
	return e.surveys.Do(ctx, name, func(ctx context.Context, names []string) (*survey, error) {
		s := newSurvey()
		s.asked = e.wishes.Load()
		names = slices.Compact(slices.Sorted(slices.Values(names)))
		if len(names) == 1 && name != everything {
			return s, s.read(ctx, e, url.Values{"name": {name}})
		}
		s.whole = true
		if err := s.read(ctx, e, url.Values{"tags": {mark.Owner(e.owner)}}); err != nil || e.network == nil {
			return s, err
		}
		var err error
		s.floating, err = floatingip.List(ctx, e.network)
		return s, err
	})
}

func (s *survey) read(ctx context.Context, e *Engine, q url.Values) error {
	objects, err := collect(octavia.List(ctx, e.octavia, "lbaas/loadbalancers", "loadbalancers", q))
	for _, o := range objects {
		name := str(o, "name")
		s.balancers[name] = append(s.balancers[name], o)
	}
	return err
}

// floatingOf returns the floating IP of a port, or a detached one made for the name.
func (s *survey) floatingOf(ctx context.Context, e *Engine, port, name string) (*floatingip.FloatingIP, error) {
	if e.network == nil {
		return nil, nil //nolint:nilnil // none was looked for
	}
	var fip floatingip.FloatingIP
	var found bool
	var err error
	if s.floating != nil {
		fip, found = s.floating.Find(port, e.mark(name))
	} else {
		octavia.Slot(ctx)
		fip, found, err = floatingip.Find(ctx, e.network, port, e.mark(name))
	}
	if err != nil || !found {
		return nil, err
	}
	return &fip, nil
}

// fulfilled returns the graph that a survey and the Engine's memory show together, if
// it is as the Spec wishes; nil if it is not, or if anything would have to be read.
func (e *Engine) fulfilled(ctx context.Context, s *survey, want Spec) *Graph {
	f, err := e.choose(s.balancers[want.Name], want.Name)
	if err != nil || f.root == nil || f.next != nil || len(f.extra) > 0 {
		return nil
	}
	g, ok := e.memory.recallAll(node(KindLoadBalancer, loadBalancerPath, f.root))
	if !ok {
		return nil
	}
	g = g.scope(e.owner)
	if g.floating, err = s.floatingOf(ctx, e, g.VIPPortID(), want.Name); err != nil {
		return nil
	}
	if plan, err := e.diff(ctx, want, g); err != nil || !plan.Empty() {
		return nil
	}
	e.tellComplete(ctx, g, want)
	return g
}
