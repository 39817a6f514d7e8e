// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"fmt"
	"net/http"
	"net/netip"
	"slices"
	"strings"
	"time"

	"github.com/gophercloud/gophercloud/v2"
	"github.com/gophercloud/gophercloud/v2/openstack"
	"github.com/gophercloud/gophercloud/v2/openstack/config"
	"github.com/gophercloud/gophercloud/v2/openstack/config/clouds"
	"github.com/gophercloud/gophercloud/v2/openstack/networking/v2/ports"
	"github.com/gophercloud/gophercloud/v2/openstack/networking/v2/subnets"

	"github.com/octaviakit/octaviakit/fake"
	"github.com/octaviakit/octaviakit/provider"
)

// speed is how much faster than the wall's the fake's clock runs.
const speed = 10

// A stage is where the story plays: clients, a subnet, and how time is told.
type stage struct {
	name             string
	octavia, network *gophercloud.ServiceClient
	calls            *counter
	subnet           subnets.Subnet
	floatingNetwork  string
	speed            int // seconds of the cloud in one of ours
}

func newStage(ctx context.Context, cfg settings) (*stage, error) {
	if cfg.cloud == "" {
		return fakeStage(ctx, cfg)
	}
	return realStage(ctx, cfg)
}

// fakeStage is an Octavia in memory, with the latencies of a real one and a clock
// that runs faster, so that a minute of amphora takes six seconds.
func fakeStage(ctx context.Context, cfg settings) (*stage, error) {
	latency := fake.AmphoraLike
	if cfg.provider == provider.OVN {
		latency = fake.OVNLike
	}
	begin := time.Now()
	cloud := fake.New(
		fake.WithProvider(cfg.provider, provider.Epoxy),
		fake.WithLatency(latency),
		fake.WithClock(func() time.Time { return begin.Add(time.Since(begin) * speed) }),
	)
	s := &stage{
		name: "the embedded fake, " + provider.Epoxy.String(), speed: speed,
		octavia: cloud.LoadBalancer(), network: cloud.Network(), floatingNetwork: cfg.floatingNetwork,
	}
	s.calls = count(s.octavia, s.network)
	if cfg.subnet == "" {
		cfg.subnet = cloud.SubnetID()
	}
	return s, s.findSubnet(ctx, cfg.subnet)
}

// realStage authenticates with an entry of clouds.yaml.
func realStage(ctx context.Context, cfg settings) (*stage, error) {
	auth, endpoint, tls, err := clouds.Parse(clouds.WithCloudName(cfg.cloud))
	if err != nil {
		return nil, fmt.Errorf("cloud %q: %w", cfg.cloud, err)
	}
	client, err := config.NewProviderClient(ctx, auth, config.WithTLSConfig(tls))
	if gophercloud.ResponseCodeIs(err, http.StatusUnauthorized) {
		return nil, fmt.Errorf("cloud %q: wrong user, password or project: %w", cfg.cloud, err)
	}
	if err != nil {
		return nil, fmt.Errorf("cloud %q: authenticating: %w", cfg.cloud, err)
	}
	s := &stage{name: "cloud " + cfg.cloud, speed: 1, floatingNetwork: cfg.floatingNetwork}
	if s.octavia, err = openstack.NewLoadBalancerV2(client, endpoint); err != nil {
		return nil, fmt.Errorf("cloud %q: no load-balancer service: %w", cfg.cloud, err)
	}
	if s.network, err = openstack.NewNetworkV2(client, endpoint); err != nil {
		return nil, fmt.Errorf("cloud %q: no network service: %w", cfg.cloud, err)
	}
	s.calls = count(s.octavia)
	return s, s.findSubnet(ctx, cfg.subnet)
}

// findSubnet takes the subnet of that ID or name, or else the first IPv4 subnet, by
// name, that a router is attached to: a floating IP needs one.
func (s *stage) findSubnet(ctx context.Context, wanted string) error {
	all, err := s.subnets(ctx)
	if err != nil {
		return fmt.Errorf("listing subnets: %w", err)
	}
	routed, err := s.routed(ctx)
	if err != nil {
		return fmt.Errorf("listing router ports: %w", err)
	}
	var names []string
	for _, sub := range all {
		names = append(names, sub.Name)
		if wanted == sub.ID || wanted != "" && wanted == sub.Name || wanted == "" && sub.IPVersion == 4 && routed[sub.ID] {
			s.subnet = sub
			return nil
		}
	}
	if wanted == "" {
		return fmt.Errorf("-subnet: no IPv4 subnet with a router among %s; name one", strings.Join(names, ", "))
	}
	return fmt.Errorf("-subnet: no subnet %q; there are %s", wanted, strings.Join(names, ", "))
}

func (s *stage) subnets(ctx context.Context) ([]subnets.Subnet, error) {
	pages, err := subnets.List(s.network, subnets.ListOpts{}).AllPages(ctx)
	if err != nil {
		return nil, err
	}
	all, err := subnets.ExtractSubnets(pages)
	slices.SortFunc(all, func(a, b subnets.Subnet) int { return strings.Compare(a.Name+a.ID, b.Name+b.ID) })
	return all, err
}

// routed are the subnets that have a router's port.
func (s *stage) routed(ctx context.Context) (map[string]bool, error) {
	pages, err := ports.List(s.network, ports.ListOpts{}).AllPages(ctx)
	if err != nil {
		return nil, err
	}
	all, err := ports.ExtractPorts(pages)
	out := map[string]bool{}
	for _, p := range all {
		if !strings.HasPrefix(p.DeviceOwner, "network:router_interface") && p.DeviceOwner != "network:ha_router_replicated_interface" {
			continue
		}
		for _, ip := range p.FixedIPs {
			out[ip.SubnetID] = true
		}
	}
	return out, err
}

// memberAddress is the i-th address for a member, from the middle of the subnet up,
// where neither gateway nor VIPs are likely to be.
func (s *stage) memberAddress(i int) (netip.Addr, error) {
	prefix, err := netip.ParsePrefix(s.subnet.CIDR)
	if err != nil {
		return netip.Addr{}, fmt.Errorf("subnet %s: %w", s.subnet.ID, err)
	}
	b := prefix.Masked().Addr().AsSlice()
	bit := prefix.Bits() // the first bit that the subnet leaves free: setting it goes to the middle
	b[bit/8] |= 0x80 >> (bit % 8)
	last := len(b) - 1
	for carry := i + 1; carry > 0 && last >= 0; last-- {
		carry += int(b[last])
		b[last] = byte(carry)
		carry >>= 8
	}
	addr, _ := netip.AddrFromSlice(b)
	if !prefix.Contains(addr) {
		return addr, fmt.Errorf("subnet %s (%s) has no room for %d members: use a larger -subnet", s.subnet.Name, s.subnet.CIDR, i+1)
	}
	return addr, nil
}
