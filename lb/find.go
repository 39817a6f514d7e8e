// SPDX-License-Identifier: Apache-2.0

package lb

import (
	"cmp"
	"context"
	"fmt"
	"net/url"
	"slices"

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
}

// find returns what has that name and our mark, without a root if there is nothing. A
// survey of all that is ours does not tell who else has the name, and no cloud without
// tags answers it: then the name is asked for alone.
func (e *Engine) find(ctx context.Context, s *survey, name string) (family, error) {
	f, err := e.choose(s.balancers[name], name)
	if f.root != nil || err != nil || !s.whole {
		return f, err
	}
	alone := newSurvey()
	if err := alone.read(ctx, e, url.Values{"name": {name}}); err != nil {
		return family{}, err
	}
	return e.choose(alone.balancers[name], name)
}

// choose sorts out load balancers of one name. All Engines choose alike: the oldest
// is the one that counts.
func (e *Engine) choose(found []octavia.Object, name string) (family, error) {
	var ours []octavia.Object
	there := map[string]bool{}
	for _, o := range found {
		if owner, _ := marksOf(o); owner == e.owner {
			ours = append(ours, o)
			there[str(o, "id")] = true
		}
	}
	if len(ours) == 0 && len(found) > 0 {
		other, _ := marksOf(found[0])
		return family{}, fmt.Errorf("%w: %q (%s) has the mark %q", ErrNotOwned, name, str(found[0], "id"), other)
	}
	slices.SortFunc(ours, func(a, b octavia.Object) int {
		return cmp.Or(cmp.Compare(str(a, "created_at"), str(b, "created_at")), cmp.Compare(str(a, "id"), str(b, "id")))
	})
	var f family
	for _, o := range ours {
		replaces := mark.Replaced(tagsOf(o))
		switch {
		case there[replaces] && f.next == nil:
			f.next = o
		case !there[replaces] && f.root == nil:
			f.root = o
		default:
			f.extra = append(f.extra, o)
		}
	}
	return f, nil
}

// marksOf reads the marks of a load balancer: its tags, or, where the cloud has no
// tags, its description.
func marksOf(o octavia.Object) (owner, key string) {
	if owner, key, ok := mark.FromTags(tagsOf(o)); ok {
		return owner, key
	}
	_, owner, key, _ = mark.FromDescription(str(o, "description"))
	return owner, key
}
