// SPDX-License-Identifier: Apache-2.0

package lb

import (
	"cmp"
	"context"
	"fmt"
	"net/url"
	"slices"
	"strings"

	"github.com/octaviakit/octaviakit/floatingip"
	"github.com/octaviakit/octaviakit/internal/fault"
	"github.com/octaviakit/octaviakit/internal/mark"
	"github.com/octaviakit/octaviakit/internal/octavia"
)

// family is what carries one name and our mark: usually one load balancer. While it is
// being replaced there are two, and a POST whose reply was lost, or two programs that
// began at the same moment, may have made more.
type family struct {
	root  octavia.Object
	next  octavia.Object   // to take the root's place
	extra []octavia.Object // made twice; younger than the root
	open  []octavia.Object // others that could be joined instead, if the root is not ours but shared
}

// find returns what has that name and our mark, without a root if there is nothing. A
// survey of all that is ours does not tell who else has the name, and no cloud without
// tags answers it: then the name is asked for alone. What somebody has renamed is found
// by its mark.
func (e *Engine) find(ctx context.Context, s *survey, name string) (family, error) {
	f, err := e.choose(s.balancers[name], name)
	if f.root != nil || err != nil {
		return f, err
	}
	if s.whole {
		alone := newSurvey()
		if err := alone.read(ctx, e, url.Values{"name": {name}}); err != nil {
			return family{}, err
		}
		if f, err = e.choose(alone.balancers[name], name); f.root != nil || err != nil {
			return f, err
		}
	}
	return e.renamed(ctx, name)
}

// renamed finds a load balancer of ours that was made under a name and has another by now.
func (e *Engine) renamed(ctx context.Context, name string) (family, error) {
	tags := mark.Tags(e.owner, keyOf(e.owner, name))
	found, err := collect(octavia.List(ctx, e.octavia, "lbaas/loadbalancers", "loadbalancers", url.Values{"tags": {strings.Join(tags, ",")}}))
	switch {
	case fault.Is(err, fault.Invalid): // a cloud without tags
		return family{}, nil
	case err != nil:
		return family{}, err
	}
	return e.choose(found, name)
}

// choose sorts out load balancers of one name. All Engines choose alike: the oldest
// is the one that counts. Where none is ours but others share theirs, it is that one.
func (e *Engine) choose(found []octavia.Object, name string) (family, error) {
	var ours, open []octavia.Object
	there := map[string]bool{}
	for _, o := range found {
		switch {
		case slices.Contains(ownersOf(o), e.owner):
			ours = append(ours, o)
			there[str(o, "id")] = true
		case mark.SharedAs(tagsOf(o)) != "":
			open = append(open, o)
		}
	}
	if len(ours)+len(open) == 0 && len(found) > 0 {
		return family{}, fmt.Errorf("%w: %q (%s) has the mark %q",
			ErrNotOwned, name, str(found[0], "id"), strings.Join(ownersOf(found[0]), ", "))
	}
	slices.SortFunc(ours, byAge)
	if len(ours) == 0 && len(open) > 0 {
		slices.SortFunc(open, byAge)
		return family{root: open[0], open: open[1:]}, nil
	}
	var f family
	for _, o := range ours {
		replaces := mark.Replaced(tagsOf(o))
		switch {
		case there[replaces] && f.next == nil:
			f.next = o
		case !there[replaces] && f.root == nil:
			f.root = o
		case len(ownersOf(o)) == 1: // else somebody else's, too
			f.extra = append(f.extra, o)
		}
	}
	return f, nil
}

func byAge(a, b octavia.Object) int {
	return cmp.Or(cmp.Compare(str(a, "created_at"), str(b, "created_at")), cmp.Compare(str(a, "id"), str(b, "id")))
}

// inUse makes the one of several that has our floating IP the root: clients know its
// address. Where several have one, or somebody else's, it is no guess of ours.
func (e *Engine) inUse(ctx context.Context, s *survey, f family, name string) (family, error) {
	if len(f.open) > 0 {
		return e.worthJoining(ctx, s, f, name)
	}
	if len(f.extra) == 0 {
		return f, nil
	}
	all := append([]octavia.Object{f.root}, f.extra...)
	used := -1
	for i, o := range all {
		port := str(o, "vip_port_id")
		fip, err := s.floatingOf(ctx, e, port, name)
		switch {
		case err != nil:
			return family{}, err
		case fip == nil || fip.PortID != port:
		case used >= 0, i > 0 && !e.sharesMark(o, fip.Mark, name):
			return family{}, fmt.Errorf("%w: %q: %s and %s, which has the floating IP %s",
				ErrAmbiguous, name, str(all[max(used, 0)], "id"), str(o, "id"), fip.Address)
		default:
			used = i
		}
	}
	if used > 0 {
		f.root = all[used]
		f.extra = slices.Delete(all, used, used+1)
	}
	return f, nil
}

// worthJoining chooses among several that others share the one that has an address, as its
// owners do.
func (e *Engine) worthJoining(ctx context.Context, s *survey, f family, name string) (family, error) {
	for _, o := range append([]octavia.Object{f.root}, f.open...) {
		port := str(o, "vip_port_id")
		fip, err := s.floatingOf(ctx, e, port, name)
		if err != nil {
			return family{}, err
		}
		if fip != nil && fip.PortID == port {
			f.root = o
			break
		}
	}
	return f, nil
}

// sharesMark reports whether a floating IP is ours or one that came with a share.
func (e *Engine) sharesMark(o octavia.Object, m floatingip.Mark, name string) bool {
	mine := e.mark(name)
	return m == mine || mark.SharedAs(tagsOf(o)) != "" && m.Key == mine.Key
}

// ownersOf reads the marks of a load balancer: its tags, or, where the cloud has no
// tags, its description. Several owners share it.
func ownersOf(o octavia.Object) []string {
	if owners := mark.Owners(tagsOf(o)); len(owners) > 0 {
		return owners
	}
	if _, owner, _, ok := mark.FromDescription(str(o, "description")); ok {
		return []string{owner}
	}
	return nil
}

// nameOf is the name that the owner knows a load balancer by: its own, unless somebody has
// renamed it and the mark tells.
func nameOf(o octavia.Object) string {
	_, key, _ := mark.FromTags(tagsOf(o))
	if key == "" || strings.HasPrefix(key, hashed) {
		return str(o, "name")
	}
	return key
}
