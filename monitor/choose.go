// SPDX-License-Identifier: Apache-2.0

package monitor

import (
	"fmt"

	"github.com/octaviakit/octaviakit/provider"
)

// healthCheckPath is where Kubernetes serves a Service's health-check node port.
const healthCheckPath = "/healthz"

// Choice is a probe that a provider can carry out.
type Choice struct {
	// Spec is the probe.
	Spec Spec
	// MemberPort is what each member's MonitorPort has to be; 0: leave it out, and the
	// port that serves is probed.
	MemberPort uint16
	// Shortfall says what was asked for and is not found out; "" if all of it is.
	Shortfall string
}

// Choose returns the probe for a pool that its provider does best at its release, with
// the defaults of Spec otherwise; false where it has none that can be trusted, and
// Shortfall says why. poolProtocol is as the API spells it.
//
// healthCheckPort is a health-check node port, as Kubernetes has one for a Service with
// externalTrafficPolicy: Local; 0 for none. It answers on every node and says whether
// the node has a pod. Where the driver knows HTTP probes and a monitor port of each
// member, it is what is probed. Elsewhere, on ovn at every release, the port that
// serves is, which every node answers whether it has a pod or not: clients' connections
// that reach one without are dropped until the members are the nodes with pods only.
func Choose(caps provider.Capabilities, poolProtocol string, healthCheckPort uint16) (Choice, bool) {
	local := healthCheckPort != 0
	kind := Type(caps.MonitorType(poolProtocol, local))
	switch {
	case kind == "":
		return Choice{Shortfall: fmt.Sprintf("%s has no probe for %s pools at this release", caps.Provider(), poolProtocol)}, false
	case !caps.Trust(provider.HealthMonitor):
		return Choice{Shortfall: fmt.Sprintf("%s cannot be trusted with health monitors at this release", caps.Provider())}, false
	case local && kind == TypeHTTP:
		return Choice{Spec: HTTP(healthCheckPath), MemberPort: healthCheckPort}, true
	case local:
		return Choice{Spec: Spec{Type: kind}, Shortfall: fmt.Sprintf(
			"%s cannot probe the health-check node port: nodes without a pod count as healthy, make members only of those with one",
			caps.Provider())}, true
	}
	return Choice{Spec: Spec{Type: kind}}, true
}

// On is s with its Type, where it has none, as a pool of this protocol needs it:
// UDP-CONNECT for UDP, SCTP for SCTP, else TCP.
func (s Spec) On(poolProtocol string) Spec {
	if s.Type != "" {
		return s
	}
	switch poolProtocol {
	case "UDP":
		s.Type = TypeUDP
	case "SCTP":
		s.Type = TypeSCTP
	default:
		s.Type = TypeTCP
	}
	return s
}
