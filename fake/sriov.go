// SPDX-License-Identifier: Apache-2.0

package fake

import "encoding/json"

// checkSRIOV refuses a member on an SR-IOV port unless the load balancer's flavor has
// the capability (octavia/api/v2/controllers/member.py, _graph_create; commit 0e6ea11c2).
func (c *Cloud) checkSRIOV(lb *loadBalancer, b body) error {
	if !b.flag("request_sriov") {
		return nil
	}
	var data struct {
		Allow bool `json:"allow_member_sriov"`
	}
	if f, found := c.store.flavors.get(lb.flavor); found && json.Unmarshal([]byte(f.profile.data), &data) == nil && data.Allow {
		return nil
	}
	return badRequest("The load balancer flavor does not allow SR-IOV member ports.")
}

// vnicType is what a new member's port is.
func vnicType(b body) string {
	if b.flag("request_sriov") {
		return "direct"
	}
	return "normal"
}
