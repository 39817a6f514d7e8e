// SPDX-License-Identifier: Apache-2.0

package provider

import (
	"fmt"
	"slices"
	"strings"
)

// A rule finds what one aspect of the requirements means for a candidate.
type rule func(Requirements, Capabilities) []Finding

func rules() []rule {
	return []rule{ruleProtocols, ruleNeeds, ruleMonitors, ruleClientIP, ruleMachines, ruleTime, ruleForms, ruleDefects}
}

// Points: a risk weighs by what it may cost, a machine by what it does cost.
const (
	pointsCritical = 8
	pointsMajor    = 3
	pointsMinor    = 1
	pointsCatch    = 2 // a property to know about
	pointsMachine  = 1
)

func refuse(row Feature, format string, a ...any) []Finding {
	return []Finding{{Kind: Refusal, Text: fmt.Sprintf(format, a...), Row: row}}
}

func catch(row Feature, format string, a ...any) []Finding {
	return []Finding{{Kind: Risk, Text: fmt.Sprintf(format, a...), Row: row, Points: pointsCatch}}
}

func plus(row Feature, format string, a ...any) []Finding {
	return []Finding{{Kind: Advantage, Text: fmt.Sprintf(format, a...), Row: row}}
}

// ruleProtocols: listeners and pools. TLS that is passed through is TCP to a
// driver of layer 4, so only the probes are lost.
func ruleProtocols(r Requirements, c Capabilities) (fs []Finding) {
	for _, p := range r.Protocols {
		rows, _, _ := protocolRows(p)
		missing := c.missing(rows)
		switch {
		case missing == "":
		case p == "HTTPS" && c.Has(ListenerTCP, PoolTCP):
			fs = append(fs, catch(missing, "HTTPS is passed through as plain TCP")...)
		default:
			fs = append(fs, refuse(missing, "no %s listeners%s", p, c.why(missing))...)
		}
	}
	if len(r.Protocols) > 1 && !c.Has(MixedProtocols) && differ(r.Protocols) {
		fs = append(fs, refuse(MixedProtocols, "one transport protocol a load balancer")...)
	}
	return fs
}

// differ reports whether the protocols are of several transports.
func differ(protocols []string) bool {
	transport := func(p string) string {
		if p == "UDP" || p == "SCTP" {
			return p
		}
		return "TCP"
	}
	return slices.ContainsFunc(protocols, func(p string) bool { return transport(p) != transport(protocols[0]) })
}

// missing is the first of the rows that c lacks, or "".
func (c Capabilities) missing(rows []Feature) Feature {
	for _, f := range rows {
		if !c.Has(f) {
			return f
		}
	}
	return ""
}

// why says what asking for a missing row would do.
func (c Capabilities) why(f Feature) string {
	if w := c.Entry(f).Otherwise.consequence(); w != "" {
		return " (" + w + ")"
	}
	return ""
}

func ruleNeeds(r Requirements, c Capabilities) (fs []Finding) {
	for _, n := range r.needs() {
		if f := c.missing(n.rows); f != "" {
			fs = append(fs, refuse(f, "no %s%s", n.what, c.why(f))...)
		}
	}
	return fs
}

// ruleMonitors: with externalTrafficPolicy: Local only the nodes that run a pod
// answer, and kube-proxy drops what reaches the others; so members must be probed,
// or be kept to those nodes by the controller.
func ruleMonitors(r Requirements, c Capabilities) (fs []Finding) {
	if !r.Monitors && !r.Local {
		return nil
	}
	for _, p := range r.Protocols {
		_, pool, _ := protocolRows(p)
		kind := c.MonitorType(pool, r.Local)
		switch {
		case kind == "" && r.Local:
			fs = append(fs, refuse(HealthMonitor, "no health monitors for %s: with externalTrafficPolicy: Local nodes without a pod would get traffic and drop it", p)...)
		case kind == "":
			fs = append(fs, refuse(HealthMonitor, "no health monitors for %s", p)...)
		case r.Local && kind == "HTTP":
			fs = append(fs, plus(MonitorHTTP, "nodes are probed at their health-check node port (%s)", p)...)
		case r.Local:
			fs = append(fs, catch(MonitorHTTP, "%s is probed (%s) at the node port itself: right only because kube-proxy drops what reaches a node without a pod", p, kind)...)
		}
	}
	if c.Has(HealthMonitor) && !c.Trust(HealthMonitor) {
		fs = append(fs, Finding{
			Kind: Risk, Row: HealthMonitor, Points: pointsMajor,
			Text: "health monitors are young here: dependable since " + c.Entry(HealthMonitor).Reliable.String(),
		})
	}
	return fs
}

