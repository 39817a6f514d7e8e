// SPDX-License-Identifier: Apache-2.0

package lb_test

import (
	"errors"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/octaviakit/octaviakit/lb"
	"github.com/octaviakit/octaviakit/member"
	"github.com/octaviakit/octaviakit/monitor"
	"github.com/octaviakit/octaviakit/provider"
)

// anID is as Octavia makes them.
const anID = "6f1c1f2e-0000-4000-8000-000000000001"

// good is a Spec without a fault, for tests that spoil it.
func good() lb.Spec {
	s := lb.Spec{Name: "shop", VIP: lb.VIP{SubnetID: anID}}
	shop(&s)
	return s
}

// faults are the paths of the FieldErrors in err, in order.
func faults(t *testing.T, err error) []string {
	t.Helper()
	var out []string
	var walk func(error)
	walk = func(err error) {
		if joined, ok := err.(interface{ Unwrap() []error }); ok {
			for _, e := range joined.Unwrap() {
				walk(e)
			}
			return
		}
		f, ok := errors.AsType[*lb.FieldError](err)
		require.True(t, ok, "not a FieldError: %v", err)
		assert.NotEmpty(t, f.Problem)
		out = append(out, f.Path)
	}
	if err != nil {
		walk(err)
	}
	return out
}

func TestValidate(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		spoil func(*lb.Spec)
		want  []string
	}{
		"good":                 {func(*lb.Spec) {}, nil},
		"no name":              {func(s *lb.Spec) { s.Name = "" }, []string{"name"}},
		"no VIP":               {func(s *lb.Spec) { s.VIP.SubnetID = "" }, []string{"vip"}},
		"same subnet twice":    {func(s *lb.Spec) { s.VIP.Additional = []lb.AdditionalVIP{{SubnetID: anID}} }, []string{"vip.additional[0].subnetID"}},
		"comma in tag":         {func(s *lb.Spec) { s.Tags = []string{"a,b"} }, []string{"tags[0]"}},
		"tags but for case":    {func(s *lb.Spec) { s.Tags = []string{"Red", "blue", "red "} }, []string{"tags[2]"}},
		"mark as tag":          {func(s *lb.Spec) { s.Tags = []string{"octaviakit.owner=me"} }, []string{"tags[0]"}},
		"pool without name":    {func(s *lb.Spec) { s.Pools = append(s.Pools, lb.Pool{Protocol: lb.TCP}) }, []string{"pools[1].name"}},
		"pools of one name":    {func(s *lb.Spec) { s.Pools = append(s.Pools, s.Pools[0]) }, []string{`pools["web"]`}},
		"pool protocol":        {func(s *lb.Spec) { s.Pools[0].Protocol = "TERMINATED_HTTPS" }, []string{`pools["web"].protocol`, `listeners["http"].pool`}},
		"algorithm":            {func(s *lb.Spec) { s.Pools[0].Algorithm = "FAST" }, []string{`pools["web"].algorithm`}},
		"cookie name":          {func(s *lb.Spec) { s.Pools[0].Session = &lb.SessionPersistence{Type: "APP_COOKIE"} }, []string{`pools["web"].session.cookieName`}},
		"member twice":         {func(s *lb.Spec) { s.Pools[0].Members[1] = s.Pools[0].Members[0] }, []string{`pools["web"].members[1]`}},
		"member without port":  {func(s *lb.Spec) { s.Pools[0].Members[1].Port = 0 }, []string{`pools["web"].members[1].port`}},
		"monitor":              {func(s *lb.Spec) { s.Pools[0].Monitor = &monitor.Spec{Delay: time.Second, Timeout: 2 * time.Second} }, []string{`pools["web"].monitor.timeout`}},
		"no such pool":         {func(s *lb.Spec) { s.Listeners[0].Pool = "wbe" }, []string{`listeners["http"].pool`}},
		"protocols that clash": {func(s *lb.Spec) { s.Listeners[0].Protocol = lb.UDP }, []string{`listeners["http"].pool`}},
		"port 0":               {func(s *lb.Spec) { s.Listeners[0].Port = 0 }, []string{`listeners["http"].port`}},
		"port twice": {
			func(s *lb.Spec) {
				s.Listeners = append(s.Listeners, lb.Listener{Name: "tcp", Protocol: lb.TCP, Port: 80})
			}, []string{`listeners["tcp"].port`},
		},
		"TCP and UDP share a port": {
			func(s *lb.Spec) {
				s.Listeners = append(s.Listeners, lb.Listener{Name: "udp", Protocol: lb.UDP, Port: 80})
			}, nil,
		},
		"connection limit":      {func(s *lb.Spec) { s.Listeners[0].ConnLimit = new(-2) }, []string{`listeners["http"].connLimit`}},
		"timeout":               {func(s *lb.Spec) { s.Listeners[0].Timeouts.ClientData = new(time.Microsecond) }, []string{`listeners["http"].timeouts.clientData`}},
		"CIDR":                  {func(s *lb.Spec) { s.Listeners[0].AllowedCIDRs = []netip.Prefix{{}} }, []string{`listeners["http"].allowedCIDRs[0]`}},
		"no certificate":        {func(s *lb.Spec) { s.Listeners[0].Protocol = lb.TerminatedHTTPS }, []string{`listeners["http"].tls`}},
		"policy without target": {func(s *lb.Spec) { s.Listeners[0].Policies = []lb.Policy{{Name: "p", Action: lb.RedirectToPool}} }, []string{`listeners["http"].policies["p"].redirectPool`}},
		"policy with two": {func(s *lb.Spec) {
			s.Listeners[0].Policies = []lb.Policy{{Name: "p", Action: lb.Reject, RedirectURL: "http://x"}}
		}, []string{`listeners["http"].policies["p"].redirectURL`}},
		"rule": {func(s *lb.Spec) {
			s.Listeners[0].Policies = []lb.Policy{{Name: "p", Action: lb.Reject, Rules: []lb.Rule{{}}}}
		}, []string{`listeners["http"].policies["p"].rules[0].type`, `listeners["http"].policies["p"].rules[0].compareType`, `listeners["http"].policies["p"].rules[0].value`}},
		"two faults, both named": {func(s *lb.Spec) { s.Name = ""; s.Listeners[0].Port = 0 }, []string{"name", `listeners["http"].port`}},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := good()
			tc.spoil(&s)
			assert.Equal(t, tc.want, faults(t, s.Validate()))
		})
	}
}

