// SPDX-License-Identifier: Apache-2.0

package lb_test

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/octaviakit/octaviakit/internal/golden"
	"github.com/octaviakit/octaviakit/lb"
)

// A tongue is how other software says what a Spec says: a line for each of its words,
// "word = place, place: remark". A place is a field of a Spec ("listener.connLimit"),
// something exported ("lb.Engine.Adopt"), or "caller" for what a load balancer does not know.
type tongue struct{ name, words string }

func tongues() []tongue {
	return []tongue{
		{"Terraform: openstack_lb_loadbalancer_v2", `
region = caller: of the client
name = loadbalancer.name
description = loadbalancer.description
vip_network_id = loadbalancer.vip.networkID
vip_subnet_id = loadbalancer.vip.subnetID
vip_port_id = loadbalancer.vip.portID
tenant_id = caller: the project that the client is logged in to
vip_address = loadbalancer.vip.address
admin_state_up = loadbalancer.adminStateUp
flavor_id = loadbalancer.flavor: by ID or name
loadbalancer_provider = loadbalancer.provider
availability_zone = loadbalancer.availabilityZone
security_group_ids = loadbalancer.vip.securityGroupIDs
vip_qos_policy_id = loadbalancer.vip.qosPolicyID
additional_vips = loadbalancer.vip.additional
tags = loadbalancer.tags`},
		{"Terraform: openstack_lb_listener_v2", `
protocol = listener.protocol
protocol_port = listener.port
loadbalancer_id = loadbalancer.listeners: it stands in its load balancer
name = listener.name
default_pool_id = listener.pool: by name
description = listener.description
connection_limit = listener.connLimit
default_tls_container_ref = listener.tls.containerRef
sni_container_refs = listener.tls.sniContainerRefs
alpn_protocols = listener.tls.alpn
client_authentication = listener.tls.clientAuthentication
client_ca_tls_container_ref = listener.tls.clientCAContainerRef
client_crl_container_ref = listener.tls.clientCRLRef
hsts_include_subdomains = listener.tls.hstsSubdomains
hsts_max_age = listener.tls.hstsMaxAge
hsts_preload = listener.tls.hstsPreload
tls_ciphers = listener.tls.ciphers
tls_versions = listener.tls.versions
admin_state_up = listener.adminStateUp
timeout_client_data = listener.timeouts.clientData
timeout_member_connect = listener.timeouts.memberConnect
timeout_member_data = listener.timeouts.memberData
timeout_tcp_inspect = listener.timeouts.tcpInspect
insert_headers = listener.insertHeaders
allowed_cidrs = listener.allowedCIDRs
tags = listener.tags`},
		{"Terraform: openstack_lb_pool_v2", `
name = pool.name
description = pool.description
protocol = pool.protocol
loadbalancer_id = loadbalancer.pools: it stands in its load balancer
listener_id = listener.pool: the listener names its pool
lb_method = pool.algorithm
persistence.type = pool.session.type
persistence.cookie_name = pool.session.cookieName
persistence_timeout = pool.session.timeout: Terraform has no word for it
persistence_granularity = pool.session.granularity: Terraform has no word for it
alpn_protocols = pool.tls.alpn
ca_tls_container_ref = pool.tls.caContainerRef
crl_container_ref = pool.tls.crlContainerRef
tls_enabled = pool.tls.enabled
tls_ciphers = pool.tls.ciphers
tls_container_ref = pool.tls.containerRef
tls_versions = pool.tls.versions
admin_state_up = pool.adminStateUp
tags = pool.tags`},
		{"Terraform: openstack_lb_member_v2, openstack_lb_members_v2", `
name = member.name
address = member.address
protocol_port = member.port
weight = member.weight
subnet_id = member.subnetID, pool.memberSubnetID
admin_state_up = member.adminStateUp
pool_id = pool.members: it stands in its pool
backup = member.backup
monitor_address = member.monitorAddress
monitor_port = member.monitorPort
request_sriov = member.sriov: Terraform has no word for it
tags = member.tags`},
		{"Terraform: openstack_lb_monitor_v2", `
pool_id = pool.monitor: it stands in its pool
name = healthmonitor.name
domain_name = healthmonitor.domainName
type = healthmonitor.type
delay = healthmonitor.delay
timeout = healthmonitor.timeout
max_retries = healthmonitor.maxRetries
max_retries_down = healthmonitor.maxRetriesDown
url_path = healthmonitor.urlPath
http_method = healthmonitor.httpMethod
http_version = healthmonitor.httpVersion
expected_codes = healthmonitor.expectedCodes
admin_state_up = healthmonitor.adminStateUp
tags = healthmonitor.tags: Terraform has no word for it`},
		{"Terraform: openstack_lb_l7policy_v2, openstack_lb_l7rule_v2", `
name = l7policy.name
description = l7policy.description
action = l7policy.action
listener_id = listener.policies: it stands in its listener
position = listener.policies: its place in the list
redirect_prefix = l7policy.redirectPrefix
redirect_pool_id = l7policy.redirectPool: by name
redirect_url = l7policy.redirectURL
redirect_http_code = l7policy.redirectHTTPCode
admin_state_up = l7policy.adminStateUp, l7rule.adminStateUp
type = l7rule.type
compare_type = l7rule.compareType
l7policy_id = l7policy.rules: it stands in its policy
value = l7rule.value
key = l7rule.key
invert = l7rule.invert`},
		{"Terraform: quotas, flavors", `
openstack_lb_quota_v2 = caller: an administrator's; a plan is held against it (lb.QuotaError)
openstack_lb_flavor_v2 = caller: an administrator's
openstack_lb_flavorprofile_v2 = caller: an administrator's`},
		{"cloud-provider-openstack: annotations", `
service.beta.kubernetes.io/openstack-internal-load-balancer = loadbalancer.floatingIP: absent
loadbalancer.openstack.org/node-selector = caller: chooses the members
…/connection-limit = listener.connLimit
…/floating-network-id = floatingip.network
…/floating-subnet = floatingip.subnet: ID, name or glob
…/floating-subnet-id = floatingip.subnet
…/floating-subnet-tags = floatingip.subnetTags
…/class = caller: a set of the others
…/keep-floatingip = floatingip.keep
…/port-id = loadbalancer.vip.portID
…/lb-method = pool.algorithm
…/proxy-protocol = pool.protocol: PROXY or PROXYV2, changed without an interruption
…/subnet-id = loadbalancer.vip.subnetID
…/network-id = loadbalancer.vip.networkID
…/member-subnet-id = pool.memberSubnetID
…/timeout-client-data = listener.timeouts.clientData
…/timeout-member-connect = listener.timeouts.memberConnect
…/timeout-member-data = listener.timeouts.memberData
…/timeout-tcp-inspect = listener.timeouts.tcpInspect
…/x-forwarded-for = listener.insertHeaders, listener.protocol
…/flavor-id = loadbalancer.flavor
…/availability-zone = loadbalancer.availabilityZone
…/enable-health-monitor = pool.monitor: absent is none
…/health-monitor-delay = healthmonitor.delay
…/health-monitor-timeout = healthmonitor.timeout
…/health-monitor-max-retries = healthmonitor.maxRetries
…/health-monitor-max-retries-down = healthmonitor.maxRetriesDown
…/default-tls-container-ref = listener.tls.containerRef
…/load-balancer-id = lb.Engine.Adopt, loadbalancer.shared
…/hostname = caller: of the Service's status
…/load-balancer-address = lb.Graph.Address
service.beta.kubernetes.io/load-balancer-source-ranges = listener.allowedCIDRs`},
		{"cloud-provider-openstack: the Service", `
spec.loadBalancerIP = floatingip.address, loadbalancer.vip.address
spec.ports[].port = listener.port
spec.ports[].nodePort = member.port
spec.ports[].protocol = listener.protocol, pool.protocol
spec.sessionAffinity = pool.session.type: SOURCE_IP
spec.sessionAffinityConfig.clientIP.timeoutSeconds = pool.session.timeout: of UDP and SCTP pools
spec.externalTrafficPolicy, spec.healthCheckNodePort = monitor.Choose, member.monitorPort
spec.ipFamilies, spec.ipFamilyPolicy = loadbalancer.vip.subnetID, loadbalancer.vip.additional
spec.allocateLoadBalancerNodePorts = pool.members: none, if false`},
		{"cloud-provider-openstack: cloud.conf", `
subnet-id, network-id = loadbalancer.vip.subnetID, loadbalancer.vip.networkID
member-subnet-id = pool.memberSubnetID
floating-network-id = floatingip.network: absent is the only external one
floating-subnet-id, floating-subnet, floating-subnet-tags = floatingip.subnet, floatingip.subnetTags
lb-method = pool.algorithm: absent is what the provider does best
lb-provider = loadbalancer.provider
create-monitor, monitor-delay, monitor-timeout, monitor-max-retries, monitor-max-retries-down = pool.monitor
manage-security-groups = caller: of the nodes' ports
internal-lb = loadbalancer.floatingIP: absent
cascade-delete = lb.Engine.Delete: always
flavor-id, availability-zone = loadbalancer.flavor, loadbalancer.availabilityZone
max-shared-lb = lb.WithMaxOwners
container-store = caller: whether a certificate is there
provider-requires-serial-api-calls = caller: not needed, provider.Capabilities knows
OCCM_WAIT_LB_ACTIVE_STEPS = waiter.New: waits until the tree has settled, see its options
enabled, lb-version, node-selector, enable-ingress-hostname, ingress-hostname-suffix, LoadBalancerClass = caller`},
		{"Cluster API provider OpenStack", `
managedLoadBalancer.enabled = caller
managedLoadBalancer.additionalPorts = loadbalancer.listeners: exact, removed ports go
managedLoadBalancer.allowedCIDRs = listener.allowedCIDRs: IPv4 and IPv6
managedLoadBalancer.provider = loadbalancer.provider: one that the cloud lacks is refused
managedLoadBalancer.network, .subnets = loadbalancer.vip.networkID, loadbalancer.vip.subnetID, loadbalancer.vip.additional
managedLoadBalancer.availabilityZone, .flavor = loadbalancer.availabilityZone, loadbalancer.flavor
managedLoadBalancer.monitor.delay, .timeout, .maxRetries, .maxRetriesDown = healthmonitor.delay, healthmonitor.timeout, healthmonitor.maxRetries, healthmonitor.maxRetriesDown
apiServer.port = listener.port, member.port
apiServer.fixedIP = loadbalancer.vip.address
apiServer.floatingIP, .enableFloatingIP = floatingip.address, loadbalancer.floatingIP
tags = loadbalancer.tags, listener.tags, pool.tags, member.tags, healthmonitor.tags
machines that join and leave = pool.externalMembers, member.Batcher
status.name, .id, .ip, .internalIP, .allowedCIDRs, .tags = lb.Graph.Name, lb.Graph.ID, lb.Graph.Address, lb.Graph.VIP, lb.Graph.Spec`},
		{"Kuryr: KuryrLoadBalancer", `
spec.ip = loadbalancer.vip.address
spec.lb_ip = floatingip.address
spec.type = loadbalancer.floatingIP: absent for ClusterIP
spec.project_id = caller: the project that the client is logged in to
spec.subnet_id = loadbalancer.vip.subnetID
spec.security_groups_ids = loadbalancer.vip.securityGroupIDs
spec.provider = loadbalancer.provider
spec.timeout_client_data, spec.timeout_member_data = listener.timeouts.clientData, listener.timeouts.memberData
spec.ports[].name, .port, .protocol = listener.name, listener.port, listener.protocol
spec.ports[].targetPort = member.port
spec.endpointSlices = pool.members, member.Syncer
spec.endpointSlices[].endpoints[].conditions.ready = member.adminStateUp
several ports with the same endpoints = listener.pool: one pool for all
status = lb.Graph.Nodes: nothing is kept elsewhere`},
	}
}

