// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"fmt"

	"github.com/gophercloud/gophercloud/v2"
	"github.com/gophercloud/gophercloud/v2/openstack"
	"github.com/gophercloud/gophercloud/v2/openstack/config"
	"github.com/gophercloud/gophercloud/v2/openstack/config/clouds"
)

// connect authenticates with an entry of clouds.yaml and returns a client for its Octavia.
func connect(ctx context.Context, cloud string) (*gophercloud.ServiceClient, error) {
	auth, endpoint, tls, err := clouds.Parse(clouds.WithCloudName(cloud))
	if err != nil {
		return nil, fmt.Errorf("cloud %q: %w", cloud, err)
	}
	client, err := config.NewProviderClient(ctx, auth, config.WithTLSConfig(tls))
	if err != nil {
		return nil, fmt.Errorf("cloud %q: authenticating: %w", cloud, err)
	}
	octavia, err := openstack.NewLoadBalancerV2(client, endpoint)
	if err != nil {
		return nil, fmt.Errorf("cloud %q: no load-balancer service: %w", cloud, err)
	}
	return octavia, nil
}
