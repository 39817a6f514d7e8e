// SPDX-License-Identifier: Apache-2.0

package fake

import (
	"math/rand/v2"
	"sync"
	"time"

	"github.com/octaviakit/octaviakit/provider"
)

// Option configures a Cloud.
type Option interface{ apply(*Cloud) }

type optionFunc func(*Cloud)

func (f optionFunc) apply(c *Cloud) { f(c) }

// WithProvider sets the provider that a load balancer gets when its creator names none,
// and the release that the whole cloud is of: its API minor, what its providers can do
// and which known defects they have. Both providers are enabled in any case.
// [provider.Amphora] at the latest release.
func WithProvider(n provider.Name, r provider.Release) Option {
	return optionFunc(func(c *Cloud) { c.dflt, c.release = n, r })
}

// WithQuirk switches known defects on, by their ids in the provider package's list,
// whatever the release says.
func WithQuirk(ids ...provider.QuirkID) Option {
	return optionFunc(func(c *Cloud) { c.on = append(c.on, ids...) })
}

// WithoutQuirk switches known defects off, as a patched cloud has them.
func WithoutQuirk(ids ...provider.QuirkID) Option {
	return optionFunc(func(c *Cloud) { c.off = append(c.off, ids...) })
}

// WithoutServers has no server at a member's address unless a port of Neutron's has it. Without
// this option there is one behind every member, though no port shows it. Monitors on ovn reach
// only members that are ports ([provider.QuirkOVNHMMemberWithoutPort]).
func WithoutServers() Option {
	return optionFunc(func(c *Cloud) { c.bare = true })
}

// WithLatency says how long objects stay PENDING. [Instantly].
func WithLatency(l Latency) Option {
	return optionFunc(func(c *Cloud) { c.latency = l })
}

// WithJitter spreads latencies log-normally around what [WithLatency] says, which is
// then the median: 0.5 gives a 95th percentile of 2.3 times the median, as real clouds
// have. The seed decides. 0.
func WithJitter(sigma float64) Option {
	return optionFunc(func(c *Cloud) { c.jitter = sigma })
}

// WithLag makes a load balancer ACTIVE that much before its children, as was observed on
// Octavia's amphora provider, whose worker writes the rows one after another. 0.
func WithLag(d time.Duration) Option {
	return optionFunc(func(c *Cloud) { c.lag = d })
}

// WithSeed decides all ids and all jitter. 1.
func WithSeed(seed uint64) Option {
	return optionFunc(func(c *Cloud) { c.rng = rand.New(rand.NewPCG(seed, seed)) })
}

// WithClock replaces [time.Now]; it must never go backwards. See [ManualClock]. Inside a
// testing/synctest bubble no clock is needed.
func WithClock(now func() time.Time) Option {
	return optionFunc(func(c *Cloud) { c.now = now })
}

// WithQuota limits how many objects of a kind a project without a quota of its own may
// have: "loadbalancer", "listener", "pool", "member", "healthmonitor", "l7policy" or
// "l7rule". -1, unlimited.
func WithQuota(kind string, n int) Option {
	return optionFunc(func(c *Cloud) { c.limits[kind] = n })
}

// ManualClock is a clock that stands until it is advanced, for tests that cannot run in
// a testing/synctest bubble. It is safe for concurrent use.
type ManualClock struct {
	mu sync.Mutex
	at time.Time
}

// NewManualClock returns a clock that stands at the given time.
func NewManualClock(at time.Time) *ManualClock { return &ManualClock{at: at} }

// Now is for [WithClock].
func (m *ManualClock) Now() time.Time {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.at
}

// Advance moves the clock forward.
func (m *ManualClock) Advance(d time.Duration) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.at = m.at.Add(d)
}
