// SPDX-License-Identifier: Apache-2.0

package lb_test

import (
	"fmt"
	"math/rand/v2"
	"net/http"
	"net/netip"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/gophercloud/gophercloud/v2"
	"github.com/stretchr/testify/require"

	"github.com/octaviakit/octaviakit/fake"
	"github.com/octaviakit/octaviakit/floatingip"
	"github.com/octaviakit/octaviakit/internal/octavia"
	"github.com/octaviakit/octaviakit/lb"
	"github.com/octaviakit/octaviakit/member"
	"github.com/octaviakit/octaviakit/monitor"
	"github.com/octaviakit/octaviakit/provider"
)

// A generator makes Specs that a provider can fulfil, of everything that a Spec can
// say: each part is drawn, and drawn again until the Spec so far passes Validate and
// Refusals. So what it makes is as good as those two, which is what tests of it show.
type generator struct {
	*rand.Rand
	world
	caps provider.Capabilities
}

// world is what Specs refer to and do not own.
type world struct {
	provider provider.Name
	subnet   string
	subnet6  string
	network  string
	members  string // subnet
	public   string // network
	qos      string // "" before the API knows it
	group    string // security group
	flavor   string // name, "" before the API knows flavors
	plain    string // ID of a flavor without abilities, "" likewise
	fast     string // ID of flavor
}

// newWorld makes what Specs can refer to.
func newWorld(t *testing.T, c cell, cloud *fake.Cloud) world {
	t.Helper()
	w := world{
		provider: c.provider, subnet: cloud.SubnetID(), subnet6: cloud.Subnet6ID(), network: cloud.NetworkID(),
		members: cloud.MemberSubnetID(), public: cloud.ExternalNetworkID(),
	}
	admin, network := cloud.LoadBalancerAs("admin"), cloud.NetworkAs("admin")
	w.qos = post(t, network, "qos/policies", "policy", map[string]any{"name": "qos", "shared": true})
	w.group = post(t, cloud.Network(), "security-groups", "security_group", map[string]any{"name": "clients"})
	if c.provider != provider.Amphora || c.release < provider.Stein {
		return w
	}
	for name, data := range map[string]string{"fast": `{"allow_member_sriov": true}`, "plain": `{}`} {
		if c.release < provider.Epoxy {
			data = "{}"
		}
		profile := post(t, admin, "lbaas/flavorprofiles", "flavorprofile", map[string]any{
			"name": name, "provider_name": "amphora", "flavor_data": data,
		})
		id := post(t, admin, "lbaas/flavors", "flavor", map[string]any{"name": name, "flavor_profile_id": profile})
		if name == "plain" {
			w.plain = id
		} else {
			w.fast = id
		}
	}
	w.flavor = "fast"
	for _, zone := range []string{"zone-a", "zone-b"} {
		if c.release < provider.Ussuri {
			break
		}
		profile := post(t, admin, "lbaas/availabilityzoneprofiles", "availability_zone_profile", map[string]any{
			"name": zone, "provider_name": "amphora", "availability_zone_data": "{}",
		})
		_, err := octavia.Create(t.Context(), admin, "lbaas/availabilityzones", "availability_zone", map[string]any{
			"name": zone, "availability_zone_profile_id": profile,
		})
		require.NoError(t, err)
	}
	return w
}

// post creates an object and returns its ID.
func post(t *testing.T, c *gophercloud.ServiceClient, path, key string, body map[string]any) string {
	t.Helper()
	var out map[string]map[string]any
	resp, err := c.Post(t.Context(), c.ServiceURL(path), map[string]any{key: body}, &out, &gophercloud.RequestOpts{
		OkCodes: []int{http.StatusCreated},
	})
	require.NoError(t, err)
	require.NoError(t, resp.Body.Close())
	id, _ := out[key]["id"].(string)
	require.NotEmpty(t, id)
	return id
}

// sound reports whether a provider could fulfil a Spec, as far as can be known.
func (g *generator) sound(s lb.Spec) bool {
	return s.Validate() == nil && s.Refusals(g.caps) == nil && !g.foreign(s)
}

// foreign reports members that nobody can reach: all of ours are IPv4, and which version a
// subnet has the SDK cannot know before the VIP is there.
func (g *generator) foreign(s lb.Spec) bool {
	return s.VIP.SubnetID == g.subnet6 && len(s.VIP.Additional) == 0 && slices.ContainsFunc(s.Pools, func(p lb.Pool) bool {
		return (p.Protocol == lb.UDP || p.Protocol == lb.SCTP) && len(p.Members) > 0
	})
}

