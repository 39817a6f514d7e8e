// SPDX-License-Identifier: Apache-2.0

package lb

import (
	"errors"
	"fmt"
	"iter"
	"maps"
	"net/netip"
	"slices"
	"strings"

	"github.com/octaviakit/octaviakit/member"
	"github.com/octaviakit/octaviakit/monitor"
	"github.com/octaviakit/octaviakit/provider"
)

// A need is a feature that a field of the Spec depends on.
type need struct {
	path    string
	feature provider.Feature
}

// Requires yields the provider features that the Spec depends on, each once, in
// the order of the Spec.
func (s Spec) Requires() iter.Seq[provider.Feature] {
	return func(yield func(provider.Feature) bool) {
		seen := map[provider.Feature]bool{}
		for _, n := range s.needs() {
			if seen[n.feature] {
				continue
			}
			seen[n.feature] = true
			if !yield(n.feature) {
				return
			}
		}
	}
}

// Refusals reports every wish that the provider cannot fulfil, as joined
// *UnsupportedErrors: what it would refuse, and what it would accept and ignore.
func (s Spec) Refusals(caps provider.Capabilities) error {
	var errs []error
	for _, n := range s.needs() {
		err := caps.Require(n.feature)
		if u, ok := errors.AsType[*provider.UnsupportedError](err); ok {
			errs = append(errs, &UnsupportedError{Path: n.path, Instead: instead(n.feature, caps), Err: u})
		}
	}
	none := func(string, member.Spec) bool { return false }
	return errors.Join(slices.Concat(errs, s.mixedCIDRs(caps), s.mixedMembers(caps, none), s.unbindable(caps))...)
}

// mixedCIDRs refuses CIDRs of both IP versions where Octavia compares them with the first
// VIP alone, whichever version that has.
func (s Spec) mixedCIDRs(caps provider.Capabilities) []error {
	if len(s.VIP.Additional) == 0 || !caps.HasQuirk(provider.QuirkAllowedCIDRsAdditionalVIPs) {
		return nil
	}
	var errs []error
	for i, l := range s.Listeners {
		four := slices.ContainsFunc(l.AllowedCIDRs, func(p netip.Prefix) bool { return p.Addr().Unmap().Is4() })
		six := slices.ContainsFunc(l.AllowedCIDRs, func(p netip.Prefix) bool { return !p.Addr().Unmap().Is4() })
		if !four || !six {
			continue
		}
		errs = append(errs, &UnsupportedError{
			Path: at("listeners", l.Name, i) + ".allowedCIDRs", Instead: "a load balancer for each IP version",
			Err: &provider.UnsupportedError{
				Provider: caps.Provider(), Release: caps.Release(), Feature: provider.AllowedCIDRs, Since: provider.Bobcat,
				Otherwise: provider.Invalid, Note: "of the IP version of an additional VIP",
			},
		})
	}
	return errs
}

// needList gathers needs.
type needList []need

func (n *needList) when(used bool, path string, fs ...provider.Feature) {
	if !used {
		return
	}
	for _, f := range fs {
		*n = append(*n, need{path, f})
	}
}

func (s Spec) needs() []need {
	s = s.normal()
	n := needList{}
	n.when(s.Flavor != "", "flavor", provider.Flavors)
	n.when(s.AvailabilityZone != "", "availabilityZone", provider.AvailabilityZones)
	n.when(s.Tags != nil, "tags", provider.ResourceTags)
	n.when(s.Shared, "shared", provider.ResourceTags)
	n.when(s.VIP.PortID != "", "vip.portID", provider.VIPPort)
	n.when(s.VIP.QoSPolicyID != nil, "vip.qosPolicyID", provider.VIPQoSPolicy)
	n.when(len(s.VIP.SecurityGroupIDs) > 0, "vip.securityGroupIDs", provider.VIPSecurityGroups)
	n.when(len(s.VIP.Additional) > 0, "vip.additional", provider.AdditionalVIPs)
	for i, p := range s.Pools {
		n.pool(at("pools", p.Name, i), p)
	}
	transports := map[string]bool{}
	ports := map[uint16]bool{}
	for i, l := range s.Listeners {
		n.listener(at("listeners", l.Name, i), l)
		n.when(ports[l.Port], at("listeners", l.Name, i)+".port", provider.SamePortPerProtocol) // else Validate refuses it
		ports[l.Port] = true
		transports[transport(l.Protocol)] = true
	}
	n.when(len(transports) > 1, "listeners", provider.MixedProtocols)
	return n
}

// byName finds a feature from its family and a value as the API spells it:
// "listener-protocol", "TERMINATED_HTTPS".
func byName(family, value string) provider.Feature {
	return provider.Feature(family + "-" + strings.ToLower(strings.ReplaceAll(value, "_", "-")))
}

