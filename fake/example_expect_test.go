// SPDX-License-Identifier: Apache-2.0

package fake_test

import (
	"context"
	"fmt"
	"time"

	"github.com/gophercloud/gophercloud/v2"
	"github.com/gophercloud/gophercloud/v2/openstack/loadbalancer/v2/loadbalancers"
	"github.com/gophercloud/gophercloud/v2/openstack/loadbalancer/v2/pools"
	"github.com/octaviakit/octaviakit/fake"
)

// printer stands for the *testing.T of a test, and prints.
type printer struct{}

func (printer) Helper()                           {}
func (printer) Errorf(format string, args ...any) { fmt.Printf(format, args...) }

// addMembers is the program under test: it adds one after another, and waits for the lock each time.
func addMembers(client *gophercloud.ServiceClient, clock *fake.ManualClock, pool string, addresses ...string) {
	for _, a := range addresses {
		opts := pools.CreateMemberOpts{Address: a, ProtocolPort: 80}
		if _, err := pools.CreateMember(context.Background(), client, pool, opts).Extract(); err != nil {
			panic(err)
		}
		clock.Advance(5 * time.Second)
	}
}

// Three members are to cost one batch. A program that adds them one by one fails with what it did instead.
func ExampleCloud_Expect() {
	clock := fake.NewManualClock(time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC))
	cloud := fake.New(fake.WithLatency(fake.AmphoraLike), fake.WithClock(clock.Now))
	client := cloud.LoadBalancer()
	lb, err := loadbalancers.Create(context.Background(), client, loadbalancers.CreateOpts{
		VipSubnetID: cloud.SubnetID(), Pools: []pools.CreateOpts{{Protocol: "TCP", LBMethod: "ROUND_ROBIN"}},
	}).Extract()
	if err != nil {
		panic(err)
	}
	clock.Advance(time.Minute)

	addMembers(client, clock, lb.Pools[0].ID, "10.1.0.7", "10.1.0.8", "10.1.0.9")

	expect := cloud.Expect(printer{})
	expect.Refusals().Never()
	expect.Calls("POST /loadbalancers").Once()
	expect.Cycles(lb.ID).AtMost(4)
	expect.Calls("POST /pools/*/members").Never()
	// Output:
	// calls of POST /pools/*/members: want none, got 3
	//         0s  POST   /lbaas/loadbalancers                          201, 53049739 PENDING for 45s, then ACTIVE
	// >     1m0s  POST   /lbaas/pools/780f9958/members                 201, 53049739 PENDING for 2s, then ACTIVE
	// >     1m5s  POST   /lbaas/pools/780f9958/members                 201, 53049739 PENDING for 2s, then ACTIVE
	// >    1m10s  POST   /lbaas/pools/780f9958/members                 201, 53049739 PENDING for 2s, then ACTIVE
}
