// SPDX-License-Identifier: Apache-2.0

package lb_test

import (
	"cmp"
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/octaviakit/octaviakit/fake"
	"github.com/octaviakit/octaviakit/floatingip"
	"github.com/octaviakit/octaviakit/internal/golden"
	"github.com/octaviakit/octaviakit/internal/octavia"
	"github.com/octaviakit/octaviakit/lb"
	"github.com/octaviakit/octaviakit/monitor"
	"github.com/octaviakit/octaviakit/provider"
	"github.com/octaviakit/octaviakit/waiter"
)

// A story is a change from one Spec to another. Its plan is golden, and carrying
// it out must cost what it says and leave nothing to do.
type story struct {
	name   string
	cell   cell             // [amphora at Epoxy]
	before func(s *lb.Spec) // nil: nothing exists
	after  func(s *lb.Spec) // starts from before
	harm   func(disaster)   // what happens to the cloud in between
	world  bool             // needs what newWorld makes: flavors, a QoS policy, a security group
}

// disaster is what a story's harm works on.
type disaster struct {
	*testing.T
	*fake.Cloud
	*lb.Graph
}

// id finds an object by its path.
func (d disaster) id(path string) string {
	d.Helper()
	for n := range d.Nodes() {
		if n.Path == path {
			return n.ID
		}
	}
	d.Fatalf("no %s", path)
	return ""
}

// remove deletes an object behind the Engine's back.
func (d disaster) remove(kind, path string) {
	d.Helper()
	client := d.LoadBalancer()
	require.NoError(d, octavia.Delete(d.Context(), client, "lbaas/"+kind+"/"+d.id(path)))
	_, err := waiter.New(client).Active(d.Context(), d.Graph.ID())
	require.NoError(d, err)
}

