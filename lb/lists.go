// SPDX-License-Identifier: Apache-2.0

package lb

import (
	"context"
	"net/url"

	"github.com/gophercloud/gophercloud/v2"

	"github.com/octaviakit/octaviakit/internal/octavia"
)

// lists are the project's listeners, pools, monitors and policies, each read at most once,
// when first asked for: for who looks at many load balancers at the same time. Members and
// rules have no lists but their parents'.
type lists struct {
	client *gophercloud.ServiceClient
	filter url.Values // by project, if the load balancers are of one

	listeners, pools, monitors, policies shelf
}

func newLists(c *gophercloud.ServiceClient, projects ...string) *lists {
	l := &lists{client: c}
	if len(projects) == 1 && projects[0] != "" {
		l.filter = url.Values{"project_id": projects}
	}
	for _, s := range []*shelf{&l.listeners, &l.pools, &l.monitors, &l.policies} {
		s.turn = make(chan struct{}, 1)
		s.turn <- struct{}{}
	}
	return l
}

// shelf is one list, by what its objects belong to.
type shelf struct {
	turn chan struct{} // holds one token: whoever has it may look at the rest
	by   map[string][]octavia.Object
}

// of returns the objects of one list that belong to an ID. A list that cannot be read is
// tried again by the next who asks.
func (l *lists) of(ctx context.Context, s *shelf, collection, id string, belongs func(octavia.Object) string) ([]octavia.Object, error) {
	select {
	case <-s.turn:
		defer func() { s.turn <- struct{}{} }()
	case <-ctx.Done():
		return nil, context.Cause(ctx)
	}
	if s.by == nil {
		all, err := collect(octavia.List(ctx, l.client, "lbaas/"+collection, collection, l.filter))
		if err != nil {
			return nil, err
		}
		s.by = map[string][]octavia.Object{}
		for _, o := range all {
			s.by[belongs(o)] = append(s.by[belongs(o)], o)
		}
	}
	return s.by[id], nil
}

// reader reads what is below one load balancer, by its own lists or by those of all.
type reader struct {
	client *gophercloud.ServiceClient
	all    *lists // nil: by its own
}

func (r reader) listeners(ctx context.Context, lb string) ([]octavia.Object, error) {
	if r.all != nil {
		return r.all.of(ctx, &r.all.listeners, "listeners", lb, parentOf)
	}
	return collect(octavia.List(ctx, r.client, "lbaas/listeners", "listeners", url.Values{"loadbalancer_id": {lb}}))
}

func (r reader) pools(ctx context.Context, lb string) ([]octavia.Object, error) {
	if r.all != nil {
		return r.all.of(ctx, &r.all.pools, "pools", lb, parentOf)
	}
	return collect(octavia.List(ctx, r.client, "lbaas/pools", "pools", url.Values{"loadbalancer_id": {lb}}))
}

func (r reader) policies(ctx context.Context, listener string) ([]octavia.Object, error) {
	if r.all != nil {
		return r.all.of(ctx, &r.all.policies, "l7policies", listener, func(o octavia.Object) string { return str(o, "listener_id") })
	}
	return collect(octavia.List(ctx, r.client, "lbaas/l7policies", "l7policies", url.Values{"listener_id": {listener}}))
}

// monitor returns a monitor, nil if no list of all shows it.
func (r reader) monitor(ctx context.Context, id string) (octavia.Object, error) {
	if r.all == nil {
		return nil, nil
	}
	found, err := r.all.of(ctx, &r.all.monitors, "healthmonitors", id, func(o octavia.Object) string { return str(o, "id") })
	if err != nil || len(found) == 0 {
		return nil, err
	}
	return found[0], nil
}
