// SPDX-License-Identifier: Apache-2.0

package fake

import (
	"time"

	"github.com/octaviakit/octaviakit/provider"
)

// driver is a provider as of a release: what it refuses and how it takes its time.
type driver interface {
	canonical() provider.Name
	asOf() provider.Release
	quirk(id provider.QuirkID) bool

	// The checks return an error that is already worded as the API words it.
	checkGraph(lb *loadBalancer, ls []*listener, ps []*pool) error
	checkListener(l *listener) error
	checkPool(p *pool) error
	checkMember(m *member, verb string) error
	checkBatch(members []*member) error
	checkMonitor(h *monitor) error
	checkPolicy(l *listener, verb string) error
	checkFailover() error
	capabilities(flavors bool) []capability // nil: none, and it says so with a 501

	port(c *Cloud, lb *loadBalancer) error // makes or takes the VIP's ports
	schedule(c *Cloud, w *work)
	rollUp(lb *loadBalancer)
}

// column is a provider at a release: its column of the matrix.
type column struct {
	name    provider.Name
	release provider.Release
	known   provider.Capabilities
}

func (p *column) asOf() provider.Release { return p.release }

func (p *column) canonical() provider.Name { return p.name }

// quirk asks for a known defect by its id; versions are compared in package provider.
func (p *column) quirk(id provider.QuirkID) bool { return p.known.HasQuirk(id) }

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
