// SPDX-License-Identifier: Apache-2.0

package floatingip

import (
	"cmp"
	"context"
	"fmt"
	"net/netip"
	"net/url"
	"path"
	"slices"
	"strings"

	"github.com/octaviakit/octaviakit/internal/fault"
	"github.com/octaviakit/octaviakit/internal/octavia"
)

// network finds the external network to allocate from.
func (c client) network(ctx context.Context, s Spec) (string, error) {
	all, err := c.named(ctx, "networks", "external networks", url.Values{"router:external": {"true"}})
	if err != nil {
		return "", err
	}
	var match []octavia.Object
	for _, n := range all {
		switch s.Network {
		case str(n, "id"):
			return s.Network, nil
		case "", str(n, "name"):
			match = append(match, n)
		}
	}
	if len(match) == 1 {
		return str(match[0], "id"), nil
	}
	problem := fmt.Sprintf("%q is no external network", s.Network)
	switch {
	case s.Network == "" && len(all) == 0:
		problem = "there is no external network"
	case s.Network == "":
		problem = "several external networks; name one"
	case len(match) > 1:
		problem = fmt.Sprintf("%q is the name of several external networks; give the ID", s.Network)
	}
	return "", &fault.FieldError{Path: "network", Problem: problem + thereAre(all)}
}

// subnets lists what to allocate from, in the order to try; "" leaves it to Neutron.
func (c client) subnets(ctx context.Context, networkID string, s Spec) ([]string, error) {
	if s.Subnet == "" && len(s.SubnetTags) == 0 {
		return []string{""}, nil
	}
	filter := url.Values{"network_id": {networkID}, "ip_version": {"4"}}
	if len(s.SubnetTags) > 0 {
		filter.Set("tags", strings.Join(s.SubnetTags, ","))
	}
	all, err := c.named(ctx, "subnets", "subnets of the external network", filter)
	if err != nil {
		return nil, err
	}
	var out []string
	for _, n := range all {
		id, name := str(n, "id"), str(n, "name")
		glob, _ := path.Match(s.Subnet, name) // validate has tried the pattern
		if s.Subnet == "" || s.Subnet == id || s.Subnet == name || glob {
			out = append(out, id)
		}
	}
	if len(out) > 0 {
		return out, nil
	}
	what := fmt.Sprintf("%q matches no IPv4 subnet of network %s", s.Subnet, networkID)
	if len(s.SubnetTags) > 0 {
		what += " tagged " + strings.Join(s.SubnetTags, " and ")
	}
	return nil, &fault.FieldError{Path: "subnet", Problem: what + thereAre(all)}
}

// named lists a collection of Neutron's, sorted by name, then ID.
func (c client) named(ctx context.Context, collection, what string, filter url.Values) ([]octavia.Object, error) {
	var all []octavia.Object
	for o, err := range octavia.List(ctx, c.net, collection, collection, filter) {
		if err != nil {
			return nil, refusal("list "+what, err)
		}
		all = append(all, o)
	}
	slices.SortFunc(all, func(a, b octavia.Object) int {
		return cmp.Or(cmp.Compare(str(a, "name"), str(b, "name")), cmp.Compare(str(a, "id"), str(b, "id")))
	})
	return all, nil
}

// thereAre ends a refusal with what could be named instead.
func thereAre(all []octavia.Object) string {
	if len(all) == 0 {
		return ""
	}
	names := make([]string, len(all))
	for i, o := range all {
		names[i] = str(o, "name") + " (" + str(o, "id") + ")"
	}
	return "; there are " + strings.Join(names, ", ")
}

// fixed chooses the port's address to bind to. Neutron insists on a choice when
// there are several IPv4 ones; "" leaves it the only one there is.
func (c client) fixed(ctx context.Context, portID string, s Spec) (string, error) {
	if s.FixedIP.IsValid() {
		return s.FixedIP.Unmap().String(), nil
	}
	port, err := octavia.Get(ctx, c.net, "ports/"+portID, "port")
	if err != nil {
		return "", refusal("read port "+portID, err)
	}
	var four []netip.Addr
	ips, _ := port["fixed_ips"].([]any)
	for _, ip := range ips {
		fixed, _ := ip.(octavia.Object)
		if a := parse(str(fixed, "ip_address")); a.Is4() {
			four = append(four, a)
		}
	}
	switch len(four) {
	case 0:
		return "", fmt.Errorf("port %s: %w", portID, ErrNoIPv4)
	case 1:
		return "", nil
	}
	return four[0].String(), nil
}
