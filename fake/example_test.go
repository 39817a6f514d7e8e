// SPDX-License-Identifier: Apache-2.0

package fake_test

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/gophercloud/gophercloud/v2/openstack/loadbalancer/v2/listeners"
	"github.com/gophercloud/gophercloud/v2/openstack/loadbalancer/v2/loadbalancers"
	"github.com/gophercloud/gophercloud/v2/openstack/loadbalancer/v2/monitors"
	"github.com/gophercloud/gophercloud/v2/openstack/loadbalancer/v2/pools"
	"github.com/gophercloud/gophercloud/v2/openstack/networking/v2/extensions/layer3/floatingips"
	"github.com/gophercloud/gophercloud/v2/openstack/networking/v2/subnets"
	"github.com/octaviakit/octaviakit/fake"
	"github.com/octaviakit/octaviakit/provider"
)

// A program under test gets plain gophercloud clients; the test asks afterwards what it
// left and what it cost.
func Example() {
	cloud := fake.New()
	client := cloud.LoadBalancer()
	ctx := context.Background()

	lb, err := loadbalancers.Create(ctx, client, loadbalancers.CreateOpts{Name: "shop", VipSubnetID: cloud.SubnetID()}).Extract()
	if err != nil {
		panic(err)
	}
	_, err = listeners.Create(ctx, client, listeners.CreateOpts{Name: "web", LoadbalancerID: lb.ID, Protocol: "HTTP", ProtocolPort: 80}).Extract()
	if err != nil {
		panic(err)
	}

	fmt.Print(cloud)
	fmt.Println(len(cloud.Mutations()), "mutations,", cloud.Cycles(lb.ID), "cycles")
	// Output:
	// loadbalancer-1 ACTIVE/ONLINE "shop" amphora vip=10.0.0.2 subnet=private-v4
	//   listener-1 ACTIVE/ONLINE "web" HTTP:80
	// port-1 down "octavia-lb-loadbalancer-1" 10.0.0.2 owner="Octavia" device="lb-loadbalancer-1"
	// 2 mutations, 2 cycles
}

// What OVN cannot do it refuses, in the words and with the status of the real driver: here that of Train.
func ExampleWithProvider() {
	cloud := fake.New(fake.WithProvider(provider.OVN, provider.Train))
	ctx := context.Background()
	lb, err := loadbalancers.Create(ctx, cloud.LoadBalancer(), loadbalancers.CreateOpts{VipSubnetID: cloud.SubnetID()}).Extract()
	if err != nil {
		panic(err)
	}
	for port, protocol := range []listeners.Protocol{"TCP", "SCTP", "HTTP"} {
		opts := listeners.CreateOpts{LoadbalancerID: lb.ID, Protocol: protocol, ProtocolPort: 80 + port}
		_, err = listeners.Create(ctx, cloud.LoadBalancer(), opts).Extract()
		fmt.Println(protocol, "accepted:", err == nil)
	}
	for call := range cloud.Calls() {
		fmt.Println(call.Method, call.Path, call.Status)
	}
	// Output:
	// TCP accepted: true
	// SCTP accepted: false
	// HTTP accepted: false
	// POST /load-balancer/v2.0/lbaas/loadbalancers 201
	// POST /load-balancer/v2.0/lbaas/listeners 201
	// POST /load-balancer/v2.0/lbaas/listeners 400
	// POST /load-balancer/v2.0/lbaas/listeners 501
}

// A fault prints as the line that reproduces it.
func ExampleFault() {
	cloud := fake.New()
	cloud.Inject(fake.Fault{Method: "POST", Path: "/lbaas/loadbalancers", Effect: fake.LoseReply})

	opts := loadbalancers.CreateOpts{Name: "shop", VipSubnetID: cloud.SubnetID()}
	_, err := loadbalancers.Create(context.Background(), cloud.LoadBalancer(), opts).Extract()

	fmt.Println("error:", err != nil)
	fmt.Println("fault:", cloud.Mutations()[0].Fault)
	fmt.Print(cloud)
	// Output:
	// error: true
	// fault: lose-reply method="POST" path="/lbaas/loadbalancers"
	// loadbalancer-1 ACTIVE/ONLINE "shop" amphora vip=10.0.0.2 subnet=private-v4
	// port-1 down "octavia-lb-loadbalancer-1" 10.0.0.2 owner="Octavia" device="lb-loadbalancer-1"
}

