// SPDX-License-Identifier: Apache-2.0

package lb

import (
	"fmt"
	"math"
	"net/netip"
	"slices"
	"strings"
	"unicode/utf8"
)

const maxCiphers = 2048 // characters, octavia/api/v2/types/listener.py

func (v *validator) tls(path string, l Listener) {
	switch {
	case l.Protocol == TerminatedHTTPS && !l.TLS.certified():
		v.say(path, "has no certificate; a TERMINATED_HTTPS listener needs ContainerRef or SNIContainerRefs")
	case l.Protocol != TerminatedHTTPS && l.TLS != nil:
		v.say(path, "is for TERMINATED_HTTPS listeners only")
		return
	}
	if l.TLS == nil {
		return
	}
	t := *l.TLS
	v.text(path+".containerRef", t.ContainerRef)
	v.text(path+".clientCAContainerRef", t.ClientCAContainerRef)
	v.text(path+".clientCRLRef", t.ClientCRLRef)
	for i, ref := range t.SNIContainerRefs {
		where := fmt.Sprintf("%s.sniContainerRefs[%d]", path, i)
		if ref == "" {
			v.say(where, "is empty; use the reference of a certificate")
		}
		v.limit(where, ref, maxName)
	}
	v.clients(path, t)
	v.suite(path, t.Ciphers, t.Versions, t.ALPN)
	v.hsts(path, t)
}

// clients checks how clients authenticate themselves.
func (v *validator) clients(path string, t TLS) {
	if t.ClientAuthentication != "" {
		oneOf(v, path+".clientAuthentication", t.ClientAuthentication, "NONE", "OPTIONAL", "MANDATORY")
	}
	if a := t.ClientAuthentication; (a == "OPTIONAL" || a == "MANDATORY") && unset(t.ClientCAContainerRef) {
		v.say(path+".clientCAContainerRef", "is empty; client authentication %s needs a CA", a)
	}
	if !unset(t.ClientCRLRef) && unset(t.ClientCAContainerRef) {
		v.say(path+".clientCAContainerRef", "is empty; a revocation list needs the CA that it is of")
	}
}

func (v *validator) hsts(path string, t TLS) {
	if age := t.HSTSMaxAge; age != nil && (*age < 0 || *age > math.MaxInt32) {
		v.say(path+".hstsMaxAge", "is %d; use 0 to %d seconds", *age, math.MaxInt32)
	}
	if t.HSTSMaxAge == nil && (t.HSTSSubdomains != nil && *t.HSTSSubdomains || t.HSTSPreload != nil && *t.HSTSPreload) {
		v.say(path+".hstsMaxAge", "is missing; HSTSSubdomains and HSTSPreload mean something only with it")
	}
}

// suite checks ciphers, versions and application protocols, to clients and members
// alike (octavia/common/validate.py, check_cipher_string and what follows it).
func (v *validator) suite(path, ciphers string, versions, alpn []string) {
	odd := func(r rune) bool {
		return !('a' <= r && r <= 'z' || 'A' <= r && r <= 'Z' || '0' <= r && r <= '9' || strings.ContainsRune("-+!:@=_.", r))
	}
	if strings.ContainsFunc(ciphers, odd) {
		v.say(path+".ciphers", "is %q; use OpenSSL's notation: names, and any of - + ! : @ = _ . between them", ciphers)
	}
	v.limit(path+".ciphers", ciphers, maxCiphers)
	v.known(path+".versions", versions, "SSLv3", "TLSv1", "TLSv1.1", "TLSv1.2", "TLSv1.3")
	v.known(path+".alpn", alpn, "h2", "http/1.1", "http/1.0")
}

// known checks a list whose elements come from a fixed set, and which Octavia does
// not take empty.
func (v *validator) known(path string, list []string, allowed ...string) {
	if list != nil && len(list) == 0 {
		v.say(path, "is empty; leave it out for the default, or use some of %s", strings.Join(allowed, ", "))
	}
	for i, s := range list {
		where := fmt.Sprintf("%s[%d]", path, i)
		oneOf(v, where, s, allowed...)
		if slices.Contains(list[:i], s) {
			v.say(where, "stands twice")
		}
	}
}

func (v *validator) poolTLS(path string, t PoolTLS) {
	v.text(path+".containerRef", t.ContainerRef)
	v.text(path+".caContainerRef", t.CAContainerRef)
	v.text(path+".crlContainerRef", t.CRLContainerRef)
	if !unset(t.CRLContainerRef) && unset(t.CAContainerRef) {
		v.say(path+".caContainerRef", "is empty; a revocation list needs the CA that it is of")
	}
	v.suite(path, t.Ciphers, t.Versions, t.ALPN)
}

// limit refuses text that Octavia's columns do not hold.
func (v *validator) limit(path, s string, most int) {
	if n := utf8.RuneCountInString(s); n > most {
		v.say(path, "has %d characters; at most %d are allowed", n, most)
	}
}

func (v *validator) session(path string, pool Protocol, s SessionPersistence) {
	if s.Type == "" {
		if s != (SessionPersistence{}) {
			v.say(path+".type", "is empty; use SOURCE_IP, HTTP_COOKIE or APP_COOKIE, or leave all fields empty for none")
		}
		return
	}
	oneOf(v, path+".type", s.Type, "SOURCE_IP", "HTTP_COOKIE", "APP_COOKIE")
	datagram := pool == UDP || pool == SCTP
	if (s.Type == "APP_COOKIE") != (s.CookieName != "") {
		v.say(path+".cookieName", "goes with type APP_COOKIE and is needed there")
	}
	// What a cookie's name cannot have: octavia/common/validate.py, check_session_persistence.
	odd := func(r rune) bool { return r <= ' ' || r >= 0x7f || strings.ContainsRune(`"(),/:;<=>?@[\]{}`, r) }
	if strings.ContainsFunc(s.CookieName, odd) {
		v.say(path+".cookieName", "is %q; use a name of letters, digits and any of !#$%%&'*+-.^_`|~", s.CookieName)
	}
	v.limit(path+".cookieName", s.CookieName, maxName)
	if datagram && s.Type != "SOURCE_IP" {
		v.say(path+".type", "is %s; %s pools know only SOURCE_IP", s.Type, pool)
	}
	if !datagram && (s.Timeout != 0 || s.Granularity != "") {
		v.say(path, "timeout and granularity are for UDP and SCTP pools only")
	}
	if s.Timeout < 0 || s.Timeout > math.MaxInt32 {
		v.say(path+".timeout", "is %d; use 1 to %d seconds, or 0 for Octavia's default", s.Timeout, math.MaxInt32)
	}
	if a, err := netip.ParseAddr(s.Granularity); s.Granularity != "" && (err != nil || a.Zone() != "") {
		v.say(path+".granularity", "is %q; use a netmask such as 255.255.255.0", s.Granularity)
	}
}

// unset reports a reference that is absent or cleared.
func unset(ref *string) bool { return ref == nil || *ref == "" }

// certified reports whether a listener has a certificate.
func (t *TLS) certified() bool {
	return t != nil && (!unset(t.ContainerRef) || len(t.SNIContainerRefs) > 0)
}
