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
// is none of that name.
func (e *Engine) find(ctx context.Context, name string) (octavia.Object, error) {
	found, err := collect(octavia.List(ctx, e.octavia, "lbaas/loadbalancers", "loadbalancers", url.Values{"name": {StoredName(name)}}))
	if err != nil {
		return nil, err
	}
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