// some draws until ok, and gives up on what is too unlikely.
func some[T any](draw func() T, ok func(T) bool) (T, bool) {
	for range 30 {
		if v := draw(); ok(v) {
			return v, true
		}
	}
	var zero T
	return zero, false
}

func (g *generator) often() bool  { return g.IntN(2) == 0 }
func (g *generator) rarely() bool { return g.IntN(6) == 0 }

// oddly names the third object of a kind with what paths are made of.
func oddly(kind string, i int) string {
	if i == 2 {
		return kind + "/{2}%2F"
	}
	return fmt.Sprintf("%s-%d", kind, i)
}

// may is v now and then, else zero.
func may[T any](g *generator, v T) T {
	if g.rarely() {
		return v
	}
	var zero T
	return zero
}

// Spec draws a load balancer of a name.
func (g *generator) Spec(name string) lb.Spec {
	s, ok := some(func() lb.Spec { return g.bare(name) }, g.sound)
	if !ok {
		panic("no load balancer that " + g.caps.Provider() + " can make")
	}
	return g.Change(s)
}

// Change draws another Spec for the load balancer that s is of: what Octavia cannot
// change in place stays.
func (g *generator) Change(s lb.Spec) lb.Spec {
	s.Pools, s.Listeners = nil, nil
	s, _ = some(func() lb.Spec {
		s.Description, s.AdminStateUp, s.Tags = may(g, new("what it is for")), may(g, new(g.often())), g.tags()
		return s
	}, g.sound)
	for i := range g.IntN(4) {
		p, ok := some(func() lb.Pool { return g.pool(oddly("pool", i), s.Flavor == "fast") }, func(p lb.Pool) bool {
			return g.sound(with(s, func(s *lb.Spec) { s.Pools = append(s.Pools[:i:i], p) }))
		})
		if !ok {
			break
		}
		s.Pools = append(s.Pools, p)
	}
	for i := range g.IntN(4) {
		l, ok := some(func() lb.Listener { return g.listener(oddly("listener", i), s) }, func(l lb.Listener) bool {
			return g.sound(with(s, func(s *lb.Spec) { s.Listeners = append(s.Listeners[:i:i], l) }))
		})
		if !ok {
			break
		}
		s.Listeners = append(s.Listeners, l)
	}
	return s
}

func with(s lb.Spec, f func(*lb.Spec)) lb.Spec {
	f(&s)
	return s
}

func (g *generator) bare(name string) lb.Spec {
	s := lb.Spec{Name: name, Provider: g.provider, Flavor: may(g, pick(g.Rand, g.flavor, g.plain))}
	v := &s.VIP
	places := 4
	if g.provider == provider.OVN { // members need an address of their family
		v.SubnetID, places = g.subnet, 1
	}
	switch g.IntN(places) {
	case 0:
		v.SubnetID = g.subnet
	case 1:
		v.SubnetID = g.subnet6
	case 2:
		v.SubnetID, v.NetworkID = g.subnet, g.network
		v.Address = netip.AddrFrom4([4]byte{10, 0, byte(1 + g.IntN(250)), byte(g.IntN(250))})
	default:
		v.NetworkID = g.network
	}
	if v.NetworkID == "" && g.rarely() {
		other := g.subnet6
		if v.SubnetID == other {
			other = g.subnet
		}
		v.Additional = []lb.AdditionalVIP{{SubnetID: other}}
	}
	if g.qos != "" {
		v.QoSPolicyID = may(g, new(pick(g.Rand, g.qos, "")))
	}
	v.SecurityGroupIDs = may(g, []string{g.group})
	if v.SubnetID != g.subnet6 && g.often() {
		s.FloatingIP = &floatingip.Spec{Network: g.public}
	}
	return s
}

func (g *generator) tags() []string {
	return pick(g.Rand, nil, nil, nil, []string{}, []string{"env=test"}, []string{"b", "a", "ö"})
}

