// SPDX-License-Identifier: Apache-2.0

package provider_test

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/octaviakit/octaviakit/provider"
)

// quirkProbe looks whether a quirk shows on a real cloud. Not seeing one that only
// shows at times proves nothing, so those have no probe.
type quirkProbe struct {
	id  provider.QuirkID
	see func(l *live) (inForce bool, what string)
}

func probesOfQuirks() []quirkProbe {
	return []quirkProbe{
		{provider.QuirkPopulatedCreateChildrenLost, func(l *live) (bool, string) {
			lb := l.populated(nil)
			for range 40 { // longer than ovn's children take
				_, tree := l.get("loadbalancers/"+lb["id"].(string)+"/status", "statuses")
				states := provisioning(tree)
				if !slices.ContainsFunc(states, func(s string) bool { return strings.HasPrefix(s, "PENDING") }) {
					return false, "all settled"
				}
				l.pause(500 * time.Millisecond)
			}
			return true, "children PENDING below an ACTIVE load balancer"
		}},
		{provider.QuirkPopulatedCreateResponseHMNull, func(l *live) (bool, string) {
			lb := l.populated(obj{"type": "TCP", "delay": 10, "timeout": 5, "max_retries": 3})
			pools, _ := lb["pools"].([]any)
			pool, _ := pools[0].(obj)
			if pool["healthmonitor"] == nil {
				return true, "healthmonitor null"
			}
			return false, "healthmonitor told"
		}},
		{provider.QuirkBatchResetsOmittedFields, func(l *live) (bool, string) {
			m := l.given(l.post("pools/"+l.pool+"/members", "member", l.member(1, obj{"weight": 7})))
			l.settle()
			l.batch("", []obj{l.member(1, nil)}, 1)
			_, out := l.get("pools/"+l.pool+"/members/"+m["id"].(string), "member")
			return out["weight"] == 1.0, fmt.Sprint("weight ", out["weight"])
		}},
		{provider.QuirkOVNFailoverNoOp, func(l *live) (bool, string) {
			s := probeOf(provider.Failover).try(l)
			return s.outcome == worked, string(s.outcome)
		}},
		{provider.QuirkOVNVIPPortIDConflict, func(l *live) (bool, string) {
			s := probeOf(provider.VIPPort).try(l)
			return s.outcome != worked, string(s.outcome)
		}},
		{provider.QuirkDeletedRowsVisibleQueens, func(l *live) (bool, string) {
			lb := l.given(l.balancer(nil))
			path := "loadbalancers/" + lb["id"].(string)
			l.remove(path)
			status, _, _ := l.call(http.MethodGet, path, nil)
			return status != http.StatusNotFound, fmt.Sprint(status)
		}},
	}
}

func probeOf(row provider.Feature) probe {
	ps := liveProbes()
	return ps[slices.IndexFunc(ps, func(p probe) bool { return p.row == row })]
}

// populated creates a load balancer in one call, with a monitor if any. It is the
// answer to the POST, not what became of it; tidy deletes it.
func (l *live) populated(monitor obj) obj {
	pool := obj{"name": "b", "protocol": "TCP", "lb_algorithm": l.caps.Algorithm(), "members": []obj{l.member(1, nil)}}
	if monitor != nil {
		pool["healthmonitor"] = monitor
	}
	s, out := l.post("loadbalancers", "loadbalancer", obj{
		"name": livePrefix + "x", "provider": l.name, "vip_subnet_id": l.vip["id"],
		"listeners": []obj{{"name": "a", "protocol": "TCP", "protocol_port": 80, "default_pool": pool}},
	})
	lb := l.given(s, out)
	for range 240 {
		if _, now := l.get("loadbalancers/"+lb["id"].(string), "loadbalancer"); now["provisioning_status"] != "PENDING_CREATE" {
			break
		}
		l.pause(500 * time.Millisecond)
	}
	return lb
}

// compareQuirk looks for one quirk and judges what the data says of it.
func (l *live) compareQuirk(p quirkProbe) (line string, counted int) {
	q, ok := provider.LookupQuirk(p.id)
	if !ok || q.Provider != "" && q.Provider != l.name {
		return "", 0
	}
	says := l.caps.HasQuirk(p.id)
	sees, what := p.see(l)
	l.tidy()
	verdict := "agrees: " + what
	if says != sees {
		verdict = "DISAGREES: " + what
		l.t.Errorf("%s on %s: in force by the data: %v, by the cloud: %v (%s)", p.id, l.name, says, sees, what)
	}
	return fmt.Sprintf("%-8s quirk %-36s %-10v %-10v %s", l.name, p.id, says, sees, verdict), 1
}
