// SPDX-License-Identifier: Apache-2.0

package lb

import (
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"strings"

	"github.com/octaviakit/octaviakit/floatingip"
	"github.com/octaviakit/octaviakit/internal/fault"
	"github.com/octaviakit/octaviakit/internal/mark"
	"github.com/octaviakit/octaviakit/internal/octavia"
	"github.com/octaviakit/octaviakit/provider"
)

// Unsaid is something observed that a Spec cannot say.
type Unsaid struct {
	Path    string `json:"path"`         // of the object, or of the field in the Spec
	ID      string `json:"id,omitempty"` // of the object, where it needs one to be found
	Problem string `json:"problem"`
}

// String is "pools[1] (ID): is nameless".
func (u Unsaid) String() string {
	if u.ID == "" {
		return u.Path + ": " + u.Problem
	}
	return fmt.Sprintf("%s (%s): %s", u.Path, u.ID, u.Problem)
}

// Spec describes what is there: once the load balancer carries the owner's mark and
// has settled, a plan for this Spec is empty. What Octavia gives an object that asks
// for nothing is left out, and what the provider stores and never reads, and VIP.PortID,
// as a graph does not tell whose port it is. Names are stored names; the flavor is given by ID. The graph of an Engine without
// WithNetwork knows no floating IP, so that its Spec wants none.
//
// What a Spec cannot say, Unsaid lists. Where that is a matter of names, or of values
// that Spec.Validate refuses, this Spec is faulty, too, so that no Engine acts on half
// of the truth.
func (g *Graph) Spec() Spec {
	s, _ := g.describe(g.newest())
	return s
}

// Unsaid lists what Spec cannot say of the graph: pools and listeners without a name
// of their own, values that Spec.Validate refuses, what it leaves alone because the
// provider ignores it, a replacement under way. It is
// empty for whatever an Engine has made and nobody else has touched.
func (g *Graph) Unsaid() []Unsaid {
	_, unsaid := g.describe(g.newest())
	return unsaid
}

// newest is the most that the graph's provider can do.
func (g *Graph) newest() provider.Capabilities {
	var c capabilities
	caps, _ := c.best(g.Provider()) // the zero value, which can do nothing, for an unknown one
	return caps
}

// describer turns a graph into a Spec.
type describer struct {
	g      *Graph
	unsaid []Unsaid
}

func (g *Graph) describe(caps provider.Capabilities) (Spec, []Unsaid) {
	d := &describer{g: g}
	s := d.spec()
	for _, p := range g.pools {
		s.Pools = append(s.Pools, d.pool(p))
	}
	for _, l := range g.listeners {
		s.Listeners = append(s.Listeners, d.listener(l))
	}
	d.leaveIgnored(&s, caps)
	for _, err := range flat(s.Validate()) {
		if f, ok := errors.AsType[*fault.FieldError](err); ok {
			d.say(f.Path, "", f.Problem)
		} else {
			d.say("", "", err.Error())
		}
	}
	if g.next != nil {
		d.say(g.next.root.Path, g.next.ID(), "is to take the place of this one")
	}
	for _, n := range g.extra {
		d.say(n.Path, n.ID, "has the same name and mark")
	}
	return s, d.unsaid
}

// flat lists the errors that are joined, each by itself.
func flat(err error) []error {
	if joined, ok := err.(interface{ Unwrap() []error }); ok {
		var out []error
		for _, e := range joined.Unwrap() {
			out = append(out, flat(e)...)
		}
		return out
	}
	if err == nil {
		return nil
	}
	return []error{err}
}

func (d *describer) say(path, id, problem string) {
	d.unsaid = append(d.unsaid, Unsaid{path, id, problem})
}

func (d *describer) spec() Spec {
	o := d.g.root.attrs
	s := Spec{
		Name: d.g.Name(), Description: described(o), Provider: d.g.Provider(), Flavor: str(o, "flavor_id"),
		AvailabilityZone: str(o, "availability_zone"), AdminStateUp: down(o), Tags: d.tags(d.g.root),
		VIP: VIP{
			SubnetID: str(o, "vip_subnet_id"), Address: d.g.VIP(), QoSPolicyID: words(o, "vip_qos_policy_id"),
			SecurityGroupIDs: texts(o, "vip_sg_ids"),
		},
		Shared: d.g.shared() != "",
	}
	if s.VIP.SubnetID == "" {
		s.VIP.NetworkID = str(o, "vip_network_id")
	}
	s.VIP.Additional = d.g.vip().Additional
	s.FloatingIP = d.floatingIP(s.VIP.Address)
	return s
}

// described is the description of a load balancer, without the mark that is at its end
// where the cloud has no tags.
func described(o octavia.Object) *string {
	text := str(o, "description")
	if _, tagged := o["tags"]; !tagged {
		text, _, _, _ = mark.FromDescription(text)
	}
	return words(octavia.Object{"description": text}, "description")
}

func (d *describer) floatingIP(vip netip.Addr) *floatingip.Spec {
	f := d.g.floating
	if f == nil || f.PortID == "" && (f.Keep || f.Mark.Owner == "") { // kept for whoever wants it, or somebody else's
		return nil
	}
	if f.PortID == "" {
		d.say(string(KindFloatingIP), f.ID, f.Address.String()+" is ours and detached")
	}
	s := &floatingip.Spec{Network: f.NetworkID, Address: f.Address, Description: f.Description, Keep: f.Keep}
	if f.FixedIP != vip {
		s.FixedIP = f.FixedIP
	}
	return s
}

// tags are the tags of an object but the marks of owners.
func (d *describer) tags(n Node) []string { return d.sayable(n, tagsOf(n.attrs)) }

// sayable are tags that a Spec can have; nil, which leaves them alone, if one cannot be said.
func (d *describer) sayable(n Node, tags []string) []string {
	v := &validator{}
	tags = slices.DeleteFunc(slices.Clone(tags), mark.Is)
	v.tags("tags", tags)
	if len(v.errs) > 0 {
		d.say(n.Path+".tags", n.ID, "left alone, as a Spec cannot have "+strings.Join(tags, " "))
		return nil
	}
	return orNil(tags)
}
