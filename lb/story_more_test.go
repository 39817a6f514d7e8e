// SPDX-License-Identifier: Apache-2.0

package lb_test

import (
	"fmt"
	"net/netip"
	"time"

	"github.com/gophercloud/gophercloud/v2/openstack/networking/v2/extensions/layer3/floatingips"
	"github.com/stretchr/testify/require"

	"github.com/octaviakit/octaviakit/internal/octavia"
	"github.com/octaviakit/octaviakit/lb"
	"github.com/octaviakit/octaviakit/monitor"
	"github.com/octaviakit/octaviakit/provider"
	"github.com/octaviakit/octaviakit/waiter"
)

// moreStories are those of protocols, addresses, certificates, what only some releases
// do, and what others have done.
func moreStories() []story {
	return append(append(protocolStories(), addressStories()...), append(trafficStories(), disasterStories()...)...)
}

func protocolStories() []story {
	at := func(n provider.Name, r provider.Release) cell { return cell{n, r} }
	ovn := at(provider.OVN, provider.Epoxy)
	return []story{
		{name: "create udp", after: datagram(lb.UDP, monitor.Spec{})},
		{name: "create sctp", after: datagram(lb.SCTP, monitor.Spec{})},
		{name: "create udp and tcp on one port on ovn", cell: ovn, after: both(tcp, func(s *lb.Spec) {
			datagram(lb.UDP, monitor.UDP())(s)
			s.Listeners[1].Port = s.Listeners[0].Port
		})},
		{name: "create on ovn ussuri", cell: at(provider.OVN, provider.Ussuri), after: tcpWithoutMonitor},
		{name: "create on ovn caracal", cell: at(provider.OVN, provider.Caracal), after: both(tcp, floating)},
		{name: "members on ovn ussuri", cell: at(provider.OVN, provider.Ussuri), before: tcpWithoutMonitor, after: func(s *lb.Spec) { s.Pools[0].Members = subnetted(4, 8080)[1:] }},
		{name: "create without tags on rocky", cell: at(provider.Amphora, provider.Rocky), after: shop},
		{name: "member added on rocky", cell: at(provider.Amphora, provider.Rocky), before: shop, after: func(s *lb.Spec) { s.Pools[0].Members = members(3, 8080) }},
		{name: "create with allowed cidrs on bobcat", cell: at(provider.Amphora, provider.Bobcat), after: both(shop, allowed("192.0.2.0/24"))},
		{name: "create with allowed cidrs", after: both(shop, allowed("192.0.2.0/24", "2001:db8::/32"), dual)},
		{name: "prometheus added", before: shop, after: func(s *lb.Spec) {
			s.Listeners = append(s.Listeners, lb.Listener{Name: "metrics", Protocol: lb.Prometheus, Port: 8088})
		}},
		{name: "create with tls", after: terminated},
		{name: "certificate rotated", before: terminated, after: func(s *lb.Spec) {
			s.Listeners[0].TLS.ContainerRef, s.Listeners[0].TLS.SNIContainerRefs = new(secret("web-2027")), []string{secret("shop-2027")}
			s.Listeners[0].TLS.HSTSSubdomains = new(false)
		}},
		{name: "default certificate cleared", before: terminated, after: func(s *lb.Spec) { s.Listeners[0].TLS.ContainerRef = new("") }},
		{name: "client authentication removed", before: terminated, after: func(s *lb.Spec) {
			t := s.Listeners[0].TLS
			t.ClientAuthentication, t.ClientCAContainerRef, t.ClientCRLRef = "NONE", new(""), new("")
		}},
		{name: "tls to members", before: shop, after: func(s *lb.Spec) {
			s.Pools[0].TLS = &lb.PoolTLS{Enabled: true, CAContainerRef: new(secret("ca")), Versions: []string{"TLSv1.3"}}
		}},
		{name: "tls to members removed", before: func(s *lb.Spec) {
			shop(s)
			s.Pools[0].TLS = &lb.PoolTLS{Enabled: true, CAContainerRef: new(secret("ca")), ContainerRef: new(secret("client"))}
		}, after: func(s *lb.Spec) { s.Pools[0].TLS = &lb.PoolTLS{CAContainerRef: new(""), ContainerRef: new("")} }},
		{name: "proxy protocol on", before: tcp, after: func(s *lb.Spec) { s.Pools[0].Protocol = lb.PROXYV2 }},
		{name: "local traffic on amphora", after: localTraffic(at(provider.Amphora, provider.Epoxy))},
		{name: "local traffic on ovn", cell: ovn, after: localTraffic(ovn)},
		{name: "persistence of udp", before: datagram(lb.UDP, monitor.Spec{}), after: func(s *lb.Spec) {
			s.Pools[0].Session = &lb.SessionPersistence{Type: "SOURCE_IP", Timeout: 600, Granularity: "255.255.255.0"}
		}},
		{name: "persistence on ovn", cell: ovn, before: tcp, after: func(s *lb.Spec) { s.Pools[0].Session = &lb.SessionPersistence{Type: "SOURCE_IP"} }},
	}
}

