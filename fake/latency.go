// SPDX-License-Identifier: Apache-2.0

package fake

import (
	"math"
	"time"
)

// Latency says how long an object stays PENDING. The kind is that of the object which
// the caller changed ("loadbalancer", "listener", "pool", "member", "healthmonitor",
// "l7policy", "l7rule", or "failover" for a failover), the status the one it waits in
// (PENDING_CREATE, PENDING_UPDATE, PENDING_DELETE). On ovn it is asked once per request
// of the driver's queue, so a batch of ten members takes ten times as long where the
// driver still takes them one by one.
type Latency func(kind, status string) time.Duration

// Instantly is no latency: due at once, settled at the next look.
func Instantly(string, string) time.Duration { return 0 }

// AmphoraLike takes as long as a SINGLE topology amphora does in the median: 45 s for a
// virtual machine to boot and call back, 2 s to reconfigure its HAProxy, 10 s for a
// delete, 90 s for a failover.
//
// These are estimates from Octavia's own settings (it polls Nova every 10 s, the
// amphora's agent every 5 s; heartbeats come every 10 s) and its PTL's word that a real
// machine boots in about 20 s (openstack-discuss, 2019-07-19), not measurements.
func AmphoraLike(kind, status string) time.Duration {
	switch {
	case kind == kindFailover:
		return 90 * time.Second
	case kind != kindLB:
		return 2 * time.Second
	case status == pendingCreate:
		return 45 * time.Second
	case status == pendingDelete:
		return 10 * time.Second
	default:
		return time.Second
	}
}

// OVNLike takes as long as ovn-octavia-provider does in the median: 1.5 s to create or
// delete a load balancer (a port and a commit to the northbound database), half a second
// for each request after that.
//
// Observed on ovn-octavia-provider 3.0.0 (Zed): 0.3 to 0.6 s a change, 2 to 3 s a
// populated create. 8.0.0 (2025.1) on a busy machine: 1 to 2 s, and 1 to 4 s for each
// member of a batch.
func OVNLike(kind, status string) time.Duration {
	if kind == kindLB && status != pendingUpdate {
		return 1500 * time.Millisecond
	}
	return 500 * time.Millisecond
}

func (c *Cloud) delay(kind, status string) time.Duration {
	d := c.latency(kind, status)
	if c.jitter > 0 && d > 0 {
		d = time.Duration(float64(d) * math.Exp(c.jitter*c.rng.NormFloat64()))
	}
	return d
}
