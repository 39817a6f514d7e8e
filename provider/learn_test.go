// SPDX-License-Identifier: Apache-2.0

package provider_test

import (
	"errors"
	"fmt"
	"testing"

	"github.com/gophercloud/gophercloud/v2"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/octaviakit/octaviakit/provider"
)

// refuse is an answer as gophercloud hands it out.
func refuse(status int, method, path, text string) error {
	return fmt.Errorf("wrapped: %w", gophercloud.ErrUnexpectedResponseCode{
		Method: method, URL: "http://cloud.test:9876/v2.0/lbaas" + path, Actual: status,
		Body: []byte(`{"faultcode": "Server", "faultstring": "` + text + `", "debuginfo": null}`),
	})
}

func option(text string) string {
	return "Provider 'ovn' does not support a requested option: " + text
}

func action(text string) string {
	return "Provider 'ovn' does not support a requested action: " + text
}

func TestLearn(t *testing.T) {
	t.Parallel()
	ovn, err := provider.Lookup(provider.OVN, provider.Hibiscus)
	require.NoError(t, err)
	ovn = ovn.With(provider.ListenerHTTP, provider.PoolHTTP, provider.AllowedCIDRs, provider.MonitorHTTP,
		provider.MemberMonitorAddress, provider.PolicyReject, provider.Failover, provider.AlgorithmRoundRobin)
	for _, tt := range []struct {
		name   string
		method string
		path   string
		text   string
		lost   []provider.Feature
	}{
		{"algorithm", "POST", "/pools", option("OVN provider does not support SOURCE_IP algorithm"), []provider.Feature{provider.AlgorithmSourceIP}},
		{"algorithm with underscores", "POST", "/pools", option("OVN provider does not support ROUND_ROBIN algorithm"), []provider.Feature{provider.AlgorithmRoundRobin}},
		{"protocol of a listener", "POST", "/listeners", option("OVN provider does not support HTTP protocol"), []provider.Feature{provider.ListenerHTTP}},
		{"protocol of a pool", "POST", "/pools", option("OVN provider does not support HTTP protocol"), []provider.Feature{provider.PoolHTTP}},
		{"protocol somewhere in a graph", "POST", "/loadbalancers", option("OVN provider does not support HTTP protocol"), []provider.Feature{provider.ListenerHTTP, provider.PoolHTTP}},
		{"monitor type", "POST", "/healthmonitors", option("OVN provider does not support HTTP health monitor type. Supported types: UDP-CONNECT, TCP"), []provider.Feature{provider.MonitorHTTP}},
		{"monitor type with a dash", "POST", "/healthmonitors", option("OVN provider does not support UDP-CONNECT health monitor type. Supported types: TCP"), []provider.Feature{provider.MonitorUDPConnect}},
		{"allowed_cidrs", "POST", "/listeners", option("OVN provider does not support allowed_cidrs option"), []provider.Feature{provider.AllowedCIDRs}},
		{"monitor address", "POST", "/pools/p/members", option("OVN Load Balancer does not support different member monitor address or port."), []provider.Feature{provider.MemberMonitorAddress}},
		{"member without subnet", "POST", "/pools/p/members", option("Subnet is required for Member creation with OVN Provider Driver"), []provider.Feature{provider.MemberSubnetOptional}},
		{"two protocols on old drivers", "POST", "/listeners", option("The loadbalancer 3ef3 does not support UDP protocol"), []provider.Feature{provider.MixedProtocols}},
		{"failover", "PUT", "/loadbalancers/x/failover", action("OVN provider does not support loadbalancer failover"), []provider.Feature{provider.Failover}},
		{"L7", "POST", "/l7policies", action("This provider does not support creating l7policies."), []provider.Feature{provider.PolicyReject}},
		{"depends on the request", "POST", "/pools/p/members", option("OVN provider does not support mixing IPv4/IPv6 configuration within the same Load Balancer."), nil},
		{"depends on the request too", "POST", "/pools/p/members", option("Subnet is required, or Loadbalancer associated with Pool must have a subnet, for Member creation with OVN Provider Driver if it is not the same as LB VIP subnet"), nil},
		{"known to be missing", "POST", "/listeners", option("OVN provider does not support HTTPS protocol"), nil},
		{"unknown words", "POST", "/listeners", option("Computer says no"), nil},
		{"another driver", "POST", "/pools", "Provider 'amphora' does not support a requested option: Amphora provider does not support SOURCE_IP_PORT algorithm.", nil},
		{"an alias of another driver", "POST", "/pools", "Provider 'octavia' does not support a requested option: Amphora provider does not support SOURCE_IP_PORT algorithm.", nil},
		{"no driver", "POST", "/pools", "Not Implemented", nil},
	} {
		learned, lost := ovn.Learn(refuse(501, tt.method, tt.path, tt.text))
		assert.Equal(t, tt.lost, lost, tt.name)
		for _, f := range tt.lost {
			assert.False(t, learned.Has(f), tt.name)
			assert.True(t, ovn.Has(f), "%s: the original stays", tt.name)
		}
	}
}

func TestLearnWholeGroups(t *testing.T) {
	t.Parallel()
	ovn := lookup(t, provider.OVN, provider.Epoxy)
	learned, lost := ovn.Learn(refuse(501, "POST", "/healthmonitors", action("This provider does not support creating health monitors.")))
	assert.Contains(t, lost, provider.HealthMonitor)
	assert.Empty(t, learned.MonitorType("TCP", false))
	assert.True(t, learned.Has(provider.ListenerTCP))

	learned, _ = ovn.Learn(refuse(501, "POST", "/loadbalancers", "Provider 'ovn' was not found."))
	for e := range learned.All() {
		assert.False(t, e.OK, e.Feature)
	}
}

func TestLearnNothing(t *testing.T) {
	t.Parallel()
	ovn := lookup(t, provider.OVN, provider.Epoxy)
	text := option("OVN provider does not support TCP protocol")
	for _, err := range []error{
		nil, errors.New("other"), refuse(500, "POST", "/pools", text), refuse(409, "POST", "/pools", text),
	} {
		learned, lost := ovn.Learn(err)
		assert.Empty(t, lost)
		assert.True(t, learned.Has(provider.PoolTCP))
	}
	_, lost := provider.Capabilities{}.Learn(refuse(501, "POST", "/pools", text))
	assert.Empty(t, lost)

	var bare gophercloud.ErrUnexpectedResponseCode
	bare.Actual, bare.Body = 501, []byte(text)
	_, lost = ovn.Learn(bare)
	assert.Equal(t, []provider.Feature{provider.ListenerTCP, provider.PoolTCP}, lost, "a body that is no JSON, as proxies make it")
}

func FuzzLearn(f *testing.F) {
	f.Add([]byte(`{"faultstring": "Provider 'ovn' does not support a requested option: OVN provider does not support X_Y algorithm"}`))
	f.Add([]byte(`Provider '' was not found.`))
	ovn, err := provider.Lookup(provider.OVN, provider.Epoxy)
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		learned, lost := ovn.Learn(gophercloud.ErrUnexpectedResponseCode{Actual: 501, Body: body})
		for _, l := range lost {
			assert.True(t, ovn.Has(l))
			assert.False(t, learned.Has(l))
		}
	})
}
