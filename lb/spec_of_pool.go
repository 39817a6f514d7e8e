// SPDX-License-Identifier: Apache-2.0

package lb

import (
	"fmt"
	"slices"
	"time"

	"github.com/octaviakit/octaviakit/member"
	"github.com/octaviakit/octaviakit/monitor"
)

func (d *describer) pool(n poolNode) Pool {
	o := n.attrs
	p := Pool{
		Name: n.Name, Description: words(o, "description"), Protocol: Protocol(str(o, "protocol")),
		Algorithm: Algorithm(str(o, "lb_algorithm")), AdminStateUp: down(o), Tags: d.tags(n.Node),
	}
	if s, ok := o["session_persistence"].(map[string]any); ok && len(s) > 0 {
		p.Session = &SessionPersistence{
			Type: str(s, "type"), CookieName: str(s, "cookie_name"),
			Timeout: int(number(s, "persistence_timeout")), Granularity: str(s, "persistence_granularity"),
		}
	}
	tls := PoolTLS{
		Enabled: o["tls_enabled"] == true, ContainerRef: words(o, "tls_container_ref"),
		CAContainerRef: words(o, "ca_tls_container_ref"), CRLContainerRef: words(o, "crl_container_ref"),
		Ciphers: str(o, "tls_ciphers"), Versions: texts(o, "tls_versions"), ALPN: texts(o, "alpn_protocols"),
	}
	if tls.Enabled || !unset(tls.ContainerRef) || !unset(tls.CAContainerRef) || !unset(tls.CRLContainerRef) {
		p.TLS = &tls
	}
	for _, m := range n.members {
		p.Members = append(p.Members, d.member(n, m))
	}
	p.MemberSubnetID = commonSubnet(p.Members)
	if n.monitor != nil {
		p.Monitor = new(d.monitor(*n.monitor))
	}
	return p
}

// commonSubnet takes the subnet that all members are in out of each of them.
func commonSubnet(ms []member.Spec) string {
	if len(ms) == 0 || slices.ContainsFunc(ms, func(m member.Spec) bool { return m.SubnetID != ms[0].SubnetID }) {
		return ""
	}
	id := ms[0].SubnetID
	for i := range ms {
		ms[i].SubnetID = ""
	}
	return id
}

func (d *describer) member(p poolNode, m member.Member) member.Spec {
	s := member.Spec{Address: m.Address, Port: m.Port, SubnetID: m.SubnetID, Name: m.Name}
	s.Tags = d.sayable(memberNode(p, m), m.Tags)
	if m.Weight != 1 {
		s.Weight = new(m.Weight)
	}
	if m.Backup {
		s.Backup = new(true)
	}
	if !m.AdminStateUp {
		s.AdminStateUp = new(false)
	}
	if m.MonitorAddress.IsValid() {
		s.MonitorAddress = new(m.MonitorAddress)
	}
	if m.MonitorPort != 0 {
		s.MonitorPort = new(m.MonitorPort)
	}
	if m.SRIOV {
		s.SRIOV = new(true)
	}
	return s
}

func (d *describer) monitor(n Node) monitor.Spec {
	o := n.attrs
	s := monitor.Spec{
		Name: n.Name, Type: monitor.Type(str(o, "type")), AdminStateUp: down(o), Tags: d.tags(n),
		Delay:      time.Duration(number(o, "delay")) * time.Second,
		Timeout:    time.Duration(number(o, "timeout")) * time.Second,
		MaxRetries: int(number(o, "max_retries")), MaxRetriesDown: int(number(o, "max_retries_down")),
	}
	if s.Type != monitor.TypeHTTP && s.Type != monitor.TypeHTTPS {
		return s
	}
	s.HTTPMethod, s.URLPath, s.ExpectedCodes = str(o, "http_method"), str(o, "url_path"), str(o, "expected_codes")
	s.DomainName = str(o, "domain_name")
	if v := number(o, "http_version"); v != 0 {
		s.HTTPVersion = fmt.Sprintf("%.1f", v)
	}
	return s
}
