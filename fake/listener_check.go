// SPDX-License-Identifier: Apache-2.0

package fake

import (
	"errors"
	"net/http"
	"net/netip"
	"slices"

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

// checkListener is what Octavia tests of a new listener only once it holds the lock.
func (c *Cloud) checkListener(l *listener, b body, others []*listener) error {
	if err := l.checkHeaders("dict_keys(", ")"); err != nil {
		return err
	}
	if err := l.checkRefs(); err != nil {
		return err
	}
	for _, o := range others {
		if o.port == l.port && l.protocol == "" {
			return serverError("None") // a key that a dict lacks
		}
		if o.port == l.port && (layer4(o.protocol) == layer4(l.protocol) || c.release < provider.Train) {
			return portTaken(o.protocol, o.port)
		}
	}
	if err := c.checkCIDRs(l); err != nil {
		return err
	}
	if l.offloads() {
		if err := checkTLSLists(l.versions, l.alpn); err != nil {
			return err
		}
	}
	if l.hstsAge == nil && (b.flag("hsts_include_subdomains") || b.flag("hsts_preload")) {
		return invalid("HSTS configuration options hsts_include_subdomains and hsts_preload only make sense if hsts_max_age is set as well.")
	}
	if err := l.checkHSTS(); err != nil {
		return err
	}
	if l.protocol == "" { // which the database finds out
		return badRequest("None is not a valid option for protocol")
	}
	return nil
}

func portTaken(protocol string, port int) error {
	return conflict("Another Listener on this Load Balancer is already using protocol %s and protocol_port %d", protocol, port)
}

// storableListener: a new listener takes every key that is there twice for its port's, and
// everything else that the database refuses for its protocol.
func storableListener(b body) error {
	var refusal *apiError
	err := storable(b)
	if !b.sent("protocol_port") {
		err = errUnknown()
	}
	if slices.Contains(b.strs("tags"), nullItem) { // not even the session can put that into order
		return errUnknown()
	}
	switch {
	case !errors.As(err, &refusal):
		return err
	case refusal.status == http.StatusConflict:
		return portTaken(b.str("protocol"), b.num("protocol_port"))
	}
	return badRequest("%s is not a valid option for protocol", b.str("protocol"))
}

// offloads reports a listener that ends TLS itself.
func (l *listener) offloads() bool {
	return l.protocol == "TERMINATED_HTTPS" || l.protocol == "PROMETHEUS" && l.hasRefs()
}

// hasRefs: the client's authority alone does not count.
func (l *listener) hasRefs() bool { return l.tlsRef.text != "" || len(l.sniRefs) > 0 }

func (l *listener) datagram() bool { return l.protocol == "UDP" || l.protocol == "SCTP" }

// checkRefs looks at the references of a new listener.
func (l *listener) checkRefs() error {
	switch {
	case l.datagram() && l.hasRefs():
		return invalid("%s protocol listener does not support TLS.", l.protocol)
	case !l.offloads() && l.hasRefs():
		return invalid("Certificate container references are not allowed on %s protocol listeners.", l.protocol)
	case l.caRef.text != "" && !l.hasRefs():
		return invalid("An SNI or default certificate container reference must be provided with a client CA container reference.")
	case l.offloads() && !l.hasRefs():
		return invalid("An SNI or default certificate container reference must be provided for %s protocol listeners.", l.protocol)
	case l.clientAuth != "NONE" && l.caRef.text == "":
		return invalid("Client authentication setting %s requires a client CA container reference.", l.clientAuth)
	case l.crlRef.text != "" && l.caRef.text == "":
		return errNoClientCA()
	}
	if err := checkCiphers(l.ciphers.text); err != nil {
		return err
	}
	return l.retrieveAll()
}

func errNoClientCA() error {
	return invalid("A client authentication CA reference is required to specify a client authentication revocation list.")
}

func (l *listener) retrieveAll() error {
	if err := retrieve(append(slices.Clone(l.sniRefs), l.tlsRef.text)...); err != nil {
		return err
	}
	return retrieve(l.caRef.text, l.crlRef.text)
}

func (l *listener) checkHSTS() error {
	if l.hstsAge != nil && l.protocol != "TERMINATED_HTTPS" {
		return invalid("The HSTS feature can only be used for listeners using the TERMINATED_HTTPS protocol.")
	}
	return nil
}

// checkUpdate looks at what an update sends, and at the listener as it would be.
func (c *Cloud) checkUpdate(l, old *listener, b body) error {
	if err := l.checkUpdateSuits(old, b); err != nil {
		return err
	}
	if headers, _ := b["insert_headers"].(map[string]string); len(headers) > 0 {
		if err := l.checkHeaders("", ""); err != nil {
			return err
		}
	}
	if l.crlRef.text != "" && l.caRef.text == "" && old.caRef.text == "" {
		return errNoClientCA()
	}
	if err := l.retrieveAll(); err != nil {
		return err
	}
	if len(b.strs("allowed_cidrs")) > 0 {
		if err := c.checkCIDRs(l); err != nil {
			return err
		}
	}
	return l.checkTLSUpdate(old, b)
}

// checkUpdateSuits asks whether the protocol has what is sent.
func (l *listener) checkUpdateSuits(old *listener, b body) error {
	refs := b.str("default_tls_container_ref") != "" || len(b.strs("sni_container_refs")) > 0
	headers, _ := b["insert_headers"].(map[string]string)
	switch {
	case l.datagram() && (refs || len(headers) > 0):
		return invalid("%s protocol listener does not support TLS or header insertion.", l.protocol)
	case refs && l.protocol != "TERMINATED_HTTPS" && l.protocol != "PROMETHEUS":
		return invalid("Certificate container references are not allowed on %s protocol listeners.", l.protocol)
	case b.has("client_authentication") && b.str("client_authentication") != "NONE" && l.caRef.text == "" && old.caRef.text == "":
		return invalid("Client authentication setting %s requires a client CA container reference.", orNone(b, "client_authentication"))
	}
	return nil
}

func (l *listener) checkTLSUpdate(old *listener, b body) error {
	if err := checkCiphers(b.str("tls_ciphers")); err != nil {
		return err
	}
	if b.has("tls_versions") && !b.sent("tls_versions") { // the lowest is looked for before the default is set
		return serverError("'NoneType' object is not iterable")
	}
	if err := checkTLSLists(b.strs("tls_versions"), b.strs("alpn_protocols")); err != nil {
		return err
	}
	if l.hstsAge == nil && old.hstsAge == nil && (b.flag("hsts_include_subdomains") || b.flag("hsts_preload")) {
		return invalid("Cannot enable hsts_include_subdomains or hsts_preload if hsts_max_age was not set as well.")
	}
	if b.sent("hsts_max_age") {
		return l.checkHSTS()
	}
	return nil
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

func (c *Cloud) checkCIDRs(l *listener) error {
	if len(l.cidrs) > 0 && len(l.lb.groups) > 0 {
		return invalid("Allowed CIDRs are not allowed when using custom VIP Security Groups.")
	}
	vips := l.lb.addresses()
	if l.lb.driver.quirk("allowed-cidrs-additional-vips") {
		vips = []string{l.lb.vip.address}
	}
	for _, s := range l.cidrs {
		if s == nullItem {
			return serverError("None does not appear to be an IPv4 or IPv6 network")
		}
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
