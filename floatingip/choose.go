// SPDX-License-Identifier: Apache-2.0

package floatingip

import (
	"cmp"
	"context"
	"fmt"
	"net/netip"
	"path"
	"slices"
	"strings"

	"github.com/gophercloud/gophercloud/v2/openstack/networking/v2/extensions/external"
	"github.com/gophercloud/gophercloud/v2/openstack/networking/v2/networks"
	"github.com/gophercloud/gophercloud/v2/openstack/networking/v2/ports"
	"github.com/gophercloud/gophercloud/v2/openstack/networking/v2/subnets"
	"github.com/octaviakit/octaviakit/internal/fault"
)

// network finds the external network to allocate from.
func (c client) network(ctx context.Context, s Spec) (string, error) {
	page, err := networks.List(c.net, external.ListOptsExt{ListOptsBuilder: networks.ListOpts{}, External: new(true)}).AllPages(ctx)
	if err != nil {
		return "", refusal("list external networks", err)
	}
	all, err := networks.ExtractNetworks(page)
	if err != nil {
		return "", refusal("list external networks", err)
	}
	var match []networks.Network
	var names []string
	for _, n := range all {
		names = append(names, n.Name+" ("+n.ID+")")
		switch s.Network {
		case n.ID:
			return n.ID, nil
		case "", n.Name:
			match = append(match, n)
		}
	}
	if len(match) == 1 {
		return match[0].ID, nil
	}
	slices.Sort(names)
	problem := fmt.Sprintf("%q is no external network", s.Network)
	switch {
	case s.Network == "" && len(all) == 0:
		problem = "there is no external network"
	case s.Network == "":
		problem = "several external networks; name one"
	case len(match) > 1:
		problem = fmt.Sprintf("%q is the name of several external networks; give the ID", s.Network)
	}
	if len(names) > 0 {
		problem += "; there are " + strings.Join(names, ", ")
	}
	return "", &fault.FieldError{Path: "network", Problem: problem}
}

// subnets lists what to allocate from, in the order to try; "" leaves it to Neutron.
func (c client) subnets(ctx context.Context, networkID string, s Spec) ([]string, error) {
	if s.Subnet == "" && len(s.SubnetTags) == 0 {
		return []string{""}, nil
	}
	page, err := subnets.List(c.net, subnets.ListOpts{
		NetworkID: networkID, IPVersion: 4, Tags: strings.Join(s.SubnetTags, ","),
	}).AllPages(ctx)
	if err != nil {
		return nil, refusal("list subnets of the external network", err)
	}
	all, err := subnets.ExtractSubnets(page)
	if err != nil {
		return nil, refusal("list subnets of the external network", err)
	}
	slices.SortFunc(all, func(a, b subnets.Subnet) int { return cmp.Or(cmp.Compare(a.Name, b.Name), cmp.Compare(a.ID, b.ID)) })
	var out, names []string
	for _, n := range all {
		names = append(names, n.Name+" ("+n.ID+")")
		glob, _ := path.Match(s.Subnet, n.Name) // validate has tried the pattern
		if s.Subnet == "" || s.Subnet == n.ID || s.Subnet == n.Name || glob {
			out = append(out, n.ID)
		}
	}
	if len(out) > 0 {
		return out, nil
	}
	what := fmt.Sprintf("%q matches no IPv4 subnet of network %s", s.Subnet, networkID)
	if len(s.SubnetTags) > 0 {
		what += " tagged " + strings.Join(s.SubnetTags, " and ")
	}
	if len(names) > 0 {
		what += "; there are " + strings.Join(names, ", ")
	}
	return nil, &fault.FieldError{Path: "subnet", Problem: what}
}

// fixed chooses the port's address to bind to. Neutron insists on a choice when
// there are several IPv4 ones; "" leaves it the only one there is.
func (c client) fixed(ctx context.Context, portID string, s Spec) (string, error) {
	if s.FixedIP.IsValid() {
		return s.FixedIP.Unmap().String(), nil
	}
	port, err := ports.Get(ctx, c.net, portID).Extract()
	if err != nil {
		return "", refusal("read port "+portID, err)
	}
	var four []netip.Addr
	for _, ip := range port.FixedIPs {
		if a := parse(ip.IPAddress); a.Is4() {
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