// Every word of theirs has a place, which is there; docs/coming-from.md tells it.
func TestEverybodysWordsHaveAPlace(t *testing.T) {
	t.Parallel()
	places := placesInSpec()
	var b strings.Builder
	b.WriteString("# Coming from other software\n\nWhere the words of others go. `listener.connLimit` is a field of a [Spec](spec.md), `lb.Engine.Adopt` an exported name;\n" +
		"*caller* is what a load balancer does not know, and whoever uses it does. A test keeps the places true.\n")
	for _, to := range tongues() {
		fmt.Fprintf(&b, "\n## %s\n\n| theirs | ours | |\n|---|---|---|\n", to.name)
		seen := map[string]bool{}
		for line := range strings.Lines(strings.TrimSpace(to.words)) {
			theirs, rest, ok := strings.Cut(strings.TrimSpace(line), " = ")
			require.True(t, ok, line)
			assert.False(t, seen[theirs], "%s: %s twice", to.name, theirs)
			seen[theirs] = true
			where, remark, _ := strings.Cut(rest, ": ")
			var ours []string
			for _, place := range strings.Split(where, ", ") {
				if place == "caller" {
					ours = append(ours, "*caller*")
					continue
				}
				assert.True(t, places[place] || exported(t, place), "%s: %s has no place %s", to.name, theirs, place)
				ours = append(ours, "`"+place+"`")
			}
			fmt.Fprintf(&b, "| %s | %s | %s |\n", theirs, strings.Join(ours, ", "), remark)
		}
	}
	golden.Assert(t, b.String(), "../docs/coming-from.md")
}

