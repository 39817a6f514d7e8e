// SPDX-License-Identifier: Apache-2.0

package member_test

import (
	"context"
	"fmt"
	"net/netip"
	"sync"
	"time"

	"github.com/gophercloud/gophercloud/v2/openstack/loadbalancer/v2/loadbalancers"
	"github.com/gophercloud/gophercloud/v2/openstack/loadbalancer/v2/pools"
	"github.com/octaviakit/octaviakit/fake"
	"github.com/octaviakit/octaviakit/member"
	"github.com/octaviakit/octaviakit/provider"
	"github.com/octaviakit/octaviakit/waiter"
)

// examplePool is an empty pool of a fake amphora cloud.
func examplePool() (w *waiter.Waiter, p member.Pool, how member.How) {
	cloud := fake.New()
	client := cloud.LoadBalancer() // any authenticated gophercloud client
	ctx := context.Background()
	lb, err := loadbalancers.Create(ctx, client, loadbalancers.CreateOpts{VipSubnetID: cloud.SubnetID()}).Extract()
	if err != nil {
		panic(err)
	}
	pool, err := pools.Create(ctx, client, pools.CreateOpts{LoadbalancerID: lb.ID, Protocol: "HTTP", LBMethod: "ROUND_ROBIN"}).Extract()
	if err != nil {
		panic(err)
	}
	how.Caps, err = provider.Lookup(provider.Amphora, provider.Epoxy)
	if err != nil {
		panic(err)
	}
	return waiter.New(client), member.Pool{ID: pool.ID, LoadBalancerID: lb.ID}, how
}

func node(n byte) member.Spec {
	return member.Spec{Address: netip.AddrFrom4([4]byte{10, 0, 0, n}), Port: 80}
}

// Any number of goroutines change members, in as few PENDING cycles as possible.
func ExampleBatcher() {
	w, pool, how := examplePool()
	ctx := context.Background()
	b := member.NewBatcher(w, how, member.WithLinger(50*time.Millisecond))
	var wg sync.WaitGroup
	for n := range byte(20) {
		wg.Go(func() {
			if err := b.Put(ctx, pool, node(n)); err != nil { // returns when the node is in service
				fmt.Println(err)
			}
		})
	}
	wg.Wait()
	if err := b.Close(ctx); err != nil {
		fmt.Println(err)
	}
	members, err := member.List(ctx, w.Client(), pool.ID)
	fmt.Println(len(members), "members", err)
	// Output: 20 members <nil>
}

// A controller says what should be and does not wait.
func ExampleSyncer() {
	w, pool, how := examplePool()
	how.MaxRemove = 0.5 // more than half of the pool only with consent
	s := member.NewSyncer(w, how, func(r member.Result) {
		fmt.Println(len(r.Members), "members in force:", r.Err == nil)
	}, member.WithLinger(50*time.Millisecond))
	for n := range byte(30) { // thirty events
		if err := s.Set(pool, []member.Spec{node(1), node(2), node(3 + n)}); err != nil {
			fmt.Println(err)
		}
	}
	if err := s.Close(context.Background()); err != nil {
		fmt.Println(err)
	}
	// Output: 3 members in force: true
}

// A node is taken out of service gently, and put back as it was.
func ExampleDrainer() {
	w, pool, how := examplePool()
	ctx := context.Background()
	heavy := node(1)
	heavy.Weight = new(7)
	if err := member.Sync(ctx, w, pool, []member.Spec{heavy, node(2)}, how); err != nil {
		fmt.Println(err)
	}
	d := member.Drainer{Waiter: w, How: how, Keep: 1}
	out, err := d.Drain(ctx, pool, heavy.Key())
	fmt.Println("by", out.Method, err)
	members, err := member.List(ctx, w.Client(), pool.ID)
	fmt.Println(members[0].Weight, members[0].Tags, err)
	err = d.Restore(ctx, pool, heavy.Key()) // whoever comes back after a crash, too
	fmt.Println(err)
	members, err = member.List(ctx, w.Client(), pool.ID)
	fmt.Println(members[0].Weight, members[0].Tags, err)
	// Output:
	// by weight 0 <nil>
	// 0 [octaviakit.drained=weight=7] <nil>
	// <nil>
	// 7 [] <nil>
}

// A drained member survives a batch that does not speak of its weight.
func ExampleRequests() {
	have := []member.Member{
		{ID: "m-1", Address: netip.MustParseAddr("10.0.0.1"), Port: 80, Weight: 0, AdminStateUp: true}, // drained by hand
		{ID: "m-2", Address: netip.MustParseAddr("10.0.0.2"), Port: 80, Weight: 1, AdminStateUp: true},
	}
	want := []member.Spec{
		{Address: netip.MustParseAddr("10.0.0.1"), Port: 80},
		{Address: netip.MustParseAddr("10.0.0.3"), Port: 80},
	}
	caps, err := provider.Lookup(provider.Amphora, provider.Epoxy)
	if err != nil {
		panic(err)
	}
	for _, r := range member.Requests(have, member.Diff(have, want), member.How{Caps: caps}) {
		fmt.Println(r)
		for _, m := range r.Members {
			fmt.Println(m)
		}
	}
	// Output:
	// PUT members: 2 in all, 1 changed, 1 removed
	// map[address:10.0.0.1 admin_state_up:true protocol_port:80 weight:0]
	// map[address:10.0.0.3 protocol_port:80]
}
