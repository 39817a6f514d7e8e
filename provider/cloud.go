// SPDX-License-Identifier: Apache-2.0

package provider

import (
	"fmt"
	"slices"
	"strings"
)

// Cloud is what [Detect] found out. It is immutable and safe for concurrent use.
// The zero value knows nothing and gives no capabilities.
type Cloud struct {
	minor  int
	api    Span
	driver Span // of the ovn driver
	listed []Listed
	known  []Name // canonical names of listed, each once; nil if the cloud does not tell
	dflt   Name
	notes  []Note
}

// Listed is a provider as the cloud lists it.
type Listed struct {
	Name        Name // as listed; aliases are kept, see [Name.Canonical]
	Description string
}

// Note is one conclusion about a cloud, and whether it is known or assumed.
type Note struct {
	Assumed bool
	Text    string
}

func (n Note) String() string {
	if n.Assumed {
		return "assumed: " + n.Text
	}
	return "known: " + n.Text
}

// APIMinor is the newest minor that the API advertises, 26 for v2.26; ok is false
// if the cloud did not say.
func (c Cloud) APIMinor() (minor int, ok bool) { return c.minor, c.minor >= 0 && c.api.Valid() }

// API is the span of releases that Octavia may be of.
func (c Cloud) API() Span { return c.api }

// OVNDriver is the span of releases that the ovn driver may be of.
func (c Cloud) OVNDriver() Span { return c.driver }

// Listed are the providers as the cloud lists them, sorted by name; ok is false
// if it does not list them (not allowed, broken, or told by [WithProviders]).
func (c Cloud) Listed() (ps []Listed, ok bool) { return slices.Clone(c.listed), c.listed != nil }

// Providers are the canonical names of the enabled providers, sorted, each once;
// ok is false if they are not known.
func (c Cloud) Providers() (ns []Name, ok bool) { return slices.Clone(c.known), c.known != nil }

// Default is the driver of a load balancer that asks for none; ok is false where
// neither the operator nor a list of one says it. Octavia's own default is amphora.
func (c Cloud) Default() (n Name, ok bool) { return c.dflt, c.dflt != "" }

// Notes are the conclusions in the order they were drawn: what is known, what is
// assumed, and why.
func (c Cloud) Notes() []Note { return slices.Clone(c.notes) }

// String is a short report of several lines.
func (c Cloud) String() string {
	var b strings.Builder
	fmt.Fprintf(&b, "Octavia %s", c.api)
	if c.minor >= 0 && c.api.Valid() {
		fmt.Fprintf(&b, ", API v2.%d", c.minor)
	}
	if c.known != nil {
		fmt.Fprintf(&b, ", providers %s", joinNames(c.known))
	}
	for _, n := range c.notes {
		fmt.Fprintf(&b, "\n  %s", n)
	}
	return b.String()
}

// NotEnabledError says that the cloud does not offer a provider.
type NotEnabledError struct {
	Provider Name
	Enabled  []Name // canonical, sorted
}

func (e *NotEnabledError) Error() string {
	return fmt.Sprintf("provider %q is not enabled on this cloud: enabled are %s", e.Provider, joinNames(e.Enabled))
}

// For returns what a driver can do here. "" means the cloud's default provider,
// amphora where that is not known. A driver that the cloud is known not to offer
// is a [*NotEnabledError], one that the matrix does not know an [*UnknownError].
func (c Cloud) For(n Name) (Capabilities, error) {
	if n == "" {
		n = c.dflt
	}
	if c.known != nil && !c.enabled(n) {
		return Capabilities{}, &NotEnabledError{Provider: n.Canonical(), Enabled: slices.Clone(c.known)}
	}
	return LookupSpan(n, c.api, c.driver)
}

// enabled reports whether the cloud is known to offer a driver.
func (c *Cloud) enabled(n Name) bool { return slices.Contains(c.known, n.Canonical()) }

// only is the enabled driver if there is one alone.
func (c *Cloud) only() (Name, bool) {
	if len(c.known) != 1 {
		return "", false
	}
	return c.known[0], true
}

func (c *Cloud) know(format string, a ...any) {
	c.notes = append(c.notes, Note{Text: fmt.Sprintf(format, a...)})
}

func (c *Cloud) assume(format string, a ...any) {
	c.notes = append(c.notes, Note{Assumed: true, Text: fmt.Sprintf(format, a...)})
}

// list takes providers as listed by the cloud, or as told.
func (c *Cloud) list(ps []Listed) {
	c.known = []Name{}
	for _, p := range ps {
		if !c.enabled(p.Name) {
			c.known = append(c.known, p.Name.Canonical())
		}
	}
	slices.Sort(c.known)
}

func joinNames(ns []Name) string {
	if len(ns) == 0 {
		return "none"
	}
	parts := make([]string, len(ns))
	for i, n := range ns {
		parts[i] = string(n)
	}
	return strings.Join(parts, ", ")
}
