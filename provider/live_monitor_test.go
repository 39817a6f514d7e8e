// SPDX-License-Identifier: Apache-2.0

package provider_test

import (
	"maps"

	"github.com/octaviakit/octaviakit/provider"
)

// monitored creates a monitor on the pool, which has no members: what monitors do
// to members that are no ports is another matter.
func (l *live) monitored(kind string, attributes obj) (seen, obj) {
	body := obj{"pool_id": l.pool, "type": kind, "delay": 10, "timeout": 5, "max_retries": 3}
	maps.Copy(body, attributes)
	s, out := l.post("healthmonitors", "healthmonitor", body)
	l.settle()
	return s, out
}

// monitoring is a probe that creates a monitor on the TCP pool.
func monitoring(row provider.Feature, kind string, attributes obj) probe {
	return probe{row, func(l *live) seen {
		s, _ := l.monitored(kind, attributes)
		return s
	}}
}

// monitoringOther is a probe that creates a monitor on a pool of another protocol,
// which has a listener, as ovn wants it.
func monitoringOther(row provider.Feature, protocol, kind string) probe {
	return probe{row, func(l *live) seen {
		s, listener := l.listen(protocol, nil)
		if s.outcome != worked {
			return skip("no " + protocol + " listeners")
		}
		_, pool := l.post("pools", "pool", obj{"listener_id": listener["id"], "protocol": protocol, "lb_algorithm": l.caps.Algorithm()})
		l.settle()
		s, _ = l.monitored(kind, obj{"pool_id": pool["id"]})
		return s
	}}
}

// changing is a probe that creates a TCP monitor and changes it.
func changing(row provider.Feature, field string, value any) probe {
	return probe{row, func(l *live) seen {
		s, hm := l.monitored("TCP", nil)
		if s.outcome != worked {
			return s
		}
		path := "healthmonitors/" + hm["id"].(string)
		s = l.put(path, "healthmonitor", obj{field: value})
		if _, out := l.get(path, "healthmonitor"); s.outcome == worked && out[field] != value {
			return seen{provider.Ignored, s.text}
		}
		return s
	}}
}

func probesOfMonitors() []probe {
	return []probe{
		monitoring(provider.HealthMonitor, "TCP", nil),
		changing(provider.MonitorTCP, "name", "renamed"),
		monitoringOther(provider.MonitorUDPConnect, "UDP", "UDP-CONNECT"),
		monitoring(provider.MonitorHTTP, "HTTP", nil),
		monitoring(provider.MonitorHTTPS, "HTTPS", nil),
		monitoring(provider.MonitorPing, "PING", nil),
		monitoring(provider.MonitorTLSHello, "TLS-HELLO", nil),
		monitoringOther(provider.MonitorSCTP, "SCTP", "SCTP"),
		monitoringOther(provider.MonitorHTTPOnUDPPool, "UDP", "TCP"),
		monitoring(provider.MonitorHTTPHost, "HTTP", obj{"http_version": 1.1, "domain_name": "www.example.org"}),
		{provider.MonitorHTTPRequest, func(l *live) seen {
			attributes := obj{"url_path": "/healthz", "http_method": "HEAD", "expected_codes": "200-204"}
			kind := "HTTP"
			if !l.caps.Has(provider.MonitorHTTP) {
				kind = "TCP"
			}
			s, _ := l.monitored(kind, attributes)
			return s
		}},
		changing(provider.MonitorTimings, "delay", 20.0),
		changing(provider.MonitorRetriesDown, "max_retries_down", 5.0),
		changing(provider.MonitorAdminState, "admin_state_up", false),
	}
}

// ruling creates an L7 policy on a listener that the driver has, with a rule if any.
func ruling(row provider.Feature, policy, rule obj) probe {
	return probe{row, func(l *live) seen {
		protocol := "HTTP"
		if !l.caps.Has(provider.ListenerHTTP) {
			protocol = "TCP"
		}
		_, listener := l.listen(protocol, nil)
		body := maps.Clone(policy)
		body["listener_id"] = listener["id"]
		if body["action"] == "REDIRECT_TO_POOL" {
			_, pool := l.pooled(protocol, nil)
			body["redirect_pool_id"] = pool["id"]
		}
		s, out := l.post("l7policies", "l7policy", body)
		l.settle()
		if s.outcome != worked || rule == nil {
			return s
		}
		s, _ = l.post("l7policies/"+out["id"].(string)+"/rules", "rule", rule)
		l.settle()
		return s
	}}
}

func probesOfL7() []probe {
	return []probe{
		ruling(provider.PolicyReject, obj{"action": "REJECT"}, nil),
		ruling(provider.PolicyRedirectPool, obj{"action": "REDIRECT_TO_POOL"}, nil),
		ruling(provider.PolicyRedirectURL, obj{"action": "REDIRECT_TO_URL", "redirect_url": "http://www.example.org/"}, nil),
		ruling(provider.PolicyRedirectPrefix, obj{"action": "REDIRECT_PREFIX", "redirect_prefix": "https://www.example.org"}, nil),
		ruling(provider.PolicyRedirectCode, obj{"action": "REDIRECT_TO_URL", "redirect_url": "http://www.example.org/", "redirect_http_code": 308}, nil),
		ruling(provider.RuleBasic, obj{"action": "REJECT"}, obj{"type": "HOST_NAME", "compare_type": "EQUAL_TO", "value": "www.example.org"}),
		ruling(provider.RuleSSL, obj{"action": "REJECT"}, obj{"type": "SSL_CONN_HAS_CERT", "compare_type": "EQUAL_TO", "value": "True"}),
		{provider.PolicyProtocolChecked, func(l *live) seen {
			s, _ := l.post("l7policies", "l7policy", obj{"listener_id": l.listener, "action": "REJECT"}) // a TCP listener
			if s.outcome == provider.Refused && l.caps.Has(provider.PolicyReject) {
				return seen{worked, s.text} // the row is about the refusal
			}
			return s
		}},
	}
}
