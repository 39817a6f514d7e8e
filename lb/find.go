// SPDX-License-Identifier: Apache-2.0

package lb

import (
	"context"
	"fmt"
	"net/url"

	"github.com/octaviakit/octaviakit/internal/mark"
	"github.com/octaviakit/octaviakit/internal/octavia"
)

// find returns the load balancer of that name which carries our mark, nil if there
// is none of that name. A survey of all that is ours does not tell who else has the
// name, and no cloud without tags answers it: then the name is asked for alone.
func (e *Engine) find(ctx context.Context, s *survey, name string) (octavia.Object, error) {
	o, err := e.choose(s.balancers[name], name)
	if o != nil || err != nil || !s.whole {
		return o, err
	}
	alone := newSurvey()
	if err := alone.read(ctx, e, url.Values{"name": {name}}); err != nil {
		return nil, err
	}
	return e.choose(alone.balancers[name], name)
}

// choose picks among load balancers of one name.
func (e *Engine) choose(found []octavia.Object, name string) (octavia.Object, error) {
	var ours []octavia.Object
	for _, o := range found {
		if owner, _ := marksOf(o); owner == e.owner {
			ours = append(ours, o)
		}
	}
	switch {
	case len(ours) > 1:
		return nil, fmt.Errorf("%w: %q: %s and %s", ErrAmbiguous, name, str(ours[0], "id"), str(ours[1], "id"))
	case len(ours) == 1:
		return ours[0], nil
	case len(found) > 0:
		other, _ := marksOf(found[0])
		return nil, fmt.Errorf("%w: %q (%s) has the mark %q", ErrNotOwned, name, str(found[0], "id"), other)
	}
	return nil, nil
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
