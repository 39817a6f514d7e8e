// SPDX-License-Identifier: Apache-2.0

package lb

import (
	"fmt"
	"net/netip"
	"slices"

	"github.com/octaviakit/octaviakit/provider"
)

// A load balancer that differs in what Octavia cannot change is replaced: the new one
// is made beside the old, whole and ACTIVE, the floating IP moves in one call, the old
// one goes. Meanwhile both have the name and the owner's mark; the new one is told
// apart by a tag that names the old one's ID, so whoever looks, after whatever crash,
// sees how far it has come. Where both would need the same address the old one goes first.

// oldPath is where the load balancer that is being replaced stands.
const oldPath = loadBalancerPath + "/old"

// fixed lists what differs and cannot be changed.
func (d *differ) fixed() []Field {
	return fieldsOf(replacements(differences(loadBalancerRows(), d.lbWish(), d.have.root.attrs, d)))
}

// replace plans a replacement. fixed is why.
func (d *differ) replace(fixed []Field) error {
	refusal := &ReplaceError{LoadBalancer: d.want.Name, Fields: fixed}
	if fip := d.have.floating; fip != nil && fip.PortID != "" && !d.movable(*fip) {
		refusal.Because = "the floating IP " + fip.Address.String() + " is not ours to move"
		return refusal
	}
	if !d.caps.Has(provider.ResourceTags) {
		refusal.Because = "this cloud has no tags, by which the two could be told apart"
		return refusal
	}
	if d.sharesAddress() {
		d.deleteNext("in the way")
		d.rebuild("replaced, and both need the same address")
	} else {
		d.makeBeside(fieldsText(fixed))
	}
	d.plan.replaces = fixed
	return nil
}

// replaceFailed plans a new load balancer for one that is in ERROR, in which Octavia
// changes nothing: beside the old one if a floating IP makes it reachable again in one
// call, else in its place and, if nothing else is said, with its address.
func (d *differ) replaceFailed() {
	const reason = "the old one is in ERROR, where Octavia changes nothing"
	fip := d.have.floating
	beside := d.remedy != replaceInPlace && d.caps.Has(provider.ResourceTags) && !d.sharesAddress()
	movable := d.want.FloatingIP != nil && fip != nil && fip.PortID != "" && d.movable(*fip)
	if beside && (movable || d.have.next != nil) {
		d.makeBeside(reason)
		return
	}
	d.deleteNext("no longer wanted")
	d.want, d.plan.vacates = d.want.again(d.have.vip())
	d.rebuild(reason)
}

// sharesAddress reports whether old and new cannot exist side by side.
func (d *differ) sharesAddress() bool {
	v := d.want.VIP
	if v.PortID != "" && v.PortID == d.have.VIPPortID() {
		return true
	}
	taken := d.have.vip().addresses()
	return slices.ContainsFunc(v.addresses(), func(a netip.Addr) bool { return slices.Contains(taken, a) })
}

// addresses are those that a Spec asks for.
func (v VIP) addresses() []netip.Addr {
	var out []netip.Addr
	for _, a := range append([]AdditionalVIP{{Address: v.Address}}, v.Additional...) {
		if a.Address.IsValid() {
			out = append(out, a.Address.Unmap())
		}
	}
	return out
}

// vip is what a load balancer has inside.
func (g *Graph) vip() VIP {
	out := VIP{Address: g.VIP()}
	for _, v := range objects(g.root.attrs, "additional_vips") {
		a, _ := netip.ParseAddr(str(v, "ip_address")) // zero where Octavia gives none
		out.Additional = append(out.Additional, AdditionalVIP{SubnetID: str(v, "subnet_id"), Address: a})
	}
	return out
}

// makeBeside plans the new one, the move of the floating IP, and the end of the old one.
func (d *differ) makeBeside(why string) {
	old := d.have
	next := old.next
	if next != nil && d.spoilt(next) {
		d.deleteNext("begun for another Spec, or failed")
		next = nil
	}
	seed, lost := d.seeded(old)
	n := newDiffer(d.owner, seed, next, d.caps)
	n.lost = lost
	n.replaces, n.beside = old.root.ID, true
	n.plan.steps, n.plan.id, n.plan.digest, n.plan.shared = d.plan.steps, d.plan.id, d.plan.digest, d.plan.shared
	n.plan.ids[oldPath], n.plan.ids[nextPath] = old.root.ID, d.plan.ids[nextPath]
	d.plan = n.plan
	if next == nil {
		n.create()
	} else {
		for _, p := range n.want.Pools { // a program may have died before it had them
			n.along[p.Name] = p.ExternalMembers
		}
		n.change()
	}
	n.moveFloatingIP(old)
	reason := "the new one has taken over: " + why
	if d.want.FloatingIP == nil {
		reason = "the address changes, as no floating IP keeps it: " + why
	}
	reason += lossText(lost)
	d.emit(deleteStep(old.root, d.want.Name, oldPath, true, reason))
}

// spoilt reports whether what was begun beside the old one cannot be gone on with.
func (d *differ) spoilt(next *Graph) bool {
	if next.root.Provisioning == failed {
		return true
	}
	return len(replacements(differences(loadBalancerRows(), d.lbWish(), next.root.attrs, d))) > 0
}

// nextPath is where what was begun beside the old one stands.
const nextPath = loadBalancerPath + "/next"

// deleteNext plans the end of what was begun beside the old one.
func (d *differ) deleteNext(reason string) {
	if d.have.next == nil {
		return
	}
	d.plan.ids[nextPath] = d.have.next.root.ID
	d.emit(deleteStep(d.have.next.root, d.want.Name, nextPath, false, reason))
}

// deleteExtra plans the end of what was made twice.
func (d *differ) deleteExtra() {
	for i, n := range d.have.extra {
		path := fmt.Sprintf("%s/extra-%d", loadBalancerPath, i+1)
		d.plan.ids[path] = n.ID
		d.emit(deleteStep(n, d.want.Name, path, false, "made twice; the older one stays"))
	}
}

// moveFloatingIP plans the switch of traffic from the old one to the new.
func (d *differ) moveFloatingIP(old *Graph) {
	path := floatingPath(d.want.Name)
	have := old.floating
	switch {
	case d.have.floating != nil && d.have.floating.PortID == d.have.VIPPortID() && d.have.root.ID != "":
		return // moved already
	case d.want.FloatingIP == nil && d.releases(have):
		step := releaseStep(*have, path)
		step.op.floating.port = old.VIPPortID()
		d.emit(step)
	case d.want.FloatingIP == nil:
	case have == nil || have.PortID == "" || d.want.FloatingIP.Address.IsValid() && d.want.FloatingIP.Address.Unmap() != have.Address:
		d.beside = false
		d.floatingIP()
	default:
		spec := *d.want.FloatingIP
		spec.Address = have.Address
		d.emit(Step{
			Call: "PUT /floatingips/{floatingip}", Reason: "traffic switches over, once all of the new one is ACTIVE",
			Changes: []Change{{Action: Update, Kind: KindFloatingIP, Path: path, ID: have.ID, Summary: have.Address.String() + " moves"}},
			op:      operation{floating: &floatingOperation{spec: spec, port: old.VIPPortID()}},
		})
	}
}
