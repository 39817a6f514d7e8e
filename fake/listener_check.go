// SPDX-License-Identifier: Apache-2.0

package fake

import (
	"net/netip"
	"slices"
	"strings"

	"github.com/octaviakit/octaviakit/provider"
)

// fits tells which pools a listener can use.
func fits(listener, pool string) error {
	if listener == "PROMETHEUS" {
		return badRequest("Protocol PROMETHEUS listeners cannot have child objects.")
	}
	allowed := map[string][]string{
		"TCP": {"HTTP", "HTTPS", "PROXY", "PROXYV2", "TCP"}, "HTTP": {"HTTP", "PROXY", "PROXYV2"},
		"HTTPS": {"HTTPS", "PROXY", "PROXYV2", "TCP"}, "TERMINATED_HTTPS": {"HTTP", "PROXY", "PROXYV2"},
		"UDP": {"UDP"}, "SCTP": {"SCTP"},
	}
	if slices.Contains(allowed[listener], pool) {
		return nil
	}
	return invalid("The pool protocol '%s' is invalid while the listener protocol is '%s'.", pool, listener)
}

// layer4 is the family in which listeners must not share a port.
func layer4(protocol string) string {
	if protocol == "UDP" || protocol == "SCTP" {
		return protocol
	}
	return "TCP"
}

// checkListener is what Octavia tests only once it holds the lock.
func (c *Cloud) checkListener(l *listener, b body, others []*listener) error {
	if l.protocol == "" {
		return badRequest("None is not a valid option for protocol")
	}
	if !b.sent("protocol_port") {
		return badRequest("%s is not a valid option for protocol", l.protocol)
	}
	for _, o := range others {
		if o.port == l.port && (layer4(o.protocol) == layer4(l.protocol) || c.release < provider.Train) {
			return conflict("Another Listener on this Load Balancer is already using protocol %s and protocol_port %d", o.protocol, o.port)
		}
	}
	if err := l.checkHeaders("dict_keys(", ")"); err != nil {
		return err
	}
	if err := l.checkTLS(); err != nil {
		return err
	}
	return c.checkCIDRs(l)
}

func (l *listener) checkHeaders(open, shut string) error {
	if len(l.headers) == 0 {
		return nil
	}
	if l.protocol != "HTTP" && l.protocol != "TERMINATED_HTTPS" {
		return badRequest("insert-headers is not a valid option for a %s protocol listener.", l.protocol)
	}
	plain := []string{"X-Forwarded-For", "X-Forwarded-Port", "X-Forwarded-Proto", "X-Forwarded-IP", "X-Client-IP", "X-Real-IP"}
	tls := []string{
		"X-SSL-Client-Verify", "X-SSL-Client-Has-Cert", "X-SSL-Client-DN", "X-SSL-Client-CN", "X-SSL-Issuer",
		"X-SSL-Client-SHA1", "X-SSL-Client-Not-Before", "X-SSL-Client-Not-After",
	}
	var unknown, misplaced []string
	for _, h := range sortedKeys(l.headers) {
		switch {
		case slices.Contains(plain, h):
		case slices.Contains(tls, h) && l.protocol == "TERMINATED_HTTPS":
		case slices.Contains(tls, h):
			misplaced = append(misplaced, h)
		default:
			unknown = append(unknown, h)
		}
	}
	if len(unknown) > 0 {
		return badRequest("%s%s%s is not a valid option for insert_headers", open, pyList(unknown), shut)
	}
	if len(misplaced) > 0 {
		return badRequest("%s is not a valid option for %s protocol listener.", pyList(misplaced), l.protocol)
	}
	return nil
}

func (l *listener) checkTLS() error {
	refs := append(nonEmpty(l.tlsRef, l.caRef, l.crlRef), l.sniRefs...)
	if l.clientAuth != "NONE" && l.caRef == "" {
		return invalid("Client authentication setting %s requires a client CA container reference.", l.clientAuth)
	}
	if l.protocol != "TERMINATED_HTTPS" {
		if len(refs) > 0 {
			return invalid("Certificate container references are not allowed on %s protocol listeners.", l.protocol)
		}
		if l.hstsAge != nil || l.hstsSub || l.hstsPreload {
			return invalid("The HSTS feature can only be used for listeners using the TERMINATED_HTTPS protocol.")
		}
		return nil
	}
	if l.tlsRef == "" && len(l.sniRefs) == 0 {
		return invalid("An SNI or default certificate container reference must be provided for TERMINATED_HTTPS protocol listeners.")
	}
	if l.caRef == "" && l.crlRef != "" {
		return invalid("A client CA reference is required to specify a client CA CRL.")
	}
	if l.hstsAge == nil && (l.hstsSub || l.hstsPreload) {
		return invalid("HSTS configuration options hsts_include_subdomains and hsts_preload only make sense if hsts_max_age is set as well.")
	}
	for _, r := range refs {
		if !readable(r) {
			return badRequest("Could not retrieve certificate: ['%s']", r)
		}
	}
	return nil
}

// readable stands for Barbican: a reference is the URL of a container or secret, and any
// is there that does not say "missing".
func readable(ref string) bool {
	return (strings.HasPrefix(ref, "http://") || strings.HasPrefix(ref, "https://")) && !strings.Contains(ref, "missing")
}

func nonEmpty(all ...string) []string {
	return slices.DeleteFunc(all, func(s string) bool { return s == "" })
}

func (c *Cloud) checkCIDRs(l *listener) error {
	if len(l.cidrs) > 0 && len(l.lb.groups) > 0 {
		return invalid("Allowed CIDRs are not allowed when using custom VIP Security Groups.")
	}
	vips := l.lb.addresses()
	for _, s := range l.cidrs {
		p, err := netip.ParsePrefix(s)
		if err != nil || slices.ContainsFunc(vips, func(a string) bool { return sameFamily(a, p.Addr().String()) }) {
			continue
		}
		if c.release <= provider.Zed {
			return invalid("CIDR %s IP version incompatible with VIP %s IP version.", s, l.lb.vip.address)
		}
		return invalid("CIDR %s IP version incompatible with all VIPs %s IP version.", s, pyList(vips))
	}
	return nil
}