func (n *needList) pool(path string, p Pool) {
	n.when(true, path+".protocol", byName("pool-protocol", string(p.Protocol)))
	n.when(p.Algorithm != "", path+".algorithm", byName("lb-algorithm", string(p.Algorithm)))
	if s := p.Session; s != nil && s.Type != "" {
		n.when(true, path+".session.type", byName("session-persistence", s.Type))
		n.when(s.Timeout != 0, path+".session.timeout", provider.PersistenceTimeout)
		n.when(s.Granularity != "", path+".session.granularity", provider.PersistenceGranularity)
	}
	n.when(p.Tags != nil, path+".tags", provider.ResourceTags)
	if t := p.TLS; t != nil {
		n.when(true, path+".tls", provider.PoolTLS)
		n.when(!unset(t.ContainerRef) || !unset(t.CAContainerRef) || !unset(t.CRLContainerRef), path+".tls", provider.PoolTLSContainers)
		n.when(t.Ciphers != "", path+".tls.ciphers", provider.PoolTLSCiphers)
		n.when(t.Versions != nil, path+".tls.versions", provider.PoolTLSVersions)
		n.when(t.ALPN != nil, path+".tls.alpn", provider.PoolALPN)
	}
	for i, m := range p.Members {
		where := fmt.Sprintf("%s.members[%d]", path, i)
		n.when(m.SubnetID == "", where+".subnetID", provider.MemberSubnetOptional)
		n.when(m.Weight != nil && *m.Weight != 1, where+".weight", provider.MemberWeight)
		n.when(m.Backup != nil && *m.Backup, where+".backup", provider.MemberBackup)
		n.when(m.MonitorAddress != nil && *m.MonitorAddress != netip.Addr{} ||
			m.MonitorPort != nil && *m.MonitorPort != 0, where+".monitor", provider.MemberMonitorAddress)
		n.when(m.SRIOV != nil && *m.SRIOV, where+".sriov", provider.MemberSRIOV)
		n.when(m.Tags != nil, where+".tags", provider.ResourceTags)
	}
	if p.Monitor != nil {
		n.when(true, path+".monitor", slices.Collect(p.Monitor.Requires())...)
		n.when((p.Protocol == UDP || p.Protocol == SCTP) && (p.Monitor.Type == monitor.TypeTCP || p.Monitor.Type == monitor.TypeHTTP),
			path+".monitor.type", provider.MonitorHTTPOnUDPPool)
	}
}

func (n *needList) listener(path string, l Listener) {
	n.when(true, path+".protocol", byName("listener-protocol", string(l.Protocol)))
	n.when(l.ConnLimit != nil && *l.ConnLimit != -1, path+".connLimit", provider.ConnectionLimit)
	n.when(l.Timeouts != (Timeouts{}), path+".timeouts", provider.ListenerTimeouts)
	n.when(len(l.AllowedCIDRs) > 0, path+".allowedCIDRs", provider.AllowedCIDRs)
	for _, h := range slices.Sorted(maps.Keys(l.InsertHeaders)) {
		n.when(true, path+".insertHeaders["+h+"]", headerFeature(h))
	}
	n.when(l.Tags != nil, path+".tags", provider.ResourceTags)
	if t := l.TLS; t != nil {
		n.when(len(t.SNIContainerRefs) > 0, path+".tls.sniContainerRefs", provider.SNI)
		n.when(t.ClientAuthentication != "" || !unset(t.ClientCAContainerRef) || !unset(t.ClientCRLRef), path+".tls.clientAuthentication", provider.ClientAuthentication)
		n.when(t.Ciphers != "", path+".tls.ciphers", provider.ListenerTLSCiphers)
		n.when(t.Versions != nil, path+".tls.versions", provider.ListenerTLSVersions)
		n.when(t.ALPN != nil, path+".tls.alpn", provider.ListenerALPN)
		n.when(t.HSTSMaxAge != nil || t.HSTSSubdomains != nil || t.HSTSPreload != nil, path+".tls.hstsMaxAge", provider.HSTS)
	}
	for i, p := range l.Policies {
		where := path + "." + at("policies", p.Name, i)
		n.when(true, where+".action", actionFeature(p.Action))
		n.when(p.Tags != nil, where+".tags", provider.ResourceTags)
		n.when(p.RedirectHTTPCode != 0, where+".redirectHTTPCode", provider.PolicyRedirectCode)
		for j, r := range p.Rules {
			f := provider.RuleBasic
			if strings.HasPrefix(string(r.Type), "SSL_") {
				f = provider.RuleSSL
			}
			n.when(true, fmt.Sprintf("%s.rules[%d].type", where, j), f)
			n.when(r.Tags != nil, fmt.Sprintf("%s.rules[%d].tags", where, j), provider.ResourceTags)
		}
	}
}

func headerFeature(header string) provider.Feature {
	switch h := strings.ToLower(header); {
	case strings.HasPrefix(h, "x-ssl-"):
		return provider.HeaderXSSLClient
	case h == "x-forwarded-proto":
		return provider.HeaderXForwardedProto
	case h == "x-real-ip" || h == "x-client-ip" || h == "x-forwarded-ip":
		return provider.HeaderXRealIP
	}
	return provider.HeaderXForwarded
}

func actionFeature(a PolicyAction) provider.Feature {
	switch a {
	case RedirectToPool:
		return provider.PolicyRedirectPool
	case RedirectToURL:
		return provider.PolicyRedirectURL
	case RedirectPrefix:
		return provider.PolicyRedirectPrefix
	case Reject:
		return provider.PolicyReject
	}
	return provider.PolicyReject
}
