// SPDX-License-Identifier: Apache-2.0

package waiter

import (
	"context"
	"slices"

	"github.com/octaviakit/octaviakit/internal/octavia"
)

// readAlso reads what the tree omits. An object that is gone is settled.
func (r *run) readAlso(ctx context.Context, tree *Status) (*Status, error) {
	s := &Status{Objects: slices.Clone(tree.Objects)}
	for _, p := range r.also {
		if i := slices.IndexFunc(s.Objects, func(o Object) bool { return o.ID == p.id }); i >= 0 {
			s.Objects[i] = p.seen(s.Objects[i])
			continue
		}
		if p.leaving && p.kind == "listener" { // the tree would have it
			continue
		}
		if err := r.readPlace(ctx, s, p); err != nil {
			return nil, err
		}
	}
	return s, nil
}

func (r *run) readPlace(ctx context.Context, s *Status, p place) error {
	o, err := r.get(ctx, p)
	switch {
	case missing(err):
		return nil
	case err != nil:
		return err
	}
	s.add(p.seen(parseObject(p.kind, p.parent, o)))
	if p.kind != "pool" {
		return nil
	}
	return r.readWithin(ctx, s, p, o)
}

// seen is how an object counts: what was deleted is on its way out as long as it is there.
func (p place) seen(o Object) Object {
	if p.leaving && o.Provisioning != statusError {
		o.Provisioning = "PENDING_DELETE"
	}
	return o
}

func (r *run) get(ctx context.Context, p place) (octavia.Object, error) {
	defer r.w.gate.pass(ctx)()
	ctx, cancel := context.WithTimeout(ctx, readLimit)
	defer cancel()
	r.attempts++
	return octavia.Get(ctx, r.w.client, p.path, p.key)
}

// readWithin reads what is in a pool: the driver may be working on the members
// although the pool is ACTIVE already.
func (r *run) readWithin(ctx context.Context, s *Status, pool place, o octavia.Object) error {
	if members, _ := o["members"].([]any); len(members) > 0 {
		if err := r.readMembers(ctx, s, pool); err != nil {
			return err
		}
	}
	if id, _ := o["healthmonitor_id"].(string); id != "" {
		return r.readPlace(ctx, s, place{
			kind: "healthmonitor", key: "healthmonitor", path: "lbaas/healthmonitors/" + id, id: id, leaving: pool.leaving,
		})
	}
	return nil
}

func (r *run) readMembers(ctx context.Context, s *Status, pool place) error {
	defer r.w.gate.pass(ctx)()
	ctx, cancel := context.WithTimeout(ctx, readLimit)
	defer cancel()
	r.attempts++
	for m, err := range octavia.List(ctx, r.w.client, pool.path+"/members", "members", nil) {
		switch {
		case missing(err): // the pool went in between
			return nil
		case err != nil:
			return err
		}
		s.add(pool.seen(parseObject("member", pool.id, m)))
	}
	return nil
}