// ruleClientIP: amphora is a proxy, so members see its address; ovn only rewrites
// the destination (row client-source-ip-preserved).
func ruleClientIP(r Requirements, c Capabilities) []Finding {
	if c.Has(ClientSourceIP) {
		fs := catch(ClientSourceIP, "members' security groups must admit the clients, not just the load balancer")
		if r.ClientIP != ClientIPUnneeded || r.Local {
			fs = append(fs, plus(ClientSourceIP, "members see the client's address on the packet")...)
		}
		return fs
	}
	datagram := slices.ContainsFunc(r.Protocols, func(p string) bool { return p == "UDP" || p == "SCTP" })
	switch {
	case r.ClientIP == ClientIPOnPacket:
		return refuse(ClientSourceIP, "packets reach members from the load balancer's address")
	case r.ClientIP == ClientIPTold && datagram:
		return refuse(ClientSourceIP, "neither PROXY protocol nor headers tell the client's address over UDP or SCTP")
	case r.ClientIP == ClientIPTold && (slices.Contains(r.Protocols, "HTTP") || slices.Contains(r.Protocols, "TERMINATED_HTTPS")):
		return plus(HeaderXForwarded, "X-Forwarded-For tells members the client's address")
	case r.ClientIP == ClientIPTold && c.Has(PoolPROXY):
		return catch(PoolPROXY, "members learn the client's address only by the PROXY protocol, which they must speak")
	case r.Local:
		return catch(ClientSourceIP, "externalTrafficPolicy: Local keeps the load balancer's address, not the client's")
	default:
		return nil
	}
}

// ruleMachines: a load balancer of amphora is a virtual machine, two with the
// topology ACTIVE_STANDBY (octavia doc/source/admin/guides/operator-maintenance.rst).
func ruleMachines(r Requirements, c Capabilities) []Finding {
	if c.Provider() != Amphora {
		return plus("", "no machines: load balancing is part of the virtual network")
	}
	n := r.LoadBalancers
	if r.HA {
		n *= 2
	}
	if r.Machines > 0 && n > r.Machines {
		return refuse("", "%d machines for %d load balancers, where %d are allowed", n, r.LoadBalancers, r.Machines)
	}
	return []Finding{{Kind: Cost, Text: fmt.Sprintf("%d machines for %d load balancers", n, r.LoadBalancers), Points: n * pointsMachine}}
}

// Seconds that a load balancer is locked, rough figures of clouds in use: a machine
// boots in one to two minutes, a change of amphora takes 3 to 10 s, one of ovn
// about one.
const (
	amphoraBoot, amphoraChange = 90, 5
	ovnBoot, ovnChange         = 3, 1
)

// ruleTime: a load balancer takes one change at a time.
func ruleTime(r Requirements, c Capabilities) (fs []Finding) {
	boot, change := ovnBoot, ovnChange
	if c.Provider() == Amphora {
		boot, change = amphoraBoot, amphoraChange
	}
	if boot >= 30 {
		fs = append(fs, Finding{Kind: Cost, Points: min(r.LoadBalancers, 10), Text: fmt.Sprintf("about %d s until a new load balancer serves", boot)})
	}
	if r.ChangesPerHour == 0 {
		return fs
	}
	perLB := (r.ChangesPerHour + r.LoadBalancers - 1) / r.LoadBalancers
	share := perLB * change * 100 / 3600
	text := fmt.Sprintf("%d changes an hour keep a load balancer locked for %d %% of the time", perLB, min(share, 100))
	switch {
	case share >= 50:
		fs = append(fs, Finding{Kind: Risk, Points: pointsCritical, Text: text + " unless they are batched"})
	case share >= 10:
		fs = append(fs, Finding{Kind: Cost, Points: pointsMajor, Text: text})
	}
	return fs
}

// ruleForms: calls that cannot be made in their cheap form.
func ruleForms(r Requirements, c Capabilities) (fs []Finding) {
	if !c.SingleCallCreate() {
		fs = append(fs, Finding{Kind: Cost, Row: CreatePopulated, Points: pointsMinor, Text: "load balancers are built step by step: one POST of all is not safe"})
	}
	if !c.BatchMembers() {
		fs = append(fs, Finding{Kind: Cost, Row: MemberBatch, Points: pointsMajor, Text: "members are changed one by one: the batch call is not safe"})
	}
	if r.Members == Pods && c.Drain() == DrainByAdminState {
		fs = append(fs, catch(MemberWeight, "members drain by admin state, as weights have no effect")...)
	}
	return fs
}

// ruleDefects: what is broken at this release in the rows that the job needs.
func ruleDefects(r Requirements, c Capabilities) (fs []Finding) {
	rows := r.rows()
	for q := range c.Quirks() {
		if !q.Core || !q.Defect || !slices.ContainsFunc(q.Features, func(f Feature) bool { return slices.Contains(rows, f) }) {
			continue
		}
		first, _, _ := strings.Cut(q.Symptom, ". ")
		fs = append(fs, Finding{
			Kind: Risk, Quirk: q.ID, Points: q.Severity.points(),
			Text: fmt.Sprintf("%s (%s): %s", q.ID, q.Severity, strings.TrimSuffix(first, ".")),
		})
	}
	return fs
}

func (s Severity) points() int {
	switch s {
	case Critical:
		return pointsCritical
	case Major:
		return pointsMajor
	case Minor:
		return pointsMinor
	default:
		return 0
	}
}

// rows are all rows that the job touches.
func (r Requirements) rows() (rows []Feature) {
	for _, p := range r.Protocols {
		fs, _, _ := protocolRows(p)
		rows = append(rows, fs...)
	}
	for _, n := range r.needs() {
		rows = append(rows, n.rows...)
	}
	if r.Monitors || r.Local {
		rows = append(rows, HealthMonitor, MonitorTimings)
	}
	return append(rows, MemberAdminState)
}