// Addresses run out as they do in a real cloud: here the administrator leaves the external network one for floating IPs.
func ExampleCloud_NetworkAs() {
	cloud := fake.New()
	ctx := context.Background()
	one := []subnets.AllocationPool{{Start: "203.0.113.7", End: "203.0.113.7"}}
	if err := subnets.Update(ctx, cloud.NetworkAs("admin"), cloud.ExternalSubnetID(), subnets.UpdateOpts{AllocationPools: one}).Err; err != nil {
		panic(err)
	}
	for range 2 {
		fip, err := floatingips.Create(ctx, cloud.Network(), floatingips.CreateOpts{FloatingNetworkID: cloud.ExternalNetworkID()}).Extract()
		if err != nil {
			fmt.Println("refused:", strings.Contains(err.Error(), "No more IP addresses available on network"))
			break
		}
		fmt.Println(fip.FloatingIP)
	}
	// Output:
	// 203.0.113.7
	// refused: true
}

// Programs that do without gophercloud get an *http.Client, and log in as anywhere.
func ExampleCloud_HTTPClient() {
	cloud := fake.New()
	login := `{"auth":{"identity":{"methods":["password"],"password":{"user":{"name":"demo","password":"fake","domain":{"name":"Default"}}}}}}`
	res, err := cloud.HTTPClient().Post(cloud.AuthURL()+"/auth/tokens", "application/json", strings.NewReader(login))
	if err != nil {
		panic(err)
	}
	defer res.Body.Close()
	fmt.Println(res.Status, res.Header.Get("X-Subject-Token") != "")
	// Output: 201 Created true
}

// Who held the lock, and for how long: the assertion that a change is one batch and not eighty cycles.
func ExampleCloud_Spans() {
	clock := fake.NewManualClock(time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC))
	cloud := fake.New(fake.WithLatency(fake.AmphoraLike), fake.WithClock(clock.Now))
	lb, err := loadbalancers.Create(context.Background(), cloud.LoadBalancer(),
		loadbalancers.CreateOpts{VipSubnetID: cloud.SubnetID()}).Extract()
	if err != nil {
		panic(err)
	}
	clock.Advance(time.Minute)
	for _, span := range cloud.Spans(lb.ID) {
		fmt.Println(span.Call.Method, span.Kind, "held the lock for", span.Duration(), "and left it", span.Status)
	}
	// Output: POST loadbalancer held the lock for 45s and left it ACTIVE
}

// A clock that the test advances, where testing/synctest cannot be used.
func ExampleManualClock() {
	clock := fake.NewManualClock(time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC))
	cloud := fake.New(fake.WithLatency(fake.AmphoraLike), fake.WithClock(clock.Now))
	ctx := context.Background()
	lb, err := loadbalancers.Create(ctx, cloud.LoadBalancer(), loadbalancers.CreateOpts{VipSubnetID: cloud.SubnetID()}).Extract()
	if err != nil {
		panic(err)
	}
	fmt.Println(lb.ProvisioningStatus)
	clock.Advance(45 * time.Second)
	lb, err = loadbalancers.Get(ctx, cloud.LoadBalancer(), lb.ID).Extract()
	if err != nil {
		panic(err)
	}
	fmt.Println(lb.ProvisioningStatus)
	// Output:
	// PENDING_CREATE
	// ACTIVE
}

// A failed test leaves a picture of what happened, where go test -artifacts says.
func ExampleCloud_KeepTimeline() {
	test := func(t *testing.T) {
		cloud := fake.New()
		cloud.KeepTimeline(t)
		lb, err := loadbalancers.Create(t.Context(), cloud.LoadBalancer(), loadbalancers.CreateOpts{VipSubnetID: cloud.SubnetID()}).Extract()
		if err != nil {
			t.Fatal(err)
		}
		cloud.Expect(t).Cycles(lb.ID).Once()
	}
	_ = test // go test runs it
}

// On ovn a monitor reaches only members that are ports in Neutron, which matters to a program that makes both.
func ExampleWithoutServers() {
	for _, options := range [][]fake.Option{{}, {fake.WithoutServers()}} {
		cloud := fake.New(append(options, fake.WithProvider(provider.OVN, provider.Epoxy))...)
		opts := loadbalancers.CreateOpts{VipSubnetID: cloud.SubnetID(), Pools: []pools.CreateOpts{{
			Protocol: "TCP", LBMethod: "SOURCE_IP_PORT",
			Members: []pools.CreateMemberOpts{{Address: "10.0.0.9", ProtocolPort: 8080}},
			Monitor: monitors.CreateOpts{Type: "TCP", Delay: 5, Timeout: 3, MaxRetries: 2},
		}}}
		if err := loadbalancers.Create(context.Background(), cloud.LoadBalancer(), opts).Err; err != nil {
			panic(err)
		}
		for line := range strings.Lines(cloud.Dump()) {
			if strings.Contains(line, "member-1") {
				fmt.Println(strings.TrimSpace(line))
			}
		}
	}
	// Output:
	// member-1 ACTIVE/ONLINE 10.0.0.9:8080
	// member-1 ACTIVE/ERROR 10.0.0.9:8080
}
