// SPDX-License-Identifier: Apache-2.0

package main

import "github.com/octaviakit/octaviakit/provider"

// situation is a job and the releases it is looked at on.
type situation struct {
	requirements provider.Requirements
	releases     []provider.Release
}

// situations are three models of load balancing for Kubernetes on OpenStack.
func situations() []situation {
	return []situation{
		{
			requirements: provider.Requirements{
				Name:      "Ingress through node ports: a few load balancers that end TLS and route by host",
				Protocols: []string{"HTTP", "TERMINATED_HTTPS"}, L7: true, Monitors: true, ClientIP: provider.ClientIPTold,
				Members: provider.Nodes, LoadBalancers: 3, ChangesPerHour: 6, HA: true,
			},
			releases: []provider.Release{provider.Zed, provider.Epoxy},
		},
		{
			requirements: provider.Requirements{
				Name:      "Services of externalTrafficPolicy: Local, on a cloud of ovn before and after its health monitors",
				Protocols: []string{"TCP"}, Local: true, ClientIP: provider.ClientIPTold,
				Members: provider.Nodes, LoadBalancers: 10, ChangesPerHour: 60,
			},
			releases: []provider.Release{provider.Victoria, provider.Zed, provider.Epoxy},
		},
		{
			requirements: provider.Requirements{
				Name:      "A CNI that balances to pods: fifty load balancers, no machines to spare",
				Protocols: []string{"TCP", "UDP"}, ClientIP: provider.ClientIPUnneeded,
				Members: provider.Pods, LoadBalancers: 50, ChangesPerHour: 6000, HA: true, Machines: 10,
			},
			releases: []provider.Release{provider.Wallaby, provider.Epoxy},
		},
	}
}