func (g *generator) pool(name string, sriov bool) lb.Pool {
	p := lb.Pool{
		Name: name, Description: may(g, new(pick(g.Rand, "who", ""))), AdminStateUp: may(g, new(g.often())), Tags: g.tags(),
		Protocol:  pick(g.Rand, lb.TCP, lb.TCP, lb.UDP, lb.SCTP, lb.HTTP, lb.HTTP, lb.HTTPS, lb.PROXY, lb.PROXYV2),
		Algorithm: pick(g.Rand, "", "", lb.RoundRobin, lb.LeastConnections, lb.SourceIP, lb.SourceIPPort),
	}
	if g.often() || g.provider == provider.OVN { // which takes none only inside the VIP's subnet
		p.MemberSubnetID = g.members
	}
	if g.rarely() {
		p.Session = &lb.SessionPersistence{
			Type: pick(g.Rand, "", "SOURCE_IP", "HTTP_COOKIE", "APP_COOKIE"), CookieName: may(g, pick(g.Rand, "JSESSIONID", "a:b", "a b")),
			Timeout: may(g, 60), Granularity: may(g, "255.255.255.0"),
		}
	}
	if g.rarely() {
		p.TLS = &lb.PoolTLS{
			Enabled: g.often(), ContainerRef: g.reference("client"), CAContainerRef: g.reference("ca"),
			CRLContainerRef: g.reference("crl"), Ciphers: may(g, "ECDHE+AESGCM:!aNULL"),
			Versions: may(g, pick(g.Rand, []string{"TLSv1.2", "TLSv1.3"}, []string{})), ALPN: may(g, []string{"h2", "http/1.1"}),
		}
	}
	for i := range g.IntN(5) {
		p.Members = append(p.Members, g.member(i, sriov))
	}
	if g.often() && g.caps.Trust(provider.HealthMonitor) { // elsewhere defects leave things PENDING
		p.Monitor = new(g.monitor())
	}
	return p
}

func secret(name string) string { return "https://barbican.example/v1/containers/" + name }

// reference is a secret, none, or no wish.
func (g *generator) reference(name string) *string {
	return may(g, new(pick(g.Rand, secret(name), secret(name), "")))
}

func (g *generator) member(i int, sriov bool) member.Spec {
	m := member.Spec{
		Address: netip.AddrFrom4([4]byte{10, 1, byte(g.IntN(3)), byte(10 + i)}), Port: uint16(8000 + g.IntN(3)),
		SubnetID: may(g, g.members), Name: may(g, "node"), Tags: g.tags(),
		Weight: may(g, new(pick(g.Rand, 0, 1, 256, 257))), Backup: may(g, new(g.often())), AdminStateUp: may(g, new(g.often())),
		MonitorAddress: may(g, new(pick(g.Rand, netip.Addr{}, netip.MustParseAddr("10.1.9.9")))), MonitorPort: may(g, new(pick[uint16](g.Rand, 0, 10256))),
	}
	if sriov {
		m.SRIOV = may(g, new(g.often()))
	}
	return m
}

func (g *generator) monitor() monitor.Spec {
	m := monitor.Spec{
		Name: may(g, "probe"), Tags: g.tags(), AdminStateUp: may(g, new(g.often())),
		Type:  pick(g.Rand, "", monitor.TypeHTTP, monitor.TypeHTTPS, monitor.TypePing, monitor.TypeTCP, monitor.TypeTLSHello, monitor.TypeUDP, monitor.TypeSCTP),
		Delay: may(g, pick(g.Rand, 2*time.Second, 10*time.Second)), Timeout: may(g, time.Second), MaxRetries: may(g, pick(g.Rand, 1, 2)), MaxRetriesDown: may(g, 10),
	}
	if m.Type == monitor.TypeHTTP || m.Type == monitor.TypeHTTPS {
		m.HTTPMethod, m.URLPath = may(g, "HEAD"), may(g, pick(g.Rand, "/healthz", "/a?b=c", "/a#b"))
		m.ExpectedCodes = may(g, pick(g.Rand, "200", "200,202", "200-204", "200, 201"))
		m.HTTPVersion, m.DomainName = pick(g.Rand, "", "1.0", "1.1"), may(g, pick(g.Rand, "www.example.org", "-x", "a..b"))
	}
	return m
}

func (g *generator) listener(name string, s lb.Spec) lb.Listener {
	l := lb.Listener{
		Name: name, Description: may(g, new("in")), AdminStateUp: may(g, new(g.often())), Tags: g.tags(),
		Protocol: pick(g.Rand, lb.TCP, lb.TCP, lb.UDP, lb.SCTP, lb.HTTP, lb.HTTP, lb.HTTPS, lb.TerminatedHTTPS, lb.Prometheus),
		Port:     uint16(80 + g.IntN(3)), Pool: g.poolOf(s.Pools), ConnLimit: may(g, new(pick(g.Rand, -1, 0, 1000))),
		AllowedCIDRs: may(g, g.cidrs(s.VIP)),
	}
	l.Timeouts = lb.Timeouts{
		ClientData: may(g, new(50*time.Second)), MemberConnect: may(g, new(1500*time.Millisecond)),
		MemberData: may(g, new(time.Hour)), TCPInspect: may(g, new(time.Duration(0))),
	}
	if g.rarely() {
		l.InsertHeaders = map[string]string{pick(g.Rand, "X-Forwarded-For", "X-Forwarded-Proto", "X-SSL-Client-CN", "X-Foo"): "true"}
	}
	if l.Protocol == lb.TerminatedHTTPS || g.IntN(20) == 0 {
		l.TLS = g.tls()
	}
	for i := range g.IntN(4) - 1 {
		l.Policies = append(l.Policies, g.policy(oddly("policy", i), s.Pools))
	}
	return l
}

