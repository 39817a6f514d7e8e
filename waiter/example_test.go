// SPDX-License-Identifier: Apache-2.0

package waiter_test

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/gophercloud/gophercloud/v2/openstack/loadbalancer/v2/listeners"
	"github.com/gophercloud/gophercloud/v2/openstack/loadbalancer/v2/loadbalancers"
	"github.com/octaviakit/octaviakit/fake"
	"github.com/octaviakit/octaviakit/waiter"
)

// One change, and all the waiting it takes.
func ExampleWaiter_Mutate() {
	ctx := context.Background()
	cloud := fake.New()
	client := cloud.LoadBalancer() // any authenticated gophercloud client
	w := waiter.New(client)

	lb, err := loadbalancers.Create(ctx, client, loadbalancers.CreateOpts{Name: "shop", VipSubnetID: cloud.SubnetID()}).Extract()
	if err != nil {
		fmt.Println(err)
		return
	}
	status, err := w.Mutate(ctx, lb.ID, func(ctx context.Context) error {
		_, err := listeners.Create(ctx, client, listeners.CreateOpts{
			Name: "web", LoadbalancerID: lb.ID, Protocol: listeners.ProtocolHTTP, ProtocolPort: 80,
		}).Extract()
		return err
	}, waiter.Op("listener create"))
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, o := range status.Objects {
		fmt.Println(o.Kind, o.Name, o.Provisioning)
	}
	// Output:
	// loadbalancer shop ACTIVE
	// listener web ACTIVE
}

// What went wrong is told by errors.Is, and which objects by errors.As.
func ExampleWaiter_Active() {
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Minute)
	defer cancel()
	cloud := fake.New()
	client := cloud.LoadBalancer()
	cloud.Inject(fake.Fault{Method: "POST", Path: "/lbaas/listeners", Effect: fake.EndInError})
	lb, err := loadbalancers.Create(ctx, client, loadbalancers.CreateOpts{Name: "shop", VipSubnetID: cloud.SubnetID()}).Extract()
	if err != nil {
		fmt.Println(err)
		return
	}
	listeners.Create(ctx, client, listeners.CreateOpts{Name: "web", LoadbalancerID: lb.ID, Protocol: "HTTP", ProtocolPort: 80})

	_, err = waiter.New(client).Active(ctx, lb.ID)
	var failure *waiter.Error
	switch {
	case errors.Is(err, waiter.ErrFailed) && errors.As(err, &failure):
		for _, o := range failure.Failed {
			fmt.Println("failed:", o.Kind, o.Name)
		}
	case err != nil:
		fmt.Println(err)
	}
	// Output:
	// failed: listener web
}

// A controller asks, and comes back when it is told to.
func ExampleWaiter_Check() {
	ctx := context.Background()
	cloud := fake.New(fake.WithLatency(fake.AmphoraLike))
	client := cloud.LoadBalancer()
	w := waiter.New(client, waiter.WithExpectations(waiter.Expectation{Op: "loadbalancer create", Median: 45 * time.Second}))
	lb, err := loadbalancers.Create(ctx, client, loadbalancers.CreateOpts{Name: "shop", VipSubnetID: cloud.SubnetID()}).Extract()
	if err != nil {
		fmt.Println(err)
		return
	}
	p, err := w.Check(ctx, lb.ID, waiter.Op("loadbalancer create"))
	fmt.Println(p.Settled, "look again in about", p.After.Round(time.Second), err)
	// Output:
	// false look again in about 12s <nil>
}
