// SPDX-License-Identifier: Apache-2.0

package neutron

import (
	"net/http"
	"strings"

	"github.com/octaviakit/octaviakit/fake/internal/rest"
)

// special serves what is no kind of object: the list of resources, extensions, quotas, and collections that are always
// empty here but that clients look into.
func (n *Neutron) special(c call) (answer, *Error, bool) {
	head, below, _ := strings.Cut(c.path, "/")
	switch {
	case head == "quotas":
		a, err := n.quota(c)
		return a, err, true
	case head == "security-groups" && c.r.Method == http.MethodGet:
		n.defaultGroup(c.who.ProjectID) // looking for it makes it
		return answer{}, nil, false
	}
	if c.r.Method != http.MethodGet {
		return answer{}, nil, false
	}
	body := any(nil)
	switch {
	case c.path == "":
		body = n.resources(c)
	case c.path == "extensions":
		body = rest.Object{"extensions": extensions()}
	case head == "extensions":
		for _, e := range extensions() {
			if e["alias"] == below {
				body = rest.Object{"extension": e}
			}
		}
	case c.path == "subnetpools", c.path == "address-scopes", c.path == "agents", c.path == "rbac-policies",
		c.path == "availability_zones", c.path == "address-groups", c.path == "flavors":
		body = rest.Object{strings.ReplaceAll(c.path, "-", "_"): []any{}}
	case c.path == "service-providers":
		body = rest.Object{"service_providers": []rest.Object{
			{"service_type": "L3_ROUTER_NAT", "name": "ovn", "default": true},
		}}
	}
	return answer{status: http.StatusOK, body: body}, nil, body != nil
}

func (n *Neutron) resources(c call) rest.Object {
	list := []rest.Object{}
	for _, k := range n.kinds {
		name := strings.TrimPrefix(k.path, "qos/")
		list = append(list, rest.Object{
			"name": k.name, "collection": name,
			"links": []rest.Object{{"rel": "self", "href": c.base + "/v2.0/" + k.path}},
		})
	}
	return rest.Object{"resources": list}
}

// extensions are those of Neutron's that the fake keeps its word on.
func extensions() []rest.Object {
	var list []rest.Object
	for _, e := range [][3]string{
		{"external-net", "Neutron external network", "Adds external network attribute to network resource."},
		{"router", "Neutron L3 Router", "Router abstraction for basic L3 forwarding between L2 Neutron networks and " +
			"access to external networks via a NAT gateway."},
		{"security-group", "security-group", "The security groups extension."},
		{"port-security", "Port Security", "Provides port security"},
		{"quotas", "Quota management support", "Expose functions for quotas management per project"},
		{"quota_details", "Quota details management support", "Expose functions for quotas usage statistics per project"},
		{"qos", "Quality of Service", "The Quality of Service extension."},
		{"provider", "Provider Network", "Expose mapping of virtual networks to physical networks"},
		{"pagination", "Pagination support", "Extension that indicates that pagination is enabled."},
		{"sorting", "Sorting support", "Extension that indicates that sorting is enabled."},
		{"project-id", "project_id field enabled", "Extension that indicates that project_id field is enabled."},
		{"standard-attr-description", "standard-attr-description", "Extension to add descriptions to standard attributes"},
		{"standard-attr-revisions", "Resource revision numbers", "This extension will display the revision number of " +
			"neutron resources."},
		{"standard-attr-tag", "Tag support for resources with standard attribute: network, port, subnet, router, " +
			"floatingip, security_group, policy", "Enables to set tag on resources with standard attribute."},
		{"standard-attr-timestamp", "Resource timestamps", "Adds created_at and updated_at fields to all Neutron " +
			"resources that have Neutron standard attributes."},
		{"fip-port-details", "Floating IP Port Details Extension", "Add port_details attribute to Floating IP resource"},
		{"filter-validation", "Filter parameters validation", "Provides validation on filter parameters."},
		{"allowed-address-pairs", "Allowed Address Pairs", "Provides allowed address pairs"},
		{"extra_dhcp_opt", "Neutron Extra DHCP options", "Extra options configuration for DHCP."},
		{"ip-substring-filtering", "IP address substring filtering", "Provides IP address substring filtering when " +
			"listing ports"},
	} {
		list = append(list, rest.Object{
			"alias": e[0], "name": e[1], "description": e[2], "updated": "2017-01-01T00:00:00-00:00", "links": []any{},
		})
	}
	return list
}