func TestRefusals(t *testing.T) {
	t.Parallel()
	ovn := lookup(t, provider.OVN, provider.Epoxy)
	s := good()
	s.Listeners[0].AllowedCIDRs = []netip.Prefix{netip.MustParsePrefix("192.0.2.0/24")}

	err := s.Refusals(ovn)

	require.ErrorIs(t, err, errors.ErrUnsupported)
	for _, want := range []string{
		`pools["web"].protocol: ovn at`, "instead: TCP", `pools["web"].monitor: `,
		`listeners["http"].protocol: `, `listeners["http"].allowedCIDRs: `, "no release can",
	} {
		assert.ErrorContains(t, err, want)
	}
	u, ok := errors.AsType[*lb.UnsupportedError](err)
	require.True(t, ok)
	assert.Equal(t, provider.OVN, u.Err.Provider)
	assert.NoError(t, s.Refusals(lookup(t, provider.Amphora, provider.Epoxy)))
}

// Every feature that a Spec can ask for is a row of the matrix: a slip in a name
// would refuse what works.
func TestNeedsAreInTheMatrix(t *testing.T) {
	t.Parallel()
	known := map[provider.Feature]bool{}
	for e := range lookup(t, provider.Amphora, provider.Epoxy).All() {
		known[e.Feature] = true
	}
	for _, p := range []lb.Protocol{lb.TCP, lb.UDP, lb.SCTP, lb.HTTP, lb.HTTPS, lb.TerminatedHTTPS, lb.Prometheus} {
		for f := range (lb.Spec{Listeners: []lb.Listener{{Protocol: p}}}).Requires() {
			assert.True(t, known[f], "%s", f)
		}
	}
	for _, p := range []lb.Protocol{lb.TCP, lb.UDP, lb.SCTP, lb.HTTP, lb.HTTPS, lb.PROXY, lb.PROXYV2} {
		for _, a := range []lb.Algorithm{lb.RoundRobin, lb.LeastConnections, lb.SourceIP, lb.SourceIPPort} {
			for _, persistence := range []string{"SOURCE_IP", "HTTP_COOKIE", "APP_COOKIE"} {
				pool := lb.Pool{Protocol: p, Algorithm: a, Session: &lb.SessionPersistence{Type: persistence}}
				for f := range (lb.Spec{Pools: []lb.Pool{pool}}).Requires() {
					assert.True(t, known[f], "%s", f)
				}
			}
		}
	}
}

// Text that is no UTF-8 would be stored as something else: a pool of such a name was made again
// and again.
func TestTextIsUTF8(t *testing.T) {
	t.Parallel()
	const bad = "a\xff"
	s := lb.Spec{
		Name: bad, Description: new(bad), Tags: []string{bad}, VIP: lb.VIP{SubnetID: anID},
		Pools: []lb.Pool{{Name: bad, Protocol: lb.HTTP, Members: []member.Spec{
			{Address: netip.MustParseAddr("10.1.0.11"), Port: 80, Name: bad, Tags: []string{bad}},
		}, Monitor: &monitor.Spec{Name: bad}}},
		Listeners: []lb.Listener{{Name: bad, Protocol: lb.HTTP, Port: 80, Pool: bad, Policies: []lb.Policy{{Name: bad, Action: lb.Reject}}}},
	}
	err := s.Validate()
	assert.Len(t, faults(t, err), 9, "%v", err)
	assert.Equal(t, 9, strings.Count(err.Error(), "is not UTF-8"), "%v", err)
}
