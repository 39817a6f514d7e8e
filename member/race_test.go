// SPDX-License-Identifier: Apache-2.0

package member_test

import (
	"fmt"
	"net/http"
	"net/netip"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/octaviakit/octaviakit/fake"
	"github.com/octaviakit/octaviakit/internal/octavia"
	"github.com/octaviakit/octaviakit/member"
	"github.com/octaviakit/octaviakit/provider"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// between is a client's transport that lets somebody else act once, right before a change of
// members is sent: after they were read for it.
type between struct {
	http.RoundTripper
	once sync.Once
	act  func()
}

func (b *between) RoundTrip(r *http.Request) (*http.Response, error) {
	if r.Method != http.MethodGet && strings.Contains(r.URL.Path, "/members") {
		b.once.Do(b.act)
	}
	return b.RoundTripper.RoundTrip(r)
}

// strangersFields are what somebody else may set, and how it reads then.
func strangersFields() map[string]struct {
	set  octavia.Object
	read func(member.Member) any
	want any
} {
	type row = struct {
		set  octavia.Object
		read func(member.Member) any
		want any
	}
	return map[string]row{
		"weight":               {octavia.Object{"weight": 9}, func(m member.Member) any { return m.Weight }, 9},
		"weight 0":             {octavia.Object{"weight": 0}, func(m member.Member) any { return m.Weight }, 0},
		"admin_state_up":       {octavia.Object{"admin_state_up": false}, func(m member.Member) any { return m.AdminStateUp }, false},
		"backup":               {octavia.Object{"backup": true}, func(m member.Member) any { return m.Backup }, true},
		"monitor_address":      {octavia.Object{"monitor_address": "10.1.9.9"}, func(m member.Member) any { return m.MonitorAddress }, netip.MustParseAddr("10.1.9.9")},
		"no monitor_address":   {octavia.Object{"monitor_address": nil}, func(m member.Member) any { return m.MonitorAddress.IsValid() }, false},
		"monitor_port":         {octavia.Object{"monitor_port": 8080}, func(m member.Member) any { return m.MonitorPort }, uint16(8080)},
		"no monitor_port":      {octavia.Object{"monitor_port": nil}, func(m member.Member) any { return m.MonitorPort }, uint16(0)},
		"name":                 {octavia.Object{"name": "theirs"}, func(m member.Member) any { return m.Name }, "theirs"},
		"no name":              {octavia.Object{"name": ""}, func(m member.Member) any { return m.Name }, ""},
		"tags":                 {octavia.Object{"tags": []string{"theirs"}}, func(m member.Member) any { return m.Tags }, []string{"theirs"}},
		"no tags":              {octavia.Object{"tags": []string{}}, func(m member.Member) any { return m.Tags }, []string{}},
		"everything in a call": {octavia.Object{"weight": 3, "name": "x", "monitor_port": 1}, func(m member.Member) any { return fmt.Sprint(m.Weight, m.Name, m.MonitorPort) }, "3x1"},
	}
}

// What somebody else sets between our reading and our call survives it, whatever call it is:
// he holds the lock by then, so ours is refused and planned anew.
func TestWhatOthersSetBetweenReadAndCallSurvives(t *testing.T) {
	changes := map[string]func(*stage) []member.Spec{
		"exact":    func(s *stage) []member.Spec { return append(s.specs(1, 5), s.specs(10, 13)...) },
		"additive": func(s *stage) []member.Spec { return s.named(append(s.specs(1, 7), s.spec(10)), "ours") },
		"single":   func(s *stage) []member.Spec { return append(s.specs(1, 7), s.spec(10)) },
		"its own": func(s *stage) []member.Spec {
			w := s.specs(1, 7)
			w[0].SRIOV = new(false)
			w[1].Name = "ours"
			return w
		},
	}
	for change, want := range changes {
		for field, f := range strangersFields() {
			t.Run(change+" "+field, func(t *testing.T) {
				bubble(t, func(t *testing.T) {
					s := newStage(t, provider.Amphora, provider.Epoxy, 1, seconds(2))
					p := s.pools[0]
					first := s.specs(1, 7)
					first[0].Name, first[0].Tags, first[0].MonitorPort, first[0].MonitorAddress =
						"before", []string{"before"}, new(uint16(1)), new(netip.MustParseAddr("10.1.9.1"))
					require.NoError(t, s.sync(p, first))
					theirs, id := s.cloud.LoadBalancer(), s.list(p)[0].ID
					s.client.HTTPClient.Transport = &between{RoundTripper: s.client.HTTPClient.Transport, act: func() {
						_, err := octavia.Update(t.Context(), theirs, "lbaas/pools/"+p.ID+"/members/"+id, "member", f.set)
						assert.NoError(t, err)
					}}
					wish := want(s)
					wish[0].Name = "" // the first is theirs
					require.NoError(t, s.sync(p, wish))
					got := s.list(p)
					require.Len(t, got, len(wish))
					assert.Equal(t, f.want, f.read(got[0]))
				})
			})
		}
	}
}

func (s *stage) named(specs []member.Spec, name string) []member.Spec {
	for i := range specs {
		specs[i].Name = name
	}
	return specs
}

// A call that is held back between reading and sending, as when the service asks for quiet
// just then, is planned anew: others change members meanwhile.
func TestWhatWasReadBeforeTheQuietIsReadAgain(t *testing.T) {
	bubble(t, func(t *testing.T) {
		s := newStage(t, provider.Amphora, provider.Epoxy, 1, seconds(1))
		p := s.pools[0]
		require.NoError(t, s.sync(p, s.specs(1, 7)))
		id, theirs, paced := s.list(p)[0].ID, s.cloud.LoadBalancer(), s.w.Pace(t.Context())
		s.cloud.Inject(fake.Fault{Method: http.MethodGet, Path: "/lbaas/listeners", Effect: fake.Throttle, RetryAfter: 20 * time.Second})
		reads := 0
		s.client.HTTPClient.Transport = &after{s.client.HTTPClient.Transport, func(r *http.Request) {
			if r.Method != http.MethodGet || !strings.HasSuffix(r.URL.Path, "/members") {
				return
			}
			if reads++; reads == 2 { // that for the call
				_, err := octavia.Get(paced, theirs, "lbaas/listeners", "listeners")
				assert.Error(t, err)
				_, err = octavia.Update(t.Context(), theirs, "lbaas/pools/"+p.ID+"/members/"+id, "member", octavia.Object{"weight": 0})
				assert.NoError(t, err)
			}
		}}
		require.NoError(t, member.Sync(paced, s.w, p, append(s.specs(1, 4), s.specs(10, 13)...), s.how))
		assert.Equal(t, 0, s.list(p)[0].Weight)
	})
}

// after is a transport that tells of calls that were answered.
type after struct {
	http.RoundTripper
	tell func(*http.Request)
}

func (a *after) RoundTrip(r *http.Request) (*http.Response, error) {
	answer, err := a.RoundTripper.RoundTrip(r)
	a.tell(r)
	return answer, err
}

// One address serves on several ports: each is a member of its own.
func TestPortsOfOneAddressAreMembersOfTheirOwn(t *testing.T) {
	for _, n := range provider.Names() {
		t.Run(string(n), func(t *testing.T) {
			bubble(t, func(t *testing.T) {
				s := newStage(t, n, provider.Epoxy, 1, seconds(1))
				p := s.pools[0]
				port := func(port uint16, name string) member.Spec {
					m := s.spec(1)
					m.Port, m.Name = port, name
					return m
				}
				require.NoError(t, s.sync(p, []member.Spec{port(80, "a"), port(81, "b"), port(82, "c")}))
				require.NoError(t, s.sync(p, []member.Spec{port(80, ""), port(82, "changed"), port(83, "d")}))
				var got []string
				for _, m := range s.list(p) {
					got = append(got, fmt.Sprint(m.Key(), " ", m.Name))
				}
				assert.Equal(t, []string{"10.1.0.1:80 a", "10.1.0.1:82 changed", "10.1.0.1:83 d"}, got)
				elsewhere := port(80, "")
				elsewhere.SubnetID = s.cloud.SubnetID()
				assert.Equal(t, []string{"members[1]"}, paths(s.sync(p, []member.Spec{port(80, ""), elsewhere})),
					"Octavia has one member of an address and port, whatever the subnet")
			})
		})
	}
}

// Zero is a value, nil is not, and empty clears.
func TestZeroNilAndEmpty(t *testing.T) {
	bubble(t, func(t *testing.T) {
		s := newStage(t, provider.Amphora, provider.Epoxy, 1, seconds(1))
		p := s.pools[0]
		zero := s.spec(1)
		zero.Weight, zero.Backup, zero.AdminStateUp = new(0), new(false), new(false)
		zero.MonitorPort, zero.MonitorAddress, zero.Tags = new(uint16(0)), new(netip.Addr{}), []string{}
		full := s.spec(2)
		full.Weight, full.Backup, full.Tags = new(5), new(true), []string{"t"}
		full.MonitorPort, full.MonitorAddress = new(uint16(8080)), new(netip.MustParseAddr("10.1.9.9"))
		require.NoError(t, s.sync(p, []member.Spec{zero, full}))
		got := s.list(p)
		assert.Equal(t, 0, got[0].Weight)
		assert.False(t, got[0].AdminStateUp)
		s.cloud.ForgetCalls()
		require.NoError(t, s.sync(p, []member.Spec{zero, full}))
		assert.Empty(t, s.changes())

		for _, with := range [][]member.Spec{nil, {s.spec(3)}, s.specs(3, 6)} { // by a single call and by batches
			require.NoError(t, s.sync(p, append([]member.Spec{s.spec(1), s.spec(2)}, with...)))
			left := s.list(p)
			assert.Equal(t, got[0], left[0])
			assert.Equal(t, got[1], left[1])
		}
		cleared := s.spec(2)
		cleared.Weight, cleared.Backup, cleared.Tags = new(0), new(false), []string{}
		cleared.MonitorPort, cleared.MonitorAddress = new(uint16(0)), new(netip.Addr{})
		require.NoError(t, s.sync(p, []member.Spec{s.spec(1), cleared}))
		m := s.list(p)[1]
		assert.Equal(t, fmt.Sprint(0, false, uint16(0), false, 0), fmt.Sprint(m.Weight, m.Backup, m.MonitorPort, m.MonitorAddress.IsValid(), len(m.Tags)))
	})
}
