// SPDX-License-Identifier: Apache-2.0

package lb_test

import (
	"context"
	"fmt"

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
	// Output: shop at 203.0.113.2
}

func ExampleEngine_Plan() {
	cloud := fake.New()
	spec := lb.Spec{Name: "shop", VIP: lb.VIP{SubnetID: cloud.SubnetID()}}
	shop(&spec)

	plan, err := lb.New(cloud.LoadBalancer(), "prod-1").Plan(context.Background(), spec)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Print(plan)
	// Output:
}

func ExampleEngine_Delete() {
	cloud := fake.New()
	engine := lb.New(cloud.LoadBalancer(), "prod-1")

	fmt.Println(engine.Delete(context.Background(), "shop")) // nothing of that name: nothing to do
	// Output: <nil>
}
