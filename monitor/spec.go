// SPDX-License-Identifier: Apache-2.0

// Package monitor describes and maintains pool health monitors.
//
// A pool has one monitor at most, and the monitor's probe belongs to the [Spec]
// as a whole: interval, timeout, retries and what is asked over HTTP are enforced,
// zero values as the defaults named beside each field. Name, AdminStateUp and Tags
// are left alone when they are not set. Everything changes in place but the type.
package monitor

import (
	"encoding/json"
	"iter"
	"slices"
	"time"

	"github.com/octaviakit/octaviakit/provider"
)

// Type is a probe type as the API spells it.
type Type string

// The probe types. The ovn driver knows TypeTCP and TypeUDP only.
const (
	TypeHTTP     Type = "HTTP"
	TypeHTTPS    Type = "HTTPS"
	TypePing     Type = "PING"
	TypeTCP      Type = "TCP"
	TypeTLSHello Type = "TLS-HELLO"
	TypeUDP      Type = "UDP-CONNECT"
	TypeSCTP     Type = "SCTP"
)

// Defaults, as openstackclient's documentation and the Kubernetes cloud provider use them.
const (
	DefaultDelay   = 5 * time.Second
	DefaultTimeout = 3 * time.Second
	DefaultRetries = 3 // in both directions
)

// Spec is the desired monitor. The zero value probes every 5s whether a member answers.
type Spec struct {
	// Name is for people.
	Name string `json:"name,omitzero"`
	// Type of the probe; absent: UDP-CONNECT on a UDP pool, SCTP on an SCTP pool, else
	// TCP. A different one replaces the monitor.
	Type Type `json:"type,omitzero"`
	// Delay between probes, in whole seconds; absent: 5s. UDP-CONNECT needs 3s.
	Delay time.Duration `json:"delay,omitzero"`
	// Timeout of a probe, in whole seconds, less than Delay; absent: 3s.
	Timeout time.Duration `json:"timeout,omitzero"`
	// MaxRetries is how many successes bring a member ONLINE, 1 to 10; absent: 3.
	MaxRetries int `json:"maxRetries,omitzero"`
	// MaxRetriesDown is how many failures bring a member to ERROR, 1 to 10; absent: 3.
	MaxRetriesDown int `json:"maxRetriesDown,omitzero"`
	// HTTPMethod of HTTP and HTTPS probes; absent: GET.
	HTTPMethod string `json:"httpMethod,omitzero"`
	// URLPath that HTTP and HTTPS probes ask for; absent: /.
	URLPath string `json:"urlPath,omitzero"`
	// ExpectedCodes of HTTP and HTTPS probes, "200", "200,202" or "200-204"; absent: 200.
	ExpectedCodes string `json:"expectedCodes,omitzero"`
	// HTTPVersion of HTTP and HTTPS probes, "1.0" or "1.1"; absent: Octavia's
	// default, 1.0.
	HTTPVersion string `json:"httpVersion,omitzero"`
	// DomainName is the Host header of HTTP and HTTPS probes, and needs HTTPVersion
	// 1.1; absent: none.
	DomainName string `json:"domainName,omitzero"`
	// AdminStateUp false stops the probes.
	AdminStateUp *bool `json:"adminStateUp,omitzero"`
	// Tags of the monitor are exact; empty: none.
	Tags []string `json:"tags,omitzero"`
}

// HTTP probes path with GET and expects 200.
func HTTP(path string) Spec { return Spec{Type: TypeHTTP, URLPath: path} }

// HTTPS is HTTP over TLS; the members' certificates are not verified.
func HTTPS(path string) Spec { return Spec{Type: TypeHTTPS, URLPath: path} }

// TCP connects and hangs up.
func TCP() Spec { return Spec{Type: TypeTCP} }

// UDP probes a member of a UDP pool.
func UDP() Spec { return Spec{Type: TypeUDP} }

// effective is s with its defaults filled in.
func (s Spec) effective() Spec {
	s.Type = orElse(s.Type, TypeTCP)
	s.Delay = orElse(s.Delay, DefaultDelay)
	s.Timeout = orElse(s.Timeout, DefaultTimeout)
	s.MaxRetries = orElse(s.MaxRetries, DefaultRetries)
	s.MaxRetriesDown = orElse(s.MaxRetriesDown, DefaultRetries)
	if s.Type.http() {
		s.HTTPMethod = orElse(s.HTTPMethod, "GET")
		s.URLPath = orElse(s.URLPath, "/")
		s.ExpectedCodes = orElse(s.ExpectedCodes, "200")
	}
	return s
}

func orElse[T comparable](v, otherwise T) T {
	var zero T
	if v == zero {
		return otherwise
	}
	return v
}

func (t Type) http() bool { return t == TypeHTTP || t == TypeHTTPS }

// Requires yields the provider features the spec depends on, sorted.
func (s Spec) Requires() iter.Seq[provider.Feature] {
	s = s.effective()
	fs := []provider.Feature{"health-monitor", typeFeature(s.Type)}
	if s.Type.http() {
		fs = append(fs, "hm-http-method-url-codes")
	}
	if s.HTTPVersion != "" || s.DomainName != "" {
		fs = append(fs, "hm-http-version-domain-name")
	}
	if s.AdminStateUp != nil {
		fs = append(fs, "hm-admin-state")
	}
	if len(s.Tags) > 0 {
		fs = append(fs, provider.ResourceTags)
	}
	slices.Sort(fs)
	return slices.Values(fs)
}

func typeFeature(t Type) provider.Feature {
	switch t {
	case TypeHTTP:
		return "hm-type-http"
	case TypeHTTPS:
		return "hm-type-https"
	case TypePing:
		return "hm-type-ping"
	case TypeTLSHello:
		return "hm-type-tls-hello"
	case TypeUDP:
		return "hm-type-udp-connect"
	case TypeSCTP:
		return "hm-type-sctp"
	case TypeTCP:
	}
	return "hm-type-tcp"
}

// Body is the monitor as the Octavia API takes it when created (without pool_id).
// Defaults are filled in, so that a body says what will be.
func (s Spec) Body() map[string]any {
	s = s.effective()
	b := map[string]any{"type": string(s.Type)}
	s.numbers(b)
	if s.Name != "" {
		b["name"] = s.Name
	}
	if s.AdminStateUp != nil {
		b["admin_state_up"] = *s.AdminStateUp
	}
	if len(s.Tags) > 0 {
		b["tags"] = tagSet(s.Tags)
	}
	if !s.Type.http() { // other types refuse these fields, even null
		return b
	}
	b["http_method"], b["url_path"], b["expected_codes"] = s.HTTPMethod, s.URLPath, s.ExpectedCodes
	if s.HTTPVersion != "" {
		b["http_version"] = json.Number(s.HTTPVersion) // a number to Octavia; "1.0" must not become 1
	}
	if s.DomainName != "" {
		b["domain_name"] = s.DomainName
	}
	return b
}

// numbers sets the four that always travel together: the ovn driver before 4.0.0
// resets the ones that an update leaves out (LP 1997416), and amphora before
// 15.0.0 fails the update of a UDP-CONNECT monitor without delay.
func (s Spec) numbers(b map[string]any) {
	b["delay"], b["timeout"] = int(s.Delay/time.Second), int(s.Timeout/time.Second)
	b["max_retries"], b["max_retries_down"] = s.MaxRetries, s.MaxRetriesDown
}

// tagSet sorts and dedupes: Octavia answers 409 to a tag given twice.
func tagSet(tags []string) []string {
	out := append([]string{}, tags...)
	slices.Sort(out)
	return slices.Compact(out)
}