func addressStories() []story {
	return []story{
		{name: "create on ipv6", after: six},
		{name: "create dual stack", after: both(shop, dual)},
		{name: "additional address asked for", before: both(shop, dual), after: dualAt("fd00::77")},
		{name: "additional address moves along", before: both(shop, dualAt("fd00::77")), after: flavored("fast"), world: true},
		{name: "dual stack added", before: both(shop, floating), after: dual},
		{name: "dual stack removed", before: both(shop, dual), after: func(s *lb.Spec) { s.VIP.Additional = []lb.AdditionalVIP{} }},
		{name: "flavor changed", world: true, before: both(shop, floating, flavored("plain")), after: flavored("fast")},
		{name: "zone changed", world: true, before: both(shop, zoned("zone-a")), after: zoned("zone-b")},
		{name: "vip security groups set", world: true, before: shop, after: func(s *lb.Spec) { s.VIP.SecurityGroupIDs = []string{"GROUP"} }},
		{
			name: "vip security groups removed", world: true, before: func(s *lb.Spec) { shop(s); s.VIP.SecurityGroupIDs = []string{"GROUP"} },
			after: func(s *lb.Spec) { s.VIP.SecurityGroupIDs = []string{} },
		},
		{name: "qos set", world: true, before: shop, after: func(s *lb.Spec) { s.VIP.QoSPolicyID = new("QOS") }},
		{name: "qos cleared", world: true, before: func(s *lb.Spec) { shop(s); s.VIP.QoSPolicyID = new("QOS") }, after: func(s *lb.Spec) { s.VIP.QoSPolicyID = new("") }},
		{name: "floating ip changed", before: both(shop, floating), harm: func(d disaster) {
			_, err := floatingips.Create(d.Context(), d.Network(), floatingips.CreateOpts{FloatingNetworkID: d.ExternalNetworkID()}).Extract()
			require.NoError(d, err) // 203.0.113.4
		}, after: func(s *lb.Spec) { s.FloatingIP.Address = netip.MustParseAddr("203.0.113.4") }},
	}
}