func stories() []story {
	ovn := cell{provider.OVN, provider.Epoxy}
	zed := cell{provider.Amphora, provider.Zed}
	none := func(*lb.Spec) {}
	return []story{
		{name: "create", after: shop},
		{name: "create empty", after: none},
		{name: "create with floating ip", after: both(shop, floating)},
		{name: "create with l7", after: both(shop, l7)},
		{name: "create two listeners on one pool", after: both(shop, second)},
		{name: "create on zed", cell: zed, after: shop},
		{name: "create with l7 on zed", cell: zed, after: both(shop, l7)},
		{name: "create on ovn", cell: ovn, after: both(tcp, floating)},
		{name: "create on ovn zed", cell: cell{provider.OVN, provider.Zed}, after: both(tcpWithoutMonitor, floating)},
		{name: "create on ovn train", cell: cell{provider.OVN, provider.Train}, after: tcpWithoutMonitor},
		{name: "nothing changed", before: both(shop, l7), after: none},
		{name: "rename description", before: shop, after: func(s *lb.Spec) { s.Description = new("web shop") }},
		{name: "tags", before: shop, after: func(s *lb.Spec) { s.Tags = []string{"team=web"} }},
		{name: "switch off", before: shop, after: func(s *lb.Spec) { s.AdminStateUp = new(false) }},
		{name: "member added", before: shop, after: func(s *lb.Spec) { s.Pools[0].Members = members(3, 8080) }},
		{name: "members added", before: shop, after: func(s *lb.Spec) { s.Pools[0].Members = members(5, 8080) }},
		{name: "member removed", before: shop, after: func(s *lb.Spec) { s.Pools[0].Members = members(1, 8080) }},
		{name: "members replaced", before: shop, after: func(s *lb.Spec) { s.Pools[0].Members = members(2, 9090) }},
		{name: "members on ovn", cell: ovn, before: tcp, after: func(s *lb.Spec) { s.Pools[0].Members = subnetted(4, 8080) }},
		{name: "member drained", before: shop, after: func(s *lb.Spec) { s.Pools[0].Members[0].Weight = new(0) }},
		{name: "pool emptied", before: shop, after: func(s *lb.Spec) { s.Pools[0].Members = nil }},
		{name: "monitor changed", before: shop, after: func(s *lb.Spec) { s.Pools[0].Monitor.Delay = 10 * time.Second }},
		{name: "monitor type changed", before: shop, after: func(s *lb.Spec) { s.Pools[0].Monitor = new(monitor.TCP()) }},
		{name: "monitor changed on ovn", cell: ovn, before: tcp, after: func(s *lb.Spec) { s.Pools[0].Monitor.Delay = 10 * time.Second }},
		{name: "create with monitor on ovn zed", cell: cell{provider.OVN, provider.Zed}, after: tcp},
		{name: "monitor removed on ovn zed", cell: cell{provider.OVN, provider.Zed}, before: tcp, after: func(s *lb.Spec) { s.Pools[0].Monitor = nil }},
		{name: "port added beside monitors on ovn zed", cell: cell{provider.OVN, provider.Zed}, before: both(tcp, udp), after: alt},
		{name: "port replaced beside monitors on ovn zed", cell: cell{provider.OVN, provider.Zed}, before: both(tcp, alt), after: func(s *lb.Spec) {
			s.Pools = s.Pools[:1]
			s.Listeners[1].Port, s.Listeners[1].Pool = 8443, "web"
		}},
		{name: "watched port removed on ovn zed", cell: cell{provider.OVN, provider.Zed}, before: both(tcp, alt), after: func(s *lb.Spec) { s.Pools, s.Listeners = s.Pools[:1], s.Listeners[:1] }},
		{name: "watched port removed on ovn", cell: ovn, before: both(tcp, alt), after: func(s *lb.Spec) { s.Pools, s.Listeners = s.Pools[:1], s.Listeners[:1] }},
		{name: "port of another protocol added on ovn zed", cell: cell{provider.OVN, provider.Zed}, before: tcp, after: udp},
		{name: "create with monitors on ovn yoga", cell: cell{provider.OVN, provider.Yoga}, after: both(tcp, alt)},
		{name: "listener without its pool on ovn", cell: ovn, before: both(tcpWithoutMonitor, alt), after: func(s *lb.Spec) {
			s.Pools, s.Listeners[1].Pool = s.Pools[:1], ""
		}},
		{name: "listener without its watched pool on ovn zed", cell: cell{provider.OVN, provider.Zed}, before: both(tcpWithoutMonitor, alt), after: func(s *lb.Spec) {
			s.Pools, s.Listeners[1].Pool = s.Pools[:1], ""
		}},
		{name: "listener without a pool that stays on ovn", cell: ovn, before: both(tcpWithoutMonitor, alt), after: func(s *lb.Spec) {
			s.Listeners[1].Pool = ""
		}},
		{name: "monitor removed", before: shop, after: func(s *lb.Spec) { s.Pools[0].Monitor = nil }},
		{name: "algorithm changed", before: shop, after: func(s *lb.Spec) { s.Pools[0].Algorithm = lb.LeastConnections }},
		{name: "session persistence", before: shop, after: func(s *lb.Spec) {
			s.Pools[0].Session = &lb.SessionPersistence{Type: "SOURCE_IP"}
		}},
		{name: "session persistence removed", before: func(s *lb.Spec) {
			shop(s)
			s.Pools[0].Session = &lb.SessionPersistence{Type: "HTTP_COOKIE"}
		}, after: func(s *lb.Spec) { s.Pools[0].Session = &lb.SessionPersistence{} }},
		{name: "pool protocol changed", before: shop, after: func(s *lb.Spec) { s.Pools[0].Protocol = lb.PROXY }},
		{name: "port added", before: shop, after: https},
		{name: "port removed", before: both(shop, https), after: func(s *lb.Spec) { s.Pools, s.Listeners = s.Pools[:1], s.Listeners[:1] }},
		{name: "port removed on ovn", cell: ovn, before: both(tcp, udp), after: func(s *lb.Spec) { s.Pools, s.Listeners = s.Pools[:1], s.Listeners[:1] }},
		{name: "port moved", before: shop, after: func(s *lb.Spec) { s.Listeners[0].Port = 8080 }},
		{name: "listener protocol changed", before: shop, after: func(s *lb.Spec) {
			s.Listeners[0].Protocol, s.Pools[0].Protocol, s.Pools[0].Monitor = lb.TCP, lb.TCP, new(monitor.TCP())
		}},
		{name: "listener repointed", before: both(shop, https), after: func(s *lb.Spec) { s.Listeners[1].Pool = "web"; s.Listeners[1].Protocol = lb.HTTP }},
		{name: "listener tuned", before: shop, after: func(s *lb.Spec) {
			l := &s.Listeners[0]
			l.ConnLimit, l.Timeouts.ClientData = new(1000), new(time.Minute)
			l.InsertHeaders = map[string]string{"X-Forwarded-For": "true"}
			l.AllowedCIDRs = []netip.Prefix{netip.MustParsePrefix("192.0.2.0/24"), netip.MustParsePrefix("198.51.100.0/24")}
		}},
		{name: "cidrs opened", before: func(s *lb.Spec) {
			shop(s)
			s.Listeners[0].AllowedCIDRs = []netip.Prefix{netip.MustParsePrefix("192.0.2.0/24")}
		}, after: func(s *lb.Spec) { s.Listeners[0].AllowedCIDRs = []netip.Prefix{} }},
		{name: "l7 added", before: shop, after: l7},
		{name: "l7 removed", before: both(shop, l7), after: func(s *lb.Spec) { s.Listeners[0].Policies = nil }},
		{name: "l7 reordered", before: both(shop, l7), after: func(s *lb.Spec) {
			p := s.Listeners[0].Policies
			p[0], p[1] = p[1], p[0]
		}},
		{name: "l7 put first", before: both(shop, l7), after: func(s *lb.Spec) {
			s.Listeners[0].Policies = append([]lb.Policy{{Name: "block", Action: lb.Reject, Rules: []lb.Rule{
				{Type: lb.Path, CompareType: lb.StartsWith, Value: "/private"},
			}}}, s.Listeners[0].Policies...)
		}},
		{name: "l7 rule changed", before: both(shop, l7), after: func(s *lb.Spec) { s.Listeners[0].Policies[0].Rules[0].Value = "/v2" }},
		{name: "floating ip added", before: shop, after: floating},
		{name: "floating ip removed", before: both(shop, floating), after: func(s *lb.Spec) { s.FloatingIP = nil }},
		{name: "moved to ovn", before: both(tcp, floating), after: onto(provider.OVN)},
		{name: "moved to amphora", cell: ovn, before: both(tcp, floating), after: onto(provider.Amphora)},
		{name: "moved to amphora on zed", cell: cell{provider.OVN, provider.Zed}, before: both(tcpWithoutMonitor, floating), after: onto(provider.Amphora)},
		{name: "moved without floating ip", before: tcp, after: onto(provider.OVN)},
		{name: "moved with external members", before: func(s *lb.Spec) { both(tcp, floating)(s); s.Pools[0].ExternalMembers = true }, after: both(onto(provider.OVN), func(s *lb.Spec) { s.Pools[0].Members = nil })},
		{name: "moved and keeps its address", before: func(s *lb.Spec) { tcp(s); s.VIP.Address = netip.MustParseAddr("10.0.0.77") }, after: onto(provider.OVN)},
		{name: "external members left alone", before: func(s *lb.Spec) { shop(s); s.Pools[0].ExternalMembers = true }, after: func(s *lb.Spec) { s.Pools[0].Members = nil }},
	}
}

