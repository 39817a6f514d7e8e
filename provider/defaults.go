// SPDX-License-Identifier: Apache-2.0

package provider

import "slices"

// Drain is how a member is taken out of service without cutting its connections.
type Drain string

const (
	// DrainByWeight sets the weight to 0: no new connections, old ones live on.
	DrainByWeight Drain = "weight 0"
	// DrainByAdminState sets admin_state_up to false, where weights have no effect.
	DrainByAdminState Drain = "admin_state_up false"
	// DrainNone: the driver can do neither; members can only be removed.
	DrainNone Drain = ""
)

// Algorithm is the lb_algorithm for pools that name none: ROUND_ROBIN wherever
// the driver takes it, else SOURCE_IP_PORT. ovn took only ROUND_ROBIN in Stein
// and only SOURCE_IP_PORT from Train on (rows lb-algorithm-*). Where a span
// covers both, the floor decides. "" for the zero value.
func (c Capabilities) Algorithm() string {
	for _, at := range []Capabilities{c, c.floor()} {
		switch {
		case at.Has(AlgorithmRoundRobin):
			return "ROUND_ROBIN"
		case at.Has(AlgorithmSourceIPPort):
			return "SOURCE_IP_PORT"
		}
	}
	return ""
}

// floor is the column at the oldest releases alone.
func (c Capabilities) floor() Capabilities {
	c.api, c.driver = At(c.api.Floor), At(c.driver.Floor)
	return c
}

// MonitorType is the health monitor type that fits a pool of the given protocol,
// or "" where the driver has none that works.
//
// local asks for a probe of a health-check node port over HTTP, as Kubernetes
// serves it for externalTrafficPolicy: Local. That needs a driver with HTTP
// monitors and a monitor port of the member's own ([MonitorHTTP],
// [MemberMonitorAddress], on UDP and SCTP pools [MonitorHTTPOnUDPPool]); ovn has
// neither, and gets the probe of the traffic port, which every node answers.
func (c Capabilities) MonitorType(poolProtocol string, local bool) string {
	datagram := poolProtocol == "UDP" || poolProtocol == "SCTP"
	if local && c.Has(HealthMonitor, MonitorHTTP, MemberMonitorAddress) &&
		(!datagram || c.Has(MonitorHTTPOnUDPPool)) {
		return "HTTP"
	}
	candidates := []struct {
		kind string
		row  Feature
		pool string
	}{
		{"SCTP", MonitorSCTP, "SCTP"},
		{"UDP-CONNECT", MonitorUDPConnect, "UDP"},
		{"TCP", MonitorTCP, "TCP"},
	}
	want := poolProtocol
	if !datagram {
		want = "TCP" // an HTTP or PROXY member listens on TCP
	}
	for _, m := range candidates {
		if m.pool == want && c.Has(HealthMonitor, m.row) {
			return m.kind
		}
	}
	return ""
}

// EarlyFloatingIP reports whether a floating IP may be attached to the VIP port
// as soon as the create call has answered. On amphora the port is final by then
// and the address is known a machine's boot earlier; the ovn driver may lose an
// early one ([QuirkOVNEarlyFloatingIP]).
func (c Capabilities) EarlyFloatingIP() bool {
	return c.name != "" && !c.HasQuirk(QuirkOVNEarlyFloatingIP)
}

// Drain is how to take a member out of service: by weight where weights have an
// effect ([MemberWeight]), by admin state where only that has.
func (c Capabilities) Drain() Drain {
	switch {
	case c.Has(MemberWeight):
		return DrainByWeight
	case c.Has(MemberAdminState):
		return DrainByAdminState
	default:
		return DrainNone
	}
}

// BatchMembers reports whether PUT pools/{id}/members does what it says, given a
// client that sends complete members with their subnet, none twice and none that
// the driver refuses, and lets each batch settle. Where it is false, members have
// to be created, updated and deleted one by one. It is false while one of these
// is in force: [QuirkOVNBatchSignatureTrain], [QuirkOVNBatchSignatureUssuri],
// [QuirkOVNBatchEmptyPool], [QuirkBatchUpdateOnlyFails]. [Capabilities.Trust] of
// [MemberBatch] asks for more: safety without that care.
func (c Capabilities) BatchMembers() bool {
	return c.Has(MemberBatch) && c.free(
		QuirkOVNBatchSignatureTrain, QuirkOVNBatchSignatureUssuri,
		QuirkOVNBatchEmptyPool, QuirkBatchUpdateOnlyFails)
}

// BatchRemovesIPv6 reports whether members with IPv6 addresses may be removed by
// leaving them out of a batch; where it is false they have to be deleted one by
// one ([QuirkOVNBatchIPv6Delete]).
func (c Capabilities) BatchRemovesIPv6() bool {
	return c.BatchMembers() && c.free(QuirkOVNBatchIPv6Delete)
}

// BatchEmpties reports whether an empty batch empties a pool that has members
// ([MemberBatchEmpty]). An empty batch for an empty pool is best never sent
// ([QuirkBatchNoOpLocksLB]).
func (c Capabilities) BatchEmpties() bool { return c.BatchMembers() && c.Has(MemberBatchEmpty) }

// SingleCallCreate reports whether one POST of the whole graph can be relied on
// to build listeners, pools and members, given a client that sends the subnet of
// every member and waits for the tree. Monitors are a question of their own
// ([Capabilities.MonitorInCreate]).
//
// It is false where children may be lost: on amphora from Xena to Zed
// ([QuirkPopulatedCreateChildrenLost]; 10.1.0 and 11.0.1 have the fix, but a
// client cannot tell them from 10.0.0 and 11.0.0, nor Zed from 2023.1), on ovn
// before Yoga ([QuirkOVNPopulatedCreateChildrenPending]).
func (c Capabilities) SingleCallCreate() bool {
	return c.Has(CreatePopulated) && c.free(
		QuirkPopulatedCreateChildrenLost, QuirkOVNPopulatedCreateChildrenPending)
}

// MonitorInCreate reports whether a health monitor may be part of that POST. On
// ovn before 2023.1 it would stay PENDING_CREATE ([QuirkOVNPopulatedCreateHMPending]).
func (c Capabilities) MonitorInCreate() bool {
	return c.SingleCallCreate() && c.Has(MonitorInPopulated) && c.free(QuirkOVNPopulatedCreateHMPending)
}

// MemberSubnetRequired reports whether every member must be sent with its subnet:
// because the driver insists ([QuirkOVNMemberRequiresSubnet]), or because it
// guesses wrong without it ([QuirkOVNBatchRepeatSubnetID],
// [QuirkOVNPopulatedCreateMemberSubnet]). Always so on ovn, never on amphora.
func (c Capabilities) MemberSubnetRequired() bool {
	return !c.free(QuirkOVNMemberRequiresSubnet, QuirkOVNBatchRepeatSubnetID, QuirkOVNPopulatedCreateMemberSubnet)
}

// free reports whether none of the quirks is in force.
func (c Capabilities) free(ids ...QuirkID) bool {
	return !slices.ContainsFunc(ids, c.HasQuirk)
}
