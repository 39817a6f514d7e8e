// SPDX-License-Identifier: Apache-2.0

package lb

import (
	"context"
	"net/url"
	"slices"
	"time"

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
	lists     *lists              // of what is below; nil: each is looked at by itself
	at        time.Time           // what it was at the service when it began; zero: not known
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
		if err := s.read(ctx, e, url.Values{"tags": {mark.Owner(e.owner)}}); err != nil {
			return s, err
		}
		if name == everything || len(names) >= crowd {
			s.lists = newLists(e.octavia, s.projects()...)
		}
		if e.network == nil {
			return s, nil
		}
		var err error
		s.floating, err = floatingip.List(ctx, e.network)
		return s, err
	})
}

// surveyor looks for a name.
type surveyor func(ctx context.Context, name string) (*survey, error)

// recentSurvey is a survey that may have begun before it was asked for, as far as
// WithFreshness allows.
func (e *Engine) recentSurvey(ctx context.Context, name string) (*survey, error) {
	if e.recent.life <= 0 {
		return e.survey(ctx, name)
	}
	return e.recent.look(ctx, e.surveyAll)
}

func (e *Engine) surveyAll(ctx context.Context) (*survey, error) { return e.survey(ctx, everything) }

func (s *survey) read(ctx context.Context, e *Engine, q url.Values) error {
	var clock octavia.Clock
	objects, err := collect(octavia.List(octavia.Dated(ctx, &clock), e.octavia, "lbaas/loadbalancers", "loadbalancers", q))
	s.at = clock.Earliest()
	for _, o := range objects {
		name := str(o, "name")
		s.balancers[name] = append(s.balancers[name], o)
	}
	return err
}

// projects are those that the load balancers are of, sorted: usually one.
func (s *survey) projects() []string {
	var out []string
	for _, os := range s.balancers {
		for _, o := range os {
			out = append(out, str(o, "project_id"))
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// floatingOf returns the floating IP of a port, or a detached one made for the name.
func (s *survey) floatingOf(ctx context.Context, e *Engine, port, name string) (*floatingip.FloatingIP, error) {
	if e.network == nil {
		return nil, nil //nolint:nilnil // none was looked for
	}
	var fip floatingip.FloatingIP
	var found bool
	var err error
	all := s.floating
	if all == nil && e.memory.wishedBare(name) { // the port has none, presumably: then Find would list all, too
		if all, err = floatingip.List(ctx, e.network); err != nil {
			return nil, err
		}
	}
	if all != nil {
		fip, found = all.Find(port, e.mark(name))
	} else {
		fip, found, err = floatingip.Find(ctx, e.network, port, e.mark(name))
	}
	if err != nil || !found {
		return nil, err
	}
	return &fip, nil
}

// fulfilled returns the graph that a survey and the Engine's memory show together, if
// it is as the Spec wishes; nil if it is not.
func (e *Engine) fulfilled(ctx context.Context, s *survey, want Spec) *Graph {
	f, err := e.choose(s.balancers[want.Name], want.Name)
	if err != nil || f.root == nil || f.next != nil || len(f.extra) > 0 {
		return nil
	}
	g, err := e.read(ctx, s, f.root, want.Name, &e.memory)
	if err != nil || g.busy() != nil || len(g.failures()) > 0 {
		return nil
	}
	if plan, err := e.diff(ctx, want, g); err != nil || !plan.Empty() {
		return nil
	}
	e.tellAddress(ctx, g.ID(), g.Name(), e.known(want, g))
	if g.anew {
		e.tellServing(ctx, g.ID(), g.Name(), g.status(), g.listenerIDs())
	}
	e.tellComplete(ctx, g, want)
	return g
}
