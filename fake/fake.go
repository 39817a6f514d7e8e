// SPDX-License-Identifier: Apache-2.0

// Package fake is an in-memory Octavia (and the sliver of Neutron and Keystone it
// needs) for tests.
//
// A Cloud starts no goroutine, opens no socket and never sleeps: a PENDING object
// remembers when it is due and settles when it is next looked at. Inside a
// testing/synctest bubble that makes minutes of provisioning instantaneous and
// exact; outside one, the default zero latency does.
package fake

import (
	"iter"
	"net/http"
	"time"

	"github.com/gophercloud/gophercloud/v2"
	"github.com/octaviakit/octaviakit/provider"
)

const stub = "stub"

// Cloud is one fake region with one project. It is an http.Handler, so it can
// also be served to other languages; see fake/cmd/octavia-fake.
type Cloud struct{ _ [0]func() }

// New returns an amphora cloud of the latest known release with zero latency and
// one subnet, "subnet-1".
func New(opts ...Option) *Cloud { panic(stub) }

// LoadBalancer and Network return authenticated clients wired in-process.
func (c *Cloud) LoadBalancer() *gophercloud.ServiceClient { panic(stub) }
func (c *Cloud) Network() *gophercloud.ServiceClient      { panic(stub) }

// RoundTrip serves a request in-process; a done request context fails it, as a
// real transport would.
func (c *Cloud) RoundTrip(r *http.Request) (*http.Response, error) { panic(stub) }
func (c *Cloud) ServeHTTP(w http.ResponseWriter, r *http.Request)  { panic(stub) }

// Inject adds faults; the first that matches a request wins.
func (c *Cloud) Inject(fs ...Fault) { panic(stub) }

// Calls yields every request in order, faults included.
func (c *Cloud) Calls() iter.Seq[Call] { panic(stub) }

// Cycles counts the PENDING cycles a load balancer has been through.
func (c *Cloud) Cycles(lbID string) int { panic(stub) }

// Dump renders the whole state as stable text, IDs numbered in creation order
// (pool-1, member-3), fit for golden files. String is Dump.
func (c *Cloud) Dump() string   { panic(stub) }
func (c *Cloud) String() string { panic(stub) }

// Option configures a Cloud.
type Option interface{ apply(*Cloud) }

func WithProvider(n provider.Name, r provider.Release) Option { panic(stub) }
func WithLatency(l Latency) Option                            { panic(stub) }
func WithSeed(seed uint64) Option                             { panic(stub) } // IDs and jitter
func WithClock(now func() time.Time) Option                   { panic(stub) } // [time.Now]
func WithQuota(kind string, n int) Option                     { panic(stub) }

// Latency says how long an object stays in a PENDING status.
type Latency func(kind, status string) time.Duration

// AmphoraLike and OVNLike are measured on real clouds; see their sources.
func AmphoraLike(kind, status string) time.Duration { panic(stub) }
func OVNLike(kind, status string) time.Duration     { panic(stub) }

// Fault makes some requests go wrong. The zero Fault matches every request and
// answers 500 once.
type Fault struct {
	Method string // "" any
	Path   string // path.Match pattern below /v2.0, "" any
	After  int    // let this many matches pass first
	Times  int    // then hit this many [1]; negative: for ever

	Effect Effect        // [Refuse]
	Status int           // for Refuse [500]
	Delay  time.Duration // hold the answer back, on any effect
}

type Effect uint8

const (
	Refuse     Effect = iota // answer Status, change nothing
	LoseReply                // do the work, then drop the connection
	LoseSend                 // drop the connection, do nothing
	EndInError               // accept, then settle in ERROR
	Stick                    // accept, then stay PENDING for ever
)

// String renders the fault as one line, so a failing test can be reproduced.
func (f Fault) String() string { panic(stub) }

// Call is one request as the fake saw it.
type Call struct {
	At           time.Time
	Method, Path string
	Body         []byte
	Status       int
	Fault        string // the fault that hit it, if any
}
