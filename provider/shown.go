// SPDX-License-Identifier: Apache-2.0

package provider

// Shown is the oldest release whose API shows an object as this one is shown: what a
// cloud tells of its release without being asked, in the answers that one reads anyway.
// collection is "loadbalancers", "listeners" or "pools"; of any other, and of an object
// that shows nothing that came later, it is the oldest release of the matrix.
//
// The API shows every attribute that it knows, null where it has no value, and stable
// branches add none (octavia/api/v2/types, octavia/api/root_controller.py).
func Shown(collection string, object map[string]any) Release {
	least := oldest
	for attribute, minor := range shownSince(collection) {
		if _, there := object[attribute]; there {
			if r, ok := ForAPI(minor); ok {
				least = max(least, r)
			}
		}
	}
	return least
}

// shownSince is the API minor from which on a collection shows attributes, for those that
// tell releases apart.
func shownSince(collection string) map[string]int {
	switch collection {
	case "loadbalancers":
		return map[string]int{"tags": 5, "flavor_id": 6, "availability_zone": 14, "additional_vips": 26, "vip_vnic_type": 28, "vip_sg_ids": 29}
	case "listeners":
		return map[string]int{
			"timeout_client_data": 1, "client_authentication": 8, "allowed_cidrs": 12, "tls_ciphers": 15,
			"tls_versions": 17, "alpn_protocols": 20, "hsts_max_age": 27,
		}
	case "pools":
		return map[string]int{"tls_enabled": 8, "tls_ciphers": 15, "tls_versions": 18, "alpn_protocols": 24}
	}
	return nil
}
