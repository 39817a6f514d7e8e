// SPDX-License-Identifier: Apache-2.0

package lb

import (
	"context"
	"fmt"
	"net/netip"
	"sync"
)

// An internal load balancer that is in ERROR is made anew in the place of the old one and
// asks for its address, which its clients know. Between the two calls nothing in the cloud
// tells that address, so the Engine remembers it for whoever goes on: a Step, or an Ensure
// after a lost reply. Somebody else may take it meanwhile: then it is made with another.

// vacated are addresses that are to be asked for again, by name.
type vacated struct {
	mu sync.Mutex
	by map[string]netip.Addr
}

// set notes an address; an invalid one forgets it.
func (v *vacated) set(name string, a netip.Addr) {
	v.mu.Lock()
	defer v.mu.Unlock()
	if v.by == nil {
		v.by = map[string]netip.Addr{}
	}
	if v.by[name] = a; !a.IsValid() {
		delete(v.by, name)
	}
}

func (v *vacated) of(name string) netip.Addr {
	v.mu.Lock()
	defer v.mu.Unlock()
	return v.by[name]
}

// comesBack is a Spec for what does not exist, and the address that it shall have again.
func (e *Engine) comesBack(s Spec) (Spec, netip.Addr) {
	a := e.vacated.of(StoredName(s.Name))
	if !a.IsValid() || !s.takesAddress() {
		return s, netip.Addr{}
	}
	s.VIP.Address = a
	return s, a
}

// takesAddress reports whether clients know a load balancer by an address that the Spec does
// not name.
func (s Spec) takesAddress() bool {
	return s.FloatingIP == nil && s.VIP.PortID == "" && s.VIP.SubnetID != "" && !s.VIP.Address.IsValid()
}

// unavailable is ErrStale if a load balancer was refused that asked for an address which the
// Spec does not name.
func (r *run) unavailable(ctx context.Context, err error) error {
	if a := r.plan.vacates; a.IsValid() && ctx.Err() == nil && !worthAnotherRound(err) {
		r.vacated.set(r.plan.name, netip.Addr{})
		return fmt.Errorf("%w: %q cannot have its address %s again: %w", ErrStale, r.plan.name, a, err)
	}
	return err
}