func both(fs ...func(*lb.Spec)) func(*lb.Spec) {
	return func(s *lb.Spec) {
		for _, f := range fs {
			f(s)
		}
	}
}

func onto(n provider.Name) func(*lb.Spec) { return func(s *lb.Spec) { s.Provider = n } }

func floating(s *lb.Spec) { s.FloatingIP = &floatingip.Spec{Network: "public"} }

func second(s *lb.Spec) {
	s.Listeners = append(s.Listeners, lb.Listener{Name: "alt", Protocol: lb.HTTP, Port: 8080, Pool: "web"})
}

func https(s *lb.Spec) {
	s.Pools = append(s.Pools, lb.Pool{Name: "tls", Protocol: lb.HTTPS, Members: members(2, 8443), Monitor: new(monitor.TCP())})
	s.Listeners = append(s.Listeners, lb.Listener{Name: "https", Protocol: lb.HTTPS, Port: 443, Pool: "tls"})
}

func l7(s *lb.Spec) {
	s.Pools = append(s.Pools, lb.Pool{Name: "api", Protocol: lb.HTTP, Members: members(2, 9000)})
	s.Listeners[0].Policies = []lb.Policy{
		{Name: "api", Action: lb.RedirectToPool, RedirectPool: "api", Rules: []lb.Rule{
			{Type: lb.Path, CompareType: lb.StartsWith, Value: "/api"},
			{Type: lb.HostName, CompareType: lb.EqualTo, Value: "www.example.org"},
		}},
		{Name: "old", Action: lb.RedirectToURL, RedirectURL: "https://www.example.org/", Rules: []lb.Rule{
			{Type: lb.HostName, CompareType: lb.EqualTo, Value: "old.example.org"},
		}},
	}
}

func tcp(s *lb.Spec) {
	tcpWithoutMonitor(s)
	s.Pools[0].Monitor = new(monitor.TCP())
}

func udp(s *lb.Spec) {
	s.Pools = append(s.Pools, lb.Pool{Name: "dns", Protocol: lb.UDP, Members: subnetted(5, 5353)})
	s.Listeners = append(s.Listeners, lb.Listener{Name: "dns", Protocol: lb.UDP, Port: 53, Pool: "dns"})
}

// alt is a second watched port.
func alt(s *lb.Spec) {
	s.Pools = append(s.Pools, lb.Pool{Name: "alt", Protocol: lb.TCP, Members: subnetted(2, 9090), Monitor: new(monitor.TCP())})
	s.Listeners = append(s.Listeners, lb.Listener{Name: "alt", Protocol: lb.TCP, Port: 8080, Pool: "alt"})
}

func tcpWithoutMonitor(s *lb.Spec) {
	s.Pools = []lb.Pool{{Name: "web", Protocol: lb.TCP, Members: subnetted(2, 8080)}}
	s.Listeners = []lb.Listener{{Name: "tcp", Protocol: lb.TCP, Port: 80, Pool: "web"}}
}

