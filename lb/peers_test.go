// SPDX-License-Identifier: Apache-2.0

package lb_test

import (
	"context"
	"fmt"
	"testing"

	"github.com/gophercloud/gophercloud/v2"
	"github.com/gophercloud/gophercloud/v2/openstack/networking/v2/extensions/layer3/floatingips"
	"github.com/stretchr/testify/require"

	"github.com/octaviakit/octaviakit/fake"
	"github.com/octaviakit/octaviakit/internal/octavia"
	"github.com/octaviakit/octaviakit/lb"
	"github.com/octaviakit/octaviakit/provider"
	"github.com/octaviakit/octaviakit/waiter"
)

// A peer is other software that makes load balancers, reduced to the calls that it
// makes: an object at a time, as each of them can (sources in peernames.go).
type peer struct {
	*testing.T
	cell
	cloud  *fake.Cloud
	client *gophercloud.ServiceClient
	wait   *waiter.Waiter
	lb     string // ID
	nodes  int    // behind each port
}

type body = map[string]any

func newPeer(t *testing.T, c cell, cloud *fake.Cloud) *peer {
	client := cloud.LoadBalancer()
	return &peer{T: t, cell: c, cloud: cloud, client: client, wait: waiter.New(client), nodes: 2}
}

// balancer makes the load balancer itself.
func (p *peer) balancer(b body) *peer {
	p.Helper()
	b["vip_subnet_id"], b["provider"] = p.cloud.SubnetID(), string(p.provider)
	if p.release < provider.Stein {
		delete(b, "tags")
	}
	p.lb = post(p.T, p.client, "lbaas/loadbalancers", "loadbalancer", b)
	_, err := p.wait.Active(p.Context(), p.lb)
	require.NoError(p, err)
	return p
}

// child makes something below it.
func (p *peer) child(path, key string, b body) (id string) {
	p.Helper()
	if p.release < provider.Stein {
		delete(b, "tags")
	}
	_, err := p.wait.Mutate(p.Context(), p.lb, func(ctx context.Context) error {
		made, err := octavia.Create(ctx, p.client, path, key, b)
		id, _ = made["id"].(string)
		return err
	})
	require.NoError(p, err)
	return id
}

// port makes a listener and a pool, watched where that can be trusted.
func (p *peer) port(port int, listener, pool, monitor string, member func(i int) body, more body) {
	p.Helper()
	l := body{"name": listener, "protocol": "TCP", "protocol_port": port, "loadbalancer_id": p.lb}
	for k, v := range more {
		l[k] = v
	}
	id := p.child("lbaas/listeners", "listener", l)
	id = p.child("lbaas/pools", "pool", body{"name": pool, "protocol": "TCP", "lb_algorithm": p.algorithm(), "listener_id": id})
	for i := range p.nodes {
		m := member(i)
		m["subnet_id"] = p.cloud.MemberSubnetID()
		p.child("lbaas/pools/"+id+"/members", "member", m)
	}
	if caps := lookup(p.T, p.provider, p.release); monitor != "" && caps.Trust(provider.HealthMonitor) {
		p.child("lbaas/healthmonitors", "healthmonitor", body{
			"name": monitor, "pool_id": id, "type": "TCP", "delay": 10, "timeout": 5, "max_retries": 5, "max_retries_down": 3,
		})
	}
}

func (p *peer) algorithm() string {
	if p.provider == provider.OVN {
		return "SOURCE_IP_PORT"
	}
	return "ROUND_ROBIN"
}

// publish binds a floating IP.
func (p *peer) publish(description string) {
	p.Helper()
	o, err := octavia.Get(p.Context(), p.client, "lbaas/loadbalancers/"+p.lb, "loadbalancer")
	require.NoError(p, err)
	_, err = floatingips.Create(p.Context(), p.cloud.Network(), floatingips.CreateOpts{
		FloatingNetworkID: p.cloud.ExternalNetworkID(), PortID: o["vip_port_id"].(string), Description: description,
	}).Extract()
	require.NoError(p, err)
}

func node(name string, port int) func(i int) body {
	return func(i int) body {
		return body{"name": fmt.Sprintf("%s-%d", name, i), "address": fmt.Sprintf("10.1.0.%d", 11+i), "protocol_port": port}
	}
}

// cpo is cloud-provider-openstack with a Service of two ports.
func (p *peer) cpo() string {
	name := lb.CloudProviderOpenStackName("prod", "shop", "web")
	tags := []string{name}
	p.balancer(body{"name": name, "tags": tags, "description": "Kubernetes external service shop/web from cluster prod"})
	for i, port := range []int{80, 443} {
		p.port(port, fmt.Sprintf("listener_%d_%s", i, name), fmt.Sprintf("pool_%d_%s", i, name),
			fmt.Sprintf("monitor_%d_%s", i, name), node("node", 30000+i), body{"tags": tags})
	}
	p.publish("Floating IP for Kubernetes external service shop/web from cluster prod")
	return name
}

// capo is cluster-api-provider-openstack with a cluster's API server.
func (p *peer) capo() string {
	name := lb.ClusterAPIName("default", "prod")
	p.balancer(body{"name": name, "description": "Created by cluster-api-provider-openstack cluster default-prod", "tags": []string{"team=infra"}})
	port := name + "-6443"
	p.port(6443, port, port, port, node(port+"-control-plane", 6443), body{"tags": []string{"team=infra"}})
	p.publish("Created by cluster-api-provider-openstack cluster default-prod")
	return name
}

// kuryr is kuryr-kubernetes with a Service of two ports.
func (p *peer) kuryr() string {
	name := lb.KuryrName("shop", "web")
	tags := []string{"openshiftClusterID=prod-x7k2p"}
	p.balancer(body{"name": name, "tags": tags})
	for _, port := range []int{80, 443} {
		child := fmt.Sprintf("%s:TCP:%d", name, port)
		p.port(port, child, child, "", node("shop/web-pod", 8080), body{"tags": tags})
	}
	return name
}

// nameless is somebody's script: of three listeners one has a name, and of the pools
// two share one.
func (p *peer) nameless() string {
	p.balancer(body{"name": "by-hand"})
	p.port(80, "web", "pool", "", node("a", 8080), nil)
	p.port(443, "", "pool", "", node("b", 8443), nil)
	p.port(8080, "", "", "", node("c", 9090), nil)
	p.publish("")
	return "by-hand"
}

// peers are those whose load balancers can be told apart by name.
func peers() map[string]func(*peer) string {
	return map[string]func(*peer) string{
		"cloud-provider-openstack": (*peer).cpo, "cluster-api-provider-openstack": (*peer).capo, "kuryr-kubernetes": (*peer).kuryr,
		"nameless": (*peer).nameless,
	}
}
