// SPDX-License-Identifier: Apache-2.0

package fake

// chooseVNIC gives the VIP the kind of port that its flavor asks for; such a port cannot
// have security groups.
func (c *Cloud) chooseVNIC(lb *loadBalancer) error {
	if !c.traits(lb).SRIOVVIP {
		return nil
	}
	lb.vnic = "direct"
	if len(lb.groups) > 0 {
		return invalid("VIP Security Groups are not allowed with VNIC direct type.")
	}
	return nil
}

// checkSRIOV refuses a member on an SR-IOV port unless the load balancer's flavor has
// the capability (octavia/api/v2/controllers/member.py, _graph_create; commit 0e6ea11c2).
func (c *Cloud) checkSRIOV(lb *loadBalancer, b body) error {
	if !b.flag("request_sriov") || c.traits(lb).SRIOVMembers {
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
