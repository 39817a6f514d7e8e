// SPDX-License-Identifier: Apache-2.0

package provider

import (
	"fmt"
	"strings"
)

// Name is an Octavia provider driver as the API spells it.
type Name string

const (
	// Amphora is Octavia's own driver: a virtual machine with HAProxy and LVS
	// per load balancer. The cheap part is features, the dear part is machines.
	Amphora Name = "amphora"
	// OVN is the driver of ovn-octavia-provider (networking-ovn in Stein and
	// Train): flows in the virtual network, layer 4 only, no machine at all.
	OVN Name = "ovn"
)

// Names yields the drivers that the matrix knows, in its order.
func Names() []Name { return []Name{Amphora, OVN} }

// Canonical resolves aliases: "octavia" (the only name in Queens, deprecated
// since), "amphorav2" and "amphorav1" (Ussuri to 2023.1) and "" all mean
// [Amphora]. Other names are returned as they are.
func (n Name) Canonical() Name {
	switch n {
	case "", "octavia", "amphorav1", "amphorav2":
		return Amphora
	default:
		return n
	}
}

// UnknownError says that a name is none of those that the matrix knows.
type UnknownError struct {
	Kind  string   // "provider", "release", "driver option", ...
	Value string   // as given
	Known []string // what would be right
}

func (e *UnknownError) Error() string {
	return fmt.Sprintf("unknown %s %q: known are %s", e.Kind, e.Value, strings.Join(e.Known, ", "))
}
