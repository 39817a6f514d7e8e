// SPDX-License-Identifier: Apache-2.0

package lb

import (
	"sync"
	"time"

	"github.com/octaviakit/octaviakit/provider"
	"github.com/octaviakit/octaviakit/waiter"
)

// pace remembers what goes on in load balancers between two Steps, so that the advice when
// to come back is that for this change and not for all since the first.
type pace struct {
	mu    sync.Mutex
	under map[string]change // by load balancer ID
}

type change struct {
	since     time.Time
	operation string // "" is somebody else's
	provider  provider.Name
}

func (p *pace) begin(id, operation string, n provider.Name) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.under == nil {
		p.under = map[string]change{}
	}
	p.under[id] = change{time.Now(), operation, n}
}

// rest forgets a load balancer that has settled.
func (p *pace) rest(id string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	delete(p.under, id)
}

// of says what is known of the change that is going on.
func (p *pace) of(id string) []waiter.WaitOption {
	p.mu.Lock()
	c, known := p.under[id]
	p.mu.Unlock()
	if !known {
		p.begin(id, "", "")
		return []waiter.WaitOption{waiter.Since(time.Now())}
	}
	return []waiter.WaitOption{waiter.Since(c.since), waiter.Op(c.operation), waiter.Provider(string(c.provider))}
}
