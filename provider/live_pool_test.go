// SPDX-License-Identifier: Apache-2.0

package provider_test

import (
	"maps"

	"github.com/octaviakit/octaviakit/provider"
)

// pooled creates a pool without a listener.
func (l *live) pooled(protocol string, attributes obj) (seen, obj) {
	body := obj{"loadbalancer_id": l.lb, "protocol": protocol, "lb_algorithm": l.caps.Algorithm()}
	maps.Copy(body, attributes)
	return l.post("pools", "pool", body)
}

// pooling is a probe that creates a pool.
func pooling(row provider.Feature, protocol string, attributes obj) probe {
	return probe{row, func(l *live) seen {
		s, _ := l.pooled(protocol, attributes)
		return s
	}}
}

// sticky is a probe of session persistence on a pool of a protocol that the driver has.
func sticky(row provider.Feature, protocol string, persistence obj) probe {
	return probe{row, func(l *live) seen {
		if protocol == "HTTP" && !l.caps.Has(provider.PoolHTTP) {
			protocol = "TCP"
		}
		s, _ := l.pooled(protocol, obj{"session_persistence": persistence})
		return s
	}}
}

func probesOfPools() []probe {
	return []probe{
		pooling(provider.PoolTCP, "TCP", nil),
		pooling(provider.PoolUDP, "UDP", nil),
		pooling(provider.PoolSCTP, "SCTP", nil),
		pooling(provider.PoolHTTP, "HTTP", nil),
		pooling(provider.PoolHTTPS, "HTTPS", nil),
		pooling(provider.PoolPROXY, "PROXY", nil),
		pooling(provider.PoolPROXYV2, "PROXYV2", nil),
		pooling(provider.AlgorithmRoundRobin, "TCP", obj{"lb_algorithm": "ROUND_ROBIN"}),
		pooling(provider.AlgorithmLeastConnections, "TCP", obj{"lb_algorithm": "LEAST_CONNECTIONS"}),
		pooling(provider.AlgorithmSourceIP, "TCP", obj{"lb_algorithm": "SOURCE_IP"}),
		pooling(provider.AlgorithmSourceIPPort, "TCP", obj{"lb_algorithm": "SOURCE_IP_PORT"}),
		sticky(provider.PersistenceSourceIP, "TCP", obj{"type": "SOURCE_IP"}),
		sticky(provider.PersistenceHTTPCookie, "HTTP", obj{"type": "HTTP_COOKIE"}),
		sticky(provider.PersistenceAppCookie, "HTTP", obj{"type": "APP_COOKIE", "cookie_name": "session"}),
		sticky(provider.PersistenceTimeout, "UDP", obj{"type": "SOURCE_IP", "persistence_timeout": 60}),
		sticky(provider.PersistenceGranularity, "UDP", obj{"type": "SOURCE_IP", "persistence_granularity": "255.255.255.0"}),
		pooling(provider.PoolTLS, "TCP", obj{"tls_enabled": true}),
		pooling(provider.PoolTLSCiphers, "TCP", obj{"tls_enabled": true, "tls_ciphers": "ECDHE-RSA-AES128-GCM-SHA256"}),
		pooling(provider.PoolTLSVersions, "TCP", obj{"tls_enabled": true, "tls_versions": []string{"TLSv1.2", "TLSv1.3"}}),
		pooling(provider.PoolALPN, "TCP", obj{"tls_enabled": true, "alpn_protocols": []string{"http/1.1", "h2"}}),
		{provider.AlgorithmUpdate, func(l *live) seen {
			other := "LEAST_CONNECTIONS"
			if !l.caps.Has(provider.AlgorithmLeastConnections) {
				other = l.caps.Algorithm() // the only one there is
			}
			_, pool := l.pooled("TCP", nil)
			l.settle()
			return l.put("pools/"+pool["id"].(string), "pool", obj{"lb_algorithm": other})
		}},
		{provider.PoolAdminState, func(l *live) seen {
			_, pool := l.pooled("TCP", nil)
			l.settle()
			path := "pools/" + pool["id"].(string)
			s := l.put(path, "pool", obj{"admin_state_up": false})
			if _, out := l.get(path, "pool"); s.outcome == worked && out["admin_state_up"] != false {
				return seen{provider.Ignored, s.text}
			}
			return s
		}},
	}
}
