// SPDX-License-Identifier: Apache-2.0

package lb

import (
	"fmt"
	"maps"
	"math"
	"net/netip"
	"slices"
	"strings"
	"time"
)

func (v *validator) listeners(s Spec, pools map[string]Pool) {
	names := map[string]bool{}
	slots := map[string]string{}
	for i, l := range s.Listeners {
		path := at("listeners", l.Name, i)
		v.name(path+".name", l.Name)
		if names[l.Name] && l.Name != "" {
			v.say(path, "there is another listener of this name; names must be unique")
		}
		names[l.Name] = true
		slot := fmt.Sprintf("%s port %d", transport(l.Protocol), l.Port)
		if other, taken := slots[slot]; taken {
			v.say(path+".port", "%s is used by listener %q as well", slot, other)
		}
		slots[slot] = l.Name
		v.listener(path, l, pools)
		v.cidrs(path+".allowedCIDRs", l.AllowedCIDRs, s.VIP)
	}
}

func (v *validator) listener(path string, l Listener, pools map[string]Pool) {
	v.text(path+".description", l.Description)
	v.tags(path+".tags", l.Tags)
	oneOf(v, path+".protocol", l.Protocol, TCP, UDP, SCTP, HTTP, HTTPS, TerminatedHTTPS, Prometheus)
	if l.Port == 0 {
		v.say(path+".port", "is 0; use 1 to 65535")
	}
	if l.Pool != "" {
		v.poolFor(path+".pool", l, l.Pool, pools)
	}
	if c := l.ConnLimit; c != nil && (*c < -1 || *c > math.MaxInt32) {
		v.say(path+".connLimit", "is %d; use -1 for unlimited, or 0 to %d", *c, math.MaxInt32)
	}
	v.timeout(path+".timeouts.clientData", l.Timeouts.ClientData)
	v.timeout(path+".timeouts.memberConnect", l.Timeouts.MemberConnect)
	v.timeout(path+".timeouts.memberData", l.Timeouts.MemberData)
	v.timeout(path+".timeouts.tcpInspect", l.Timeouts.TCPInspect)
	v.headers(path+".insertHeaders", l)
	v.tls(path+".tls", l)
	if len(l.Policies) > 0 && !l.web() {
		v.say(path+".policies", "are for HTTP and TERMINATED_HTTPS listeners only")
	}
	v.policies(path, l, pools)
}

func (v *validator) poolFor(path string, l Listener, name string, pools map[string]Pool) {
	p, ok := pools[name]
	switch allowed := poolProtocols(l.Protocol); {
	case !ok:
		v.say(path, "there is no pool %q in the Spec", name)
	case len(allowed) == 0:
		v.say(path, "is %q; a %s listener has no pools", name, l.Protocol)
	case !slices.Contains(allowed, p.Protocol):
		v.say(path, "pool %q speaks %s; a %s listener can use %v", name, p.Protocol, l.Protocol, allowed)
	}
}

func (v *validator) timeout(path string, d *time.Duration) {
	const most = 24 * 24 * time.Hour // octavia/common/constants.py, MAX_TIMEOUT: 24 days
	switch {
	case d == nil:
	case *d < 0 || *d > most:
		v.say(path, "is %v; use 0 to %v", *d, most)
	case *d%time.Millisecond != 0:
		v.say(path, "is %v; use whole milliseconds", *d)
	}
}

// web reports whether a listener understands HTTP.
func (l Listener) web() bool { return l.Protocol == HTTP || l.Protocol == TerminatedHTTPS }

// headers are checked by name: Octavia knows a fixed list
// (octavia/common/constants.py, SUPPORTED_HTTP_HEADERS and SUPPORTED_SSL_HEADERS).
func (v *validator) headers(path string, l Listener) {
	if len(l.InsertHeaders) > 0 && !l.web() {
		v.say(path, "is for HTTP and TERMINATED_HTTPS listeners only")
		return
	}
	plain := []string{"X-Forwarded-For", "X-Forwarded-Port", "X-Forwarded-Proto", "X-Forwarded-IP", "X-Client-IP", "X-Real-IP"}
	secure := []string{
		"X-SSL-Client-Verify", "X-SSL-Client-Has-Cert", "X-SSL-Client-DN", "X-SSL-Client-CN", "X-SSL-Issuer",
		"X-SSL-Client-SHA1", "X-SSL-Client-Not-Before", "X-SSL-Client-Not-After",
	}
	for _, h := range slices.Sorted(maps.Keys(l.InsertHeaders)) {
		where := fmt.Sprintf("%s[%q]", path, h)
		switch {
		case slices.Contains(plain, h):
		case !slices.Contains(secure, h):
			v.say(where, "is no header that Octavia inserts; use %s", strings.Join(append(plain, secure...), ", "))
		case l.Protocol != TerminatedHTTPS:
			v.say(where, "is for TERMINATED_HTTPS listeners only")
		}
		v.limit(where, l.InsertHeaders[h], maxName)
	}
}

// cidrs need a VIP of their family, which is known only if its address is.
func (v *validator) cidrs(path string, cidrs []netip.Prefix, vip VIP) {
	four, six := !vip.Address.IsValid(), !vip.Address.IsValid()
	for _, a := range append([]AdditionalVIP{{Address: vip.Address}}, vip.Additional...) {
		four = four || !a.Address.IsValid() || a.Address.Unmap().Is4()
		six = six || !a.Address.IsValid() || !a.Address.Unmap().Is4()
	}
	for i, c := range cidrs {
		where := fmt.Sprintf("%s[%d]", path, i)
		switch {
		case !c.IsValid():
			v.say(where, "is not a network; use for example 192.0.2.0/24")
		case c.Addr().Is4In6():
			v.say(where, "%s is of IPv6 for Octavia, and no client's address is ever of it; write the IPv4 network", c)
		case c.Addr().Is4() && !four, c.Addr().Is6() && !six:
			v.say(where, "%s is of another IP version than the VIP; no client could come from there", c)
		}
	}
	if len(cidrs) > 0 && len(vip.SecurityGroupIDs) > 0 {
		v.say(path, "does not go with vip.securityGroupIDs, which say the same; use one of them, and [] for the other")
	}
}
