// SPDX-License-Identifier: Apache-2.0

package provider_test

import (
	"maps"
	"net/http"
	"os"
	"strings"
	"time"

	"github.com/octaviakit/octaviakit/provider"
)

// balancer creates a load balancer and waits for it.
func (l *live) balancer(attributes obj) (seen, obj) {
	body := obj{"name": livePrefix + "x", "provider": l.name, "vip_subnet_id": l.vip["id"]}
	maps.Copy(body, attributes)
	for k, v := range body {
		if v == nil {
			delete(body, k)
		}
	}
	s, out := l.post("loadbalancers", "loadbalancer", body)
	if s.outcome != worked {
		return s, out
	}
	for range 240 {
		if _, out = l.get("loadbalancers/"+out["id"].(string), "loadbalancer"); !strings.HasPrefix(out["provisioning_status"].(string), "PENDING") {
			break
		}
		l.pause(500 * time.Millisecond)
	}
	if out["provisioning_status"] != "ACTIVE" {
		return seen{provider.Outcome(out["provisioning_status"].(string)), s.text}, out
	}
	return s, out
}

// balancing is a probe that creates a load balancer.
func balancing(row provider.Feature, attributes func(l *live) obj) probe {
	return probe{row, func(l *live) seen {
		s, _ := l.balancer(attributes(l))
		return s
	}}
}

// dual is a probe of a second VIP in the IPv6 subnet.
func dual(row provider.Feature, see func(vip obj) bool) probe {
	return probe{row, func(l *live) seen {
		if l.vip6 == nil {
			return skip("no IPv6 subnet beside the VIP's")
		}
		s, out := l.balancer(obj{"additional_vips": []obj{{"subnet_id": l.vip6["id"]}}})
		vips, _ := out["additional_vips"].([]any)
		if s.outcome == worked && (len(vips) != 1 || !see(vips[0].(obj))) {
			return seen{provider.Ignored, s.text}
		}
		return s
	}}
}

// administered is a probe for which OCTAVIAKIT_ADMIN_CLOUD is needed.
func administered(row provider.Feature, try func(l *live) seen) probe {
	return probe{row, func(l *live) seen {
		admin := os.Getenv("OCTAVIAKIT_ADMIN_CLOUD")
		if admin == "" {
			return skip("for administrators: OCTAVIAKIT_ADMIN_CLOUD names none")
		}
		as := *l
		as.octavia, _ = liveClients(l.t, admin)
		return try(&as)
	}}
}

func probesOfLoadBalancers() []probe {
	return []probe{
		balancing(provider.ProviderSelection, func(*live) obj { return nil }),
		{provider.CreatePopulated, func(l *live) seen {
			s, _ := l.balancer(obj{"listeners": []obj{{
				"name": "a", "protocol": "TCP", "protocol_port": 80,
				"default_pool": obj{"name": "b", "protocol": "TCP", "lb_algorithm": l.caps.Algorithm(), "members": []obj{l.member(1, nil)}},
			}}})
			return s
		}},
		{provider.CascadeDelete, func(l *live) seen {
			s, out := l.balancer(obj{"listeners": []obj{{"name": "a", "protocol": "TCP", "protocol_port": 80}}})
			if s.outcome != worked {
				return s
			}
			status, _, text := l.call(http.MethodDelete, "loadbalancers/"+out["id"].(string)+"?cascade=true", nil)
			return seenOf(status, text)
		}},
		dual(provider.AdditionalVIPs, func(vip obj) bool { return vip["ip_address"] != nil }),
		{provider.VIPSubnet, func(l *live) seen {
			want := address(l.vip, 9)
			s, out := l.balancer(obj{"vip_address": want})
			if s.outcome == worked && out["vip_address"] != want {
				return seen{provider.Ignored, s.text}
			}
			return s
		}},
		balancing(provider.VIPNetwork, func(l *live) obj {
			return obj{"vip_subnet_id": nil, "vip_network_id": l.vip["network_id"]}
		}),
		{provider.VIPPort, func(l *live) seen {
			status, body, text := l.send(l.network, http.MethodPost, "ports", obj{"port": obj{
				"name": livePrefix + "port", "network_id": l.vip["network_id"], "fixed_ips": []obj{{"subnet_id": l.vip["id"]}},
			}})
			if status != http.StatusCreated {
				return skip(text)
			}
			id := body["port"].(obj)["id"].(string)
			s, _ := l.balancer(obj{"vip_subnet_id": nil, "vip_port_id": id})
			l.tidy()
			l.send(l.network, http.MethodDelete, "ports/"+id, nil)
			return s
		}},
		{provider.VIPSecurityGroups, func(l *live) seen {
			status, body, text := l.send(l.network, http.MethodPost, "security-groups", obj{"security_group": obj{"name": livePrefix + "group"}})
			if status != http.StatusCreated {
				return skip(text)
			}
			id := body["security_group"].(obj)["id"].(string)
			s, _ := l.balancer(obj{"vip_sg_ids": []string{id}})
			l.tidy()
			l.send(l.network, http.MethodDelete, "security-groups/"+id, nil)
			return s
		}},
		{provider.VIPPortProtected, func(l *live) seen {
			_, lb := l.get("loadbalancers/"+l.lb, "loadbalancer")
			status, body, text := l.send(l.network, http.MethodGet, "ports/"+lb["vip_port_id"].(string), nil)
			if port, _ := body["port"].(obj); status == http.StatusOK && (port["device_owner"] == "" || port["device_id"] == "") {
				return seen{provider.Ignored, text}
			}
			return seenOf(status, text)
		}},
		administered(provider.Failover, func(l *live) seen {
			status, _, text := l.call(http.MethodPut, "loadbalancers/"+l.lb+"/failover", nil)
			l.settle()
			return seenOf(status, text)
		}),
		{provider.LoadBalancerStatistics, func(l *live) seen {
			s, out := l.get("loadbalancers/"+l.lb+"/stats", "stats")
			if s.outcome == worked && out["bytes_in"] == nil {
				return seen{"no counters", s.text}
			}
			return s
		}},
		{provider.StatusTree, func(l *live) seen {
			s, out := l.get("loadbalancers/"+l.lb+"/status", "statuses")
			if s.outcome == worked && len(provisioning(out)) < 3 {
				return seen{"no tree", s.text}
			}
			return s
		}},
		{provider.LoadBalancerAdminState, func(l *live) seen {
			s := l.put("loadbalancers/"+l.lb, "loadbalancer", obj{"admin_state_up": false})
			l.put("loadbalancers/"+l.lb, "loadbalancer", obj{"admin_state_up": true})
			return s
		}},
		{provider.IPv6VIP, func(l *live) seen {
			if l.vip6 == nil {
				return skip("no IPv6 subnet beside the VIP's")
			}
			s, _ := l.balancer(obj{"vip_subnet_id": l.vip6["id"]})
			return s
		}},
	}
}
