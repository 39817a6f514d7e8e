// SPDX-License-Identifier: Apache-2.0

package monitor

import (
	"errors"
	"fmt"
	"math"
	"regexp"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/octaviakit/octaviakit/internal/fault"
)

// What Octavia's columns hold, octavia/db/models.py.
const (
	maxText  = 255
	maxPath  = 2048
	maxCodes = 64
)

// Validate reports every problem at once, as joined *fault.FieldErrors with paths
// relative to the monitor, or nil. poolProtocol is the pool's, as the API spells
// it; "" skips the checks that need it.
//
// It refuses what Octavia accepts in one case: a timeout that is not less than
// the delay. The documentation forbids it, the controller does not check it, and
// such probes overlap.
func (s Spec) Validate(poolProtocol string) error {
	var c check
	e := s.On(poolProtocol).effective()
	c.times(e)
	c.retries("maxRetries", e.MaxRetries)
	c.retries("maxRetriesDown", e.MaxRetriesDown)
	c.probe(e, poolProtocol)
	c.http(e)
	if n := utf8.RuneCountInString(s.Name); n > maxText {
		c.refuse("name", "%d characters; must be at most %d", n, maxText)
	}
	for i, tag := range s.Tags {
		if n := utf8.RuneCountInString(tag); n == 0 || n > maxText {
			c.refuse(fmt.Sprintf("tags[%d]", i), "%d characters; must be 1 to %d", n, maxText)
		}
	}
	return errors.Join(c.errs...)
}

type check struct{ errs []error }

func (c *check) refuse(path, format string, args ...any) {
	c.errs = append(c.errs, &fault.FieldError{Path: path, Problem: fmt.Sprintf(format, args...)})
}

func (c *check) times(e Spec) {
	whole := func(path string, d time.Duration) {
		if d < time.Second || d%time.Second != 0 {
			c.refuse(path, "%s; must be whole seconds, at least 1s", d)
		}
		if d/time.Second > math.MaxInt32 {
			c.refuse(path, "%s; must be at most %d seconds", d, math.MaxInt32)
		}
	}
	whole("delay", e.Delay)
	whole("timeout", e.Timeout)
	if e.Timeout >= e.Delay {
		c.refuse("timeout", "%s; must be less than delay, %s", e.Timeout, e.Delay)
	}
	if e.Type == TypeUDP && e.Delay < 3*time.Second {
		c.refuse("delay", "%s; must be at least 3s for %s", e.Delay, e.Type)
	}
}

func (c *check) retries(path string, n int) {
	if n < 1 || n > 10 {
		c.refuse(path, "%d; must be 1 to 10", n)
	}
}

// probe checks the type, alone and against the pool's protocol.
func (c *check) probe(e Spec, poolProtocol string) {
	all := []Type{TypeHTTP, TypeHTTPS, TypePing, TypeTCP, TypeTLSHello, TypeUDP, TypeSCTP}
	datagram := []Type{TypeHTTP, TypeTCP, TypeUDP, TypeSCTP}
	onDatagram := poolProtocol == "UDP" || poolProtocol == "SCTP"
	switch {
	case !slices.Contains(all, e.Type):
		c.refuse("type", "%q; must be one of %s", e.Type, list(all))
	case poolProtocol == "":
	case onDatagram && !slices.Contains(datagram, e.Type):
		c.refuse("type", "%s on a %s pool; must be one of %s", e.Type, poolProtocol, list(datagram))
	case !onDatagram && (e.Type == TypeUDP || e.Type == TypeSCTP):
		c.refuse("type", "%s on a %s pool; needs a UDP or SCTP pool", e.Type, poolProtocol)
	}
}

func list(ts []Type) string {
	var names []string
	for _, t := range ts {
		names = append(names, string(t))
	}
	return strings.Join(names, ", ")
}

func (c *check) http(e Spec) {
	if !e.Type.http() {
		for _, f := range []struct{ path, value string }{
			{"httpMethod", e.HTTPMethod},
			{"urlPath", e.URLPath},
			{"expectedCodes", e.ExpectedCodes},
			{"httpVersion", e.HTTPVersion},
			{"domainName", e.DomainName},
		} {
			if f.value != "" {
				c.refuse(f.path, "%q on a %s probe; needs type HTTP or HTTPS", f.value, e.Type)
			}
		}
		return
	}
	methods := []string{"GET", "HEAD", "POST", "PUT", "DELETE", "TRACE", "OPTIONS", "CONNECT", "PATCH"}
	if !slices.Contains(methods, e.HTTPMethod) {
		c.refuse("httpMethod", "%q; must be one of %s", e.HTTPMethod, strings.Join(methods, ", "))
	}
	if !urlPath(e.URLPath) {
		c.refuse("urlPath", "%q; must start with one / and hold no space and no #", e.URLPath)
	}
	if n := utf8.RuneCountInString(e.URLPath); n > maxPath {
		c.refuse("urlPath", "%d characters; must be at most %d", n, maxPath)
	}
	if !regexp.MustCompile(`^(\d{3}(\s*,\s*\d{3})*|\d{3}-\d{3})$`).MatchString(e.ExpectedCodes) {
		c.refuse("expectedCodes", `%q; must be like "200", "200,202" or "200-204"`, e.ExpectedCodes)
	}
	if n := len(e.ExpectedCodes); n > maxCodes {
		c.refuse("expectedCodes", `%d characters; must be at most %d, as in "200-299"`, n, maxCodes)
	}
	if e.HTTPVersion != "" && e.HTTPVersion != "1.0" && e.HTTPVersion != "1.1" {
		c.refuse("httpVersion", `%q; must be "1.0" or "1.1"`, e.HTTPVersion)
	}
	if e.DomainName != "" && e.HTTPVersion != "1.1" {
		c.refuse("domainName", `needs httpVersion "1.1", has %q`, e.HTTPVersion)
	}
	if e.DomainName != "" && !hostName(e.DomainName) {
		c.refuse("domainName", "%q; must be a host name such as www.example.org", e.DomainName)
	}
}

// urlPath is octavia/common/validate.py's url_path, which takes what follows // for a host, and
// refuses a #, at which haproxy's line would end. /// is a path again.
func urlPath(s string) bool {
	odd := func(r rune) bool { return r < ' ' || r == 0x7f || r == '#' || unicode.IsSpace(r) }
	hosted := strings.HasPrefix(s, "//") && !strings.HasPrefix(s, "///")
	return strings.HasPrefix(s, "/") && !hosted && !strings.ContainsFunc(s, odd)
}

// hostName is octavia/common/constants.py's DOMAIN_NAME_REGEX.
func hostName(s string) bool {
	if len(strings.TrimSuffix(s, ".")) > 253 {
		return false
	}
	label := regexp.MustCompile(`^[A-Za-z0-9_]([A-Za-z0-9_-]{0,61}[A-Za-z0-9_])?$`)
	for l := range strings.SplitSeq(strings.TrimSuffix(s, "."), ".") {
		if !label.MatchString(l) {
			return false
		}
	}
	return true
}
