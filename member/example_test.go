// SPDX-License-Identifier: Apache-2.0

package member_test

import (
	"fmt"
	"net/netip"

	"github.com/octaviakit/octaviakit/member"
	"github.com/octaviakit/octaviakit/provider"
)

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
