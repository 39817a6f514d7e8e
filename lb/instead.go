// SPDX-License-Identifier: Apache-2.0

package lb

import "github.com/octaviakit/octaviakit/provider"

// instead names what serves where a feature does not, "" if nothing does.
func instead(f provider.Feature, caps provider.Capabilities) string {
	switch f {
	case provider.AllowedCIDRs:
		return "security groups on the members"
	case provider.VIPSecurityGroups:
		return "Neutron's security groups on the VIP port, or AllowedCIDRs of the listeners"
	case provider.AdditionalVIPs:
		return "a load balancer for each IP version"
	case provider.SamePortPerProtocol:
		return "another port, or another load balancer"
	case provider.MemberMonitorAddress:
		return "leave it out, and the port that serves is probed"
	case provider.MemberSubnetOptional:
		return "the subnet of the member, or MemberSubnetID of its pool"
	case provider.MemberWeight:
		return "AdminStateUp: new(false) takes a member out"
	case provider.MonitorHTTP, provider.MonitorHTTPS, provider.MonitorPing, provider.MonitorTLSHello:
		if t := caps.MonitorType(string(TCP), false); t != "" {
			return "a monitor of type " + t
		}
	}
	return anotherValue(f, caps)
}

// anotherValue is a value of the same field that the provider does know.
func anotherValue(f provider.Feature, caps provider.Capabilities) string {
	other, needs := "", provider.ListenerTCP
	switch f {
	case provider.AlgorithmRoundRobin, provider.AlgorithmLeastConnections, provider.AlgorithmSourceIP, provider.AlgorithmSourceIPPort:
		return caps.Algorithm()
	case provider.ListenerHTTP, provider.ListenerHTTPS, provider.PoolHTTP, provider.PoolHTTPS, provider.PoolPROXY, provider.PoolPROXYV2:
		other = "TCP"
	case provider.TerminatedHTTPS:
		other = "TCP, with TLS up to the members"
	case provider.PersistenceHTTPCookie, provider.PersistenceAppCookie:
		other, needs = "SOURCE_IP", provider.PersistenceSourceIP
	case provider.MonitorHTTPOnUDPPool:
		other, needs = "a monitor of type UDP-CONNECT", provider.MonitorUDPConnect
	}
	if other == "" || !caps.Has(needs) {
		return ""
	}
	return other
}