func trafficStories() []story {
	return []story{
		{name: "listener renamed", before: both(shop, l7), after: func(s *lb.Spec) { s.Listeners[0].Name = "web" }},
		{name: "port put before numbered ones", before: numbered(80, 81), after: numbered(79, 80, 81)},
		{name: "port put before numbered ones on ovn zed", cell: cell{provider.OVN, provider.Zed}, before: numbered(80, 81), after: numbered(79, 80, 81)},
		{name: "first of numbered ports removed", before: numbered(79, 80, 81), after: numbered(80, 81)},
		{name: "names swapped", before: numbered(80, 81), after: numbered(81, 80)},
		{name: "ports swapped", before: both(shop, https), after: func(s *lb.Spec) {
			s.Listeners[0].Port, s.Listeners[1].Port = s.Listeners[1].Port, s.Listeners[0].Port
		}},
		{name: "pool shared by listener and policy", before: shop, after: both(second, func(s *lb.Spec) {
			s.Listeners[1].Pool = ""
			s.Listeners[1].Policies = []lb.Policy{{Name: "all", Action: lb.RedirectToPool, RedirectPool: "web", Rules: []lb.Rule{
				{Type: lb.Path, CompareType: lb.StartsWith, Value: "/"},
			}}}
		})},
		{name: "traffic moved and pool emptied", before: both(shop, second), after: func(s *lb.Spec) {
			s.Pools = append(s.Pools, lb.Pool{Name: "green", Protocol: lb.HTTP, Members: members(2, 9090), Monitor: new(monitor.HTTP("/healthz"))})
			s.Listeners[0].Pool, s.Listeners[1].Pool, s.Pools[0].Members = "green", "green", nil
		}},
		{name: "members moved between pools", before: both(shop, l7), after: func(s *lb.Spec) {
			s.Pools[0].Members, s.Pools[1].Members = members(1, 8080), append(members(2, 9000), members(2, 8080)[1:]...)
		}},
		{name: "member subnet changed", before: shop, after: func(s *lb.Spec) { s.Pools[0].Members = subnetted(2, 8080) }},
		{name: "one member subnet changed", before: shop, after: func(s *lb.Spec) { s.Pools[0].Members[0].SubnetID = "MEMBERS" }},
		{name: "member tuned", before: shop, after: func(s *lb.Spec) {
			m := &s.Pools[0].Members[0]
			m.Name, m.Backup, m.MonitorPort, m.MonitorAddress = "spare", new(true), new(uint16(10256)), new(netip.MustParseAddr("10.1.9.9"))
			m.Tags = []string{"rack=3"}
		}},
		{name: "member cleared", before: func(s *lb.Spec) {
			shop(s)
			s.Pools[0].Members[0].MonitorPort, s.Pools[0].Members[0].Tags = new(uint16(10256)), []string{"rack=3"}
		}, after: func(s *lb.Spec) {
			s.Pools[0].Members[0].MonitorPort, s.Pools[0].Members[0].Tags = new(uint16(0)), []string{}
		}},
		{name: "member with sriov", world: true, before: both(shop, flavored("fast")), after: func(s *lb.Spec) { s.Pools[0].Members[0].SRIOV = new(true) }},
		{name: "monitor cleared", before: func(s *lb.Spec) {
			shop(s)
			m := s.Pools[0].Monitor
			m.Name, m.HTTPMethod = "probe", "HEAD"
			m.HTTPVersion, m.DomainName, m.ExpectedCodes, m.AdminStateUp, m.Tags = "1.1", "www.example.org", "200-204", new(false), []string{"t"}
		}, after: func(s *lb.Spec) {
			s.Pools[0].Monitor = &monitor.Spec{Name: "shop", Type: monitor.TypeHTTP, AdminStateUp: new(true), Tags: []string{}}
		}},
		{name: "listener cleared", before: func(s *lb.Spec) {
			shop(s)
			l := &s.Listeners[0]
			l.InsertHeaders, l.Description, l.Tags = map[string]string{"X-Forwarded-For": "true"}, new("in"), []string{"t"}
			l.ConnLimit, l.Timeouts.TCPInspect = new(10), new(time.Second)
		}, after: func(s *lb.Spec) {
			l := &s.Listeners[0]
			l.InsertHeaders, l.Description, l.Tags = map[string]string{}, new(""), []string{}
			l.ConnLimit, l.Timeouts.TCPInspect = new(-1), new(time.Duration(0))
		}},
		{name: "policy retargeted", before: both(shop, l7), after: func(s *lb.Spec) {
			p := s.Listeners[0].Policies
			p[0].RedirectPool, p[0].Description = "web", new("everything")
			p[1] = lb.Policy{Name: "old", Action: lb.Reject, Rules: p[1].Rules}
		}},
		{name: "l7 rule of a header changed", before: both(shop, l7, func(s *lb.Spec) {
			s.Listeners[0].Policies[0].Rules[0] = lb.Rule{Type: lb.Header, CompareType: lb.EqualTo, Key: "X-Team", Value: "web"}
		}), after: func(s *lb.Spec) { s.Listeners[0].Policies[0].Rules[0].Key = "X-Group" }},
		{name: "several at once", before: both(shop, l7, https, floating), after: func(s *lb.Spec) {
			s.Description, s.Tags = new("everything"), []string{"team=web"}
			s.Pools[0].Members, s.Pools[0].Algorithm = members(4, 8080)[1:], lb.LeastConnections
			s.Pools[1].Members = members(1, 9000)
			s.Pools[2].Monitor = nil
			s.Listeners[0].Policies = s.Listeners[0].Policies[:1]
			s.Listeners[1].ConnLimit = new(500)
			s.Pools = append(s.Pools, lb.Pool{Name: "dns", Protocol: lb.UDP, Members: members(2, 5353), Monitor: new(monitor.UDP())})
			s.Listeners = append(s.Listeners, lb.Listener{Name: "dns", Protocol: lb.UDP, Port: 53, Pool: "dns"})
		}},
	}
}

func disasterStories() []story {
	none := func(*lb.Spec) {}
	return []story{
		{name: "listener in error", before: shop, harm: func(d disaster) { d.Break(d.id("listener/http")) }, after: none},
		{name: "pool in error", before: shop, harm: func(d disaster) { d.Break(d.id("pool/web")) }, after: none},
		{name: "member in error", before: shop, harm: func(d disaster) { d.Break(d.id("pool/web/member/10.1.0.11:8080")) }, after: none},
		{name: "monitor in error", before: shop, harm: func(d disaster) { d.Break(d.id("pool/web/healthmonitor")) }, after: none},
		{name: "policy in error", before: both(shop, l7), harm: func(d disaster) { d.Break(d.id("listener/http/l7policy/api")) }, after: none},
		{name: "load balancer in error", before: both(shop, floating), harm: func(d disaster) { d.Break(d.Graph.ID()) }, after: none},
		{name: "half built", before: both(shop, l7), harm: func(d disaster) {
			d.remove("listeners", "listener/http")
			d.remove("healthmonitors", "pool/web/healthmonitor")
		}, after: none},
		{name: "somebody added a pool", before: shop, harm: func(d disaster) {
			client := d.LoadBalancer()
			_, err := octavia.Create(d.Context(), client, "lbaas/pools", "pool", map[string]any{
				"loadbalancer_id": d.Graph.ID(), "name": "theirs", "protocol": "TCP", "lb_algorithm": "ROUND_ROBIN",
			})
			require.NoError(d, err)
			_, err = waiter.New(client).Active(d.Context(), d.Graph.ID())
			require.NoError(d, err)
		}, after: none},
	}
}

