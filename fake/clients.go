// SPDX-License-Identifier: Apache-2.0

package fake

import (
	"context"
	"net/http"

	"github.com/gophercloud/gophercloud/v2"
)

// Host is the host that in-process clients talk to. It resolves nowhere.
const host = "http://octavia.fake"

// AuthURL is the Keystone endpoint for clients that log in by themselves through
// [Cloud.HTTPClient], with the password "fake".
func (c *Cloud) AuthURL() string { return host + "/identity/v3" }

// HTTPClient returns a client whose requests are served in-process, whatever their host.
func (c *Cloud) HTTPClient() *http.Client { return &http.Client{Transport: c} }

// LoadBalancer returns a client for Octavia, logged in as demo.
func (c *Cloud) LoadBalancer() *gophercloud.ServiceClient { return c.LoadBalancerAs("demo") }

// Network returns a client for Neutron, logged in as demo.
func (c *Cloud) Network() *gophercloud.ServiceClient { return c.NetworkAs("demo") }

// LoadBalancerAs is LoadBalancer for another user: "demo2", "admin", "observer" (reads
// demo's load balancers) or "norole" (may do nothing).
func (c *Cloud) LoadBalancerAs(user string) *gophercloud.ServiceClient {
	return service(c.ProviderClient(user), "load-balancer", "/load-balancer/")
}

// NetworkAs is Network for another user.
func (c *Cloud) NetworkAs(user string) *gophercloud.ServiceClient {
	return service(c.ProviderClient(user), "network", "/network/")
}

func service(pc *gophercloud.ProviderClient, kind, path string) *gophercloud.ServiceClient {
	return &gophercloud.ServiceClient{
		ProviderClient: pc, Type: kind, Endpoint: host + path, ResourceBase: host + path + "v2.0/",
	}
}

// ProviderClient returns a logged-in client of a user with a catalogue, from which
// gophercloud's openstack.NewLoadBalancerV2 and openstack.NewNetworkV2 make service
// clients. It logs in anew when its token has expired.
func (c *Cloud) ProviderClient(user string) *gophercloud.ProviderClient {
	pc := &gophercloud.ProviderClient{
		IdentityBase: host + "/identity/", IdentityEndpoint: c.AuthURL() + "/", HTTPClient: http.Client{Transport: c},
		EndpointLocator: locate,
	}
	pc.UseTokenLock()
	pc.SetToken(c.token(user))
	pc.ReauthFunc = func(context.Context) error {
		pc.SetToken(c.token(user))
		return nil
	}
	return pc
}

func (c *Cloud) token(user string) string {
	c.mu.Lock()
	defer c.mu.Unlock()
	t, _ := c.keystone.Issue(user)
	return t
}

// locate is the catalogue.
func locate(opts gophercloud.EndpointOpts) (string, error) {
	for _, kind := range append([]string{opts.Type}, opts.Aliases...) {
		switch kind {
		case "load-balancer":
			return host + "/load-balancer/", nil
		case "network":
			return host + "/network/", nil
		case "identity":
			return host + "/identity/v3/", nil
		}
	}
	return "", &gophercloud.ErrEndpointNotFound{}
}
