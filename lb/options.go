// SPDX-License-Identifier: Apache-2.0

package lb

import (
	"github.com/gophercloud/gophercloud/v2"

	"github.com/octaviakit/octaviakit/observe"
	"github.com/octaviakit/octaviakit/provider"
	"github.com/octaviakit/octaviakit/waiter"
)

// Option configures an Engine.
type Option interface{ apply(*Engine) }

type option func(*Engine)

func (o option) apply(e *Engine) { o(e) }

// WithNetwork gives the Engine a Neutron client, for floating IPs.
func WithNetwork(neutron *gophercloud.ServiceClient) Option {
	return option(func(e *Engine) { e.network = neutron })
}

// WithWaiter makes the Engine wait with w, so that it shares reads, learned durations
// and the project's rate limit with whoever else does: all its calls keep to w's rate, and
// to the quiet that the service asked any of them for. By default it has a Waiter of its own.
func WithWaiter(w *waiter.Waiter) Option { return option(func(e *Engine) { e.waiter = w }) }

// WithObserver reports steps, waits and milestones to o, and to those of the options before; nil is nobody.
func WithObserver(o observe.Observer) Option {
	return option(func(e *Engine) { e.observer = observe.Tee(e.observer, o) })
}

// WithCapabilities says what providers can do; a Spec's provider is looked up
// among them. By default the Engine asks the cloud once and assumes the oldest
// release that fits the answer.
func WithCapabilities(cs ...provider.Capabilities) Option {
	return option(func(e *Engine) {
		for _, c := range cs {
			e.caps.known[c.Provider()] = c
		}
	})
}

// WithDetector lets several Engines share what was found out about one cloud. By
// default an Engine asks once for itself.
func WithDetector(d *provider.Detector) Option {
	return option(func(e *Engine) { e.caps.detector = d })
}

// WithApproval is asked before Ensure carries out a plan that interrupts traffic, as by
// taking all members of a pool out of service, empties a pool or removes more of one than
// WithMaxRemove; a nil error consents. Without it Ensure refuses such plans with ErrDisruptive.
func WithApproval(f func(*Plan) error) Option { return option(func(e *Engine) { e.approve = f }) }

// WithMaxRemove is the largest share of a pool's members, 0 to 1, that Ensure removes
// without asking for approval. By default it asks only before a pool is emptied; 0.5
// guards against a node list that was half read.
func WithMaxRemove(share float64) Option { return option(func(e *Engine) { e.removal = share }) }

// WithMaxOwners is how many owners may share a load balancer: where that many are on
// it already, a Spec that is Shared is refused with ErrShared. 0, the default, is any
// number.
func WithMaxOwners(n int) Option { return option(func(e *Engine) { e.crowd = n }) }
