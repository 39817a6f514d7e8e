// SPDX-License-Identifier: Apache-2.0

package lb

import (
	"context"
	"sync"

	"github.com/gophercloud/gophercloud/v2"

	"github.com/octaviakit/octaviakit/provider"
)

// capabilities answers what a provider can do: what the caller said, else what the
// cloud says, asked once.
type capabilities struct {
	known map[provider.Name]provider.Capabilities // never written after New

	mu       sync.Mutex
	detected *provider.Cloud
}

// of returns the capabilities of a provider, the cloud's default if it is "".
func (c *capabilities) of(ctx context.Context, client *gophercloud.ServiceClient, n provider.Name) (provider.Capabilities, error) {
	if caps, ok := c.given(n); ok {
		return caps, nil
	}
	cloud, err := c.detect(ctx, client)
	if err != nil {
		return provider.Capabilities{}, err
	}
	return cloud.For(n)
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

// detect asks the cloud, once: the first to ask does, and others wait for it. A
// failure is not kept.
func (c *capabilities) detect(ctx context.Context, client *gophercloud.ServiceClient) (*provider.Cloud, error) {
	c.mu.Lock()
	cloud := c.detected
	c.mu.Unlock()
	if cloud != nil {
		return cloud, nil
	}
	cloud, err := provider.Detect(ctx, client)
	if err != nil {
		return nil, err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.detected = cloud
	return cloud, nil
}
