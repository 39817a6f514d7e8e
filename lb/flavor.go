// SPDX-License-Identifier: Apache-2.0

package lb

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"

	"github.com/octaviakit/octaviakit/internal/octavia"
)

// flavors remembers the IDs of flavors by name. Names are unique and operators
// seldom change them; a name that is not known is looked up again.
type flavors struct {
	mu  sync.Mutex
	ids map[string]string
}

// flavorID returns s with its flavor's ID in the place of a name: Octavia takes IDs
// only. It costs one call for each name, once.
func (e *Engine) flavorID(ctx context.Context, s Spec) (Spec, error) {
	if s.Flavor == "" || octavia.IsID(s.Flavor) {
		return s, nil
	}
	if id, ok := e.flavors.recall(s.Flavor); ok {
		s.Flavor = id
		return s, nil
	}
	found, err := collect(octavia.List(ctx, e.octavia, "lbaas/flavors", "flavors", nil))
	if err != nil {
		return s, err
	}
	ids := map[string]string{}
	for _, f := range found {
		ids[str(f, "name")] = str(f, "id")
	}
	e.flavors.keep(ids)
	id, ok := ids[s.Flavor]
	if !ok {
		known := slices.Sorted(maps.Keys(ids))
		return s, &FieldError{
			Path: "flavor", Problem: fmt.Sprintf("%q is no flavor of this cloud; there are: %s", s.Flavor, strings.Join(known, ", ")),
		}
	}
	s.Flavor = id
	return s, nil
}

func (f *flavors) recall(name string) (string, bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	id, ok := f.ids[name]
	return id, ok
}

func (f *flavors) keep(ids map[string]string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.ids = ids
}
