// SPDX-License-Identifier: Apache-2.0

package lb

import (
	"fmt"
	"net/netip"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

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
		if companion.action != RedirectToPool && companion.value != "" {
			v.webURL(path+"."+companion.field, companion.value)
		}
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
	if p.RedirectHTTPCode != 0 && p.Action != RedirectToURL && p.Action != RedirectPrefix {
		v.say(path+".redirectHTTPCode", "goes with actions REDIRECT_TO_URL and REDIRECT_PREFIX")
	}
	if len(p.Rules) > 50 {
		v.say(path+".rules", "has %d rules; at most 50 are allowed", len(p.Rules))
	}
	for i, r := range p.Rules {
		v.rule(fmt.Sprintf("%s.rules[%d]", path, i), r)
	}
}

// webURL is octavia/common/validate.py's url: rfc3986 takes the scheme as it is spelt, and of
// hosts what RFC 3986 has. The path may have anything, but for what no line of haproxy's can.
func (v *validator) webURL(path, s string) {
	odd := func(r rune) bool { return r <= ' ' || 0x7f <= r && r <= 0x9f }
	parts := regexp.MustCompile(`^https?://(?:(?:[\w.~!$&'()*+,;=:-]|%[0-9A-Fa-f]{2})*@)?((?:[\w.~!$&'()*+,;=-]|%[0-9A-Fa-f]{2})+|\[[^\]/?#]+\])(?::[0-9]{0,5})?(?:[/?#].*)?$`).FindStringSubmatch(s)
	if parts == nil || !host(parts[1]) || strings.ContainsFunc(s, odd) {
		v.say(path, "is %q; use a URL such as https://www.example.org/, a name of other letters as xn--…", s)
	}
	v.limit(path, s, maxName)
}

// host refuses what looks like an address and is none.
func host(s string) bool {
	if inner, six := strings.CutPrefix(s, "["); six {
		a, err := netip.ParseAddr(strings.TrimSuffix(inner, "]"))
		return err == nil && a.Is6() || strings.HasPrefix(inner, "v") || strings.Contains(inner, "%")
	}
	if !regexp.MustCompile(`^(\d{1,3}\.){3}\d{1,3}$`).MatchString(s) {
		return true
	}
	for b := range strings.SplitSeq(s, ".") {
		if n, _ := strconv.Atoi(b); n > 255 {
			return false
		}
	}
	return true
}

// rule is octavia/common/validate.py's l7rule_data.
func (v *validator) rule(path string, r Rule) {
	v.tags(path+".tags", r.Tags)
	oneOf(v, path+".type", r.Type, HostName, Path, FileType, Header, Cookie, SSLConnHasCert, SSLVerifyResult, SSLDNField)
	oneOf(v, path+".compareType", r.CompareType, EqualTo, StartsWith, EndsWith, Contains, Regex)
	v.limit(path+".key", r.Key, maxName)
	v.limit(path+".value", r.Value, maxName)
	v.ruleKey(path+".key", r)
	v.ruleValue(path+".value", r)
	switch {
	case r.Type == FileType && r.CompareType != EqualTo && r.CompareType != Regex:
		v.say(path+".compareType", "is %s; FILE_TYPE knows EQUAL_TO and REGEX", r.CompareType)
	case (r.Type == SSLConnHasCert || r.Type == SSLVerifyResult) && r.CompareType != EqualTo:
		v.say(path+".compareType", "is %s; %s knows EQUAL_TO", r.CompareType, r.Type)
	}
}

func (v *validator) ruleKey(path string, r Rule) {
	keyed := r.Type == Header || r.Type == Cookie || r.Type == SSLDNField
	switch {
	case keyed != (r.Key != ""):
		v.say(path, "goes with types HEADER, COOKIE and SSL_DN_FIELD and is needed there")
	case !keyed:
	case r.Type == SSLDNField && !regexp.MustCompile(`^[a-zA-Z][a-zA-Z0-9-]*$`).MatchString(r.Key):
		v.say(path, "is %q; use a field of a distinguished name, such as CN or emailAddress", r.Key)
	case r.Type != SSLDNField && !regexp.MustCompile("^[a-zA-Z0-9!#$%&'*+,.^_`|~-]+$").MatchString(r.Key):
		v.say(path, "is %q; use the name of a header or cookie", r.Key)
	}
}

// ruleValue checks what a rule compares with.
func (v *validator) ruleValue(path string, r Rule) {
	switch {
	case r.Value == "":
		v.say(path, "is empty")
	case strings.ContainsAny(r.Value, "\r\n"):
		v.say(path, "has more than one line")
	case r.Type == SSLConnHasCert && !strings.EqualFold(r.Value, "true"):
		v.say(path, "is %q; SSL_CONN_HAS_CERT knows true", r.Value)
	case r.Type == SSLVerifyResult && !regexp.MustCompile(`^[0-9]{1,9}$`).MatchString(r.Value):
		v.say(path, "is %q; SSL_VERIFY_RESULT knows whole numbers", r.Value)
	case r.CompareType == Regex:
		if fault := pythonFault(r.Value); fault != "" {
			v.say(path, "is %q, no regular expression, which are Python's: %s", r.Value, fault)
		}
	case strings.HasPrefix(string(r.Type), "SSL_"):
	case r.Type == Cookie:
		v.cookie(path, r.Value)
	default:
		v.headerValue(path, r.Value)
	}
}

func (v *validator) cookie(path, s string) {
	if strings.ContainsFunc(s, unprintable) || strings.ContainsAny(s, "\";\\") {
		v.say(path, "is %q; use what a cookie's value can have", s)
	}
}

func (v *validator) headerValue(path, s string) {
	quoted := len(s) > 1 && s[0] == '"' && s[len(s)-1] == '"' &&
		!strings.ContainsFunc(s, func(c rune) bool { return c != ' ' && c != '\t' && unprintable(c) })
	if strings.ContainsFunc(s, unprintable) && !quoted {
		v.say(path, "is %q; use printable ASCII without spaces, or all of it in double quotes", s)
	}
}

// unprintable reports all but printable ASCII; a space is none.
func unprintable(c rune) bool { return c <= ' ' || c >= 0x7f }