func TestStories(t *testing.T) {
	t.Parallel()
	seen := map[string]bool{}
	for _, st := range slices.Concat(stories(), moreStories()) {
		require.False(t, seen[st.name], "two stories %q", st.name)
		seen[st.name] = true
		if st.cell == (cell{}) {
			st.cell = cell{provider.Amphora, provider.Epoxy}
		}
		t.Run(st.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, st.play)
		})
	}
}

// scene is the cloud as the story finds it, and the Spec that is wanted at its end.
func (st story) scene(t *testing.T) (*fake.Cloud, world, lb.Spec) {
	t.Helper()
	cloud := st.cell.cloud()
	var w world
	if st.world {
		w = newWorld(t, st.cell, cloud)
	}
	spec := lb.Spec{Name: "shop", Provider: st.cell.provider, VIP: lb.VIP{SubnetID: cloud.SubnetID()}}
	if st.before != nil {
		st.before(&spec)
		g, err := engine(cloud, agree()).Ensure(t.Context(), fill(spec, cloud, w))
		require.NoError(t, err)
		if st.harm != nil {
			st.harm(disaster{t, cloud, g})
		}
	}
	st.after(&spec)
	return cloud, w, fill(spec, cloud, w)
}

func (st story) play(t *testing.T) {
	cloud, w, spec := st.scene(t)
	ctx := t.Context()
	e := engine(cloud, agree())

	plan, err := e.Plan(ctx, spec)
	require.NoError(t, err)
	names := strings.NewReplacer(cloud.SubnetID(), "SUBNET", cloud.Subnet6ID(), "SUBNET6", cloud.MemberSubnetID(), "MEMBERS",
		orNone(w.qos), "QOS", orNone(w.group), "GROUP", orNone(w.plain), "PLAIN", orNone(w.fast), "FAST")
	text := names.Replace(plan.String())
	for s := range plan.Steps() {
		assert.NotEmpty(t, s.Reason, "%s: every step says why", s.Call)
	}
	golden.Assert(t, fmt.Sprintf("%s, %s\n\n%s", st.name, st.cell, text), "testdata/"+strings.ReplaceAll(st.name, " ", "-")+".golden")

	for range 5 {
		again, err := e.Plan(ctx, spec)
		require.NoError(t, err)
		require.Equal(t, plan.String(), again.String(), "plans are deterministic")
	}
	before, begin := cloud.Cycles(""), time.Now()
	g, err := e.Apply(ctx, plan)
	require.NoError(t, err)
	settled(t, g)
	share, each := 0.1, 0.5
	if st.cell.provider == provider.OVN {
		share, each = 0.5, 1 // its driver's queue is not foreseen request by request
	}
	if spec.Provider == st.cell.provider { // the fake has one latency for all its providers
		assert.InDelta(t, plan.Takes().Seconds(), time.Since(begin).Seconds(),
			share*plan.Takes().Seconds()+each*float64(plan.Cycles()), "seconds: predicted and taken")
	}
	assert.Equal(t, plan.Cycles(), cloud.Cycles("")-before, "cycles: predicted and used")
	left, err := e.Plan(ctx, spec)
	require.NoError(t, err)
	assert.True(t, left.Empty(), "left to do:\n%s", left)
}

// fill puts the cloud's own IDs where a story cannot know them.
func fill(s lb.Spec, cloud *fake.Cloud, w world) lb.Spec {
	known := map[string]string{
		"MEMBERS": cloud.MemberSubnetID(), "SUBNET": cloud.SubnetID(), "SUBNET6": cloud.Subnet6ID(), "QOS": w.qos, "GROUP": w.group,
	}
	set := func(id *string) { *id = cmp.Or(known[*id], *id) }
	for i := range s.Pools {
		for j := range s.Pools[i].Members {
			set(&s.Pools[i].Members[j].SubnetID)
		}
	}
	set(&s.VIP.SubnetID)
	if s.VIP.QoSPolicyID != nil {
		s.VIP.QoSPolicyID = new(cmp.Or(known[*s.VIP.QoSPolicyID], *s.VIP.QoSPolicyID))
	}
	s.VIP.SecurityGroupIDs = slices.Clone(s.VIP.SecurityGroupIDs)
	for i := range s.VIP.SecurityGroupIDs {
		set(&s.VIP.SecurityGroupIDs[i])
	}
	s.VIP.Additional = slices.Clone(s.VIP.Additional)
	for i := range s.VIP.Additional {
		set(&s.VIP.Additional[i].SubnetID)
	}
	return s
}

// orNone is an ID to look for in a text, or what is in none.
func orNone(id string) string { return cmp.Or(id, "\x00") }