// cidrs are of the VIP's family, which here is known beforehand.
func (g *generator) cidrs(v lb.VIP) []netip.Prefix {
	four, six := netip.MustParsePrefix("192.0.2.7/24"), netip.MustParsePrefix("2001:db8::/32")
	switch {
	case g.rarely():
		return []netip.Prefix{}
	case len(v.Additional) > 0:
		return []netip.Prefix{six, four}
	case v.SubnetID == g.subnet6:
		return []netip.Prefix{six}
	}
	return []netip.Prefix{four, netip.MustParsePrefix("198.51.100.1/32")}
}

func (g *generator) poolOf(pools []lb.Pool) string {
	if len(pools) == 0 || g.rarely() {
		return ""
	}
	return pick(g.Rand, pools...).Name
}

func (g *generator) tls() *lb.TLS {
	t := &lb.TLS{
		ContainerRef: new(secret(pick(g.Rand, "web", "web-2"))), SNIContainerRefs: may(g, []string{secret("a"), secret("b")}),
		ClientAuthentication: may(g, pick(g.Rand, "NONE", "OPTIONAL", "MANDATORY")), ClientCAContainerRef: g.reference("ca"),
		ClientCRLRef: g.reference("crl"), Ciphers: may(g, pick(g.Rand, "ECDHE-RSA-AES128-GCM-SHA256", "a b")),
		Versions: may(g, []string{"TLSv1.3"}), ALPN: may(g, pick(g.Rand, []string{"h2"}, []string{"h3"})),
	}
	if g.often() {
		t.HSTSMaxAge, t.HSTSSubdomains, t.HSTSPreload = new(pick(g.Rand, 60, 31536000)), may(g, new(g.often())), may(g, new(g.often()))
	}
	return t
}

func (g *generator) policy(name string, pools []lb.Pool) lb.Policy {
	p := lb.Policy{
		Name: name, Description: may(g, new(pick(g.Rand, "why", ""))), AdminStateUp: may(g, new(g.often())), Tags: g.tags(),
		Action:           pick(g.Rand, lb.Reject, lb.RedirectToPool, lb.RedirectToURL, lb.RedirectPrefix),
		RedirectHTTPCode: may(g, pick(g.Rand, 301, 302, 303, 307, 308)),
	}
	switch p.Action {
	case lb.RedirectToPool:
		p.RedirectPool = g.poolOf(pools)
	case lb.RedirectToURL:
		p.RedirectURL = pick(g.Rand, "https://www.example.org/", "http://example.org:8080/a?b=c", "ftp://example.org", "/a")
	case lb.RedirectPrefix:
		p.RedirectPrefix = pick(g.Rand, "https://www.example.org", "https://example.net")
	case lb.Reject:
	}
	for range g.IntN(3) {
		p.Rules = append(p.Rules, g.rule())
	}
	return p
}

func (g *generator) rule() lb.Rule {
	types := []lb.RuleType{lb.HostName, lb.Path, lb.FileType, lb.Header, lb.Cookie, lb.SSLConnHasCert, lb.SSLVerifyResult, lb.SSLDNField}
	r := lb.Rule{
		Type: pick(g.Rand, types...), CompareType: pick(g.Rand, lb.EqualTo, lb.EqualTo, lb.StartsWith, lb.EndsWith, lb.Contains, lb.Regex),
		Value: pick(g.Rand, "/api", "www.example.org", "jpg", "true", "0", "a b", `"a b"`, "^/v[0-9]+"), Invert: g.often(),
		AdminStateUp: may(g, new(g.often())), Tags: g.tags(),
	}
	if r.Type == lb.Header || r.Type == lb.Cookie || strings.HasSuffix(string(r.Type), "FIELD") {
		r.Key = pick(g.Rand, "X-Team", "CN", "a:b")
	}
	return r
}
