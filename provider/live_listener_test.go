// SPDX-License-Identifier: Apache-2.0

package provider_test

import (
	"maps"

	"github.com/octaviakit/octaviakit/provider"
)

// listen creates a listener on a port of its own with some attributes.
func (l *live) listen(protocol string, attributes obj) (seen, obj) {
	l.port++
	body := obj{"loadbalancer_id": l.lb, "protocol": protocol, "protocol_port": l.port}
	maps.Copy(body, attributes)
	return l.post("listeners", "listener", body)
}

// listening is a probe that creates a listener; l4 is the protocol where only
// layer 4 is to be had, so that the option and not the protocol is tried.
func listening(row provider.Feature, protocol, l4 string, attributes obj) probe {
	return probe{row, func(l *live) seen {
		if !l.caps.Has(provider.ListenerHTTP) {
			protocol = l4
		}
		s, _ := l.listen(protocol, attributes)
		return s
	}}
}

func probesOfListeners() []probe {
	return []probe{
		listening(provider.ListenerTCP, "TCP", "TCP", nil),
		listening(provider.ListenerUDP, "UDP", "UDP", nil),
		listening(provider.ListenerSCTP, "SCTP", "SCTP", nil),
		listening(provider.ListenerHTTP, "HTTP", "HTTP", nil),
		listening(provider.ListenerHTTPS, "HTTPS", "HTTPS", nil),
		listening(provider.ListenerPrometheus, "PROMETHEUS", "PROMETHEUS", nil),
		{provider.ProtocolPairChecked, func(l *live) seen {
			_, pool := l.post("pools", "pool", obj{"loadbalancer_id": l.lb, "protocol": "UDP", "lb_algorithm": l.caps.Algorithm()})
			s, _ := l.listen("TCP", obj{"default_pool_id": pool["id"]})
			if s.outcome == provider.Invalid {
				return seen{worked, s.text} // the row is about the refusal
			}
			return s
		}},
		{provider.SamePortPerProtocol, func(l *live) seen {
			s, _ := l.listen("TCP", nil)
			if s.outcome != worked {
				return s
			}
			s, _ = l.post("listeners", "listener", obj{"loadbalancer_id": l.lb, "protocol": "UDP", "protocol_port": l.port})
			return s
		}},
		listening(provider.MixedProtocols, "UDP", "UDP", nil), // the load balancer has a TCP one
		listening(provider.AllowedCIDRs, "TCP", "TCP", obj{"allowed_cidrs": []string{"192.0.2.0/24"}}),
		listening(provider.ListenerTimeouts, "TCP", "TCP", obj{
			"timeout_client_data": 60000, "timeout_member_connect": 6000, "timeout_member_data": 60000, "timeout_tcp_inspect": 100,
		}),
		listening(provider.ConnectionLimit, "TCP", "TCP", obj{"connection_limit": 100}),
		listening(provider.HeaderXForwarded, "HTTP", "TCP", obj{"insert_headers": obj{"X-Forwarded-For": "true", "X-Forwarded-Port": "true"}}),
		listening(provider.HeaderXForwardedProto, "HTTP", "TCP", obj{"insert_headers": obj{"X-Forwarded-Proto": "true"}}),
		{provider.HeaderXSSLClient, func(l *live) seen {
			if l.caps.Has(provider.TerminatedHTTPS) {
				return skip("needs a certificate store")
			}
			s, _ := l.listen("TCP", obj{"insert_headers": obj{"X-SSL-Client-Verify": "true"}})
			return s
		}},
		listening(provider.HeaderXRealIP, "HTTP", "TCP", obj{"insert_headers": obj{"X-Real-IP": "true"}}),
		{provider.SharedDefaultPool, func(l *live) seen {
			s, _ := l.listen("TCP", obj{"default_pool_id": l.pool})
			return s
		}},
		{provider.ListenerAdminState, func(l *live) seen {
			s := l.put("listeners/"+l.listener, "listener", obj{"admin_state_up": false})
			l.put("listeners/"+l.listener, "listener", obj{"admin_state_up": true})
			return s
		}},
		{provider.ListenerStatistics, func(l *live) seen {
			s, out := l.get("listeners/"+l.listener+"/stats", "stats")
			if s.outcome == worked && out["bytes_in"] == nil {
				return seen{"no counters", s.text}
			}
			return s
		}},
		{provider.NullResetsDefault, func(l *live) seen {
			_, listener := l.listen("TCP", obj{"connection_limit": 7})
			path := "listeners/" + listener["id"].(string)
			l.settle()
			s := l.put(path, "listener", obj{"connection_limit": nil})
			if _, out := l.get(path, "listener"); s.outcome == worked && out["connection_limit"] != -1.0 {
				return seen{provider.Ignored, s.text}
			}
			return s
		}},
	}
}
