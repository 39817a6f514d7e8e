// SPDX-License-Identifier: Apache-2.0

package lb

import (
	"fmt"
	"slices"
	"time"
)

func (v *validator) listeners(ls []Listener, pools map[string]Pool) {
	names := map[string]bool{}
	slots := map[string]string{}
	for i, l := range ls {
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
	if l.ConnLimit != nil && *l.ConnLimit < -1 {
		v.say(path+".connLimit", "is %d; use -1 for unlimited, or 0 and more", *l.ConnLimit)
	}
	v.timeout(path+".timeouts.clientData", l.Timeouts.ClientData)
	v.timeout(path+".timeouts.memberConnect", l.Timeouts.MemberConnect)
	v.timeout(path+".timeouts.memberData", l.Timeouts.MemberData)
	v.timeout(path+".timeouts.tcpInspect", l.Timeouts.TCPInspect)
	web := l.Protocol == HTTP || l.Protocol == TerminatedHTTPS
	if len(l.InsertHeaders) > 0 && !web {
		v.say(path+".insertHeaders", "is for HTTP and TERMINATED_HTTPS listeners only")
	}
	for i, c := range l.AllowedCIDRs {
		if !c.IsValid() {
			v.say(fmt.Sprintf("%s.allowedCIDRs[%d]", path, i), "is not a network; use for example 192.0.2.0/24")
		}
	}
	v.tls(path+".tls", l)
	if len(l.Policies) > 0 && !web {
		v.say(path+".policies", "are for HTTP and TERMINATED_HTTPS listeners only")
	}
	v.policies(path, l, pools)
}

func (v *validator) poolFor(path string, l Listener, name string, pools map[string]Pool) {
	p, ok := pools[name]
	switch allowed := poolProtocols(l.Protocol); {
	case !ok:
		v.say(path, "there is no pool %q in the Spec", name)
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

func (v *validator) tls(path string, l Listener) {
	switch {
	case l.Protocol == TerminatedHTTPS && (l.TLS == nil || l.TLS.ContainerRef == "" && len(l.TLS.SNIContainerRefs) == 0):
		v.say(path, "has no certificate; a TERMINATED_HTTPS listener needs ContainerRef or SNIContainerRefs")
	case l.Protocol != TerminatedHTTPS && l.TLS != nil:
		v.say(path, "is for TERMINATED_HTTPS listeners only")
	case l.TLS == nil:
	default:
		if l.TLS.ClientAuthentication != "" {
			oneOf(v, path+".clientAuthentication", l.TLS.ClientAuthentication, "NONE", "OPTIONAL", "MANDATORY")
		}
		if a := l.TLS.ClientAuthentication; (a == "OPTIONAL" || a == "MANDATORY") && l.TLS.ClientCAContainerRef == "" {
			v.say(path+".clientCAContainerRef", "is empty; client authentication %s needs a CA", a)
		}
	}
}

func (v *validator) policies(listener string, l Listener, pools map[string]Pool) {
	names := map[string]bool{}
	for i, p := range l.Policies {
		path := listener + "." + at("policies", p.Name, i)
		v.name(path+".name", p.Name)
		if names[p.Name] && p.Name != "" {
			v.say(path, "there is another policy of this name; names must be unique within a listener")
		}
		names[p.Name] = true
		v.policy(path, l, p, pools)
	}
}

func (v *validator) policy(path string, l Listener, p Policy, pools map[string]Pool) {
	v.text(path+".description", p.Description)
	v.tags(path+".tags", p.Tags)
	oneOf(v, path+".action", p.Action, Reject, RedirectToPool, RedirectToURL, RedirectPrefix)
	for _, companion := range []struct {
		action PolicyAction
		field  string
		value  string
	}{
		{RedirectToPool, "redirectPool", p.RedirectPool},
		{RedirectToURL, "redirectURL", p.RedirectURL},
		{RedirectPrefix, "redirectPrefix", p.RedirectPrefix},
	} {
		if (p.Action == companion.action) != (companion.value != "") {
			v.say(path+"."+companion.field, "goes with action %s and is needed there", companion.action)
		}
	}
	if p.RedirectPool != "" {
		v.poolFor(path+".redirectPool", l, p.RedirectPool, pools)
	}
	if c := p.RedirectHTTPCode; c != 0 && !slices.Contains([]int{301, 302, 303, 307, 308}, c) {
		v.say(path+".redirectHTTPCode", "is %d; use 301, 302, 303, 307 or 308", c)
	}
	if len(p.Rules) > 50 {
		v.say(path+".rules", "has %d rules; at most 50 are allowed", len(p.Rules))
	}
	for i, r := range p.Rules {
		v.rule(fmt.Sprintf("%s.rules[%d]", path, i), r)
	}
}

func (v *validator) rule(path string, r Rule) {
	v.tags(path+".tags", r.Tags)
	oneOf(v, path+".type", r.Type, HostName, Path, FileType, Header, Cookie, SSLConnHasCert, SSLVerifyResult, SSLDNField)
	oneOf(v, path+".compareType", r.CompareType, EqualTo, StartsWith, EndsWith, Contains, Regex)
	if r.Value == "" {
		v.say(path+".value", "is empty")
	}
	keyed := r.Type == Header || r.Type == Cookie || r.Type == SSLDNField
	if keyed != (r.Key != "") {
		v.say(path+".key", "goes with types HEADER, COOKIE and SSL_DN_FIELD and is needed there")
	}
	if r.Type == FileType && r.CompareType != EqualTo && r.CompareType != Regex {
		v.say(path+".compareType", "is %s; FILE_TYPE knows EQUAL_TO and REGEX", r.CompareType)
	}
}