// datagram is one port of UDP or SCTP.
func datagram(p lb.Protocol, m monitor.Spec) func(*lb.Spec) {
	return func(s *lb.Spec) {
		s.Pools = append(s.Pools, lb.Pool{Name: "datagrams", Protocol: p, Members: subnetted(2, 5353), Monitor: &m})
		s.Listeners = append(s.Listeners, lb.Listener{Name: "datagrams", Protocol: p, Port: 53, Pool: "datagrams"})
	}
}

func dual(s *lb.Spec) { s.VIP.Additional = []lb.AdditionalVIP{{SubnetID: "SUBNET6"}} }

func dualAt(address string) func(*lb.Spec) {
	return func(s *lb.Spec) {
		dual(s)
		s.VIP.Additional[0].Address = netip.MustParseAddr(address)
	}
}

func flavored(name string) func(*lb.Spec) { return func(s *lb.Spec) { s.Flavor = name } }

func zoned(name string) func(*lb.Spec) { return func(s *lb.Spec) { s.AvailabilityZone = name } }

func allowed(cidrs ...string) func(*lb.Spec) {
	return func(s *lb.Spec) {
		for _, c := range cidrs {
			s.Listeners[0].AllowedCIDRs = append(s.Listeners[0].AllowedCIDRs, netip.MustParsePrefix(c))
		}
	}
}

func six(s *lb.Spec) {
	shop(s)
	s.VIP.SubnetID = "SUBNET6"
	for i := range s.Pools[0].Members {
		s.Pools[0].Members[i].Address = netip.AddrFrom16([16]byte{0x20, 1, 0xd, 0xb8, 15: byte(0x11 + i)})
	}
}

// terminated is a shop with everything that TLS to clients has.
func terminated(s *lb.Spec) {
	shop(s)
	s.Listeners[0] = lb.Listener{Name: "https", Protocol: lb.TerminatedHTTPS, Port: 443, Pool: "web", TLS: &lb.TLS{
		ContainerRef: new(secret("web")), SNIContainerRefs: []string{secret("shop")}, ClientAuthentication: "MANDATORY",
		ClientCAContainerRef: new(secret("ca")), ClientCRLRef: new(secret("crl")), Ciphers: "ECDHE+AESGCM:!aNULL",
		Versions: []string{"TLSv1.2", "TLSv1.3"}, ALPN: []string{"h2", "http/1.1"}, HSTSMaxAge: new(31536000), HSTSSubdomains: new(true), HSTSPreload: new(true),
	}}
}

// localTraffic is a Kubernetes Service with externalTrafficPolicy: Local: its
// health-check node port is probed where the provider can.
func localTraffic(c cell) func(*lb.Spec) {
	return func(s *lb.Spec) {
		tcp(s)
		caps, err := provider.Lookup(c.provider, c.release)
		choice, ok := monitor.Choose(caps, string(lb.TCP), 31000)
		if err != nil || !ok {
			panic("no probe")
		}
		s.Pools[0].Monitor = &choice.Spec
		s.Pools[0].Members = subnetted(2, 30080)
		if choice.MemberPort != 0 {
			for i := range s.Pools[0].Members {
				s.Pools[0].Members[i].MonitorPort = new(choice.MemberPort)
			}
		}
	}
}

// numbered are TCP ports with a pool each, whose listeners are named by their number.
func numbered(ports ...uint16) func(*lb.Spec) {
	return func(s *lb.Spec) {
		s.Pools, s.Listeners = nil, nil
		for i, port := range ports {
			pool := fmt.Sprint("of-", port)
			s.Pools = append(s.Pools, lb.Pool{Name: pool, Protocol: lb.TCP, Members: subnetted(2, 30000+port)})
			s.Listeners = append(s.Listeners, lb.Listener{Name: fmt.Sprint("listener-", i), Protocol: lb.TCP, Port: port, Pool: pool})
		}
	}
}
