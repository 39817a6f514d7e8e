// SPDX-License-Identifier: Apache-2.0

package lb_test

import (
	"context"
	"fmt"
	"net/netip"

	"github.com/gophercloud/gophercloud/v2/openstack/loadbalancer/v2/loadbalancers"

	"github.com/octaviakit/octaviakit/fake"
	"github.com/octaviakit/octaviakit/floatingip"
	"github.com/octaviakit/octaviakit/lb"
	"github.com/octaviakit/octaviakit/monitor"
)

func Example() {
	cloud := fake.New() // yours: a gophercloud client from clouds.yaml
	octavia, neutron, subnetID := cloud.LoadBalancer(), cloud.Network(), cloud.SubnetID()
	ctx := context.Background()

	b := lb.NewBuilder("shop").Subnet(subnetID).FloatingIP(floatingip.Spec{Network: "public"})
	web := b.Pool("web", lb.HTTP).
		Member("10.0.0.11", 8080).
		Member("10.0.0.12", 8080).
		Monitor(monitor.HTTP("/healthz"))
	b.Listener("http", lb.HTTP, 80).To(web)
	spec, err := b.Spec()
	if err != nil {
		fmt.Println(err)
		return
	}
	engine := lb.New(octavia, "prod-1", lb.WithNetwork(neutron)) // prod-1 owns what it makes, and nothing else
	shop, err := engine.Ensure(ctx, spec)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(shop.Name(), "at", shop.Address())
	// Output: shop at 203.0.113.3
}

func ExampleEngine_Plan() {
	cloud := fake.New()
	spec := lb.Spec{Name: "shop", VIP: lb.VIP{SubnetID: cloud.SubnetID(), Address: netip.MustParseAddr("10.0.0.10")}}
	shop(&spec)

	plan, err := lb.New(cloud.LoadBalancer(), "prod-1").Plan(context.Background(), spec)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Print(plan)
	// Output:
	// load balancer "shop" (amphora), new
	//
	//   + loadbalancer shop                   VIP 10.0.0.10
	//   + pool web                            HTTP ROUND_ROBIN
	//   +   member 10.1.0.11:8080
	//   +   member 10.1.0.12:8080
	//   +   healthmonitor                     HTTP GET /healthz every 5s
	//   + listener http                       HTTP :80 -> pool web
	//
	// 1 step, 1 PENDING cycle, about 45s, no interruption. 6 to create.
	//    1. POST /lbaas/loadbalancers
	//         1 cycle, 45s: whole graph in one call
}

func ExampleEngine_Delete() {
	cloud := fake.New()
	engine := lb.New(cloud.LoadBalancer(), "prod-1")

	fmt.Println(engine.Delete(context.Background(), "shop")) // nothing of that name: nothing to do
	// Output: <nil>
}

// Two Services on one load balancer, each with its own owner.
func ExampleGraph_Owners() {
	cloud := fake.New()
	ctx := context.Background()
	for i, owner := range []string{"team-a", "team-b"} {
		spec := lb.Spec{Name: "edge", VIP: lb.VIP{SubnetID: cloud.SubnetID()}, Shared: true}
		shop(&spec)
		spec.Listeners[0].Port = uint16(80 + i)
		g, err := lb.New(cloud.LoadBalancer(), owner).Ensure(ctx, spec)
		if err != nil {
			fmt.Println(err)
			return
		}
		fmt.Println(g.VIP(), g.Owners())
	}
	fmt.Println(lb.New(cloud.LoadBalancer(), "team-a").Delete(ctx, "edge")) // team-b's share stays
	// Output:
	// 10.0.0.2 [team-a]
	// 10.0.0.2 [team-a team-b]
	// <nil>
}

func ExampleEngine_Adopt() {
	cloud := fake.New()
	octavia, ctx := cloud.LoadBalancer(), context.Background()
	name := lb.CloudProviderOpenStackName("prod", "default", "shop")
	made, err := loadbalancers.Create(ctx, octavia, loadbalancers.CreateOpts{ // what cloud-provider-openstack did
		Name: name, VipSubnetID: cloud.SubnetID(), VipAddress: "10.0.0.10", Tags: []string{name},
	}).Extract()
	if err != nil {
		fmt.Println(err)
		return
	}

	engine := lb.New(octavia, "prod-1")
	adoption := lb.Adoption{Name: name, As: "shop"}
	report, err := engine.PlanAdopt(ctx, adoption) // read it first
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(report.Plan.Cycles(), "PENDING cycle, made by", report.MadeBy)
	g, err := engine.Adopt(ctx, adoption)
	if err != nil {
		fmt.Println(err)
		return
	}
	plan, err := engine.Plan(ctx, g.Spec()) // a wish for what is there
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(g.Name(), "is the same load balancer:", g.ID() == made.ID)
	fmt.Print(plan)
	// Output:
	// 1 PENDING cycle, made by cloud-provider-openstack
	// shop is the same load balancer: true
	// load balancer "shop" (amphora), exists
	//
	// nothing to do.
}
