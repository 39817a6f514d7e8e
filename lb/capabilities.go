// SPDX-License-Identifier: Apache-2.0

package lb

import (
	"context"

	"github.com/octaviakit/octaviakit/internal/octavia"
	"github.com/octaviakit/octaviakit/provider"
)

// capabilities answers what a provider can do: what the caller said, else what the
// cloud says.
type capabilities struct {
	known    map[provider.Name]provider.Capabilities // never written after New
	detector *provider.Detector
}

// of returns the capabilities of a provider, the cloud's default if it is "".
func (c *capabilities) of(ctx context.Context, n provider.Name) (provider.Capabilities, error) {
	if caps, ok := c.given(n); ok {
		return caps, nil
	}
	if _, ok := c.detector.Known(); !ok {
		octavia.Slot(ctx) // for a few reads, once
	}
	cloud, err := c.detector.Cloud(ctx)
	if err != nil {
		return provider.Capabilities{}, err
	}
	return cloud.For(n)
}

// ready reports whether the capabilities of a provider are known without a call.
func (c *capabilities) ready(n provider.Name) bool {
	if _, ok := c.given(n); ok {
		return true
	}
	_, ok := c.detector.Known()
	return ok
}

// given returns what the caller said of a provider; of the default, if only one
// was spoken of.
func (c *capabilities) given(n provider.Name) (provider.Capabilities, bool) {
	if n == "" && len(c.known) == 1 {
		for _, caps := range c.known {
			return caps, true
		}
	}
	caps, ok := c.known[n.Canonical()]
	return caps, ok
}

// best returns the most that a provider could do: what the caller said, else what
// its newest release can.
func (c *capabilities) best(n provider.Name) (provider.Capabilities, bool) {
	if caps, ok := c.given(n); ok || n == "" {
		return caps, ok
	}
	releases := provider.Releases()
	caps, err := provider.Lookup(n, releases[len(releases)-1])
	return caps, err == nil
}
