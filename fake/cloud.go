// SPDX-License-Identifier: Apache-2.0

package fake

import (
	"fmt"
	"math/rand/v2"
	"sync"
	"time"

	"github.com/octaviakit/octaviakit/fake/internal/keystone"
	"github.com/octaviakit/octaviakit/fake/internal/neutron"
	"github.com/octaviakit/octaviakit/provider"
)

// Cloud is one fake region: a Keystone, the part of Neutron that load balancing needs,
// and an Octavia with both providers, amphora and ovn, enabled. It serves requests
// in-process as an http.RoundTripper and to anybody else as an http.Handler.
//
// All methods are safe for concurrent use. One mutex orders requests; it is never held
// across a wait.
type Cloud struct {
	mu sync.Mutex

	now     func() time.Time
	rng     *rand.Rand
	latency Latency
	jitter  float64
	lag     time.Duration
	release provider.Release
	minor   int
	dflt    provider.Name
	on, off []provider.QuirkID
	limits  map[string]int
	bare    bool // of servers

	keystone *keystone.Keystone
	neutron  *neutron.Neutron
	seeded   neutron.Seeded
	store    *store
	tables   *tables
	views    *views
	drivers  map[string]driver
	probers  map[string]*prober // by subnet
	jobs     jobs
	jobSeq   int
	ledger   ledger
	history  history
	faults   []*armed
}

// New returns an amphora cloud of the latest known release with zero latency: what is
// changed is PENDING in its own answer and settled whenever it is looked at next.
func New(opts ...Option) *Cloud {
	c := &Cloud{
		now: time.Now, latency: Instantly, release: latest, dflt: provider.Amphora,
		rng: rand.New(rand.NewPCG(1, 1)), store: newStore(), limits: map[string]int{}, probers: map[string]*prober{},
	}
	for _, o := range opts {
		o.apply(c)
	}
	c.minor = c.release.APIMinor()
	c.tables = newTables(c.minor)
	c.views = newViews(c.minor)
	c.drivers = c.newDrivers()
	c.keystone = keystone.New(keystone.Env{Now: c.now, NewID: c.newID})
	c.neutron = neutron.New(neutron.Env{
		Now: c.now, NewID: c.newID, Lenient: c.release < provider.Antelope, TagPolicies: c.release >= provider.Epoxy,
	})
	c.seeded = c.neutron.Seed(c.keystone.ProjectID("admin"), c.keystone.ProjectID("demo"), c.keystone.ProjectID("demo2"))
	return c
}

// newID makes version 4 UUIDs that depend on the seed alone.
func (c *Cloud) newID() string {
	hi, lo := c.rng.Uint64(), c.rng.Uint64()
	hi = hi&^0xf000 | 0x4000
	lo = lo&^(0b11<<62) | 0b10<<62
	return fmt.Sprintf("%08x-%04x-%04x-%04x-%012x", hi>>32, hi>>16&0xffff, hi&0xffff, lo>>48, lo&0xffffffffffff)
}

// newDrivers builds both providers as of the cloud's release. "octavia" is the old
// spelling of amphora and still loadable.
func (c *Cloud) newDrivers() map[string]driver {
	all := map[string]driver{}
	if known, err := provider.Lookup(provider.Amphora, c.release); err == nil {
		known = known.WithQuirks(c.on...).WithoutQuirks(c.off...)
		all["amphora"] = &amphoraDriver{column{provider.Amphora, c.release, known}, c}
		all["octavia"] = &amphoraDriver{column{"octavia", c.release, known}, c}
	}
	if known, err := provider.Lookup(provider.OVN, c.release); err == nil {
		known = known.WithQuirks(c.on...).WithoutQuirks(c.off...)
		all["ovn"] = &ovnDriver{column{provider.OVN, c.release, known}, c}
	}
	return all
}

// Dump renders the whole state as stable text, ids numbered by kind in order of
// creation (pool-1, member-3), fit for golden files. Whatever is due is settled first.
func (c *Cloud) Dump() string {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.settle()
	return c.dump()
}

// String is Dump.
func (c *Cloud) String() string { return c.Dump() }

// NextDue reports when the next PENDING object is due, and false when none is: with a
// manual clock, the moment worth advancing to.
func (c *Cloud) NextDue() (time.Time, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.settle()
	if len(c.jobs) == 0 {
		return time.Time{}, false
	}
	return c.jobs[0].due, true
}

// ExpireTokens makes every token issued so far worthless, as if its hour had passed.
func (c *Cloud) ExpireTokens() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.keystone.ExpireTokens()
}
