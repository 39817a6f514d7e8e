// SPDX-License-Identifier: Apache-2.0

package provider

// MemberModel is what the members of the pools are.
type MemberModel string

const (
	// Nodes are machines with node ports: few, long-lived, the same in every pool.
	Nodes MemberModel = "nodes"
	// Pods are addressed directly (Kuryr and other CNIs that give pods ports of the
	// virtual network): many, short-lived, each in few pools.
	Pods MemberModel = "pods"
)

// ClientIP is how members learn the address of their client.
type ClientIP string

const (
	// ClientIPUnneeded: they need not know.
	ClientIPUnneeded ClientIP = ""
	// ClientIPTold: the PROXY protocol or an X-Forwarded-For header will do.
	ClientIPTold ClientIP = "told"
	// ClientIPOnPacket: packets must arrive from it.
	ClientIPOnPacket ClientIP = "on packet"
)

// Requirements is what a user wants of load balancing, in no driver's terms. The
// zero value asks for one load balancer with a TCP listener.
type Requirements struct {
	Name string // heads the report

	Protocols    []string // listener protocols as the API spells them [TCP]
	L7           bool     // routing by host, path, header or cookie
	Monitors     bool     // health monitors
	Local        bool     // Kubernetes' externalTrafficPolicy: Local, on nodes
	ClientIP     ClientIP
	AllowedCIDRs bool      // listeners closed to all but some clients
	Weights      bool      // weighted members, and draining by weight
	DualStack    bool      // an IPv4 and an IPv6 address on one load balancer
	Statistics   bool      // traffic counters in the API
	Also         []Feature // anything else, by row

	Members        MemberModel // [Nodes]
	LoadBalancers  int         // [1]
	ChangesPerHour int         // changes of membership, over all load balancers
	HA             bool        // must survive the loss of a machine
	Machines       int         // how many machines load balancing may take; 0: no limit
}

func (r Requirements) withDefaults() Requirements {
	if len(r.Protocols) == 0 {
		r.Protocols = []string{"TCP"}
	}
	if r.Members == "" {
		r.Members = Nodes
	}
	r.LoadBalancers = max(r.LoadBalancers, 1)
	return r
}

// need is a part of the requirements as rows of the matrix.
type need struct {
	what string
	rows []Feature
}

// protocolRows are the rows of a listener protocol and of the pool protocol that
// goes with it.
func protocolRows(protocol string) (rows []Feature, pool string, ok bool) {
	switch protocol {
	case "TCP":
		return []Feature{ListenerTCP, PoolTCP}, "TCP", true
	case "UDP":
		return []Feature{ListenerUDP, PoolUDP}, "UDP", true
	case "SCTP":
		return []Feature{ListenerSCTP, PoolSCTP}, "SCTP", true
	case "HTTP":
		return []Feature{ListenerHTTP, PoolHTTP}, "HTTP", true
	case "HTTPS":
		return []Feature{ListenerHTTPS, PoolHTTPS}, "HTTPS", true
	case "TERMINATED_HTTPS":
		return []Feature{TerminatedHTTPS, PoolHTTP}, "HTTP", true
	default:
		return nil, "", false
	}
}

// needs lists what can be answered by rows alone.
func (r Requirements) needs() []need {
	ns := []need{}
	for _, o := range []struct {
		wanted bool
		need   need
	}{
		{r.L7, need{"routing by layer 7", []Feature{PolicyRedirectPool, PolicyReject, RuleBasic}}},
		{r.AllowedCIDRs, need{"listeners closed to all but some clients", []Feature{AllowedCIDRs}}},
		{r.Weights, need{"weighted members", []Feature{MemberWeight}}},
		{r.DualStack, need{"IPv4 and IPv6 on one load balancer", []Feature{DualStackVIP}}},
		{r.Statistics, need{"traffic counters", []Feature{LoadBalancerStatistics, ListenerStatistics}}},
	} {
		if o.wanted {
			ns = append(ns, o.need)
		}
	}
	for _, f := range r.Also {
		ns = append(ns, need{matrixDescription(f), []Feature{f}})
	}
	return ns
}

func matrixDescription(f Feature) string {
	if r, ok := matrix().byID[f]; ok {
		return r.description
	}
	return string(f)
}
