// SPDX-License-Identifier: Apache-2.0

package waiter

import (
	"context"
	"net/url"
	"slices"

	"github.com/octaviakit/octaviakit/internal/octavia"
)

// readAlso reads what the tree omits. An object that is gone is settled.
func (r *run) readAlso(ctx context.Context, tree *Status) (*Status, error) {
	s := &Status{Objects: slices.Clone(tree.Objects)}
	omitted, err := r.omitted(ctx)
	if err != nil {
		return nil, err
	}
	for _, p := range leavingLast(slices.Concat(r.also, omitted)) {
		if i := slices.IndexFunc(s.Objects, func(o Object) bool { return o.ID == p.id }); i >= 0 {
			s.Objects[i] = p.seen(s.Objects[i])
			continue
		}
		if p.leaving && s.wouldShow(p) {
			continue
		}
		if err := r.readPlace(ctx, s, p); err != nil {
			return nil, err
		}
	}
	return s, nil
}

// leavingLast puts what is to be gone behind what may show that it is.
func leavingLast(places []place) []place {
	stays := func(p place) bool { return !p.leaving }
	return append(slices.DeleteFunc(slices.Clone(places), func(p place) bool { return p.leaving }),
		slices.DeleteFunc(slices.Clone(places), stays)...)
}

// wouldShow reports whether s would have the object if it were there: the tree has all
// listeners, and with a pool, all its members.
func (s *Status) wouldShow(p place) bool {
	_, in := s.Find(p.parent)
	return p.kind == "listener" || p.kind == "member" && in
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
	switch {
	case p.kind == "pool":
		return r.readWithin(ctx, s, p, o)
	case p.kind == "l7policy" && r.o.whole:
		return r.readList(ctx, s, p, "l7rule", "rules")
	}
	return nil
}

// omitted finds what the tree does not show, for a wait that wants to know the whole.
// What it does show is among it, and is not read again.
func (r *run) omitted(ctx context.Context) ([]place, error) {
	if !r.o.whole {
		return nil, nil
	}
	var out []place
	below := func(fields ...string) url.Values { return url.Values{"loadbalancer_id": {r.id}, "fields": fields} }
	r.attempts += 2
	err := r.w.each(ctx, "lbaas/pools", "pools", below("id"), func(o octavia.Object) {
		p, _ := parsePath("lbaas/pools/" + parseObject("pool", "", o).ID)
		out = append(out, p)
	})
	if err != nil {
		return nil, err
	}
	err = r.w.each(ctx, "lbaas/listeners", "listeners", below("id", "l7policies"), func(o octavia.Object) {
		for _, id := range ids(o, "l7policies") {
			p, _ := parsePath("lbaas/l7policies/" + id)
			out = append(out, p)
		}
	})
	return out, err
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
		if err := r.readList(ctx, s, pool, "member", "members"); err != nil {
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

// readList reads the objects of a kind that an object holds.
func (r *run) readList(ctx context.Context, s *Status, in place, kind, key string) error {
	r.attempts++
	err := r.w.each(ctx, in.path+"/"+key, key, nil, func(o octavia.Object) {
		s.add(in.seen(parseObject(kind, in.id, o)))
	})
	if missing(err) { // it went in between
		return nil
	}
	return err
}
