// SPDX-License-Identifier: Apache-2.0

package lb

import (
	"context"
	"fmt"
	"slices"
	"sync"

	"github.com/octaviakit/octaviakit/internal/octavia"
)

// A load balancer that is in ERROR is made anew in the place of the old one and asks for
// its addresses, which its clients know: for that of an internal one, and for those of
// additional VIPs, which no floating IP stands for. Between the two calls nothing in the cloud
// tells them, so the Engine remembers them for whoever goes on: a Step, or an Ensure
// after a lost reply. Somebody else may take one meanwhile: then it is made with others.

// vacated are VIPs whose addresses are to be asked for again, by name.
type vacated struct {
	mu sync.Mutex
	by map[string]VIP
}

// set notes a VIP; one without addresses forgets it.
func (v *vacated) set(name string, old VIP) {
	v.mu.Lock()
	defer v.mu.Unlock()
	if v.by == nil {
		v.by = map[string]VIP{}
	}
	if v.by[name] = old; len(old.addresses()) == 0 {
		delete(v.by, name)
	}
}

func (v *vacated) of(name string) VIP {
	v.mu.Lock()
	defer v.mu.Unlock()
	return v.by[name]
}

// comesBack is a Spec for what does not exist, and the addresses that it shall have again.
func (e *Engine) comesBack(s Spec) (Spec, VIP) { return s.again(e.vacated.of(StoredName(s.Name))) }

// again is a Spec that asks for the addresses of an old VIP where it names none, and what it
// asks for.
func (s Spec) again(old VIP) (Spec, VIP) {
	var asked VIP
	if s.takesAddress() && old.Address.IsValid() {
		s.VIP.Address, asked.Address = old.Address, old.Address
	}
	s.VIP.Additional = slices.Clone(s.VIP.Additional)
	for i, v := range s.VIP.Additional {
		for _, o := range old.Additional {
			if !v.Address.IsValid() && o.Address.IsValid() && octavia.ID(v.SubnetID) == o.SubnetID {
				s.VIP.Additional[i].Address = o.Address
				asked.Additional = append(asked.Additional, o)
			}
		}
	}
	return s, asked
}

// takesAddress reports whether clients know a load balancer by an address that the Spec does
// not name.
func (s Spec) takesAddress() bool {
	return s.FloatingIP == nil && s.VIP.PortID == "" && s.VIP.SubnetID != "" && !s.VIP.Address.IsValid()
}

// unavailable is ErrStale if a load balancer was refused that asked for an address which the
// Spec does not name.
func (r *run) unavailable(ctx context.Context, err error) error {
	if again := r.plan.vacates.addresses(); len(again) > 0 && ctx.Err() == nil && !worthAnotherRound(err) {
		r.vacated.set(r.plan.name, VIP{})
		return fmt.Errorf("%w: %q cannot have %v again: %w", ErrStale, r.plan.name, again, err)
	}
	return err
}
