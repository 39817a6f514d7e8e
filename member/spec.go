// SPDX-License-Identifier: Apache-2.0

package member

import (
	"cmp"
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"unicode/utf8"

	"github.com/octaviakit/octaviakit/internal/fault"
	"github.com/octaviakit/octaviakit/internal/mark"
)

// Octavia's ranges (octavia/common/constants.py and the member types).
const (
	maxWeight = 256
	maxText   = 255 // name, each tag
)

// Spec is one desired member. Address and Port identify it within its pool.
// A nil field means "leave it": Octavia's default on a new member, whatever it
// has on an existing one. A field that is set is enforced.
type Spec struct {
	// Address of the member. With Port it identifies the member within its pool.
	Address netip.Addr `json:"address"`
	// Port is 1 to 65535.
	Port uint16 `json:"port"`
	// SubnetID is where the member is reached. It cannot be changed in place, so a
	// different one replaces the member: removed, then added again.
	SubnetID string `json:"subnetID,omitzero"`
	// Name is for people.
	Name string `json:"name,omitzero"`
	// Weight is its share of connections, 0 to 256; Octavia's default is 1. 0 takes
	// no new connections on amphora and has no effect on ovn.
	Weight *int `json:"weight,omitzero"`
	// Backup members serve only when all others are down.
	Backup *bool `json:"backup,omitzero"`
	// AdminStateUp false takes the member out of service.
	AdminStateUp *bool `json:"adminStateUp,omitzero"`
	// MonitorAddress is probed in the place of Address; "" clears it.
	MonitorAddress *netip.Addr `json:"monitorAddress,omitzero"`
	// MonitorPort is probed in the place of Port; 0 clears it.
	MonitorPort *uint16 `json:"monitorPort,omitzero"`
	// SRIOV asks for a port with direct access to the network card, where the load
	// balancer's flavor allows it. It cannot be changed in place, so a different one
	// replaces the member.
	SRIOV *bool `json:"sriov,omitzero"`
	// Tags of the member are exact; empty: none.
	Tags []string `json:"tags,omitzero"`
}

// Key identifies a member within a pool, as Octavia's batch PUT does.
type Key struct {
	Address netip.Addr
	Port    uint16
}

// Key returns the member's identity, with an IPv4-mapped address unmapped.
func (s Spec) Key() Key { return Key{s.Address.Unmap(), s.Port} }

// String is "10.0.0.1:80" or "[2001:db8::1]:80".
func (k Key) String() string { return netip.AddrPortFrom(k.Address, k.Port).String() }

// Compare orders keys by address (IPv4 first), then by port.
func (k Key) Compare(o Key) int {
	return cmp.Or(k.Address.Compare(o.Address), cmp.Compare(k.Port, o.Port))
}

// Validate reports every problem of the member at once, as joined
// *fault.FieldError with paths relative to the member, or nil.
func (s Spec) Validate() error {
	var errs []error
	refuse := func(path, format string, args ...any) {
		errs = append(errs, &fault.FieldError{Path: path, Problem: fmt.Sprintf(format, args...)})
	}
	checkAddress := func(path string, a netip.Addr) {
		switch {
		case a.Zone() != "":
			refuse(path, "%s has a zone; Octavia takes plain addresses", a)
		case a.IsUnspecified() || a.IsMulticast():
			refuse(path, "%s cannot be reached; must be a unicast address", a)
		}
	}
	if !s.Address.IsValid() {
		refuse("address", "missing; must be an IP address")
	}
	checkAddress("address", s.Address)
	if s.Port == 0 {
		refuse("port", "missing; must be 1 to 65535")
	}
	if s.Weight != nil && (*s.Weight < 0 || *s.Weight > maxWeight) {
		refuse("weight", "%d; must be 0 to %d", *s.Weight, maxWeight)
	}
	if s.MonitorAddress != nil {
		checkAddress("monitorAddress", *s.MonitorAddress)
	}
	if n := utf8.RuneCountInString(s.Name); n > maxText {
		refuse("name", "%d characters; must be at most %d", n, maxText)
	}
	for i, tag := range s.Tags {
		if n := utf8.RuneCountInString(tag); n == 0 || n > maxText {
			refuse(fmt.Sprintf("tags[%d]", i), "%d characters; must be 1 to %d", n, maxText)
		}
		if slices.ContainsFunc(s.Tags[:i], func(t string) bool { return t != tag && mark.Same(t, tag) }) {
			refuse(fmt.Sprintf("tags[%d]", i), "one before it but for case or spaces at the end, which the database does not tell apart")
		}
	}
	return errors.Join(errs...)
}

// ValidateAll is Validate for a whole set, with paths like "members[3].weight".
// Two members with one key are refused, too: Octavia refuses them at best, and
// before 15.0.0 leaves the load balancer PENDING for good.
func ValidateAll(want []Spec) error {
	var errs []error
	first := make(map[Key]int, len(want))
	for i, s := range want {
		for _, err := range unjoin(s.Validate()) {
			f := new(fault.FieldError)
			errors.As(err, &f)
			errs = append(errs, &fault.FieldError{Path: fmt.Sprintf("members[%d].%s", i, f.Path), Problem: f.Problem})
		}
		if j, dup := first[s.Key()]; dup {
			errs = append(errs, &fault.FieldError{
				Path:    fmt.Sprintf("members[%d]", i),
				Problem: fmt.Sprintf("%s is members[%d] already; must be unique", s.Key(), j),
			})
			continue
		}
		first[s.Key()] = i
	}
	return errors.Join(errs...)
}

func unjoin(err error) []error {
	if j, ok := err.(interface{ Unwrap() []error }); ok {
		return j.Unwrap()
	}
	return nil
}

// Body is the member as the Octavia API takes it when it is created: what the
// Spec leaves alone is absent.
func (s Spec) Body() map[string]any {
	k := s.Key()
	b := map[string]any{"address": k.Address.String(), "protocol_port": int(k.Port)}
	if s.SubnetID != "" {
		b["subnet_id"] = s.SubnetID
	}
	if s.Name != "" {
		b["name"] = s.Name
	}
	set(b, "weight", s.Weight)
	set(b, "backup", s.Backup)
	set(b, "admin_state_up", s.AdminStateUp)
	if s.SRIOV != nil && *s.SRIOV { // false is the default, and a field that only 2.30 knows
		b["request_sriov"] = true
	}
	if s.MonitorAddress != nil && s.MonitorAddress.IsValid() {
		b["monitor_address"] = s.MonitorAddress.Unmap().String()
	}
	if s.MonitorPort != nil && *s.MonitorPort != 0 {
		b["monitor_port"] = int(*s.MonitorPort)
	}
	if len(s.Tags) > 0 {
		b["tags"] = tagSet(s.Tags)
	}
	return b
}

func set[T any](b map[string]any, field string, v *T) {
	if v != nil {
		b[field] = *v
	}
}

// tagSet sorts and dedupes: Octavia answers 409 to a tag given twice.
func tagSet(tags []string) []string {
	out := append([]string{}, tags...)
	slices.Sort(out)
	return slices.Compact(out)
}
