// SPDX-License-Identifier: Apache-2.0

package fake

import (
	"time"

	"github.com/octaviakit/octaviakit/provider"
)

// driver is a provider as of a release: what it refuses and how it takes its time.
type driver interface {
	canonical() provider.Name
	quirk(id string) bool

	// The checks return an error that is already worded as the API words it.
	checkGraph(lb *loadBalancer, ls []*listener, ps []*pool) error
	checkListener(l *listener) error
	checkPool(p *pool) error
	checkMember(m *member, verb string) error
	checkMonitor(h *monitor) error
	checkPolicy(l *listener, verb string) error
	checkFailover() error

	port(c *Cloud, lb *loadBalancer) error // makes or takes the VIP's ports
	schedule(c *Cloud, w *work)
	rollUp(lb *loadBalancer)
}

// profile of a provider at a release.
type column struct {
	name    provider.Name
	release provider.Release
	quirks  map[string]bool
}

func (p *column) canonical() provider.Name { return p.name }
func (p *column) quirk(id string) bool     { return p.quirks[id] }

// unsupportedOption and unsupportedAction are the two refusals of octavia-lib.
func (p *column) unsupportedOption(format string, args ...any) error {
	e := faultf(501, "Provider '%s' does not support a requested option: ", p.name)
	e.msg += faultf(0, format, args...).msg
	return e
}

func (p *column) unsupportedAction(what string) error {
	return faultf(501, "Provider '%s' does not support a requested action: This provider does not support %s.", p.name, what)
}

func (p *column) reports(format string, args ...any) error {
	e := serverError("Provider '%s' reports error: ", p.name)
	e.msg += faultf(0, format, args...).msg
	return e
}

// later is when a driver that works one thing at a time per load balancer gets to do
// the next.
func later(now, busyUntil time.Time) time.Time {
	if busyUntil.After(now) {
		return busyUntil
	}
	return now
}