// placesInSpec are the fields of a Spec by object.
func placesInSpec() map[string]bool {
	out := map[string]bool{}
	for _, r := range lb.FieldRules() {
		out[string(r.Kind)+"."+r.Spec] = true
	}
	for _, p := range []string{ // what is no single field of Octavia's
		"loadbalancer.pools", "loadbalancer.listeners", "loadbalancer.floatingIP", "loadbalancer.shared",
		"pool.members", "pool.monitor", "pool.externalMembers", "pool.memberSubnetID",
		"pool.session.type", "pool.session.cookieName", "pool.session.timeout", "pool.session.granularity",
		"listener.policies", "l7policy.rules",
	} {
		out[p] = true
	}
	return out
}

// exported reports whether a package exports a name, "lb.New" or "lb.Engine.Adopt".
func exported(t *testing.T, place string) bool {
	t.Helper()
	parts := strings.Split(place, ".")
	if len(parts) < 2 {
		return false
	}
	files, err := filepath.Glob(filepath.Join("..", parts[0], "*.go"))
	require.NoError(t, err)
	declaration := regexp.MustCompile(`(?m)^(func|type) ` + parts[1] + `\b`)
	if len(parts) == 3 {
		declaration = regexp.MustCompile(`(?m)^func \(\w+ \*?` + parts[1] + `\) ` + parts[2] + `\(`)
	}
	for _, file := range files {
		text, err := os.ReadFile(file)
		require.NoError(t, err)
		if declaration.Match(text) {
			return true
		}
	}
	return false
}
