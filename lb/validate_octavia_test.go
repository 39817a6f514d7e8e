// SPDX-License-Identifier: Apache-2.0

package lb_test

import (
	"net/netip"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/octaviakit/octaviakit/lb"
)

// What Python's re and rfc3986 say, asked on Python 3.11, is what Octavia says.
func TestRegularExpressionsArePythons(t *testing.T) {
	t.Parallel()
	for value, sound := range map[string]bool{
		`^/api/v[0-9]+(/|$)`: true, `\.(jpg|png)$`: true, `(?i)^/Shop`: true, `(?<!a)b`: true, `(a)\1`: true, `a{,3}`: true,
		`a{b}`: true, `a{}`: true, `[]a]`: true, `[^]a]`: true, `[a\]b]`: true, `[--z]`: true, `[a-]`: true, `a*?`: true, `[[]`: true,
		`\d{2,4}`: true, `]`: true, `}`: true, `()`: true, `|`: true, `a||b`: true, `\x41`: true, `é+`: true, `(?P<n>x)(?P=n)`: true,
		`*.jpg`: false, `+`: false, `a**`: false, `(a`: false, `a)`: false, `[a`: false, `[]`: false, `[z-a]`: false, `a\`: false,
		`\q`: false, `\x4`: false, `[\y]`: false, `a{3,2}`: false, `^*`: false, `(*a)`: false, `a|*`: false, `a{2}{3}`: false, `a|(b`: false,
	} {
		assert.Equal(t, sound, ruled(lb.Rule{Type: lb.Path, CompareType: lb.Regex, Value: value}) == nil, "%s", value)
	}
	err := ruled(lb.Rule{Type: lb.Path, CompareType: lb.Regex, Value: "*.jpg"})
	assert.ErrorContains(t, err, `listeners["http"].policies["p"].rules[0].value: is "*.jpg", no regular expression, which are Python's: there is nothing to repeat before *`)
}

func ruled(r lb.Rule) error {
	s := good()
	s.Listeners[0].Policies = []lb.Policy{{Name: "p", Action: lb.Reject, Rules: []lb.Rule{r}}}
	return s.Validate()
}

func TestRedirectsGoToURLs(t *testing.T) {
	t.Parallel()
	for url, sound := range map[string]bool{
		"http://x": true, "https://www.example.org/a?b=c#d": true, "http://u:p@x:8080/": true, "http://[2001:db8::1]:80/": true,
		"http://x:/": true, "http://10.0.0.1/%zz": true, "https://a_b.example/é": true, "http://x?y": true, "https://xn--bcher-kva.example/": true,
		"HTTP://x/": false, "ftp://x/": false, "http://": false, "http:///a": false, "//x": false, "/a": false, "x": false,
		"https://bücher.example/": false, "http://x:123456/": false, "http://x:y/": false, "http://300.1.1.1/": false, "http://a<b/": false, "http://[::g]/": false,
	} {
		s := good()
		s.Listeners[0].Policies = []lb.Policy{{Name: "p", Action: lb.RedirectToURL, RedirectURL: url}}
		assert.Equal(t, sound, s.Validate() == nil, "%s", url)
	}
}

// What Octavia takes, and we refused.
func TestOddNamesAndValuesAreTaken(t *testing.T) {
	t.Parallel()
	for _, r := range []lb.Rule{
		{Type: lb.Cookie, CompareType: lb.EqualTo, Key: "k,l", Value: "a,b"},
		{Type: lb.SSLDNField, CompareType: lb.EqualTo, Key: "street-1", Value: "a"},
	} {
		assert.NoError(t, ruled(r))
	}
}

func TestMappedNetworksAreRefused(t *testing.T) {
	t.Parallel()
	s := good()
	s.Listeners[0].AllowedCIDRs = []netip.Prefix{netip.MustParsePrefix("::ffff:10.0.0.0/104"), netip.MustParsePrefix("10.0.0.0/8")}
	assert.Equal(t, []string{`listeners["http"].allowedCIDRs[0]`}, faults(t, s.Validate()))
}
