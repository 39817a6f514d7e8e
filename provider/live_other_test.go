// SPDX-License-Identifier: Apache-2.0

package provider_test

import (
	"fmt"
	"net/http"
	"strings"

	"github.com/octaviakit/octaviakit/provider"
)

// reading is a probe that reads an object and wants fields in it.
func reading(row provider.Feature, path, kind string, fields ...string) probe {
	return probe{row, func(l *live) seen {
		_, lb := l.get("loadbalancers/"+l.lb, "loadbalancer")
		project, _ := lb["project_id"].(string)
		s, out := l.get(strings.NewReplacer("{lb}", l.lb, "{project}", project).Replace(path), kind)
		for _, f := range fields {
			if _, has := out[f]; s.outcome == worked && !has {
				return seen{"no " + provider.Outcome(f), s.text}
			}
		}
		return s
	}}
}

// profiling is a probe that creates a profile of the driver's own options.
func profiling(row provider.Feature, path, kind, data string) probe {
	return administered(row, func(l *live) seen {
		status, body, text := l.call(http.MethodPost, path, obj{kind: obj{"name": livePrefix + kind, "provider_name": l.name, data: "{}"}})
		if out, ok := body[kind].(obj); ok {
			l.call(http.MethodDelete, path+"/"+out["id"].(string), nil)
		}
		return seenOf(status, text)
	})
}

func probesOfTheRest() []probe {
	return []probe{
		dual(provider.DualStackVIP, func(vip obj) bool { return strings.Contains(fmt.Sprint(vip["ip_address"]), ":") }),
		dual(provider.AdditionalVIPPortID, func(vip obj) bool { return vip["port_id"] != nil }),
		profiling(provider.Flavors, "flavorprofiles", "flavorprofile", "flavor_data"),
		profiling(provider.AvailabilityZones, "availabilityzoneprofiles", "availability_zone_profile", "availability_zone_data"),
		{provider.ResourceTags, func(l *live) seen {
			s := l.put("pools/"+l.pool, "pool", obj{"tags": []string{livePrefix + "tag"}})
			if s.outcome != worked {
				return s
			}
			_, body, text := l.call(http.MethodGet, "pools?tags="+livePrefix+"tag&loadbalancer_id="+l.lb, nil)
			if found, _ := body["pools"].([]any); len(found) != 1 {
				return seen{provider.Ignored, text}
			}
			return s
		}},
		reading(provider.Timestamps, "loadbalancers/{lb}", "loadbalancer", "created_at", "updated_at"),
		reading(provider.Quotas, "quotas/{project}", "quota", "load_balancer", "listener", "pool", "member", "health_monitor"),
		reading(provider.QuotasL7, "quotas/{project}", "quota", "l7policy", "l7rule"),
		{provider.ProviderList, func(l *live) seen {
			status, body, text := l.call(http.MethodGet, "providers", nil)
			if ps, _ := body["providers"].([]any); status == http.StatusOK && len(ps) == 0 {
				return seen{"an empty list", text}
			}
			return seenOf(status, text)
		}},
		administered(provider.ProviderCapabilities, func(l *live) seen {
			status, _, text := l.call(http.MethodGet, "providers/"+string(l.name)+"/flavor_capabilities", nil)
			return seenOf(status, text)
		}),
		administered(provider.AmphoraAPI, func(l *live) seen {
			if l.name != provider.Amphora {
				return skip("it lists amphorae, of which this driver has none")
			}
			status, _, text := l.send(l.octavia, http.MethodGet, "octavia/amphorae?loadbalancer_id="+l.lb, nil)
			return seenOf(status, text)
		}),
		{provider.DeletedIsNotFound, func(l *live) seen {
			out := l.given(l.balancer(nil))
			path := "loadbalancers/" + out["id"].(string)
			l.remove(path) // waits for the 404
			status, _, text := l.call(http.MethodGet, path, nil)
			if status == http.StatusNotFound {
				return seen{worked, text}
			}
			return seenOf(status, text)
		}},
		{provider.EndpointV2, func(l *live) seen {
			as := *l.octavia
			as.ResourceBase = strings.TrimSuffix(as.ResourceBaseURL(), "v2.0/") + "v2/"
			status, _, text := l.send(&as, http.MethodGet, "lbaas/loadbalancers", nil)
			return seenOf(status, text)
		}},
	}
}
